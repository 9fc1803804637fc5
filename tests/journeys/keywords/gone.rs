//! Whoever hangs up while a keyword is obeyed is obeyed all the same, and leaves one receipt that says so.

use std::sync::Arc;

use http::Uri;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::Semaphore,
    time::timeout,
};

use crate::{
    bot::{Bot, said},
    client::{SURELY, raw_chat},
    house::House,
    service::NOTHING,
    socket::{bot::Echo, person::Ask},
    written::Written,
};

const ROUTE: &str =
    "path: /chat, profile: json-chat, keywords: {withdraw: [STOP], purposes: [personalisation]}";

/// A service that keeps decisions, and acknowledges them when it is let; it has begun with a decision when its first begins.
struct Slow {
    service: Bot,
    gate: Arc<Semaphore>,
}

impl Slow {
    async fn open() -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let held = Arc::clone(&gate);
        let service = Bot::answering(move |sent| {
            let held = Arc::clone(&held);
            async move {
                if asks_for_consents(&sent.head.uri) {
                    return said(NOTHING);
                }
                held.acquire().await.unwrap().forget();
                let mut wish: Value = serde_json::from_slice(&sent.body).unwrap();
                wish["decision"]["at"] = json!("2026-11-22T09:30:00Z");
                wish["decision"]["generation"] = json!(1);
                said(json!({"decision": wish["decision"]}).to_string())
            }
        });
        Self { service: service.await, gate }
    }

    async fn house(&self, bot: Bot) -> House {
        let ledger = format!("http: {{url: 'http://{}/', timeout: 20s, max_age: 60s}}", self.service.address);
        Written::shop().route(ROUTE).ledger(&ledger).before(bot).await
    }

    /// Waits until there is a decision to keep.
    async fn has_begun(&self) {
        let asked = |sent: &crate::bot::Sent| asks_for_consents(&sent.head.uri);
        crate::house::soon(|| {
            let answered = self.service.requests().iter().filter(|sent| asked(sent)).count();
            self.service.begun() > answered
        })
        .await;
    }
}

fn asks_for_consents(uri: &Uri) -> bool {
    uri.path() == "/consents"
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_exactly_one_receipt_that_says_obeyed() {
    let slow = Slow::open().await;
    let house = slow.house(Bot::open().await).await;
    let mut ada = house.raw().await;
    ada.write_all(&raw_chat(r#"{"text":"STOP"}"#)).await.unwrap();
    slow.has_begun().await;
    ada.shutdown().await.unwrap();
    // The proxy has noticed when it hangs up, too.
    let mut heard = Vec::new();
    timeout(SURELY, ada.read_to_end(&mut heard)).await.expect("it hangs up in time").ok();
    assert_eq!(heard, b"");
    assert_eq!(house.receipts(), Vec::<Value>::new());
    slow.gate.add_permits(1);
    let receipt = house.receipt().await;
    assert_eq!(receipt["outcome"], json!({"obeyed": {"decision": "withdraw"}}));
    assert_eq!(receipt["ended"], "client-gone");
    house.bot.assert_untouched();
    let folder = house.close().await;
    assert_eq!(crate::ledger::receipts_in(&folder).len(), 1);
}

#[tokio::test]
async fn a_socket_that_ends_while_a_keyword_is_obeyed_waits_for_its_receipt() {
    let slow = Slow::open().await;
    let (bot, echo) = Echo::open().await;
    let house = slow.house(bot).await;
    let mut ada = house.socket(&Ask::ada()).await;
    ada.says_text(r#"{"text":"STOP"}"#).await;
    slow.has_begun().await;
    echo.breaks_off();
    drop(ada);
    slow.gate.add_permits(1);
    let receipt = house.receipt().await;
    assert_eq!(receipt["messages"]["obeyed"][0]["decision"], "withdraw", "{receipt}");
    assert_eq!(receipt["messages"]["to_bot"]["count"], 0);
    let folder = house.close().await;
    assert_eq!(crate::ledger::receipts_in(&folder).len(), 1);
}
