//! `retention: {history: …}`: the task deletes what was superseded for too long, and says how much.

use assentry::consent::DecisionKind;
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

use crate::{
    client::operator,
    house::soon,
    ledger::{decision, person},
    program::Program,
    written::Written,
};

#[tokio::test]
async fn what_was_superseded_for_too_long_is_deleted_and_told_and_the_newest_stays() {
    let written = Written::shop().more("retention: {history: 3y}\nadmin: {address: '127.0.0.1:0'}");
    let folder = written.write("127.0.0.1:9".parse().unwrap());
    let ledger = folder.ledger().await;
    ledger.consent(&person("ada"), "shop").await.unwrap();
    let options = SqliteConnectOptions::new().filename(folder.path("ledger.db"));
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO decision (subject, consents, kind, purpose, notice, at, source) VALUES
             (1, 'shop', 'deny', 'personalisation', NULL, 0, 'import'),
             (1, 'shop', 'withdraw', 'personalisation', NULL, 0, 'import'),
             (1, 'shop', 'grant', 'personalisation', '2026-11', 0, 'import')",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    ledger.decide(&person("ada"), "shop", decision("withdraw personalisation")).await.unwrap();
    drop((ledger, connection));
    let program = Program::serve(&folder).await;
    soon(|| program.said().contains("deleted decisions that were superseded for longer than 1095d")).await;
    assert!(program.said().contains("count=2"), "{}", program.said());
    let metrics = operator(program.admin(), "/metrics").await;
    assert!(metrics.text().contains("assentry_decisions_deleted_total 2\n"), "{}", metrics.text());
    program.kill();
    let kept = folder.ledger().await.history(&person("ada"), "shop").await.unwrap();
    let kinds: Vec<_> = kept.iter().map(|decision| decision.kind).collect();
    assert_eq!(kinds, [DecisionKind::Grant, DecisionKind::Withdraw], "the yes was superseded only now");
}

#[tokio::test]
async fn less_than_a_day_of_history_is_refused_with_its_line() {
    let folder = Written::shop().more("retention: {history: 5h}").write("127.0.0.1:9".parse().unwrap());
    let (code, said) = Program::fails(&folder).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("`5h` is less; write it like `3y`") && said.contains("assentry.yaml:"), "{said}");
}
