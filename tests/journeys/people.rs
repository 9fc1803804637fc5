//! The main journey: people who are known in various ways say yes and no, and are obeyed.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::{
    client::{Connection, Http, chat, showing},
    house::House,
    written::{SHOP, Written},
};

/// Tokens signed with a secret.
pub const TOKENS: &str = "- jwt: {algorithm: HS256, key: {inline: 0123456789abcdef0123456789abcdef}, \
                          issuer: 'https://id.test', audience: shop, namespace: login}";

const ASKED: &str = r#"{"text":"Which shoes?","context":{"purchases":[{"sku":"A1"}],"page":7}}"#;
const WITHOUT: &str = r#"{"text":"Which shoes?","context":{"page":7}}"#;

/// A token with these claims.
pub fn token(claims: &Value) -> String {
    let key = EncodingKey::from_secret(b"0123456789abcdef0123456789abcdef");
    encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
}

/// Claims that hold.
pub fn claims(who: &str) -> Value {
    let soon = jiff::Timestamp::now().as_second() + 600;
    json!({"sub": who, "iss": "https://id.test", "aud": "shop", "exp": soon})
}

/// What reaches the bot of what Ada asked.
async fn reaches(house: &House, connection: &mut Connection) -> String {
    let answer = connection.ask(chat(ASKED)).await;
    assert_eq!(answer.status, 200);
    house.bot.last().text().to_owned()
}

#[tokio::test]
async fn a_yes_lets_purchases_through_and_a_withdrawal_holds_them_back_again() {
    for http in Http::BOTH {
        let house = Written::shop().open().await;
        let mut connection = house.connect(http).await;
        assert_eq!(reaches(&house, &mut connection).await, WITHOUT);
        house.decide("ada", "grant personalisation").await;
        assert_eq!(reaches(&house, &mut connection).await, ASKED);
        house.decide("eve", "withdraw personalisation").await;
        assert_eq!(reaches(&house, &mut connection).await, ASKED, "somebody else's no");
        house.decide("ada", "withdraw personalisation").await;
        assert_eq!(reaches(&house, &mut connection).await, WITHOUT);
        assert_eq!(house.receipts_soon(4).await.len(), 4);
    }
}

#[tokio::test]
async fn a_restriction_stops_all_but_what_the_law_demands_until_it_is_lifted() {
    let house = Written::shop().open().await;
    let mut connection = house.connect(Http::One).await;
    house.decide("ada", "grant personalisation").await;
    house.decide("ada", "restrict").await;
    assert_eq!(reaches(&house, &mut connection).await, r#"{"context":{"page":7}}"#);
    house.decide("ada", "lift").await;
    assert_eq!(reaches(&house, &mut connection).await, ASKED);
}

#[tokio::test]
async fn a_browser_may_object_in_a_header() {
    let house = Written::shop().open().await;
    for (objects, expected) in [(false, Some("https://search.test/")), (true, None)] {
        let mut request = chat("{}");
        request.headers_mut().insert("referer", "https://search.test/".parse().unwrap());
        if objects {
            request.headers_mut().insert("sec-gpc", "1".parse().unwrap());
        }
        house.ask(request).await;
        assert_eq!(house.bot.last().header("referer"), expected);
    }
}

#[tokio::test]
async fn a_signed_token_proves_who_somebody_is_and_stays_here() {
    let house = Written::shop().subjects(TOKENS).open().await;
    house.decide("ada", "grant personalisation").await;
    for (who, expected) in [("ada", ASKED), ("eve", WITHOUT)] {
        let mut request = chat(ASKED);
        let bearer = format!("Bearer {}", token(&claims(who)));
        request.headers_mut().insert("authorization", bearer.parse().unwrap());
        assert_eq!(house.ask(request).await.status, 200);
        assert_eq!(house.bot.last().text(), expected);
        assert_eq!(house.bot.last().header("authorization"), None);
    }
    assert_eq!(house.receipts()[0]["subject"]["standing"], "proven");
}

#[tokio::test]
async fn a_client_certificate_proves_who_somebody_is() {
    let written = Written::shop().tls("client_authority: certs/authority.pem");
    let house = written.subjects("- client_certificate: {san: email, namespace: login}").open().await;
    house.decide("ada@example.com", "grant personalisation").await;
    let certs = house.folder.path("certs");
    for (who, expected) in [("ada@example.com", ASKED), ("eve@example.com", WITHOUT)] {
        let shown = assentry::cli::certs::client(&certs, who, false).unwrap();
        let config = showing(&house.folder, &shown.certificate, &shown.key);
        for http in Http::BOTH {
            let mut connection = Connection::new(house.dial(http, config.clone()).await, http).await;
            assert_eq!(reaches(&house, &mut connection).await, expected);
        }
    }
    let mut nobody = house.connect(Http::One).await;
    assert_eq!(reaches(&house, &mut nobody).await, WITHOUT);
    assert_eq!(house.receipts()[0]["subject"]["namespace"], "login");
}

#[tokio::test]
async fn two_policies_that_share_consents_obey_the_same_yes_and_the_same_no() {
    let shop = format!("{SHOP}\nconsents: house\n");
    let help = shop.replace("policy: shop", "policy: help").replace("$.context.purchases", "$.context.page");
    let routes = "- {name: chat, path: /chat, policy: policy.yaml, upstream: 'BOT'}\n\
                  - {name: help, path: /help, policy: help.yaml, upstream: 'BOT'}";
    let house = Written::policy(&shop).and_policy("help.yaml", &help).routes(routes).open().await;
    let both = async || {
        for path in ["/chat", "/help"] {
            let mut request = chat(r#"{"context":{"purchases":1,"page":2}}"#);
            *request.uri_mut() = path.parse().unwrap();
            house.ask(request).await;
        }
        let sent = house.bot.requests();
        sent[sent.len() - 2..].iter().map(|sent| sent.text().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(both().await, [r#"{"context":{"page":2}}"#, r#"{"context":{"purchases":1}}"#]);
    house.decide_among("house", "ada", "grant personalisation").await;
    assert_eq!(both().await, [r#"{"context":{"purchases":1,"page":2}}"#; 2]);
    house.decide_among("house", "ada", "withdraw personalisation").await;
    assert_eq!(both().await, [r#"{"context":{"page":2}}"#, r#"{"context":{"purchases":1}}"#]);
    let receipts = house.receipts();
    assert_eq!((&receipts[4]["route"], &receipts[5]["policy"]["name"]), (&json!("chat"), &json!("help")));
}
