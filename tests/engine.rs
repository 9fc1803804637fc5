//! What the engine takes of the memory, counted by the allocator.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "../benches/work/mod.rs"]
mod work;

use std::{
    alloc::System,
    sync::{Mutex, MutexGuard, PoisonError},
};

use assentry::policy::Plan;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use work::{Case, chat, rules};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The allocator counts for all threads, so one test at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

fn counted<T>(what: impl FnOnce() -> T) -> (T, Stats) {
    let region = Region::new(ALLOCATOR);
    let made = what();
    (made, region.change())
}

#[test]
fn the_plan_of_a_thousand_entries_takes_at_most_four_megabytes() {
    let _alone = alone();
    let policy = work::policy(&rules::selectors(1_000));
    let (plan, stats) = counted(|| Plan::new(policy));
    let kept = stats.bytes_allocated - stats.bytes_deallocated;
    println!("{kept} bytes stay, {} were asked for in all", stats.bytes_allocated);
    assert!(stats.bytes_allocated <= 4 << 20);
    drop(plan);
}

#[test]
fn a_body_in_which_nothing_is_found_takes_no_memory_however_long_it_is() {
    let _alone = alone();
    let case = Case::absent(1_000);
    let bodies = chat::SIZES.map(|(_, bytes)| chat::request(bytes));
    case.rewrite(&case.yes, &bodies[0]);
    for body in &bodies {
        let once = || counted(|| case.rewrite(&case.yes, body)).1;
        // The harness may write a line meanwhile: the least of a few counts.
        let least = (0..5).map(|_| once()).map(|stats| stats.allocations + stats.reallocations).min();
        assert_eq!(least, Some(0), "{} bytes", body.len());
    }
}

#[test]
fn what_hostile_bodies_take_grows_with_their_length_and_no_faster() {
    let _alone = alone();
    let case = Case::new(10);
    let names = |n: usize| {
        let members: Vec<String> = (0..n).map(|member| format!("\"m{member}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    let matches = |n: usize| format!("[{}]", vec![r#"{"phone":1,"x":{"ip":2}}"#; n].join(","));
    let brackets = |n: usize| format!("[{}]", vec!["[[[[[[]]]]]]"; n].join(","));
    let makers: [&dyn Fn(usize) -> String; 3] = [&names, &matches, &brackets];
    for maker in makers {
        let bytes = [4_000, 64_000].map(|n| {
            let body = maker(n);
            counted(|| case.rewrite(&case.no, body.as_bytes())).1.bytes_allocated
        });
        assert!(bytes[1] <= 20 * bytes[0] + 4_096, "{bytes:?}");
    }
}
