//! Promise: on many nodes, too, a no is prompt. Three programs on one PostgreSQL server, under load: requests of which some wait in
//! line, open sockets, and streams under way, through each of them.
//!
//! `ASSENTRY_NODES_ROUNDS=200 cargo test --release --test journeys nodes::proof -- --nocapture` measures: how long after a withdrawal
//! was acknowledged the last message under the old yes reached the bot, by whichever node and in whichever way.

use std::{
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use assentry::ledger::open_for_cli;
use tempfile::TempDir;
use tokio::time::sleep;

use super::{
    load::{Load, hearing, listening},
    relay::Relay,
    seen::Seen,
};
use crate::{
    cluster::Cluster,
    house::soon,
    ledger::{decision, person},
    program::Program,
    written::{Folder, Written},
};

/// How old the newest look at the ledger may be: the bound after which nothing may come, whatever happens.
const BOUND: Duration = Duration::from_secs(2);
/// Looking at a message takes the bot a moment, too.
const HEARING: Duration = Duration::from_millis(250);

/// Programs that share a ledger, each by a way of its own, and what their bots have seen.
struct Nodes {
    nodes: Vec<(Program, Folder, Relay)>,
    seen: Seen,
    _keys: TempDir,
}

impl Nodes {
    async fn three(cluster: &Cluster) -> Self {
        let (keys, seen, url) = (tempfile::tempdir().unwrap(), Seen::default(), cluster.database());
        let server = PathBuf::from(url.split_once("?host=").unwrap().1);
        let mut nodes = Vec::new();
        for _ in 0..3 {
            let (bot, sockets) = (hearing(seen.clone()).await, listening(seen.clone()).await);
            let relay = Relay::to(&server);
            let path = keys.path().display();
            let ledger = format!(
                "postgres: '{}', key: {path}/ledger.key, master_key: {{file: {path}/ledger.master}}, poll: 250ms, stale_after: {}ms",
                relay.url(&url),
                BOUND.as_millis()
            );
            let routes = [
                ("request", format!("{{addresses: 'http://{bot}', max_in_flight: 1}}")),
                ("stream", format!("http://{bot}")),
                ("socket", format!("http://{sockets}")),
            ];
            let routes = routes.map(|(way, upstream)| {
                format!("- {{name: {way}, path: /{way}, policy: policy.yaml, upstream: {upstream}}}")
            });
            let written =
                Written::shop().ledger(&ledger).receipts("database: false").routes(&routes.join("\n"));
            let folder = written.write(bot);
            nodes.push((Program::serve(&folder).await, folder, relay));
        }
        Self { nodes, seen, _keys: keys }
    }

    fn addresses(&self) -> Vec<(SocketAddr, &Folder)> {
        self.nodes.iter().map(|(program, folder, _)| (program.address, folder)).collect()
    }

    /// Decides through this node; when it was acknowledged.
    async fn decide(&self, node: usize, who: &str, words: &str) -> Instant {
        let mut channel = open_for_cli(&self.nodes[node].1.load().ledger).await.unwrap();
        channel.decide(&person(who), "shop", decision(words)).await.unwrap();
        Instant::now()
    }

    /// Somebody who said yes talks through every node, and withdraws through one of them; other things happen before and after.
    /// How long after the acknowledgement the last message under the yes came, which is never after the bound.
    async fn withdrawal(
        &self,
        (turn, who): (usize, &str),
        before: impl FnOnce(),
        after: impl FnOnce(),
    ) -> Duration {
        let begun = Instant::now();
        self.decide(turn % 3, who, "grant personalisation").await;
        let _load = Load::of(who, &self.addresses());
        soon(|| self.seen.through(who, &[0, 1, 2], begun)).await;
        before();
        let acknowledged = self.decide((turn + 1) % 3, who, "withdraw personalisation").await;
        after();
        sleep(BOUND + HEARING + Duration::from_millis(500)).await;
        let strays = self.seen.strays(who, acknowledged, BOUND + HEARING);
        assert_eq!(strays, [], "nothing comes after the bound");
        self.seen.lateness(who, acknowledged)
    }

    /// Waits until everything goes through every node again.
    async fn go_on(&self, who: &str) {
        let since = Instant::now();
        let decided = async {
            loop {
                let mut channel = open_for_cli(&self.nodes[0].1.load().ledger).await.unwrap();
                if channel.decide(&person(who), "shop", decision("grant personalisation")).await.is_ok() {
                    return;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        decided.await;
        let _load = Load::of(who, &self.addresses());
        soon(|| self.seen.through(who, &[0, 1, 2], since)).await;
    }
}

fn rounds(few: usize) -> usize {
    std::env::var("ASSENTRY_NODES_ROUNDS").map_or(few, |rounds| rounds.parse().unwrap())
}

fn tell(what: &str, mut late: Vec<Duration>) {
    late.sort_unstable();
    let at = |share: usize| late[(late.len() * share).div_ceil(100) - 1];
    println!("{what}, {} withdrawals: p50 {:?}, p99 {:?}, max {:?}", late.len(), at(50), at(99), at(100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_acknowledged_by_one_node_is_obeyed_by_all_whatever_becomes_of_the_server() {
    let Some(cluster) = Cluster::begin() else { return };
    let nodes = Nodes::three(&cluster).await;
    let mut late = Vec::new();
    for turn in 0..rounds(3) {
        late.push(nodes.withdrawal((turn, &format!("healthy-{turn}")), || {}, || {}).await);
    }
    tell("the server is well", late);

    let few = rounds(3).div_ceil(3).min(20);
    let mut late = Vec::new();
    for turn in 0..few {
        late.push(nodes.withdrawal((turn, &format!("frozen-{turn}")), || {}, || cluster.freeze()).await);
        cluster.thaw();
        nodes.go_on(&format!("after-frozen-{turn}")).await;
    }
    tell("the server stops answering", late);

    let mut late = Vec::new();
    for turn in 0..few {
        let again = || {
            cluster.kill();
            cluster.begin_again();
        };
        late.push(nodes.withdrawal((turn, &format!("killed-{turn}")), || {}, again).await);
        nodes.go_on(&format!("after-killed-{turn}")).await;
    }
    tell("the server is killed and started again", late);

    let mut late = Vec::new();
    for turn in 0..few {
        // The withdrawal goes through another one.
        let relay = &nodes.nodes[turn % 3].2;
        late.push(nodes.withdrawal((turn, &format!("cut-off-{turn}")), || relay.cut(), || {}).await);
        relay.mend();
        nodes.go_on(&format!("after-cut-off-{turn}")).await;
    }
    tell("one node is cut off from the server", late);
}
