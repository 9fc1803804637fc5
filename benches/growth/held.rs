//! More people who come once: what the process holds of them.
//!
//! Everybody is asked about through the ledger, is given a reference there, and is held in memory until others take their place
//! (`ledger: {cache: …}`, here as many as by default). The memory is what the system counts for this process (`VmRSS`), all of it: the
//! cache, SQLite's own, and what the allocator keeps.

use std::{fs, time::Instant};

use assentry::{
    ledger::{Ledger, LedgerSettings},
    subject::{Standing, Subject},
};

use crate::table::{Table, Unit};

/// The steps: as many people as have come so far.
const STEPS: [usize; 5] = [1, 1_000, 10_000, 100_000, 1_000_000];
/// How much the memory may grow while ten times as many come as are held.
const BOUND: f64 = 1.1;

pub fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = LedgerSettings::at(folder.path().join("ledger.db"));
        let ledger = Ledger::open(&settings).await.expect("a ledger");
        let title = format!("People who come once, {} of them held", settings.cache);
        let columns = [("memory of the process", Unit::Bytes), ("a look-up of somebody new", Unit::Seconds)];
        let mut table = Table::new(&title, "people", &columns);
        let before = memory();
        let (mut come, mut full, mut last) = (0, before, before);
        for people in STEPS {
            let (begun, new) = (Instant::now(), people - come);
            for number in come..people {
                let person = Subject::new("bench", format!("p{number}"), Standing::Proven);
                ledger.consent(&person, "bench").await.expect("a consent");
            }
            come = people;
            last = memory();
            if u64::try_from(people).expect("a number") <= settings.cache {
                full = last;
            }
            table.row(
                people as f64,
                &people.to_string(),
                &[last, begun.elapsed().as_secs_f64() / new as f64],
            );
        }
        table.end();
        let held = if last <= full * BOUND { "bounded" } else { "NOT BOUNDED" };
        println!(
            "- memory: {:.1} MB before, {:.1} MB with the cache full, {:.1} MB at the end: {held}",
            before / 1e6,
            full / 1e6,
            last / 1e6
        );
    });
}

/// What the system counts for this process, in bytes.
fn memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("this process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") * 1024.0
}
