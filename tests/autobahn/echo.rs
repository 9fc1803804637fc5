//! A bot that says back what it is told through a socket, for `tests/autobahn/run`. It prints its address first.
//!
//! It is made with another library than the proxy, so that a fault of one is not hidden by the same fault of the other.
#![allow(clippy::unwrap_used, reason = "a test's own bot")]

use std::{
    net::{TcpListener, TcpStream},
    thread,
};

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap());
    for stream in listener.incoming().flatten() {
        thread::spawn(move || echo(stream));
    }
}

fn echo(stream: TcpStream) {
    stream.set_nodelay(true).ok();
    let Ok(mut socket) = tungstenite::accept(stream) else { return };
    // The library answers pings and closes.
    while let Ok(message) = socket.read() {
        let is_said_back = message.is_text() || message.is_binary();
        if is_said_back && socket.send(message).is_err() {
            return;
        }
    }
}
