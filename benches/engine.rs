//! The engine alone, beside a serde_json round trip and jsonpath-rust: `cargo bench --bench engine`.
//!
//! Every cell stands for one body, read, judged and rewritten. For ratios from one run see `budget.rs`.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench that can't run as written stops"
)]

mod work;

use std::{hint::black_box, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jsonpath_rust::parser::parse_json_path;
use work::{Case, chat, peers, rules};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ENTRIES: [usize; 3] = [10, 100, 1_000];

fn engine(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("engine");
    let cases = ENTRIES.map(|entries| (Case::absent(entries), Case::new(entries)));
    for (size, bytes) in chat::SIZES {
        let body = chat::request(bytes);
        group.throughput(Throughput::Bytes(body.len() as u64));
        for (absent, case) in &cases {
            let entries = case.selectors.len();
            group.bench_function(BenchmarkId::new(format!("{size}, nothing found"), entries), |bench| {
                bench.iter(|| absent.rewrite(&absent.yes, black_box(&body)));
            });
            group.bench_function(BenchmarkId::new(format!("{size}, ten pass"), entries), |bench| {
                bench.iter(|| case.rewrite(&case.yes, black_box(&body)));
            });
            group.bench_function(BenchmarkId::new(format!("{size}, ten act"), entries), |bench| {
                bench.iter(|| case.rewrite(&case.no, black_box(&body)));
            });
        }
    }
    group.finish();
}

fn trees(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("trees");
    for (size, bytes) in chat::SIZES {
        let body = chat::request(bytes);
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(BenchmarkId::new("serde_json round trip", size), |bench| {
            bench.iter(|| peers::round_trip(black_box(&body)));
        });
        for entries in ENTRIES {
            if entries * bytes > 100 << 20 {
                continue; // whole seconds for one body
            }
            let selectors = rules::selectors(entries);
            let queries: Vec<_> =
                selectors.iter().map(|text| parse_json_path(text).expect("a path")).collect();
            group.bench_function(BenchmarkId::new(format!("jsonpath-rust, {size}"), entries), |bench| {
                bench.iter(|| peers::tree(black_box(&body), &queries, &selectors));
            });
        }
    }
    group.finish();
}

fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    for entries in ENTRIES {
        let policy = work::policy(&rules::selectors(entries));
        group.bench_function(BenchmarkId::new("compile", entries), |bench| {
            bench.iter_with_large_drop(|| assentry::policy::Plan::new(black_box(policy.clone())));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = engine, trees, compile
}
criterion_main!(benches);
