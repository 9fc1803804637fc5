//! Promise: what the policy withholds from the person is withheld from every part of a reply.

use http::Response;
use http_body_util::{BodyExt as _, Full};

use crate::{
    bot::{Bot, Reply},
    client::raw,
    house::House,
    written::Written,
};

const POLICY: &str = "
policy: shop
version: 1
undeclared: forward
purposes:
  support: {title: Answer your question, basis: contract}
  insight: {title: See what we guess about you, basis: consent}
data:
  answer: {at: $.text, to_person: $.text, for: support}
  guesses:
    to_person: [$..score, 'header:x-score', 'cookie:segment']
    for: insight
  account: {to_person: $.iban, otherwise: {mask: {keep_last: 4}}}
  staff: {to_person: $.staff, otherwise: refuse}
";

/// A proxy before a bot that gives this reply to everything.
async fn house(fields: &'static [(&'static str, &'static str)], body: &'static str) -> House {
    let reply = move || -> Reply {
        let mut reply = Response::builder();
        for (name, value) in fields {
            reply = reply.header(*name, *value);
        }
        reply.body(Full::new(body.into()).boxed_unsync()).unwrap()
    };
    let bot = Bot::answering(move |_| async move { reply() }).await;
    Written::policy(POLICY).before(bot).await
}

fn ask() -> Vec<u8> {
    raw("POST /chat", &["Content-Type: application/json"], b"{\"text\":\"hi\"}")
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_reply_says_to_the_person_what_the_policy_lets_it_say() {
    let house = house(
        &[
            JSON,
            ("etag", "\"abc\""),
            ("x-score", "7"),
            ("x-other", "8"),
            ("set-cookie", "segment=poor; Path=/"),
            ("set-cookie", "id=1; Path=/"),
        ],
        r#"{"text": "hello", "score": 7, "more": [{"score": 8}], "iban": "DE89370400440532013000", "n": 1.10}"#,
    )
    .await;
    let answer = house.tell(ask()).await;
    assert_eq!(answer.text(), r#"{"text": "hello", "more": [{}], "iban": "****3000", "n": 1.10}"#);
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    assert_eq!(answer.header("set-cookie"), "id=1; Path=/");
    assert_eq!(answer.header("x-other"), "8");
    assert!(!answer.headers.contains_key("etag") && !answer.headers.contains_key("x-score"));
    let receipt = house.receipt().await;
    insta::assert_snapshot!(format!("{:#}", receipt["to_person"]));
}

#[tokio::test]
async fn a_reply_that_can_not_be_checked_does_not_go_on() {
    for (fields, body) in [
        (&[JSON][..], r#"{"score": 7"#),
        (&[("content-type", "text/plain")][..], "score: 7"),
        (&[][..], "score: 7"),
        (&[JSON, ("content-encoding", "mystery")][..], "score: 7"),
    ] {
        let house = house(fields, body).await;
        let answer = house.tell(ask()).await;
        answer.assert_problem(502, "reply-unreadable");
        let receipt = house.receipt().await;
        assert_eq!(receipt["outcome"]["refused"]["problem"], "reply-unreadable", "{receipt}");
        assert!(!answer.text().contains("score"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_reply_with_something_that_must_be_refused_is_refused() {
    let house = house(&[JSON], r#"{"text": "hello", "staff": "ada"}"#).await;
    house.tell(ask()).await.assert_problem(403, "forbidden");
}

#[tokio::test]
async fn a_reply_without_a_body_needs_no_reading() {
    let house = house(&[("x-score", "7"), ("x-other", "8")], "").await;
    let answer = house.tell(ask()).await;
    assert_eq!((answer.status, answer.header("x-score"), answer.header("x-other")), (200, "", "8"));
}

mod streams {
    use bytes::Bytes;
    use http::Request;
    use http_body_util::{BodyExt as _, Full};
    use hyper::body::Incoming;

    use super::{POLICY, Written};
    use crate::{
        bot::{Bot, events},
        client::{Http, SURELY},
        house::House,
    };

    /// A proxy before a bot that answers with events, as they are sent.
    async fn house()
    -> (House, tokio::sync::mpsc::UnboundedReceiver<tokio::sync::mpsc::UnboundedSender<String>>) {
        let (told, streams) = tokio::sync::mpsc::unbounded_channel();
        let bot = Bot::answering(move |_| {
            let told = told.clone();
            async move {
                let (sender, reply) = events();
                told.send(sender).unwrap();
                reply
            }
        });
        (Written::policy(POLICY).before(bot.await).await, streams)
    }

    async fn begun(house: &House, http: Http) -> Incoming {
        let request = Request::post("/chat")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from_static(b"{}")));
        let mut connection = house.connect(http).await;
        let reply = connection.send(request.unwrap()).await.unwrap();
        assert_eq!(reply.status(), 200);
        let body = reply.into_body();
        tokio::spawn(async move {
            // The connection lives as long as somebody holds it.
            let _connection = connection;
            std::future::pending::<()>().await;
        });
        body
    }

    async fn next(body: &mut Incoming) -> Option<String> {
        loop {
            let frame = tokio::time::timeout(SURELY, body.frame()).await.expect("it comes in time")?;
            let data = frame.unwrap().into_data().unwrap();
            // Over HTTP/2 the end can be a frame of its own, with nothing in it.
            if !data.is_empty() {
                return Some(String::from_utf8(data.to_vec()).unwrap());
            }
        }
    }

    #[tokio::test]
    async fn each_event_is_rewritten_and_leaves_before_the_next_one_comes() {
        for http in [Http::One, Http::Two] {
            let (house, mut streams) = house().await;
            let mut body = begun(&house, http).await;
            let bot = streams.recv().await.unwrap();
            for (sent, passed) in [
                ("data: {\"text\": \"a\", \"score\": 1}\n\n", "data: {\"text\": \"a\"}\n\n"),
                (": secret\n", ":\n"),
                ("id: 7\r\ndata: {\"score\": 2}\r\n\r\n", "id: 7\r\ndata: {}\r\n\r\n"),
                ("data: [DONE]\n\n", "data: [DONE]\n\n"),
            ] {
                bot.send(sent.to_owned()).unwrap();
                let mut came = String::new();
                while came.len() < passed.len() {
                    came += &next(&mut body).await.unwrap();
                }
                assert_eq!(came, passed);
            }
            drop(bot);
            assert_eq!(next(&mut body).await, None);
            let receipt = house.receipt().await;
            assert_eq!(receipt["messages"]["to_person"]["count"], 2, "{receipt}");
            assert_eq!(receipt["messages"]["withheld"][1]["acts"][0]["place"], "$.score", "{receipt}");
            assert_eq!(receipt["ended"], "complete");
        }
    }

    #[tokio::test]
    async fn a_pseudonym_is_turned_back_in_a_stream_for_whom_it_was_made_and_nobody_else() {
        let policy = "
policy: shop
version: 1
undeclared: forward
purposes: {news: {title: N, basis: consent}}
data:
  contact: {in_text: [email], for: news, otherwise: pseudonymise}
  others: {to_person: {in_text: [email]}, otherwise: redact}
";
        let bot = Bot::answering(|sent| async move {
            // The bot says what it heard, and an address of its own, in small pieces.
            let heard: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
            let said =
                format!("You wrote {} to eve@evil.test", heard["messages"][0]["content"].as_str().unwrap());
            let (sender, reply) = events();
            for piece in said.as_bytes().chunks(5) {
                let piece = std::str::from_utf8(piece).unwrap();
                let event = serde_json::json!({"choices": [{"index": 0, "delta": {"content": piece}}]});
                sender.send(format!("data: {event}\n\n")).unwrap();
            }
            sender.send("data: [DONE]\n\n".to_owned()).unwrap();
            reply
        });
        let house =
            Written::policy(policy).route("path: /chat, profile: openai-chat").before(bot.await).await;
        let asked = |user: &str, text: &str| {
            let body = serde_json::json!({"model": "m", "messages": [{"role": "user", "content": text}]});
            let fields = ["Content-Type: application/json".to_owned(), format!("x-user-id: {user}")];
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            crate::client::raw("POST /chat", &fields, body.to_string().as_bytes())
        };
        let told = |answer: &crate::answer::Answer| {
            let events = answer
                .text()
                .lines()
                .filter_map(|line| line.split_once("data: ").map(|(_, data)| data.to_owned()));
            let events = events.filter_map(|data| serde_json::from_str::<serde_json::Value>(&data).ok());
            let texts = events
                .filter_map(|event| event["choices"][0]["delta"]["content"].as_str().map(str::to_owned));
            texts.collect::<String>()
        };
        let answer = house.tell(asked("ada", "I am ada@example.com")).await;
        assert_eq!(told(&answer), "You wrote I am ada@example.com to [email]");
        assert_eq!(answer.header("cache-control"), "private, no-store");
        let seen = house.bot.last();
        assert!(!seen.raw.contains("ada@example.com"), "{}", seen.raw);
        let token = seen.text().split("psn-").nth(1).unwrap().split('"').next().unwrap().to_owned();
        // The same person gets the same token, and somebody else's stays as it is.
        house.tell(asked("ada", "ada@example.com")).await;
        assert!(house.bot.last().text().contains(&token));
        let answer = house.tell(asked("eve", &format!("psn-{token}"))).await;
        assert_eq!(told(&answer), format!("You wrote psn-{token} to [email]"));
        for receipt in house.receipts_soon(3).await {
            assert!(!receipt.to_string().contains("example.com"), "{receipt}");
        }
    }

    #[tokio::test]
    async fn a_pseudonym_is_turned_back_in_a_plain_text_as_it_comes() {
        let policy = "
policy: shop
version: 1
undeclared: forward
purposes: {news: {title: N, basis: consent}}
data:
  contact: {in_text: [email], for: news, otherwise: pseudonymise}
";
        let bot = Bot::answering(|sent| async move {
            let heard: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
            let said = format!("You are {}, é.", heard["text"].as_str().unwrap());
            let (sender, mut reply) = events();
            for piece in said.split_inclusive('-') {
                sender.send(piece.to_owned()).unwrap();
            }
            reply.headers_mut().insert("content-type", "text/plain; charset=utf-8".parse().unwrap());
            reply
        });
        let house =
            Written::policy(policy).route("path: /chat, other_bodies: [text/plain]").before(bot.await).await;
        let answer = house.ask(crate::client::chat("{\"text\":\"ada@example.com\"}")).await;
        assert_eq!(answer.text(), "You are ada@example.com, é.");
        assert_eq!(answer.header("cache-control"), "private, no-store");
        assert!(house.bot.last().text().contains("psn-email-"));
    }

    #[tokio::test]
    async fn an_objection_holds_in_the_stream_also_where_connection_names_it_away() {
        let policy = "
policy: shop
version: 1
undeclared: forward
purposes: {insight: {title: I, basis: legitimate-interests, objections: [gpc]}}
data: {guesses: {to_person: $.score, for: insight}}
";
        let bot = Bot::answering(|_| async move {
            let (sender, reply) = events();
            sender.send("data: {\"score\":1,\"text\":2}\n\n".to_owned()).unwrap();
            reply
        });
        let house = Written::policy(policy).before(bot.await).await;
        for (fields, passed) in [
            (&["Sec-GPC: 1", "Connection: Sec-GPC"][..], "data: {\"text\":2}\n\n"),
            (&[], "data: {\"score\":1,\"text\":2}\n\n"),
        ] {
            let answer = house.tell(crate::client::raw("POST /chat", fields, b"")).await;
            assert!(answer.text().contains(passed), "{fields:?}: {}", answer.text());
        }
    }

    #[tokio::test]
    async fn a_stream_that_can_not_be_checked_ends_with_an_event_that_says_so() {
        for sent in
            ["data: {\"score\": 1\n\n".to_owned(), "data: score 1\n\n".to_owned(), "x".repeat(2 << 20)]
        {
            let (house, mut streams) = house().await;
            let mut body = begun(&house, Http::One).await;
            let bot = streams.recv().await.unwrap();
            bot.send(sent).unwrap();
            let mut came = String::new();
            while let Some(more) = next(&mut body).await {
                came += &more;
            }
            assert!(came.starts_with("event: error\ndata: {") && came.ends_with("}\n\n"), "{came}");
            assert!(came.contains("reply-unreadable") && !came.contains("score"), "{came}");
            let receipt = house.receipt().await;
            assert_eq!(receipt["messages"]["refused"]["problem"], "reply-unreadable", "{receipt}");
        }
    }

    #[tokio::test]
    async fn a_client_that_leaves_a_stream_leaves_a_receipt() {
        let (house, mut streams) = house().await;
        let mut connection = house.connect(Http::One).await;
        let request =
            Request::post("/chat").header("host", "localhost").body(Full::new(Bytes::new())).unwrap();
        let reply = connection.send(request).await.unwrap();
        let bot = streams.recv().await.unwrap();
        bot.send("data: {\"score\": 1}\n\n".to_owned()).unwrap();
        let mut body = reply.into_body();
        next(&mut body).await.unwrap();
        drop((body, connection));
        let receipt = house.receipt().await;
        assert_eq!(receipt["ended"], "client-gone", "{receipt}");
        assert_eq!(receipt["messages"]["withheld"][0]["number"], 1);
    }
}
