//! Looking somebody up who is not in memory: what it costs a server, and that it is all of one moment.

use assentry::{
    consent::DecisionKind,
    ledger::{Ledger, LedgerSettings},
    quantity::Span,
    subject::Subject,
};

use super::{
    GROUP, Home, about_all,
    links::{by_operator, visitor},
    on_both, person,
    relay::Relay,
    to,
};

on_both! {
    one_look_finds_all_that_is_held_of_a_person
}

/// Somebody of whom everything is held that can be: decisions of two linked ids, one of them parted again, and keys.
async fn somebody(ledger: &Ledger, number: usize) -> Subject {
    let (ada, one, other) = (
        person(&format!("ada {number}")),
        visitor(&number.to_string()),
        visitor(&format!("parted {number}")),
    );
    ledger.decide(&ada, GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    ledger.link(&ada, &one, by_operator()).await.unwrap();
    ledger.link(&ada, &other, by_operator()).await.unwrap();
    ledger.decide(&other, GROUP, to(DecisionKind::Grant, "research")).await.unwrap();
    ledger.unlink(&ada, &other, by_operator()).await.unwrap();
    ledger.decide(&one, GROUP, to(DecisionKind::Object, "analytics")).await.unwrap();
    ledger.decide(&one, GROUP, about_all(DecisionKind::Restrict)).await.unwrap();
    for policy in ["shop", "desk"] {
        ledger.keyed_consent(&ada, GROUP, policy).await.unwrap();
    }
    ada
}

async fn one_look_finds_all_that_is_held_of_a_person(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let ada = somebody(&ledger, 1).await;
    let reference = |held: &assentry::consent::Consent| held.reference.clone().unwrap();
    let one = ledger.consent(&visitor("1"), GROUP).await.unwrap();
    let held = Ledger::open(&home.settings).await.unwrap().consent(&ada, GROUP).await.unwrap();
    assert_eq!(held.linked, [reference(&one)], "the parted one is not among them");
    let said: Vec<_> = held.decisions.iter().map(|(purpose, said)| (&**purpose, said.kind)).collect();
    assert_eq!(said, [("analytics", DecisionKind::Object), ("personalisation", DecisionKind::Grant)]);
    let [own, came] = ["personalisation", "analytics"].map(|purpose| &held.decisions[purpose]);
    assert_eq!((&own.via, &own.of), (&None, &None));
    assert_eq!((&came.via, &came.of), (&None, &Some(reference(&one))), "the other id's own stands last");
    assert_eq!(own.notice.as_deref(), Some("2026-11"));
    assert!(held.restricted && held.restriction_moved.is_some());
    for policy in ["shop", "desk"] {
        let (_, key) = ledger.keyed_consent(&ada, GROUP, policy).await.unwrap();
        assert_eq!(held.keys.get(policy).unwrap().key.as_ref(), Ok(&key));
    }
    assert!(ledger.show(&person("nobody"), GROUP).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn looking_up_somebody_who_is_not_in_memory_asks_the_server_once() {
    let Some(home) = Home::postgres() else { return };
    let maker = Ledger::open(&home.settings).await.unwrap();
    let mut people = Vec::new();
    for number in 0..12 {
        people.push(somebody(&maker, number).await);
    }
    let relay = Relay::before(&home);
    let settings = LedgerSettings {
        poll: Some(Span::seconds(60)),
        stale_after: Span::seconds(120),
        ..relay.through(&home)
    };
    let ledger = Ledger::open(&settings).await.unwrap();
    let first = people.pop().unwrap();
    ledger.consent(&first, GROUP).await.unwrap(); // connects, and has the statement prepared
    let before = relay.settled().await;
    for ada in &people {
        let held = ledger.consent(ada, GROUP).await.unwrap();
        assert_eq!((held.decisions.len(), held.linked.len()), (2, 1));
    }
    assert_eq!(relay.settled().await - before, people.len(), "one round trip each");
    for ada in &people {
        let held = ledger.consent(ada, GROUP).await.unwrap();
        assert!(ledger.is_current(&held));
    }
    assert_eq!(relay.settled().await - before, people.len(), "and none where it is in memory");
    ledger.consent(&person("never seen"), GROUP).await.unwrap();
    let met = relay.settled().await - before;
    assert!(met > people.len() + 1, "a reference is written down first");
    ledger.consent(&person("never seen"), "elsewhere").await.unwrap();
    assert_eq!(relay.settled().await - before, met + 1);
}
