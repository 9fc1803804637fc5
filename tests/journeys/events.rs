//! Replies pass as they come, and each ends with its receipt.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::{sync::mpsc::UnboundedSender, time::timeout};

use crate::{
    bot::{Bot, events, said},
    client::{Http, SURELY, chat},
    house::House,
    written::Written,
};

/// A house whose bot answers the next request with events, and what they are sent by.
pub async fn telling() -> (House, UnboundedSender<String>) {
    let (sender, reply) = events();
    let reply = Arc::new(Mutex::new(Some(reply)));
    let bot = Bot::answering(move |_| {
        let reply = reply.lock().unwrap().take();
        async move { reply.unwrap_or_else(|| said("no more")) }
    });
    (Written::shop().before(bot.await).await, sender)
}

/// The next piece of a reply; HTTP/2 may end with an empty one, which says nothing.
pub async fn next(body: &mut Incoming) -> Option<Bytes> {
    loop {
        let frame = timeout(SURELY, body.frame()).await.expect("it comes in time")?;
        let piece = frame.unwrap().into_data().unwrap();
        if !piece.is_empty() {
            return Some(piece);
        }
    }
}

#[tokio::test]
async fn each_event_arrives_before_the_next_is_sent() {
    for http in Http::BOTH {
        let (house, bot) = telling().await;
        let mut connection = house.connect(http).await;
        let mut body = connection.send(chat("{}")).await.unwrap().into_body();
        for n in 0..3 {
            bot.send(format!("data: {n}\n\n")).unwrap();
            assert_eq!(next(&mut body).await.unwrap(), format!("data: {n}\n\n"));
            assert!(house.receipts().is_empty(), "the exchange is under way");
        }
        drop(bot);
        assert_eq!(next(&mut body).await, None);
        let receipts = house.receipts();
        assert_eq!(receipts.len(), 1, "the end comes after the receipt");
        assert_eq!(receipts[0]["ended"], "complete");
    }
}

#[tokio::test]
async fn replies_without_a_body_are_complete_and_have_their_receipt() {
    for http in Http::BOTH {
        for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304)] {
            let bot = Bot::answering(move |_| async move {
                let mut reply = said(if status == 200 { "not sent" } else { "" });
                *reply.status_mut() = status.try_into().unwrap();
                reply
            });
            let house = Written::shop().before(bot.await).await;
            let mut request = chat("");
            *request.method_mut() = method.parse().unwrap();
            let answer = house.connect(http).await.ask(request).await;
            assert_eq!((answer.status, answer.text()), (status, ""));
            let receipt = house.receipt().await;
            assert_eq!(receipt["ended"], "complete", "{method} {status}: {receipt}");
            assert_eq!(receipt["outcome"]["forwarded"]["status"], status);
        }
    }
}
