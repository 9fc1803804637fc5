//! More subjects in the ledger.
//!
//! Most rows are written in bulk, through the real schema, for people nobody asks about; those who are asked about have
//! decided through the ledger itself, in between.

use std::{fs, path::Path, time::Instant};

use assentry::{
    consent::DecisionKind,
    ledger::{Ledger, LedgerSettings, NewDecision},
    subject::{Standing, Subject},
};
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

use crate::{
    ALLOCATOR,
    table::{Table, Unit},
};

/// How many are asked about.
const KNOWN: usize = 200;
const GROUP: &str = "bench";

pub fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let columns = [
            ("opening the ledger", Unit::Seconds),
            ("consent, from the disk", Unit::Seconds),
            ("consent, from memory", Unit::Seconds),
            ("on disk", Unit::Bytes),
            ("memory after 200 look-ups", Unit::Bytes),
        ];
        let mut table = Table::new("Subjects in the ledger, one decision each", "subjects", &columns);
        for subjects in [1usize, 10, 100, 1_000, 10_000, 100_000, 1_000_000] {
            table.row(subjects as f64, &subjects.to_string(), &with(subjects).await);
        }
        table.end();
    });
}

async fn with(subjects: usize) -> [f64; 5] {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = LedgerSettings::at(folder.path().join("ledger.db"));
    let known = fill(&settings, subjects).await;
    let size = fs::metadata(&settings.path).expect("a file").len() as f64;
    let (begun, region) = (Instant::now(), stats_alloc::Region::new(ALLOCATOR));
    let ledger = Ledger::open(&settings).await.expect("a ledger");
    let open = begun.elapsed().as_secs_f64();
    let mut disk = f64::MAX;
    for person in &known {
        let at = Instant::now();
        let consent = ledger.consent(person, GROUP).await.expect("a consent");
        disk = disk.min(at.elapsed().as_secs_f64());
        assert_eq!(consent.decisions.len(), 1, "the decision is found");
    }
    let stats = region.change();
    let kept = stats.bytes_allocated as f64 - stats.bytes_deallocated as f64;
    let person = known.last().expect("somebody");
    let mut cached = f64::MAX;
    for _ in 0..200 {
        let at = Instant::now();
        for _ in 0..100 {
            std::hint::black_box(ledger.consent(person, GROUP).await.expect("a consent"));
        }
        cached = cached.min(at.elapsed().as_secs_f64() / 100.0);
    }
    [open, disk, cached, size, kept.max(0.0)]
}

/// So many subjects; gives some of them.
async fn fill(settings: &LedgerSettings, subjects: usize) -> Vec<Subject> {
    let ledger = Ledger::open(settings).await.expect("a ledger");
    let known: Vec<Subject> =
        (0..subjects.min(KNOWN)).map(|n| Subject::new("bench", format!("p{n}"), Standing::Proven)).collect();
    let (first, last) = known.split_at(known.len() / 2);
    decide(&ledger, first).await;
    in_bulk(&settings.path, subjects - known.len()).await;
    decide(&ledger, last).await;
    drop(ledger);
    let mut connection = connect(&settings.path).await;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.expect("a checkpoint");
    connection.close().await.expect("closed");
    known
}

async fn decide(ledger: &Ledger, people: &[Subject]) {
    for person in people {
        let new = NewDecision {
            kind: DecisionKind::Grant,
            purpose: Some("extras".to_owned()),
            notice: None,
            text_digest: None,
            source: "bench".to_owned(),
            expires: None,
            jurisdiction: None,
        };
        ledger.decide(person, GROUP, new).await.expect("a decision");
    }
}

async fn in_bulk(path: &Path, subjects: usize) {
    let mut connection = connect(path).await;
    let statements = format!(
        "BEGIN IMMEDIATE;
         WITH RECURSIVE more (n) AS (SELECT 1 WHERE {subjects} > 0 UNION ALL SELECT n + 1 FROM more WHERE n < {subjects})
         INSERT INTO subject (digest, reference) SELECT randomblob(32), lower(hex(randomblob(16))) FROM more;
         INSERT INTO decision (subject, consents, kind, purpose, at, source)
         SELECT id, '{GROUP}', 'grant', 'extras', 1764000000000000, 'bench' FROM subject
         WHERE id NOT IN (SELECT subject FROM decision);
         COMMIT;"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut connection).await.expect("rows");
    connection.close().await.expect("closed");
}

async fn connect(path: &Path) -> sqlx::SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.expect("a connection")
}
