//! Values beside JSON that are texts to an entry: parameters, fields of forms, header fields, cookies, segments of paths.

use serde_json::json;

use crate::{
    bot::{Bot, said},
    client::{chat, raw},
    house::House,
    socket::{bot::Echo, person::Ask},
    written::Written,
};

const POLICY: &str = "
policy: shop
version: 1
undeclared: forward
purposes:
  contact: {title: Get back to you, basis: consent}
data:
  mentioned:
    in_text: {kinds: [email, phone], at: ['form:comment', 'query:q', 'header:x-note', 'cookie:draft', 'path:topic']}
    for: contact
    otherwise: redact
";

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const PARTS: &str = "Content-Type: multipart/form-data; boundary=x";

/// One message: its target, its fields, its body.
type Message<'a> = (&'a str, &'a [&'a str], &'a [u8]);

async fn house() -> House {
    Written::policy(POLICY).route("path: '/chat/{topic}'").open().await
}

/// What the bot is sent of a message of Ada's.
async fn sent(house: &House, (target, fields, body): Message<'_>) -> String {
    let fields = [&["X-User-Id: ada"], fields].concat();
    let answer = house.tell(raw(&format!("POST {target}"), &fields, body)).await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    house.bot.last().raw
}

fn parts(content: &str) -> Vec<u8> {
    let field = "--x\r\nContent-Disposition: form-data; name=\"comment\"\r\n";
    format!(
        "{field}Content-Type: text/plain; charset=utf-8\r\n\r\n{content}\r\n{field}\r\n{content}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx@mail.example\r\n--x--\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn what_is_found_in_such_a_value_reaches_the_bot_only_where_the_person_agreed() {
    let many = parts("Write to ada@example.com.");
    let cookie = "Cookie: a=1; draft=to:ada@example.com!; b=x@mail.example";
    let cases: [(Message<'_>, &str, &str); 6] = [
        (
            (
                "/chat/a",
                &[FORM],
                b"n=1.50&comment=Write+to+ada%40example.com.&other=x%40mail.example&comment=",
            ),
            "n=1.50&comment=Write%20to%20%5Bemail%5D%2E&other=x%40mail.example&comment=",
            "form:comment",
        ),
        (("/chat/a", &[PARTS], &many), "Write to [email].\r\n--x", "form:comment"),
        (
            ("/chat/a?n=1&q=to+ada%40example.com&other=x%40mail.example", &[], b""),
            "/chat/a?n=1&q=to%20%5Bemail%5D&other=x%40mail.example HTTP",
            "query:q",
        ),
        (
            ("/chat/a", &["X-Note: to ada@example.com, thanks", "X-Other: x@mail.example"], b""),
            "to [email], thanks\r\n",
            "header:x-note",
        ),
        (("/chat/a", &[cookie], b""), "a=1; draft=to:[email]!; b=x@mail.example\r\n", "cookie:draft"),
        (("/chat/to%20ada%40example.com?n=1", &[], b""), "/chat/to%20%5Bemail%5D?n=1 HTTP", "path:topic"),
    ];
    let house = house().await;
    for (n, (message, without, place)) in cases.iter().enumerate() {
        let told = sent(&house, *message).await;
        assert!(told.contains(without), "{without} in {told}");
        assert!(!told.contains("ada@") && !told.contains("ada%40"), "{told}");
        let others = |text: &str| text.matches("mail.example").count();
        let (target, fields, body) = *message;
        let before = others(target) + others(&fields.concat()) + others(std::str::from_utf8(body).unwrap());
        assert_eq!(others(&told), before, "what no entry names stays: {told}");
        let receipt = &house.receipts_soon(n + 1).await[n];
        let count = if message.2 == many { 2 } else { 1 };
        let act = json!([{"data": "mentioned", "place": place, "action": "redact", "count": count}]);
        assert_eq!(receipt["to_bot"], act, "{receipt}");
        assert!(!receipt.to_string().contains("example"), "{receipt}");
    }
    house.decide("ada", "grant contact").await;
    for (message, ..) in cases {
        let (target, fields, body) = message;
        let told = sent(&house, message).await;
        assert!(told.starts_with(&format!("POST {target} HTTP/1.1\r\n")), "{told}");
        assert!(told.ends_with(std::str::from_utf8(body).unwrap()), "{told}");
        for field in fields {
            let (_, value) = field.split_once(": ").unwrap();
            assert!(told.contains(&format!(": {value}\r\n")), "{value} in {told}");
        }
    }
}

#[tokio::test]
async fn however_it_is_written_it_is_found() {
    let house = house().await;
    for (written, left) in [
        ("ada%40example.com", "%5Bemail%5D"),
        ("%61%64%61%40%65xample%2ecom", "%5Bemail%5D"),
        // Encoded once more, as a client does that encodes what is encoded.
        ("ada%2540example.com", "%5Bemail%5D"),
        ("ada%26%2364%3Bexample.com", "%5Bemail%5D"),
        ("ada+%28at%29+example+dot+com", "%5Bemail%5D"),
        // A character of no width within.
        ("ada%E2%80%8B%40exam%E2%80%8Bple.com", "%5Bemail%5D"),
        // `+49 30 901820` in digits of full width, and in Arabic-Indic ones.
        (
            "%EF%BC%8B%EF%BC%94%EF%BC%99+%EF%BC%93%EF%BC%90+%EF%BC%99%EF%BC%90%EF%BC%91%EF%BC%98%EF%BC%92%EF%BC%90",
            "%5Bphone%5D",
        ),
        ("%2B%D9%A4%D9%A9+%D9%A3%D9%A0+%D9%A9%D9%A0%D9%A1%D9%A8%D9%A2%D9%A0", "%5Bphone%5D"),
        // `＠` and `．` of full width.
        ("ada%EF%BC%A0example%EF%BC%8Ecom", "%5Bemail%5D"),
    ] {
        for name in ["comment", "c%6Fmment", "%63omment"] {
            let body = format!("{name}=call+{written}&n=1");
            let told = sent(&house, ("/chat/a", &[FORM], body.as_bytes())).await;
            assert!(told.ends_with(&format!("\r\n\r\n{name}=call%20{left}&n=1")), "{written}: {told}");
        }
        let told = sent(&house, (&format!("/chat/a?q={written}"), &[], b"")).await;
        assert!(told.starts_with(&format!("POST /chat/a?q={left} HTTP")), "{written}: {told}");
    }
}

#[tokio::test]
async fn what_was_withheld_leaves_no_trace_beside_its_kind() {
    let house = house().await;
    let told = async |name: &str| {
        let body = format!("comment=to+{name}%40example.com+or+%2B49+30+901820");
        let note = format!("X-Note: {name}@example.com");
        sent(&house, (&format!("/chat/a?q={name}%40example.com"), &[FORM, &note], body.as_bytes())).await
    };
    assert_eq!(told("ada").await, told("somebody.with.a.longer.name").await);
}

#[tokio::test]
async fn bytes_that_are_no_text_can_not_be_searched_and_do_not_go_on() {
    let house = house().await;
    let latin = b"POST /chat/a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-User-Id: ada\r\nX-Note: J\xf6rg\r\nCookie: a=1; draft=J\xf6rg\r\n\r\n";
    let cases: [(Vec<u8>, &str); 4] = [
        (
            raw("POST /chat/a", &["X-User-Id: ada", FORM], b"n=1&comment=J%F6rg+ada%40example.com"),
            "\r\n\r\nn=1",
        ),
        (raw("POST /chat/a?q=J%F6rg&n=1", &["X-User-Id: ada"], b""), "POST /chat/a?n=1 HTTP"),
        (latin.to_vec(), ": a=1\r\n"),
        (
            raw(
                "POST /chat/a",
                &["X-User-Id: ada", PARTS],
                &[
                    &b"--x\r\nContent-Disposition: form-data; name=\"comment\"\r\n\r\nJ\xf6rg\r\n"[..],
                    b"--x\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--x--\r\n",
                ]
                .concat(),
            ),
            "\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--x--\r\n",
        ),
    ];
    for (message, left) in &cases {
        assert_eq!(house.tell(message).await.status, 200);
        let told = house.bot.last().raw;
        assert!(told.contains(left) && !told.contains("rg"), "{left} in {told}");
    }
    house.decide("ada", "grant contact").await;
    for (message, _) in &cases {
        assert_eq!(house.tell(message).await.status, 200);
        assert!(house.bot.last().raw.contains("rg"), "what passes need not be searched");
    }
}

const PLAIN: &str = "Content-Type: text/plain";
const LISTED: &str = "path: '/chat/{topic}', other_bodies: ['text/*']";

#[tokio::test]
async fn a_body_in_plain_text_is_refused_where_the_route_does_not_list_it() {
    let house = house().await;
    let answer = house.tell(raw("POST /chat/a", &["X-User-Id: ada", PLAIN], b"hello")).await;
    house.assert_refused(&answer, 415, "media-type").await;
}

#[tokio::test]
async fn a_body_in_plain_text_is_one_text_where_the_route_lists_it() {
    let house = Written::policy(POLICY).route(LISTED).open().await;
    let body = "é Write to ada@example.com\r\n or +49 30 901820. \n".as_bytes();
    for (n, fields) in
        [&[PLAIN][..], &["Content-Type: Text/Plain; charset=UTF-8", "ETag: x"]].iter().enumerate()
    {
        let told = sent(&house, ("/chat/a", fields, body)).await;
        assert!(told.ends_with("\r\n\r\né Write to [email]\r\n or [phone]. \n"), "{told}");
        assert!(told.contains(": 35\r\n") && !told.to_lowercase().contains("etag"), "{told}");
        let act = json!([{"data": "mentioned", "place": "$", "action": "redact", "count": 2}]);
        assert_eq!(house.receipts_soon(n + 1).await[n]["to_bot"], act);
    }
    let told = sent(&house, ("/chat/a", &[PLAIN], b"nobody is meant\r\n")).await;
    assert!(told.ends_with("\r\n\r\nnobody is meant\r\n"), "{told}");
    let ask = async |kind: &str, body: &[u8]| {
        house.tell(raw("POST /chat/a", &["X-User-Id: ada", kind], body)).await
    };
    ask(PLAIN, b"J\xf6rg, ada@example.com").await.assert_problem(400, "unreadable");
    ask("Content-Type: text/plain; charset=latin1", b"ada@example.com")
        .await
        .assert_problem(415, "media-type");
    assert_eq!(house.bot.requests().len(), 3);
    house.decide("ada", "grant contact").await;
    let told = sent(&house, ("/chat/a", &[PLAIN], body)).await;
    assert!(told.as_bytes().ends_with(body), "{told}");
    assert_eq!(ask(PLAIN, b"J\xf6rg").await.status, 200, "what passes need not be searched");
}

#[tokio::test]
async fn a_message_of_a_socket_in_plain_text_is_one_text_both_ways() {
    let policy = POLICY.replace("    in_text:", "    to_person: {in_text: phone}\n    in_text:");
    let (bot, echo) = Echo::open().await;
    let house = Written::policy(&policy).route("path: /chat, other_bodies: [text/plain]").before(bot).await;
    let mut ada = house.socket(&Ask::ada()).await;
    assert_eq!(ada.asks("to ada@example.com!").await, "to [email]!");
    assert_eq!(echo.last(), "to [email]!");
    assert_eq!(ada.asks("hello").await, "hello");
    house.decide("ada", "grant contact").await;
    assert_eq!(ada.asks("to ada@example.com!").await, "to ada@example.com!");
}

#[tokio::test]
async fn a_reply_in_plain_text_is_searched_also_where_there_are_no_tokens_to_turn_back() {
    let policy = POLICY.replace("    in_text:", "    to_person: {in_text: email}\n    in_text:");
    let reply = |kind: &'static str| {
        Bot::answering(move |_| async move {
            let mut reply = said("Write to eve@example.com.");
            reply.headers_mut().insert("content-type", kind.parse().unwrap());
            reply
        })
    };
    let ask = async |house: &House| house.ask(chat("{}")).await;
    let written = || Written::policy(&policy).route("path: /chat, other_bodies: ['text/*']");
    let house = written().before(reply("text/plain").await).await;
    assert_eq!(ask(&house).await.text(), "Write to [email].");
    house.decide("ada", "grant contact").await;
    assert_eq!(ask(&house).await.text(), "Write to eve@example.com.");
    let latin = written().before(reply("text/plain; charset=latin1").await).await;
    ask(&latin).await.assert_problem(502, "reply-unreadable");
    let unlisted = Written::policy(&policy).before(reply("text/plain").await).await;
    ask(&unlisted).await.assert_problem(502, "reply-unreadable");
}
