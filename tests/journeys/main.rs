//! Whole exchanges: a proxy started from written files, a client before it, a bot behind it, and real sockets between.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod answer;
mod bot;
mod client;
#[path = "../ledger/cluster.rs"]
mod cluster;
mod house;
mod ledger;
mod program;
mod written;

mod asked;
mod closed;
mod coded;
mod decisions;
mod demo;
mod desk;
mod erased;
mod events;
mod flows;
mod forgotten;
mod hundred;
mod keywords;
mod killed;
mod legal;
mod linked;
mod nodes;
mod once;
mod operator;
mod order;
mod parts;
mod people;
mod preserved;
mod prompt;
mod reload;
mod report;
mod retention;
mod returned;
mod service;
mod shadow;
mod signals;
mod silence;
mod socket;
mod start;
mod stop;
mod texts;
mod uploads;
mod withheld;
