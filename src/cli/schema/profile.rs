//! The schema of profile files.
//!
//! The rule: as for policies, one definition for each noun, described in the words of the documentation.

use serde_json::{Value, json};

/// The schema.
pub(super) fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Assentry profile",
        "description": "What the messages of one chatbot protocol look like.",
        "type": "object",
        "required": ["profile", "title", "source", "to_bot", "to_person"],
        "additionalProperties": false,
        "properties": {
            "profile": {
                "type": ["string", "number", "boolean"], "pattern": "^[\\p{L}\\p{N}_.-]{1,64}$",
                "description": "The profile's name."
            },
            "title": {"$ref": "#/$defs/text", "description": "What it is."},
            "source": {"$ref": "#/$defs/text", "description": "Where its author learned what it says, and when."},
            "history": {
                "type": "boolean",
                "description": "Whether each request brings the conversation so far, and its answer comes in the same exchange."
            },
            "turn": {
                "type": "object",
                "description": "What a person wrote last, and what an answer to it looks like: for `keywords`.",
                "properties": {
                    "messages": {"$ref": "#/$defs/text", "description": "The list of messages, oldest first; left out where a request is one."},
                    "said_by": {"$ref": "#/$defs/text", "description": "What `role` says in a person's message."},
                    "text": {"$ref": "#/$defs/text", "description": "The member with the text, or with a list of parts."},
                    "answer": {"$ref": "#/$defs/text", "description": "A reply as JSON, with `[answer]` in it; `[exchange]` and `[time]` are filled in, too."},
                    "stream": {
                        "type": "object",
                        "properties": {
                            "when": {"$ref": "#/$defs/text", "description": "Where a request asks for a stream, by `true`."},
                            "events": {"type": "array", "items": {"$ref": "#/$defs/text"}, "description": "The events, as JSON, or a sentinel."}
                        },
                        "required": ["when", "events"],
                        "additionalProperties": false
                    }
                },
                "required": ["text", "answer"],
                "additionalProperties": false
            },
            "socket": {
                "enum": ["plain", "engine-io", "signalr"],
                "description": "How messages are put into the frames of a WebSocket."
            },
            "subject": {
                "type": "object", "required": ["claimed"], "additionalProperties": false,
                "properties": {
                    "claimed": {
                        "$ref": "#/$defs/places",
                        "description": "Places in a request that may name the subject. The protocol proves none of them."
                    }
                }
            },
            "to_bot": {"$ref": "#/$defs/side", "description": "Messages to the bot."},
            "to_person": {"$ref": "#/$defs/side", "description": "Messages to the person: whole replies, and events."},
            "stream": stream()
        },
        "$defs": {
            "text": {"type": ["string", "number", "boolean"], "pattern": "\\S"},
            "place": {
                "type": "string", "pattern": "^\\$",
                "description": "A JSONPath (RFC 9535) of names, `*` and `..`.",
                "examples": ["$", "$.messages[*].role", "$..email"]
            },
            "way": {
                "type": "string", "pattern": "^\\$",
                "description": "A JSONPath of names and `[*]`.",
                "examples": ["$", "$.delta", "$.choices[*].delta"]
            },
            "single": {"type": "string", "pattern": "^\\$", "description": "A JSONPath of names.", "examples": ["$.item.id"]},
            "places": one_or_more("place"),
            "ways": one_or_more("way"),
            "singles": one_or_more("single"),
            "side": side(),
            "when": when(),
            "delta": delta(),
            "end": end(),
            "repeat": repeat()
        }
    })
}

fn one_or_more(what: &str) -> Value {
    let one = json!({"$ref": format!("#/$defs/{what}")});
    json!({"oneOf": [one, {"type": "array", "items": one}]})
}

/// Nothing, one, or a list.
fn any_number(what: &str) -> Value {
    let one = json!({"$ref": format!("#/$defs/{what}")});
    json!({"oneOf": [one, {"type": "array", "items": one}, {"type": "null"}]})
}

fn side() -> Value {
    let text = json!({
        "oneOf": [
            {"$ref": "#/$defs/place"},
            {
                "type": "object", "required": ["at", "inside"], "additionalProperties": false,
                "properties": {
                    "at": {"$ref": "#/$defs/place"},
                    "inside": {"enum": ["json"], "description": "The strings hold JSON documents."}
                }
            }
        ]
    });
    let personal = json!({"type": "string", "pattern": "^(\\$|(header|cookie|query|form|path):.)"});
    json!({
        "type": "object",
        "required": ["texts"],
        "additionalProperties": false,
        "properties": {
            "texts": {
                "description": "Where people, bots or tools wrote something: every string at a place and below it, unless it is needed, opaque or an echo.",
                "oneOf": [text, {"type": "array", "minItems": 1, "items": text}]
            },
            "personal": {
                "description": "Where the protocol itself has personal data.",
                "oneOf": [personal, {"type": "array", "items": personal}, {"type": "null"}]
            },
            "needs": described(any_number("place"), "What the protocol needs to work: roles, types, ids, settings. It is never text."),
            "opaque": described(any_number("place"), "Strings that nobody reads and no text rule may touch: binary data, signatures."),
            "echoes": described(any_number("place"), "Places that spell texts once more, such as tokens with their bytes. Where a text rule binds they become `null`.")
        }
    })
}

fn described(mut schema: Value, description: &str) -> Value {
    if let Some(members) = schema.as_object_mut() {
        members.insert("description".to_owned(), description.into());
    }
    schema
}

fn stream() -> Value {
    json!({
        "type": "object",
        "description": "What a stream of events to the person looks like.",
        "additionalProperties": false,
        "properties": {
            "sentinels": {
                "description": "Data that is no JSON and no event, but part of the protocol: `[DONE]`.",
                "oneOf": [
                    {"$ref": "#/$defs/text"},
                    {"type": "array", "items": {"$ref": "#/$defs/text"}},
                    {"type": "null"}
                ]
            },
            "sequence": {"$ref": "#/$defs/single", "description": "The number that counts the events."},
            "told_apart_by": {
                "$ref": "#/$defs/text",
                "description": "The member by which elements of an array are told apart; without it, by where they stand."
            },
            "deltas": described(any_number("delta"), "Which strings are pieces of a text. The first that speaks of a string decides."),
            "ends": described(any_number("end"), "Which events end which texts."),
            "repeats": described(any_number("repeat"), "Where texts that came in pieces are repeated whole.")
        }
    })
}

fn when() -> Value {
    let scalar = json!({"type": ["string", "number", "boolean"], "pattern": "\\S"});
    json!({
        "type": "object",
        "description": "Which events are meant: what must stand where. `any` is anything but `null`.",
        "minProperties": 1,
        "propertyNames": {"pattern": "^\\$"},
        "additionalProperties": {"oneOf": [scalar, {"type": "array", "minItems": 1, "items": scalar}]},
        "examples": [{"$.type": "response.output_text.delta"}]
    })
}

fn delta() -> Value {
    json!({
        "type": "object",
        "required": ["at"],
        "additionalProperties": false,
        "properties": {
            "when": {"$ref": "#/$defs/when"},
            "at": {"$ref": "#/$defs/way", "description": "Every string at the place and below it."},
            "key": {"$ref": "#/$defs/singles", "description": "The values that say which text a piece belongs to."},
            "as": {"$ref": "#/$defs/way", "description": "The place whose texts these strings continue, where it is another."},
            "inside": {"enum": ["json"], "description": "The texts hold JSON documents."},
            "whole": {"type": "boolean", "description": "These are whole texts, although a later rule would take them for pieces."}
        },
        "if": {"properties": {"whole": {"const": true}}, "required": ["whole"]},
        "then": {"properties": {"key": false, "as": false, "inside": false}}
    })
}

fn end() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "when": {"$ref": "#/$defs/when"},
            "at": {
                "$ref": "#/$defs/way",
                "description": "Where something must stand other than `null`, `false` and an empty string; what ends are the texts of the elements on the way there."
            },
            "key": {
                "$ref": "#/$defs/singles",
                "description": "The first of the values that the texts are keyed by; without it, all texts end."
            }
        },
        "anyOf": [{"required": ["when"]}, {"required": ["at"]}]
    })
}

fn repeat() -> Value {
    json!({
        "type": "object",
        "required": ["at"],
        "additionalProperties": false,
        "properties": {"when": {"$ref": "#/$defs/when"}, "at": {"$ref": "#/$defs/ways"}}
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{complaint::Source, profile::Profile, yaml};

    fn complaints(text: &str) -> Vec<String> {
        let validator = jsonschema::draft202012::new(&schema()).unwrap();
        let file = yaml::parse(text).unwrap().to_json();
        validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    const LEAST: &str = "profile: p\ntitle: P\nsource: S\nto_bot: {texts: $}\nto_person: {texts: $}\n";

    #[test]
    fn every_profile_shipped_is_valid() {
        assert!(jsonschema::draft202012::meta::is_valid(&schema()));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/profiles");
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let found = complaints(&std::fs::read_to_string(&file).unwrap());
            assert!(found.is_empty(), "{}: {found:#?}", file.display());
        }
    }

    #[test]
    fn everything_that_a_profile_can_say_is_valid_and_loads() {
        let text = "profile: p
title: P
source: S
history: true
socket: engine-io
subject: {claimed: $.user}
to_bot:
  texts: [$.a, {at: $.b, inside: json}]
  personal: [$..email, 'header:x-user']
  needs: $.model
  opaque: [$.data]
  echoes:
to_person: {texts: $, needs: []}
stream:
  sentinels: '[DONE]'
  sequence: $.n
  told_apart_by: index
  deltas:
    - {at: $.x, whole: true}
    - {when: {$.type: [a, 1, true], $.b: any}, at: '$.c[*]', key: [$.k], as: $.d, inside: json}
  ends: [{at: '$.c[*].stop'}, {when: {$.type: z}, key: $.k}]
  repeats: {when: {$.type: z}, at: [$.a, $.b]}
";
        assert_eq!(complaints(text), [""; 0]);
        assert!(Profile::parse(Source::new("p.yaml", text)).is_ok());
    }

    #[test]
    fn a_slip_of_the_pen_is_neither_valid_nor_loaded() {
        assert_eq!(complaints(LEAST), [""; 0]);
        for slip in [
            "titel: T",
            "history: maybe",
            "socket: socketio",
            "subject: {proven: $.a}",
            "stream: {deltas: [{key: $.a}]}",
            "stream: {deltas: [{at: $.a, whole: true, inside: json}]}",
            "stream: {deltas: [{at: $.a, when: {}}]}",
            "stream: {ends: [{key: $.a}]}",
            "stream: {repeats: [{when: {$.a: x}}]}",
            "stream: {repeats: [{at: a}]}",
        ] {
            let text = format!("{LEAST}{slip}\n");
            assert!(!complaints(&text).is_empty(), "{slip}");
            assert!(Profile::parse(Source::new("p.yaml", text)).is_err(), "{slip}");
        }
    }
}
