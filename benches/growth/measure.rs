//! Times and memory.

use std::{
    alloc::System,
    time::{Duration, Instant},
};

use stats_alloc::{Region, StatsAlloc};

/// How long one figure may be measured for.
const TURN: Duration = Duration::from_millis(150);

/// The best time of one call, from as many as fit; at least three.
pub fn time<T>(mut call: impl FnMut() -> T) -> f64 {
    let (begun, mut best, mut calls) = (Instant::now(), Duration::MAX, 0u32);
    // Short calls are timed by the batch: a clock costs more than they do.
    let batch = {
        let one = {
            let at = Instant::now();
            std::hint::black_box(call());
            at.elapsed()
        };
        (20_000 / one.as_nanos().max(1)).clamp(1, 1000) as u32
    };
    while calls < 3 || begun.elapsed() < TURN {
        let at = Instant::now();
        for _ in 0..batch {
            std::hint::black_box(call());
        }
        best = best.min(at.elapsed() / batch);
        calls += 1;
    }
    best.as_secs_f64()
}

/// What a call makes, how long it took this once, and the bytes that stay and that were asked for in all.
pub fn made<T>(allocator: &'static StatsAlloc<System>, call: impl FnOnce() -> T) -> (T, f64, [f64; 2]) {
    let (region, at) = (Region::new(allocator), Instant::now());
    let made = call();
    let (time, stats) = (at.elapsed().as_secs_f64(), region.change());
    // What grows in place is in both counts already.
    let [asked, gone] = [stats.bytes_allocated, stats.bytes_deallocated].map(|bytes| bytes as f64);
    let kept = asked - gone;
    (made, time, [kept.max(0.0), asked])
}
