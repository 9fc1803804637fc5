//! What the policy refuses, and the mode in which it only reports.

use serde_json::json;

use crate::{client::chat, written::Written};

const STRICT: &str = "
policy: shop
version: 1
undeclared: UNDECLARED
purposes:
  support: {title: Answer your question, basis: contract}
  personalisation: {title: Tailor suggestions to you, basis: consent, notice: 2026-11}
  research: {title: Study how people ask, basis: consent, notice: 2026-11}
data:
  question: {at: $.text, for: support}
  health: {at: $.health, for: [personalisation, research], otherwise: refuse}
  card: {at: $.card, otherwise: refuse}
";

fn strict(undeclared: &str) -> Written {
    Written::policy(&STRICT.replace("UNDECLARED", undeclared))
}

#[tokio::test]
async fn data_that_needs_a_yes_is_refused_and_the_purposes_are_named() {
    let house = strict("forward").open().await;
    let answer = house.ask(chat(r#"{"health":{"diagnosis":"flu"}}"#)).await;
    house.assert_refused(&answer, 403, "consent-missing").await;
    assert_eq!(
        answer.problem()["purposes"],
        json!([
            {"name": "personalisation", "title": "Tailor suggestions to you"},
            {"name": "research", "title": "Study how people ask"},
        ])
    );
    assert!(!answer.text().contains("flu"));
}

#[tokio::test]
async fn data_that_no_yes_would_let_pass_is_refused_and_no_purpose_is_named() {
    let house = strict("forward").open().await;
    let answer = house.ask(chat(r#"{"card":"4111-1111"}"#)).await;
    house.assert_refused(&answer, 403, "forbidden").await;
    assert_eq!(answer.problem().get("purposes"), None);
    assert!(!answer.text().contains("4111-1111"));
}

#[tokio::test]
async fn what_is_refused_for_want_of_a_yes_passes_after_it() {
    let house = strict("forward").open().await;
    house.decide("ada", "grant research").await;
    let body = r#"{"health":{"diagnosis":"flu"}}"#;
    assert_eq!(house.ask(chat(body)).await.status, 200);
    assert_eq!(house.bot.last().text(), body);
}

#[tokio::test]
async fn what_nobody_declared_is_refused_where_the_policy_says_so() {
    let house = strict("refuse").open().await;
    let answer = house.ask(chat(r#"{"text":"hi","ada@example.com":1}"#)).await;
    house.assert_refused(&answer, 403, "undeclared").await;
    assert!(!answer.text().contains("ada@"));
}

#[tokio::test]
async fn a_route_that_only_reports_forwards_what_lacks_a_yes_and_records_what_it_would_have_done() {
    let house = Written::shop().route("path: /chat, mode: report, until: 2099-12-31").open().await;
    let body = r#"{"context":{"purchases":[1,2]}}"#;
    assert_eq!(house.ask(chat(body)).await.status, 200);
    assert_eq!(house.bot.last().text(), body);
    let receipt = house.receipt().await;
    assert_eq!(receipt["mode"], "report");
    let would =
        json!({"data": "purchases", "place": "$.context.purchases", "action": "would drop", "count": 1});
    assert_eq!(receipt["to_bot"], json!([would]));
}

#[tokio::test]
async fn a_route_that_only_reports_still_obeys_a_no() {
    let house = Written::shop().route("path: /chat, mode: report, until: 2099-12-31").open().await;
    house.decide("ada", "deny personalisation").await;
    house.ask(chat(r#"{"context":{"purchases":[1,2]}}"#)).await;
    assert_eq!(house.bot.last().text(), r#"{"context":{}}"#);
}

#[tokio::test]
async fn a_route_whose_time_to_report_is_over_enforces() {
    let house = Written::shop().route("path: /chat, mode: report, until: 2020-01-01").open().await;
    house.ask(chat(r#"{"context":{"purchases":[1,2]}}"#)).await;
    assert_eq!(house.bot.last().text(), r#"{"context":{}}"#);
    assert_eq!(house.receipt().await["mode"], "enforce");
}

#[tokio::test]
async fn a_route_that_only_reports_still_refuses_what_it_can_not_read() {
    let house = Written::shop().route("path: /chat, mode: report, until: 2099-12-31").open().await;
    let answer = house.ask(chat("{")).await;
    house.assert_refused(&answer, 400, "unreadable").await;
}
