//! What the operator's pages say, and what they never say.

use std::fs;

use assentry::ledger::{NewRequest, RequestKind};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::Value;

use super::access::{ADMIN, ask, ask_with, page, token};
use crate::{
    client::chat_of,
    house::House,
    ledger::person,
    program::Program,
    written::{SHOP, Written},
};

const PAGES: [&str; 8] =
    ["/", "/report", "/report.json", "/rules", "/policies", "/policy?name=shop", "/requests", "/explain"];

/// What a page says, without its markup and with every moment the same.
fn words(html: &str) -> String {
    let main = html.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
    let (_, main) = main.split_once('>').unwrap();
    let mut text = String::new();
    for piece in main.split('<') {
        let (tag, words) = piece.split_once('>').unwrap_or(("", piece));
        let block = [
            "p", "h1", "h2", "h3", "li", "tr", "section", "div", "caption", "dt", "label", "legend", "option",
        ];
        if block.contains(&tag.split(' ').next().unwrap()) {
            text.push('\n');
        } else if tag.starts_with("td") || tag.starts_with("th") || tag.starts_with("dd") {
            text.push_str(" | ");
        }
        if tag == "br" {
            text.push_str(" / ");
        }
        text.push_str(if tag.starts_with("time") { "TIME" } else { words });
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join("\n");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

async fn chats(house: &House, bodies: &[(&str, &str)]) {
    for (who, body) in bodies {
        assert_eq!(house.ask(chat_of(who, body)).await.status, 200);
    }
    house.receipts_soon(bodies.len()).await;
}

async fn explain(house: &House, form: &str) -> crate::answer::Answer {
    let bearer = format!("Authorization: Bearer {}", token(&serde_json::json!({})));
    ask(house.admin.unwrap(), "POST /explain", &[&bearer], form).await
}

#[tokio::test]
async fn pages_hold_no_script_ask_nobody_else_and_may_not_be_framed() {
    let house = Written::shop().more(ADMIN).open().await;
    for path in PAGES {
        let answer = page(&house, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains("script"), "{policy}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(
            (answer.header("x-content-type-options"), answer.header("referrer-policy")),
            ("nosniff", "same-origin")
        );
        let text = answer.text();
        for foreign in ["<script", "http://", "https://", " style=", "<iframe", "javascript:", "onload="] {
            assert!(!text.contains(foreign), "{path} has {foreign}");
        }
    }
    let admin = house.admin.unwrap();
    for (path, media_type) in
        [("/static/operator.css", "text/css; charset=utf-8"), ("/static/mark.svg", "image/svg+xml")]
    {
        let answer = ask(admin, &format!("GET {path}"), &[], "").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, media_type));
        assert!(!answer.text().contains("url("));
    }
    assert_eq!(page(&house, "/nowhere").await.status, 404);
    assert_eq!(page(&house, "/policy?name=bank").await.status, 404);
    let answer = ask_with(admin, "DELETE /rules", &token(&serde_json::json!({}))).await;
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"));
}

#[tokio::test]
async fn no_page_holds_an_id_a_value_that_was_withheld_or_what_somebody_wrote() {
    let house = Written::shop().more(ADMIN).open().await;
    let body = r#"{"text":"moin","email":"zuzanna@example.com","context":{"purchases":["hemorrhoid cream"]},"zuzannas key":1}"#;
    chats(&house, &[("zuzanna-4711", body)]).await;
    house.decide("zuzanna-4711", "deny personalisation").await;
    let ledger = house.folder.ledger().await;
    let words = Some("please, zuzanna here".to_owned());
    let new = NewRequest { kind: RequestKind::Erasure, words, source: "journey".to_owned() };
    ledger.ask(&person("zuzanna-4711"), new).await.unwrap();
    let told = house.receipts()[0]["subject"]["reference"].as_str().unwrap().to_owned();
    for path in PAGES {
        let answer = page(&house, path).await;
        for secret in ["zuzanna", "4711", "hemorrhoid", "example.com", "moin", &told] {
            assert!(!answer.text().contains(secret), "{path} says {secret}");
        }
    }
    let requests = page(&house, "/requests").await;
    assert!(requests.text().contains("to be erased") && requests.text().contains("with words of their own"));
    assert!(page(&house, "/").await.text().contains("1 request open, none overdue"));
}

#[tokio::test]
async fn the_first_page_says_what_is_served_and_says_aloud_what_is_not_enforced() {
    let routes = "- {name: chat, path: /chat, policy: policy.yaml, upstream: {addresses: BOT}}
- {name: pilot, path: /pilot, policy: policy.yaml, upstream: {addresses: BOT}, mode: report, until: '2099-12-31'}";
    let house = Written::shop().routes(routes).more(ADMIN).open().await;
    chats(&house, &[("ada", "{}")]).await;
    house.ask(chat_of("ada", "{")).await.assert_problem(400, "unreadable");
    house.receipts_soon(2).await;
    let said = words(page(&house, "/").await.text());
    let digest =
        &assentry::policy::Policy::load(&house.folder.path("policy.yaml")).unwrap().digest_hex()[..12];
    let said = said.replace(digest, "DIGEST").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let mut lines: Vec<&str> = said.lines().filter(|line| !line.contains("serving since")).collect();
    lines.retain(|line| !line.contains("under way")); // the exchange of a moment ago may just be ending
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn a_rule_that_never_met_anything_is_marked_and_it_is_said_what_to_do() {
    let policy = SHOP.replace(
        "data:\n",
        "data:\n  loyalty: {at: $.context.loyaltyCard, for: personalisation, otherwise: drop}\n",
    );
    let house = Written::policy(&policy).more(ADMIN).open().await;
    house.decide("ada", "grant personalisation").await;
    let body = r#"{"text":"hi","email":"a@example.com","context":{"purchases":[1,2]}}"#;
    chats(&house, &[("ada", body), ("bob", body), ("bob", r#"{"text":"hi"}"#)]).await;
    let answer = page(&house, "/rules").await;
    insta::assert_snapshot!(words(answer.text()));
    let line = policy.lines().position(|line| line.contains("loyaltyCard")).unwrap() + 1;
    assert!(answer.text().contains(&format!("href=\"/policy?name=shop#L{line}\"")), "it leads to its line");
    let source = page(&house, "/policy?name=shop").await;
    assert!(source.text().contains(&format!("<li id=\"L{line}\">")));
}

#[tokio::test]
async fn rules_are_counted_from_a_file_of_receipts_as_well_and_nothing_is_made_up_where_there_is_none() {
    let house = Written::shop().receipts("database: false").more(ADMIN).open().await;
    let early = page(&house, "/rules").await;
    assert!(early.text().contains("There is no receipt yet") && !early.text().contains(">never<"));
    let house = Written::shop().receipts("database: false").more(ADMIN).open().await;
    chats(&house, &[("ada", r#"{"text":"hi"}"#)]).await;
    let said = words(page(&house, "/rules").await.text());
    assert!(said.contains("Counted from 1 receipt"), "{said}");
    assert!(said.contains("3 entries were never met: purchases, contact, usage"), "{said}");
}

#[tokio::test]
async fn the_report_on_the_page_is_the_report_of_the_command_and_only_of_groups() {
    let house = Written::shop().receipts("database: false").more(ADMIN).open().await;
    let people: Vec<String> = (0..23).map(|n| format!("person-{n}")).collect();
    for (n, who) in people.iter().enumerate() {
        house.decide(who, if n < 12 { "grant personalisation" } else { "deny personalisation" }).await;
    }
    let body = r#"{"text":"hi","context":{"purchases":[1]}}"#;
    chats(&house, &people.iter().map(|who| (&**who, body)).collect::<Vec<_>>()).await;
    let yesterday = Timestamp::now().to_zoned(TimeZone::UTC).date().saturating_sub(1.day());
    let earlier = |receipt: &Value| {
        let mut receipt = receipt.clone();
        receipt["time"] = format!("{yesterday}T12:00:00Z").into();
        format!("{receipt}\n")
    };
    let lines: String = house.receipts().iter().map(earlier).collect();
    fs::write(house.folder.path(&format!("receipts.ndjson.{yesterday}")), lines).unwrap();

    let config = house.folder.config();
    for (format, path) in [("json", "/report.json"), ("csv", "/report.csv")] {
        let output =
            Program::run(&["report", "--config", config.to_str().unwrap(), "--format", format]).await;
        let answer = page(&house, path).await;
        assert_eq!(answer.text(), String::from_utf8(output.stdout).unwrap(), "the same figures");
        assert!(answer.header("content-disposition").starts_with("attachment; filename=\"report-"));
    }
    let document: Value =
        serde_json::from_str(page(&house, "/report.json?policy=shop").await.text()).unwrap();
    assert_eq!(document["days"][0]["people"], 20, "{document}");
    assert_eq!(document["opt_in"][0]["yes"]["people"], 10);
    let html = page(&house, "/report").await;
    let said = words(html.text());
    for told in [
        "personalisation | shop | 10 | 20",
        "passed | purchases | to the bot | 10",
        "withheld drop | purchases | to the bot | 10",
    ] {
        assert!(said.contains(told), "{told} in {said}");
    }
    assert!(html.text().contains("aria-label=\"10 of 20 say yes\""), "a picture has its text");
    assert!(html.text().contains("aria-label=\"people by day on route chat,"));
    let today = yesterday.tomorrow().unwrap();
    for (query, advice) in [
        (format!("to={today}"), "has not been over"),
        ("from=yesterday".to_owned(), "is not a day; write it like"),
        ("policy=bank".to_owned(), "no route has that policy now"),
    ] {
        let answer = page(&house, &format!("/report?{query}")).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains(advice), "{advice} in {}", answer.text());
    }
    assert!(!page(&house, "/report?k=3").await.text().contains("fewer than 3"), "one k for everybody");
}

#[tokio::test]
async fn explain_says_place_by_place_what_would_happen_and_keeps_and_repeats_nothing() {
    let folder = Written::shop().more(ADMIN).write(([127, 0, 0, 1], 9).into());
    let program = Program::serve(&folder).await;
    let (admin, bearer) =
        (program.admin(), format!("Authorization: Bearer {}", token(&serde_json::json!({}))));
    let body = "%7B%22text%22%3A%22moin%22%2C%22email%22%3A%22zuzanna%40example.com%22%2C%22context%22%3A%7B%22purchases%22%3A%5B%22cream%22%5D%7D%2C%22zuzannas%20key%22%3A1%7D";
    let explained = async |more: &str| {
        let form = format!("route=chat&direction=to_bot&content_type=application%2Fjson{more}&body={body}");
        let answer = ask(admin, "POST /explain", &[&bearer], &form).await;
        assert_eq!(answer.status, 200);
        for secret in ["moin", "zuzanna", "example.com", "cream"] {
            assert!(!answer.text().contains(secret), "it repeats {secret}");
        }
        let said = words(answer.text());
        said.split_once("What would happen\n")
            .unwrap()
            .1
            .split_once("A message on chat")
            .unwrap()
            .0
            .to_owned()
    };
    let nothing_said = explained("&gpc=1").await;
    // Purpose 1 is personalisation, purpose 2 analytics.
    let yes = explained("&purpose-1=grant&purpose-2=object").await;
    let no = explained("&purpose-1=deny").await;
    insta::assert_snapshot!([nothing_said, yes, no].join("\n----\n"));
    let logged = program.said();
    assert!(!logged.contains("zuzanna") && !logged.contains("moin"), "{logged}");
    assert!(crate::ledger::receipts_in(&folder).is_empty(), "it is no exchange");
}

#[tokio::test]
async fn explain_says_what_is_wrong_with_a_message_without_repeating_it() {
    let house = Written::shop().more(ADMIN).open().await;
    for (form, words) in [
        ("body=%7B%22zuzanna", "Refused:"),
        ("content_type=zuz%01&body=x", "that is not a media type"),
        ("direction=to_person&content_type=text%2Fevent-stream&body=zuzanna", "event by event"),
        ("content_type=text%2Fplain&body=zuzanna", "Refused:"),
    ] {
        let answer = explain(&house, form).await;
        assert_eq!(answer.status, 200);
        let answered = answer.text().split_once("What would happen</h2>").unwrap().1;
        let answered = answered.split_once("</section>").unwrap().0;
        assert!(answered.contains(words) && !answered.contains("zuzanna"), "{words} in {answered}");
    }
    let long = format!("body=%22{}%22", "x".repeat(300 << 10));
    let answer = explain(&house, &long).await;
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("256 KiB") && !answer.text().contains("xxx"));
    assert_eq!(explain(&house, &format!("body={}", "x".repeat(2 << 20))).await.status, 413);
    assert_eq!(explain(&house, "route=nowhere&body=%7B%7D").await.status, 404);
    let secret = explain(&house, "body=%7B%22text%22%3A%22zuzanna%22%7D").await;
    assert!(secret.text().contains("It would reach the bot as it is.") && !secret.text().contains("zuzanna"));
}
