use super::*;
use crate::complaint::Source;

/// What is said about a policy with these data entries.
fn said(data: &str) -> String {
    let text = format!(
        "policy: p
version: 1
undeclared: forward
purposes:
  answer: {{title: A, basis: contract}}
  law: {{title: L, basis: legal-obligation}}
  ads: {{title: S, basis: consent}}
  offers: {{title: O, basis: consent}}
  stats: {{title: I, basis: legitimate-interests}}
data:
  all: {{at: $.all, for: {{all: [answer, law, ads, offers, stats]}}}}
{data}"
    );
    let policy = Policy::parse(Source::new("p.yaml", text)).unwrap_or_else(|no| panic!("{}", no.show(false)));
    let shown: Vec<String> =
        warnings(&policy).iter().map(|complaint| policy.source.show(complaint, false)).collect();
    shown.join("\n\n")
}

#[test]
fn a_policy_in_which_everything_matters_is_not_complained_about() {
    for data in [
        "  a: {at: $.a, for: ads}\n  b: {at: $.a, for: offers}",
        "  a: {at: $.a, for: ads}\n  b: {at: $.a.b, for: offers}",
        "  a: {at: $.a, for: [ads, offers]}\n  b: {at: $.a.b, for: ads}",
        "  a: {at: $.a, otherwise: redact}\n  b: {at: $.a, for: ads, otherwise: drop}",
        "  a: {at: $.a}\n  b: {at: $.a.b, otherwise: refuse}",
        "  a: {at: $.a.b}\n  b: {at: $.a, for: ads}",
        "  a: {at: 'query:a'}\n  b: {at: 'query:a*', for: ads}",
        "  a: {at: 'query:a'}\n  b: {at: 'cookie:a'}\n  c: {at: 'header:a'}",
        "  a: {at: 'query:a'}\n  b: {at: {at: 'query:a', ignore_case: true}, for: ads}",
        "  a: {at: $.a}\n  b: {at: {at: $.a, ignore_case: true}, for: ads}",
        "  a: {at: '$[0]'}\n  b: {at: '$[0:]', for: ads}",
        "  a: {at: $.a, otherwise: {mask: {keep_last: 4}}}\n  b: {at: $.a.b, otherwise: {mask: {keep_last: 2}}}",
        "  a: {at: $.a, otherwise: keep}\n  b: {at: $.a, for: ads, otherwise: hash}",
        "  a: {at: $.a, for: law}",
    ] {
        assert_eq!(said(data), "", "{data}");
    }
}

#[test]
fn what_makes_no_difference_is_pointed_at() {
    let table = [
        "  a: {at: $.a, for: [ads, answer]}",
        "  a:\n    at: $.a\n    for: [law, ads, answer]",
        "  a: {at: $.a}\n  b: {at: $.a.b}",
        "  a: {at: $.a, for: ads}\n  b: {at: [$.b, '$.a[*].b'], for: [ads, offers], otherwise: redact}",
        "  a: {at: $..mail, otherwise: drop}\n  b: {at: $.user.mail, for: ads, otherwise: hash}",
        "  a: {at: $.a, for: ads}\n  b: {at: \"$['a']\", for: ads}",
        "  b: {at: 'query:utm_source', for: ads}\n  a: {at: 'query:utm_*', for: ads}",
        "  a: {at: [$.a, $.a.b]}",
        "  a: {at: ['header:x', 'header:X']}",
        "  a: {at: {at: 'form:Mail', ignore_case: true}}\n  b: {at: 'form:mAIL'}",
    ];
    insta::assert_snapshot!(table.map(said).join("\n\n---\n\n"));
}

#[test]
fn a_decision_that_changes_nothing_is_pointed_at() {
    let text = "policy: p
version: 1
undeclared: forward
purposes:
  answer: {title: A, basis: contract}
  ads: {title: S, basis: consent}
  stats: {title: I, basis: legitimate-interests}
  spare: {title: X, basis: consent}
data:
  a: {at: $.a, for: ads, otherwise: keep}
  b: {at: $.b, for: [answer, stats]}
";
    let policy = Policy::parse(Source::new("p.yaml", text)).unwrap();
    let shown: Vec<String> =
        warnings(&policy).iter().map(|complaint| policy.source.show(complaint, false)).collect();
    insta::assert_snapshot!(shown.join("\n\n"));
}

#[test]
fn kinds_that_nobody_seeks_are_pointed_at() {
    let detection = "  b: {in_text: [used, person-name]}
  c: {to_person: {in_text: [answered]}}
detection:
  kinds:
    used: {pattern: 'U[0-9]{4}'}
    answered: {pattern: 'A[0-9]{4}'}
    badge: {pattern: 'B[0-9]{4}'}
    account: {ask: presidio, for: US_BANK_NUMBER}
    person-name: {ask: presidio, for: PERSON}
    location: {ask: presidio, for: LOCATION}";
    insta::assert_snapshot!(said(detection));
}
