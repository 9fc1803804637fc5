//! Stands between a ledger and its server, and counts what the server is asked.
//!
//! Every question ends with a message after which the server answers that it is ready: `Sync`, or `Query`
//! (the PostgreSQL manual, "Message Flow"). So their number is the number of round trips.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use assentry::ledger::{LedgerSettings, PostgresSettings};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{UnixListener, UnixStream, unix::OwnedReadHalf, unix::OwnedWriteHalf},
};

use super::Home;

/// The socket's name, as PostgreSQL has it.
const SOCKET: &str = ".s.PGSQL.5432";

/// What asks whether the server encrypts: after it the first message is still to come.
const ENCRYPT: [u8; 4] = 80_877_103_u32.to_be_bytes();

/// A relay; it ends with the runtime of its test.
pub struct Relay {
    folder: TempDir,
    trips: Arc<AtomicUsize>,
}

impl Relay {
    /// Before the server of this home.
    pub fn before(home: &Home) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let server = Path::new(host(home)).join(SOCKET);
        let trips = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&trips);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&server).await.unwrap();
                let ((ours, mut theirs), (mut from, to)) = (client.into_split(), server.into_split());
                tokio::spawn(async move { copy(&mut from, &mut theirs).await });
                tokio::spawn(forward(ours, to, Arc::clone(&count)));
            }
        });
        Self { folder, trips }
    }

    /// The same ledger, through here.
    pub fn through(&self, home: &Home) -> LedgerSettings {
        let url = home.settings.postgres.as_ref().unwrap().url.as_str();
        let url = url.replace(host(home), &self.folder.path().display().to_string());
        LedgerSettings { postgres: Some(PostgresSettings::at(&url).unwrap()), ..home.settings.clone() }
    }

    /// How many round trips there were, once nobody has asked anything for a while.
    pub async fn settled(&self) -> usize {
        loop {
            let before = self.trips.load(SeqCst);
            tokio::time::sleep(Duration::from_millis(400)).await;
            if self.trips.load(SeqCst) == before {
                return before;
            }
        }
    }
}

/// Where the server's socket is.
fn host(home: &Home) -> &str {
    home.settings.postgres.as_ref().unwrap().url.as_str().split_once("host=").unwrap().1
}

async fn forward(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, trips: Arc<AtomicUsize>) {
    let mut starts = true; // the first message has no letter before its length
    loop {
        let mut head = Vec::new();
        let length = if starts { 4 } else { 5 };
        if (&mut client).take(length).read_to_end(&mut head).await.unwrap_or(0) < length as usize {
            return;
        }
        if !starts && matches!(head[0], b'S' | b'Q') {
            trips.fetch_add(1, SeqCst);
        }
        let rest = u32::from_be_bytes(head[head.len() - 4..].try_into().unwrap()) - 4;
        (&mut client).take(rest.into()).read_to_end(&mut head).await.unwrap();
        if server.write_all(&head).await.is_err() {
            return;
        }
        starts &= head[4..] == ENCRYPT;
    }
}
