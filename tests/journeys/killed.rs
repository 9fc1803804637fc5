//! After `kill -9` only exchanges in flight are missing, and nothing that was acknowledged.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use assentry::ledger::{Channel, open_for_cli};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    bot::{Bot, said},
    client::chat_of,
    ledger::{decision, person, receipts_in},
    program::Program,
    stop::connect,
    written::{Folder, Written},
};

/// Whose exchanges were answered to the last byte.
type Answered = Arc<Mutex<Vec<String>>>;

/// Asks again and again, each time for somebody new, until the connection breaks.
async fn ask_on(mut connection: crate::client::Connection, name: usize, answered: Answered) {
    for n in 0.. {
        let who = format!("person-{name}-{n}");
        let Ok(response) = connection.send(chat_of(&who, r#"{"text":"hi"}"#)).await else { return };
        let (head, body) = response.into_parts();
        let Ok(body) = http_body_util::BodyExt::collect(body).await else { return };
        assert_eq!((head.status.as_u16(), body.to_bytes().len()), (200, 100_000));
        answered.lock().unwrap().push(who);
    }
}

/// Says yes for one person after the other; whose yes was acknowledged.
async fn decide_on(folder: &Folder, decided: Answered) {
    let settings = folder.load().ledger;
    let mut channel = open_for_cli(&settings).await.unwrap();
    assert!(matches!(channel, Channel::Proxy(_)));
    for n in 0.. {
        let who = format!("decided-{n}");
        if channel.decide(&person(&who), "shop", decision("grant personalisation")).await.is_err() {
            return;
        }
        decided.lock().unwrap().push(who);
    }
}

/// The references of those who have receipts.
fn references(receipts: &[serde_json::Value]) -> HashSet<String> {
    let reference = |receipt: &serde_json::Value| receipt["subject"]["reference"].as_str().map(str::to_owned);
    receipts.iter().filter_map(reference).collect()
}

async fn assert_kept(folder: &Folder, answered: &[String], decided: &[String]) {
    let (file, database) = (receipts_in(folder), folder.receipts_in_database().await);
    let ids: HashSet<_> = database.iter().map(|receipt| receipt["exchange"].to_string()).collect();
    assert_eq!(ids.len(), database.len(), "each exchange once");
    let (file, database) = (references(&file), references(&database));
    let ledger = folder.ledger().await;
    for who in answered {
        let reference = ledger.show(&person(who), "shop").await.unwrap().unwrap().reference.unwrap();
        assert!(file.contains(&reference), "{who} has no receipt in the file");
        assert!(database.contains(&reference), "{who} has no receipt in the database");
    }
    for who in decided {
        let consent = ledger.show(&person(who), "shop").await.unwrap().expect("the decision is there");
        assert!(consent.decisions.contains_key("personalisation"), "{who}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_the_whole_reply_has_a_receipt_and_whoever_was_acknowledged_has_decided() {
    let bot = Bot::answering(|_| async { said("x".repeat(100_000)) }).await;
    let folder = Arc::new(Written::shop().write(bot.address));
    let program = Program::serve(&folder).await;
    let (answered, decided) = (Answered::default(), Answered::default());
    let mut load = JoinSet::new();
    for name in 0..5 {
        load.spawn(ask_on(connect(&program, &folder).await, name, Arc::clone(&answered)));
    }
    let (deciding, so_far) = (Arc::clone(&folder), Arc::clone(&decided));
    load.spawn(async move { decide_on(&deciding, so_far).await });
    sleep(Duration::from_millis(1_500)).await;
    program.kill();
    while let Some(ended) = load.join_next().await {
        ended.unwrap();
    }
    let (answered, decided) = (answered.lock().unwrap().clone(), decided.lock().unwrap().clone());
    assert!(answered.len() > 20 && decided.len() > 5, "{} and {}", answered.len(), decided.len());
    assert_kept(&folder, &answered, &decided).await;
    let again = Program::serve(&folder).await;
    assert_eq!(connect(&again, &folder).await.ask(chat_of("decided-0", "{}")).await.status, 200);
    again.kill();
    let receipts = receipts_in(&folder);
    assert_eq!(receipts.last().unwrap()["purposes"][1]["because"], "granted");
}
