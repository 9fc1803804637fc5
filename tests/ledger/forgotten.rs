//! Decisions that were superseded long ago can be deleted, and nothing else can.

use std::{process::Command, time::Duration};

use assentry::{
    consent::{Consent, DecisionKind},
    ledger::Ledger,
};

use super::{GROUP, Home, links::visitor, on_both, person, to};

on_both! {
    what_a_later_decision_superseded_for_good_long_enough_goes_and_nothing_else
    nothing_is_deleted_outside_of_a_pass_and_a_pass_deletes_nothing_new
}

const TEN_DAYS: Duration = Duration::from_secs(10 * 86_400);

/// Subject 1 is ada, subject 2 is linked with her as it seems: `via` is all that counts here.
const LONG_AGO: &str = "
INSERT INTO decision (subject, consents, kind, purpose, at, source, via) VALUES
    (1, 'retail-assistant', 'grant', 'twice superseded', 0, 'goes', NULL),
    (1, 'retail-assistant', 'withdraw', 'twice superseded', 0, 'goes', NULL),
    (1, 'retail-assistant', 'grant', 'twice superseded', 0, 'stays', NULL),
    (1, 'retail-assistant', 'grant', 'superseded today', 0, 'stays', NULL),
    (1, 'retail-assistant', 'restrict', NULL, 0, 'goes', NULL),
    (1, 'retail-assistant', 'lift', NULL, 0, 'stays', NULL),
    (1, 'another group', 'deny', 'twice superseded', 0, 'stays', NULL),
    (1, 'retail-assistant', 'deny', 'only once', 0, 'stays', NULL),
    (2, 'retail-assistant', 'deny', 'may come back', 0, 'stays', NULL),
    (2, 'retail-assistant', 'grant', 'may come back', 0, 'stays', 1),
    (2, 'retail-assistant', 'grant', 'never comes back', 0, 'goes', NULL),
    (2, 'retail-assistant', 'grant', 'never comes back', 0, 'goes', 1),
    (2, 'retail-assistant', 'object', 'never comes back', 0, 'stays', 1)";

async fn both(ledger: &Ledger) -> [Consent; 2] {
    let [ada, other] = [person("ada"), visitor("7")];
    [ledger.show(&ada, GROUP).await.unwrap().unwrap(), ledger.show(&other, GROUP).await.unwrap().unwrap()]
        .map(|consent| Consent { reading: None, ..consent })
}

async fn with_a_history(home: &Home) -> Ledger {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    ledger.consent(&person("ada"), GROUP).await.unwrap();
    ledger.consent(&visitor("7"), GROUP).await.unwrap();
    home.alter(LONG_AGO).await;
    ledger.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, "superseded today")).await.unwrap();
    ledger
}

async fn forget(ledger: &Ledger) -> u64 {
    let mut count = 0;
    ledger.forget_superseded(TEN_DAYS, &mut count).await.unwrap();
    count
}

async fn what_a_later_decision_superseded_for_good_long_enough_goes_and_nothing_else(home: Home) {
    let ledger = with_a_history(&home).await;
    let before = both(&ledger).await;
    assert_eq!((forget(&ledger).await, forget(&ledger).await), (5, 0));
    assert_eq!(both(&ledger).await, before, "nobody's state is another");
    for (who, left) in [(person("ada"), 6), (visitor("7"), 3)] {
        let mut history = ledger.history(&who, GROUP).await.unwrap();
        if who.namespace() == "login" {
            history.extend(ledger.history(&who, "another group").await.unwrap());
        }
        assert!(history.iter().all(|decision| decision.source != "goes"));
        assert_eq!(history.len(), left);
    }
    let next = ledger.decide(&person("ada"), GROUP, to(DecisionKind::Deny, "only once")).await.unwrap();
    assert_eq!(next.generation, 15, "no number is given twice");
}

async fn nothing_is_deleted_outside_of_a_pass_and_a_pass_deletes_nothing_new(home: Home) {
    let ledger = with_a_history(&home).await;
    let error = home.try_alter("DELETE FROM decision WHERE source = 'goes'").await.unwrap_err();
    assert!(error.contains("only ever added, and deleted when"), "{error}");
    let error = home.try_alter("UPDATE decision SET at = 0").await.unwrap_err();
    assert!(error.contains("only ever added"), "{error}");
    let error = home
        .try_alter("INSERT INTO forgetting (one, superseded_before) VALUES (1, 9000000000000000000)")
        .await
        .unwrap_err();
    assert!(error.contains("superseded a day ago"), "{error}");
    home.alter("INSERT INTO forgetting (one, superseded_before) VALUES (1, 1)").await;
    let error = home.try_alter("DELETE FROM decision WHERE source = 'stays'").await.unwrap_err();
    assert!(error.contains("superseded long enough ago"), "{error}");
    let error = home.try_alter("UPDATE forgetting SET superseded_before = 9000000000000000000").await;
    assert!(error.unwrap_err().contains("superseded a day ago"));
    assert_eq!(ledger.history(&person("ada"), GROUP).await.unwrap().len(), 8);
}

#[tokio::test]
async fn what_was_deleted_is_in_no_file_any_more() {
    let home = Home::sqlite();
    let ledger = with_a_history(&home).await;
    let is_there = || {
        let names = std::fs::read_dir(home.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let read = Command::new("cat").args(names).output().unwrap(); // a file of SQLite's is not opened by us
        let text = String::from_utf8_lossy(&read.stdout).into_owned();
        (text.contains("goes"), text.contains("stays"))
    };
    assert_eq!(is_there(), (true, true));
    assert_eq!(forget(&ledger).await, 5);
    assert_eq!(is_there(), (false, true));
}
