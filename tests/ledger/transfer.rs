//! Decisions on their way from one ledger to another.

use std::io::Cursor;

use assentry::{
    consent::DecisionKind,
    ledger::{Imported, Ledger, LedgerError, LedgerSettings},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{GROUP, Home, about_all, on_both, person, to};

on_both! {
    what_is_exported_and_imported_is_exported_again_line_by_line_and_nothing_is_added_twice
    an_older_yes_that_is_imported_does_not_win_and_a_later_one_does
    of_two_at_one_moment_the_no_counts_and_what_is_decided_here_afterwards_counts_in_any_case
    a_no_that_a_slow_clock_dated_before_its_yes_still_counts_after_an_import
    a_damaged_file_is_not_imported_at_all
    what_another_process_imports_is_obeyed
    histories_from_before_keep_their_order
}

pub async fn exported(ledger: &Ledger, group: Option<&str>) -> String {
    let (mut export, mut text) = (ledger.export(group), Vec::new());
    while let Some(lines) = export.next().await.unwrap() {
        text.extend(lines);
    }
    String::from_utf8(text).unwrap()
}

pub async fn imported(ledger: &Ledger, text: &str) -> Result<Imported, LedgerError> {
    ledger.import(&mut Cursor::new(text)).await
}

/// Another ledger with the same key, in SQLite.
pub async fn another(home: &Home, name: &str) -> Ledger {
    let key = Some(home.settings.key_path());
    let path = home.folder.path().join(name);
    Ledger::open(&LedgerSettings { key, ..LedgerSettings::at(path) }).await.unwrap()
}

/// Ada's newest decision about one purpose.
async fn newest(ledger: &Ledger) -> DecisionKind {
    ledger.consent(&person("ada"), GROUP).await.unwrap().decisions["personalisation"].kind
}

/// An export with these decisions of Ada about one purpose, so many seconds from now.
pub async fn file(ledger: &Ledger, decisions: &[(&str, i64)]) -> String {
    let empty = exported(ledger, None).await;
    let mut text = empty.lines().next().unwrap().to_owned() + "\n";
    for (kind, seconds) in decisions {
        let at = Timestamp::now().checked_add(SignedDuration::from_secs(*seconds)).unwrap();
        text += &line(&ada(ledger).await, kind, at);
    }
    text
}

fn line(subject: &str, kind: &str, at: Timestamp) -> String {
    format!(
        "{{\"subject\":\"{subject}\",\"group\":\"{GROUP}\",\"kind\":\"{kind}\",\"purpose\":\"personalisation\",\"at\":\"{at}\",\"source\":\"old\"}}\n"
    )
}

/// Ada's digest.
async fn ada(ledger: &Ledger) -> String {
    if exported(ledger, Some("aside")).await.lines().count() == 1 {
        ledger.decide(&person("ada"), "aside", to(DecisionKind::Deny, "p")).await.unwrap();
    }
    let text = exported(ledger, Some("aside")).await;
    let line: Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    line["subject"].as_str().unwrap().to_owned()
}

async fn what_is_exported_and_imported_is_exported_again_line_by_line_and_nothing_is_added_twice(home: Home) {
    let here = Ledger::open(&home.settings).await.unwrap();
    for n in 0..700 {
        let who = person(&format!("person {}", n % 90));
        let kind = if n % 3 == 0 { DecisionKind::Grant } else { DecisionKind::Withdraw };
        let mut new = to(kind, "personalisation");
        new.jurisdiction = (n % 5 == 0).then(|| "DE".to_owned());
        new.expires = (kind == DecisionKind::Grant).then(|| "2031-01-01T00:00:00.5Z".parse().unwrap());
        here.decide(&who, if n % 7 == 0 { "other" } else { GROUP }, new).await.unwrap();
    }
    here.decide(&person("ada"), GROUP, about_all(DecisionKind::Restrict)).await.unwrap();
    let text = exported(&here, None).await;
    assert_eq!(text.lines().count(), 702);
    assert!(!text.contains("person 1"), "nobody is named");
    let there = another(&home, "there.db").await;
    let all = Imported { decisions: 701, added: 701 };
    assert_eq!(imported(&there, &text).await.unwrap(), all);
    assert_eq!(exported(&there, None).await, text);
    let twice = imported(&there, &text).await.unwrap();
    assert_eq!(twice, Imported { added: 0, ..all });
    assert_eq!(imported(&here, &text).await.unwrap(), twice);
    assert_eq!(exported(&here, None).await, text);
    let some = exported(&here, Some("other")).await;
    assert_eq!(some.lines().count(), 101);
    for ledger in [&here, &there] {
        let consent = ledger.consent(&person("ada"), GROUP).await.unwrap();
        assert!(consent.restricted);
    }
}

async fn an_older_yes_that_is_imported_does_not_win_and_a_later_one_does(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    ledger.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, "personalisation")).await.unwrap();
    let no = ledger.consent(&person("ada"), GROUP).await.unwrap();
    let old = file(&ledger, &[("grant", -3600)]).await;
    assert_eq!(imported(&ledger, &old).await.unwrap().added, 1);
    assert_eq!(newest(&ledger).await, DecisionKind::Withdraw);
    assert_eq!(ledger.consent(&person("ada"), GROUP).await.unwrap().decisions, no.decisions);
    let later = file(&ledger, &[("grant", 60)]).await;
    imported(&ledger, &later).await.unwrap();
    assert_eq!(newest(&ledger).await, DecisionKind::Grant);
    let between = file(&ledger, &[("deny", 30)]).await;
    imported(&ledger, &between).await.unwrap();
    assert_eq!(newest(&ledger).await, DecisionKind::Grant, "they said yes after that");
}

async fn of_two_at_one_moment_the_no_counts_and_what_is_decided_here_afterwards_counts_in_any_case(
    home: Home,
) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let (subject, head) = (ada(&ledger).await, file(&ledger, &[]).await);
    let at = Timestamp::now().checked_add(SignedDuration::from_secs(120)).unwrap();
    let text = format!("{head}{}{}", line(&subject, "deny", at), line(&subject, "grant", at));
    assert_eq!(imported(&ledger, &text).await.unwrap().added, 2);
    assert_eq!(newest(&ledger).await, DecisionKind::Deny);
    for kind in [DecisionKind::Grant, DecisionKind::Withdraw, DecisionKind::Grant] {
        ledger.decide(&person("ada"), GROUP, to(kind, "personalisation")).await.unwrap();
        assert_eq!(newest(&ledger).await, kind, "though the import is ahead of our clock");
    }
    let history = ledger.history(&person("ada"), GROUP).await.unwrap();
    let kinds: Vec<_> = history.iter().map(|decision| decision.kind).collect();
    assert_eq!(
        kinds[1..],
        [DecisionKind::Deny, DecisionKind::Grant, DecisionKind::Withdraw, DecisionKind::Grant]
    );
}

async fn a_no_that_a_slow_clock_dated_before_its_yes_still_counts_after_an_import(home: Home) {
    let here = Ledger::open(&home.settings).await.unwrap();
    let ahead = file(&here, &[("grant", 200)]).await;
    imported(&here, &ahead).await.unwrap();
    here.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, "personalisation")).await.unwrap();
    let text = exported(&here, Some(GROUP)).await;
    assert!(text.lines().nth(2).unwrap().contains("\"order\":"), "{text}");
    let there = another(&home, "there.db").await;
    imported(&there, &text).await.unwrap();
    assert_eq!(newest(&there).await, DecisionKind::Withdraw);
    assert_eq!(exported(&there, Some(GROUP)).await, text);
}

async fn a_damaged_file_is_not_imported_at_all(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let good = file(&ledger, &[("grant", -9), ("deny", -8), ("grant", -7)]).await;
    let before = exported(&ledger, None).await;
    let (header, rest) = good.split_once('\n').unwrap();
    let damaged = [
        String::new(),
        rest.to_owned(),
        good.replace("assentry-decisions", "decisions"),
        good.replace("\"version\":1", "\"version\":2"),
        good.replacen("\"key\":\"", "\"key\":\"ab", 1),
        good.replace("\"kind\":\"deny\"", "\"kind\":\"no\""),
        good.replace("\"deny\",\"purpose\":\"personalisation\"", "\"deny\""),
        good.replace("\"deny\",", "\"deny\",\"expires\":\"2030-01-01T00:00:00Z\","),
        good.replace("\"deny\",", "\"deny\",\"note\":\"ada@example.com\","),
        good.replacen("\"subject\":\"", "\"subject\":\"z", 1),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("{good}{}\n", "x".repeat(20_000)),
        file(&ledger, &[("deny", -1), ("grant", 3600)]).await,
        format!(
            "{header}\n{}",
            rest.replacen("\"at\":\"2", "\"order\":\"2000-01-01T00:00:00Z\",\"at\":\"2", 1)
        ),
    ];
    let mut told = Vec::new();
    for text in &damaged {
        let error = imported(&ledger, text).await.unwrap_err().to_string();
        assert!(!error.contains("ada@"), "{error}");
        told.push(error);
    }
    assert_eq!(exported(&ledger, None).await, before);
    let ours: Value = serde_json::from_str(header).unwrap();
    let told = told
        .join("\n")
        .replace(ours["key"].as_str().unwrap(), "OURS")
        .replace(&ours["key"].as_str().unwrap()[..30], "OURS");
    insta::assert_snapshot!("damaged", told);
}

async fn what_another_process_imports_is_obeyed(home: Home) {
    let (here, there) =
        (Ledger::open(&home.settings).await.unwrap(), Ledger::open(&home.settings).await.unwrap());
    here.decide(&person("ada"), GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    let yes = here.consent(&person("ada"), GROUP).await.unwrap();
    let text = file(&there, &[("withdraw", 1)]).await;
    imported(&there, &text).await.unwrap();
    tokio::time::sleep(home.settings.stale_after.0).await;
    assert!(!here.is_current(&yes));
    assert_eq!(newest(&here).await, DecisionKind::Withdraw);
}

/// A ledger of the schema before, whose clock went back between two decisions, gets moments in the order of its numbers.
async fn histories_from_before_keep_their_order(home: Home) {
    drop(Ledger::open(&home.settings).await.unwrap());
    if home.settings.postgres.is_some() {
        home.alter(
            "DROP VIEW counting; CREATE VIEW counting AS SELECT 1;
             DROP INDEX decision_moment; ALTER TABLE decision DROP COLUMN moment; UPDATE ledger_schema SET version = 4;
             CREATE OR REPLACE FUNCTION decision_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
                 UPDATE newest SET generation = generation + 1 RETURNING generation INTO STRICT NEW.generation;
                 RETURN NEW;
             END $$;
             INSERT INTO subject (digest, reference) VALUES (decode(repeat('ab', 32), 'hex'), 'r')",
        )
        .await;
    } else {
        home.alter(
            "DROP TRIGGER decision_placed; DROP TRIGGER decision_stays; DROP TRIGGER decision_stays_in_place;
             DROP TRIGGER decision_remains; DROP VIEW counting; CREATE VIEW counting AS SELECT 1;
             DROP INDEX decision_moment; ALTER TABLE decision DROP COLUMN moment;
             CREATE TRIGGER decision_stays BEFORE UPDATE ON decision
             BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;
             CREATE TRIGGER decision_remains BEFORE DELETE ON decision
             BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;
             PRAGMA user_version = 4;
             INSERT INTO subject (digest, reference) VALUES (unhex('abababababababababababababababababababababababababababababababab'), 'r')",
        )
        .await;
    }
    home.alter(
        "INSERT INTO decision (subject, consents, kind, purpose, at, source) VALUES (1, 'retail-assistant', 'grant', 'p', 2000000, 'old');
         INSERT INTO decision (subject, consents, kind, purpose, at, source) VALUES (1, 'retail-assistant', 'withdraw', 'p', 1000000, 'old');
         INSERT INTO decision (subject, consents, kind, purpose, at, source) VALUES (1, 'retail-assistant', 'grant', 'p', 1500000, 'old')",
    )
    .await;
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let text = exported(&ledger, None).await;
    let lines: Vec<Value> = text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    let said: Vec<_> =
        lines.iter().map(|line| (line["kind"].as_str().unwrap(), line["order"].as_str())).collect();
    assert_eq!(
        said,
        [
            ("grant", None),
            ("withdraw", Some("1970-01-01T00:00:02.000001Z")),
            ("grant", Some("1970-01-01T00:00:02.000002Z"))
        ]
    );
    assert!(home.try_alter("UPDATE decision SET moment = 7").await.is_err());
    assert!(home.try_alter("UPDATE decision SET kind = 'deny'").await.is_err());
}
