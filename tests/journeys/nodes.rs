//! Promise: on many nodes, too, a no is prompt. Three programs on one PostgreSQL server, under load.
//!
//! `ASSENTRY_NODES_ROUNDS=200 cargo test --release --test journeys nodes:: -- --nocapture` measures: how long after a withdrawal was
//! acknowledged the last message under the old yes reached the bot, by whichever node.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use assentry::ledger::open_for_cli;
use tempfile::TempDir;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    bot::{Bot, Sent, said},
    client::{Http, SURELY, chat_of},
    cluster::Cluster,
    house::{House, soon},
    ledger::{decision, person},
    program::Program,
    socket::{
        bot::{Echo, Said},
        person::Ask,
    },
    stop::connect,
    written::{Folder, Written},
};

const ASKED: &str = r#"{"text":"hi","context":{"purchases":[1]}}"#;

/// When purchases of somebody were last seen at the bot, by their id.
type Seen = Arc<Mutex<HashMap<String, Instant>>>;

/// Programs that share a ledger, and what is behind them.
struct Nodes {
    nodes: Vec<(Program, Folder)>,
    seen: Seen,
    _keys: TempDir,
}

/// What a node says of a ledger on this server; the keys are everybody's.
fn shared(cluster: &Cluster, keys: &Path, pace: &str) -> impl Fn() -> Written + use<> {
    let (url, keys) = (cluster.database(), keys.display().to_string());
    let ledger = format!(
        "postgres: '{url}', key: {keys}/ledger.key, master_key: {{file: {keys}/ledger.master}}{pace}"
    );
    move || Written::shop().ledger(&ledger)
}

impl Nodes {
    async fn three(cluster: &Cluster) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let seen = Seen::default();
        let noted = Arc::clone(&seen);
        let bot = Bot::answering(move |sent: Sent| {
            if sent.raw.contains("purchases") {
                let who = sent.raw.split("\r\nx-person: ").nth(1).and_then(|rest| rest.split("\r\n").next());
                noted.lock().unwrap().insert(who.unwrap_or_default().to_owned(), Instant::now());
            }
            async { said("{}") }
        });
        let (bot, mut nodes) = (bot.await, Vec::new());
        let written = shared(cluster, keys.path(), "");
        for _ in 0..3 {
            let folder = written().write(bot.address);
            nodes.push((Program::serve(&folder).await, folder));
        }
        Self { nodes, seen, _keys: keys }
    }

    fn last_seen(&self, who: &str) -> Option<Instant> {
        self.seen.lock().unwrap().get(who).copied()
    }

    /// Decides through this node; when it was acknowledged.
    async fn decide(&self, node: usize, who: &str, words: &str) -> Instant {
        let mut channel = open_for_cli(&self.nodes[node].1.load().ledger).await.unwrap();
        channel.decide(&person(who), "shop", decision(words)).await.unwrap();
        Instant::now()
    }

    /// Somebody who talks through every node at once, until told to stop.
    async fn talk(&self, who: &str, stop: &Arc<AtomicBool>, load: &mut JoinSet<()>) {
        for (program, folder) in &self.nodes {
            let mut connection = connect(program, folder).await;
            let (who, stop) = (who.to_owned(), Arc::clone(stop));
            load.spawn(async move {
                while !stop.load(SeqCst) {
                    let mut request = chat_of(&who, ASKED);
                    request.headers_mut().insert("x-person", who.parse().unwrap());
                    assert_eq!(connection.ask(request).await.status, 200);
                }
            });
        }
    }

    /// One withdrawal: how long after its acknowledgement the last message under the yes was seen.
    async fn round(&self, turn: usize) -> Duration {
        let who = format!("person-{turn}");
        let stop = Arc::new(AtomicBool::new(false));
        let mut load = JoinSet::new();
        self.decide(turn % 3, &who, "grant personalisation").await;
        self.talk(&who, &stop, &mut load).await;
        soon(|| self.last_seen(&who).is_some()).await;
        sleep(Duration::from_millis(50)).await;
        let acknowledged = self.decide((turn + 1) % 3, &who, "withdraw personalisation").await;
        loop {
            sleep(Duration::from_millis(300)).await;
            let last = self.last_seen(&who).unwrap();
            if last.elapsed() > Duration::from_millis(300) {
                stop.store(true, SeqCst);
                while let Some(ended) = load.join_next().await {
                    ended.unwrap();
                }
                return last.saturating_duration_since(acknowledged);
            }
            assert!(acknowledged.elapsed() < SURELY, "the no is not obeyed");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_acknowledged_by_one_node_is_obeyed_by_all_within_the_stated_time() {
    let Some(cluster) = Cluster::shared() else { return };
    let nodes = Nodes::three(cluster).await;
    let rounds = std::env::var("ASSENTRY_NODES_ROUNDS").map_or(6, |rounds| rounds.parse().unwrap());
    let (stop, mut load) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
    nodes.talk("somebody", &stop, &mut load).await;
    let mut late = Vec::new();
    for turn in 0..rounds {
        late.push(nodes.round(turn).await);
        nodes
            .decide(turn % 3, "somebody", if turn % 2 == 0 { "object analytics" } else { "grant analytics" })
            .await;
    }
    stop.store(true, SeqCst);
    while let Some(ended) = load.join_next().await {
        ended.unwrap();
    }
    late.sort_unstable();
    let at = |share: usize| late[(late.len() - 1) * share / 100];
    println!("three nodes, {rounds} withdrawals: p50 {:?}, p99 {:?}, max {:?}", at(50), at(99), at(100));
    let bound = nodes.nodes[0].1.load().ledger.stale_after.0;
    assert!(at(100) <= bound, "{late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_server_does_not_answer_forwards_nothing_that_the_ledger_could_forbid() {
    let Some(cluster) = Cluster::begin() else { return };
    let keys = tempfile::tempdir().unwrap();
    let written = shared(&cluster, keys.path(), ", poll: 200ms, stale_after: 1s");
    let written = || written().receipts("database: false");
    let (bot, gate) = Bot::gated().await;
    let house = written().upstream("max_in_flight: 1").before(bot).await;
    let (bot, echo) = Echo::open().await;
    let sockets = written().before(bot).await;
    let decide = async |house: &House, words: &str| {
        let mut channel = open_for_cli(&house.folder.load().ledger).await.unwrap();
        channel.decide(&person("ada"), "shop", decision(words)).await.unwrap();
    };
    decide(&house, "object analytics").await;
    decide(&sockets, "grant personalisation").await;
    let mut talks = sockets.socket(&Ask::ada()).await;
    talks.asks(ASKED).await;

    let ask = async |house: &House| {
        let mut connection = house.connect(Http::One).await;
        tokio::spawn(async move { connection.ask(chat_of("ada", ASKED)).await })
    };
    let first = ask(&house).await;
    house.bot.has_begun(1).await;
    let waits = ask(&house).await;
    sleep(Duration::from_millis(200)).await;
    cluster.freeze();
    sleep(Duration::from_millis(1_300)).await;
    gate.open(1);
    assert_eq!(first.await.unwrap().status, 200);
    waits.await.unwrap().assert_problem(503, "ledger-unreachable");
    ask(&house).await.await.unwrap().assert_problem(503, "ledger-unreachable");
    assert_eq!(house.bot.begun(), 1, "neither what waited nor what came later arrived");
    talks.says_text(ASKED).await;
    talks.is_told(1013, "ledger-unreachable").await;
    let texts = echo.heard().iter().filter(|said| matches!(said, Said::Text(_))).count();
    assert_eq!(texts, 1, "the second message never arrived: {:?}", echo.heard());

    cluster.thaw();
    gate.open(1_000);
    let again = async {
        while ask(&house).await.await.unwrap().status != 200 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(SURELY, again).await.expect("it goes on by itself");
}

#[tokio::test]
async fn the_commands_work_on_a_server_with_a_running_proxy_and_without() {
    let Some(cluster) = Cluster::shared() else { return };
    let keys = tempfile::tempdir().unwrap();
    let folder = shared(cluster, keys.path(), "")().write(([127, 0, 0, 1], 9).into());
    let config = folder.config();
    let run = async |words: &str| {
        let words: Vec<&str> = words.split(' ').chain(["--config", config.to_str().unwrap()]).collect();
        let output = Program::run(&words).await;
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let (code, said) = run("consent grant personalisation --subject login:ada").await;
    assert!(code == Some(1) && said.contains("there is no ledger at `postgres://localhost/t"), "{said}");
    let grant = "consent grant personalisation --subject login:ada --create --jurisdiction DE";
    assert_eq!(
        run(grant).await,
        (Some(0), "granted `personalisation` for login:ada (generation 1)\n".to_owned())
    );
    let program = Program::serve(&folder).await;
    let (code, said) = run("consent withdraw personalisation --subject login:ada").await;
    assert!(code == Some(0) && said.contains("generation 2"), "{said}");
    for running in [true, false] {
        let (code, said) = run("consent history --subject login:ada").await;
        assert_eq!((code, said.lines().count()), (Some(0), 2), "running: {running}; {said}");
        let (code, said) = run("keys rewrap").await;
        assert!(code == Some(0) && said.starts_with("no key had to be wrapped anew"), "{said}");
        let (code, said) = run("keys forget --subject login:ada").await;
        assert!(code == Some(3) && said.contains("has no keys"), "{said}");
        if running {
            program.terminate();
            soon(|| !folder.load().ledger.socket_path().exists()).await;
        }
    }
}
