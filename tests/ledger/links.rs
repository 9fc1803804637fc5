//! One person with several ids: what a link joins, and what is restored when it is undone.

use std::time::{Duration, Instant};

use assentry::{
    consent::{Consent, DecisionKind},
    ledger::{
        ControlSocket, Joined, Ledger, LedgerError, NewLink, Parted, Proof, open_for_cli, serve_control,
    },
    subject::{Standing, Subject},
};

use super::{GROUP, Home, about_all, on_both, person, to};

on_both! {
    what_holds_while_linked_and_after
    a_decision_made_while_linked_is_written_for_every_id_and_says_through_which
    a_no_through_one_id_holds_for_the_others_from_the_moment_it_is_acknowledged
    a_link_that_another_process_makes_is_obeyed_within_the_bound
    links_lead_on_and_one_of_several_can_be_undone
    sixty_four_ids_are_one_person_and_one_more_is_refused
    two_processes_that_link_and_decide_at_once_leave_nobody_out
    what_can_not_be_linked_says_why_and_links_can_not_be_rewritten
    a_command_links_through_the_running_proxy_and_it_holds_there_at_once
    references_and_keys_stay_each_id_s_own
}

const PURPOSE: &str = "personalisation";

pub fn visitor(id: &str) -> Subject {
    Subject::new("visitor", id, Standing::Claimed)
}

pub fn by_operator() -> NewLink {
    NewLink { proof: Some(Proof::Operator), by: Some("help desk".to_owned()), source: "test".to_owned() }
}

/// What somebody's consent says: `yes`, `no`, `-` for nothing, and `!` where processing is restricted.
fn told(consent: &Consent) -> String {
    let word = match consent.decisions.get(PURPOSE) {
        None => "-",
        Some(decision) if decision.kind.is_a_no() => "no",
        Some(_) => "yes",
    };
    format!("{word}{}", if consent.restricted { "!" } else { "" })
}

async fn says(ledger: &Ledger, who: &Subject) -> String {
    let held = ledger.consent(who, GROUP).await.unwrap();
    let read = ledger.show(who, GROUP).await.unwrap().unwrap();
    assert_eq!((&held.decisions, held.restricted), (&read.decisions, read.restricted), "the cache is right");
    told(&held)
}

/// `A yes`, `B restrict`, `link`, `unlink`: then what A's consent says and what B's.
const STORIES: &[(&str, [&str; 2])] = &[
    // Apart, nothing of the one concerns the other.
    ("A yes", ["yes", "-"]),
    // Linked, what either said is the person's; a no wins, however old.
    ("A yes, link", ["yes", "yes"]),
    ("A no, link", ["no", "no"]),
    ("A yes, B no, link", ["no", "no"]),
    ("B no, A yes, link", ["no", "no"]),
    ("A yes, B restrict, link", ["yes!", "yes!"]),
    ("A object, B yes, link", ["no", "no"]),
    // A decision made while linked is for both.
    ("A yes, B no, link, A yes", ["yes", "yes"]),
    ("A yes, B yes, link, B no", ["no", "no"]),
    ("A restrict, link, B lift", ["-", "-"]),
    // Parted, each has what it said itself …
    ("A yes, link, unlink", ["yes", "-"]),
    ("A no, link, unlink", ["no", "-"]),
    ("A yes, B no, link, unlink", ["yes", "no"]),
    // … and every no that came while they were linked, but no yes of the other.
    ("link, A yes, unlink", ["yes", "-"]),
    ("link, A no, unlink", ["no", "no"]),
    ("B yes, link, A no, unlink", ["no", "no"]),
    ("B no, link, A yes, unlink", ["yes", "no"]),
    ("B yes, link, A yes, unlink", ["yes", "yes"]),
    ("link, A no, A yes, unlink", ["yes", "no"]),
    ("link, A restrict, A lift, unlink", ["-", "-!"]),
    ("link, A no, unlink, B yes", ["no", "yes"]),
    ("link, A no, B yes, unlink", ["no", "yes"]),
    // Linked again, what was restored does not lapse a second time.
    ("B no, link, A yes, unlink, link", ["no", "no"]),
    ("link, A yes, unlink, link", ["yes", "yes"]),
    ("link, A yes, unlink, A no, link", ["no", "no"]),
    ("B no, link, A yes, unlink, link, A yes", ["yes", "yes"]),
];

async fn what_holds_while_linked_and_after(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    for (number, (story, expected)) in STORIES.iter().enumerate() {
        let (a, b) = (person(&format!("a{number}")), visitor(&format!("b{number}")));
        for step in story.split(", ") {
            match step.split_once(' ') {
                None if step == "link" => drop(ledger.link(&a, &b, by_operator()).await.unwrap()),
                None => drop(ledger.unlink(&a, &b, by_operator()).await.unwrap()),
                Some((who, what)) => {
                    let new = match what {
                        "yes" => to(DecisionKind::Grant, PURPOSE),
                        "no" => to(DecisionKind::Withdraw, PURPOSE),
                        "object" => to(DecisionKind::Object, PURPOSE),
                        "restrict" => about_all(DecisionKind::Restrict),
                        _ => about_all(DecisionKind::Lift),
                    };
                    ledger.decide(if who == "A" { &a } else { &b }, GROUP, new).await.unwrap();
                }
            }
        }
        assert_eq!([says(&ledger, &a).await, says(&ledger, &b).await], *expected, "{story}");
    }
}

async fn a_decision_made_while_linked_is_written_for_every_id_and_says_through_which(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let (a, b) = (person("ada"), visitor("7"));
    let own = ledger.decide(&b, GROUP, to(DecisionKind::Grant, "analytics")).await.unwrap();
    assert_eq!(ledger.link(&a, &b, by_operator()).await.unwrap(), Joined { ids: 2 });
    let no = ledger.decide(&a, GROUP, to(DecisionKind::Withdraw, PURPOSE)).await.unwrap();
    let reference = ledger.consent(&a, GROUP).await.unwrap().reference.clone();
    let history = ledger.history(&b, GROUP).await.unwrap();
    assert_eq!(history.len(), 2, "its own and the one that came");
    assert_eq!((history[0].clone(), &history[1].via), (own.clone(), &reference));
    assert_eq!((history[1].kind, history[1].at), (no.kind, no.at));
    assert_eq!(ledger.history(&a, GROUP).await.unwrap(), [no], "the other's history stays the other's");
    let consent = ledger.consent(&a, GROUP).await.unwrap();
    let others = ledger.consent(&b, GROUP).await.unwrap().reference.clone();
    assert_eq!(consent.linked, others.clone().into_iter().collect::<Vec<_>>());
    assert_eq!((&consent.decisions["analytics"].of, consent.decisions[PURPOSE].of.as_ref()), (&others, None));
    let links = ledger.links(&b).await.unwrap();
    assert_eq!(
        (links.len(), links[0].proof, links[0].by.as_deref()),
        (1, Proof::Operator, Some("help desk"))
    );
    assert_eq!(ledger.links(&a).await.unwrap(), links);
}

async fn a_no_through_one_id_holds_for_the_others_from_the_moment_it_is_acknowledged(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let (a, b, eve) = (person("ada"), visitor("7"), person("eve"));
    let before = ledger.consent(&b, GROUP).await.unwrap();
    ledger.link(&a, &b, by_operator()).await.unwrap();
    assert!(!ledger.is_current(&before), "a link is obeyed, too");
    tokio::time::sleep(home.settings.poll().0 * 3).await; // the poll sees it, and everything is read once more
    ledger.decide(&a, GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
    let (yes, eves) = (ledger.consent(&b, GROUP).await.unwrap(), ledger.consent(&eve, GROUP).await.unwrap());
    tokio::time::sleep(home.settings.poll().0 * 3).await; // the poll sees all that and has nothing to do
    assert_eq!((told(&yes), ledger.is_current(&yes)), ("yes".to_owned(), true));
    ledger.decide(&a, GROUP, to(DecisionKind::Withdraw, PURPOSE)).await.unwrap();
    assert!(!ledger.is_current(&yes) && ledger.is_current(&eves));
    assert_eq!(says(&ledger, &b).await, "no");
    let no = ledger.consent(&b, GROUP).await.unwrap();
    ledger.unlink(&b, &a, by_operator()).await.unwrap();
    assert!(!ledger.is_current(&no));
    assert_eq!(says(&ledger, &b).await, "no");
}

async fn a_link_that_another_process_makes_is_obeyed_within_the_bound(home: Home) {
    let (here, there) =
        (Ledger::open(&home.settings).await.unwrap(), Ledger::open(&home.settings).await.unwrap());
    let (a, b) = (person("ada"), visitor("7"));
    there.decide(&a, GROUP, to(DecisionKind::Withdraw, PURPOSE)).await.unwrap();
    there.decide(&b, GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
    for (linked, expected) in [(true, "no"), (false, "yes"), (true, "no")] {
        let before = here.consent(&b, GROUP).await.unwrap();
        if linked {
            there.link(&a, &b, by_operator()).await.unwrap();
        } else {
            there.unlink(&a, &b, by_operator()).await.unwrap();
        }
        let done = Instant::now();
        while here.is_current(&before) {
            assert!(done.elapsed() < home.settings.stale_after.0, "the link was not seen in time");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(says(&here, &b).await, expected);
        assert!(!here.is_current(&before), "its generation alone would not tell");
    }
}

async fn links_lead_on_and_one_of_several_can_be_undone(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let [a, b, c] = [person("a"), visitor("b"), visitor("c")];
    ledger.decide(&c, GROUP, to(DecisionKind::Deny, PURPOSE)).await.unwrap();
    ledger.link(&a, &b, by_operator()).await.unwrap();
    assert_eq!(ledger.link(&c, &b, by_operator()).await.unwrap(), Joined { ids: 3 });
    assert_eq!(says(&ledger, &a).await, "no", "through b");
    let unknown = ledger.unlink(&a, &c, by_operator()).await;
    assert!(matches!(unknown, Err(LedgerError::NotLinked)), "they are one person's only through b");
    ledger.link(&a, &c, by_operator()).await.unwrap();
    assert_eq!(ledger.links(&a).await.unwrap().len(), 3);
    assert_eq!(ledger.unlink(&a, &b, by_operator()).await.unwrap(), Parted { still_one: true });
    assert_eq!(says(&ledger, &a).await, "no");
    assert_eq!(ledger.unlink(&c, &a, by_operator()).await.unwrap(), Parted { still_one: false });
    assert_eq!((says(&ledger, &a).await, says(&ledger, &b).await), ("-".to_owned(), "no".to_owned()));
}

async fn sixty_four_ids_are_one_person_and_one_more_is_refused(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    for id in 1..64 {
        let joined = ledger.link(&visitor("0"), &visitor(&id.to_string()), by_operator()).await.unwrap();
        assert_eq!(joined.ids, id + 1);
    }
    let error = ledger.link(&visitor("63"), &person("ada"), by_operator()).await.unwrap_err();
    assert!(error.to_string().contains("at most 64 ids, and this would make 65; unlink"), "{error}");
    assert!(ledger.links(&person("ada")).await.unwrap().is_empty());
    ledger.link(&visitor("5"), &visitor("9"), by_operator()).await.unwrap();
    ledger.decide(&visitor("17"), GROUP, to(DecisionKind::Withdraw, PURPOSE)).await.unwrap();
    for id in 0..64 {
        assert_eq!(says(&ledger, &visitor(&id.to_string())).await, "no");
    }
}

async fn two_processes_that_link_and_decide_at_once_leave_nobody_out(home: Home) {
    let ledgers = [Ledger::open(&home.settings).await.unwrap(), Ledger::open(&home.settings).await.unwrap()];
    for round in 0..15 {
        let (a, b) = (person(&format!("a{round}")), visitor(&format!("b{round}")));
        let ([linking, turned, deciding], [one, other]) =
            ([&ledgers[0], &ledgers[1], &ledgers[1]].map(Clone::clone), [a.clone(), b.clone()]);
        let (first, second) = ((one.clone(), other.clone()), (other.clone(), one.clone()));
        let link =
            tokio::spawn(async move { linking.link(&first.0, &first.1, by_operator()).await.unwrap() });
        let again =
            tokio::spawn(async move { turned.link(&second.0, &second.1, by_operator()).await.unwrap() });
        let no = to(DecisionKind::Withdraw, PURPOSE);
        let no = tokio::spawn(async move { deciding.decide(&one, GROUP, no).await.unwrap() });
        link.await.unwrap();
        again.await.unwrap();
        no.await.unwrap();
        for who in [&a, &b] {
            let shown = ledgers[0].show(who, GROUP).await.unwrap().unwrap();
            assert_eq!(told(&shown), "no");
        }
        assert_eq!(ledgers[0].links(&b).await.unwrap().len(), 1);
    }
}

async fn what_can_not_be_linked_says_why_and_links_can_not_be_rewritten(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let (a, b) = (person("ada"), visitor("7"));
    assert!(matches!(ledger.link(&a, &a, by_operator()).await, Err(LedgerError::SameId)));
    assert!(matches!(ledger.unlink(&a, &b, by_operator()).await, Err(LedgerError::NotLinked)));
    let unproven = NewLink { proof: None, ..by_operator() };
    assert!(ledger.link(&a, &b, unproven).await.is_err(), "a link rests on something");
    assert!(ledger.links(&a).await.unwrap().is_empty());
    ledger.link(&a, &b, by_operator()).await.unwrap();
    ledger.unlink(&a, &b, by_operator()).await.unwrap();
    for sql in [
        "UPDATE link SET kind = 'link', proof = 'both'",
        "DELETE FROM link",
        "UPDATE parting SET generation = 9",
        "DELETE FROM parting",
    ] {
        let error = home.try_alter(sql).await.unwrap_err();
        assert!(error.contains("only ever added"), "{error}");
    }
}

async fn a_command_links_through_the_running_proxy_and_it_holds_there_at_once(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let (a, b) = (person("ada"), visitor("7"));
    ledger.decide(&a, GROUP, to(DecisionKind::Deny, PURPOSE)).await.unwrap();
    let socket = ControlSocket::bind(&home.settings).unwrap();
    let server = tokio::spawn(serve_control(ledger.clone(), socket, tokio::sync::mpsc::channel(1).0));
    let mut channel = open_for_cli(&home.settings).await.unwrap();
    let before = ledger.consent(&b, GROUP).await.unwrap();
    assert_eq!(channel.link([&a, &b], by_operator()).await.unwrap(), Joined { ids: 2 });
    assert!(!ledger.is_current(&before));
    assert_eq!(channel.links(&b).await.unwrap(), ledger.links(&a).await.unwrap());
    assert_eq!(channel.unlink([&b, &a], by_operator()).await.unwrap(), Parted { still_one: false });
    let refused = channel.unlink([&a, &b], by_operator()).await.unwrap_err().to_string();
    assert!(refused.contains("`assentry consent links` lists"), "{refused}");
    server.abort();
}

async fn references_and_keys_stay_each_id_s_own(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let (a, b) = (person("ada"), visitor("7"));
    let (before, _) = ledger.keyed_consent(&a, GROUP, "shop").await.unwrap();
    ledger.link(&a, &b, by_operator()).await.unwrap();
    let (ours, our_key) = ledger.keyed_consent(&a, GROUP, "shop").await.unwrap();
    let (theirs, their_key) = ledger.keyed_consent(&b, GROUP, "shop").await.unwrap();
    assert_eq!(ours.reference, before.reference);
    assert_ne!(ours.reference, theirs.reference);
    assert_ne!(our_key.bytes(), their_key.bytes());
    assert_eq!(ledger.forget_keys(&a, None, "test").await.unwrap(), ["shop"]);
    assert_eq!(ledger.keyed_consent(&b, GROUP, "shop").await.unwrap().1, their_key);
}
