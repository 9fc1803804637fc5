//! The engine against its budget, in one run: `cargo bench --bench budget`.
//!
//! The rule: contestants take turns in rounds and the best round of each counts, so that what else the machine does
//! meets all alike. What would defeat it is reading the microseconds of one machine as if they were those of another: read
//! the ratios. `cargo bench --bench budget -- once "16 KB" 10 yes 1000` rewrites one kind of body so often and does
//! nothing else, for callgrind and perf; `-- write FOLDER` writes the bodies and the policy of ten entries to files, for contestants
//! that are programs.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench that can't run as written stops"
)]

mod work;

use std::{
    fs,
    hint::black_box,
    io,
    path::Path,
    time::{Duration, Instant},
};

use assentry::{
    detect::{Kind, Kinds},
    policy::Plan,
};
use jsonpath_rust::parser::parse_json_path;
use work::{Case, chat, peers, rules};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: u32 = 15;
const TURN: Duration = Duration::from_millis(12);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["once", size, entries, verdict, times] => once(size, entries, verdict, times),
        ["write", folder] => write(folder.as_ref()).expect("a folder to write to"),
        [] => table(),
        _ => println!("usage: budget [once SIZE ENTRIES absent|yes|no TIMES | write FOLDER]"),
    }
}

fn once(size: &str, entries: &str, verdict: &str, times: &str) {
    let entries = entries.parse().expect("a number of entries");
    let case = if verdict == "absent" { Case::absent(entries) } else { Case::new(entries) };
    let bytes = chat::SIZES.iter().find(|(name, _)| *name == size).expect("a size of the table").1;
    let (body, verdict) = (chat::request(bytes), if verdict == "no" { &case.no } else { &case.yes });
    for _ in 0..times.parse().expect("how often") {
        black_box(case.rewrite(verdict, black_box(&body)));
    }
}

fn write(folder: &Path) -> io::Result<()> {
    for (size, bytes) in chat::SIZES {
        fs::write(folder.join(format!("{size}.json")), chat::request(bytes))?;
    }
    let selectors = rules::selectors(10);
    fs::write(folder.join("policy.yaml"), rules::file(&selectors))?;
    fs::write(folder.join("policy-texts.yaml"), rules::file_of_texts(&selectors, &Kind::ALL))?;
    let by_patterns: Vec<Kind> =
        Kind::ALL.into_iter().filter(|kind| !Kinds::BY_LOOKS.contains(*kind)).collect();
    fs::write(folder.join("policy-patterns.yaml"), rules::file_of_texts(&selectors, &by_patterns))
}

fn table() {
    let cases = [Case::absent(10), Case::absent(1_000), Case::new(10), Case::new(1_000)];
    println!(
        "| body | nothing found | speed | ten pass | ten act | 1,000 entries against 10 | with ten acting | serde_json | jsonpath-rust, 10 | 1,000 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (size, bytes) in chat::SIZES {
        row(size, &chat::request(bytes), &cases);
    }
    let selectors = rules::selectors(1_000);
    let policy = work::policy(&selectors);
    let [compile] = best([&mut || drop(black_box(Plan::new(policy.clone())))]);
    let [parse] = best([&mut || drop(black_box(work::policy(&selectors)))]);
    println!("\nplan of 1,000 entries: {}, after reading the file in {}", show(compile), show(parse));
}

fn row(size: &str, body: &[u8], [absent, many_absent, few, many]: &[Case; 4]) {
    let queries = |case: &Case| -> Vec<_> {
        case.selectors.iter().map(|text| parse_json_path(text).expect("a path")).collect()
    };
    let (few_queries, many_queries) = (queries(few), queries(many));
    let rewrite = |case: &Case, verdict| drop(black_box(case.rewrite(verdict, black_box(body))));
    let tree =
        |queries: &[_], case: &Case| drop(black_box(peers::tree(black_box(body), queries, &case.selectors)));
    let [none, many_none, yes, no, many_no, serde, few_tree] = best([
        &mut || rewrite(absent, &absent.yes),
        &mut || rewrite(many_absent, &many_absent.yes),
        &mut || rewrite(few, &few.yes),
        &mut || rewrite(few, &few.no),
        &mut || rewrite(many, &many.no),
        &mut || drop(black_box(peers::round_trip(black_box(body)))),
        &mut || tree(&few_queries, few),
    ]);
    let many_tree = (body.len() < 100 << 10).then(|| best([&mut || tree(&many_queries, many)])[0]);
    let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    let against = |time: Duration| format!("{} ({:.1} ×)", show(time), ratio(time, no));
    println!(
        "| {size} ({} bytes) | {} | {:.2} GB/s | {} | {} | {:.2} × | {:.2} × | {} | {} | {} |",
        body.len(),
        show(none),
        body.len() as f64 / none.as_secs_f64() / 1e9,
        show(yes),
        show(no),
        ratio(many_none, none),
        ratio(many_no, no),
        against(serde),
        against(few_tree),
        many_tree.map_or("–".to_owned(), against),
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
