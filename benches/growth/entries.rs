//! More data entries in a policy: what a request costs, and what a plan takes.

use std::hint::black_box;

use assentry::policy::Plan;

use crate::{
    ALLOCATOR,
    measure::{made, time},
    table::{Table, Unit},
    work::{self, Case, chat, rules},
};

pub fn run() {
    let columns = [
        ("1 KB, nothing found", Unit::Seconds),
        ("1 KB, all that find something act", Unit::Seconds),
        ("reading the file", Unit::Seconds),
        ("plan", Unit::Seconds),
        ("memory that stays", Unit::Bytes),
    ];
    let mut table = Table::new("Entries in a policy", "entries", &columns);
    let body = chat::request(1 << 10);
    for entries in [1usize, 10, 100, 1_000, 10_000] {
        let mut selectors = rules::selectors(entries);
        selectors.truncate(entries);
        let absent = Case::of({
            let mut absent = rules::absent(entries);
            absent.truncate(entries);
            absent
        });
        let case = Case::of(selectors.clone());
        let nothing = time(|| absent.rewrite(&absent.yes, black_box(&body)));
        let acting = time(|| case.rewrite(&case.no, black_box(&body)));
        let reading = time(|| work::policy(&selectors));
        let policy = work::policy(&selectors);
        let plan = time(|| Plan::new(policy.clone())) - time(|| policy.clone());
        let (_kept, _, [kept, _]) = made(ALLOCATOR, || Plan::new(policy));
        table.row(entries as f64, &entries.to_string(), &[nothing, acting, reading, plan, kept]);
    }
    table.end();
}
