//! The engine against its budget, in one run: `cargo bench --bench budget`.
//!
//! The rule: contestants take turns in rounds and the best round of each counts, so that what else the machine does
//! meets all alike. What would defeat it is reading the microseconds of one machine as if they were those of another: read
//! the ratios. `cargo bench --bench budget -- once "16 KB" 10 yes` rewrites one kind of body a thousand times and does
//! nothing else, for callgrind and perf.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench that can't run as written stops"
)]

mod work;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use assentry::policy::Plan;
use jsonpath_rust::parser::parse_json_path;
use work::{Case, chat, peers};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: u32 = 15;
const TURN: Duration = Duration::from_millis(12);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["once", size, entries, verdict] => once(size, entries, verdict),
        [] => table(),
        _ => println!("usage: budget [once SIZE ENTRIES yes|no]"),
    }
}

fn once(size: &str, entries: &str, verdict: &str) {
    let case = Case::new(entries.parse().expect("a number of entries"));
    let bytes = chat::SIZES.iter().find(|(name, _)| *name == size).expect("a size of the table").1;
    let (body, verdict) = (chat::request(bytes), if verdict == "yes" { &case.yes } else { &case.no });
    for _ in 0..1_000 {
        black_box(case.rewrite(verdict, black_box(&body)));
    }
}

fn table() {
    let (few, many) = (Case::new(10), Case::new(1_000));
    println!(
        "| body | nothing withheld | speed | ten act | 1,000 entries / 10 | with ten acting | serde_json | jsonpath-rust, 10 | 1,000 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (size, bytes) in chat::SIZES {
        let body = chat::request(bytes);
        row(size, &body, &few, &many);
    }
    let policy = work::policy(&many.selectors);
    let [compile] = best([&mut || drop(black_box(Plan::new(policy.clone())))]);
    let [parse] = best([&mut || drop(black_box(work::policy(&many.selectors)))]);
    println!("\nplan of 1,000 entries: {} (reading the file before: {})", show(compile), show(parse));
}

fn row(size: &str, body: &[u8], few: &Case, many: &Case) {
    let queries = |case: &Case| -> Vec<_> {
        case.selectors.iter().map(|text| parse_json_path(text).expect("a path")).collect()
    };
    let (few_queries, many_queries) = (queries(few), queries(many));
    let [yes, no, many_yes, many_no, serde, tree] = best([
        &mut || drop(black_box(few.rewrite(&few.yes, black_box(body)))),
        &mut || drop(black_box(few.rewrite(&few.no, black_box(body)))),
        &mut || drop(black_box(many.rewrite(&many.yes, black_box(body)))),
        &mut || drop(black_box(many.rewrite(&many.no, black_box(body)))),
        &mut || drop(black_box(peers::round_trip(black_box(body)))),
        &mut || drop(black_box(peers::tree(black_box(body), &few_queries, &few.selectors))),
    ]);
    let many_tree = if body.len() > 100 << 10 {
        None
    } else {
        let [time] =
            best([&mut || drop(black_box(peers::tree(black_box(body), &many_queries, &many.selectors)))]);
        Some(time)
    };
    let speed = body.len() as f64 / yes.as_secs_f64() / 1e9;
    let against = |time: Duration| format!("{:.1} ×", time.as_secs_f64() / no.as_secs_f64());
    println!(
        "| {size} | {} | {speed:.2} GB/s | {} | {:.2} × | {:.2} × | {} ({}) | {} ({}) | {} |",
        show(yes),
        show(no),
        many_yes.as_secs_f64() / yes.as_secs_f64(),
        many_no.as_secs_f64() / no.as_secs_f64(),
        show(serde),
        against(serde),
        show(tree),
        against(tree),
        many_tree.map_or("–".to_owned(), |time| format!("{} ({})", show(time), against(time))),
    );
}

/// The best time of each, in rounds of turns.
fn best<const N: usize>(mut contestants: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..ROUNDS {
        for (contestant, best) in contestants.iter_mut().zip(&mut best) {
            *best = (*best).min(turn(contestant));
        }
    }
    best
}

/// The time of one call, from as many as fit in a turn.
fn turn(contestant: &mut dyn FnMut()) -> Duration {
    let (begun, mut calls) = (Instant::now(), 0);
    loop {
        for _ in 0..(1 + calls / 4) {
            contestant();
            calls += 1;
        }
        let spent = begun.elapsed();
        if spent >= TURN {
            return spent / calls;
        }
    }
}

fn show(time: Duration) -> String {
    format!("{:.2} µs", time.as_secs_f64() * 1e6)
}
