//! One person, many ways of saying who it is.

mod fetched;
mod load;
mod tokens;

use std::path::Path;

use http::{Request, request::Parts};
use proptest::prelude::*;

use super::*;
use crate::subject::Standing;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const LOCAL: &str = "10.1.2.3";
const STRANGER: &str = "192.0.2.1";

/// An identifier with the sources of a YAML list.
fn identifier(yaml: &str) -> Identifier {
    Identifier::new(&sources(yaml), Path::new(".")).unwrap()
}

fn sources(yaml: &str) -> Vec<SubjectSource> {
    serde_saphyr::from_str(yaml).unwrap()
}

fn head(target: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn peer(address: &str) -> PeerView<'static> {
    PeerView { address: address.parse().unwrap(), certificate: None }
}

fn nothing(_: &BodyPath) -> Found {
    Found::Absent
}

/// `namespace/id`, or nobody, or the refusal.
fn who(identifier: &Identifier, head: &Parts, from: &str) -> Result<Option<String>, Refusal> {
    let identified = identifier.identify(head, peer(from), nothing)?;
    Ok(identified.subject.map(|subject| format!("{}/{}", subject.namespace(), subject.id())))
}

fn is_401<T>(outcome: &Result<T, Refusal>) -> bool {
    matches!(outcome, Err(refusal) if refusal.status() == 401)
}

#[test]
fn a_header_counts_only_from_listed_peers_and_is_taken_away_from_all_others() {
    let by_header = identifier("- header: {name: X-User-Id, from: [10.1.0.0/16]}");
    let request = head("/", &[("x-user-id", "ada")]);
    let trusted = by_header.identify(&request, peer(LOCAL), nothing).unwrap();
    assert_eq!(trusted.subject, Some(Subject::new("header", "ada", Standing::Proven)));
    assert_eq!(trusted.strip.headers, ["x-user-id"]);
    let untrusted = by_header.identify(&request, peer(STRANGER), nothing).unwrap();
    assert_eq!(untrusted.subject, None);
    assert_eq!(untrusted.strip.headers, ["x-user-id"]);
    let mapped = who(&by_header, &request, "::ffff:10.1.2.3");
    assert_eq!(mapped, Ok(Some("header/ada".to_owned())));
}

#[test]
fn a_header_that_is_forwarded_is_still_taken_away_from_strangers() {
    let by_header = identifier("- header: {name: x-user-id, from: [10.1.2.3], forward: true}");
    let request = head("/", &[("x-user-id", "ada")]);
    assert_eq!(by_header.identify(&request, peer(LOCAL), nothing).unwrap().strip, Strip::default());
    let untrusted = by_header.identify(&request, peer(STRANGER), nothing).unwrap();
    assert_eq!(untrusted.strip.headers, ["x-user-id"]);
}

#[test]
fn a_strangers_header_is_taken_away_whichever_source_decides() {
    let both = identifier("[cookie: {name: u}, header: {name: x-user-id, from: [10.1.2.3]}]");
    let request = head("/", &[("x-user-id", "eve"), ("cookie", "u=ada")]);
    let identified = both.identify(&request, peer(STRANGER), nothing).unwrap();
    assert_eq!(identified.subject, Some(Subject::new("cookie", "ada", Standing::Claimed)));
    assert_eq!(identified.strip.headers, ["x-user-id"]);
    assert_eq!(identified.strip.cookies, ["u".into()]);
}

#[test]
fn a_header_listed_twice_stays_for_the_peers_of_either() {
    let both = identifier(
        "[header: {name: x-id, from: [10.1.2.3], namespace: a, forward: true}, header: {name: X-Id, from: [10.9.9.9], namespace: b}]",
    );
    let request = head("/", &[("x-id", "ada")]);
    assert_eq!(both.identify(&request, peer(LOCAL), nothing).unwrap().strip, Strip::default());
    assert_eq!(both.identify(&request, peer(STRANGER), nothing).unwrap().strip.headers.len(), 2);
}

#[test]
fn the_first_source_that_is_present_decides() {
    let all = identifier("[query: {name: u}, cookie: {name: u, forward: true}, body: {at: $.user.id}]");
    let table = [
        ("/?u=q", "u=c", Some("query/q")),
        ("/", "u=c", Some("cookie/c")),
        ("/?v=1", "v=2", None),
        ("/?u=%C3%A9+%2B", "", Some("query/é +")),
    ];
    for (target, cookie, expected) in table {
        let found = who(&all, &head(target, &[("cookie", cookie)]), LOCAL).unwrap();
        assert_eq!(found.as_deref(), expected, "{target} {cookie}");
    }
}

#[test]
fn a_credential_that_does_not_hold_is_never_passed_over() {
    let all = identifier(&format!(
        "[header: {{name: x-id, from: [10.1.2.3]}}, signed_cookie: {{name: s, key: {{inline: {KEY}}}}}, \
         cookie: {{name: u}}, query: {{name: u}}]"
    ));
    let long = "x".repeat(513);
    let table: &[(&str, &[(&str, &str)])] = &[
        ("/?u=ada", &[("x-id", "")]),
        ("/?u=ada", &[("x-id", "a"), ("x-id", "a")]),
        ("/?u=ada", &[("x-id", &long)]),
        ("/?u=ada", &[("cookie", "s=abc")]),
        ("/?u=ada", &[("cookie", "s")]),
        ("/?u=ada", &[("cookie", "u=1; u=1")]),
        ("/?u=ada", &[("cookie", "u=1"), ("cookie", "u=2")]),
        ("/?u=ada", &[("cookie", "u=")]),
        ("/?u=ada&u=ada", &[]),
        ("/?u=", &[]),
        ("/?u", &[]),
        ("/?u=%4", &[]),
        ("/?u=%ff", &[]),
        ("/?u=%00", &[]),
        ("/?u=a%0d%0ab", &[]),
    ];
    for (target, headers) in table {
        assert!(is_401(&who(&all, &head(target, headers), LOCAL)), "{target} {headers:?}");
    }
}

#[test]
fn a_signed_cookie_proves_its_id() {
    let signed =
        identifier(&format!("- signed_cookie: {{name: s, key: {{inline: {KEY}}}, namespace: shop}}"));
    let cookie = format!("a=1; s={}", sign_cookie(KEY.as_bytes(), "s", "ada", now() + 60));
    let identified = signed.identify(&head("/", &[("cookie", &cookie)]), peer(LOCAL), nothing).unwrap();
    assert_eq!(identified.subject, Some(Subject::new("shop", "ada", Standing::Proven)));
    assert_eq!(identified.strip, Strip { cookies: vec!["s".into()], ..Strip::default() });
    let stale = format!("s={}", sign_cookie(KEY.as_bytes(), "s", "ada", now() - 1));
    assert!(is_401(&who(&signed, &head("/", &[("cookie", &stale)]), LOCAL)));
}

#[test]
fn a_body_field_claims_its_id() {
    let by_body = identifier("[query: {name: u}, body: {at: '$.user.id'}]");
    assert!(by_body.needs_body() && !identifier("- cookie: {name: u}").needs_body());
    assert_eq!(by_body.body_paths().collect::<Vec<_>>(), [(BodyPath(1), "$.user.id")]);
    let ask = |found: Found| by_body.identify(&head("/", &[]), peer(LOCAL), move |_| found.clone());
    let known = ask(Found::Text("1.0".to_owned())).unwrap();
    assert_eq!(known.subject, Some(Subject::new("body", "1.0", Standing::Claimed)));
    assert_eq!(known.strip, Strip { body: Some(BodyPath(1)), ..Strip::default() });
    assert_eq!(ask(Found::Absent).unwrap().subject, None);
    for unfit in [Found::Unfit, Found::Text(String::new()), Found::Text("a\u{1b}".to_owned())] {
        assert!(is_401(&ask(unfit)));
    }
    let early = by_body.identify(&head("/?u=ada", &[]), peer(LOCAL), |_| panic!("asked for the body"));
    assert!(early.is_ok());
}

#[test]
fn a_client_certificate_proves_its_name() {
    let by_certificate = identifier("- client_certificate: {san: dns}");
    let leaf = rcgen::generate_simple_self_signed(["ada.example".to_owned()]).unwrap().cert;
    let with = |certificate| {
        let view = PeerView { address: LOCAL.parse().unwrap(), certificate };
        by_certificate.identify(&head("/", &[]), view, nothing)
    };
    let subject = with(Some(leaf.der().as_ref())).unwrap().subject;
    assert_eq!(subject, Some(Subject::new("client_certificate", "ada.example", Standing::Proven)));
    assert_eq!(with(None).unwrap().subject, None);
    assert!(is_401(&with(Some(b"not a certificate"))));
}

#[test]
fn nothing_that_prints_shows_an_id_or_a_key() {
    let yaml = format!("- signed_cookie: {{name: s, key: {{inline: {KEY}}}}}");
    let cookie = format!("s={}", sign_cookie(KEY.as_bytes(), "s", "ada", now() + 60));
    let identified = identifier(&yaml).identify(&head("/", &[("cookie", &cookie)]), peer(LOCAL), nothing);
    let found = Found::Text("ada".to_owned());
    let printed = format!("{:?} {:?} {identified:?} {found:?}", sources(&yaml), identifier(&yaml));
    assert!(!printed.contains(KEY) && !printed.contains("ada"), "{printed}");
}

fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

proptest! {
    #[test]
    fn no_bytes_whatever_make_it_panic(
        header in proptest::collection::vec(any::<u8>(), 0..80),
        cookie in proptest::collection::vec(prop_oneof![Just(b';'), Just(b'='), Just(b'.'), Just(b's'), any::<u8>()], 0..80),
        query in "[us=&%+0-9a-f;é]{0,40}",
    ) {
        let all = identifier(&format!(
            "[jwt: {{algorithm: HS256, key: {{inline: {KEY}}}, issuer: i, audience: a}}, \
             header: {{name: x-id, from: [10.1.2.3]}}, signed_cookie: {{name: s, key: {{inline: {KEY}}}}}, \
             cookie: {{name: u}}, query: {{name: u}}]"
        ));
        let mut request = head("/", &[]);
        if let Ok(uri) = format!("/?{query}").parse() {
            request.uri = uri;
        }
        for (name, value) in [("authorization", &header), ("x-id", &header), ("cookie", &cookie)] {
            if let Ok(value) = http::HeaderValue::from_bytes(value) {
                request.headers.insert(name, value);
            }
        }
        let _ = all.identify(&request, peer(LOCAL), nothing);
        request.headers.remove("authorization");
        let _ = all.identify(&request, peer(LOCAL), nothing);
        request.headers.remove("x-id");
        let _ = all.identify(&request, peer(LOCAL), nothing);
    }
}
