//! A candidate policy beside the one in force: the receipt says what it would have done, and nothing else shows it.

use std::str::FromStr as _;

use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

use crate::{
    client::{chat, chat_of, raw, raw_chat},
    house::House,
    program::Program,
    written::{SHOP, Written},
};

const BODY: &str =
    r#"{"text":"hi","context":{"purchases":[1,2]},"ada":{"email":"ada@example.com"},"n":1.10}"#;

fn beside(shop: Written, candidate: &str) -> Written {
    shop.and_policy("candidate.yaml", candidate).route("path: /chat, shadow: candidate.yaml")
}

/// The candidate that covers addresses and lets purchases pass.
fn candidate() -> String {
    SHOP.replace("version: 3", "version: 4")
        .replace("at: $.context.purchases, for: personalisation", "at: $.context.purchases, for: support")
        .replace("for: personalisation\n    otherwise: drop", "for: personalisation\n    otherwise: redact")
}

async fn shadow(house: &House) -> Value {
    house.receipt().await["shadow"].clone()
}

#[tokio::test]
async fn a_candidate_shows_in_the_receipt_and_nowhere_else() {
    let plain = Written::shop().open().await;
    let house = beside(Written::shop(), &candidate()).open().await;
    let answers = [plain.tell(raw_chat(BODY)).await, house.tell(raw_chat(BODY)).await];
    assert_eq!(
        plain.bot.last().raw,
        house.bot.last().raw.replace(&house.bot.address.to_string(), &plain.bot.address.to_string())
    );
    assert_eq!(answers.map(|answer| answer.status), [200, 200]);
    let receipt = house.receipt().await;
    assert_eq!(receipt["to_bot"], plain.receipt().await["to_bot"]);
    assert_eq!(receipt["shadow"]["policy"]["version"], 4);
    assert_ne!(receipt["shadow"]["policy"]["digest"], receipt["policy"]["digest"]);
    let fate = |action: &str, entry: &str| json!({"action": action, "data": [entry]});
    assert_eq!(
        receipt["shadow"]["decided"],
        json!({
            "same_at_bot": false,
            "refused": {"old": null, "new": null},
            "differences": [
                {"place": "$.*.email", "change": "reveals-more", "count": 1,
                 "old": fate("drop", "contact"), "new": fate("redact", "contact")},
                {"place": "$.context.purchases", "change": "reveals-more", "count": 1,
                 "old": fate("drop", "purchases"), "new": fate("passed", "purchases")},
            ],
        })
    );
    let words = receipt.to_string();
    assert!(words.split(|letter: char| !letter.is_alphanumeric()).all(|word| word != "ada"), "{receipt}");
    assert_eq!(plain.receipt().await.get("shadow"), None);
}

#[tokio::test]
async fn a_candidate_that_would_refuse_refuses_nothing() {
    let strict =
        SHOP.replace("question: {at: $.text, for: support}", "question: {at: $.text, otherwise: refuse}");
    let house = beside(Written::shop(), &strict).open().await;
    assert_eq!(house.ask(chat(r#"{"text":"hi"}"#)).await.status, 200);
    assert_eq!(house.bot.last().text(), r#"{"text":"hi"}"#);
    let decided = shadow(&house).await["decided"].clone();
    assert_eq!(
        decided,
        json!({"same_at_bot": false, "refused": {"old": null, "new": "forbidden"}, "differences": []})
    );
}

#[tokio::test]
async fn a_candidate_that_can_not_read_the_body_stops_none_that_passes_unread() {
    let silent = "policy: shop\nversion: 3\nundeclared: forward\n";
    let house = beside(Written::policy(silent), SHOP).open().await;
    let request = raw("POST /chat", &["Content-Type: text/plain", "X-User-Id: ada"], b"hello");
    assert_eq!(house.tell(request).await.status, 200);
    assert_eq!(house.bot.last().text(), "hello");
    assert_eq!(shadow(&house).await["decided"]["refused"]["new"], "media-type");
}

#[tokio::test]
async fn what_is_refused_stays_refused_where_the_candidate_would_let_it_pass() {
    let strict =
        SHOP.replace("question: {at: $.text, for: support}", "question: {at: $.text, otherwise: refuse}");
    let house = beside(Written::policy(&strict), SHOP).open().await;
    let answer = house.ask(chat(r#"{"text":"hi"}"#)).await;
    house.assert_refused(&answer, 403, "forbidden").await;
    assert_eq!(shadow(&house).await["decided"]["refused"], json!({"old": "forbidden", "new": null}));
}

#[tokio::test]
async fn a_request_that_is_refused_before_it_is_decided_says_so() {
    let house = beside(Written::shop(), SHOP).open().await;
    house
        .tell(raw("POST /chat", &["Content-Type: text/plain"], b"hello"))
        .await
        .assert_problem(415, "media-type");
    assert_eq!(shadow(&house).await["undecided"], "the exchange ended before it was decided");
}

#[tokio::test]
async fn the_same_policy_beside_itself_never_differs() {
    let hashing = SHOP
        .replace("for: personalisation\n    otherwise: drop", "for: personalisation\n    otherwise: hash");
    let house = beside(Written::policy(&hashing), &hashing).open().await;
    house.tell(raw("POST /chat?email=a", &["Content-Type: application/json"], BODY.as_bytes())).await;
    house.decide("ada", "grant personalisation").await;
    for who in ["ada", "eve"] {
        assert_eq!(house.ask(chat_of(who, BODY)).await.status, 200);
    }
    for receipt in house.receipts_soon(3).await {
        let same = json!({"same_at_bot": true, "refused": {"old": null, "new": null}, "differences": []});
        assert_eq!(receipt["shadow"]["decided"], same);
    }
}

#[tokio::test]
async fn a_candidate_of_another_name_hashes_under_a_key_of_its_own() {
    let hashing = SHOP
        .replace("for: personalisation\n    otherwise: drop", "for: personalisation\n    otherwise: hash");
    let other = hashing.replace("policy: shop", "policy: shop-next\nconsents: shop");
    let house = beside(Written::policy(&hashing), &other).open().await;
    house.ask(chat(r#"{"email":"ada@example.com"}"#)).await;
    let differences = shadow(&house).await["decided"]["differences"].clone();
    assert_eq!(differences[0]["change"], "otherwise", "{differences}");
    assert_eq!(differences[0]["new"], json!({"action": "hash", "data": ["contact"]}));
}

#[tokio::test]
async fn a_candidate_reads_the_consents_of_its_own_group() {
    let house = beside(Written::shop(), &SHOP.replace("policy: shop", "policy: shop-next")).open().await;
    house.decide_among("shop-next", "ada", "grant personalisation").await;
    assert_eq!(house.ask(chat(r#"{"context":{"purchases":[1]}}"#)).await.status, 200);
    assert_eq!(house.bot.last().text(), r#"{"context":{}}"#);
    let differences = shadow(&house).await["decided"]["differences"].clone();
    assert_eq!(differences[0]["place"], "$.context.purchases", "{differences}");
    assert_eq!(differences[0]["change"], "reveals-more");
}

#[tokio::test]
async fn consents_that_can_not_be_read_leave_the_shadow_undecided_and_the_exchange_as_it_is() {
    let house = Written::shop()
        .and_policy("candidate.yaml", &SHOP.replace("policy: shop", "policy: shop-next"))
        .ledger("poll: 60s, stale_after: 120s")
        .receipts("database: false")
        .routes(
            "- {name: plain, path: /plain, policy: policy.yaml, upstream: 'BOT'}\n\
             - {name: chat, path: /chat, policy: policy.yaml, shadow: candidate.yaml, upstream: 'BOT'}",
        )
        .open()
        .await;
    let fields = ["X-User-Id: ada", "Content-Type: application/json"];
    assert_eq!(house.tell(raw("POST /plain", &fields, b"{}")).await.status, 200);
    let address = format!("sqlite://{}", house.folder.path("ledger.db").display());
    let mut connection = SqliteConnectOptions::from_str(&address).unwrap().connect().await.unwrap();
    sqlx::query("ALTER TABLE decision RENAME TO elsewhere").execute(&mut connection).await.unwrap();
    assert_eq!(house.ask(chat("{}")).await.status, 200);
    let receipt = house.receipts_soon(2).await.remove(1);
    assert_eq!(receipt["shadow"]["undecided"], "the consents of its group can't be read", "{receipt}");
}

#[tokio::test]
async fn a_route_that_only_reports_says_what_each_would_have_withheld() {
    let keys = "path: /chat, mode: report, until: 2099-12-31, shadow: candidate.yaml";
    let next = SHOP.replace("$.context.purchases", "'$.context.purchases[0]'");
    let house = Written::shop().and_policy("candidate.yaml", &next).route(keys).open().await;
    let body = r#"{"context":{"purchases":[1,2]}}"#;
    house.ask(chat(body)).await;
    assert_eq!(house.bot.last().text(), body);
    let decided = shadow(&house).await["decided"].clone();
    assert_eq!(decided["same_at_bot"], true);
    let deeds: Vec<&Value> =
        decided["differences"].as_array().unwrap().iter().map(|one| &one["new"]["action"]).collect();
    assert_eq!(deeds, ["passed", "would drop"], "{decided}");
}

#[tokio::test]
async fn a_candidate_that_could_not_be_served_is_found_before_it_is() {
    for (candidate, words) in [
        (SHOP.replace("for: support", "for: suport"), ["candidate.yaml:", "suport"]),
        (SHOP.replace("at: $.text", "at: 'path:sesion'"), ["path:sesion", "no route of this policy"]),
    ] {
        let folder = beside(Written::shop(), &candidate).write("127.0.0.1:9".parse().unwrap());
        let output = Program::run(&["serve", "--check", "--config", folder.config().to_str().unwrap()]).await;
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        words.iter().for_each(|word| assert!(said.contains(word), "`{word}` is not in: {said}"));
    }
}
