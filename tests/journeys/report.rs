//! Figures without people, from receipts that exchanges left.

use std::fs;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::Value;

use crate::{
    client::chat_of,
    program::Program,
    written::{Folder, Written},
};

/// The receipts as they would be had all of it happened yesterday.
fn a_day_earlier(receipts: &[Value]) -> String {
    let yesterday = Timestamp::now().to_zoned(TimeZone::UTC).date().saturating_sub(1.day());
    let earlier = |receipt: &Value| {
        let mut receipt = receipt.clone();
        receipt["time"] = format!("{yesterday}T12:00:00Z").into();
        format!("{receipt}\n")
    };
    receipts.iter().map(earlier).collect()
}

async fn report(folder: &Folder, more: &[&str]) -> (Option<i32>, String, String) {
    let (config, file) = (folder.config(), folder.path("earlier.ndjson"));
    let line = ["report", file.to_str().unwrap(), "--config", config.to_str().unwrap()];
    let output = Program::run(&[&line, more].concat()).await;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn figure<'a>(report: &'a Value, name: &str, figure: &str) -> &'a Value {
    let figures = report["days"][0]["figures"].as_array().unwrap();
    figures.iter().find(|one| one["name"] == name && one["figure"] == figure).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn an_operator_sees_how_many_said_yes_and_what_was_withheld_and_nobody() {
    let house = Written::shop().open().await;
    for n in 0..9 {
        let who = format!("person-{n}");
        if n < 7 {
            house.decide(&who, if n < 4 { "grant personalisation" } else { "deny personalisation" }).await;
        }
        let answer = house.ask(chat_of(&who, r#"{"text":"hi","context":{"purchases":[1]}}"#)).await;
        assert_eq!(answer.status, 200);
    }
    let receipts = house.receipts_soon(9).await;
    let folder = house.close().await;
    fs::write(folder.path("earlier.ndjson"), a_day_earlier(&receipts) + "damaged\n").unwrap();
    let (code, said, warned) = report(&folder, &["--k", "3", "--format", "json"]).await;
    assert_eq!(code, Some(0), "{warned}");
    assert!(warned.contains("1 line could not be read as receipts"), "{warned}");
    let document: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(document["opt_in"][0]["decided"], 6, "{said}");
    assert_eq!(document["opt_in"][0]["yes"]["people"], 3);
    assert_eq!(document["days"][0]["people"], 9);
    assert_eq!(figure(&document, "purchases", "withheld")["people"], 3, "{said}");
    assert_eq!(figure(&document, "purchases", "passed")["people"], 3);
    assert_eq!(figure(&document, "question", "passed")["nearly_all"], true);
    for receipt in &receipts {
        assert!(!said.contains(receipt["subject"]["reference"].as_str().unwrap()));
    }
    let (_, said, _) = report(&folder, &["--k", "5", "--format", "json"]).await;
    let document: Value = serde_json::from_str(&said).unwrap();
    let withheld = figure(&document, "purchases", "withheld");
    assert_eq!(
        withheld["nearly_all"], true,
        "five, and that the other four are no group is not told apart from none"
    );
    assert_eq!(figure(&document, "purchases", "passed"), &Value::Null);
    let (_, said, _) = report(&folder, &["--format", "csv"]).await;
    assert_eq!(said.lines().count(), 1, "nine people are no group of ten: {said}");
}

#[tokio::test]
async fn without_files_the_receipts_are_read_where_they_are_kept() {
    let house = Written::shop().open().await;
    assert_eq!(house.ask(chat_of("ada", r#"{"text":"hi"}"#)).await.status, 200);
    let folder = house.close().await;
    for keys in ["database: true", "database: false"] {
        let text = fs::read_to_string(folder.config()).unwrap();
        fs::write(folder.config(), text.replace("database: true", keys)).unwrap();
        let output = Program::run(&["report", "--config", folder.config().to_str().unwrap()]).await;
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty());
    }
}
