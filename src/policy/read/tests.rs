use crate::{
    complaint::Source,
    policy::{MOST_PURPOSES, Policy, Unusable},
};

/// What is said about a policy that can't be used.
fn said(text: &str) -> String {
    match Policy::parse(Source::new("p.yaml", text)) {
        Err(no @ Unusable::Wrong { .. }) => no.show(false),
        other => panic!("{other:?}\n{text}"),
    }
}

fn report(texts: impl IntoIterator<Item = String>) -> String {
    texts.into_iter().map(|text| said(&text)).collect::<Vec<_>>().join("\n\n---\n\n")
}

/// A policy with these purposes and data entries.
fn policy(purposes: &str, data: &str) -> String {
    format!(
        "policy: p\nversion: 1\nundeclared: forward\npurposes:\n  ads: {{title: A, basis: consent}}\n  answer: {{title: B, basis: contract}}\n{purposes}data:\n{data}"
    )
}

fn with_data(entries: &[&str]) -> String {
    report(entries.iter().map(|entry| policy("", &format!("  a: {entry}\n"))))
}

#[test]
fn a_file_that_is_no_policy_is_shown_where_it_breaks() {
    let texts = [
        "",
        "policy: p\nversion: 1\nundeclared: forward\ndata:\n  a: {at: $.a\n",
        "policy: p\nversion: 1\nundeclared: forward\ndata:\n  a: {at: $.a}\n  a: {at: $.b}\n",
        "- a\n",
        "policy: p\n",
        "policy: [p]\nversion: one\nundeclared: frwd\n",
        "policy: p\nversion: 0\nundeclared: forward\nporposes: {}\n",
        "policy: p\nversion: 1\nundeclared: forward\npurposes: [a]\ndata: x\n",
    ];
    insta::assert_snapshot!(report(texts.map(str::to_owned)));
}

#[test]
fn a_purpose_that_makes_no_sense_is_pointed_at() {
    let purposes = [
        "  x: {title: X}\n",
        "  x: {basis: consent}\n",
        "  x: {title: X, basis: consnt}\n",
        "  x: {title: X, basis: legitimate-interest}\n",
        "  x: {title: X, basis: contract, notice: n1}\n",
        "  x: {title: X, basis: contract, expires: 10d, objections: [gpc]}\n",
        "  x: {title: X, basis: consent, expires: 180}\n",
        "  x: {title: X, basis: legitimate-interests, objections: [dnt]}\n",
        "  x: {title: X, basis: consent, descripton: long}\n",
        "  x y: {title: X, basis: consent}\n",
        "  x: consent\n",
    ];
    insta::assert_snapshot!(report(purposes.map(|purpose| policy(purpose, "  a: {at: $.a}\n"))));
}

#[test]
fn a_signal_that_nobody_sends_is_pointed_at() {
    let objections =
        ["[dnt]", "tcf", "[gpp]", "[{tcf: 12}]", "{tcf: 0}", "[{tcf: three}]", "[gpc, {gpp: SaleOptout}]"];
    let more =
        ["{gpp: SensitiveDataLimitUseNotice}", "[{gppp: Gpc}]", "[{}]", "[[gpc]]", "{tcf: 3, gpp: gpc}"];
    let purposes = objections.into_iter().chain(more).map(|signal| {
        let purpose = format!("  x: {{title: X, basis: legitimate-interests, objections: {signal}}}\n");
        policy(&purpose, "  a: {at: $.a}\n")
    });
    insta::assert_snapshot!(report(purposes));
}

#[test]
fn a_purpose_too_many_is_too_many() {
    let purposes: String =
        (0..=MOST_PURPOSES).map(|n| format!("  p{n}: {{title: P, basis: consent}}\n")).collect();
    insta::assert_snapshot!(said(&policy(&purposes, "  a: {at: $.a}\n")));
}

#[test]
fn a_selector_that_can_not_be_honoured_is_pointed_at_inside() {
    insta::assert_snapshot!(with_data(&[
        "{at: $.a.}",
        "{at: '$.a[?@.b=1]'}",
        "{at: '$.a[-1:0]'}",
        "{at: [$.a, 'file:']}",
        "{at: [$.a, 'heade:referer']}",
        "{at: context.purchases}",
        "{at: {at: $.a, inside: json}}",
        "{at: {at: $.a, inside: jsn, select: $.b}}",
        "{at: {at: $.a, inside: form, select: $.b}}",
        "{at: {at: $.a, inside: json, select: 'form:b'}}",
        "{at: {at: $.a, inside: json, select: $.b.}}",
        "{at: {at: $.a, ignore_case: maybe, selekt: x}}",
        "{at: []}",
        "{for: ads}",
    ]));
}

#[test]
fn a_data_entry_that_makes_no_sense_is_pointed_at() {
    insta::assert_snapshot!(with_data(&[
        "{at: $.a, for: adds}",
        "{at: $.a, for: [ads, unheard-of]}",
        "{at: $.a, for: {any: [ads]}}",
        "{at: $.a, for: []}",
        "{at: $.a, special: true, for: answer}",
        "{at: $.a, special: healthcare, for: answer}",
        "{at: $.a, special: maybe, for: answer}",
        "{at: $.a, in_text: [emial]}",
        "{at: $.a, to_person: {in_text: []}}",
        "{at: $.a, to_person: $.b, otherwise: pseudonymise}",
        "{title: A}",
        "{at: $.a, to_person: [$.b, 'query:b']}",
        "{at: $.a, othrwise: drop}",
        "{in_text: {at: $.a}}",
        "{in_text: {kinds: emial, at: [], in: x}}",
        "{in_text: {kinds: email, at: ['file:a', 'header:cookie', {at: $.a, inside: form, select: 'file:a'}]}}",
        "{to_person: {in_text: {kinds: email, at: ['header:x', 'query:a']}}}",
        "$.a",
    ]));
    insta::assert_snapshot!(said(&policy("", "  undeclared: {at: $.a}\n")));
}

#[test]
fn what_can_not_be_said_of_files_is_pointed_at() {
    insta::assert_snapshot!(with_data(&[
        "{at: [$.a, 'file:photo'], otherwise: redact}",
        "{at: {at: 'file:*', type: image}}",
        "{at: {at: 'file:*', type: '*/*'}}",
        "{at: {at: $.a, type: image/png}}",
        "{at: {at: 'filename:photo', type: image/png}}",
    ]));
}

#[test]
fn an_action_that_is_none_is_pointed_at() {
    insta::assert_snapshot!(with_data(&[
        "{at: $.a, otherwise: {pseudonymise: shortly}}",
        "{at: $.a, otherwise: delete}",
        "{at: $.a, otherwise: generalise}",
        "{at: $.a, otherwise: {redact: x, mask: {keep_last: 1}}}",
        "{at: $.a, otherwise: {drop: true}}",
        "{at: $.a, otherwise: {}}",
        "{at: $.a, otherwise: {mask: {keep_last: -1}}}",
        "{at: $.a, otherwise: {mask: 4}}",
        "{at: $.a, otherwise: {redact: [1]}}",
        "{at: $.a, otherwise: {generalise: {decimals: 1, bucket: 10}}}",
        "{at: $.a, otherwise: {generalise: {date: day}}}",
        "{at: $.a, otherwise: {generalise: {ip: false}}}",
        "{at: $.a, otherwise: [drop, redact]}",
    ]));
}

#[test]
fn an_example_that_can_not_be_tried_is_pointed_at() {
    let examples = [
        "{name: x, to_bot: {body: 1}}",
        "{name: x, to_bot: {body: 1}, becomes: {body: 1}, refused: true}",
        "{name: x, to_bot: {body: 1}, refused: yes}",
        "{to_bot: {body: 1}, refused: true}",
        "{name: x, to_bot: {body: 1, form: {a: 1}}, refused: true}",
        "{name: x, to_bot: {headers: {cookie: a=1, 'x y': 1}}, refused: true}",
        "{name: x, to_bot: {bdy: 1}, refused: true}",
        "{name: x, consents: {add: grant, ads: yes}, to_bot: {body: 1}, refused: true}",
        "{name: x, restricted: yes, decided_ago: 5, now: today, to_bot: {body: 1}, refused: true}",
        "{name: x, to_bot: {headers: {a: {b: c}}}, refused: true}",
    ];
    let texts =
        examples.map(|example| format!("{}examples:\n  - {example}\n", policy("", "  a: {at: $.a}\n")));
    insta::assert_snapshot!(report(texts));
}

/// Policies that say this about detection, and seek kinds of their own.
fn with_detection(sections: &[&str]) -> String {
    report(sections.iter().map(|section| {
        let section = section.replace('\n', "\n  ");
        format!("{}detection:\n  {section}\n", policy("", "  a: {in_text: [email]}\n"))
    }))
}

#[test]
fn a_kind_of_ones_own_that_can_not_be_found_is_pointed_at() {
    insta::assert_snapshot!(with_detection(&[
        "kinds: {badge: {title: B}}",
        "kinds: {badge: {pattern: 'B-[0-9', title: B}}",
        "kinds: {badge: {pattern: 'B-[0-9]+'}}",
        "kinds: {badge: {pattern: '(B-[0-9]{4} ?){40}'}}",
        "kinds: {badge: {pattern: '^B-[0-9]{4}$'}}",
        "kinds: {badge: {pattern: '[0-9]{0,4}'}}",
        "kinds: {badge: {pattern: '[ab]{0,40}a[ab]{40}'}}",
        "kinds: {badge: {pattern: 'Ｂ-[0-9]{4}'}}",
        "kinds: {badge: {pattern: 'B\u{200b}[0-9]{4}'}}",
        "kinds: {badge: {pattern: 'B[０-９]{4}'}}",
        "kinds: {badge: {pattern: 'B[0-9]{4}', check: lunh}}",
        "kinds: {badge: {pattern: 'B[0-9]{4}', words: [staff number]}}",
        "kinds: {badge: {pattern: 'B[0-9]{4}', ask: presidio, for: BADGE}}",
        "kinds: {badge: {pattern: 'B[0-9]{4}', for: BADGE}}",
        "kinds: {badge: {ask: presidio}}",
        "kinds: {badge: {ask: presidio, for: BADGE, words: [staff]}}",
        "kinds: {badge: {patern: 'B[0-9]{4}'}}",
        "kinds: {Badge: {pattern: 'B[0-9]{4}'}}",
        "kinds: {badge: 'B[0-9]{4}'}",
        "kinds: [badge]",
    ]));
}

#[test]
fn a_kind_that_there_is_can_be_supplemented_and_not_made_anew() {
    insta::assert_snapshot!(with_detection(&[
        "kinds: {email: {pattern: 'B[0-9]{4}'}}",
        "kinds: {email: {}}",
        "kinds: {contact: {ask: presidio, for: CONTACT}}",
        "kinds: {person-name: {ask: presidio, for: PERSON, words: [name]}}",
    ]));
}

#[test]
fn what_can_not_be_said_about_detection_is_pointed_at() {
    insta::assert_snapshot!(with_detection(&[
        "at_least: 101",
        "at_least: high",
        "at_least: {emial: 80, phone: most}",
        "regions: [de, UK, DE]",
        "languages: [en, german]",
        "ignore: [{pattern: '('}, {patern: x}, [a]]",
        "ignored: []",
        "[]",
    ]));
    insta::assert_snapshot!(said(&policy(
        "",
        "  a: {in_text: [bagde]}\ndetection: {kinds: {badge: {pattern: x}}}\n"
    )));
}

#[test]
fn a_kind_of_ones_own_too_many_is_too_many() {
    let kinds: String =
        (0..=crate::detect::Kinds::MOST_OWN).map(|n| format!("    k{n}: {{pattern: x{n}}}\n")).collect();
    insta::assert_snapshot!(said(&policy(
        "",
        &format!("  a: {{in_text: k1}}\ndetection:\n  kinds:\n{kinds}")
    )));
}

#[test]
fn what_is_said_about_detection_is_known() {
    use crate::policy::detection::How;
    let section = "detection:
  at_least: {contact: 70, phone: 50}
  kinds:
    badge: {title: Badge, pattern: 'B[0-9]{4}', check: luhn, words: Staff}
    account: {ask: presidio, for: US_BANK_NUMBER}
    person-name: {ask: presidio, for: PERSON}
";
    let text = policy("", "  a: {in_text: [account, badge, person-name]}\n") + section;
    let policy = Policy::parse(Source::new("p.yaml", text.as_str())).unwrap();
    let detection = &policy.detection;
    assert_eq!(detection.names().joined(policy.data[0].in_text), "person-name+badge+account");
    let own: Vec<_> = detection.own.iter().map(|own| (&*own.name, own.title.as_deref())).collect();
    assert_eq!(own, [("badge", Some("Badge")), ("account", None)]);
    assert!(matches!(&detection.own[0].how, How::Pattern(pattern) if pattern.as_str() == "B[0-9]{4}"));
    let asked: Vec<_> = detection
        .asked()
        .map(|asked| {
            (
                detection.names().first(asked.kinds),
                &*asked.detector,
                &*asked.entity,
                text.get(asked.place.clone()).unwrap(),
            )
        })
        .collect();
    assert_eq!(
        asked,
        [
            ("account", "presidio", "US_BANK_NUMBER", "presidio"),
            ("person-name", "presidio", "PERSON", "presidio")
        ]
    );
    let other = Policy::parse(Source::new("p.yaml", text.replace("B[0-9]", "C[0-9]"))).unwrap();
    assert_ne!(policy.digest, other.digest, "the digest covers it");
}
