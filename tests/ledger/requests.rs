//! What people ask for, and links that open once.

use std::process::Command;

use assentry::ledger::{Ledger, LedgerError, MOST_CHARACTERS, NewRequest, RequestKind, RightsRequest};
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};

use super::{
    Home,
    links::{by_operator, visitor},
    on_both, person,
};

on_both! {
    a_link_opens_once_however_many_try_at_once_on_several_nodes
    a_link_whose_time_is_over_opens_nothing
    what_somebody_asks_for_waits_until_it_is_answered
    all_ids_of_a_person_see_what_was_asked_through_any
    too_many_words_are_refused_and_an_unknown_number_is_told
}

fn in_an_hour() -> Timestamp {
    Timestamp::now().checked_add(SignedDuration::from_hours(1)).unwrap()
}

fn asking(kind: RequestKind, words: Option<&str>) -> NewRequest {
    NewRequest { kind, words: words.map(str::to_owned), source: "test".to_owned() }
}

async fn a_link_opens_once_however_many_try_at_once_on_several_nodes(home: Home) {
    let nodes = [Ledger::open(&home.settings).await.unwrap(), Ledger::open(&home.settings).await.unwrap()];
    let until = in_an_hour();
    for link in 0..5_u8 {
        let attempts: Vec<_> = (0..16)
            .map(|n| {
                let node = nodes[n % 2].clone();
                tokio::spawn(async move { node.use_link(&[link; 16], until).await.unwrap() })
            })
            .collect();
        let mut opened = 0;
        for attempt in attempts {
            opened += u32::from(attempt.await.unwrap());
        }
        assert_eq!(opened, 1);
    }
    drop(nodes);
    let again = Ledger::open(&home.settings).await.unwrap();
    assert!(!again.use_link(&[0; 16], until).await.unwrap(), "a restart forgets nothing");
    assert!(again.use_link(&[9; 16], until).await.unwrap());
}

async fn a_link_whose_time_is_over_opens_nothing(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let past = Timestamp::now().checked_sub(SignedDuration::from_secs(1)).unwrap();
    assert!(!ledger.use_link(&[1; 16], past).await.unwrap());
    assert!(!ledger.use_link(&[1; 16], in_an_hour()).await.unwrap(), "trying used it up");
}

async fn what_somebody_asks_for_waits_until_it_is_answered(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let (ada, bob) = (person("ada"), person("bob"));
    let access = ledger.ask(&ada, asking(RequestKind::Access, None)).await.unwrap();
    let word = ledger.ask(&ada, asking(RequestKind::Word, Some("please\ncall me"))).await.unwrap();
    let bobs = ledger.ask(&bob, asking(RequestKind::Portability, None)).await.unwrap();
    let month_later = access.at.to_zoned(TimeZone::UTC).checked_add(1.month()).unwrap().timestamp();
    assert_eq!((access.due, access.done_at), (month_later, None));
    assert_eq!(ledger.requests_of(&ada).await.unwrap(), [word.clone(), access.clone()], "the newest first");
    assert_eq!(ledger.requests(true).await.unwrap(), [access.clone(), word.clone(), bobs.clone()]);
    let done = ledger.finish_request(word.id, "called on Monday").await.unwrap();
    assert_eq!(
        (done.words.as_deref(), done.how.as_deref()),
        (Some("please\ncall me"), Some("called on Monday"))
    );
    assert!(done.done_at.is_some());
    assert_eq!(ledger.requests(true).await.unwrap(), [access, bobs]);
    drop(ledger);
    let again = Ledger::open(&home.settings).await.unwrap();
    assert_eq!(again.requests(false).await.unwrap().len(), 3);
    assert_eq!(again.requests_of(&ada).await.unwrap()[0], done);
    assert_eq!(again.requests_of(&person("eve")).await.unwrap(), Vec::<RightsRequest>::new().as_slice());
}

async fn all_ids_of_a_person_see_what_was_asked_through_any(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let (ada, other) = (person("ada"), visitor("7"));
    assert_eq!(ledger.reference(&ada).await.unwrap(), None);
    let asked = ledger.ask(&ada, asking(RequestKind::Access, None)).await.unwrap();
    assert_eq!(ledger.reference(&ada).await.unwrap(), Some(asked.subject.clone()));
    assert!(ledger.requests_of(&other).await.unwrap().is_empty());
    ledger.link(&ada, &other, by_operator()).await.unwrap();
    assert_eq!(ledger.requests_of(&other).await.unwrap(), std::slice::from_ref(&asked));
    let others = ledger.reference(&other).await.unwrap().unwrap();
    assert_eq!(ledger.references(&other).await.unwrap(), [others.clone(), asked.subject.clone()]);
    assert_eq!(ledger.references(&ada).await.unwrap(), [asked.subject, others], "one's own first");
    assert!(ledger.references(&person("eve")).await.unwrap().is_empty());
}

async fn too_many_words_are_refused_and_an_unknown_number_is_told(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let most = "ä".repeat(MOST_CHARACTERS);
    let kept = ledger.ask(&person("ada"), asking(RequestKind::Word, Some(&most))).await.unwrap();
    assert_eq!(ledger.requests_of(&person("ada")).await.unwrap()[0].words.as_ref(), Some(&most));
    let more = format!("{most}!");
    let refused = ledger.ask(&person("ada"), asking(RequestKind::Word, Some(&more))).await;
    assert!(matches!(refused, Err(LedgerError::TooManyWords { most: MOST_CHARACTERS })));
    assert!(matches!(ledger.finish_request(kept.id, &more).await, Err(LedgerError::TooManyWords { .. })));
    ledger.finish_request(kept.id, "done").await.unwrap();
    for unknown in [kept.id, kept.id + 1, u64::MAX] {
        let error = ledger.finish_request(unknown, "done").await.err().unwrap();
        assert!(error.to_string().contains("`assentry consent requests` lists them"), "{error}");
    }
}

#[tokio::test]
async fn what_was_written_stands_in_no_file() {
    let home = Home::sqlite();
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let asked =
        ledger.ask(&person("ada"), asking(RequestKind::Word, Some("my telephone is broken"))).await.unwrap();
    ledger.finish_request(asked.id, "wrote a letter instead").await.unwrap();
    let names = std::fs::read_dir(home.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let read = Command::new("cat").args(names).output().unwrap(); // a file of SQLite's is not opened by us
    let text = String::from_utf8_lossy(&read.stdout);
    assert!(text.contains("word"), "the search works");
    assert!(!text.contains("telephone") && !text.contains("letter"));
}
