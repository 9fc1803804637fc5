//! The search for personal data in a chat text: `cargo bench --bench detect`.
//!
//! *plain* has words and the numbers that people write, and nothing to be found; *personal* has one of each kind in the same
//! words; *token by token* shows the plain one as a stream brings it; *unkind* are 64 KB that were made to be much work.
#![allow(missing_docs)]

use std::{hint::black_box, time::Duration};

use assentry::{
    detect::{Detector, Kind, Kinds},
    text::{Edge, Scanner},
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WORDS: &str = "Hello, I placed order 20417 on Monday (two pairs of shoes, size 42) and it has not arrived yet. Could you \
please check where it is and tell me whether delivery before the weekend is still possible? The colour was different from \
the picture last time, and returning them within fourteen days cost me €20, which I'd rather not do again. Thank you! ";

const PERSONAL: &str = "Write to ada@example.com or call (212) 555-0143; my card is 4111-1111-1111-1111, my number 536-90-4399. \
The bot has AKIAIOSFODNN7EXAMPLE, ghp_EXAMPLENOTAREALGITHUBTOKEN0000000000 and xoxb-00000-00000-EXAMPLENOTAREALTOKEN. ";

/// What is nearly something, for ever.
const UNKIND: [&str; 8] = ["aaaa@aaaa@", "1-", "((1", "&#64;", "passport ", "::f:1", "AA 1 ", "a\u{200b}"];

fn text(beginning: &str) -> String {
    let mut text = beginning.to_owned();
    text.extend(WORDS.chars().cycle().take(1024_usize.saturating_sub(beginning.chars().count())));
    text
}

fn detect(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("detect");
    let detector = Detector::new(Kinds::all());
    for (kinds_name, kinds) in [("all kinds", Kinds::all()), ("email", Kind::Email.into())] {
        for (name, text) in [("plain", text("")), ("personal", text(PERSONAL))] {
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(BenchmarkId::new(name, kinds_name), |bench| {
                let mut found = Vec::new();
                bench.iter(|| {
                    found.clear();
                    detector.scanner(kinds).scan(black_box(&text), Edge::End, &mut found)
                });
            });
        }
        let text = text("");
        group.bench_function(BenchmarkId::new("token by token", kinds_name), |bench| {
            bench.iter(|| token_by_token(&detector, kinds, black_box(&text)));
        });
    }
    group.finish();
}

fn unkind(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("unkind");
    let detector = Detector::new(Kinds::all());
    let long = format!("x@{} ", "a".repeat(300));
    for scrap in UNKIND.into_iter().chain([long.as_str()]) {
        let text = scrap.repeat(65_536 / scrap.len());
        group.throughput(Throughput::Bytes(text.len() as u64));
        let name = scrap.chars().take(12).collect::<String>().escape_debug().to_string();
        group.bench_function(BenchmarkId::from_parameter(name), |bench| {
            bench.iter(|| detector.find(black_box(&text), Kinds::all()).len());
        });
    }
    group.finish();
}

/// Shows a text word by word; gives how much is undecided at the end.
fn token_by_token(detector: &Detector, kinds: Kinds, text: &str) -> usize {
    let (mut scanner, mut found, mut undecided) = (detector.scanner(kinds), Vec::new(), String::new());
    for token in text.split_inclusive(' ') {
        undecided.push_str(token);
        let decided = scanner.scan(&undecided, Edge::Open, &mut found);
        undecided.drain(..decided);
    }
    undecided.len()
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = detect, unkind
}
criterion_main!(benches);
