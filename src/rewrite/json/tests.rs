use proptest::prelude::*;
use serde_json::{Value, json};

mod examples;
mod hostile;
mod inside;

use super::*;
use crate::{
    complaint::Source,
    consent::Consent,
    json::tests::documents,
    policy::{
        Policy, Undeclared,
        action::{self, Action, Grain, tests::actions},
    },
    rewrite::{
        Outside,
        leaf::{self, Keys, Leaf, Outcome},
    },
    selector::{
        BodySelector,
        tests::{reference as places, selectors},
    },
    signal::Signals,
};

/// One entry of a made-up policy.
#[derive(Clone, Debug)]
struct Rule {
    at: String,
    action: Action,
    passes: bool,
}

fn rules(actions: impl Strategy<Value = Action> + 'static) -> impl Strategy<Value = Vec<Rule>> {
    let rule = (selectors(), actions, prop::bool::weighted(0.3)).prop_map(|(at, action, passes)| Rule {
        at,
        action,
        passes,
    });
    prop::collection::vec(rule, 0..5)
}

fn undeclared() -> impl Strategy<Value = Undeclared> {
    prop_oneof![Just(Undeclared::Forward), Just(Undeclared::Drop)]
}

fn plan(rules: &[Rule], undeclared: Undeclared) -> Plan {
    let mut text = String::from(
        "policy: p\nversion: 1\nundeclared: forward\npurposes:\n  yes: {title: Y, basis: contract}\n  no: {title: N, basis: consent}\ndata:\n",
    );
    for (n, rule) in rules.iter().enumerate() {
        let purpose = if rule.passes { "yes" } else { "no" };
        text += &format!("  d{n}: {{at: \"{}\", for: {purpose}}}\n", rule.at.replace('"', "\\\""));
    }
    let mut policy =
        Policy::parse(Source::new("p.yaml", text)).unwrap_or_else(|wrong| panic!("{}", wrong.show(false)));
    policy.undeclared = undeclared;
    for (data, rule) in policy.data.iter_mut().zip(rules) {
        data.otherwise = rule.action.clone();
    }
    Plan::new(policy)
}

fn key() -> Keys {
    Keys::new(&[7; 32])
}

fn rewrite(plan: &Plan, pieces: &[&[u8]]) -> (Vec<u8>, Option<Objection>, Vec<String>) {
    let verdict = plan.verdict(&Consent::default(), &Signals::default(), jiff::Timestamp::UNIX_EPOCH, false);
    let mut account = Account::default();
    let key = key();
    let mut out = Vec::new();
    let rules = Rules { plan, verdict: &verdict, key: &key, max_depth: 64, outside: Outside::NOBODY };
    let rewriter = JsonRewriter::new(&rules, None, &mut account);
    let objection = if let [whole] = pieces {
        let (changed, objection) = rewriter.whole(whole).unwrap();
        out.extend(changed.unwrap_or_else(|| whole.to_vec()));
        objection
    } else {
        let mut rewriter = rewriter;
        for piece in pieces {
            out.extend(rewriter.push(piece).unwrap());
        }
        let (rest, objection) = rewriter.finish().unwrap();
        out.extend(rest);
        objection
    };
    let lines = account
        .lines(plan)
        .into_iter()
        .map(|line| format!("{} {} {} {}", line.data, line.place, line.deed, line.count));
    (out, objection, lines.collect())
}

fn whole(plan: &Plan, body: &str) -> String {
    String::from_utf8(rewrite(plan, &[body.as_bytes()]).0).unwrap()
}

/// The design's words, applied to a tree.
struct Reference<'a> {
    rules: &'a [(Vec<String>, &'a Rule)],
    undeclared: Undeclared,
}

impl Reference<'_> {
    fn rules<'a>(rules: &'a [Rule], value: &Value) -> Vec<(Vec<String>, &'a Rule)> {
        rules
            .iter()
            .map(|rule| (places(&BodySelector::parse(&rule.at, false).unwrap(), value), rule))
            .collect()
    }

    fn rewritten(&self, path: &str, value: &Value, above: &[Action], declared: bool) -> Option<Value> {
        let matched = || {
            self.rules
                .iter()
                .filter(|(places, _)| places.iter().any(|place| place == path))
                .map(|(_, rule)| rule)
        };
        let mut acting = above.to_vec();
        acting.extend(
            matched()
                .filter(|rule| !rule.passes && rule.action != Action::Keep)
                .map(|rule| rule.action.clone()),
        );
        let declared = declared || matched().next().is_some();
        match acting.iter().cloned().reduce(|one, other| action::stricter(&one, &other)) {
            Some(Action::Drop) => None,
            Some(Action::Redact(Some(value))) => Some(value),
            Some(Action::Redact(None)) => {
                Some(if value.is_string() { json!("[withheld]") } else { Value::Null })
            }
            strictest => match (self.children(path, value, &acting, declared), strictest) {
                (Some(container), _) => {
                    let empty = container.as_array().is_some_and(Vec::is_empty)
                        || container.as_object().is_some_and(|o| o.is_empty());
                    let goes = empty && !declared && self.undeclared == Undeclared::Drop;
                    (!goes).then_some(container)
                }
                (None, Some(action)) => Some(acted(&action, value)),
                (None, None) => (declared || self.undeclared == Undeclared::Forward).then(|| value.clone()),
            },
        }
    }

    fn children(&self, path: &str, value: &Value, acting: &[Action], declared: bool) -> Option<Value> {
        match value {
            Value::Object(members) => {
                let kept = members.iter().filter_map(|(key, value)| {
                    Some((key.clone(), self.rewritten(&format!("{path}/{key}"), value, acting, declared)?))
                });
                Some(Value::Object(kept.collect()))
            }
            Value::Array(elements) => {
                let kept = elements
                    .iter()
                    .enumerate()
                    .filter_map(|(n, value)| self.rewritten(&format!("{path}/{n}"), value, acting, declared));
                Some(kept.collect())
            }
            _ => None,
        }
    }
}

fn acted(action: &Action, value: &Value) -> Value {
    let raw = value.to_string();
    let leaf = match value {
        Value::String(text) => Leaf::Text(text),
        Value::Number(_) => Leaf::Number(&raw),
        _ => Leaf::Other,
    };
    match leaf::act(action, leaf, &key(), "") {
        Outcome::Text(text) => text.into(),
        Outcome::Number(number) => serde_json::from_str(&number).unwrap(),
        Outcome::Unfit if value.is_string() => json!("[withheld]"),
        Outcome::Unfit => Value::Null,
    }
}

/// The ways in which people write JSON.
fn written(value: &Value, style: u8) -> String {
    match style {
        0 => value.to_string(),
        1 => serde_json::to_string_pretty(value).unwrap(),
        _ => {
            let mut out = Vec::new();
            let mut serializer = serde_json::Serializer::with_formatter(&mut out, Spaced);
            serde::Serialize::serialize(value, &mut serializer).unwrap();
            String::from_utf8(out).unwrap()
        }
    }
}

/// `{"a": 1, "b": 2}`: what Python writes by default.
struct Spaced;

impl serde_json::ser::Formatter for Spaced {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }
    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }
    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}

/// The same document with other values, or none, wherever something is withheld: equal to it on the residues.
fn disguised(
    reference: &Reference<'_>,
    path: &str,
    value: &Value,
    above: &[Action],
    declared: bool,
    seed: &mut u64,
) -> Option<Value> {
    let matched = || {
        reference
            .rules
            .iter()
            .filter(|(places, _)| places.iter().any(|place| place == path))
            .map(|(_, rule)| rule)
    };
    let mut acting = above.to_vec();
    acting.extend(
        matched().filter(|rule| !rule.passes && rule.action != Action::Keep).map(|rule| rule.action.clone()),
    );
    let declared = declared || matched().next().is_some();
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let dice = *seed >> 33;
    match acting.iter().cloned().reduce(|one, other| action::stricter(&one, &other)) {
        Some(Action::Drop) => (!dice.is_multiple_of(3)).then(|| json!({"secret": [dice, "x"]})),
        Some(Action::Redact(Some(_))) => Some(json!([dice])),
        Some(Action::Redact(None)) if value.is_string() => Some(json!(format!("secret {dice}"))),
        Some(Action::Redact(None)) => Some(json!({"secret": dice})),
        strictest => match (value, strictest) {
            (Value::Object(members), _) => Some(Value::Object(
                members
                    .iter()
                    .filter_map(|(key, value)| {
                        Some((
                            key.clone(),
                            disguised(reference, &format!("{path}/{key}"), value, &acting, declared, seed)?,
                        ))
                    })
                    .collect(),
            )),
            (Value::Array(elements), _) => Some(
                elements
                    .iter()
                    .enumerate()
                    .map(|(n, value)| {
                        disguised(reference, &format!("{path}/{n}"), value, &acting, declared, seed)
                            .unwrap_or(json!("secret"))
                    })
                    .collect(),
            ),
            (Value::String(text), Some(Action::Mask { keep_last })) => {
                let length = text.chars().count();
                let shown = (keep_last as usize).min(length / 2);
                let covered = "s".repeat(length - shown);
                Some(json!(text.chars().skip(length - shown).fold(covered, |all, c| {
                    let mut all = all;
                    all.push(c);
                    all
                })))
            }
            (Value::Bool(_) | Value::Null, Some(_)) => Some(json!(dice.is_multiple_of(2))),
            (Value::Number(number), Some(Action::Generalise(Grain::Bucket(size)))) => {
                let number = number.as_i64().unwrap();
                let size = i64::try_from(size).unwrap();
                Some(json!(number.div_euclid(size) * size + i64::try_from(dice).unwrap() % size))
            }
            (_, None) if !declared && reference.undeclared == Undeclared::Drop => {
                Some(json!(format!("secret {dice}")))
            }
            _ => Some(value.clone()),
        },
    }
}

fn scalars(text: &[u8]) -> Vec<String> {
    serde_json::Deserializer::from_slice(text)
        .into_iter::<Value>()
        .flat_map(|value| leaves(&value.unwrap()))
        .collect()
}

fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            members.iter().flat_map(|(key, value)| [vec![key.clone()], leaves(value)].concat()).collect()
        }
        Value::Array(elements) => elements.iter().flat_map(leaves).collect(),
        leaf => vec![leaf.to_string()],
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..ProptestConfig::with_cases(ProptestConfig::default().cases.max(1500)) })]

    #[test]
    fn a_rewritten_body_says_what_the_policy_says(rules in rules(actions()), undeclared in undeclared(), value in documents(), style in 0..3u8) {
        let plan = plan(&rules, undeclared);
        let matched = Reference::rules(&rules, &value);
        let reference = Reference { rules: &matched, undeclared };
        let expected = reference.rewritten("$", &value, &[], false).unwrap_or(Value::Null);
        let text = whole(&plan, &written(&value, style));
        let found: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn nothing_withheld_crosses(rules in rules(actions()), undeclared in undeclared(), value in documents(), style in 0..3u8, mut seed: u64) {
        let plan = plan(&rules, undeclared);
        let matched = Reference::rules(&rules, &value);
        let reference = Reference { rules: &matched, undeclared };
        let other = disguised(&reference, "$", &value, &[], false, &mut seed).unwrap_or(Value::Null);
        // Shuffled or removed places may be matched by other entries, and a filter may come to another outcome: then the two
        // requests differ outside the promise.
        let same_places = Reference::rules(&rules, &other).iter().zip(&matched).all(|((now, rule), (before, _))| {
            let asks = BodySelector::parse(&rule.at, false).unwrap().looks_ahead();
            rule.passes && (!asks || undeclared == Undeclared::Forward) || rule.action == Action::Drop && !asks || before.iter().all(|place| now.contains(place)) && now.iter().all(|place| before.contains(place))
        });
        prop_assume!(same_places);
        prop_assert_eq!(whole(&plan, &written(&value, style)), whole(&plan, &written(&other, style)));
    }

    #[test]
    fn the_result_does_not_depend_on_the_cuts(rules in rules(actions()), undeclared in undeclared(), value in documents(), style in 0..3u8, size in 1..9usize) {
        let plan = plan(&rules, undeclared);
        let text = written(&value, style);
        let pieces: Vec<&[u8]> = std::iter::once(&b""[..]).chain(text.as_bytes().chunks(size)).collect();
        prop_assert_eq!(rewrite(&plan, &pieces), rewrite(&plan, &[text.as_bytes()]));
    }

    #[test]
    fn the_order_of_entries_changes_nothing(rules in rules(actions()), undeclared in undeclared(), value in documents()) {
        let text = value.to_string();
        let mut reversed = rules.clone();
        reversed.reverse();
        prop_assert_eq!(whole(&plan(&rules, undeclared), &text), whole(&plan(&reversed, undeclared), &text));
    }

    #[test]
    fn what_no_rule_touches_keeps_its_bytes(rules in rules(Just(Action::Drop)), value in documents(), style in 0..3u8) {
        let plan = plan(&rules, Undeclared::Forward);
        let text = written(&value, style);
        let out = whole(&plan, &text);
        // With nothing but removals, what is left is a subsequence of what was there, and equal where nothing was removed.
        let mut rest = text.bytes();
        prop_assert!(out == "null" || out.bytes().all(|byte| rest.any(|other| other == byte)));
        let mut before = scalars(text.as_bytes()).into_iter();
        prop_assert!(out == "null" || scalars(out.as_bytes()).iter().all(|leaf| before.any(|other| other == *leaf)));
        if rules.iter().all(|rule| rule.passes) {
            prop_assert_eq!(out, text);
        }
    }
}
