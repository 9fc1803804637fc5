//! The schema of what a policy says about detection in texts.

use serde_json::{Value, json};

use crate::detect::{Check, Kinds, Languages, Pattern, Regions};

/// How a kind may be called.
const NAME: &str = "^[a-z][a-z0-9-]{0,39}$";

/// `detection`.
pub(super) fn schema() -> Value {
    let some = |one: Value| json!([one, {"type": "array", "items": one}]);
    let percent = json!({"type": "integer", "minimum": 0, "maximum": 100});
    json!({
        "description": "How personal data is found in texts.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": {
            "at_least": {
                "description": "How sure a finding has to be, of a hundred: for all kinds, or by kinds and groups. What is less sure is none.",
                "oneOf": [
                    percent,
                    {"type": "object", "propertyNames": {"pattern": NAME}, "additionalProperties": percent}
                ]
            },
            "regions": {
                "description": "Regions (ISO 3166-1) whose national telephone numbers and ids need no word beside them.",
                "oneOf": some(json!({"enum": Regions::known().collect::<Vec<_>>()}))
            },
            "languages": {
                "description": "Languages (ISO 639-1) whose words beside numbers count; left out: all.",
                "oneOf": some(json!({"enum": Languages::KNOWN.as_slice()}))
            },
            "ignore": {
                "description": "Values that are nobody's, in any case, width or encoding; a pattern matches all of what was found.",
                "oneOf": some(json!({
                    "anyOf": [
                        {"type": ["string", "number", "boolean"]},
                        {
                            "type": "object", "required": ["pattern"], "additionalProperties": false,
                            "properties": {"pattern": {"$ref": "#/$defs/text"}}
                        }
                    ]
                }))
            },
            "kinds": {
                "description": "Kinds of the policy's own, and built-in ones that an outside detector is asked for, too.",
                "type": ["object", "null"],
                "propertyNames": {"pattern": NAME},
                "properties": built_in(),
                "additionalProperties": own()
            }
        }
    })
}

/// What is sought in texts, and in which values beside those that the profile names.
pub(super) fn in_text() -> Value {
    json!({
        "anyOf": [
            {"$ref": "#/$defs/kinds"},
            {
                "type": "object", "required": ["kinds"], "additionalProperties": false,
                "properties": {
                    "kinds": {"$ref": "#/$defs/kinds"},
                    "at": {
                        "$ref": "#/$defs/selectors",
                        "description": "Values that are texts, whatever the profile says."
                    }
                }
            }
        ]
    })
}

/// One or more kinds, for `in_text`.
pub(super) fn kinds() -> Value {
    let known = json!({"enum": Kinds::words().map(|(word, _)| word).collect::<Vec<_>>()});
    let kind = json!({"anyOf": [known, {"type": "string", "pattern": NAME, "description": "One of the policy's own."}]});
    json!({
        "description": "Kinds of personal data and secrets that are found by their form, groups of them, or kinds of the policy's own.",
        "oneOf": [kind, {"type": "array", "minItems": 1, "items": kind}]
    })
}

/// What may be said of kinds and groups that there are.
fn built_in() -> Value {
    let said = |kinds: Kinds| match kinds.each().count() {
        1 => asked(),
        _ => json!(false),
    };
    Value::Object(Kinds::words().map(|(word, kinds)| (word.to_owned(), said(kinds))).collect())
}

fn asked() -> Value {
    json!({
        "type": "object", "required": ["ask", "for"], "additionalProperties": false,
        "properties": {
            "ask": {"$ref": "#/$defs/text", "description": "The outside detector's name in the configuration."},
            "for": {"$ref": "#/$defs/text", "description": "What the kind is called there."}
        }
    })
}

fn own() -> Value {
    let word = json!({"type": "string", "pattern": "^\\p{L}+$"});
    let pattern = json!({
        "type": "object", "required": ["pattern"], "additionalProperties": false,
        "properties": {
            "title": {"$ref": "#/$defs/text", "description": "What people are told it is called."},
            "pattern": {
                "$ref": "#/$defs/text",
                "description": format!(
                    "A regular expression over characters as they are meant, of at most {} of them; `\\b` is the edge of a word.",
                    Pattern::LONGEST
                )
            },
            "check": {
                "enum": Check::WORDS.map(|(word, _)| word),
                "description": "The formula of its check digits."
            },
            "words": {
                "description": "Words beside it that make it surer.",
                "oneOf": [word, {"type": "array", "items": word}]
            }
        }
    });
    let mut asked = asked();
    if let Some(Value::Object(properties)) = asked.get_mut("properties") {
        let title = json!({"$ref": "#/$defs/text", "description": "What people are told it is called."});
        properties.insert("title".to_owned(), title);
    }
    json!({"oneOf": [pattern, asked]})
}
