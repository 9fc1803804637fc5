mod texts;

use proptest::prelude::*;

use super::*;
use crate::{complaint::Source, policy::Policy, signal::Signals};

const POLICY: &str = r#"
policy: p
version: 1
undeclared: forward
purposes:
  yes: {title: Y, basis: contract}
  no: {title: N, basis: consent}
data:
  dropped: {at: [header:x-drop, cookie:drop, query:drop, form:drop, path:drop, $.drop], for: no}
  family: {at: ["header:x-f-*", "query:utm_*"], for: no}
  redacted: {at: [header:x-redact, cookie:redact, query:redact, form:redact, path:redact], for: no, otherwise: redact}
  masked: {at: [header:x-mask, cookie:mask, query:mask, form:mask, path:mask], for: no, otherwise: {mask: {keep_last: 2}}}
  coarse: {at: [header:x-lat, query:lat], for: no, otherwise: {generalise: {decimals: 1}}}
  passes: {at: [header:x-pass, query:pass], for: yes}
  any_case: {at: [{at: "query:Email", ignore_case: true}], for: no}
  refused: {at: [header:x-refuse, query:refuse], for: no, otherwise: refuse}
"#;

fn plan(undeclared: &str) -> Plan {
    let text = POLICY.replace("undeclared: forward", &format!("undeclared: {undeclared}"));
    Plan::new(
        Policy::parse(Source::new("p.yaml", text)).unwrap_or_else(|wrong| panic!("{}", wrong.show(false))),
    )
}

struct Sent<'a> {
    target: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
}

fn rewritten(plan: &Plan, sent: &Sent<'_>) -> Result<String, Refusal> {
    rewritten_over(Version::HTTP_11, plan, sent)
}

fn rewritten_over(version: Version, plan: &Plan, sent: &Sent<'_>) -> Result<String, Refusal> {
    noted(version, plan, sent, &mut Account::default())
}

fn noted(version: Version, plan: &Plan, sent: &Sent<'_>, account: &mut Account) -> Result<String, Refusal> {
    let mut request = Request::post(sent.target).version(version);
    for (name, value) in sent.headers {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    let verdict = plan.verdict(&Consent::default(), &Signals::default(), Timestamp::UNIX_EPOCH, false);
    let body = Bytes::copy_from_slice(sent.body.as_bytes());
    let path = head.uri.path().to_owned();
    let names = ["drop", "redact", "mask", "other"];
    let places = path.split('/').skip(1).scan(1, |at, segment| {
        let start = *at;
        *at += segment.len() + 1;
        Some(start..start + segment.len())
    });
    let segments: Vec<_> = names
        .iter()
        .zip(places.filter(|place| !place.is_empty()))
        .map(|(name, place)| (Arc::from(*name), place))
        .collect();
    let received = Received {
        head: &head,
        segments: &segments,
        body: if body.is_empty() {
            ReceivedBody::Unread
        } else if sent.body.starts_with('{') {
            ReceivedBody::Json(&body)
        } else {
            ReceivedBody::Form(&body)
        },
        coded: None,
        trailers: None,
        strip: &Strip::default(),
    };
    let key = Keys::new(&[0; 32]);
    let rules = Rules { plan, verdict: &verdict, key: &key, max_depth: 64, outside: Outside::NOBODY };
    let rewritten = super::request(&received, &rules, account)?;
    let (uri, headers, body) = rewritten.parts();
    let lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    let body = body.map(|body| String::from_utf8_lossy(body).into_owned()).unwrap_or_default();
    Ok(format!("{uri}\n{}{body}", lines.concat()))
}

fn target(target: &str) -> Result<String, Refusal> {
    rewritten(&plan("forward"), &Sent { target, headers: &[], body: "" })
        .map(|text| text.trim_end().to_owned())
}

fn header(name: &str, value: &str) -> String {
    let sent = Sent { target: "/", headers: &[(name, value)], body: "" };
    rewritten(&plan("forward"), &sent).unwrap().trim_start_matches("/\n").trim_end().to_owned()
}

#[test]
fn parameters_keep_their_bytes_and_order_around_what_is_withheld() {
    for (before, after) in [
        ("/?a=1&drop=x&b=%41+c", "/?a=1&b=%41+c"),
        ("/?dr%6Fp=x&b", "/?b"),
        ("/?drop=x", "/"),
        ("/?drop", "/"),
        ("/?", "/?"),
        ("/?a&&b=&=c", "/?a&&b=&=c"),
        ("/?drop=1&a=1&drop=2", "/?a=1"),
        ("/?redact=x&a=1", "/?redact=%5Bwithheld%5D&a=1"),
        ("/?mask=4111+1111", "/?mask=%2A%2A%2A%2A11"),
        ("/?lat=52.5243&lat=x", "/?lat=52%2E5"),
        ("/?utm_source=x&utm=y&UTM_x=z", "/?utm=y&UTM_x=z"),
        ("/?EMAIL=x&e%4dail=y&mail=z", "/?mail=z"),
        ("/?pass=%zz&x=1", "400"),
        ("/?a=1;drop=2", "400"),
        ("/?a=1;b=2", "/?a=1;b=2"),
        ("/?refuse=1", "403"),
    ] {
        let made = target(before).unwrap_or_else(|refusal| refusal.status().as_str().to_owned());
        assert_eq!(made, after, "{before}");
    }
}

#[test]
fn withheld_segments_of_the_path_are_replaced() {
    assert_eq!(
        target("/secret/secret/4111111/plain?x").unwrap(),
        "/withheld/withheld/%2A%2A%2A%2A11/plain?x"
    );
}

#[test]
fn header_fields_leave_as_they_came_or_as_their_entry_says() {
    for (name, value, after) in [
        ("x-other", "as  it is", "x-other: as  it is"),
        ("x-drop", "x", ""),
        ("x-f-anything", "x", ""),
        ("x-redact", "x", "x-redact: [withheld]"),
        ("x-mask", "12345678", "x-mask: ****78"),
        ("x-lat", "52.5243", "x-lat: 52.5"),
        ("x-lat", "Berlin", ""),
        ("x-pass", "x", "x-pass: x"),
        ("x_underscore", "x", ""),
        ("cookie", "a=1; drop=2; b=3", "cookie: a=1; b=3"),
        ("cookie", "drop=2; a=1", "cookie: a=1"),
        ("cookie", "drop=1", ""),
        ("cookie", "a=1;  b=2", "cookie: a=1;  b=2"),
        ("cookie", "redact=1; mask=12345678; a=1", "cookie: redact=[withheld]; mask=****78; a=1"),
        ("content-digest", "sha-256=:x:", ""),
        ("etag", "x", ""),
    ] {
        assert_eq!(header(name, value), after, "{name}: {value}");
    }
}

#[test]
fn the_cookie_lines_of_http_2_become_one_and_those_of_http_1_are_refused() {
    let headers = &[("cookie", "a=1"), ("x-a", "1"), ("cookie", "drop=1"), ("cookie", "b=2")];
    let sent = Sent { target: "/", headers, body: "" };
    let made = rewritten_over(Version::HTTP_2, &plan("forward"), &sent);
    assert_eq!(made.unwrap(), "/\nx-a: 1\ncookie: a=1; b=2\n");
    assert!(matches!(rewritten(&plan("forward"), &sent), Err(Refusal::Header(_))));
}

#[test]
fn an_allow_list_covers_every_part_of_a_request() {
    let sent = Sent {
        target: "/a/b/c/plain?x=1&pass=2",
        headers: &[("host", "h"), ("user-agent", "u"), ("x-pass", "1"), ("cookie", "a=1"), ("accept", "*/*")],
        body: r#"{"a":1}"#,
    };
    let made = rewritten(&plan("drop"), &sent).unwrap();
    assert_eq!(
        made,
        "/withheld/withheld/****/plain?pass=2\nhost: h\nx-pass: 1\naccept: */*\nnull"
            .replace("****", "%2A%2A%2A%2A")
    );
    for (target, headers, body) in [
        ("/?x=1", &[][..], ""),
        ("/", &[("user-agent", "u")][..], ""),
        ("/", &[("cookie", "a=1")][..], ""),
        ("/", &[][..], "a=1"),
        ("/", &[][..], r#"{"a":1}"#),
    ] {
        assert_eq!(rewritten(&plan("refuse"), &Sent { target, headers, body }), Err(Refusal::Undeclared));
    }
    let declared = Sent { target: "/?pass=1", headers: &[("host", "h")], body: "" };
    assert!(rewritten(&plan("refuse"), &declared).is_ok());
}

#[test]
fn what_can_be_read_in_two_ways_is_refused_where_it_matters() {
    let status = |undeclared, sent: &Sent<'_>| {
        rewritten(&plan(undeclared), sent).map_err(|refusal| refusal.status().as_u16())
    };
    for (target, headers) in [
        ("/?pass=1;secret=2", &[][..]),
        ("/?em%C1%A1il=1", &[]),
        ("/?email%00=1", &[]),
        ("/", &[("cookie", "email=\"a; more=b\"; c=2")]),
    ] {
        assert_eq!(status("drop", &Sent { target, headers, body: "" }), Err(400), "{target} {headers:?}");
    }
}

#[test]
fn an_entry_for_the_cookie_header_acts_on_the_whole_line() {
    for at in ["header:cookie", "'header:*'", "'header:coo*'"] {
        let text = format!("policy: p\nversion: 1\nundeclared: forward\ndata:\n  c: {{at: {at}}}\n");
        let plan = Plan::new(Policy::parse(Source::new("p.yaml", text)).unwrap());
        let sent = Sent { target: "/", headers: &[("cookie", "a=SECRET")], body: "" };
        assert_eq!(rewritten(&plan, &sent).unwrap(), "/\n", "{at}");
    }
}

#[test]
fn the_order_of_entries_shows_in_no_refusal_and_no_account() {
    let entries = [
        "  abe: {at: [$.x, header:x-a, $.r], for: no, otherwise: redact}\n",
        "  zed: {at: [$.x, header:x-a, $.r], for: no, otherwise: {redact: 0}}\n",
        "  may: {at: [$..r, header:x-r], for: no, otherwise: refuse}\n",
        "  not: {at: [$..r, header:x-r], otherwise: refuse}\n",
    ];
    let told = |entries: &[&str], sent: &Sent<'_>| {
        let head =
            "policy: p\nversion: 1\nundeclared: forward\npurposes: {no: {title: N, basis: consent}}\ndata:\n";
        let plan = Plan::new(Policy::parse(Source::new("p", format!("{head}{}", entries.concat()))).unwrap());
        let mut account = Account::default();
        let made = noted(Version::HTTP_11, &plan, sent, &mut account);
        (made, account.lines(&plan))
    };
    let mut reversed = entries;
    reversed.reverse();
    for sent in [
        Sent { target: "/", headers: &[("x-a", "1")], body: "{\"x\":1}" },
        Sent { target: "/", headers: &[("x-r", "1")], body: "" },
        Sent { target: "/", headers: &[], body: "{\"x\":{\"r\":1}}" },
    ] {
        assert_eq!(told(&entries, &sent), told(&reversed, &sent));
    }
}

#[test]
fn signatures_go_where_anything_they_cover_may_have_changed() {
    let sent = Sent {
        target: "/",
        headers: &[("signature-input", "s=(\"x-drop\")"), ("signature", "s=:x:")],
        body: "",
    };
    assert_eq!(rewritten(&plan("forward"), &sent).unwrap(), "/\n");
    let nothing =
        Plan::new(Policy::parse(Source::new("p", "policy: p\nversion: 1\nundeclared: forward\n")).unwrap());
    assert!(rewritten(&nothing, &sent).unwrap().contains("signature: s=:x:"));
}

#[test]
fn a_coarser_segment_never_becomes_one_that_leads_elsewhere() {
    let text = "policy: p\nversion: 1\nundeclared: forward\ndata:\n  c: {at: 'path:drop', otherwise: {generalise: {keep_first: 2}}}\n";
    let plan = Plan::new(Policy::parse(Source::new("p.yaml", text)).unwrap());
    for target in ["/..abc/x", "/%2e%2eab/x", "/a/b/x"] {
        let made = rewritten(&plan, &Sent { target, headers: &[], body: "" }).unwrap();
        assert!(made.starts_with("/withheld/"), "{target}: {made}");
    }
}

#[test]
fn forms_follow_the_rules_of_parameters() {
    let sent = Sent { target: "/", headers: &[], body: "a=1&dr%6fp=2&mask=12345678&b=%20" };
    assert_eq!(rewritten(&plan("forward"), &sent).unwrap(), "/\na=1&mask=%2A%2A%2A%2A78&b=%20");
}

#[test]
fn a_refusal_names_the_purposes_a_yes_to_which_would_have_helped() {
    let sent = Sent { target: "/", headers: &[("x-refuse", "1")], body: "" };
    let refusal = rewritten(&plan("forward"), &sent).unwrap_err();
    let purposes = vec![Missing { name: "no".into(), title: "N".into() }];
    assert_eq!(refusal, Refusal::ConsentMissing { data: "refused".into(), purposes, decide_at: None });
}

proptest! {
    #[test]
    fn parameters_and_cookies_that_no_entry_names_keep_their_bytes(query in "[a-c=&+%41;]{0,24}", cookie in "[a-c=; ]{1,24}") {
        prop_assume!(!cookie.trim().is_empty());
        let target = format!("/?{query}");
        let cookie = cookie.trim();
        let sent = Sent { target: &target, headers: &[("cookie", cookie)], body: "" };
        match rewritten(&plan("forward"), &sent) {
            Ok(made) => prop_assert_eq!(made, format!("{target}\ncookie: {cookie}\n")),
            Err(refusal) => prop_assert!(matches!(refusal, Refusal::Target(_)), "{:?}", refusal),
        }
    }

    #[test]
    fn a_withheld_parameter_leaves_no_trace(before in "([ab]=[0-9]&){0,3}", value in "[a-z0-9]{0,8}", other in "[a-z0-9]{0,8}", after in "(&[ab]=[0-9]){0,3}") {
        let with = |value: &str| target(&format!("/?{before}drop={value}{after}"));
        prop_assert_eq!(with(&value), with(&other));
        if before.is_empty() != after.is_empty() {
            let without = format!("/?{}{}", before.trim_end_matches('&'), after.trim_start_matches('&'));
            prop_assert_eq!(with(&value), target(&without));
        }
    }
}

#[test]
fn what_is_found_in_texts_is_withheld_however_the_body_spells_it() {
    let policy = "policy: p\nversion: 1\nundeclared: forward\npurposes: {no: {title: N, basis: consent}}\n\
                  data: {found: {in_text: [email, phone], for: no, otherwise: redact}}\n";
    let plan = Plan::new(Policy::parse(Source::new("p.yaml", policy)).unwrap());
    for (body, expected) in [
        (r#"{"text":"I am ada@example.com."}"#, r#"{"text":"I am [email]."}"#),
        (r#"{"a":["\u0061da@ex\u0061mple.com",1.50]}"#, r#"{"a":["[email]",1.50]}"#),
        (r#"{"a":{"b":"{\"to\":\"ada@example.com\"}"}}"#, r#"{"a":{"b":"{\"to\":\"[email]\"}"}}"#),
        (r#"{"a":"ada%40example.com, 212&#45;555&#45;0143"}"#, r#"{"a":"[email], [phone]"}"#),
    ] {
        let made = rewritten(&plan, &Sent { target: "/", headers: &[], body }).unwrap();
        assert!(made.ends_with(expected), "{made}");
    }
}
