//! The edge over real sockets: what clients meet, and what the backend gets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod bot;
mod certs;
mod client;
mod door;
mod house;
mod server;
mod through;
mod tls;
mod upstream;
