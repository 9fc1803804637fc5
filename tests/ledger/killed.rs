//! What was acknowledged outlives `kill -9`, of whoever wrote and of the server.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use assentry::{
    consent::DecisionKind,
    ledger::{Ledger, LedgerSettings, PostgresSettings},
};

use super::{GROUP, Home, cluster::Cluster, on_both, person, to};

on_both! {
    every_acknowledged_decision_outlives_kill_9_of_the_writer
}

const FILE: &str = "ASSENTRY_TEST_LEDGER";
const SERVER: &str = "ASSENTRY_TEST_LEDGER_SERVER";

/// Not a test by itself: it is the process that the tests kill. It goes on when the server is away for a while.
#[tokio::test]
async fn child_that_decides_until_it_is_killed() {
    let Ok(path) = std::env::var(FILE) else { return };
    let postgres = std::env::var(SERVER).ok().map(|url| PostgresSettings::at(&url).unwrap());
    let settings = LedgerSettings { postgres, ..LedgerSettings::at(path) };
    let ledger = Ledger::open(&settings).await.unwrap();
    loop {
        match ledger.decide(&person("ada"), GROUP, to(DecisionKind::Grant, "personalisation")).await {
            Ok(decision) => println!("\nacknowledged {}", decision.generation),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// A process that decides on and on, and what it says.
struct Writer {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    acknowledged: Vec<u64>,
}

impl Writer {
    fn start(settings: &LedgerSettings) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "killed::child_that_decides_until_it_is_killed", "--nocapture"]);
        command.env(FILE, &settings.path).stdout(Stdio::piped());
        if let Some(server) = &settings.postgres {
            command.env(SERVER, server.url.as_str());
        }
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, acknowledged: Vec::new() }
    }

    /// Waits for so many more.
    fn hear(&mut self, count: usize) {
        let enough = self.acknowledged.len() + count;
        while self.acknowledged.len() < enough && self.hear_one() {}
        assert_eq!(self.acknowledged.len(), enough, "the writer ended");
    }

    /// `kill -9`; and what it still managed to say.
    fn kill(mut self) -> Vec<u64> {
        self.child.kill().unwrap();
        while self.hear_one() {}
        self.child.wait().unwrap();
        std::mem::take(&mut self.acknowledged)
    }

    fn hear_one(&mut self) -> bool {
        let Some(Ok(line)) = self.lines.next() else { return false };
        let number = line.strip_prefix("acknowledged ").and_then(|number| number.parse::<u64>().ok());
        self.acknowledged.extend(number);
        true
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn assert_kept(settings: &LedgerSettings, acknowledged: &[u64]) {
    let ledger = Ledger::open(settings).await.unwrap();
    let history = ledger.history(&person("ada"), GROUP).await.unwrap();
    let kept: HashSet<u64> = history.iter().map(|decision| decision.generation).collect();
    assert!(acknowledged.len() >= 50);
    assert!(acknowledged.iter().all(|generation| kept.contains(generation)));
}

async fn every_acknowledged_decision_outlives_kill_9_of_the_writer(home: Home) {
    let mut writer = Writer::start(&home.settings);
    writer.hear(50);
    assert_kept(&home.settings, &writer.kill()).await;
}

#[tokio::test]
async fn every_acknowledged_decision_outlives_kill_9_of_the_server() {
    let Some(cluster) = Cluster::begin() else { return };
    let home = Home::at(&cluster);
    let mut writer = Writer::start(&home.settings);
    for _ in 0..3 {
        writer.hear(30);
        cluster.kill();
        cluster.begin_again();
    }
    writer.hear(10);
    let acknowledged = writer.kill();
    let numbers: HashSet<&u64> = acknowledged.iter().collect();
    assert_eq!(numbers.len(), acknowledged.len(), "no number twice");
    assert_kept(&home.settings, &acknowledged).await;
}
