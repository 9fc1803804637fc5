//! Links on their way from one ledger to another, and what is told of linked ids there.

use assentry::{
    ledger::{Imported, Ledger, LedgerSettings, NewLink, Proof},
    subject::Subject,
};

use super::{
    GROUP, Home,
    links::{STORIES, by_operator, says, tell, visitor},
    on_both, person,
    transfer::{another, exported, imported},
};

on_both! {
    a_link_is_taken_over_once_with_its_proof_and_who_recorded_it
    an_older_link_does_not_undo_a_later_parting_nor_an_older_parting_a_later_link
    a_yes_through_a_link_is_taken_over_only_where_that_holds_and_ends_there_with_it
    a_file_that_was_cut_between_its_turns_allows_less_and_the_rest_follows
    a_damaged_link_says_why_and_nothing_is_imported
}

fn two(number: usize) -> [Subject; 2] {
    [person(&format!("a{number}")), visitor(&format!("b{number}"))]
}

async fn both(ledger: &Ledger, [a, b]: &[Subject; 2]) -> [String; 2] {
    [says(ledger, a).await, says(ledger, b).await]
}

/// From a file to a server and into another file: what each id's consent says is the same in all, also once they are parted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_story_goes_on_as_it_would_have_after_two_moves() {
    let (start, server) = (Home::sqlite(), Home::postgres());
    let first = Ledger::open(&start.settings).await.unwrap();
    for (number, (story, _)) in STORIES.iter().enumerate() {
        let [a, b] = two(number);
        tell(&first, story, [&a, &b]).await;
    }
    let text = exported(&first, None).await;
    let mut ledgers = vec![first];
    if let Some(server) = &server {
        let key = Some(start.settings.key_path());
        ledgers.push(Ledger::open(&LedgerSettings { key, ..server.settings.clone() }).await.unwrap());
    }
    ledgers.push(another(&start, "last.db").await);
    for pair in ledgers.windows(2) {
        let carried = exported(&pair[0], None).await;
        assert_eq!(carried, text);
        let done = imported(&pair[1], &carried).await.unwrap();
        assert_eq!((done.added, done.linked, done.ended), (done.decisions, done.links, 0));
    }
    assert_eq!(exported(ledgers.last().unwrap(), None).await, text);
    for (number, (story, expected)) in STORIES.iter().enumerate() {
        let [a, b] = two(number);
        let linked = !ledgers[0].links(&a).await.unwrap().is_empty();
        for ledger in &ledgers {
            assert_eq!(both(ledger, &[a.clone(), b.clone()]).await, *expected, "{story}");
            assert_eq!(!ledger.links(&a).await.unwrap().is_empty(), linked);
        }
        if linked {
            let mut after = Vec::new();
            for ledger in &ledgers {
                ledger.unlink(&a, &b, by_operator()).await.unwrap();
                after.push(both(ledger, &[a.clone(), b.clone()]).await);
            }
            assert!(after.iter().all(|said| *said == after[0]), "{story}, unlink: {after:?}");
        }
    }
}

async fn a_link_is_taken_over_once_with_its_proof_and_who_recorded_it(home: Home) {
    let here = Ledger::open(&home.settings).await.unwrap();
    let [a, b] = two(0);
    let proven =
        NewLink { proof: Some(Proof::Both), by: Some("desk 7".to_owned()), source: "cli".to_owned() };
    here.link(&a, &b, by_operator()).await.unwrap();
    here.unlink(&a, &b, by_operator()).await.unwrap();
    here.link(&b, &a, proven).await.unwrap();
    let text = exported(&here, None).await;
    assert_eq!(text.matches("\"kind\":\"link\"").count(), 2, "{text}");
    let there = another(&home, "there.db").await;
    let all = Imported { links: 3, linked: 3, ..Imported::default() };
    assert_eq!(imported(&there, &text).await.unwrap(), all);
    let (ours, theirs) = (here.links(&a).await.unwrap(), there.links(&a).await.unwrap());
    let told = |links: &[assentry::ledger::Link]| {
        links
            .iter()
            .map(|link| (link.proof, link.by.clone(), link.at, link.source.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&ours), told(&theirs));
    assert_eq!(
        (theirs[0].proof, theirs[0].by.as_deref(), &*theirs[0].source),
        (Proof::Both, Some("desk 7"), "cli")
    );
    for ledger in [&there, &here] {
        let again = imported(ledger, &text).await.unwrap();
        assert_eq!(again, Imported { linked: 0, ..all });
        assert_eq!(exported(ledger, None).await, text);
    }
    assert_eq!(exported(&here, Some("no such group")).await, text, "links are of no group");
}

async fn an_older_link_does_not_undo_a_later_parting_nor_an_older_parting_a_later_link(home: Home) {
    let here = Ledger::open(&home.settings).await.unwrap();
    let [a, b] = two(0);
    tell(&here, "B no, A yes, link", [&a, &b]).await;
    let linked = exported(&here, None).await;
    tell(&here, "unlink", [&a, &b]).await;
    let parted = exported(&here, None).await;
    let there = another(&home, "there.db").await;
    imported(&there, &linked).await.unwrap();
    assert_eq!(both(&there, &[a.clone(), b.clone()]).await, ["no", "no"]);
    imported(&there, &parted).await.unwrap();
    for ledger in [&here, &there] {
        assert_eq!(imported(ledger, &linked).await.unwrap().linked, 0);
        assert_eq!(both(ledger, &[a.clone(), b.clone()]).await, ["yes", "no"]);
    }
    tell(&there, "link", [&a, &b]).await;
    assert_eq!(imported(&there, &parted).await.unwrap().linked, 0);
    assert_eq!(there.links(&a).await.unwrap().len(), 1);
}

async fn a_yes_through_a_link_is_taken_over_only_where_that_holds_and_ends_there_with_it(home: Home) {
    let here = Ledger::open(&home.settings).await.unwrap();
    let [a, b] = two(0);
    tell(&here, "link, A yes", [&a, &b]).await;
    let text = exported(&here, None).await;
    let unlinked: String = text
        .lines()
        .filter(|line| !line.contains("\"ids\""))
        .fold(String::new(), |all, line| all + line + "\n");
    assert_eq!((text.lines().count(), unlinked.lines().count()), (4, 3));

    let alone = another(&home, "alone.db").await;
    let done = imported(&alone, &unlinked).await.unwrap();
    assert_eq!((done.decisions, done.added, done.ended), (2, 1, 1), "nothing would end it");
    assert_eq!(both(&alone, &[a.clone(), b.clone()]).await, ["yes", "-"]);

    let parted = another(&home, "parted.db").await;
    tell(&parted, "link, unlink", [&a, &b]).await;
    let done = imported(&parted, &text).await.unwrap();
    assert_eq!((done.linked, done.added, done.ended), (0, 1, 1), "they were parted after it");
    tell(&parted, "link, unlink", [&a, &b]).await;
    assert_eq!(both(&parted, &[a.clone(), b.clone()]).await, ["yes", "-"]);

    let there = another(&home, "there.db").await;
    assert_eq!(imported(&there, &text).await.unwrap().added, 2);
    assert_eq!(both(&there, &[a.clone(), b.clone()]).await, ["yes", "yes"]);
    tell(&there, "unlink", [&a, &b]).await;
    assert_eq!(both(&there, &[a.clone(), b.clone()]).await, ["yes", "-"]);
    let after = exported(&there, None).await;
    assert!(!after.contains("\"via\""), "what ended is not carried on: {after}");
    assert_eq!(imported(&there, &text).await.unwrap().linked, 0);
    assert_eq!(both(&there, &[a.clone(), b.clone()]).await, ["yes", "-"], "and does not come back");
}

async fn a_file_that_was_cut_between_its_turns_allows_less_and_the_rest_follows(home: Home) {
    let here = Ledger::open(&home.settings).await.unwrap();
    let [a, b] = two(0);
    tell(&here, "B no, link, A yes", [&a, &b]).await;
    let text = exported(&here, None).await;
    let without = |word: &str| {
        text.lines().filter(|line| !line.contains(word)).fold(String::new(), |all, line| all + line + "\n")
    };
    let there = another(&home, "there.db").await;
    imported(&there, &without("\"grant\"")).await.unwrap();
    assert_eq!(both(&there, &[a.clone(), b.clone()]).await, ["no", "no"]);
    let rest = imported(&there, &text).await.unwrap();
    assert_eq!((rest.added, rest.linked), (2, 0));
    assert_eq!(both(&there, &[a.clone(), b.clone()]).await, ["yes", "yes"]);
    assert_eq!(there.history(&b, GROUP).await.unwrap().len(), 2);
}

async fn a_damaged_link_says_why_and_nothing_is_imported(home: Home) {
    let here = Ledger::open(&home.settings).await.unwrap();
    let [a, b] = two(0);
    tell(&here, "A no, link, unlink", [&a, &b]).await;
    let text = exported(&here, None).await;
    let (one, other) = text.split_once("\"ids\":[\"").unwrap().1.split_once("\",\"").unwrap();
    let (one, other) = (one.to_owned(), other[..64].to_owned());
    let damaged = [
        text.replace(&format!("\"{other}\""), &format!("\"{one}\"")),
        text.replace(&format!("\",\"{other}"), "\",\"ada@example.com"), // in the links alone: it may be who decided, too
        text.replace("\"proof\":\"operator\",", ""),
        text.replace("\"operator\"", "\"hearsay\""),
        text.replace("\"unlink\"", "\"part\""),
        text.replace("\"unlink\",", "\"unlink\",\"proof\":\"both\","),
        text.replacen("\"at\":\"2", "\"order\":\"2000-01-01T00:00:00Z\",\"at\":\"2", 3),
    ];
    let there = another(&home, "there.db").await;
    let mut told = Vec::new();
    for text in &damaged {
        let error = imported(&there, text).await.unwrap_err().to_string();
        assert!(!error.contains("ada@"), "{error}");
        told.push(error);
    }
    insta::assert_snapshot!("damaged_links", told.join("\n"));
    assert_eq!(exported(&there, None).await.lines().count(), 1);
}
