//! What becomes of each message.

use bytes::Bytes;
use yawc::{Frame, close::CloseCode};

use super::{
    bot::{Echo, Said},
    house,
    person::Ask,
};
use crate::{
    client::Http,
    written::{SHOP, Written},
};

const ASKED: &str = r#"{"text": "Which shoes?", "context": {"purchases": [{"sku": "A1"}], "n": 1.50}}"#;
const WITHOUT: &str = r#"{"text": "Which shoes?", "context": {"n": 1.50}}"#;
const SILENT: &str = "policy: shop\nversion: 1\nundeclared: forward\n";

#[tokio::test]
async fn every_message_is_rewritten_over_either_protocol_compressed_or_not() {
    for http in Http::BOTH {
        let (house, echo) = house(Written::shop()).await;
        for ask in [Ask::ada().over(http), Ask::ada().over(http).compressed()] {
            let mut ada = house.socket(&ask).await;
            let long = ASKED.replace("shoes", &"shoes ".repeat(2_000));
            for (said, arrives) in
                [(ASKED, WITHOUT), (&long, &WITHOUT.replace("shoes", &"shoes ".repeat(2_000)))]
            {
                assert_eq!(ada.asks(said).await, arrives, "{http:?}");
                assert_eq!(echo.last(), arrives);
            }
            assert_eq!(
                ada.closes(Frame::close(CloseCode::Normal, [])).await,
                Said::Close(Some(1000), String::new())
            );
        }
        assert_eq!(house.receipts_soon(2).await.len(), 2);
    }
}

#[tokio::test]
async fn what_is_found_in_the_text_of_a_message_goes_no_further_and_its_token_comes_back() {
    let policy = format!(
        "{SILENT}purposes: {{news: {{title: N, basis: consent}}}}\ndata:\n  \
         contact: {{in_text: [email], for: news, otherwise: pseudonymise}}\n  \
         number: {{in_text: [phone], for: news, otherwise: redact}}\n"
    );
    let (house, echo) = house(Written::policy(&policy)).await;
    let mut ada = house.socket(&Ask::ada()).await;
    let asked = r#"{"text": "I am ada@example.com, call 212-555-0143"}"#;
    let told = r#"{"text": "I am ada@example.com, call [phone]"}"#;
    assert_eq!(ada.asks(asked).await, told);
    let seen = echo.last();
    assert!(
        seen.starts_with(r#"{"text": "I am psn-email-"#) && seen.ends_with(r#", call [phone]"}"#),
        "{seen}"
    );
    // What the bot said before is said again: a token is taken for nothing.
    let token = seen.split("psn-").nth(1).and_then(|rest| rest.split(',').next()).unwrap().to_owned();
    assert_eq!(
        ada.asks(&format!("{{\"text\": \"It was psn-{token}\"}}")).await,
        r#"{"text": "It was ada@example.com"}"#
    );
}

#[tokio::test]
async fn a_message_in_pieces_is_put_together_before_it_is_rewritten() {
    let (house, echo) = house(Written::shop()).await;
    for ask in [Ask::ada(), Ask::ada().compressed()] {
        let mut ada = house.socket(&ask).await.streaming();
        let (first, rest) = ASKED.split_at(40);
        let (second, third) = rest.split_at(1);
        ada.says(Frame::text(first.to_owned()).with_fin(false)).await;
        ada.says(Frame::ping(Bytes::from_static(b"between"))).await;
        ada.says(Frame::continuation(second.to_owned()).with_fin(false)).await;
        ada.says(Frame::continuation(third.to_owned())).await;
        assert_eq!(ada.hears().await, Said::Ping(Bytes::from_static(b"between")));
        assert_eq!(ada.hears().await, Said::Text(WITHOUT.to_owned()));
        assert_eq!(echo.last(), WITHOUT);
    }
}

#[tokio::test]
async fn pings_are_answered_here_and_go_no_further() {
    let (house, echo) = house(Written::shop()).await;
    let mut ada = house.socket(&Ask::ada()).await;
    ada.says(Frame::ping(Bytes::from_static(b"ada@example.com"))).await;
    assert_eq!(ada.hears().await, Said::Ping(Bytes::from_static(b"ada@example.com")));
    ada.says(Frame::pong(Bytes::from_static(b"unasked"))).await;
    assert_eq!(ada.asks("{}").await, "{}");
    assert_eq!((echo.pings(), echo.heard().len()), (0, 1));
}

#[tokio::test]
async fn what_is_not_json_ends_the_socket_unless_the_route_lists_it_or_the_policy_is_silent() {
    let listed = "path: /chat, other_bodies: [text/plain, application/octet-stream]";
    let frames = || [(Frame::text("hello"), "text"), (Frame::binary(&b"\x00\xff"[..]), "binary")];
    for (frame, kind) in frames() {
        let (house, echo) = house(Written::shop()).await;
        let mut ada = house.socket(&Ask::ada()).await;
        ada.says(frame.clone()).await;
        ada.is_told(1003, "media-type").await;
        let receipt = house.receipt().await;
        assert_eq!(receipt["messages"]["refused"]["problem"], "media-type", "{kind}");
        assert_eq!(receipt["messages"]["refused"]["number"], 1);
        assert_eq!(receipt["messages"]["closed"]["by"], "assentry");
        assert_eq!(echo.heard_soon(1).await[0], Said::Close(Some(1001), String::new()));
    }
    for written in [Written::shop().route(listed), Written::policy(SILENT)] {
        let (house, _) = house(written).await;
        let mut ada = house.socket(&Ask::ada()).await;
        for (frame, _) in frames() {
            ada.says(frame.clone()).await;
            assert_eq!(ada.hears().await, Said::of(&frame));
        }
    }
}

#[tokio::test]
async fn json_that_can_be_read_in_two_ways_never_arrives() {
    for text in [r#"{"text":1,"text":2}"#, r#"{"text":1,}"#, "{", r#""a"#] {
        let written = Written::shop().route("path: /chat, other_bodies: [text/plain]");
        let (house, echo) = house(written).await;
        let mut ada = house.socket(&Ask::ada()).await;
        ada.says_text(text).await;
        ada.is_told(1007, "unreadable").await;
        assert!(matches!(echo.heard_soon(1).await[..], [Said::Close(..), ..]), "{text}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_socket_whole_in_pieces_or_unpacked() {
    let written = || Written::shop().more("limits: {message: 1KiB}");
    let fits = format!("[\"{}\"]", "x".repeat(1_020));
    let large = format!("[\"{}\"]", "x".repeat(1_021));
    for ask in [Ask::ada(), Ask::ada().compressed()] {
        let (house, echo) = house(written()).await;
        let mut ada = house.socket(&ask).await;
        assert_eq!(ada.asks(&fits).await, fits);
        ada.says_text(&large).await;
        ada.is_told(1009, "body-too-large").await;
        let receipt = house.receipt().await;
        assert_eq!(receipt["messages"]["refused"]["problem"], "body-too-large");
        assert_eq!((&receipt["messages"]["refused"]["number"], echo.heard().len().min(1)), (&2.into(), 1));
    }
    let (house, _) = house(written()).await;
    let mut ada = house.socket(&Ask::ada()).await.streaming();
    for piece in large.as_bytes().chunks(100) {
        let first = piece.starts_with(b"[");
        let frame = if first { Frame::text(piece.to_vec()) } else { Frame::continuation(piece.to_vec()) };
        ada.says(frame.with_fin(false)).await;
    }
    ada.is_told(1009, "body-too-large").await;
}

#[tokio::test]
async fn a_message_that_a_policy_refuses_ends_the_socket_and_is_told_in_the_receipt() {
    let policy =
        SHOP.replace("for: personalisation, otherwise: drop", "for: personalisation, otherwise: refuse");
    let (house, echo) = house(Written::policy(&policy)).await;
    let mut ada = house.socket(&Ask::ada()).await;
    assert_eq!(ada.asks("{}").await, "{}");
    ada.says_text(ASKED).await;
    ada.is_told(1008, "consent-missing").await;
    let receipt = house.receipt().await;
    let refused = &receipt["messages"]["refused"];
    assert_eq!((&refused["number"], &refused["direction"]), (&2.into(), &"to_bot".into()));
    assert_eq!(receipt["ended"], "complete");
    assert!(echo.heard().iter().all(|said| *said != Said::Text(ASKED.to_owned())));
}

#[tokio::test]
async fn the_receipt_sums_what_passed_and_tells_what_was_withheld_message_by_message() {
    let (house, _) = house(Written::shop()).await;
    let mut ada = house.socket(&Ask::ada()).await;
    for text in [r#"{"text":"a"}"#, ASKED, r#"{"text":"b","x":{"email":"ada@example.com"}}"#] {
        ada.asks(text).await;
    }
    ada.closes(Frame::close(CloseCode::Normal, [])).await;
    let mut receipt = house.receipt().await;
    for member in ["time", "exchange", "policy", "subject", "purposes"] {
        receipt.as_object_mut().unwrap().remove(member);
    }
    for section in receipt["messages"]["withheld"].as_array_mut().unwrap() {
        section.as_object_mut().unwrap().remove("time").unwrap();
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&receipt).unwrap());
}

#[tokio::test]
async fn messages_of_the_bot_arrive_unasked_and_in_order() {
    let (house, echo) = house(Written::shop()).await;
    let mut ada = house.socket(&Ask::ada()).await;
    for n in 0..100 {
        echo.says(Frame::text(format!("{{\"n\": {n}}}")));
    }
    for n in 0..100 {
        assert_eq!(ada.hears().await, Said::Text(format!("{{\"n\": {n}}}")));
    }
    ada.closes(Frame::close(CloseCode::Normal, [])).await;
    assert_eq!(house.receipt().await["messages"]["to_person"]["count"], 100);
}

#[tokio::test]
async fn what_the_policy_withholds_from_the_person_is_withheld_from_each_message_of_the_bot() {
    let policy = format!(
        "{SHOP}  guesses: {{to_person: [$..score, 'header:x-score'], for: personalisation}}\n  \
         staff: {{to_person: $.staff, otherwise: refuse}}\n"
    );
    let echo = Echo::new();
    let bot = echo.clone().bot(|reply| drop(reply.headers_mut().insert("x-score", "7".parse().unwrap())));
    let house = Written::policy(&policy).before(bot.await).await;
    let mut ada = house.socket(&Ask::ada()).await;
    assert!(!ada.headers.contains_key("x-score"));
    const GUESS: &str = r#"{"text":"hi","score":7}"#;
    for (words, arrives) in
        [("grant personalisation", GUESS), ("withdraw personalisation", r#"{"text":"hi"}"#)]
    {
        house.decide("ada", words).await;
        echo.says(Frame::text(GUESS));
        assert_eq!(ada.hears().await, Said::Text(arrives.to_owned()));
    }
    echo.says(Frame::text(r#"{"staff":1}"#));
    ada.is_told(1008, "forbidden").await;
    let told = Said::Close(Some(1008), "urn:assentry:problem:forbidden".to_owned());
    assert_eq!(echo.heard_soon(1).await[0], told, "its own message is at fault");
    let receipt = house.receipt().await;
    assert_eq!(receipt["messages"]["refused"]["direction"], "to_person");
    assert_eq!(receipt["messages"]["withheld"][0]["direction"], "to_person");
}
