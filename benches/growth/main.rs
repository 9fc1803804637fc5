//! What things cost as they become more: `cargo bench --bench growth [PART]…`.
//!
//! The rule: each quantity grows tenfold from row to row, and the exponent beside a figure says how the figure grew with
//! it: 0 not at all, 1 in step, 2 with the square. Figures of one machine are not those of another; exponents are. What would
//! defeat it: a figure so small that it is all noise, so small ones are marked as such rather than judged.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench that can't run as written stops"
)]

mod bodies;
mod connections;
mod entries;
mod held;
mod measure;
mod routes;
mod subjects;
mod table;
#[path = "../work/mod.rs"]
mod work;

use std::{alloc::System, process::ExitCode};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Counts what is asked for; times are those of the system's allocator.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const PARTS: [(&str, fn()); 6] = [
    ("entries", entries::run),
    ("bodies", bodies::run),
    ("subjects", subjects::run),
    ("held", held::run),
    ("routes", routes::run),
    ("connections", connections::run),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if words.first().is_some_and(|word| word == connections::INSIDE) {
        connections::inside(&words[1..]);
        return ExitCode::SUCCESS;
    }
    let is_known = |word: &String| PARTS.iter().any(|(name, _)| name == word);
    if !words.iter().all(is_known) {
        eprintln!("usage: growth [entries] [bodies] [subjects] [held] [routes] [connections]");
        return ExitCode::from(2);
    }
    for (name, run) in PARTS {
        if words.is_empty() || words.iter().any(|word| word == name) {
            run();
        }
    }
    ExitCode::SUCCESS
}
