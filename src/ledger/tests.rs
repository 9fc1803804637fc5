use std::{sync::atomic::AtomicU64, sync::atomic::Ordering::SeqCst, time::Duration};

use super::home::{Home, on_both};
use super::*;
use crate::subject::Standing;

on_both! {
    a_read_that_a_withdrawal_overtook_is_read_again
    nothing_is_current_once_other_processes_can_not_be_seen
    a_no_is_never_followed_by_an_older_yes
    a_caller_who_gives_up_does_not_come_between_commit_and_cache
    looking_stops_when_the_ledger_is_dropped
}

fn ada() -> Subject {
    Subject::new("login", "ada", Standing::Proven)
}

fn new(kind: DecisionKind) -> NewDecision {
    let purpose = kind.needs_purpose().then(|| "personalisation".to_owned());
    NewDecision {
        kind,
        purpose,
        notice: None,
        text_digest: None,
        source: "test".to_owned(),
        expires: None,
        jurisdiction: None,
    }
}

async fn a_read_that_a_withdrawal_overtook_is_read_again(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    ledger.decide(&ada(), "shop", new(DecisionKind::Grant)).await.unwrap();
    let key = ledger.key(&ada(), "shop");
    let known = ledger.0.database.meet(&key.subject).await.unwrap();
    let old_yes = ledger.read(key, Some(known), None).await.unwrap(); // a fill begins …
    ledger.decide(&ada(), "shop", new(DecisionKind::Withdraw)).await.unwrap();
    assert!(!ledger.is_current(&old_yes));
    assert_eq!(ledger.0.cache.admit(old_yes), None); // … and comes too late
    let now = ledger.consent(&ada(), "shop").await.unwrap();
    assert_eq!(now.decisions["personalisation"].kind, DecisionKind::Withdraw);
}

async fn nothing_is_current_once_other_processes_can_not_be_seen(home: Home) {
    let settings = LedgerSettings {
        poll: Some(Span(Duration::from_millis(20))),
        stale_after: Span::seconds(1),
        ..home.settings.clone()
    };
    let ledger = Ledger::open(&settings).await.unwrap();
    let consent = ledger.consent(&ada(), "shop").await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    assert!(ledger.is_current(&consent), "the polls keep it fresh");
    ledger.0._watch.stop();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(!ledger.is_current(&consent) && !ledger.is_readable());
    assert!(matches!(ledger.consent(&ada(), "shop").await, Err(LedgerError::Unreachable(_))));
    assert!(ledger.is_current(&Consent::default()), "nobody has nothing to take back");
}

async fn a_no_is_never_followed_by_an_older_yes(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let acknowledged = Arc::new(AtomicU64::new(0));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (ledger, acknowledged) = (ledger.clone(), Arc::clone(&acknowledged));
            tokio::spawn(async move {
                while acknowledged.load(SeqCst) < 200 {
                    let least = acknowledged.load(SeqCst);
                    let consent = ledger.consent(&ada(), "shop").await.unwrap();
                    assert!(consent.generation >= least, "an old yes came back");
                    let before = acknowledged.load(SeqCst);
                    assert!(!ledger.is_current(&consent) || consent.generation >= before);
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for turn in 0..200 {
        let kind = if turn % 2 == 0 { DecisionKind::Grant } else { DecisionKind::Withdraw };
        let decision = ledger.decide(&ada(), "shop", new(kind)).await.unwrap();
        acknowledged.store(decision.generation, SeqCst);
    }
    for reader in readers {
        reader.await.unwrap();
    }
}

async fn a_caller_who_gives_up_does_not_come_between_commit_and_cache(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    ledger.decide(&ada(), "shop", new(DecisionKind::Grant)).await.unwrap();
    let yes = ledger.consent(&ada(), "shop").await.unwrap();
    let (ada, withdraw) = (ada(), new(DecisionKind::Withdraw));
    let impatient = ledger.decide(&ada, "shop", withdraw);
    let _ = timeout(Duration::ZERO, impatient).await;
    while ledger.history(&ada, "shop").await.unwrap().len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!ledger.is_current(&yes));
}

async fn looking_stops_when_the_ledger_is_dropped(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let cache = Arc::downgrade(&ledger.0.cache);
    drop(ledger);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(cache.upgrade().is_none());
}
