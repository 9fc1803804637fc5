//! Larger bodies, in the engine itself: the proxy would refuse them above its limit.

use std::hint::black_box;

use crate::{
    ALLOCATOR,
    measure::{made, time},
    table::{Table, Unit},
    work::{Case, chat},
};

pub fn run() {
    let columns = [
        ("nothing found", Unit::Seconds),
        ("memory asked for", Unit::Bytes),
        ("ten entries act", Unit::Seconds),
        ("memory asked for", Unit::Bytes),
    ];
    let mut table = Table::new("Bytes in a body", "body", &columns);
    let (absent, case) = (Case::absent(10), Case::new(10));
    for (name, bytes) in [
        ("1 KB", 1_000),
        ("10 KB", 10_000),
        ("100 KB", 100_000),
        ("1 MB", 1_000_000),
        ("10 MB", 10_000_000),
        ("100 MB", 100_000_000),
    ] {
        let body = chat::request(bytes);
        let nothing = time(|| absent.rewrite(&absent.yes, black_box(&body)));
        let acting = time(|| case.rewrite(&case.no, black_box(&body)));
        let (_, _, [_, quiet]) = made(ALLOCATOR, || absent.rewrite(&absent.yes, &body));
        let (_, _, [_, busy]) = made(ALLOCATOR, || case.rewrite(&case.no, &body));
        table.row(bytes as f64, name, &[nothing, quiet, acting, busy]);
    }
    table.end();
}
