//! Looking a person up, in memory and in the database, in one run: `cargo bench --bench ledger`.
//!
//! The rule: contestants take turns in rounds and the best round of each counts. A look-up in a database stands beside `SELECT 1` on a
//! connection of the same kind to the same database: read how many times as long it takes. What would defeat it: a server whose tables
//! nobody analysed after they were filled, as no server's stay for long.
//!
//! The PostgreSQL server is one for this run alone, on a socket; where PostgreSQL is not installed that part is left out, and said to be.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench that can't run as written stops"
)]

#[path = "../tests/ledger/cluster.rs"]
mod cluster;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use assentry::{
    consent::DecisionKind,
    ledger::{Ledger, LedgerSettings, NewDecision, PostgresSettings},
    subject::{Standing, Subject},
};
use cluster::Cluster;
use sqlx::{ConnectOptions as _, postgres::PgConnectOptions, sqlite::SqliteConnectOptions};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const GROUP: &str = "bench";
/// How many are asked about, of whom few are held, so that each is looked up anew.
const PEOPLE: usize = 1_000;
const HELD: u64 = 10;
/// How many others there are in the database.
const OTHERS: usize = 100_000;
const ROUNDS: usize = 10;
/// How many look-ups are one turn.
const HITS: u32 = 20_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(table());
}

async fn table() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = LedgerSettings::at(folder.path().join("ledger.db"));
    let ledger = Ledger::open(&settings).await.expect("a ledger");
    let [hit, current] = hits(&ledger).await;
    println!("| look-up | time | `SELECT 1` | ratio |\n|---|---|---|---|");
    println!("| in memory | {} | | |", show(hit));
    println!("| in memory, and `is_current` | {} | | |", show(current));
    drop(ledger);
    let mut alone =
        SqliteConnectOptions::new().filename(&settings.path).connect().await.expect("a connection");
    let people = fill(&settings).await;
    sqlx::raw_sql(OTHERS_SQLITE).execute(&mut alone).await.expect("others");
    row("SQLite", &settings, &people, async || {
        sqlx::query("SELECT 1").fetch_one(&mut alone).await.map(drop).expect("an answer");
    })
    .await;
    let Some(cluster) = Cluster::shared() else {
        println!("\nPostgreSQL is not installed, and left out.");
        return;
    };
    let url = cluster.database();
    let postgres = Some(PostgresSettings::at(&url).expect("a server"));
    let settings = LedgerSettings { postgres, ..LedgerSettings::at(folder.path().join("node")) };
    let people = fill(&settings).await;
    let mut alone = url.parse::<PgConnectOptions>().expect("a URL").connect().await.expect("a connection");
    sqlx::raw_sql(OTHERS_POSTGRES).execute(&mut alone).await.expect("others");
    row("PostgreSQL", &settings, &people, async || {
        sqlx::query("SELECT 1").fetch_one(&mut alone).await.map(drop).expect("an answer");
    })
    .await;
}

const OTHERS_SQLITE: &str = "BEGIN IMMEDIATE;
WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 100000)
INSERT INTO subject (digest, reference) SELECT randomblob(32), lower(hex(randomblob(16))) FROM more;
INSERT INTO decision (subject, consents, kind, purpose, at, source)
SELECT id, 'bench', 'grant', 'extras', 1764000000000000, 'bench' FROM subject WHERE id NOT IN (SELECT subject FROM decision);
COMMIT; ANALYZE";

const OTHERS_POSTGRES: &str = "INSERT INTO subject (digest, reference)
SELECT sha256(n::text::bytea), md5(n::text) FROM generate_series(1, 100000) AS n;
INSERT INTO decision (subject, consents, kind, purpose, at, source)
SELECT id, 'bench', 'grant', 'extras', 1764000000000000, 'bench' FROM subject WHERE id NOT IN (SELECT subject FROM decision);
ANALYZE";

/// A hit, and a hit with the question that is asked just before the first byte.
async fn hits(ledger: &Ledger) -> [Duration; 2] {
    let ada = person(0);
    decide(ledger, &ada).await;
    ledger.consent(&ada, GROUP).await.expect("a consent");
    let mut best = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        for (asks, best) in [false, true].into_iter().zip(&mut best) {
            let begun = Instant::now();
            for _ in 0..HITS {
                let consent = ledger.consent(black_box(&ada), GROUP).await.expect("a consent");
                assert!(!asks || ledger.is_current(black_box(&consent)));
            }
            *best = (*best).min(begun.elapsed() / HITS);
        }
    }
    best
}

/// Looking up people who are not held, and the smallest question, in turns.
async fn row(name: &str, settings: &LedgerSettings, people: &[Subject], mut least: impl AsyncFnMut()) {
    let ledger =
        Ledger::open(&LedgerSettings { cache: HELD, ..settings.clone() }).await.expect("the ledger again");
    let (mut cold, mut one) = (Duration::MAX, Duration::MAX);
    let turn = u32::try_from(people.len()).expect("a number");
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for person in people {
            let consent = ledger.consent(person, GROUP).await.expect("a consent");
            assert_eq!(consent.decisions.len(), 1, "the decision is found");
        }
        cold = cold.min(begun.elapsed() / turn);
        let begun = Instant::now();
        for _ in people {
            least().await;
        }
        one = one.min(begun.elapsed() / turn);
    }
    let ratio = cold.as_secs_f64() / one.as_secs_f64();
    println!("| {name}, {OTHERS} others | {} | {} | {ratio:.2} × |", show(cold), show(one));
}

async fn fill(settings: &LedgerSettings) -> Vec<Subject> {
    let ledger = Ledger::open(settings).await.expect("a ledger");
    let people: Vec<Subject> = (1..=PEOPLE).map(person).collect();
    for person in &people {
        decide(&ledger, person).await;
    }
    people
}

async fn decide(ledger: &Ledger, person: &Subject) {
    let new = NewDecision {
        kind: DecisionKind::Grant,
        purpose: Some("extras".to_owned()),
        notice: Some("2026-11".to_owned()),
        text_digest: None,
        source: "bench".to_owned(),
        expires: None,
        jurisdiction: None,
    };
    ledger.decide(person, GROUP, new).await.expect("a decision");
}

fn person(number: usize) -> Subject {
    Subject::new("bench", format!("p{number}"), Standing::Proven)
}

fn show(time: Duration) -> String {
    match time.as_nanos() {
        nanos if nanos < 10_000 => format!("{nanos} ns"),
        nanos => format!("{:.1} µs", nanos as f64 / 1e3),
    }
}
