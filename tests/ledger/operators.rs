//! A PostgreSQL server as operators have it: over TLS with a certificate that is verified, and with a password that changes.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    time::{Duration, Instant},
};

use assentry::{
    cli::certs,
    consent::DecisionKind,
    ledger::{Ledger, LedgerSettings, PostgresSettings},
};

use super::{GROUP, Home, cluster::Cluster, person, to};

const HBA: &str = "local all postgres trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";

/// A server that shows a certificate for `localhost` and wants a password.
struct Guarded {
    cluster: Cluster,
    home: Home,
}

impl Guarded {
    async fn begin() -> Option<Self> {
        let cluster = Cluster::begin_on_tcp()?;
        let home = Home::at(&cluster);
        let made = certs::make(&home.folder.path().join("certs"), &["localhost".to_owned()]).unwrap();
        certs::make(&home.folder.path().join("other"), &["localhost".to_owned()]).unwrap();
        cluster.put("server.crt", &fs::read_to_string(made.certificate).unwrap());
        cluster.put("server.key", &fs::read_to_string(made.key).unwrap());
        cluster.put("pg_hba.conf", HBA);
        for sql in [
            "CREATE ROLE assentry LOGIN PASSWORD 'the first'",
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO assentry', current_database()); END $$",
            "ALTER SYSTEM SET ssl = on",
            "SELECT pg_reload_conf()",
        ] {
            home.alter(sql).await;
        }
        let guarded = Self { cluster, home };
        guarded.password("the first\n", 0o600);
        let begun = Instant::now();
        while let Err(error) = Ledger::open(&guarded.settings("certs", "localhost")).await {
            assert!(begun.elapsed() < Duration::from_secs(20), "it takes its settings up: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(guarded)
    }

    fn password_file(&self) -> std::path::PathBuf {
        self.home.folder.path().join("db.password")
    }

    fn password(&self, text: &str, mode: u32) {
        fs::write(self.password_file(), text).unwrap();
        fs::set_permissions(self.password_file(), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// As its operators write it, trusting this authority and calling the server so.
    fn settings(&self, authority: &str, host: &str) -> LedgerSettings {
        let authority = self.home.folder.path().join(authority).join("authority.pem");
        let url = self.home.settings.postgres.as_ref().unwrap().url.as_str();
        let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
        let url = format!(
            "postgres://assentry@{host}:{}/{name}?sslmode=verify-full&sslrootcert={}",
            self.cluster.port(),
            authority.display()
        );
        let mut postgres = PostgresSettings::at(&url).unwrap();
        postgres.password_file = Some(self.password_file());
        LedgerSettings { postgres: Some(postgres), ..self.home.settings.clone() }
    }

    async fn refused(&self, settings: &LedgerSettings) -> String {
        let words = Ledger::open(settings).await.unwrap_err().to_string();
        assert!(!words.contains("the first") && !words.contains("hush"), "{words}");
        let folder = self.home.folder.path().display().to_string();
        words.replace(&folder, "FOLDER").replace(&self.cluster.port().to_string(), "PORT")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_can_not_show_who_it_is_or_wants_another_password_is_not_used_and_the_error_says_what_to_do()
 {
    let Some(server) = Guarded::begin().await else { return };
    let right = server.settings("certs", "localhost");
    let mut told = vec![
        server.refused(&server.settings("other", "localhost")).await,
        server.refused(&server.settings("certs", "127.0.0.1")).await,
        server.refused(&server.settings("none", "localhost")).await,
    ];
    server.password("hush\n", 0o600);
    told.push(server.refused(&right).await);
    server.password("the first\n", 0o644);
    told.push(server.refused(&right).await);
    fs::remove_file(server.password_file()).unwrap();
    told.push(server.refused(&right).await);
    insta::assert_snapshot!("refused", told.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_and_with_a_password_that_is_changed_while_it_serves_the_ledger_goes_on() {
    let Some(server) = Guarded::begin().await else { return };
    let ledger = Ledger::open(&server.settings("certs", "localhost")).await.unwrap();
    ledger.decide(&person("ada"), GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    ledger.consent(&person("ada"), GROUP).await.unwrap();
    server
        .home
        .alter(
            "DO $$ BEGIN ASSERT (SELECT count(*) > 1 AND bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                                 WHERE usename = 'assentry'); END $$",
        )
        .await;
    server.home.alter("ALTER ROLE assentry PASSWORD 'the second'").await;
    server.password("the second\n", 0o600);
    server
        .home
        .alter("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'assentry'")
        .await;
    let begun = Instant::now();
    let no = loop {
        match ledger.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, "personalisation")).await {
            Ok(no) => break no,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(20), "{error}"),
        }
    };
    while !ledger.is_readable() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it sees the others again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let held = ledger.consent(&person("ada"), GROUP).await.unwrap();
    assert_eq!(held.decisions["personalisation"], no);
}
