//! Linked ids and decisions that come from another ledger: what counts is what stands last in time, however either came here.

use std::time::Duration;

use assentry::{consent::DecisionKind, ledger::Ledger};

use super::{
    GROUP, Home,
    links::{by_operator, visitor},
    on_both, person, to,
    transfer::{another, exported, file, imported},
};

on_both! {
    an_export_has_each_id_s_own_decisions_and_every_no_but_no_yes_that_came_through_a_link
    a_decision_through_one_id_stands_after_what_was_imported_for_another
    what_another_process_imports_for_one_id_is_obeyed_for_those_linked_with_it
    an_older_no_that_was_imported_later_supersedes_nothing
}

const PURPOSE: &str = "personalisation";
const DAY: i64 = 86_400;

async fn kind(ledger: &Ledger, who: &assentry::subject::Subject, purpose: &str) -> Option<DecisionKind> {
    let consent = ledger.show(who, GROUP).await.unwrap().unwrap_or_default();
    consent.decisions.get(purpose).map(|decision| decision.kind)
}

async fn an_export_has_each_id_s_own_decisions_and_every_no_but_no_yes_that_came_through_a_link(home: Home) {
    let here = Ledger::open(&home.settings).await.unwrap();
    let (a, b) = (person("ada"), visitor("7"));
    here.decide(&b, GROUP, to(DecisionKind::Deny, PURPOSE)).await.unwrap();
    assert!(!here.has_links().await.unwrap());
    here.link(&a, &b, by_operator()).await.unwrap();
    here.decide(&a, GROUP, to(DecisionKind::Deny, "analytics")).await.unwrap();
    here.decide(&a, GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
    here.decide(&b, GROUP, to(DecisionKind::Object, "research")).await.unwrap();
    assert!(here.has_links().await.unwrap());
    assert_eq!(kind(&here, &b, PURPOSE).await, Some(DecisionKind::Grant));
    let text = exported(&here, None).await;
    let through = text.lines().filter(|line| line.contains("\"via\":")).count();
    assert_eq!((text.lines().count(), through), (7, 2), "three of each id, and the header: {text}");

    let there = another(&home, "there.db").await;
    assert_eq!(imported(&there, &text).await.unwrap().added, 6);
    assert!(!there.has_links().await.unwrap());
    assert_eq!(kind(&there, &a, PURPOSE).await, Some(DecisionKind::Grant));
    assert_eq!(kind(&there, &b, PURPOSE).await, Some(DecisionKind::Deny), "its own");
    for who in [&a, &b] {
        assert_eq!(kind(&there, who, "analytics").await, Some(DecisionKind::Deny));
        assert_eq!(kind(&there, who, "research").await, Some(DecisionKind::Object));
    }
    assert_eq!(exported(&there, None).await, text);
    assert_eq!(imported(&there, &text).await.unwrap().added, 0);
    assert_eq!(imported(&here, &text).await.unwrap().added, 0);
    there.link(&a, &b, by_operator()).await.unwrap();
    assert_eq!(kind(&there, &a, PURPOSE).await, Some(DecisionKind::Deny), "until she says yes again");

    let forged = text.replace("\"kind\":\"deny\"", "\"kind\":\"grant\"");
    let error = imported(&there, &forged).await.unwrap_err().to_string();
    assert!(error.contains("a yes that came through a link ends with it"), "{error}");
}

async fn a_decision_through_one_id_stands_after_what_was_imported_for_another(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let (a, b) = (person("ada"), visitor("7"));
    let ahead = file(&ledger, &[("grant", 120)]).await;
    imported(&ledger, &ahead).await.unwrap();
    ledger.link(&b, &a, by_operator()).await.unwrap();
    assert_eq!(kind(&ledger, &b, PURPOSE).await, Some(DecisionKind::Grant));
    for decided in [DecisionKind::Withdraw, DecisionKind::Grant, DecisionKind::Withdraw] {
        ledger.decide(&b, GROUP, to(decided, PURPOSE)).await.unwrap();
        for who in [&a, &b] {
            assert_eq!(kind(&ledger, who, PURPOSE).await, Some(decided), "though the import is ahead");
        }
    }
    ledger.unlink(&a, &b, by_operator()).await.unwrap();
    assert_eq!(kind(&ledger, &a, PURPOSE).await, Some(DecisionKind::Withdraw), "a no stays");
    let history = ledger.history(&a, GROUP).await.unwrap();
    assert!(history[0].via.is_none() && history[1..].iter().all(|decision| decision.via.is_some()));
    ledger.decide(&a, GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
    assert_eq!(kind(&ledger, &a, PURPOSE).await, Some(DecisionKind::Grant));
    assert_eq!(kind(&ledger, &b, PURPOSE).await, Some(DecisionKind::Withdraw));
}

async fn what_another_process_imports_for_one_id_is_obeyed_for_those_linked_with_it(home: Home) {
    let (here, there) =
        (Ledger::open(&home.settings).await.unwrap(), Ledger::open(&home.settings).await.unwrap());
    let text = file(&there, &[("withdraw", 1)]).await;
    let (b, c) = (visitor("7"), visitor("8"));
    here.link(&person("ada"), &b, by_operator()).await.unwrap();
    here.link(&b, &c, by_operator()).await.unwrap();
    here.decide(&c, GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
    tokio::time::sleep(home.settings.stale_after.0).await; // the links are seen, and everything is read once more
    let yes = here.consent(&c, GROUP).await.unwrap();
    assert!(!yes.decisions[PURPOSE].kind.is_a_no() && here.is_current(&yes));
    imported(&there, &text).await.unwrap();
    tokio::time::sleep(home.settings.stale_after.0).await;
    assert!(!here.is_current(&yes));
    assert!(here.consent(&c, GROUP).await.unwrap().decisions[PURPOSE].kind.is_a_no());
}

async fn an_older_no_that_was_imported_later_supersedes_nothing(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let ada = person("ada");
    let old_yes = file(&ledger, &[("grant", -20 * DAY)]).await;
    imported(&ledger, &old_yes).await.unwrap();
    let older_no = file(&ledger, &[("deny", -30 * DAY)]).await;
    imported(&ledger, &older_no).await.unwrap();
    assert_eq!(kind(&ledger, &ada, PURPOSE).await, Some(DecisionKind::Grant));

    home.alter(match home.settings.postgres {
        None => "INSERT INTO forgetting VALUES (1, (unixepoch() - 90000) * 1000000)",
        Some(_) => {
            "INSERT INTO forgetting VALUES (1, (extract(epoch FROM clock_timestamp())::bigint - 90000) * 1000000)"
        }
    })
    .await;
    let error = home.try_alter("DELETE FROM decision WHERE kind = 'grant'").await.unwrap_err();
    assert!(error.contains("superseded long enough ago"), "{error}");
    home.alter("DELETE FROM forgetting").await;

    let mut count = 0;
    for kept in [25, 10] {
        let kept = Duration::from_secs(kept * DAY.unsigned_abs());
        ledger.forget_superseded(kept, &mut count).await.unwrap();
        assert_eq!(kind(&ledger, &ada, PURPOSE).await, Some(DecisionKind::Grant));
        let left = ledger.history(&ada, GROUP).await.unwrap().len();
        assert_eq!(u64::try_from(left).unwrap(), 2 - count, "twenty days after it was superseded");
    }
    assert_eq!(count, 1);
}
