//! The API's description (OpenAPI 3.1), made from the table of operations.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    operations::{JSON, LANG, OPERATIONS, Operation, Parameter, Shape},
    place::Place,
};

/// Problems that any operation for somebody who entered can come to.
const OF_ENTERED: [(u16, &str); 6] = [
    (401, "nobody has entered, or the credential or session does not hold"),
    (403, "the id is claimed and not proven, or another site's page asks"),
    (421, "the request is for another host"),
    (429, "too much was asked in a short time"),
    (500, "something went wrong here"),
    (503, "the ledger, or the keys that credentials are checked with, can't be had"),
];

/// Those that any operation can come to.
const OF_ALL: [(u16, &str); 3] = [
    (403, "another site's page asks"),
    (421, "the request is for another host"),
    (503, "the ledger does not answer"),
];

/// The document.
pub(super) fn document(place: &Place) -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    // Bodies are read and answers written, and no type here is both.
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for operation in &OPERATIONS {
        let described = described(operation, &mut generator);
        let here = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(methods) = here.as_object_mut() {
            methods.insert(operation.method.as_str().to_ascii_lowercase(), described);
        }
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The desk of Assentry",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What people can see about themselves, decide and ask for. Whose it is says the session or the credential, and no parameter.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": place.origin}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "a session from `/api/session`, or the token that the chat takes",
                },
            },
        },
    })
}

fn described(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut answers = Map::new();
    let common: &[(u16, &str)] = if operation.entered { &OF_ENTERED } else { &OF_ALL };
    for (status, about) in common.iter().chain(operation.problems) {
        let content =
            json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
        answers.insert(status.to_string(), json!({"description": about, "content": content}));
    }
    let (status, media_type, schema) = &operation.answer;
    let mut answer = json!({"description": operation.summary});
    if status.as_u16() != 204 {
        let shape = schema.map_or_else(
            || {
                if media_type.contains("json") {
                    json!({"type": "object"})
                } else {
                    json!({"type": "string"})
                }
            },
            |schema| schema(generator).to_value(),
        );
        let mut content = json!({*media_type: {"schema": shape}});
        if let (Some(content), true) = (content.as_object_mut(), *media_type == "application/jose") {
            content.insert("application/ld+json".to_owned(), json!({"schema": {"type": "object"}}));
        }
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("content".to_owned(), content);
        }
    }
    answers.insert(status.as_u16().to_string(), answer);
    let security = if operation.entered { json!([{"bearer": []}]) } else { json!([]) };
    let mut document = json!({
        "operationId": format!("{:?}", operation.deed),
        "summary": operation.summary,
        "parameters": parameters(operation),
        "responses": answers,
        "security": security,
    });
    if let (Some(body), Some(document)) = (operation.body, document.as_object_mut()) {
        let content = json!({JSON: {"schema": body(generator).to_value()}});
        document.insert("requestBody".to_owned(), json!({"required": true, "content": content}));
    }
    document
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let query = operation.query.iter().chain([&LANG]);
    let mut parameters: Vec<Value> = query
        .map(|Parameter { name, about, shape }| {
            json!({"name": name, "in": "query", "description": about, "schema": shape.schema()})
        })
        .collect();
    if let Some((_, rest)) = operation.path.split_once('{') {
        let name = rest.trim_end_matches('}');
        let schema = json!({"type": "string", "minLength": 1, "maxLength": 256});
        parameters.push(json!({
            "name": name, "in": "path", "required": true, "schema": schema,
            "description": "the name under which decisions are kept",
        }));
    }
    parameters
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "a problem document (RFC 9457)",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    })
}

impl Shape {
    fn schema(self) -> Value {
        match self {
            Self::Number(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
            Self::Moment => json!({"type": "string", "format": "date-time"}),
            Self::Text(most) => json!({"type": "string", "maxLength": most}),
            Self::Id => json!({"type": "string", "pattern": "^[0-9a-f-]{1,64}$"}),
            Self::Word(words) => json!({"type": "string", "enum": words}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_described_and_every_reference_leads_somewhere() {
        let document = document(&Place::read("https://desk.test/").unwrap());
        let paths = document["paths"].as_object().unwrap();
        let count: usize = paths.values().map(|methods| methods.as_object().unwrap().len()).sum();
        assert_eq!(count, OPERATIONS.len());
        let text = document.to_string();
        let mut references = 0;
        for (at, marker) in text.match_indices("\"$ref\":\"#") {
            let (_, rest) = text.split_at(at + marker.len());
            let pointer = rest.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
            references += 1;
        }
        assert!(references > 20 && !text.contains("$defs"), "{references}");
    }
}
