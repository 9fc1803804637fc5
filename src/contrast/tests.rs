use std::collections::BTreeMap;

use http::Request;
use proptest::{prelude::*, sample::select};

use super::*;
use crate::{
    complaint::Source,
    consent::{Decision, DecisionKind},
};

fn policy(text: &str) -> Policy {
    Policy::parse(Source::new("p.yaml", text)).unwrap_or_else(|wrong| panic!("{}\n{text}", wrong.show(false)))
}

fn file(name: &str, undeclared: &str, data: &str) -> Policy {
    policy(&format!(
        "policy: {name}\nversion: 1\nundeclared: {undeclared}\npurposes:\n  \
         one: {{title: One, basis: consent}}\n  two: {{title: Two, basis: consent}}\ndata:\n{data}"
    ))
}

fn entries(data: &str) -> Policy {
    file("p", "forward", data)
}

/// A yes to the purpose `one`.
fn consent() -> Consent {
    let decision = Decision {
        kind: DecisionKind::Grant,
        purpose: Some("one".to_owned()),
        notice: None,
        text_digest: None,
        at: Timestamp::UNIX_EPOCH,
        source: "test".to_owned(),
        expires: None,
        jurisdiction: None,
        generation: 1,
        via: None,
        of: None,
    };
    Consent { decisions: BTreeMap::from([("one".to_owned(), decision)]), ..Consent::default() }
}

#[derive(Clone, Debug)]
struct Asked {
    target: String,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

fn json(body: &str) -> Asked {
    Asked {
        target: "/".to_owned(),
        headers: vec![("content-type", "application/json")],
        body: body.to_owned(),
    }
}

fn contrast(old: &Policy, new: &Policy, asked: &Asked) -> Contrast {
    let key = Keys::new(&[7; 32]);
    with_keys(old, new, asked, [&key, &key])
}

fn with_keys(old: &Policy, new: &Policy, asked: &Asked, [ours, theirs]: [&Keys; 2]) -> Contrast {
    let mut request = Request::post(&asked.target);
    for (name, value) in &asked.headers {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    let body = Bytes::from(asked.body.clone());
    let strip = Strip::default();
    let sent = Sent {
        head: &head,
        segments: &[],
        body: Some(&body),
        coded: None,
        trailers: None,
        strip: &strip,
        others: &[],
    };
    let at = Circumstances {
        signals: &Signals::default(),
        now: Timestamp::UNIX_EPOCH,
        report: false,
        max_depth: 64,
    };
    let consent = consent();
    let own = |key| Own { consent: &consent, key };
    Pair::new(old.clone(), new.clone(), None, &[]).contrast(&sent, at, own(ours), own(theirs))
}

/// The other way round.
fn mirrored(contrast: Contrast) -> Contrast {
    let Contrast { same_at_bot, refused: Refused { old, new }, differences } = contrast;
    let mut differences: Vec<Difference> = differences
        .into_iter()
        .map(|Difference { place, change, count, old, new }| {
            let change = match change {
                Change::RevealsMore => Change::WithholdsMore,
                Change::WithholdsMore => Change::RevealsMore,
                Change::Otherwise => Change::Otherwise,
            };
            Difference { place, change, count, old: new, new: old }
        })
        .collect();
    differences.sort();
    Contrast { same_at_bot, refused: Refused { old: new, new: old }, differences }
}

/// `place: old (entries) → new (entries) ×count, change`
fn told(contrast: &Contrast) -> Vec<String> {
    let fate = |fate: &Fate| {
        let within = fate.within.as_ref().map_or(String::new(), |around| format!(" with {around}"));
        format!("{} ({}){within}", fate.action, fate.data.join(", "))
    };
    let one = |difference: &Difference| {
        let Difference { place, change, count, old, new } = difference;
        format!("{place}: {} → {} ×{count}, {}", fate(old), fate(new), change.words())
    };
    contrast.differences.iter().map(one).collect()
}

#[test]
fn a_place_is_one_place_whichever_policy_names_it() {
    let old = entries("  area: {at: $.context, for: two, otherwise: drop}\n");
    let new = entries("  spot: {at: $.context.geo.lat, for: two, otherwise: {generalise: {decimals: 1}}}\n");
    let asked = json(r#"{"context":{"geo":{"lat":52.5243},"ada@example.com":1},"text":"hi"}"#);
    assert_eq!(
        told(&contrast(&old, &new, &asked)),
        [
            "$.context: drop (area) → passed () ×1, reveals more",
            "$.context.geo.lat: drop (area) with $.context → generalise (spot) ×1, reveals more",
        ]
    );
}

#[test]
fn a_name_that_neither_policy_names_is_not_spelt() {
    let old = file("p", "drop", "  text: {at: $.text, for: one}\n");
    let new = entries("  text: {at: $.text, for: one}\n");
    let asked = Asked {
        target: "/?ada=1".to_owned(),
        headers: vec![("content-type", "application/json"), ("x-ada", "1"), ("cookie", "ada=1")],
        body: r#"{"ada":{"eve":1},"text":"hi"}"#.to_owned(),
    };
    let said = contrast(&old, &new, &asked);
    assert_eq!(
        told(&said),
        [
            "$.*.*: drop (undeclared) → passed () ×1, reveals more",
            "cookie:*: drop (undeclared) → passed () ×1, reveals more",
            "header:*: drop (undeclared) → passed () ×1, reveals more",
            "query:*: drop (undeclared) → passed () ×1, reveals more",
        ]
    );
    assert!(!serde_json::to_string(&said).unwrap().contains("ada"));
}

#[test]
fn a_field_is_called_by_the_narrowest_selector_that_finds_it_in_either_policy() {
    let old = entries("  wide: {at: 'query:utm_*', for: two}\n");
    let new = entries("  narrow: {at: 'query:utm_source', for: two}\n");
    let asked =
        Asked { target: "/?utm_source=x&utm_medium=y".to_owned(), headers: vec![], body: String::new() };
    assert_eq!(
        told(&contrast(&old, &new, &asked)),
        ["query:utm_*: drop (wide) → passed () ×1, reveals more"]
    );
}

#[test]
fn other_names_for_the_same_deed_are_no_difference() {
    let old = entries("  mail: {at: $.user.email, for: two}\n  more: {at: $.x, for: one}\n");
    let new = entries("  contact: {at: $..email, for: two}\n");
    let said = contrast(&old, &new, &json(r#"{"user":{"email":"a"},"x":1}"#));
    assert!(!said.differs(), "{said:?}");
}

#[test]
fn other_settings_are_a_difference_where_they_write_other_bytes() {
    let mask = |shown: u32| {
        entries(&format!("  card: {{at: $.card, otherwise: {{mask: {{keep_last: {shown}}}}}}}\n"))
    };
    let long = json(r#"{"card":"4111111111111111"}"#);
    assert_eq!(
        told(&contrast(&mask(4), &mask(2), &long)),
        ["$.card: mask (card) → mask (card) ×1, withholds more"]
    );
    assert!(!contrast(&mask(4), &mask(2), &json(r#"{"card":"41"}"#)).differs());
    let value = |value: &str| entries(&format!("  card: {{at: $.card, otherwise: {{redact: {value}}}}}\n"));
    assert_eq!(
        told(&contrast(&value("x"), &value("y"), &long)),
        ["$.card: redact (card) → redact (card) ×1, otherwise different"]
    );
}

#[test]
fn another_key_is_a_difference_where_something_is_hashed() {
    let hash = entries("  id: {at: $.id, otherwise: hash}\n");
    let keys = [&Keys::new(&[1; 32]), &Keys::new(&[2; 32])];
    let said = with_keys(&hash, &hash, &json(r#"{"id":"a"}"#), keys);
    assert_eq!(told(&said), ["$.id: hash (id) → hash (id) ×1, otherwise different"]);
    assert!(!with_keys(&hash, &hash, &json(r#"{"no":"a"}"#), keys).differs());
}

#[test]
fn as_many_places_as_differ_are_counted() {
    let old = entries("  first: {at: '$.list[0].email', for: two, otherwise: redact}\n");
    let new = entries("  every: {at: '$.list[*].email', for: two, otherwise: drop}\n");
    let said = contrast(&old, &new, &json(r#"{"list":[{"email":1},{"email":2},{"email":3}]}"#));
    assert_eq!(
        told(&said),
        [
            "$.list[*].email: redact (first) → drop (every) ×1, withholds more",
            "$.list[*].email: passed () → drop (every) ×2, withholds more",
        ]
    );
}

#[test]
fn a_refusal_is_told_and_leaves_nothing_to_compare() {
    let old = entries("  password: {at: $..password, otherwise: drop}\n");
    let new = entries("  password: {at: $..password, otherwise: refuse}\n");
    let said = contrast(&old, &new, &json(r#"{"password":1}"#));
    assert!(said.newly_refused() && !said.same_at_bot && said.has(Change::WithholdsMore), "{said:?}");
    assert_eq!(said.refused.slugs(), [None, Some("forbidden")]);
    assert!(said.differences.is_empty());
    let both = contrast(&new, &new, &json(r#"{"password":1}"#));
    assert!(both.same_at_bot && !both.differs(), "{both:?}");
}

#[test]
fn a_field_made_from_the_body_is_told_when_it_goes() {
    let old = entries("  mail: {at: $.email, for: one}\n");
    let new = entries("  mail: {at: $.email, for: two}\n");
    let mut asked = json("{}");
    asked.headers.push(("etag", "\"a\""));
    assert_eq!(told(&contrast(&old, &new, &asked)), ["header:etag: passed () → drop () ×1, withholds more"]);
}

#[test]
fn a_media_type_that_only_one_policy_lets_pass_is_a_refusal() {
    let old = entries("  a: {at: 'header:x-a'}\n");
    let new = entries("  a: {at: $.a}\n");
    let asked = Asked { headers: vec![("content-type", "text/plain")], ..json("hi") };
    assert_eq!(contrast(&old, &new, &asked).refused.slugs(), [None, Some("media-type")]);
}

fn selectors() -> impl Strategy<Value = &'static str> {
    select(vec![
        "$.a",
        "$.b",
        "$.a.b",
        "$..a",
        "$..b",
        "$.*",
        "$.*.b",
        "$.a[*]",
        "$.b[0]",
        "$.b[1:]",
        "$.a.b.c",
        "$..c",
        "header:x-a",
        "header:x-*",
        "header:cookie",
        "cookie:a",
        "cookie:*",
        "query:a",
        "query:a*",
        "form:a",
    ])
}

fn actions() -> impl Strategy<Value = &'static str> {
    select(vec![
        "drop",
        "redact",
        "{redact: 0}",
        "hash",
        "{mask: {keep_last: 1}}",
        "{mask: {keep_last: 2}}",
        "keep",
        "{generalise: {keep_first: 1}}",
        "{generalise: {bucket: 10}}",
        "refuse",
    ])
}

fn policies() -> impl Strategy<Value = Policy> {
    let serves = select(vec!["for: one, ", "for: two, ", ""]);
    let entry = (selectors(), serves, actions());
    let undeclared = select(vec!["forward", "forward", "drop", "refuse"]);
    (undeclared, prop::collection::vec(entry, 0..5)).prop_map(|(undeclared, entries)| {
        let lines = entries.iter().enumerate().map(|(n, (at, serves, action))| {
            format!("  d{n}: {{at: '{at}', {serves}otherwise: {action}}}\n")
        });
        file(
            "p",
            undeclared,
            &lines.chain(["  z: {at: 'header:content-type', for: one}\n".to_owned()]).collect::<String>(),
        )
    })
}

fn bodies() -> impl Strategy<Value = String> {
    let leaf =
        select(vec!["1", "12.5", "true", "null", "\"a\"", "\"abcdef\"", "{}", "[]"]).prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = select(vec!["a", "b", "c", "ada@example.com"]);
        let object = prop::collection::btree_map(name, inner.clone(), 0..4).prop_map(|members| {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            format!("{{{}}}", members.join(","))
        });
        let array =
            prop::collection::vec(inner, 0..4).prop_map(|elements| format!("[{}]", elements.join(",")));
        prop_oneof![object, array]
    })
}

fn requests() -> impl Strategy<Value = Asked> {
    let field = select(vec![("x-a", "1"), ("x-b", "ada"), ("cookie", "a=1; ada=2"), ("etag", "\"e\"")]);
    let target = select(vec!["/", "/?a=1", "/?ab=ada&a=2&c", "/?ada=1"]);
    (target, prop::collection::vec(field, 0..3), bodies()).prop_map(|(target, mut headers, body)| {
        headers.dedup_by_key(|(name, _)| *name);
        headers.push(("content-type", "application/json"));
        Asked { target: target.to_owned(), headers, body }
    })
}

/// What the bot gets under a policy of its own plan, and under the plan that is compared.
fn alone_and_compared(policy: &Policy, other: &Policy, asked: &Asked) -> [Option<String>; 2] {
    let body = Bytes::from(asked.body.clone());
    [Plan::new(policy.clone()), Plan::comparable(policy.clone(), other, None, &[])].map(|plan| {
        let mut request = Request::post(&asked.target);
        for (name, value) in &asked.headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let strip = Strip::default();
        let sent = Sent {
            head: &head,
            segments: &[],
            body: Some(&body),
            trailers: None,
            strip: &strip,
            coded: None,
            others: &[],
        };
        let at = Circumstances {
            signals: &Signals::default(),
            now: Timestamp::UNIX_EPOCH,
            report: false,
            max_depth: 64,
        };
        let (consent, key) = (consent(), Keys::new(&[7; 32]));
        let played = play(&plan, &sent, at, Own { consent: &consent, key: &key });
        played.outcome.ok().map(|rewritten| format!("{:?}", rewritten.parts()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_policy_beside_itself_never_differs(policy in policies(), asked in requests()) {
        let said = contrast(&policy, &policy, &asked);
        prop_assert!(!said.differs(), "{said:?}");
    }

    #[test]
    fn the_other_way_round_everything_is_the_other_way_round(
        old in policies(), new in policies(), asked in requests(),
    ) {
        prop_assert_eq!(mirrored(contrast(&old, &new, &asked)), contrast(&new, &old, &asked));
    }

    #[test]
    fn what_differs_at_the_bot_is_told_and_no_value_is(
        old in policies(), new in policies(), asked in requests(),
    ) {
        let said = contrast(&old, &new, &asked);
        let got = [&old, &new].map(|policy| alone_and_compared(policy, policy, &asked)[0].clone());
        prop_assert_eq!(said.same_at_bot, got[0] == got[1]);
        if got[0] != got[1] {
            prop_assert!(said.differs());
            let refused = got.iter().any(Option::is_none);
            prop_assert!(refused || !said.differences.is_empty(), "{:?}", got);
        }
        prop_assert!(!serde_json::to_string(&said).unwrap().contains("ada"));
    }

    #[test]
    fn being_compared_changes_nothing(policy in policies(), other in policies(), asked in requests()) {
        let [alone, compared] = alone_and_compared(&policy, &other, &asked);
        prop_assert_eq!(alone, compared);
    }
}
