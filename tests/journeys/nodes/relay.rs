//! A way to a PostgreSQL server that can be cut: nothing is closed, and nothing comes through.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf},
    net::{UnixListener, UnixStream},
    time::sleep,
};

/// What a server's socket is called.
const NAME: &str = ".s.PGSQL.5432";

/// The way, for as long as it is there.
pub struct Relay {
    folder: TempDir,
    cut: Arc<AtomicBool>,
}

impl Relay {
    /// A way to the server whose socket is in this folder.
    pub fn to(server: &Path) -> Self {
        let relay = Self { folder: tempfile::tempdir().unwrap(), cut: Arc::default() };
        let listener = UnixListener::bind(relay.folder.path().join(NAME)).unwrap();
        let (server, cut) = (server.join(NAME), Arc::clone(&relay.cut));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                // A server that was killed takes nobody for a moment.
                let Ok(far) = UnixStream::connect(&server).await else { continue };
                let (near, far) = (tokio::io::split(near), tokio::io::split(far));
                tokio::spawn(pass(near.0, far.1, Arc::clone(&cut)));
                tokio::spawn(pass(far.0, near.1, Arc::clone(&cut)));
            }
        });
        relay
    }

    /// The same URL, by this way.
    pub fn url(&self, url: &str) -> String {
        let (server, _) = url.split_once("?host=").unwrap();
        format!("{server}?host={}", self.folder.path().display())
    }

    pub fn cut(&self) {
        self.cut.store(true, SeqCst);
    }

    pub fn mend(&self) {
        self.cut.store(false, SeqCst);
    }
}

async fn pass(mut from: ReadHalf<UnixStream>, mut to: WriteHalf<UnixStream>, cut: Arc<AtomicBool>) {
    let mut piece = vec![0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        while cut.load(SeqCst) {
            sleep(Duration::from_millis(5)).await;
        }
        if to.write_all(&piece[..length]).await.is_err() {
            break;
        }
    }
    to.shutdown().await.ok();
}
