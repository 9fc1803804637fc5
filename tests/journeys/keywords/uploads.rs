//! Keywords among the events of a stream that a client sends.

use serde_json::json;

use super::{decisions, written};
use crate::uploads::Upload;

const ASKED: &str = r#"{"text":"hi","context":{"purchases":[1]}}"#;
const WITHOUT: &str = r#"{"text":"hi","context":{}}"#;

#[tokio::test]
async fn an_event_that_is_a_keyword_stays_here_and_the_next_goes_under_the_new_decision() {
    for (media_type, before, after) in
        [("application/x-ndjson", "", "\n"), ("text/event-stream", "event: said\ndata: ", "\n\n")]
    {
        let mut upload = Upload::begin(written("json-chat"), media_type).await;
        upload.house.decide("ada", "grant personalisation").await;
        let event = |text: &str| format!("{before}{text}{after}");
        upload.send(&event(ASKED)).await;
        assert_eq!(upload.arrives().await, event(ASKED));
        upload.send(&event(r#"{"text":"STOP"}"#)).await;
        upload.send(&event(ASKED)).await;
        assert_eq!(upload.arrives().await, event(WITHOUT));
        let (house, answer, _) = upload.end().await;
        assert_eq!(answer.text(), "ok", "the reply is the bot's");
        let receipt = house.receipt().await;
        assert_eq!(receipt["outcome"], json!({"forwarded": {"status": 200}}));
        assert_eq!(receipt["messages"]["obeyed"][0]["decision"], "withdraw", "{receipt}");
        assert_eq!(receipt["messages"]["to_bot"]["count"], 2);
        let decided = decisions(house, "ada").await;
        assert_eq!(decided[1..], ["withdraw personalisation keyword", "object analytics keyword"]);
    }
}

#[tokio::test]
async fn whoever_could_be_anybody_is_told_to_sign_in_and_the_stream_is_broken_off() {
    let written = written("json-chat").subjects("- cookie: {name: nobody-has-it, namespace: login}");
    let mut upload = Upload::begin(written, "application/x-ndjson").await;
    upload.send(&format!("{ASKED}\n")).await;
    assert_eq!(upload.arrives().await, format!("{WITHOUT}\n"));
    upload.send("{\"text\":\"STOP\"}\n").await;
    assert_eq!(upload.arrives().await, "broken");
    let (house, answer, _) = upload.end().await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("Please sign in"), "{}", answer.text());
    let receipt = house.receipt().await;
    assert_eq!(receipt["outcome"], json!({"refused": {"problem": "not-signed-in", "status": 200}}));
    assert_eq!(receipt["messages"]["not_signed_in"], 1, "{receipt}");
}
