//! Streams as the protocols' documentation shows them: which strings are pieces of which text, and when it ends.

use std::collections::BTreeMap;

use super::*;

/// What a client would make of a stream: the texts, put together.
#[derive(Default)]
struct Listener {
    texts: Vec<(TextKey, String, Inside)>,
    /// What came, event by event, in a few words.
    told: Vec<String>,
    /// Texts that ended, by the number of the event.
    ended: Vec<(usize, String)>,
    repeated: Vec<String>,
}

impl Listener {
    fn to(name: &str, events: &[&str]) -> Self {
        let profile = shipped(name);
        let mut listener = Self::default();
        for (number, event) in events.iter().enumerate() {
            let reading = look(event, |document| profile.stream.read(document));
            listener.hear(number, event, &reading);
        }
        listener
    }

    fn hear(&mut self, number: usize, event: &str, reading: &Reading) {
        let mut told = Vec::new();
        for delta in &reading.deltas {
            let piece: String = serde_json::from_str(event.get(delta.at.clone()).unwrap()).unwrap();
            let known = self.texts.iter().position(|(key, _, _)| *key == delta.key).unwrap_or_else(|| {
                self.texts.push((delta.key.clone(), String::new(), delta.inside));
                self.texts.len() - 1
            });
            self.texts[known].1.push_str(&piece);
            told.push(format!("{known}+{piece}"));
        }
        self.told.push(told.join(" "));
        for (key, text, _) in &self.texts {
            if reading.ends.iter().any(|ending| ending.ends(key))
                && self.ended.iter().all(|(_, ended)| ended != text)
            {
                self.ended.push((number, text.clone()));
            }
        }
        self.repeated.extend(reading.repeats.iter().map(|at| string_at(event, *at)));
    }

    fn texts(&self) -> Vec<&str> {
        self.texts.iter().map(|(_, text, _)| text.as_str()).collect()
    }

    fn ended(&self) -> BTreeMap<&str, usize> {
        self.ended.iter().map(|(number, text)| (text.as_str(), *number)).collect()
    }
}

#[test]
fn chat_completions_tell_choices_tools_and_fields_apart() {
    let heard = Listener::to(
        "openai-chat",
        &[
            r#"{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"fp","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"obfuscation":"x9"}"#,
            r#"{"id":"c1","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null},{"index":1,"delta":{"content":"Good"},"finish_reason":null}]}"#,
            r#"{"id":"c1","choices":[{"index":1,"delta":{"content":" day"},"finish_reason":null},{"index":0,"delta":{"content":"lo","reasoning_content":"hm"},"finish_reason":null}]}"#,
            r#"{"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"look","arguments":""}},{"index":1,"id":"call_2","type":"function","function":{"name":"call","arguments":"{}"}}]},"finish_reason":null}]}"#,
            r#"{"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]},"finish_reason":null}]}"#,
            r#"{"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"logprobs":{"content":[{"token":"no","bytes":[110,111]}]},"finish_reason":null}]}"#,
            r#"{"id":"c1","choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}"#,
            r#"{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
            r#"{"id":"c1","choices":[],"usage":{"prompt_tokens":1}}"#,
        ],
    );
    assert_eq!(heard.texts(), ["Hello", "Good day", "hm", "{\"a\":1}", "{}"]);
    let inside: Vec<Inside> = heard.texts.iter().map(|(_, _, inside)| *inside).collect();
    assert_eq!(inside, [Inside::Plain, Inside::Plain, Inside::Plain, Inside::Json, Inside::Json]);
    assert_eq!(heard.ended(), [("Good day", 6), ("Hello", 7), ("hm", 7), ("{\"a\":1}", 7), ("{}", 7)].into());
}

#[test]
fn a_field_that_nobody_has_heard_of_is_a_text_of_its_own() {
    let heard = Listener::to(
        "openai-chat",
        &[
            r#"{"choices":[{"delta":{"content":"","record_field":"4111 11"}}]}"#,
            r#"{"choices":[{"delta":{"content":"Hi","record_field":"11 1111","deep":{"er":["a"]}},"beside":"x"}]}"#,
            r#"{"choices":[{"delta":{"record_field":" 1111","deep":{"er":["b"]}},"beside":"y","index":0}]}"#,
        ],
    );
    assert_eq!(heard.texts(), ["Hi", "4111 1111 1111 1111", "ab", "xy"]);
}

#[test]
fn the_end_of_one_choice_is_not_that_of_another_whose_number_begins_alike() {
    let heard = Listener::to(
        "openai-chat",
        &[
            r#"{"choices":[{"index":1,"delta":{"content":"one"}},{"index":12,"delta":{"content":"twelve"}}]}"#,
            r#"{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}"#,
        ],
    );
    assert_eq!(heard.ended(), [("one", 1)].into());
}

#[test]
fn an_empty_reason_to_finish_is_none() {
    let heard = Listener::to(
        "openai-chat",
        &[
            r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":""}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":null}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"c"},"finish_reason":"length"}]}"#,
        ],
    );
    assert_eq!(heard.ended(), [("abc", 2)].into());
}

#[test]
fn what_comes_once_and_whole_is_no_piece() {
    let heard = Listener::to(
        "openai-chat",
        &[
            r#"{"provider":"P","choices":[{"index":0,"message":{"content":"whole"},"content_filter_results":{"hate":{"severity":"safe"}},"delta":{"annotations":[{"title":"t"}]},"native_finish_reason":"stop"}]}"#,
        ],
    );
    assert_eq!(heard.told, [""]);
    let heard = Listener::to(
        "anthropic-messages",
        &[
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"cited_text":"a"}}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB"}}"#,
        ],
    );
    assert_eq!(heard.told, ["", ""]);
}

#[test]
fn messages_tell_blocks_apart_and_each_ends_with_its_own_stop() {
    let heard = Listener::to(
        "anthropic-messages",
        &[
            r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"output_tokens":1}}}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Oh"}}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":", hel"}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"},"unheard":"of"}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"location\":"}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":" \"SF\"}"}}"#,
            r#"{"type":"content_block_stop","index":1}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15}}"#,
            r#"{"type":"message_stop"}"#,
        ],
    );
    assert_eq!(heard.texts(), ["Oh, hello", "of", "{\"location\": \"SF\"}"]);
    assert_eq!(heard.texts[2].2, Inside::Json);
    assert_eq!(heard.ended(), [("Oh, hello", 5), ("of", 5), ("{\"location\": \"SF\"}", 9)].into());
}

#[test]
fn responses_tell_items_and_parts_apart_and_repeat_them_at_their_end() {
    let events = [
        r#"{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","model":"m","output":[]}}"#,
        r#"{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}"#,
        r#"{"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}"#,
        r#"{"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hel","logprobs":[{"token":"Hel"}],"obfuscation":"q8"}"#,
        r#"{"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"lo"}"#,
        r#"{"type":"response.output_text.done","sequence_number":5,"item_id":"msg_1","output_index":0,"content_index":0,"text":"Hello"}"#,
        r#"{"type":"response.content_part.done","sequence_number":6,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"Hello","annotations":[]}}"#,
        r#"{"type":"response.output_item.done","sequence_number":7,"output_index":0,"item":{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}}"#,
        r#"{"type":"response.function_call_arguments.delta","sequence_number":8,"item_id":"fc_1","output_index":1,"delta":"{\"a\":"}"#,
        r#"{"type":"response.function_call_arguments.delta","sequence_number":9,"item_id":"fc_1","output_index":1,"delta":"1}"}"#,
        r#"{"type":"response.reasoning_summary_text.delta","sequence_number":10,"item_id":"rs_1","output_index":2,"summary_index":0,"delta":"Think"}"#,
        r#"{"type":"response.output_item.done","sequence_number":11,"output_index":1,"item":{"id":"fc_1","type":"function_call","call_id":"call_1","name":"look","arguments":"{\"a\":1}"}}"#,
        r#"{"type":"response.something_new.delta","sequence_number":12,"item_id":"x","output_index":3,"delta":{"stdout":"a"}}"#,
        r#"{"type":"response.something_new.delta","sequence_number":13,"item_id":"x","output_index":3,"delta":{"stdout":"b"}}"#,
        r#"{"type":"response.completed","sequence_number":14,"response":{"id":"resp_1","object":"response","status":"completed","output":[{"id":"msg_1","type":"message","content":[{"type":"output_text","text":"Hello"}]}]}}"#,
    ];
    let heard = Listener::to("openai-responses", &events);
    assert_eq!(heard.texts(), ["Hello", "{\"a\":1}", "Think", "ab"]);
    assert_eq!(heard.texts[1].2, Inside::Json);
    assert_eq!(heard.ended(), [("Hello", 5), ("{\"a\":1}", 11), ("Think", 14), ("ab", 14)].into());
    assert_eq!(heard.repeated, ["Hello", "Hello", "Hello", "{\"a\":1}", "Hello"]);
    let profile = shipped("openai-responses");
    for (number, event) in events.iter().enumerate() {
        let sequence = look(event, |document| profile.stream.read(document)).sequence.unwrap();
        assert_eq!(event.get(sequence).unwrap(), number.to_string());
    }
}

#[test]
fn the_plain_chat_streams_deltas_until_it_is_done() {
    let heard = Listener::to(
        "json-chat",
        &[
            r#"{"delta":"Hel"}"#,
            r#"{"id":"b","delta":"Good"}"#,
            r#"{"delta":"lo","done":false}"#,
            r#"{"id":"b","done":true,"reply":"Good"}"#,
            r#"{"done":true,"reply":"Hello"}"#,
        ],
    );
    assert_eq!(heard.texts(), ["Hello", "Good"]);
    assert_eq!(heard.ended(), [("Good", 3), ("Hello", 4)].into());
    assert_eq!(heard.repeated, ["Good", "Hello"]);
}

#[test]
fn an_error_ends_every_text() {
    for (name, piece, error) in [
        (
            "openai-chat",
            r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
            r#"{"error":{"message":"m"}}"#,
        ),
        (
            "anthropic-messages",
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
        ),
        (
            "openai-responses",
            r#"{"type":"response.output_text.delta","item_id":"i","output_index":0,"content_index":0,"delta":"a"}"#,
            r#"{"type":"error","code":"c","message":"m","param":null,"sequence_number":1}"#,
        ),
    ] {
        assert_eq!(Listener::to(name, &[piece, error]).ended(), [("a", 1)].into(), "{name}");
    }
}

#[test]
fn keys_do_not_depend_on_how_a_value_is_written() {
    let heard = Listener::to(
        "openai-responses",
        &[
            r#"{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"a"}"#,
            r#"{"delta":"b","content_index":0,"type":"response.output_text.delta","item_id":"msg\u005f1","output_index":0,"summary_index":null}"#,
            r#"{"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":"c"}"#,
        ],
    );
    assert_eq!(heard.texts(), ["ab", "c"]);
}

#[test]
fn what_was_held_back_is_released_in_an_event_like_the_last() {
    let event = r#"{"id":"c1","choices":[{"index":0,"delta":{"content":"a \"b\" c","x":"y"}},{"index":1,"delta":{"content":"d"}}]}"#;
    let stream = shipped("openai-chat").stream;
    let reading = look(event, |document| stream.read(document));
    let again = reading.again(event.as_bytes(), &reading.deltas[2].key, "\"tail\"").unwrap();
    let expected = r#"{"id":"c1","choices":[{"index":0,"delta":{"content":"","x":""}},{"index":1,"delta":{"content":"\"tail\""}}]}"#;
    assert_eq!(String::from_utf8(again).unwrap(), expected);
    let other = look(expected, |document| stream.read(document));
    assert_eq!(other.deltas[2].key, reading.deltas[2].key, "it continues the same text");
    let elsewhere =
        look(r#"{"choices":[{"index":7,"delta":{"content":"z"}}]}"#, |document| stream.read(document));
    assert_eq!(reading.again(event.as_bytes(), &elsewhere.deltas[0].key, "x"), None);
}

#[test]
fn a_block_is_not_opened_twice() {
    let event = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Oh"}}"#;
    let reading = look(event, |document| shipped("anthropic-messages").stream.read(document));
    assert!(reading.deltas[0].opens);
    assert_eq!(reading.again(event.as_bytes(), &reading.deltas[0].key, "x"), None);
}

#[test]
fn sentinels_are_known_with_blanks_around_them() {
    for (name, passes) in [("openai-chat", true), ("anthropic-messages", false), ("json-chat", true)] {
        assert_eq!(shipped(name).stream.is_sentinel(b" [DONE]"), passes, "{name}");
    }
    assert!(StreamShape::unknown().is_sentinel(b"[DONE]"));
    assert!(!StreamShape::unknown().is_sentinel(b"[DONE] alice@example.com"));
}
