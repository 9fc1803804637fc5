//! Strings in headers, cookies and queries.

use std::time::Duration;

use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{GPP_GPC, GPP_NO, TCF, TCF_NO, heard, policy};
use crate::{
    client::{Http, chat},
    house::{House, soon},
    ledger::person,
    written::{SHOP, Written},
};

const REFERER: &str = "https://search.test/";

/// A request of Ada's with these fields and this query.
fn asked(query: &str, fields: &[(&str, &str)]) -> Request<Full<bytes::Bytes>> {
    let mut request = chat("{}");
    *request.uri_mut() = format!("/chat{query}").parse().unwrap();
    for (name, value) in fields {
        request.headers_mut().append(http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    request.headers_mut().insert("referer", REFERER.parse().unwrap());
    request
}

/// What her receipt says of the signals, and whether the bot learns where she came from.
async fn heard_and_learnt(house: &House, request: Request<Full<bytes::Bytes>>) -> (Value, bool) {
    let count = house.receipts().len();
    assert_eq!(house.ask(request).await.status, 200);
    let receipts = house.receipts_soon(count + 1).await;
    (receipts[count]["signals"].clone(), house.bot.last().header("referer").is_some())
}

fn one(signal: &str, said: &str) -> Value {
    json!([{"signal": signal, "said": said}])
}

#[tokio::test]
async fn a_string_that_says_no_is_obeyed_and_none_is_not() {
    let house = heard("").open().await;
    let cookie = |value: &str| format!("a=1; euconsent-v2={value}; b=2");
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Value, bool);
    let table: [Case<'_>; 12] = [
        ("", &[], Value::Null, true),
        ("", &[("cookie", &cookie(TCF))], one("tcf", "no objection"), true),
        ("", &[("cookie", &cookie(TCF_NO))], one("tcf", "objects"), false),
        ("", &[("cookie", &cookie("nonsense"))], one("tcf", "malformed"), false),
        (&format!("?gdpr_consent={TCF_NO}"), &[], one("tcf", "objects"), false),
        (&format!("?gdpr_consent={TCF_NO}"), &[("cookie", &cookie(TCF))], one("tcf", "objects"), false),
        ("", &[("x-gpp", GPP_GPC)], one("gpp", "no objection"), true),
        ("", &[("x-gpp", GPP_NO)], one("gpp", "objects"), false),
        ("", &[("x-gpp", GPP_GPC), ("x-gpp", GPP_NO)], one("gpp", "objects"), false),
        ("?gpp=DBABBg%7EBVVVVVVY", &[], one("gpp", "objects"), false),
        ("?gpp=", &[], one("gpp", "malformed"), false),
        (
            "",
            &[("x-gpp", &format!("DBABM~{TCF_NO}"))],
            json!([{"signal": "tcf", "said": "objects"}, {"signal": "gpp", "said": "no objection"}]),
            false,
        ),
    ];
    for (query, fields, signals, learns) in table {
        let outcome = heard_and_learnt(&house, asked(query, fields)).await;
        assert_eq!(outcome, (signals, learns), "{query} {fields:?}");
    }
}

#[tokio::test]
async fn a_signal_goes_no_further_and_takes_nothing_along() {
    for http in Http::BOTH {
        let house = heard("").open().await;
        let mut connection = house.connect(http).await;
        let fields = [
            ("cookie", format!("a=1; euconsent-v2={TCF}; b=2")),
            ("x-gpp", GPP_GPC.to_owned()),
            ("x-gpp", "twice".to_owned()),
            ("sec-gpc", "0".to_owned()),
        ];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        connection.ask(asked(&format!("?x=%41&gdpr_consent={TCF}&&y=1+2"), &fields)).await;
        let sent = house.bot.last();
        assert_eq!(sent.head.uri.query(), Some("x=%41&&y=1+2"));
        assert_eq!(sent.header("cookie"), Some("a=1; b=2"));
        for gone in ["COvFy", "BVqq", "twice", "gpp", "gpc", "euconsent"] {
            assert!(!sent.raw.to_lowercase().contains(&gone.to_lowercase()), "{gone}: {}", sent.raw);
        }
        let receipt = house.receipt().await.to_string();
        assert!(!receipt.contains("COvFy") && !receipt.contains("BVqq"), "{receipt}");
    }
}

#[tokio::test]
async fn a_route_may_say_that_the_bot_gets_signals_too() {
    let route = "path: /chat, signals: {gpc: {forward: true}, tcf: {cookie: c, forward: true}, gpp: {header: x-gpp, forward: true}}";
    let house = Written::policy(&policy()).route(route).open().await;
    let cookie = format!("c={TCF}");
    house.ask(asked("", &[("sec-gpc", "1"), ("x-gpp", GPP_NO), ("cookie", &cookie)])).await;
    let sent = house.bot.last();
    assert_eq!((sent.header("sec-gpc"), sent.header("x-gpp")), (Some("1"), Some(GPP_NO)));
    assert_eq!(sent.header("cookie"), Some(&*cookie));
}

#[tokio::test]
async fn bytes_at_the_bot_do_not_tell_whether_there_was_a_signal() {
    for http in Http::BOTH {
        let house = heard("").open().await;
        let mut connection = house.connect(http).await;
        let signature = ("signature-input", "sig=(\"@method\")");
        let good = format!("euconsent-v2={TCF}");
        let with: [&[(&str, &str)]; 3] = [
            &[signature],
            &[("cookie", &good), signature, ("sec-gpc", "0"), ("x-gpp", GPP_GPC)],
            &[("x-gpp", GPP_GPC), signature],
        ];
        let mut arrived = Vec::new();
        for fields in with {
            connection.ask(asked("?a=1", fields)).await;
            arrived.push(house.bot.last().raw);
        }
        assert_eq!(arrived[0], arrived[1]);
        assert_eq!(arrived[0], arrived[2]);
    }
}

#[tokio::test]
async fn an_objection_of_a_proven_person_is_written_down_once_and_holds_without_the_signal() {
    let house = heard("").open().await;
    for _ in 0..3 {
        let (_, learns) = heard_and_learnt(&house, asked("", &[("sec-gpc", "1")])).await;
        assert!(!learns);
    }
    soon(|| {
        let request = house.receipts();
        request.len() >= 3
    })
    .await;
    let reason = async || {
        heard_and_learnt(&house, asked("", &[])).await;
        house.receipts().last().unwrap()["purposes"][2]["because"].clone()
    };
    while reason().await != "objected" {
        sleep(Duration::from_millis(5)).await;
    }
    house.decide("ada", "grant analytics").await;
    let (_, learns) = heard_and_learnt(&house, asked("", &[("sec-gpc", "1")])).await;
    assert!(!learns, "the signal objects for its own request");
    sleep(Duration::from_millis(50)).await;
    let (_, learns) = heard_and_learnt(&house, asked("", &[])).await;
    assert!(learns, "what she decided herself stands");
    let folder = house.close().await;
    let ledger = folder.ledger().await;
    let history = ledger.history(&person("ada"), "shop").await.unwrap();
    let lines: Vec<_> = history.iter().map(|decision| (decision.kind.as_str(), &*decision.source)).collect();
    assert_eq!(lines, [("object", "signal:gpc"), ("grant", "journey")]);
}

#[tokio::test]
async fn what_is_malformed_unproven_or_not_to_be_recorded_is_not_written_down() {
    let claimed = "- cookie: {name: visitor, namespace: login}";
    let cases = [
        (heard(""), vec![("sec-gpc", "maybe")]),
        (heard(", record: []"), vec![("sec-gpc", "1")]),
        (heard(""), vec![("x-gpp", GPP_NO)]),
        (heard("").subjects(claimed), vec![("cookie", "visitor=ada"), ("sec-gpc", "1")]),
    ];
    for (written, fields) in cases {
        let house = written.open().await;
        let (_, learns) = heard_and_learnt(&house, asked("", &fields)).await;
        assert!(!learns, "{fields:?}");
        sleep(Duration::from_millis(50)).await;
        let folder = house.close().await;
        let ledger = folder.ledger().await;
        assert_eq!(ledger.history(&person("ada"), "shop").await.unwrap(), [], "{fields:?}");
    }
}

#[tokio::test]
async fn a_route_may_record_what_strings_say_too() {
    let house = heard(", record: [gpc, gpp]").open().await;
    heard_and_learnt(&house, asked("", &[("x-gpp", GPP_NO)])).await;
    let learns = async || heard_and_learnt(&house, asked("", &[])).await.1;
    while learns().await {
        sleep(Duration::from_millis(5)).await;
    }
    let folder = house.close().await;
    let ledger = folder.ledger().await;
    let history = ledger.history(&person("ada"), "shop").await.unwrap();
    assert_eq!(history.iter().map(|decision| &*decision.source).collect::<Vec<_>>(), ["signal:gpp"]);
}

#[tokio::test]
async fn a_refusal_says_what_it_would_take_and_where_to_decide() {
    let policy = SHOP.replace(
        "$.context.purchases, for: personalisation, otherwise: drop",
        "$.context.purchases, for: personalisation, otherwise: refuse",
    );
    let route = "path: /chat, desk: 'https://shop.test/privacy'";
    let house = Written::policy(&policy).route(route).open().await;
    let answer = house.ask(chat(r#"{"context":{"purchases":[1]}}"#)).await;
    house.assert_refused(&answer, 403, "consent-missing").await;
    let problem = answer.problem();
    let missing = json!([{"name": "personalisation", "title": "Tailor suggestions to you"}]);
    assert_eq!(
        (&problem["purposes"], &problem["decide_at"]),
        (&missing, &json!("https://shop.test/privacy"))
    );
}
