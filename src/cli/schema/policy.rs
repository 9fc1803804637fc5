//! The schema of policy files.
//!
//! The rule: one definition for each noun of the language, described in the words of the documentation.

mod detection;

use serde_json::{Value, json};

use crate::signal::{Field, TCF_PURPOSES};

/// The schema.
pub(super) fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Assentry policy",
        "description": "Which personal data a chatbot may get, and for which purposes.",
        "type": "object",
        "required": ["policy", "version", "undeclared"],
        "additionalProperties": false,
        "properties": {
            "policy": {"$ref": "#/$defs/text", "description": "The policy's name."},
            "version": {
                "type": "integer", "minimum": 1,
                "description": "Counted up with every change; it is in every receipt."
            },
            "controller": {
                "$ref": "#/$defs/text",
                "description": "Who is responsible for the processing, and how to reach them (GDPR Art. 4(7))."
            },
            "consents": {
                "$ref": "#/$defs/name",
                "description": "Policies that name the same group share their consents. Without it, a policy has its own."
            },
            "undeclared": {
                "enum": ["forward", "drop", "refuse"],
                "description": "What happens to everything that no data entry names. `drop` makes the policy a list of what may pass."
            },
            "purposes": {
                "type": ["object", "null"],
                "description": "Why the bot would use data.",
                "propertyNames": {"$ref": "#/$defs/name"},
                "additionalProperties": {"$ref": "#/$defs/purpose"},
                "maxProperties": crate::policy::MOST_PURPOSES
            },
            "data": {
                "type": ["object", "null"],
                "description": "The kinds of personal data: where each is found, what it serves, what happens otherwise.",
                "propertyNames": {"$ref": "#/$defs/name", "not": {"const": "undeclared"}},
                "additionalProperties": {"$ref": "#/$defs/data"}
            },
            "detection": {"$ref": "#/$defs/detection"},
            "examples": {
                "description": "What goes in and what must come out; run by `assentry test` and `assentry check`.",
                "oneOf": [
                    {"type": "array", "items": {"$ref": "#/$defs/example"}},
                    {"$ref": "#/$defs/example"},
                    {"type": "null"}
                ]
            }
        },
        "$defs": {
            "name": {"type": ["string", "number", "boolean"], "pattern": "^[\\p{L}\\p{N}_.-]{1,64}$"},
            "text": {"type": ["string", "number", "boolean"], "pattern": "\\S"},
            "span": {
                "type": "string", "pattern": "^[0-9]+ *(ms|s|m|h|d)$",
                "description": "A length of time: `250ms`, `30s`, `5m`, `12h`, `180d`."
            },
            "purpose": purpose(),
            "data": data(),
            "selector": selector(),
            "selectors": selectors(),
            "kinds": detection::kinds(),
            "in_text": detection::in_text(),
            "detection": detection::schema(),
            "action": action(),
            "example": example(),
            "parts": parts(),
            "fields": fields(),
            "strings": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
        }
    })
}

fn purpose() -> Value {
    let only_with_consent = json!({
        "if": {"properties": {"basis": {"const": "consent"}}},
        "else": {"properties": {"notice": false, "expires": false}}
    });
    json!({
        "type": "object",
        "required": ["title", "basis"],
        "additionalProperties": false,
        "properties": {
            "title": {"$ref": "#/$defs/text", "description": "What people are told it is called."},
            "description": {"$ref": "#/$defs/text", "description": "What people are told about it."},
            "recipients": {
                "description": "Who else gets the data, as people are told (GDPR Art. 13(1)(e)). Part of the text that they agree to.",
                "oneOf": [{"$ref": "#/$defs/text"}, {"type": "array", "items": {"$ref": "#/$defs/text"}}]
            },
            "basis": {
                "enum": [
                    "consent", "contract", "legal-obligation", "vital-interests", "public-task",
                    "legitimate-interests"
                ],
                "description": "The legal ground (GDPR Art. 6(1))."
            },
            "notice": {
                "$ref": "#/$defs/text",
                "description": "The edition of the text people agree to; a yes under another edition no longer counts."
            },
            "expires": {"$ref": "#/$defs/span", "description": "How long a yes counts: `180d`."},
            "objections": {
                "description": "Signals in the request that count as an objection. `gpc` is the header `Sec-GPC: 1`.",
                "oneOf": [objection(), {"type": "array", "items": objection()}]
            }
        },
        "allOf": [only_with_consent]
    })
}

fn objection() -> Value {
    let fields = Field::ALL.map(Field::as_str);
    json!({
        "anyOf": [
            {"enum": ["gpc"]},
            {
                "type": "object", "minProperties": 1, "additionalProperties": false,
                "properties": {
                    "tcf": {
                        "type": "integer", "minimum": 1, "maximum": TCF_PURPOSES,
                        "description": "A TCF string without consent to this purpose and, unless the basis is consent, without a legitimate interest that the framework allows for it."
                    },
                    "gpp": {
                        "enum": fields,
                        "description": "A GPP string in which this field of a section for the United States says no."
                    }
                }
            }
        ]
    })
}

fn data() -> Value {
    let one_or_more = json!([
        {"$ref": "#/$defs/name"},
        {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/name"}}
    ]);
    json!({
        "type": "object",
        "anyOf": [{"required": ["at"]}, {"required": ["in_text"]}, {"required": ["to_person"]}],
        "additionalProperties": false,
        "properties": {
            "title": {"$ref": "#/$defs/text", "description": "What people are told it is called."},
            "at": {"$ref": "#/$defs/selectors", "description": "Where it is found."},
            "in_text": {"$ref": "#/$defs/in_text", "description": "What is sought in texts on their way to the bot."},
            "to_person": {
                "description": "Where it is found in what the bot answers: by a JSONPath, `header:` or `cookie:`, or in texts.",
                "anyOf": [
                    {"$ref": "#/$defs/selectors"},
                    {
                        "type": "object", "minProperties": 1, "additionalProperties": false,
                        "properties": {"at": {"$ref": "#/$defs/selectors"}, "in_text": {"$ref": "#/$defs/in_text"}}
                    }
                ]
            },
            "for": {
                "description": "The purposes it serves; any of them is enough. `{all: [a, b]}`: each is needed. Without it the data never passes.",
                "oneOf": [
                    {"$ref": "#/$defs/name"},
                    {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/name"}},
                    {
                        "type": "object", "required": ["all"], "additionalProperties": false,
                        "properties": {"all": {"oneOf": one_or_more}}
                    }
                ]
            },
            "otherwise": {"$ref": "#/$defs/action"},
            "special": {
                "description": "A special category (GDPR Art. 9): `true` where every purpose rests on consent, else the condition of Art. 9(2).",
                "enum": [
                    true, false, "employment", "vital-interests", "not-for-profit", "made-public", "legal-claims",
                    "substantial-public-interest", "health-care", "public-health", "archiving"
                ]
            }
        }
    })
}

fn selector() -> Value {
    let text = json!({
        "type": "string",
        "pattern": "^(\\$|(header|cookie|query|form|path|file|filename):.)",
        "examples": ["$.text", "$..email", "header:referer", "query:utm_*", "cookie:session", "form:phone", "path:order", "file:photo", "filename:*"]
    });
    json!({
        "description": "A JSONPath (RFC 9535) into the body, or `header:`, `cookie:`, `query:`, `form:`, `path:`, `file:` or `filename:` and a name, with a `*` at its end where any name that begins so is meant.",
        "oneOf": [
            text,
            {
                "type": "object", "required": ["at"], "additionalProperties": false,
                "dependentRequired": {"inside": ["select"], "select": ["inside"]},
                "properties": {
                    "at": text,
                    "inside": {
                        "enum": ["json", "form", "base64"],
                        "description": "How a document is written in the texts that are found."
                    },
                    "select": {"$ref": "#/$defs/selector", "description": "What to look for in that document."},
                    "ignore_case": {"type": "boolean", "description": "Whether names match in any case."},
                    "type": {
                        "type": "string", "pattern": "^[A-Za-z0-9!#$&^_.+-]+/([*]|[A-Za-z0-9!#$&^_.+-]+)$",
                        "description": "With `file:`, only files of this media type: `image/png`, or `image/*` for all of a kind."
                    }
                }
            }
        ]
    })
}

fn selectors() -> Value {
    json!({
        "oneOf": [
            {"$ref": "#/$defs/selector"},
            {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/selector"}}
        ]
    })
}

fn action() -> Value {
    let one = |name: &str, settings: Value| json!({"type": "object", "required": [name], "additionalProperties": false, "properties": {name: settings}});
    let whole = |most: u64| json!({"type": "integer", "minimum": 0, "maximum": most});
    let grains = json!([
        one("decimals", whole(15)),
        one("bucket", json!({"type": "integer", "minimum": 2, "maximum": 1_000_000_000_000u64})),
        one("date", json!({"enum": ["month", "year"]})),
        one("ip", json!({"const": true})),
        one("keep_first", whole(64)),
    ]);
    json!({
        "description": "What happens to data that may not pass; `drop` where nothing is said. Where entries meet, the strictest acts: refuse, drop, redact, hash, pseudonymise, mask, generalise, keep.",
        "oneOf": [
            {"enum": ["refuse", "drop", "redact", "hash", "pseudonymise", "mask", "keep"]},
            one("redact", json!({"type": ["string", "number", "boolean", "null"], "description": "What stands in its place."})),
            one("pseudonymise", json!({
                "enum": ["stable", "brief"],
                "description": "`stable`: the same token for the same person and value, always; `brief`: numbered within one exchange."
            })),
            one("mask", one("keep_last", whole(64))),
            one("generalise", json!({"oneOf": grains}))
        ]
    })
}

fn example() -> Value {
    json!({
        "type": "object",
        "required": ["name", "to_bot"],
        "additionalProperties": false,
        "properties": {
            "name": {"$ref": "#/$defs/text", "description": "What it shows, in a sentence."},
            "consents": {
                "type": ["object", "null"],
                "description": "What the person decided, purpose by purpose, under the current notice.",
                "additionalProperties": {"enum": ["grant", "deny", "withdraw", "object"]}
            },
            "restricted": {"type": "boolean", "description": "Whether the person asked for a restriction (GDPR Art. 18)."},
            "signals": {
                "type": ["object", "null"],
                "description": "What the request says about consent.",
                "additionalProperties": false,
                "properties": {
                    "gpc": {"type": "boolean", "description": "Global Privacy Control: the header `Sec-GPC`."},
                    "tcf": {"$ref": "#/$defs/strings", "description": "Strings of the Transparency and Consent Framework."},
                    "gpp": {"$ref": "#/$defs/strings", "description": "Strings of the Global Privacy Platform."}
                }
            },
            "decided_ago": {"$ref": "#/$defs/span", "description": "How long ago the decisions were made."},
            "now": {"type": "string", "description": "The moment it plays at, like `2026-11-21T12:00:00Z`."},
            "to_bot": {"$ref": "#/$defs/parts", "description": "What is sent."},
            "becomes": {
                "$ref": "#/$defs/parts",
                "description": "All that is left of it. A hash, which differs from person to person, is written `[hash]`, a pseudonym `[pseudonym]`."
            },
            "refused": {"const": true, "description": "The request is refused."}
        },
        "oneOf": [{"required": ["becomes"]}, {"required": ["refused"]}]
    })
}

fn parts() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "headers": {"$ref": "#/$defs/fields"},
            "cookies": {"$ref": "#/$defs/fields"},
            "query": {"$ref": "#/$defs/fields"},
            "path": {"$ref": "#/$defs/fields", "description": "Named segments of the route's path."},
            "form": {"$ref": "#/$defs/fields"},
            "body": {"description": "A JSON body."}
        },
        "not": {"required": ["form", "body"]}
    })
}

fn fields() -> Value {
    let scalar = ["string", "number", "boolean"];
    json!({
        "type": ["object", "null"],
        "description": "Names with one value or a list of them.",
        "additionalProperties": {"type": ["string", "number", "boolean", "array"], "items": {"type": scalar}}
    })
}

#[cfg(test)]
mod tests;
