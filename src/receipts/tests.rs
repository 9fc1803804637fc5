use std::{fs, time::Duration};

use jiff::Timestamp;
use tokio::time::{sleep, timeout};

use super::{
    receipt::{Ended, Mode, Outcome, SubjectName},
    *,
};
use crate::{ledger::LedgerSettings, subject::Standing};

fn receipt(exchange: impl ToString) -> Receipt {
    let reference = Some("r".to_owned());
    Receipt {
        time: Timestamp::UNIX_EPOCH,
        exchange: exchange.to_string(),
        route: Some("chat".into()),
        mode: Mode::Enforce,
        policy: None,
        subject: Some(SubjectName { reference, namespace: "login".to_owned(), standing: Standing::Proven }),
        signals: Vec::new(),
        purposes: Vec::new(),
        to_bot: Vec::new(),
        messages: None,
        to_person: Vec::new(),
        shadow: None,
        outcome: Outcome::Forwarded { status: Some(200) },
        ended: Ended::Complete,
    }
}

fn to_file(path: impl Into<PathBuf>, queue: usize) -> ReceiptSettings {
    ReceiptSettings { database: false, file: Some(path.into()), queue }
}

fn exchanges(path: &std::path::Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let exchange = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["exchange"].clone();
    text.lines().map(|line| exchange(line).as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_receipt_is_in_database_and_file_when_written_resolves() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&LedgerSettings::at(folder.path().join("a.db"))).await.unwrap();
    let file = folder.path().join("r.jsonl");
    let settings = ReceiptSettings { file: Some(file.clone()), ..ReceiptSettings::default() };
    let receipts = Receipts::open(&settings, Some(&ledger)).unwrap();
    for n in 0..3 {
        receipts.reserve().unwrap().write(receipt(n)).await.unwrap();
        assert_eq!(receipts.list(1).await.unwrap()[0]["exchange"], n.to_string());
        assert_eq!(exchanges(&file).len(), n + 1);
    }
    assert_eq!(receipts.list(10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn closing_writes_everything_and_ends_reservations() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&LedgerSettings::at(folder.path().join("a.db"))).await.unwrap();
    let receipts = Receipts::open(&ReceiptSettings::default(), Some(&ledger)).unwrap();
    let late = receipts.reserve().unwrap();
    let written: Vec<_> = (0..3000).map(|n| receipts.reserve().unwrap().write(receipt(n))).collect();
    let closed = async {
        while receipts.reserve().is_ok() {
            sleep(Duration::from_millis(5)).await;
        }
        drop(late.write(receipt("late"))); // nobody waits for it
    };
    tokio::join!(receipts.close(), closed);
    for written in written {
        written.await.unwrap();
    }
    assert_eq!(receipts.list(5000).await.unwrap().len(), 3001);
    assert_eq!(receipts.waiting(), 0);
}

#[tokio::test]
async fn a_slot_that_is_dropped_gives_its_room_back() {
    let folder = tempfile::tempdir().unwrap();
    let receipts = Receipts::open(&to_file(folder.path().join("r"), 1), None).unwrap();
    let slot = receipts.reserve().unwrap();
    assert!(receipts.reserve().is_err());
    drop(slot);
    assert!(receipts.reserve().is_ok());
    assert_eq!(receipts.waiting(), 0);
}

#[tokio::test]
async fn a_full_disk_fills_the_queue_and_then_there_is_no_room() {
    let receipts = Receipts::open(&to_file("/dev/full", 4), None).unwrap();
    let mut accepted = 0;
    let mut written = Vec::new();
    for _ in 0..50 {
        if let Ok(slot) = receipts.reserve() {
            written.push(slot.write(receipt(accepted)));
            accepted += 1;
        }
        sleep(Duration::from_millis(2)).await;
    }
    assert!((4..=8).contains(&accepted), "{accepted}");
    assert_eq!(receipts.waiting(), accepted);
    for written in written {
        assert!(timeout(Duration::from_millis(1), written).await.is_err(), "nobody is told");
    }
}

#[tokio::test]
async fn what_could_not_be_written_is_written_once_when_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.jsonl");
    let ledger = Ledger::open(&LedgerSettings::at(folder.path().join("a.db"))).await.unwrap();
    let settings = ReceiptSettings { file: Some(path.clone()), ..ReceiptSettings::default() };
    let receipts = Receipts::open(&settings, Some(&ledger)).unwrap();
    receipts.reserve().unwrap().write(receipt(0)).await.unwrap();
    fs::rename(&path, folder.path().join("old")).unwrap();
    fs::create_dir(&path).unwrap(); // the file can't be made again
    let written: Vec<_> = (1..=100).map(|n| receipts.reserve().unwrap().write(receipt(n))).collect();
    sleep(Duration::from_millis(200)).await;
    fs::remove_dir(&path).unwrap();
    for written in written {
        timeout(Duration::from_secs(5), written).await.unwrap().unwrap();
    }
    assert_eq!(exchanges(&path), (1..=100).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(receipts.list(1000).await.unwrap().len(), 101);
}

#[tokio::test]
async fn receipts_kept_nowhere_are_refused() {
    let settings = ReceiptSettings { database: false, ..ReceiptSettings::default() };
    assert!(matches!(Receipts::open(&settings, None), Err(ReceiptError::Nowhere)));
    assert!(matches!(Receipts::open(&ReceiptSettings::default(), None), Err(ReceiptError::NoLedger)));
    assert!(matches!(Receipts::open(&to_file("-", 0), None), Err(ReceiptError::Queue(0))));
}
