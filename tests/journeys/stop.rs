//! A proxy that is asked to stop finishes what is under way.

use std::time::Duration;

use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    bot::Bot,
    client::{Connection, Http, chat, secure, trusting},
    ledger::receipts_in,
    program::Program,
    written::{Folder, Written},
};

/// A connection to the program.
pub async fn connect(program: &Program, folder: &Folder) -> Connection {
    let stream = TcpStream::connect(program.address).await.unwrap();
    Connection::new(secure(stream, trusting(folder)).await, Http::One).await
}

/// Waits until nobody is let in any more.
async fn nobody_more(program: &Program) {
    let knock = || timeout(Duration::from_millis(200), TcpStream::connect(program.address));
    while let Ok(Ok(_)) = knock().await {
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_exchange_under_way_is_completed_before_the_program_ends_well() {
    let (bot, gate) = Bot::gated().await;
    let folder = Written::shop().write(bot.address);
    let program = Program::serve(&folder).await;
    let socket = folder.load().ledger.socket_path();
    assert!(socket.exists());
    let mut connection = connect(&program, &folder).await;
    let under_way = tokio::spawn(async move { connection.ask(chat("{}")).await });
    bot.has_begun(1).await;
    program.terminate();
    nobody_more(&program).await;
    assert!(!under_way.is_finished());
    gate.open(1);
    assert_eq!(under_way.await.unwrap().status, 200);
    let (status, said) = program.ended().await;
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(!socket.exists());
    assert_eq!(receipts_in(&folder).len(), 1);
    assert_eq!(receipts_in(&folder), folder.receipts_in_database().await);
}
