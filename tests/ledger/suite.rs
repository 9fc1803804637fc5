//! What holds on either database.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use assentry::{
    consent::{Consent, DecisionKind},
    ledger::{Channel, ControlSocket, Ledger, LedgerError, NewDecision, open_for_cli, serve_control},
};

use super::{GROUP, Home, about_all, on_both, person, to};

on_both! {
    somebody_never_seen_has_agreed_to_nothing_and_keeps_one_random_reference
    the_newest_decision_for_each_purpose_counts_and_none_is_forgotten
    a_no_holds_from_the_moment_it_is_acknowledged_and_disturbs_nobody_else
    a_decision_names_a_purpose_exactly_when_it_is_about_one
    another_process_s_no_is_obeyed_within_the_bound
    more_decisions_than_can_be_followed_are_all_obeyed
    generations_rise_without_gaps_or_repeats_across_processes
    history_can_not_be_rewritten
    what_is_decided_with_one_word_is_written_all_or_not_at_all
    what_was_agreed_to_is_kept_as_it_was_said
    a_yes_to_a_text_that_is_not_shown_any_more_is_refused_and_a_no_is_not
    a_node_that_reads_all_the_time_never_goes_back_to_an_older_state
    a_command_goes_through_the_running_proxy_and_holds_there_at_once
    keys_for_different_uses_differ_and_stay
}

async fn somebody_never_seen_has_agreed_to_nothing_and_keeps_one_random_reference(home: Home) {
    let settings = &home.settings;
    let ledger = Ledger::open(settings).await.unwrap();
    let first = ledger.consent(&person("ada"), GROUP).await.unwrap();
    assert_eq!((first.generation, first.restricted, first.decisions.len()), (0, false, 0));
    let reference = first.reference.clone().unwrap();
    assert_eq!(reference.len(), 32);
    assert_eq!(ledger.consent(&person("ada"), "other").await.unwrap().reference, Some(reference.clone()));
    assert_ne!(ledger.consent(&person("bob"), GROUP).await.unwrap().reference, Some(reference.clone()));
    drop(ledger);
    let again = Ledger::open(settings).await.unwrap();
    assert_eq!(again.consent(&person("ada"), GROUP).await.unwrap().reference, Some(reference));
}

async fn the_newest_decision_for_each_purpose_counts_and_none_is_forgotten(home: Home) {
    let settings = &home.settings;
    let ledger = Ledger::open(settings).await.unwrap();
    let ada = person("ada");
    for kind in [DecisionKind::Grant, DecisionKind::Withdraw, DecisionKind::Grant] {
        ledger.decide(&ada, GROUP, to(kind, "personalisation")).await.unwrap();
    }
    ledger.decide(&ada, GROUP, to(DecisionKind::Object, "analytics")).await.unwrap();
    ledger.decide(&ada, "another group", to(DecisionKind::Deny, "personalisation")).await.unwrap();
    let last = ledger.decide(&ada, GROUP, about_all(DecisionKind::Restrict)).await.unwrap();
    let consent = ledger.consent(&ada, GROUP).await.unwrap();
    assert_eq!(consent.decisions["personalisation"].kind, DecisionKind::Grant);
    assert_eq!(consent.decisions["personalisation"].notice.as_deref(), Some("2026-11"));
    assert_eq!(consent.decisions["analytics"].kind, DecisionKind::Object);
    assert!(consent.restricted);
    assert_eq!(consent.generation, last.generation);
    let history = ledger.history(&ada, GROUP).await.unwrap();
    assert_eq!(history.len(), 5);
    assert!(history.is_sorted_by_key(|decision| decision.generation));
    assert_eq!(history.last(), Some(&last));
    ledger.decide(&ada, GROUP, about_all(DecisionKind::Lift)).await.unwrap();
    assert!(!ledger.consent(&ada, GROUP).await.unwrap().restricted);
}

async fn a_no_holds_from_the_moment_it_is_acknowledged_and_disturbs_nobody_else(home: Home) {
    let settings = &home.settings;
    let ledger = Ledger::open(settings).await.unwrap();
    let (ada, bob) = (person("ada"), person("bob"));
    ledger.decide(&ada, GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    let (adas, bobs) =
        (ledger.consent(&ada, GROUP).await.unwrap(), ledger.consent(&bob, GROUP).await.unwrap());
    let elsewhere = ledger.consent(&ada, "another group").await.unwrap();
    tokio::time::sleep(settings.poll().0 * 3).await; // the poll sees ada's yes and has nothing to do
    assert!(ledger.is_current(&adas) && ledger.is_current(&bobs));
    ledger.decide(&ada, GROUP, to(DecisionKind::Withdraw, "personalisation")).await.unwrap();
    assert!(!ledger.is_current(&adas));
    assert!(ledger.is_current(&bobs) && ledger.is_current(&elsewhere));
    assert!(ledger.is_current(&ledger.consent(&ada, GROUP).await.unwrap()));
    assert!(ledger.is_current(&Consent::default()));
}

async fn a_decision_names_a_purpose_exactly_when_it_is_about_one(home: Home) {
    let settings = &home.settings;
    let ledger = Ledger::open(settings).await.unwrap();
    for wrong in [about_all(DecisionKind::Grant), to(DecisionKind::Restrict, "personalisation")] {
        let answer = ledger.decide(&person("ada"), GROUP, wrong).await;
        assert!(matches!(answer, Err(LedgerError::Purpose(_))));
    }
    assert!(ledger.history(&person("ada"), GROUP).await.unwrap().is_empty());
}

async fn another_process_s_no_is_obeyed_within_the_bound(home: Home) {
    let settings = &home.settings;
    let (here, there) = (Ledger::open(settings).await.unwrap(), Ledger::open(settings).await.unwrap());
    let (ada, bob) = (person("ada"), person("bob"));
    there.decide(&ada, GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    let bobs = here.consent(&bob, GROUP).await.unwrap();
    let yes = here.consent(&ada, GROUP).await.unwrap();
    assert_eq!(yes.decisions["personalisation"].kind, DecisionKind::Grant);
    there.decide(&ada, GROUP, to(DecisionKind::Withdraw, "personalisation")).await.unwrap();
    let decided = Instant::now();
    while here.is_current(&yes) {
        assert!(decided.elapsed() < settings.stale_after.0, "the no was not seen in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let now = here.consent(&ada, GROUP).await.unwrap();
    assert_eq!(now.decisions["personalisation"].kind, DecisionKind::Withdraw);
    assert!(here.is_current(&bobs), "bob decided nothing");
}

async fn more_decisions_than_can_be_followed_are_all_obeyed(home: Home) {
    let settings = &home.settings;
    let here = Ledger::open(settings).await.unwrap();
    let yes = here.consent(&person("ada"), GROUP).await.unwrap();
    tokio::time::sleep(settings.poll().0 * 3).await;
    home.alter(
        "INSERT INTO decision (subject, consents, kind, purpose, at, source)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
         SELECT 1, 'retail-assistant', 'grant', 'p', 0, 'import' FROM n",
    )
    .await;
    tokio::time::sleep(settings.stale_after.0 / 2).await;
    assert!(!here.is_current(&yes));
    assert_eq!(here.consent(&person("ada"), GROUP).await.unwrap().generation, 1500);
}

async fn generations_rise_without_gaps_or_repeats_across_processes(home: Home) {
    let settings = &home.settings;
    let ledgers = [Ledger::open(settings).await.unwrap(), Ledger::open(settings).await.unwrap()];
    let writers: Vec<_> = (0..8)
        .map(|n| {
            let ledger = ledgers[n % 2].clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                for _ in 0..10 {
                    let new = to(DecisionKind::Grant, "personalisation");
                    seen.push(ledger.decide(&person(&n.to_string()), GROUP, new).await.unwrap().generation);
                }
                seen
            })
        })
        .collect();
    let mut all = Vec::new();
    for writer in writers {
        all.extend(writer.await.unwrap());
    }
    all.sort_unstable();
    assert_eq!(all, (1..=80).collect::<Vec<u64>>());
}

async fn history_can_not_be_rewritten(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    ledger.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, "personalisation")).await.unwrap();
    for sql in ["UPDATE decision SET kind = 'grant'", "DELETE FROM decision"] {
        let error = home.try_alter(sql).await.unwrap_err();
        assert!(error.contains("only ever added"), "{error}");
    }
}

async fn what_is_decided_with_one_word_is_written_all_or_not_at_all(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let word = |kind| vec![to(kind, "personalisation"), to(kind, "analytics")];
    let yes = ledger.decide_all(&person("ada"), GROUP, word(DecisionKind::Grant)).await.unwrap();
    assert_eq!(ledger.history(&person("ada"), GROUP).await.unwrap(), yes);
    assert_eq!(yes.len(), 2);
    let before = ledger.consent(&person("ada"), GROUP).await.unwrap();
    let no = ledger.decide_all(&person("ada"), GROUP, word(DecisionKind::Withdraw)).await.unwrap();
    assert!(!ledger.is_current(&before) && no[0].generation < no[1].generation);
    let mut misfit = word(DecisionKind::Grant);
    misfit.push(about_all(DecisionKind::Grant));
    assert!(matches!(ledger.decide_all(&person("ada"), GROUP, misfit).await, Err(LedgerError::Purpose(_))));
    let failing = match home.settings.postgres {
        None => {
            "CREATE TRIGGER no_more BEFORE INSERT ON decision WHEN NEW.purpose = 'analytics'
             BEGIN SELECT RAISE(ABORT, 'no more'); END"
        }
        Some(_) => "ALTER TABLE decision ADD CONSTRAINT no_more CHECK (purpose <> 'analytics') NOT VALID",
    };
    home.alter(failing).await;
    assert!(ledger.decide_all(&person("ada"), GROUP, word(DecisionKind::Grant)).await.is_err());
    assert_eq!(ledger.history(&person("ada"), GROUP).await.unwrap(), [yes, no].concat());
}

async fn what_was_agreed_to_is_kept_as_it_was_said(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let expires = "2031-01-31T12:00:00.000001Z".parse().ok();
    let new = NewDecision {
        expires,
        jurisdiction: Some("DE".to_owned()),
        ..to(DecisionKind::Grant, "personalisation")
    };
    let said = ledger.decide(&person("ada"), GROUP, new.clone()).await.unwrap();
    assert_eq!((said.expires, said.jurisdiction.as_deref()), (expires, Some("DE")));
    assert_eq!(ledger.history(&person("ada"), GROUP).await.unwrap(), std::slice::from_ref(&said));
    assert_eq!(ledger.consent(&person("ada"), GROUP).await.unwrap().decisions["personalisation"], said);
    let no = NewDecision { kind: DecisionKind::Withdraw, ..new };
    let answer = ledger.decide(&person("ada"), GROUP, no).await;
    assert!(matches!(answer, Err(LedgerError::Expires(_))), "a no does not end by itself");
}

async fn a_yes_to_a_text_that_is_not_shown_any_more_is_refused_and_a_no_is_not(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let shown = |digest: &str| [(GROUP.to_owned(), "personalisation".to_owned(), digest.repeat(32))];
    let yes = || to(DecisionKind::Grant, "personalisation"); // to the text `ab…`
    ledger.shows(shown("ab").into_iter().chain(shown("cd")).collect());
    ledger.decide(&person("ada"), GROUP, yes()).await.unwrap();
    ledger.shows(shown("cd").into_iter().collect());
    let answer = ledger.decide(&person("ada"), GROUP, yes()).await;
    assert!(matches!(&answer, Err(LedgerError::OtherText(purpose)) if purpose == "personalisation"));
    for kind in [DecisionKind::Deny, DecisionKind::Withdraw, DecisionKind::Object] {
        ledger.decide(&person("ada"), GROUP, to(kind, "personalisation")).await.unwrap();
    }
    ledger.decide(&person("ada"), "another group", yes()).await.unwrap();
    ledger.decide(&person("ada"), GROUP, to(DecisionKind::Grant, "another purpose")).await.unwrap();
    let silent = NewDecision { text_digest: None, ..yes() };
    ledger.decide(&person("ada"), GROUP, silent).await.unwrap();
    assert_eq!(ledger.history(&person("ada"), GROUP).await.unwrap().len(), 6);
}

/// Reads as a node does that keeps in its cache whatever it may, while others decide.
async fn a_node_that_reads_all_the_time_never_goes_back_to_an_older_state(home: Home) {
    let (here, there) =
        (Ledger::open(&home.settings).await.unwrap(), Ledger::open(&home.settings).await.unwrap());
    let over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (here, over) = (here.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                let mut newest = 0;
                while !over.load(SeqCst) {
                    let consent = here.consent(&person("ada"), GROUP).await.unwrap();
                    assert!(consent.generation >= newest, "an older state came back");
                    newest = consent.generation;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let mut last = 0;
    for turn in 0..60 {
        let kind = if turn % 2 == 0 { DecisionKind::Grant } else { DecisionKind::Withdraw };
        last = there.decide(&person("ada"), GROUP, to(kind, "personalisation")).await.unwrap().generation;
        if turn % 10 == 0 {
            tokio::time::sleep(home.settings.poll().0).await;
        }
    }
    tokio::time::sleep(home.settings.stale_after.0).await;
    assert_eq!(here.consent(&person("ada"), GROUP).await.unwrap().generation, last);
    over.store(true, SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
}

async fn a_command_goes_through_the_running_proxy_and_holds_there_at_once(home: Home) {
    let settings = &home.settings;
    let ada = person("ada");
    {
        let mut direct = open_for_cli(settings).await.unwrap();
        assert!(matches!(direct, Channel::Direct(_)));
        assert_eq!(direct.show(&ada, GROUP).await.unwrap(), None, "looking makes nobody known");
        direct.decide(&ada, GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    }
    let ledger = Ledger::open(settings).await.unwrap();
    let server = tokio::spawn(serve_control(
        ledger.clone(),
        ControlSocket::bind(settings).unwrap(),
        tokio::sync::mpsc::channel(1).0,
    ));
    let yes = ledger.consent(&ada, GROUP).await.unwrap();
    let mut channel = open_for_cli(settings).await.unwrap();
    assert!(matches!(channel, Channel::Proxy(_)));
    let no = channel.decide(&ada, GROUP, to(DecisionKind::Withdraw, "personalisation")).await.unwrap();
    assert!(!ledger.is_current(&yes));
    assert_eq!(channel.history(&ada, GROUP).await.unwrap(), ledger.history(&ada, GROUP).await.unwrap());
    let shown = channel.show(&ada, GROUP).await.unwrap().unwrap();
    assert_eq!(shown.decisions["personalisation"], no);
    let refused = channel.decide(&ada, GROUP, about_all(DecisionKind::Grant)).await;
    assert!(matches!(refused, Err(LedgerError::Refused(_))));
    server.abort();
}

async fn keys_for_different_uses_differ_and_stay(home: Home) {
    let settings = &home.settings;
    let ledger = Ledger::open(settings).await.unwrap();
    let key = ledger.derive_key("hash", &[b"login", b"ada"]);
    assert_ne!(key, ledger.derive_key("hash", &[b"login", b"bob"]));
    assert_ne!(key, ledger.derive_key("token", &[b"login", b"ada"]));
    drop(ledger);
    assert_eq!(key, Ledger::open(settings).await.unwrap().derive_key("hash", &[b"login", b"ada"]));
}
