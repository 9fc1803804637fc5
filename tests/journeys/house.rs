//! A whole proxy, as the `serve` verb starts it, with a bot behind it; it ends with its test.

use std::{net::SocketAddr, time::Duration};

use assentry::cli::serve::Proxy;
use serde_json::Value;
use tokio::{sync::oneshot, task::JoinHandle, time::sleep};

use crate::{
    answer::Answer,
    bot::Bot,
    client::SURELY,
    ledger::receipts_in,
    written::{Folder, Written},
};

/// A running proxy and its bot.
pub struct House {
    pub address: SocketAddr,
    pub admin: Option<SocketAddr>,
    pub desk: Option<SocketAddr>,
    pub bot: Bot,
    pub folder: Folder,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Written {
    /// Starts the proxy before a bot that says yes to everything.
    pub async fn open(self) -> House {
        self.before(Bot::open().await).await
    }

    /// Starts the proxy before this bot.
    pub async fn before(self, bot: Bot) -> House {
        let folder = self.write(bot.address);
        House::of(folder, bot).await
    }
}

impl House {
    pub async fn of(folder: Folder, bot: Bot) -> Self {
        let opened = Proxy::open(&folder.load()).await;
        let proxy = opened.unwrap_or_else(|(words, _)| panic!("{words}"));
        let (address, admin) = (proxy.addresses()[0], proxy.admin_address());
        let desk = proxy.desk_address();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(proxy.serve(async { drop(stopped.await) }));
        Self { address, admin, desk, bot, folder, stop: Some(stop), serving }
    }

    /// Stops the proxy as a signal would, and waits until all is written.
    pub async fn close(self) -> Folder {
        drop(self.stop);
        self.serving.await.unwrap();
        self.folder
    }

    /// All receipts in the file, in order.
    pub fn receipts(&self) -> Vec<Value> {
        receipts_in(&self.folder)
    }

    /// The only receipt, which may be just on its way.
    pub async fn receipt(&self) -> Value {
        let mut receipts = self.receipts_soon(1).await;
        assert_eq!(receipts.len(), 1, "{receipts:?}");
        receipts.remove(0)
    }

    /// So many receipts, as soon as there are.
    pub async fn receipts_soon(&self, count: usize) -> Vec<Value> {
        soon(|| self.receipts().len() >= count).await;
        self.receipts()
    }

    /// What must hold whenever Assentry says no: the status and the problem, nothing at the bot, one receipt that says so.
    pub async fn assert_refused(&self, answer: &Answer, status: u16, problem: &str) {
        answer.assert_problem(status, problem);
        self.assert_kept_out(problem, status).await;
        let receipt = self.receipt().await;
        assert_eq!(answer.problem()["exchange"], receipt["exchange"]);
        assert_eq!(receipt["ended"], "complete");
    }

    /// The same where the client can't hear the answer.
    pub async fn assert_kept_out(&self, problem: &str, status: u16) {
        let receipt = self.receipt().await;
        assert_eq!(receipt["outcome"]["refused"]["problem"], problem, "{receipt}");
        assert_eq!(receipt["outcome"]["refused"]["status"], status);
        self.bot.assert_untouched();
    }

    /// A refusal that comes before there is an exchange.
    pub async fn assert_no_exchange(&self) {
        sleep(Duration::from_millis(30)).await;
        assert_eq!(self.receipts(), Vec::<Value>::new());
        self.bot.assert_untouched();
    }
}

/// Waits until something is so.
pub async fn soon(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            sleep(Duration::from_millis(3)).await;
        }
    };
    tokio::time::timeout(SURELY, wait).await.expect("it happens in time");
}
