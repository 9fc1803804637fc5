//! Keywords in every protocol that comes with the program: each answers as its own bots would.

use serde_json::{Value, json};

use super::KEYWORDS;
use crate::{
    client::chat_of,
    house::House,
    written::{SHOP, Written},
};

async fn before(profile: &str) -> House {
    Written::policy(SHOP).route(&format!("path: /chat, profile: {profile}, {KEYWORDS}")).open().await
}

async fn asks(house: &House, request: Value) -> Value {
    let answer = house.ask(chat_of("ada", &request.to_string())).await;
    assert_eq!(
        (answer.status, &answer.headers["content-type"]),
        (200.try_into().unwrap(), &"application/json".parse().unwrap())
    );
    serde_json::from_str(answer.text()).unwrap()
}

/// The events of a stream: what each is called, and its data.
async fn hears(house: &House, request: Value) -> Vec<(String, Value)> {
    let answer = house.ask(chat_of("ada", &request.to_string())).await;
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let event = |event: &str| {
        let (name, data) = event.split_once('\n').unwrap();
        let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        (name.strip_prefix("event: ").unwrap().to_owned(), data)
    };
    answer.text().split_terminator("\n\n").map(event).collect()
}

fn each_says_what_it_is_called(events: &[(String, Value)]) {
    assert!(events.iter().all(|(name, data)| data["type"] == **name), "{events:?}");
}

#[tokio::test]
async fn anthropic_messages() {
    let house = before("anthropic-messages").await;
    let request = |stream: bool, content: Value| {
        json!({"model": "m", "max_tokens": 9, "stream": stream, "messages": [
            {"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}, {"role": "user", "content": content}
        ]})
    };
    let answer = asks(&house, request(false, json!("STOP"))).await;
    assert_eq!((&answer["type"], &answer["role"]), (&json!("message"), &json!("assistant")));
    assert_eq!(answer["content"], json!([{"type": "text", "text": "You are unsubscribed."}]));
    let events = hears(&house, request(true, json!([{"type": "text", "text": "STOP"}]))).await;
    each_says_what_it_is_called(&events);
    assert_eq!(events[2].1["delta"], json!({"type": "text_delta", "text": "You are unsubscribed."}));
    assert_eq!(events.last().unwrap().0, "message_stop");
    house.bot.assert_untouched();
    let tool = json!([{"type": "tool_result", "tool_use_id": "t", "content": "STOP"}]);
    house.ask(chat_of("ada", &request(false, tool).to_string())).await;
    assert_eq!(house.bot.requests().len(), 1, "what a tool says is nothing that a person wrote");
    let receipts = house.receipts_soon(3).await;
    assert_eq!(receipts[1]["outcome"]["obeyed"]["decision"], "withdraw");
}

#[tokio::test]
async fn openai_responses() {
    let house = before("openai-responses").await;
    let answer = asks(&house, json!({"model": "m", "input": "stop"})).await;
    assert_eq!((&answer["object"], &answer["status"]), (&json!("response"), &json!("completed")));
    let content = json!([{"type": "output_text", "text": "You are unsubscribed.", "annotations": []}]);
    assert_eq!(answer["output"][0]["content"], content);
    let said =
        json!([{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "STOP"}]}]);
    let events = hears(&house, json!({"model": "m", "input": said, "stream": true})).await;
    each_says_what_it_is_called(&events);
    for (number, (_, data)) in events.iter().enumerate() {
        assert_eq!(data["sequence_number"], number);
    }
    assert_eq!(events[3].1["delta"], "You are unsubscribed.");
    let (name, last) = events.last().unwrap();
    assert_eq!(name, "response.completed");
    assert_eq!(last["response"]["output"][0]["content"], content);
    house.bot.assert_untouched();
    let output = json!([{"type": "function_call_output", "call_id": "c", "output": "STOP"}]);
    house.ask(chat_of("ada", &json!({"input": output}).to_string())).await;
    assert_eq!(house.bot.requests().len(), 1);
}
