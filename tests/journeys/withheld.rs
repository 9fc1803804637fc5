//! Promise: nothing withheld crosses. Requests that differ only in what is withheld are the same bytes at the bot.

use crate::{client::raw, house::House, written::Written};

const POLICY: &str = "
policy: shop
version: 1
undeclared: UNDECLARED
purposes:
  support: {title: Answer your question, basis: contract}
  personalisation: {title: Tailor suggestions to you, basis: consent}
data:
  question: {at: [$.text, 'header:x-kept', 'query:q', 'cookie:kept', 'form:text'], for: support}
  dropped:
    at: [$..email, '$.list[1]', 'header:x-user-email', 'cookie:mail', 'query:email', 'query:utm_*', 'form:email']
    for: personalisation
    otherwise: drop
  redacted: {at: [$.name, 'header:x-name', 'cookie:name', 'query:name', 'form:name'], for: personalisation, otherwise: redact}
  masked: {at: [$.card], for: personalisation, otherwise: {mask: {keep_last: 2}}}
  coarse: {at: [$.lat, 'query:lat'], for: personalisation, otherwise: {generalise: {decimals: 1}}}
  year: {at: [$.born], for: personalisation, otherwise: {generalise: {date: year}}}
  session: {at: 'path:session', for: personalisation, otherwise: redact}
";

async fn house(undeclared: &str) -> House {
    let written = Written::policy(&POLICY.replace("UNDECLARED", undeclared));
    written.route("path: '/chat/{session}'").open().await
}

/// What the bot gets, byte by byte.
async fn arrives(house: &House, request: &[u8]) -> String {
    let answer = house.tell(request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    house.bot.last().raw
}

/// That two requests arrive as the same bytes, and what those contain.
async fn assert_same(house: &House, one: &[u8], other: &[u8], kept: &str) {
    let (one, other) = (arrives(house, one).await, arrives(house, other).await);
    assert_eq!(one, other);
    assert!(one.contains(kept), "`{kept}` should have arrived in {one}");
}

fn get(target: &str, fields: &[&str]) -> Vec<u8> {
    raw(&format!("GET {target}"), fields, b"")
}

fn json(body: &str) -> Vec<u8> {
    raw("POST /chat/1", &["Content-Type: application/json"], body.as_bytes())
}

fn form(body: &str) -> Vec<u8> {
    raw("POST /chat/1", &["Content-Type: application/x-www-form-urlencoded"], body.as_bytes())
}

#[tokio::test]
async fn a_withheld_segment_of_the_path_does_not_cross() {
    let house = house("forward").await;
    assert_same(&house, &get("/chat/ada", &[]), &get("/chat/e%76e", &[]), "GET /chat/withheld").await;
}

#[tokio::test]
async fn withheld_parameters_of_the_query_do_not_cross_nor_does_their_presence() {
    let house = house("forward").await;
    for (one, other) in [
        ("q=%61+b&email=ada@example.com&x", "q=%61+b&em%61il=eve&x"),
        ("q=%61+b&email=ada@example.com&x", "q=%61+b&x"),
        ("utm_source=a&q=%61+b&utm_medium=b&x", "q=%61+b&x"),
        ("&&q=%61+b&email=ada&&x", "&&q=%61+b&&x"),
        ("&email=ada&q=%61+b&x", "&q=%61+b&x"),
        ("q=%61+b&name=ada&x", "q=%61+b&name=eve&x"),
        ("q=%61+b&lat=52.5243&x", "q=%61+b&lat=52.5199&x"),
    ] {
        let (one, other) = (format!("/chat/1?{one}"), format!("/chat/1?{other}"));
        assert_same(&house, &get(&one, &[]), &get(&other, &[]), "q=%61+b&").await;
    }
}

#[tokio::test]
async fn withheld_header_fields_do_not_cross_nor_does_their_presence() {
    let house = house("forward").await;
    let kept = ["X-Kept: 1", "Accept: */*"];
    let others: [&[&str]; 3] = [
        &["X-User-Email: ada@example.com", "X-Kept: 1", "Accept: */*"],
        &["X-Kept: 1", "x-user-email: eve", "X-USER-EMAIL: eve", "Accept: */*"],
        &["X-Kept: 1", "Accept: */*", "X-User-Email: \u{e9}"],
    ];
    for other in others {
        assert_same(&house, &get("/chat/1", &kept), &get("/chat/1", other), "*/*").await;
    }
    let (ada, eve) = (["X-Name: ada", "X-Kept: 1"], ["X-Name: eve", "X-Kept: 1"]);
    assert_same(&house, &get("/chat/1", &ada), &get("/chat/1", &eve), "[withheld]").await;
}

#[tokio::test]
async fn withheld_cookies_do_not_cross_nor_does_their_presence() {
    let house = house("forward").await;
    for (one, other, kept) in [
        ("Cookie: mail=ada; kept=1", "Cookie: kept=1", "kept=1"),
        ("Cookie: kept=1; mail=ada", "Cookie: kept=1; mail=eve; mail=eve", "kept=1"),
        ("Cookie: a=\"1\"; mail=ada;  b", "Cookie: a=\"1\";  b", "a=\"1\""),
        ("Cookie: mail=ada;a=1;b=2", "Cookie: a=1;b=2", "a=1;b=2"),
        ("Cookie: mail=ada", "X-User-Email: eve", "GET"),
        ("Cookie: name=ada; kept=1", "Cookie: name=eve; kept=1", "kept=1"),
    ] {
        assert_same(&house, &get("/chat/1", &[one]), &get("/chat/1", &[other]), kept).await;
    }
}

#[tokio::test]
async fn withheld_members_of_a_body_do_not_cross_nor_does_their_presence() {
    let house = house("forward").await;
    for (one, other) in [
        (r#"{"text":"hi","email":"ada"}"#, r#"{"text":"hi"}"#),
        (r#"{"email":{"deep":[1,2]},"text":"hi"}"#, r#"{"em\u0061il":null,"text":"hi"}"#),
        (r#"{"text":"hi","a":[{"email":1},{"b":1.10}]}"#, r#"{"text":"hi","a":[{},{"b":1.10}]}"#),
        (r#"{"text":"hi","list":[1,"ada",3]}"#, r#"{"text":"hi","list":[1,[],3]}"#),
        (r#"{"text":"hi" , "email" : 1 , "b" :2 }"#, r#"{"text":"hi" , "b" :2 }"#),
        (r#"{"text":"hi","name":"ada"}"#, r#"{"text":"hi","name":"a much longer name"}"#),
        (r#"{"text":"hi","card":"4111111111111111"}"#, r#"{"text":"hi","card":"5222222222222211"}"#),
        (r#"{"text":"hi","lat":52.5243}"#, r#"{"text":"hi","lat":52.5199}"#),
        (r#"{"text":"hi","born":"1990-01-02"}"#, r#"{"text":"hi","born":"1990-12-31"}"#),
    ] {
        assert_same(&house, &json(one), &json(other), r#""text":"hi""#).await;
    }
}

#[tokio::test]
async fn withheld_fields_of_a_form_do_not_cross_nor_does_their_presence() {
    let house = house("forward").await;
    for (one, other) in [
        ("text=h%69&email=ada%40example.com&x=1", "text=h%69&x=1"),
        ("email=ada&text=h%69", "em%61il=eve&text=h%69"),
        ("text=h%69&name=ada", "text=h%69&name=a+much+longer+name"),
    ] {
        assert_same(&house, &form(one), &form(other), "text=h%69").await;
    }
}

fn with_trailers(fields: &[&str], trailers: &[&str]) -> Vec<u8> {
    let lines = |lines: &[&str]| lines.iter().map(|line| format!("{line}\r\n")).collect::<String>();
    format!(
        "POST /chat/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n{}\
         Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n{}\r\n",
        lines(fields),
        lines(trailers)
    )
    .into_bytes()
}

#[tokio::test]
async fn withheld_trailers_do_not_cross_nor_does_their_presence() {
    let house = house("forward").await;
    let without = with_trailers(&[], &["X-Kept: 1"]);
    for trailers in [["X-Kept: 1", "X-User-Email: ada"], ["X-User-Email: eve", "X-Kept: 1"]] {
        assert_same(&house, &without, &with_trailers(&[], &trailers), "x-kept: 1").await;
    }
    let nothing = with_trailers(&[], &[]);
    assert_same(&house, &nothing, &with_trailers(&[], &["X-User-Email: ada"]), "{}").await;
}

#[tokio::test]
async fn the_announcement_of_a_withheld_trailer_does_not_cross() {
    let house = house("forward").await;
    let announced = with_trailers(&["Trailer: X-User-Email"], &["X-User-Email: ada"]);
    assert_same(&house, &with_trailers(&[], &[]), &announced, "{}").await;
    let both = with_trailers(&["Trailer: X-User-Email, X-Kept"], &["X-User-Email: ada", "X-Kept: 1"]);
    assert_same(&house, &with_trailers(&["Trailer: X-Kept"], &["X-Kept: 1"]), &both, "x-kept: 1").await;
}

#[tokio::test]
async fn a_digest_or_a_length_of_the_body_as_it_came_does_not_cross() {
    let house = house("forward").await;
    let digest = ["Content-Type: application/json", "Content-Digest: sha-256=:YWRh:", "ETag: \"ada\""];
    let one = raw("POST /chat/1", &digest, br#"{"email":"ada"}"#);
    assert_same(&house, &one, &json("{}"), "{}").await;
}

#[tokio::test]
async fn what_nobody_declared_does_not_cross_where_the_policy_drops_it() {
    let house = house("drop").await;
    let kept = raw("POST /chat/1?q=1", &["Content-Type: application/json"], br#"{"text":"hi"}"#);
    let fields = ["User-Agent: ada", "Cookie: a=1", "Content-Type: application/json", "X-Any: 1"];
    for body in [r#"{"text":"hi","any":{"text":1}}"#, r#"{"text":"hi","a":[[],{}],"email":"ada"}"#] {
        let more = raw("POST /chat/1?any=1&q=1&b", &fields, body.as_bytes());
        assert_same(&house, &kept, &more, r#"{"text":"hi"}"#).await;
    }
}
