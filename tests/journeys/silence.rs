//! Promise: no receipt, no log and no error holds a withheld value, a raw id, or a name that nobody declared.

use std::{
    fs, io,
    sync::{Arc, Mutex},
};

use tracing_subscriber::fmt::MakeWriter;

use crate::{
    bot::Bot,
    client::{Http, chat_of, operator, raw},
    house::House,
    written::Written,
};

/// What must be found nowhere: the id, values, names of members, a cookie, a token.
const SENTINELS: [&str; 9] =
    ["zId1", "zValue2", "zMember3", "zHeader4", "zCookie5", "zQuery6", "zToken7", "zBroken8", "zForm9"];

const BODY: &str = r#"{"text":"zValue2","context":{"purchases":["zValue2"]},"zMember3":{"email":"zValue2"}}"#;

/// Keeps everything that is logged.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<u8>>>);

impl io::Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Ear {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Ear {
    /// Listens to everything on this thread.
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let hearing =
            tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(self.clone());
        tracing::subscriber::set_default(hearing.with_ansi(false).finish())
    }
}

fn assert_silent(place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for sentinel in SENTINELS {
        let found = text.find(sentinel).map(|at| {
            let from = text[..at].rfind('\n').map_or(0, |at| at + 1);
            text[from..].lines().next().unwrap_or_default()
        });
        assert_eq!(found, None, "`{sentinel}` is in {place}");
    }
}

/// Exchanges of every kind, all full of sentinels; the problem documents they end with.
async fn converse(house: &House) -> Vec<u8> {
    let mut said = Vec::new();
    for http in Http::BOTH {
        let mut request = chat_of("zId1", BODY);
        for (name, value) in [
            ("x-zheader4", "zHeader4"),
            ("x-user-email", "zHeader4"),
            ("cookie", "zCookie5=1; mail=zCookie5"),
        ] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        *request.uri_mut() = "/chat?email=zQuery6&zQuery6=1".parse().unwrap();
        let answer = house.connect(http).await.ask(request).await;
        assert_eq!(answer.status, 200);
    }
    let json = "Content-Type: application/json";
    let who = "X-User-Id: zId1";
    for (line, fields, body) in [
        ("POST /chat", vec![json, who], r#"{"zMember3":1,"zMember3":2}"#),
        ("POST /chat", vec![json, who], r#"{"text":"zBroken8"#),
        ("POST /zQuery6", vec![json, who], BODY),
        ("POST /chat?email=zQuery6%zz", vec![json, who], BODY),
        ("POST /chat", vec![json, "Authorization: Bearer zToken7"], BODY),
        ("POST /chat", vec!["Content-Type: text/zHeader4", who], BODY),
        (
            "POST /chat",
            vec!["Content-Type: application/x-www-form-urlencoded", who],
            "zForm9=zForm9&email=%zz",
        ),
        ("POST /zQuery6/..", vec![json, "X-zHeader4: zHeader4"], BODY),
        ("POST /chat", vec![json, "Host: zHeader4.test"], BODY),
        ("POST /chat", vec![json, "X-User-Id: zId1", "X-User-Id: zId1"], BODY),
    ] {
        let answer = house.tell(raw(line, &fields, body.as_bytes())).await;
        assert!(answer.status >= 400, "{line} {fields:?} {body}");
        said.extend_from_slice(&answer.body);
    }
    said
}

#[tokio::test]
async fn no_file_no_log_and_no_refusal_says_what_was_withheld_or_who_it_was_about() {
    let ear = Ear::default();
    let _listening = ear.listen();
    let sources = format!("{}\n- header: {{name: x-user-id, from: [127.0.0.0/8]}}", crate::people::TOKENS);
    let house = Written::shop().subjects(&sources).more("admin: {address: '127.0.0.1:0'}").open().await;
    house.decide("header:zId1", "deny personalisation").await;
    let said = converse(&house).await;
    let metrics = operator(house.admin.unwrap(), "/metrics").await;
    let folder = house.close().await;
    assert_silent("a refusal", &said);
    assert_silent("a metric", &metrics.body);
    for file in ["receipts.ndjson", "ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        assert_silent(file, &fs::read(folder.path(file)).unwrap_or_default());
    }
    let heard = ear.0.lock().unwrap().clone();
    assert!(heard.len() > 1000, "something is logged");
    assert_silent("the log", &heard);
    assert_eq!(crate::ledger::receipts_in(&folder).len(), 12);
}

#[tokio::test]
async fn a_bot_that_breaks_is_logged_without_what_was_sent_to_it() {
    let ear = Ear::default();
    let _listening = ear.listen();
    let house = Written::shop().before(Bot::unruly(|stream| async move { drop(stream) }).await).await;
    house.decide("zId1", "grant personalisation").await;
    house.ask(chat_of("zId1", BODY)).await.assert_problem(502, "bot-broken");
    let folder = house.close().await;
    assert_silent("the receipt", &fs::read(folder.path("receipts.ndjson")).unwrap());
    let heard = ear.0.lock().unwrap().clone();
    assert!(String::from_utf8_lossy(&heard).contains("bot-broken"));
    assert_silent("the log", &heard);
}
