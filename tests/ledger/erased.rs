//! Somebody is erased: nothing of before is left, but for what they refused.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use assentry::{
    consent::DecisionKind,
    ledger::{ControlSocket, Ledger, NewRequest, RequestKind, open_for_cli, serve_control},
    receipts::{ReceiptSettings, Receipts, Wanted},
    subject::{Standing, Subject},
};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

use super::{
    GROUP, Home, about_all,
    links::{by_operator, visitor},
    on_both, person, to,
    transfer::{another, exported, imported},
};

on_both! {
    the_yes_is_gone_the_no_is_obeyed_and_everything_begins_anew
    all_linked_ids_are_erased_and_each_keeps_every_no
    another_node_forgets_what_it_read
    a_no_holds_at_every_moment_while_somebody_is_erased_again_and_again
    nodes_that_decide_forget_keys_link_and_erase_at_once_leave_the_no
    an_export_holds_nothing_of_before_and_an_old_one_brings_no_yes_back
    nothing_else_can_be_deleted_or_reworded
    receipts_lead_to_nobody
    a_command_erases_through_the_running_proxy
}

const PURPOSE: &str = "personalisation";

async fn the_yes_is_gone_the_no_is_obeyed_and_everything_begins_anew(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let (ada, bob) = (person("ada"), person("bob"));
    for new in [
        to(DecisionKind::Grant, PURPOSE),
        to(DecisionKind::Grant, "follow-up"),
        to(DecisionKind::Withdraw, "follow-up"),
        to(DecisionKind::Object, "analytics"),
        to(DecisionKind::Deny, "ads"),
        to(DecisionKind::Grant, "ads"),
        about_all(DecisionKind::Restrict),
    ] {
        ledger.decide(&ada, GROUP, new).await.unwrap();
    }
    ledger.decide(&ada, "another group", about_all(DecisionKind::Restrict)).await.unwrap();
    ledger.decide(&ada, "another group", about_all(DecisionKind::Lift)).await.unwrap();
    ledger.decide(&ada, "another group", to(DecisionKind::Deny, PURPOSE)).await.unwrap();
    ledger.decide(&bob, GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
    let bobs = ledger.consent(&bob, GROUP).await.unwrap();
    let (before, key) = ledger.keyed_consent(&ada, GROUP, "shop").await.unwrap();
    let objection = before.decisions["analytics"].clone();
    let asked =
        NewRequest { kind: RequestKind::Word, words: Some("call me".to_owned()), source: "test".to_owned() };
    ledger.ask(&ada, asked).await.unwrap();

    let erased = ledger.erase(&ada, "test").await.unwrap();
    assert_eq!((erased.ids, erased.decisions, erased.noes_kept), (1, 10, 4));
    assert_eq!((erased.keys, erased.requests, erased.kept_outside), (1, 1, false));

    assert!(!ledger.is_current(&before));
    let after = ledger.consent(&ada, GROUP).await.unwrap();
    let left: Vec<_> = after.decisions.iter().map(|(name, decision)| (&**name, decision.kind)).collect();
    assert_eq!(left, [("analytics", DecisionKind::Object), ("follow-up", DecisionKind::Withdraw)]);
    assert!(after.restricted);
    let kept = &after.decisions["analytics"];
    assert_eq!((kept.at, &kept.source, &kept.notice), (objection.at, &objection.source, &objection.notice));
    assert_ne!(after.reference, before.reference);
    assert_eq!(ledger.reference(&ada).await.unwrap(), after.reference);
    let elsewhere = ledger.consent(&ada, "another group").await.unwrap();
    assert_eq!((elsewhere.decisions[PURPOSE].kind, elsewhere.restricted), (DecisionKind::Deny, false));
    assert_eq!(ledger.history(&ada, GROUP).await.unwrap().len(), 3);
    assert_ne!(ledger.keyed_consent(&ada, GROUP, "shop").await.unwrap().1, key);
    let requests = ledger.requests_of(&ada).await.unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].kind, requests[0].done_at), (RequestKind::Erasure, Some(erased.at)));
    assert!(ledger.requests(false).await.unwrap().iter().all(|request| request.words.is_none()));
    assert!(ledger.requests(true).await.unwrap().is_empty(), "nobody waits any more");
    assert_eq!(ledger.consent(&bob, GROUP).await.unwrap().decisions, bobs.decisions);

    for new in [to(DecisionKind::Grant, "follow-up"), about_all(DecisionKind::Lift)] {
        ledger.decide(&ada, GROUP, new).await.unwrap();
    }
    let again = ledger.consent(&ada, GROUP).await.unwrap();
    assert_eq!((again.decisions["follow-up"].kind, again.restricted), (DecisionKind::Grant, false));
    assert_eq!(again.reference, after.reference);
    drop(ledger);
    let opened = Ledger::open(&home.settings).await.unwrap();
    assert_eq!(opened.consent(&ada, GROUP).await.unwrap().decisions, again.decisions);
    let nobody = opened.erase(&person("never seen"), "test").await.unwrap();
    assert_eq!((nobody.ids, nobody.decisions), (1, 0));
}

async fn all_linked_ids_are_erased_and_each_keeps_every_no(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let [a, b, c, parted] = [person("a"), visitor("b"), visitor("c"), visitor("parted")];
    ledger.decide(&b, GROUP, to(DecisionKind::Deny, PURPOSE)).await.unwrap();
    ledger.decide(&a, GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
    ledger.link(&a, &parted, by_operator()).await.unwrap();
    ledger.decide(&a, GROUP, to(DecisionKind::Object, "ads")).await.unwrap();
    ledger.decide(&a, GROUP, to(DecisionKind::Grant, "follow-up")).await.unwrap();
    ledger.unlink(&a, &parted, by_operator()).await.unwrap();
    ledger.link(&a, &b, by_operator()).await.unwrap();
    ledger.link(&b, &c, by_operator()).await.unwrap();
    ledger.decide(&c, GROUP, to(DecisionKind::Withdraw, "analytics")).await.unwrap();
    let theirs = ledger.show(&parted, GROUP).await.unwrap().unwrap();
    assert_eq!(theirs.decisions.len(), 1, "the no came with the link and stayed, the yes lapsed");

    assert_eq!(ledger.erase(&b, "test").await.unwrap().ids, 3);

    let kinds =
        [("ads", DecisionKind::Object), ("analytics", DecisionKind::Withdraw), (PURPOSE, DecisionKind::Deny)];
    for id in [&a, &b, &c] {
        let consent = ledger.consent(id, GROUP).await.unwrap();
        let left: Vec<_> =
            consent.decisions.iter().map(|(name, decision)| (&**name, decision.kind)).collect();
        assert_eq!(left, kinds);
        assert!(consent.linked.is_empty() && ledger.links(id).await.unwrap().is_empty());
        assert!(consent.decisions.values().all(|decision| decision.via.is_none() && decision.of.is_none()));
        assert_eq!(ledger.references(id).await.unwrap().len(), 1);
    }
    let theirs_now = ledger.show(&parted, GROUP).await.unwrap().unwrap();
    assert_eq!(theirs_now.decisions["ads"].kind, DecisionKind::Object);
    assert_eq!(theirs_now.decisions.len(), 1, "what lapsed at the parting does not come back");
    let via = theirs_now.decisions["ads"].via.clone();
    assert_ne!(via, ledger.reference(&a).await.unwrap(), "it leads to nobody");
    ledger.decide(&a, GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
    assert_eq!(ledger.consent(&b, GROUP).await.unwrap().decisions[PURPOSE].kind, DecisionKind::Deny);
    ledger.link(&a, &b, by_operator()).await.unwrap();
    assert_eq!(ledger.consent(&a, GROUP).await.unwrap().linked.len(), 1, "they can be linked again");
}

async fn another_node_forgets_what_it_read(home: Home) {
    let (here, there) =
        (Ledger::open(&home.settings).await.unwrap(), Ledger::open(&home.settings).await.unwrap());
    // Without a decision and without a key nothing but the erasure itself is numbered.
    for (id, decides) in [("ada", true), ("bob", false)] {
        if decides {
            there.decide(&person(id), GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
        }
        let before = here.consent(&person(id), GROUP).await.unwrap();
        there.erase(&person(id), "test").await.unwrap();
        let done = Instant::now();
        while here.is_current(&before) {
            assert!(done.elapsed() < home.settings.stale_after.0, "the erasure was not seen in time");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let after = here.consent(&person(id), GROUP).await.unwrap();
        assert!(after.decisions.is_empty() && after.reference != before.reference);
        assert!(here.is_current(&after), "and goes on from there");
    }
}

async fn a_no_holds_at_every_moment_while_somebody_is_erased_again_and_again(home: Home) {
    let (here, there) =
        (Ledger::open(&home.settings).await.unwrap(), Ledger::open(&home.settings).await.unwrap());
    let ada = person("ada");
    there.decide(&ada, GROUP, to(DecisionKind::Object, PURPOSE)).await.unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = [here.clone(), there.clone()]
        .into_iter()
        .map(|ledger| {
            let (done, ada) = (Arc::clone(&done), ada.clone());
            tokio::spawn(async move {
                let mut reads = 0_u32;
                while !done.load(SeqCst) {
                    ledger.overtake_all(); // so that it is read and not found
                    let consent = ledger.consent(&ada, GROUP).await.unwrap();
                    assert_eq!(consent.decisions[PURPOSE].kind, DecisionKind::Object);
                    reads += 1;
                }
                reads
            })
        })
        .collect();
    for _ in 0..25 {
        assert_eq!(there.erase(&ada, "test").await.unwrap().noes_kept, 1);
    }
    done.store(true, SeqCst);
    for reader in readers {
        assert!(reader.await.unwrap() > 10);
    }
    let last = there.consent(&ada, GROUP).await.unwrap();
    let patience = Instant::now();
    while here.consent(&ada, GROUP).await.unwrap().reference != last.reference {
        assert!(patience.elapsed() < home.settings.stale_after.0 * 2, "an older reference stays");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn nodes_that_decide_forget_keys_link_and_erase_at_once_leave_the_no(home: Home) {
    let nodes = [Ledger::open(&home.settings).await.unwrap(), Ledger::open(&home.settings).await.unwrap()];
    for round in 0..8 {
        let (a, b) = (person(&format!("a{round}")), visitor(&format!("b{round}")));
        nodes[0].keyed_consent(&a, GROUP, "shop").await.unwrap();
        nodes[0].decide(&b, GROUP, to(DecisionKind::Object, "analytics")).await.unwrap();
        let [erasing, deciding, forgetting, linking] = [0, 1, 1, 0].map(|n: usize| nodes[n].clone());
        let ids = [(); 4].map(|()| (a.clone(), b.clone()));
        let [one, two, three, four] = ids;
        let tasks = [
            tokio::spawn(async move { erasing.erase(&one.0, "test").await.map(drop) }),
            tokio::spawn(async move {
                deciding.decide(&two.0, GROUP, to(DecisionKind::Withdraw, PURPOSE)).await.map(drop)
            }),
            tokio::spawn(async move { forgetting.forget_keys(&three.0, None, "test").await.map(drop) }),
            tokio::spawn(async move { linking.link(&four.0, &four.1, by_operator()).await.map(drop) }),
        ];
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let a_now = nodes[0].show(&a, GROUP).await.unwrap().unwrap();
        assert_eq!(a_now.decisions[PURPOSE].kind, DecisionKind::Withdraw);
        let b_now = nodes[1].show(&b, GROUP).await.unwrap().unwrap();
        assert_eq!(b_now.decisions["analytics"].kind, DecisionKind::Object);
    }
}

async fn an_export_holds_nothing_of_before_and_an_old_one_brings_no_yes_back(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let (ada, other) = (person("ada"), visitor("7"));
    ledger.decide(&ada, GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
    ledger.link(&ada, &other, by_operator()).await.unwrap();
    ledger.decide(&ada, GROUP, to(DecisionKind::Object, "analytics")).await.unwrap();
    let old = exported(&ledger, None).await;
    assert_eq!(old.matches("\"grant\"").count(), 1);
    assert_eq!(old.matches("\"via\"").count(), 1);

    ledger.erase(&ada, "test").await.unwrap();
    let new = exported(&ledger, None).await;
    assert_eq!(new.matches("\"object\"").count(), 2, "of each id");
    assert!(!new.contains("\"grant\"") && !new.contains("\"via\""), "{new}");

    imported(&ledger, &old).await.unwrap();
    let after = ledger.consent(&ada, GROUP).await.unwrap();
    assert_eq!(after.decisions.keys().collect::<Vec<_>>(), ["analytics"]);
    assert!(!exported(&ledger, None).await.contains("\"via\""));

    ledger.decide(&ada, GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
    let since = exported(&ledger, None).await;
    let elsewhere = another(&home, "elsewhere.db").await;
    imported(&elsewhere, &since).await.unwrap();
    assert_eq!(elsewhere.consent(&ada, GROUP).await.unwrap().decisions[PURPOSE].kind, DecisionKind::Grant);
    assert_eq!(imported(&ledger, &since).await.unwrap().added, 0);
}

async fn nothing_else_can_be_deleted_or_reworded(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let (ada, other) = (person("ada"), visitor("7"));
    ledger.decide(&ada, GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
    ledger.link(&ada, &other, by_operator()).await.unwrap();
    ledger.erase(&person("bob"), "test").await.unwrap();
    for sql in [
        "DELETE FROM decision",
        "UPDATE link SET by_whom = NULL",
        "UPDATE link SET by_whom = 'somebody else'",
        "DELETE FROM link",
        "DELETE FROM erasure",
        "UPDATE erasure SET at = 0",
    ] {
        let error = home.try_alter(sql).await.unwrap_err();
        assert!(error.contains("only ever added"), "{sql}: {error}");
    }
    assert_eq!(ledger.links(&ada).await.unwrap()[0].by.as_deref(), Some("help desk"));
    home.alter("INSERT INTO erasing (subject) SELECT id FROM subject").await;
    let error = home.try_alter("UPDATE link SET at = 0, by_whom = NULL").await.unwrap_err();
    assert!(error.contains("only ever added"), "{error}");
}

async fn receipts_lead_to_nobody(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let receipts = Receipts::open(&ReceiptSettings::default(), Some(&ledger)).unwrap();
    let ada = person("ada");
    ledger.consent(&ada, GROUP).await.unwrap();
    let before = ledger.references(&ada).await.unwrap();
    let insert = format!(
        "INSERT INTO receipt (exchange, subject, body) VALUES ('0199-1', '{0}', '{{\"exchange\":\"0199-1\",\"time\":\"2026-01-01T00:00:00Z\"}}')",
        before[0]
    );
    home.alter(Box::leak(insert.into_boxed_str())).await;
    let wanted = Wanted { limit: 10, ..Wanted::default() };
    assert_eq!(receipts.of_person(&before, &wanted).await.unwrap().len(), 1);
    ledger.erase(&ada, "test").await.unwrap();
    let after = ledger.references(&ada).await.unwrap();
    assert!(receipts.of_person(&after, &wanted).await.unwrap().is_empty());
    receipts.close().await;
}

async fn a_command_erases_through_the_running_proxy(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let ada = person("ada");
    ledger.decide(&ada, GROUP, to(DecisionKind::Grant, PURPOSE)).await.unwrap();
    let socket = ControlSocket::bind(&home.settings).unwrap();
    let server = tokio::spawn(serve_control(ledger.clone(), socket, tokio::sync::mpsc::channel(1).0));
    let mut channel = open_for_cli(&home.settings).await.unwrap();
    let before = ledger.consent(&ada, GROUP).await.unwrap();
    assert_eq!(channel.erase(&ada, "cli").await.unwrap().decisions, 1);
    assert!(!ledger.is_current(&before), "it holds at once");
    assert_eq!(channel.requests(true).await.unwrap(), ledger.requests(true).await.unwrap());
    assert_eq!(channel.requests(false).await.unwrap().len(), 1);
    assert!(channel.unheard(10).await.unwrap().is_empty());
    let asked = NewRequest { kind: RequestKind::Access, words: None, source: "test".to_owned() };
    let asked = ledger.ask(&ada, asked).await.unwrap();
    assert!(channel.finish_request(asked.id, "sent").await.unwrap().done_at.is_some());
    let refused = channel.finish_request(asked.id, "sent").await.err().unwrap().to_string();
    assert!(refused.contains("waits for an answer"), "{refused}");
    server.abort();
}

#[tokio::test]
async fn after_an_erasure_no_file_holds_what_was_there() {
    let home = Home::sqlite();
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let ada = Subject::new("login", "ada.lovelace@example.com", Standing::Proven);
    ledger.decide(&ada, GROUP, to(DecisionKind::Grant, "a purpose of before")).await.unwrap();
    for n in 0..200 {
        ledger
            .decide(&ada, GROUP, to(DecisionKind::Grant, &format!("a purpose of before {n}")))
            .await
            .unwrap();
    }
    ledger.keyed_consent(&ada, GROUP, "shop").await.unwrap();
    ledger.link(&ada, &visitor("7"), by_operator()).await.unwrap();
    let words = Some("call 0171 2345678".to_owned());
    ledger.ask(&ada, NewRequest { kind: RequestKind::Word, words, source: "test".to_owned() }).await.unwrap();
    let mut database = SqliteConnectOptions::new().filename(&home.settings.path).connect().await.unwrap();
    let wrapped: Vec<u8> =
        sqlx::query_scalar("SELECT wrapped FROM subject_key").fetch_one(&mut database).await.unwrap();
    let sealed: Vec<u8> =
        sqlx::query_scalar("SELECT words FROM request").fetch_one(&mut database).await.unwrap();
    sqlx::Connection::close(database).await.unwrap();
    let reference = ledger.reference(&ada).await.unwrap().unwrap();
    let secrets: [&[u8]; 6] = [
        &wrapped[40..72],
        &sealed[12..],
        reference.as_bytes(),
        b"a purpose of before",
        b"help desk",
        b"ada.lovelace",
    ];
    let found = || {
        let names = std::fs::read_dir(home.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let read = Command::new("cat").args(names).output().unwrap().stdout; // see `forgotten`
        secrets.map(|secret| read.windows(secret.len()).any(|window| window == secret))
    };
    assert_eq!(found(), [true, true, true, true, true, false], "the search works");
    assert!(ledger.erase(&ada, "test").await.unwrap().overwritten);
    assert_eq!(found(), [false; 6]);
}
