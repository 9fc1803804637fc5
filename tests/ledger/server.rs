//! What holds of a PostgreSQL server: how it is reached, what it is told, and what happens when it is gone.

use std::time::{Duration, Instant};

use assentry::{
    consent::{Consent, DecisionKind},
    ledger::{Ledger, LedgerError, LedgerSettings, PostgresSettings, open_existing_for_cli},
    quantity::Span,
};

use super::{GROUP, Home, cluster::Cluster, person, to};

async fn assert_says(settings: &LedgerSettings, words: &str) {
    let error = Ledger::open(settings).await.unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

/// Polls so seldom that only what the server tells can be in time.
fn patient(home: &Home) -> LedgerSettings {
    LedgerSettings { poll: Some(Span::seconds(60)), stale_after: Span::seconds(120), ..home.settings.clone() }
}

async fn until_overtaken(ledger: &Ledger, consent: &Consent) -> Duration {
    let begun = Instant::now();
    while ledger.is_current(consent) {
        assert!(begun.elapsed() < Duration::from_secs(20), "the no was not seen");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    begun.elapsed()
}

#[tokio::test]
async fn what_the_server_tells_is_obeyed_without_waiting_for_the_next_look() {
    let Some(home) = Home::postgres() else { return };
    let settings = patient(&home);
    let (here, there) = (Ledger::open(&settings).await.unwrap(), Ledger::open(&settings).await.unwrap());
    there.decide(&person("ada"), GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await; // it listens by now
    let yes = here.consent(&person("ada"), GROUP).await.unwrap();
    there.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, "personalisation")).await.unwrap();
    until_overtaken(&here, &yes).await;
    let (old, _) = here.keyed_consent(&person("bob"), GROUP, "shop").await.unwrap();
    assert_eq!(there.forget_keys(&person("bob"), None, "test").await.unwrap(), ["shop"]);
    until_overtaken(&here, &old).await;
}

#[tokio::test]
async fn without_being_told_a_node_looks_for_itself() {
    let Some(home) = Home::postgres() else { return };
    let mut settings = home.settings.clone();
    settings.postgres.as_mut().unwrap().notify = false;
    let (here, there) = (Ledger::open(&settings).await.unwrap(), Ledger::open(&settings).await.unwrap());
    let nothing = here.consent(&person("ada"), GROUP).await.unwrap();
    there.decide(&person("ada"), GROUP, to(DecisionKind::Object, "analytics")).await.unwrap();
    until_overtaken(&here, &nothing).await;
    assert_eq!(here.consent(&person("ada"), GROUP).await.unwrap().decisions.len(), 1);
}

#[tokio::test]
async fn a_decision_that_waits_for_its_turn_is_numbered_after_the_one_it_waited_for() {
    use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};
    let Some(home) = Home::postgres() else { return };
    let ledger = Ledger::open(&home.settings).await.unwrap();
    ledger.consent(&person("ada"), GROUP).await.unwrap();
    let url = home.settings.postgres.as_ref().unwrap().url.as_str();
    let mut slow = url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    let mut work = slow.begin().await.unwrap();
    let first: i64 = sqlx::query_scalar(
        "INSERT INTO decision (subject, consents, kind, purpose, at, source)
         VALUES (1, 'retail-assistant', 'withdraw', 'p', 0, 'slow') RETURNING generation",
    )
    .fetch_one(&mut *work)
    .await
    .unwrap();
    let (quick, who) = (ledger.clone(), person("bob"));
    let mut second =
        tokio::spawn(async move { quick.decide(&who, GROUP, to(DecisionKind::Grant, "p")).await.unwrap() });
    let waits = tokio::time::timeout(Duration::from_millis(300), &mut second).await;
    assert!(waits.is_err(), "a later number must not be seen before an earlier one");
    assert_eq!(ledger.history(&person("bob"), GROUP).await.unwrap().len(), 0);
    work.commit().await.unwrap();
    assert!(second.await.unwrap().generation > u64::try_from(first).unwrap());
}

#[tokio::test]
async fn a_node_that_hangs_in_the_middle_of_a_decision_does_not_hold_up_the_others_for_ever() {
    use sqlx::{ConnectOptions, postgres::PgConnectOptions};
    let Some(home) = Home::postgres() else { return };
    let ledger = Ledger::open(&home.settings).await.unwrap();
    ledger.consent(&person("ada"), GROUP).await.unwrap();
    let url = home.settings.postgres.as_ref().unwrap().url.as_str();
    let mut hanging = url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    sqlx::raw_sql("BEGIN; SET LOCAL idle_in_transaction_session_timeout = 1000; UPDATE newest SET generation = generation")
        .execute(&mut hanging)
        .await
        .unwrap();
    let withdraw = || to(DecisionKind::Withdraw, "personalisation");
    let answer = ledger.decide(&person("ada"), GROUP, withdraw()).await;
    let again = ledger.decide(&person("ada"), GROUP, withdraw()).await;
    assert!(answer.is_ok() || again.is_ok(), "{answer:?} {again:?}");
}

#[tokio::test]
async fn while_the_server_is_away_nothing_is_current_and_nobody_has_a_consent() {
    let Some(cluster) = Cluster::begin() else { return };
    let home = Home::at(&cluster);
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let ada = person("ada");
    let objects = to(DecisionKind::Object, "analytics");
    ledger.decide(&ada, GROUP, objects).await.unwrap();
    for freezes in [true, false] {
        let held = ledger.consent(&ada, GROUP).await.unwrap();
        assert!(ledger.is_current(&held));
        if freezes {
            cluster.freeze()
        } else {
            cluster.kill()
        }
        tokio::time::sleep(home.settings.stale_after.0 + Duration::from_millis(100)).await;
        assert!(!ledger.is_current(&held) && !ledger.is_readable());
        assert!(matches!(ledger.consent(&ada, GROUP).await, Err(LedgerError::Unreachable(_))));
        assert!(ledger.is_current(&Consent::default()), "nobody has nothing to take back");
        if freezes {
            cluster.thaw()
        } else {
            cluster.begin_again()
        }
        let begun = Instant::now();
        while !ledger.is_readable() {
            assert!(begun.elapsed() < Duration::from_secs(20), "it comes back by itself");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let again = ledger.consent(&ada, GROUP).await.unwrap();
        assert_eq!(again.decisions["analytics"].kind, DecisionKind::Object);
    }
}

#[tokio::test]
async fn a_server_that_can_not_be_used_says_what_to_do() {
    let Some(home) = Home::postgres() else { return };
    let at = |url: &str| {
        let postgres = Some(PostgresSettings::at(url).unwrap());
        LedgerSettings { postgres, ..home.settings.clone() }
    };
    let url = home.settings.postgres.as_ref().unwrap().url.as_str();
    assert_says(&at("postgres://127.0.0.1:1/assentry"), "check that it is running and can be reached").await;
    assert_says(&at(&url.replace("localhost/t", "localhost/none")), "make the database").await;
    assert_says(&at(&url.replace("postgres@", "nobody@")), "check its user and `password_file`").await;
    assert_says(&at(&format!("{url}&options=-csearch_path%3Dnowhere")), "make the schema").await;
    home.alter("CREATE TABLE theirs (a int)").await;
    assert_says(&home.settings, "is not a ledger; name another").await;
}

#[tokio::test]
async fn a_server_with_a_ledger_of_a_later_version_is_left_alone() {
    let Some(home) = Home::postgres() else { return };
    drop(Ledger::open(&home.settings).await.unwrap());
    home.alter("UPDATE ledger_schema SET version = 99").await;
    assert_says(&home.settings, "has schema 99 and this assentry knows only 5").await;
}

#[tokio::test]
async fn a_command_makes_no_tables_and_another_node_needs_the_same_key() {
    let Some(home) = Home::postgres() else { return };
    let missing = open_existing_for_cli(&home.settings).await.err().unwrap();
    assert!(matches!(missing, LedgerError::Missing(_)), "{missing}");
    assert!(home.try_alter("SELECT 1 FROM decision").await.is_err());
    drop(Ledger::open(&home.settings).await.unwrap());
    assert!(open_existing_for_cli(&home.settings).await.is_ok());
    let elsewhere = LedgerSettings { path: home.folder.path().join("node-2"), ..home.settings.clone() };
    assert_says(&elsewhere, "copy it from another node").await;
    assert!(!elsewhere.key_path().exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_together_make_one_ledger() {
    let Some(home) = Home::postgres() else { return };
    drop(Ledger::open(&home.settings).await.unwrap()); // the keys
    home.alter("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let settings = home.settings.clone();
            tokio::spawn(async move { Ledger::open(&settings).await.map(drop) })
        })
        .collect();
    for node in nodes {
        node.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_a_database_does_not_promise_by_itself_a_decision_does() {
    let Some(home) = Home::postgres() else { return };
    drop(Ledger::open(&home.settings).await.unwrap());
    home.alter(
        "CREATE TABLE promised (setting text);
         CREATE FUNCTION promised() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             INSERT INTO promised VALUES (current_setting('synchronous_commit') || ' ' || current_setting('transaction_isolation'));
             RETURN NULL;
         END $$;
         CREATE TRIGGER promised AFTER INSERT ON decision FOR EACH ROW EXECUTE FUNCTION promised();
         DO $$ BEGIN
             EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
             EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = serializable', current_database());
         END $$",
    )
    .await;
    let ledger = Ledger::open(&home.settings).await.unwrap();
    ledger.decide(&person("ada"), GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    home.alter("DO $$ BEGIN ASSERT (SELECT setting FROM promised) = 'on read committed'; END $$").await;
}
