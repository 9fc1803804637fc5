//! Streams that a client sends: each event leaves by itself, decided by what holds when it has come.

use std::sync::{Arc, Mutex};

use assentry::message::coding::{Coding, Encoder};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, WriteHalf},
    net::TcpStream,
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::client::TlsStream;

use crate::{
    answer::Answer,
    bot::Bot,
    client::{Http, SURELY, raw},
    house::House,
    written::{SHOP, Written},
};

const ASKED: &str = r#"{"context":{"purchases":[1]},"text":"hi"}"#;
const WITHOUT: &str = r#"{"context":{},"text":"hi"}"#;

/// A stream under way from Ada to a bot that tells what comes, as it comes.
struct Upload {
    house: House,
    write: WriteHalf<TlsStream<TcpStream>>,
    answer: JoinHandle<Vec<u8>>,
    arrived: mpsc::UnboundedReceiver<String>,
}

impl Upload {
    async fn begin(written: Written, media_type: &str) -> Self {
        let (bot, arrived) = hearing().await;
        let house = written.before(bot).await;
        let (mut read, mut write) = tokio::io::split(house.raw().await);
        let head = format!(
            "POST /chat HTTP/1.1\r\nHost: localhost\r\nX-User-Id: ada\r\nConnection: close\r\n\
             Content-Type: {media_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        write.write_all(head.as_bytes()).await.unwrap();
        let answer = tokio::spawn(async move {
            let mut heard = Vec::new();
            timeout(SURELY, read.read_to_end(&mut heard)).await.expect("there is an answer in time").ok();
            heard
        });
        Self { house, write, answer, arrived }
    }

    async fn send(&mut self, event: &str) {
        self.write.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes()).await.unwrap();
        self.write.flush().await.unwrap();
    }

    async fn arrives(&mut self) -> String {
        timeout(SURELY, self.arrived.recv()).await.expect("it comes in time").expect("the bot is there")
    }

    async fn end(mut self) -> (House, Answer, mpsc::UnboundedReceiver<String>) {
        self.write.write_all(b"0\r\n\r\n").await.ok();
        self.write.flush().await.ok();
        (self.house, Answer::parse(&self.answer.await.unwrap()).unwrap(), self.arrived)
    }
}

/// A bot that tells each chunk of a body as it comes, `end` at its end, and then answers.
async fn hearing() -> (Bot, mpsc::UnboundedReceiver<String>) {
    let (sender, arrived) = mpsc::unbounded_channel();
    let bot = Bot::unruly(move |stream| {
        let sender = sender.clone();
        async move {
            let mut stream = BufReader::new(stream);
            while let Some(chunk) = chunk(&mut stream).await {
                if chunk.is_empty() {
                    sender.send("end".to_owned()).ok();
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
                    stream.write_all(answer).await.ok();
                    return;
                }
                sender.send(chunk).ok();
            }
            sender.send("broken".to_owned()).ok();
        }
    });
    (bot.await, arrived)
}

async fn chunk(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut size = String::new();
    stream.read_line(&mut size).await.ok().filter(|read| *read > 0)?;
    let mut chunk = vec![0; usize::from_str_radix(size.trim(), 16).ok()? + 2];
    stream.read_exact(&mut chunk).await.ok()?;
    chunk.truncate(chunk.len() - 2);
    String::from_utf8(chunk).ok()
}

/// That the bot never had a whole request, the client hears this, and the one receipt says so.
async fn assert_broken_off(upload: Upload, status: u16, problem: &str) {
    let (house, answer, mut arrived) = upload.end().await;
    answer.assert_problem(status, problem);
    while let Some(chunk) = timeout(SURELY, arrived.recv()).await.expect("it is broken off in time") {
        assert_ne!(chunk, "end");
        if chunk == "broken" {
            break;
        }
    }
    let receipt = house.receipt().await;
    assert_eq!(receipt["outcome"]["refused"]["problem"], problem, "{receipt}");
    assert_eq!(receipt["messages"]["refused"]["problem"], problem, "{receipt}");
    assert_eq!(receipt["messages"]["refused"]["direction"], "to_bot");
}

#[tokio::test]
async fn each_event_leaves_rewritten_before_the_next_is_sent() {
    for (media_type, before, after) in [
        ("application/x-ndjson", "", "\n"),
        ("text/event-stream", "event: e\ndata: ", "\n\n"),
        ("application/json-seq", "\u{1e}", "\n"),
    ] {
        let mut upload = Upload::begin(Written::shop(), media_type).await;
        for _ in 0..3 {
            upload.send(&format!("{before}{ASKED}{after}")).await;
            assert_eq!(upload.arrives().await, format!("{before}{WITHOUT}{after}"));
        }
        let (house, answer, mut arrived) = upload.end().await;
        assert_eq!((answer.status, arrived.recv().await.as_deref()), (200, Some("end")));
        let receipt = house.receipt().await;
        assert_eq!(receipt["messages"]["to_bot"]["count"], 3, "{receipt}");
        assert_eq!(receipt["messages"]["withheld"][2]["number"], 3, "{receipt}");
        assert_eq!(receipt["messages"]["withheld"][2]["acts"][0]["place"], "$.context.purchases");
        assert_eq!(receipt["outcome"]["forwarded"]["status"], 200);
    }
}

#[tokio::test]
async fn a_no_and_a_yes_hold_from_the_next_event_on() {
    let mut upload = Upload::begin(Written::shop(), "application/x-ndjson").await;
    for (decision, expected) in [
        (None, WITHOUT),
        (Some("grant personalisation"), ASKED),
        (Some("withdraw personalisation"), WITHOUT),
        (Some("grant personalisation"), ASKED),
    ] {
        if let Some(decision) = decision {
            upload.house.decide("ada", decision).await;
        }
        upload.send(&format!("{ASKED}\n")).await;
        assert_eq!(upload.arrives().await, format!("{expected}\n"));
    }
    let (house, answer, _) = upload.end().await;
    assert_eq!(answer.status, 200);
    let receipt = house.receipt().await;
    assert_eq!(receipt["messages"]["to_bot"]["passed"][0]["count"], 2, "purchases passed twice: {receipt}");
    let withheld = receipt["messages"]["withheld"].as_array().unwrap();
    assert_eq!(
        withheld.iter().map(|section| section["number"].as_u64().unwrap()).collect::<Vec<_>>(),
        [1, 3]
    );
    assert_eq!(withheld[1]["purposes"][1]["because"], "withdrawn", "{receipt}");
}

#[tokio::test]
async fn an_event_that_comes_byte_by_byte_leaves_in_one_piece() {
    let mut upload = Upload::begin(Written::shop(), "text/event-stream").await;
    for letter in format!(": said by ada\n\nid: 7\nx: ada\ndata: {ASKED}\r\n\r\ndata: [DONE]\n\n").chars() {
        upload.send(&letter.to_string()).await;
    }
    let (_, answer, mut arrived) = upload.end().await;
    assert_eq!(answer.status, 200);
    let mut all = String::new();
    while let Some(chunk) = arrived.recv().await.filter(|chunk| chunk != "end") {
        all += &chunk;
    }
    assert_eq!(all, format!(":\n\nid: 7\ndata: {WITHOUT}\r\n\r\ndata: [DONE]\n\n"));
}

#[tokio::test]
async fn a_stream_with_an_event_that_may_not_go_on_never_completes() {
    let refusing = SHOP.replace(
        "purchases, for: personalisation, otherwise: drop",
        "purchases, for: personalisation, otherwise: refuse",
    );
    for (policy, second, status, problem) in [
        (SHOP, "{\"context\":\n", 400, "unreadable"),
        (SHOP, "hello\n", 415, "media-type"),
        (SHOP, "{\"text\":", 400, "unreadable"),
        (refusing.as_str(), &format!("{ASKED}\n"), 403, "consent-missing"),
        (SHOP, &format!("{{\"text\":\"{}\"}}\n", "x".repeat(3_000)), 413, "body-too-large"),
    ] {
        let written = Written::policy(policy).route("path: /chat, limits: {message: 2KiB}");
        let mut upload = Upload::begin(written, "application/x-ndjson").await;
        upload.send("{\"text\":\"hi\"}\n").await;
        assert_eq!(upload.arrives().await, "{\"text\":\"hi\"}\n");
        upload.send(second).await;
        assert_broken_off(upload, status, problem).await;
    }
}

#[tokio::test]
async fn where_only_what_is_declared_may_pass_nothing_goes_in_the_names_and_ids_of_events() {
    let event = "id: said by ada\nevent: said by ada\ndata: {\"text\":\"hi\"}\n\n";
    let strict = SHOP.replace("undeclared: forward", "undeclared: drop");
    let mut upload = Upload::begin(Written::policy(&strict), "text/event-stream").await;
    upload.send(event).await;
    assert_eq!(upload.arrives().await, "data: {\"text\":\"hi\"}\n\n");
    upload.send("id: said by ada\n\n").await;
    assert_eq!(upload.arrives().await, "\n");
    assert_eq!(upload.end().await.1.status, 200);
    let stricter = SHOP.replace("undeclared: forward", "undeclared: refuse");
    let mut upload = Upload::begin(Written::policy(&stricter), "text/event-stream").await;
    upload.send("data: {\"text\":\"hi\"}\n\n").await;
    upload.arrives().await;
    upload.send(event).await;
    assert_broken_off(upload, 403, "undeclared").await;
}

#[tokio::test]
async fn a_coded_stream_goes_on_plain() {
    let house = Written::shop().open().await;
    let mut encoder = Encoder::new(Coding::Gzip).unwrap();
    let body = [encoder.push(format!("{ASKED}\n{ASKED}\n").as_bytes()).unwrap(), encoder.finish().unwrap()];
    let fields = ["Content-Type: application/jsonl", "Content-Encoding: gzip", "X-User-Id: ada"];
    assert_eq!(house.tell(raw("POST /chat", &fields, &body.concat())).await.status, 200);
    let sent = house.bot.last();
    assert_eq!(sent.text(), format!("{WITHOUT}\n{WITHOUT}\n"));
    assert_eq!(sent.header("content-encoding"), None);
}

#[tokio::test]
async fn a_stream_arrives_rewritten_over_either_protocol_and_is_answered_by_one() {
    for http in Http::BOTH {
        let reply = Arc::new(Mutex::new(None));
        let given = Arc::clone(&reply);
        let bot = Bot::answering(move |_| {
            let (sender, answer) = crate::bot::events();
            *given.lock().unwrap() = Some(sender);
            async move { answer }
        });
        let talking = SHOP.replace("data:\n", "data:\n  own: {to_person: $.own, for: personalisation}\n");
        let house = Written::policy(&talking).before(bot.await).await;
        let request = http::Request::post("/chat").header("x-user-id", "ada");
        let request = request.header("content-type", "application/x-ndjson");
        let body = http_body_util::Full::from(format!("{ASKED}\n{ASKED}"));
        let mut connection = house.connect(http).await;
        let mut answer = connection.send(request.body(body).unwrap()).await.unwrap().into_body();
        assert_eq!(house.bot.last().text().lines().last(), Some(WITHOUT));
        reply.lock().unwrap().take().unwrap().send("data: {\"own\":1,\"a\":2}\n\n".to_owned()).unwrap();
        assert_eq!(crate::events::next(&mut answer).await.unwrap(), "data: {\"a\":2}\n\n");
        assert_eq!(crate::events::next(&mut answer).await, None);
        let messages = &house.receipt().await["messages"];
        assert_eq!(
            (messages["to_bot"]["count"].as_u64(), messages["to_person"]["count"].as_u64()),
            (Some(2), Some(1))
        );
    }
}
