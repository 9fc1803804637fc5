//! Signed tokens that say yes and no for the person they name.

use std::time::Duration;

use http::Request;
use http_body_util::Full;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    client::chat_of,
    house::House,
    people::{TOKENS, claims, token as login},
    socket::{self, person::Ask},
    written::{SHOP, Written},
};

const SECRET: &str = "fedcba9876543210fedcba9876543210";
const ASKED: &str = r#"{"text":"Which shoes?","context":{"purchases":[{"sku":"A1"}]}}"#;
const WITHOUT: &str = r#"{"text":"Which shoes?","context":{}}"#;

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The shop, with consent tokens that may grant.
fn trusting(more: &str) -> Written {
    Written::policy(SHOP).route(&taking(more))
}

/// A route that takes consent tokens.
pub fn taking(more: &str) -> String {
    format!(
        "path: /chat, consent_token: {{algorithm: HS256, key: {{inline: {SECRET}}}, issuer: 'https://cmp.test', audience: consents, namespace: login, leeway: 0s{more}}}"
    )
}

/// A token of Ada's consents, with `more` laid over it; null takes a claim away.
pub fn token(more: &Value) -> String {
    let mut claims = json!({
        "sub": "ada", "iss": "https://cmp.test", "aud": "consents", "iat": now(), "exp": now() + 600,
        "notice": "2026-11", "grant": ["personalisation"],
    });
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
}

fn showing(who: &str, token: &str) -> Request<Full<bytes::Bytes>> {
    let mut request = chat_of(who, ASKED);
    request.headers_mut().insert("assentry-consent", token.parse().unwrap());
    request
}

/// Whether the bot gets what needs a yes, and what the receipt says of the token.
async fn passes(house: &House, request: Request<Full<bytes::Bytes>>) -> (bool, Value) {
    let count = house.receipts().len();
    assert_eq!(house.ask(request).await.status, 200);
    let sent = house.bot.last();
    assert!(!sent.raw.contains("assentry-consent"));
    let receipts = house.receipts_soon(count + 1).await;
    (sent.text().contains("sku"), receipts[count]["signals"][0]["said"].clone())
}

#[tokio::test]
async fn a_token_says_yes_for_the_proven_person_it_names() {
    let house = trusting(", grants: true").open().await;
    assert_eq!(passes(&house, showing("ada", &token(&json!({})))).await, (true, json!("grants")));
    assert_eq!(house.receipt().await["purposes"][1]["because"], "granted by a consent token");
    let (without, _) = passes(&house, chat_of("ada", ASKED)).await;
    assert!(!without, "it counts where it is shown");
}

#[tokio::test]
async fn a_token_says_yes_only_to_what_it_can() {
    let house = trusting(", grants: true").open().await;
    for (more, grants) in [
        (json!({"notice": "2026-10"}), false),
        (json!({"notice": null}), false),
        (json!({"grant": ["analytics"]}), false),
        (json!({"grant": null}), false),
        (json!({"deny": ["personalisation"]}), false),
        (json!({"exp": now() - 5}), false),
        (json!({"grant": ["unheard-of", "personalisation"]}), true),
    ] {
        let (yes, _) = passes(&house, showing("ada", &token(&more))).await;
        assert_eq!(yes, grants, "{more}");
    }
}

#[tokio::test]
async fn a_later_no_is_stronger_than_a_token_and_a_later_token_than_a_no() {
    let house = trusting(", grants: true").open().await;
    let old = token(&json!({"iat": now() - 60}));
    assert!(passes(&house, showing("ada", &old)).await.0);
    for no in ["deny personalisation", "withdraw personalisation", "object personalisation", "restrict"] {
        house.decide("ada", no).await;
        assert!(!passes(&house, showing("ada", &old)).await.0, "{no}");
        if no == "restrict" {
            house.decide("ada", "lift").await;
            assert!(!passes(&house, showing("ada", &old)).await.0, "it is older than the restriction");
        }
        let decided = now();
        while now() <= decided {
            sleep(Duration::from_millis(50)).await;
        }
        assert!(passes(&house, showing("ada", &token(&json!({})))).await.0, "{no}, and then a yes");
    }
    house.decide("ada", "restrict").await;
    let restricted = passes(&house, showing("ada", &token(&json!({"iat": now()})))).await;
    assert!(!restricted.0, "nothing but the law passes");
}

#[tokio::test]
async fn a_no_in_a_token_counts_against_a_yes_in_the_ledger_and_also_when_it_has_expired() {
    let house = trusting("").open().await;
    house.decide("ada", "grant personalisation").await;
    let no = json!({"deny": ["personalisation"], "grant": null});
    assert_eq!(passes(&house, showing("ada", &token(&no))).await, (false, json!("objects")));
    let old = json!({"deny": ["personalisation"], "exp": now() - 60, "iat": now() - 90});
    assert!(!passes(&house, showing("ada", &token(&old))).await.0);
    house.decide("ada", "withdraw personalisation").await;
    let (yes, said) = passes(&house, showing("ada", &token(&json!({})))).await;
    assert_eq!((yes, said), (false, json!("no objection")), "this route takes no yes from tokens");
}

#[tokio::test]
async fn a_token_that_does_not_hold_or_is_somebody_elses_is_refused() {
    let good = token(&json!({}));
    let (signed, _) = good.rsplit_once('.').unwrap();
    let table = [
        "".to_owned(),
        "nonsense".to_owned(),
        format!("{signed}.AAAA"),
        format!("{signed}."),
        token(&json!({"sub": "eve"})),
        token(&json!({"sub": null})),
        token(&json!({"iss": "https://id.test"})),
        token(&json!({"aud": "shop"})),
        token(&json!({"iat": null})),
        token(&json!({"iat": now() + 600})),
        token(&json!({"exp": null})),
        token(&json!({"nbf": now() + 600})),
        token(&json!({"grant": "personalisation"})),
        token(&json!({"deny": [1]})),
        token(&json!({"notice": 2026})),
        login(&claims("ada")),
    ];
    for bad in table {
        let house = trusting(", grants: true").open().await;
        let answer = house.ask(showing("ada", &bad)).await;
        house.assert_refused(&answer, 401, "credential").await;
    }
    let house = trusting(", grants: true").open().await;
    let mut twice = showing("ada", &good);
    twice.headers_mut().append("assentry-consent", good.parse().unwrap());
    let answer = house.ask(twice).await;
    house.assert_refused(&answer, 401, "credential").await;
}

#[tokio::test]
async fn for_somebody_who_is_not_proven_only_a_no_counts() {
    let claimed = "- header: {name: x-employee, from: [10.0.0.0/8], namespace: login}\n\
                   - cookie: {name: visitor}";
    let house = trusting(", grants: true").subjects(claimed).open().await;
    for cookie in ["visitor=ada", "theme=dark"] {
        let mut request = showing("ada", &token(&json!({"deny": ["analytics"]})));
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        request.headers_mut().insert("referer", "https://search.test/".parse().unwrap());
        assert_eq!(passes(&house, request).await, (false, json!("objects")), "{cookie}");
        assert_eq!(house.bot.last().header("referer"), None);
    }
}

#[tokio::test]
async fn a_token_in_a_cookie_is_cut_out_of_it() {
    let house = trusting(", grants: true, cookie: yes").open().await;
    let mut request = chat_of("ada", ASKED);
    let cookie = format!("a=1; yes={};  b=2", token(&json!({})));
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    assert_eq!(house.ask(request).await.status, 200);
    assert_eq!((house.bot.last().text(), house.bot.last().header("cookie")), (ASKED, Some("a=1;  b=2")));
}

#[tokio::test]
async fn an_open_socket_goes_on_under_a_token_until_it_expires_or_a_no_comes() {
    let (house, _) = socket::house(trusting(", grants: true")).await;
    let short = token(&json!({"exp": now() + 3}));
    let until = now() + 3;
    let mut ada = house.socket(&Ask::ada().with("assentry-consent", &short)).await;
    assert_eq!(ada.asks(ASKED).await, ASKED);
    while now() <= until {
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(ada.asks(ASKED).await, WITHOUT, "it has expired");
    let (house, _) = socket::house(trusting(", grants: true")).await;
    let mut ada = house.socket(&Ask::ada().with("assentry-consent", &token(&json!({})))).await;
    assert_eq!(ada.asks(ASKED).await, ASKED);
    house.decide("ada", "withdraw personalisation").await;
    assert_eq!(ada.asks(ASKED).await, WITHOUT, "a no came");
}

#[tokio::test]
async fn a_socket_keeps_its_objection_and_its_bot_is_told_what_is_allowed() {
    let policy = SHOP.replace("objections: [gpc]", "objections: [gpc, {gpp: SaleOptOut}]").replace(
        "usage: {at: ['header:referer', 'query:utm_*']",
        "usage: {at: [$.page, 'header:referer', 'query:utm_*']",
    );
    let route = "path: /chat, tell_bot: true, signals: {gpp: {header: x-gpp}, record: []}";
    let objecting = Ask::ada().with("x-gpp", super::GPP_NO).with("assentry-purposes", "all");
    let cases = [
        (Ask::ada(), r#"{"page":7}"#, "assentry-purposes: support, analytics\r\n"),
        (objecting, "{}", "assentry-purposes: support\r\n"),
    ];
    for (ask, arrives, told) in cases {
        let (house, _) = socket::house(Written::policy(&policy).route(route)).await;
        let mut ada = house.socket(&ask).await;
        for _ in 0..3 {
            assert_eq!(ada.asks(r#"{"page":7}"#).await, arrives);
        }
        let raw = house.bot.last().raw.to_lowercase();
        assert!(raw.contains(told) && raw.matches("assentry").count() == 1, "{raw}");
    }
}

#[tokio::test]
async fn a_login_token_and_a_consent_token_can_not_be_one() {
    let shared = |from: &str, to: &str| {
        let written = trusting("").subjects(TOKENS);
        let folder = written.write("127.0.0.1:9".parse().unwrap());
        let text = std::fs::read_to_string(folder.config()).unwrap();
        assert!(text.contains(from));
        std::fs::write(folder.config(), text.replace(from, to)).unwrap();
        folder.load().routes().map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(shared("audience: consents", "audience: consents"), Ok(()));
    let errors = [
        shared("audience: consents", "audience: shop"),
        shared(SECRET, "0123456789abcdef0123456789abcdef"),
        shared("namespace: login, leeway", "namespace: visitor, leeway"),
        shared("namespace: login, leeway", "header: Authorization, namespace: login, leeway"),
        shared("namespace: login, leeway", "header: a, cookie: b, namespace: login, leeway"),
        shared("leeway: 0s", "leeway: 10m"),
    ];
    let errors: Vec<String> = errors.into_iter().map(Result::unwrap_err).collect();
    insta::assert_snapshot!(errors.join("\n"));
}
