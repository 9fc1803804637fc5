//! Behind a pooler that hands out a server's connections for one transaction at a time: PgBouncer, in a folder of its own.
//!
//! It has to know prepared statements, which it does from 1.21 on; where it is older or not installed this is left out, and said to be.

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use assentry::{
    consent::DecisionKind,
    ledger::{Ledger, LedgerSettings, PostgresSettings},
};
use tempfile::TempDir;

use super::{
    GROUP, Home,
    cluster::{Cluster, somebody},
    links::{by_operator, visitor},
    person, to,
};

/// The program, if it is not on the path.
const PROGRAM: &str = "ASSENTRY_PGBOUNCER";

/// Ends the pooler when whoever started this ends, however that is.
const GUARD: &str = r#""$@" </dev/null >/dev/null 2>&1 & pooler=$!; cat >/dev/null; kill -KILL $pooler"#;

/// A running pooler; it ends with this value.
struct Pooler {
    folder: TempDir,
    guard: Child,
}

impl Pooler {
    /// Before this server; none where there is no PgBouncer that can do it.
    fn before(cluster: &Cluster) -> Option<Self> {
        let program = program()?;
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={} user=postgres\n[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {}\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = 3\nmax_prepared_statements = 100\nlogfile = {}\n",
            cluster.folder().display(),
            folder.path().display(),
            folder.path().join("log").display(),
        );
        fs::write(&config, text).unwrap();
        let somebody = somebody(folder.path());
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .args(somebody)
            .arg(program)
            .arg(config)
            .current_dir("/")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while !folder.path().join(".s.PGSQL.6432").exists() {
            let log = || fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(20), "the pooler starts: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self { folder, guard })
    }

    fn through(&self, home: &Home) -> LedgerSettings {
        let url = home.settings.postgres.as_ref().unwrap().url.as_str();
        let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
        let url = format!("postgres://postgres@localhost:6432/{name}?host={}", self.folder.path().display());
        let mut postgres = PostgresSettings::at(&url).unwrap();
        postgres.notify = false;
        LedgerSettings { postgres: Some(postgres), ..home.settings.clone() }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

fn program() -> Option<PathBuf> {
    let program = std::env::var_os(PROGRAM).map_or_else(|| PathBuf::from("pgbouncer"), PathBuf::from);
    let said = [program, PathBuf::from("/usr/sbin/pgbouncer")].into_iter().find_map(|program| {
        let told = Command::new(&program).arg("--version").output().ok()?;
        Some((program, String::from_utf8_lossy(&told.stdout).into_owned()))
    });
    let Some((program, version)) = said else { return left_out("PgBouncer is not installed") };
    let numbers = version.split_whitespace().nth(1).unwrap_or_default().split('.');
    let numbers: Vec<u32> = numbers.map_while(|number| number.parse().ok()).collect();
    if numbers < vec![1, 21] {
        return left_out(&format!("PgBouncer {numbers:?} does not know prepared statements (1.21 does)"));
    }
    Some(program)
}

/// Says so once, past the tests' own capture of what is printed.
fn left_out(why: &str) -> Option<PathBuf> {
    static SAID: OnceLock<()> = OnceLock::new();
    SAID.get_or_init(|| {
        let words = format!(
            "\n{why}, so the tests of the ledger behind a pooler were left out; `{PROGRAM}` names another\n"
        );
        let _ = std::io::stderr().write_all(words.as_bytes());
    });
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn behind_a_pooler_for_single_transactions_everything_works_and_polling_alone_is_prompt() {
    let Some(home) = Home::postgres() else { return };
    let Some(pooler) = Pooler::before(Cluster::shared().unwrap()) else { return };
    let settings = pooler.through(&home);
    let (here, there) = (Ledger::open(&settings).await.unwrap(), Ledger::open(&settings).await.unwrap());
    // More at a time than the pooler has connections to the server.
    let mut asked = Vec::new();
    for number in 0..8 {
        let (ledger, who) = ([&here, &there][number % 2].clone(), person(&format!("person {number}")));
        asked.push(tokio::spawn(async move {
            let grants = to(DecisionKind::Grant, "personalisation");
            ledger.decide(&who, GROUP, grants).await.unwrap();
            let held = ledger.consent(&who, GROUP).await.unwrap();
            assert_eq!(held.decisions["personalisation"].kind, DecisionKind::Grant);
            ledger.keyed_consent(&who, GROUP, "shop").await.unwrap();
        }));
    }
    for one in asked {
        one.await.unwrap();
    }
    let (ada, browser) = (person("person 1"), visitor("7"));
    there.link(&ada, &browser, by_operator()).await.unwrap();
    tokio::time::sleep(settings.stale_after.0).await; // the link is seen
    for kind in [DecisionKind::Withdraw, DecisionKind::Grant, DecisionKind::Object] {
        let before = here.consent(&browser, GROUP).await.unwrap();
        there.decide(&ada, GROUP, to(kind, "personalisation")).await.unwrap();
        let decided = Instant::now();
        while here.is_current(&before) {
            assert!(decided.elapsed() < settings.stale_after.0, "it was not seen in time");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let now = here.consent(&browser, GROUP).await.unwrap();
        assert_eq!(now.decisions["personalisation"].kind, kind);
        assert!(here.is_readable());
    }
    let left = "DO $$ BEGIN ASSERT (SELECT count(*) FROM pg_stat_activity
                                    WHERE datname = current_database() AND pid <> pg_backend_pid()) <= 3; END $$";
    home.alter(left).await;
}
