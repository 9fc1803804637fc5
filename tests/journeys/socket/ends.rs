//! How sockets end, and that each leaves one receipt.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;
use yawc::{Frame, close::CloseCode};

use super::{bot::Said, house, person::Ask};
use crate::{client::Http, ledger::receipts_in, written::Written};

const SILENT: &str = "policy: shop\nversion: 1\nundeclared: forward\n";

fn close(code: u16, reason: &str) -> Frame {
    Frame::close(CloseCode::from(code), reason)
}

/// A close frame that says nothing.
fn bare() -> Frame {
    let mut frame = close(1000, "");
    *frame.payload_mut() = Bytes::new();
    frame
}

fn closed(code: Option<u16>, reason: &str) -> Said {
    Said::Close(code, reason.to_owned())
}

#[tokio::test]
async fn codes_pass_and_reasons_pass_as_texts_do() {
    for (policy, frame, arrives) in [
        (None, close(4001, "see ada@example.com"), closed(Some(4001), "")),
        (None, close(4001, r#"{"email":"ada@example.com"}"#), closed(Some(4001), "{}")),
        (None, bare(), closed(None, "")),
        (Some(SILENT), close(1000, "done"), closed(Some(1000), "done")),
    ] {
        let (house, echo) = house(policy.map_or_else(Written::shop, Written::policy)).await;
        let mut ada = house.socket(&Ask::ada()).await;
        let said = Said::of(&frame);
        assert_eq!(ada.closes(frame).await, said, "she hears her own words");
        assert_eq!(echo.heard_soon(2).await, [arrives, Said::Gone]);
        let receipt = house.receipt().await;
        assert_eq!(receipt["messages"]["closed"]["by"], "person");
        assert_eq!(receipt["ended"], "complete");
    }
}

#[tokio::test]
async fn a_bot_may_close_the_socket_and_say_why() {
    for http in Http::BOTH {
        let (house, echo) = house(Written::shop()).await;
        let mut ada = house.socket(&Ask::ada().over(http)).await;
        echo.says(close(4002, "tired"));
        assert_eq!(ada.hears().await, closed(Some(4002), "tired"));
        assert_eq!(ada.hears().await, Said::Gone);
        let receipt = house.receipt().await;
        assert_eq!(receipt["messages"]["closed"], serde_json::json!({"by": "bot", "code": 4002}));
        assert_eq!(receipt["ended"], "complete");
    }
}

#[tokio::test]
async fn whoever_goes_without_a_word_leaves_one_receipt_and_the_other_side_is_told() {
    for http in Http::BOTH {
        let (house, echo) = house(Written::shop()).await;
        let mut ada = house.socket(&Ask::ada().over(http)).await;
        ada.asks("{}").await;
        drop(ada);
        assert_eq!(echo.heard_soon(2).await[1], closed(Some(1001), ""));
        let receipt = house.receipt().await;
        assert_eq!(
            (&receipt["ended"], &receipt["messages"]["to_bot"]["count"]),
            (&"client-gone".into(), &1.into())
        );
        let mut ada = house.socket(&Ask::ada().over(http)).await;
        ada.asks("{}").await;
        echo.breaks_off();
        ada.is_told(1011, "bot-broken").await;
        assert_eq!(house.receipts_soon(2).await[1]["ended"], "bot-gone");
    }
}

#[tokio::test]
async fn who_breaks_the_protocol_is_told_so() {
    for (frame, code) in [
        (Frame::continuation("x"), 1002),
        (Frame::text(vec![0xff]), 1007),
        (close(1005, ""), 1002),
        (close(999, ""), 1002),
    ] {
        let (house, echo) = house(Written::shop()).await;
        let mut ada = house.socket(&Ask::ada()).await.streaming();
        ada.says(frame).await;
        assert!(matches!(ada.hears().await, Said::Close(Some(told), _) if told == code), "{code}");
        assert_eq!(echo.heard_soon(1).await[0], closed(Some(1001), ""));
        let receipt = house.receipt().await;
        assert_eq!(receipt["messages"]["closed"], serde_json::json!({"by": "assentry", "code": code}));
    }
}

#[tokio::test]
async fn a_proxy_that_stops_waits_for_sockets_and_then_says_goodbye() {
    for http in Http::BOTH {
        let (house, echo) = house(Written::shop().more("timeouts: {drain: 100ms}")).await;
        let mut ada = house.socket(&Ask::ada().over(http)).await;
        let stopping = tokio::spawn(house.close());
        ada.is_told(1001, "").await;
        assert_eq!(echo.heard_soon(1).await[0], closed(Some(1001), ""));
        let folder = stopping.await.unwrap();
        let receipts = receipts_in(&folder);
        assert_eq!((receipts.len(), &receipts[0]["messages"]["closed"]["by"]), (1, &"assentry".into()));
    }
    for http in Http::BOTH {
        let (house, _) = house(Written::shop()).await;
        let mut ada = house.socket(&Ask::ada().over(http)).await;
        let stopping = tokio::spawn(house.close());
        sleep(Duration::from_millis(50)).await;
        assert_eq!(ada.asks("{}").await, "{}", "it goes on while the proxy waits");
        ada.closes(close(1000, "")).await;
        assert_eq!(receipts_in(&stopping.await.unwrap())[0]["ended"], "complete");
    }
}

#[tokio::test]
async fn an_end_that_is_silent_is_asked_whether_it_is_there() {
    for http in Http::BOTH {
        let written = Written::shop().more("timeouts: {socket_idle: 300ms, idle: 100ms}");
        let (house, echo) = house(written).await;
        let mut ada = house.socket(&Ask::ada().over(http)).await;
        let listening = tokio::time::timeout(Duration::from_millis(1_200), ada.hears()).await;
        assert!(listening.is_err(), "she answers, and so does the bot: {listening:?}");
        assert!(echo.pings() > 1);
        assert_eq!(ada.asks("{}").await, "{}");
        // Now she does not even listen.
        let receipt = house.receipt().await;
        assert_eq!(receipt["ended"], "client-gone");
        assert_eq!(receipt["messages"]["closed"], serde_json::json!({"by": "assentry", "code": 1001}));
    }
}
