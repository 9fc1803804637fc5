use std::{fs, path::Path};

use jiff::tz::TimeZone;

use super::*;
use crate::{
    ledger::{Ledger, LedgerSettings},
    receipts::{ReceiptSettings, turned_over},
};

fn day(ago: i64) -> Date {
    turned::day_at(Timestamp::now()).saturating_sub(ago.days())
}

fn line(ago: i64, name: &str) -> String {
    format!("{{\"time\":\"{}T23:59:59Z\",\"exchange\":\"{name}\"}}\n", day(ago))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn set_day(path: &Path, ago: i64) {
    let time = day(ago).to_zoned(TimeZone::UTC).unwrap().timestamp();
    fs::File::options().append(true).open(path).unwrap().set_modified(time.into()).unwrap();
}

fn open(path: &Path) -> Receipts {
    let settings = ReceiptSettings { database: false, file: Some(path.to_owned()), queue: 8 };
    Receipts::open(&settings, None).unwrap()
}

async fn one_pass(receipts: &Receipts, days: i64) {
    receipts.keep_for(Some(days));
    assert_eq!(pass(receipts, &Metrics::new(), days).await, PACE);
}

#[test]
fn only_whole_days_are_a_retention() {
    let days = |text: &str| RetentionSettings { receipts: Some(text.parse().unwrap()), history: None }.days();
    assert_eq!(days("90d"), Ok(Some(90)));
    assert_eq!(days("48h"), Ok(Some(2)));
    assert_eq!(RetentionSettings::default().days(), Ok(None));
    for wrong in ["36h", "0d", "1ms", "40000d"] {
        assert!(days(wrong).is_err(), "{wrong}");
    }
    insta::assert_snapshot!(days("36h").unwrap_err().to_string());
}

#[tokio::test]
async fn a_file_of_an_earlier_day_is_put_by_although_nothing_is_written_and_deleted_when_it_is_too_old() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.jsonl");
    fs::write(&path, line(4, "old")).unwrap();
    set_day(&path, 4);
    let receipts = open(&path);
    one_pass(&receipts, 4).await;
    assert_eq!(names(folder.path()), ["r.jsonl", &format!("r.jsonl.{}", day(4))]);
    assert_eq!(turned_over(&path).unwrap()[0].day, day(4));
    one_pass(&receipts, 3).await;
    assert_eq!(names(folder.path()), ["r.jsonl"]);
}

#[tokio::test]
async fn of_a_file_that_holds_many_days_only_the_older_receipts_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.jsonl");
    let text =
        [line(9, "a"), "damaged\n".into(), line(5, "b"), line(2, "c"), "damaged, too\n".into(), line(0, "d")];
    fs::write(&path, text.concat()).unwrap();
    let put_by = folder.path().join(format!("r.jsonl.{}", day(0)));
    fs::write(folder.path().join("r.jsonl.anew"), "what a crash left").unwrap();
    fs::write(folder.path().join("r.jsonl.bak"), "somebody else's").unwrap();
    let receipts = open(&path);
    one_pass(&receipts, 3).await;
    let kept = [line(2, "c"), "damaged, too\n".into(), line(0, "d")].concat();
    assert_eq!(fs::read_to_string(&put_by).unwrap(), kept);
    let today = put_by.file_name().unwrap().to_str().unwrap();
    assert_eq!(names(folder.path()), ["r.jsonl", today, "r.jsonl.bak"]);
    one_pass(&receipts, 3).await;
    assert_eq!(fs::read_to_string(&put_by).unwrap(), kept, "a second pass finds nothing");
}

#[tokio::test]
async fn without_retention_a_file_is_never_put_by() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.jsonl");
    fs::write(&path, line(4, "old")).unwrap();
    let receipts = open(&path);
    receipts.turn_over().await.unwrap();
    assert_eq!(names(folder.path()), ["r.jsonl"]);
}

#[tokio::test]
async fn older_receipts_leave_the_database_and_nothing_of_them_stays_in_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&LedgerSettings::at(folder.path().join("a.db"))).await.unwrap();
    let receipts = Receipts::open(&ReceiptSettings::default(), Some(&ledger)).unwrap();
    let table = receipts.table.as_ref().unwrap();
    let rows: Vec<_> = (0..600)
        .map(|n| {
            let ago = i64::from(n % 6);
            let time = archive::begin_of(day(ago)).unwrap();
            let word = if ago > 3 { "forgotten" } else { "remembered" };
            let exchange = format!("{}-7{n:03}-8000-000000000000", archive::id_at(time));
            let body = format!("{{\"exchange\":\"{exchange}\",\"word\":\"{word}\"}}");
            super::super::table::Row { exchange, subject: None, body }
        })
        .collect();
    table.write(&rows).await.unwrap();
    one_pass(&receipts, 3).await;
    let left = receipts.list(1_000).await.unwrap();
    assert_eq!(left.len(), 400);
    for name in names(folder.path()) {
        let bytes = fs::read(folder.path().join(&name)).unwrap();
        let holds = |word: &[u8]| bytes.windows(word.len()).any(|some| some == word);
        assert!(!holds(b"forgotten"), "{name} still holds a receipt");
        assert!(name != "a.db" || holds(b"remembered"));
    }
}

#[test]
fn history_is_kept_for_a_day_at_least() {
    let read = |text: &str| serde_json::from_str::<RetentionSettings>(text).map(|read| read.history);
    assert_eq!(read(r#"{"history": "3y"}"#).unwrap(), Some(Span(3 * 365 * DAY)));
    assert_eq!(read("{}").unwrap(), None);
    assert!(read(r#"{"history": "1d"}"#).is_ok());
    let error = read(r#"{"history": "23h"}"#).unwrap_err().to_string();
    assert!(error.contains("`23h` is less; write it like `3y`"), "{error}");
}
