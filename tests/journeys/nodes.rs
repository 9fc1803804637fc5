//! Promise: on many nodes, too, a no is prompt; and a node that can't see the ledger forwards nothing that it could forbid.

mod load;
mod proof;
mod relay;
mod seen;

use std::{path::Path, time::Duration};

use assentry::ledger::open_for_cli;
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{
    answer::Answer,
    bot::Bot,
    client::{Http, SURELY, chat_of},
    cluster::Cluster,
    house::{House, soon},
    ledger::{decision, person},
    program::Program,
    socket::{
        bot::{Echo, Said},
        person::Ask,
    },
    written::Written,
};

const ASKED: &str = r#"{"text":"hi","context":{"purchases":[1]}}"#;

/// What a node says of a ledger on this server; the keys are everybody's.
fn shared(cluster: &Cluster, keys: &Path, pace: &str) -> impl Fn() -> Written + use<> {
    let (url, keys) = (cluster.database(), keys.display().to_string());
    let ledger = format!(
        "postgres: '{url}', key: {keys}/ledger.key, master_key: {{file: {keys}/ledger.master}}{pace}"
    );
    move || Written::shop().ledger(&ledger)
}

/// Ada asks, and the answer comes when it comes.
async fn asked(house: &House) -> JoinHandle<Answer> {
    let mut connection = house.connect(Http::One).await;
    tokio::spawn(async move { connection.ask(chat_of("ada", ASKED)).await })
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

    let first = asked(&house).await;
    house.bot.has_begun(1).await;
    let waits = asked(&house).await;
    sleep(Duration::from_millis(200)).await;
    cluster.freeze();
    sleep(Duration::from_millis(1_300)).await;
    gate.open(1);
    assert_eq!(first.await.unwrap().status, 200);
    waits.await.unwrap().assert_problem(503, "ledger-unreachable");
    asked(&house).await.await.unwrap().assert_problem(503, "ledger-unreachable");
    assert_eq!(house.bot.begun(), 1, "neither what waited nor what came later arrived");
    talks.says_text(ASKED).await;
    talks.is_told(1013, "ledger-unreachable").await;
    let texts = echo.heard().iter().filter(|said| matches!(said, Said::Text(_))).count();
    assert_eq!(texts, 1, "the second message never arrived: {:?}", echo.heard());

    cluster.thaw();
    gate.open(1_000);
    let again = async {
        while asked(&house).await.await.unwrap().status != 200 {
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
