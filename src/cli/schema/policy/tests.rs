use std::path::Path;

use super::*;
use crate::yaml;

fn complaints(text: &str) -> Vec<String> {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let file = yaml::parse(text).unwrap().to_json();
    validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_policy_shipped_is_valid() {
    assert!(jsonschema::draft202012::meta::is_valid(&schema()));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "yaml") {
            let found = complaints(&std::fs::read_to_string(&file).unwrap());
            assert!(found.is_empty(), "{}: {found:#?}", file.display());
        }
    }
}

#[test]
fn everything_the_language_has_is_valid() {
    let text = "policy: p
version: 1
consents: shop
undeclared: refuse
purposes:
  x: {title: X, basis: contract, recipients: [a carrier, a payment service]}
  y: {title: Y, basis: contract, recipients: a carrier}
data:
  a: {at: {at: $.a, ignore_case: true}, otherwise: {redact: null}, special: health-care}
  b: {at: 'query:*', for: x, otherwise: {generalise: {bucket: 10}}}
  c: {at: [$.a], for: [x, y], otherwise: {generalise: {ip: true}}}
  d: {at: $, for: {all: x}, otherwise: mask}
  e: {in_text: email, otherwise: pseudonymise}
  f: {at: $.a, in_text: [phone, aws-key], otherwise: {pseudonymise: brief}}
  g: {to_person: [$..score, 'header:x-score', 'cookie:segment']}
  h: {to_person: {in_text: [payment-card], at: $.a}, otherwise: drop}
  i: {at: {at: $.a, inside: json, select: {at: $.b, inside: form, select: 'form:c'}}}
  j: {to_person: {at: $.a, inside: base64, select: $.b}}
  k: {in_text: [employee-number, bank-account, email]}
  l: {in_text: {kinds: [email], at: [$.note, 'header:x-note', {at: $.form, inside: form, select: 'form:comment'}]}}
  m: {to_person: {in_text: {kinds: email, at: 'header:x-note'}}}
detection:
  at_least: {phone: 75, national-id: 80, employee-number: 70}
  regions: [DE, AT]
  languages: de
  ignore: [support@example.com, 110, {pattern: 'ORD-[0-9]{6}'}]
  kinds:
    employee-number: {title: E, pattern: 'E-[0-9]{6}', check: luhn, words: [employee, staff]}
    bank-account: {ask: presidio, for: US_BANK_NUMBER}
    person-name: {ask: presidio, for: PERSON}
";
    assert_eq!(complaints(text), [""; 0]);
}

#[test]
fn a_slip_of_the_pen_is_not() {
    let good = "policy: p\nversion: 1\nundeclared: drop\n";
    assert_eq!(complaints(good), [""; 0]);
    for slip in [
        "purpose: {}",
        "purposes: {x: {title: X, basis: consnt}}",
        "purposes: {x: {title: X, basis: contract, notice: n1}}",
        "purposes: {x: {title: X, basis: contract, recipients: {carrier: x}}}",
        "purposes: {'x y': {title: X, basis: contract}}",
        "data: {undeclared: {at: $.a}}",
        "data: {a: {at: text}}",
        "data: {a: {for: x}}",
        "data: {a: {at: $.a, otherwise: generalise}}",
        "data: {a: {at: $.a, otherwise: {mask: {keep_last: 1}, redact: x}}}",
        "data: {a: {in_text: []}}",
        "data: {a: {in_text: {at: $.a}}}",
        "data: {a: {in_text: {kinds: email, in: $.a}}}",
        "data: {a: {to_person: {}}}",
        "data: {a: {at: {at: $.a, inside: json}}}",
        "data: {a: {at: $.a, otherwise: {pseudonymise: long}}}",
        "examples: [{name: x, to_bot: {}}]",
        "examples: [{name: x, to_bot: {}, becomes: {}, refused: true}]",
        "examples: [{name: x, to_bot: {form: {}, body: {}}, refused: true}]",
    ] {
        assert!(!complaints(&format!("{good}{slip}\n")).is_empty(), "{slip}");
    }
}
