//! Receipts are deleted when they are older than they are kept, and no younger one is, whatever happens.

use std::{collections::BTreeSet, fs, time::Duration};

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use tokio::time::sleep;

use crate::{
    client::chat_of,
    house::soon,
    program::Program,
    stop::connect,
    written::{Folder, Written},
};

fn day(ago: i64) -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date().saturating_sub(ago.days())
}

/// Receipts of these days, in a file that nobody turned over yet.
fn write_days(folder: &Folder, days: impl Iterator<Item = i64>) -> BTreeSet<String> {
    let line = |(n, ago): (usize, i64)| {
        format!(
            "{{\"time\":\"{}T12:00:00Z\",\"exchange\":\"{n}\",\"more\":\"{}\"}}",
            day(ago),
            "x".repeat(200)
        )
    };
    let lines: Vec<String> = days.enumerate().map(line).collect();
    fs::write(folder.path("receipts.ndjson"), lines.join("\n") + "\n").unwrap();
    lines.into_iter().collect()
}

/// Every whole line of every file of receipts.
fn kept(folder: &Folder) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder.dir.path()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("receipts.ndjson") && !name.ends_with(".anew") {
            lines.extend(fs::read_to_string(entry.path()).unwrap().lines().map(str::to_owned));
        }
    }
    lines
}

fn is_old(line: &str) -> bool {
    let old = format!("{{\"time\":\"{}", day(3));
    line.get(..old.len()).is_some_and(|begin| begin < old.as_str())
}

#[tokio::test]
async fn the_older_ones_go_the_younger_ones_stay_and_it_is_said_how_many() {
    let written = Written::shop().more("retention: {receipts: 3d}\nadmin: {address: '127.0.0.1:0'}");
    let folder = written.write("127.0.0.1:9".parse().unwrap());
    let lines = write_days(&folder, (0..40).map(|n| 9 - n / 4));
    let program = Program::serve(&folder).await;
    soon(|| program.said().contains("deleted receipts older than 3 days")).await;
    assert!(program.said().contains("from_files=24"), "{}", program.said());
    assert_eq!(
        kept(&folder).into_iter().collect::<BTreeSet<_>>(),
        lines.into_iter().filter(|line| !is_old(line)).collect()
    );
    drop(connect(&program, &folder).await.send(chat_of("ada", "{}")).await);
    soon(|| fs::read_to_string(folder.path("receipts.ndjson")).unwrap().contains("\"route\":\"chat\"")).await;
    program.terminate();
    program.ended().await;
}

#[tokio::test]
async fn a_kill_in_the_middle_of_deleting_loses_no_younger_receipt() {
    let folder = Written::shop().more("retention: {receipts: 3d}").write("127.0.0.1:9".parse().unwrap());
    let lines = write_days(
        &folder,
        (0..60_000).map(|n| if n % 3 == 0 { n % 4 } else { 4 + n % 5 }).map(|ago| 8 - ago),
    );
    let young: BTreeSet<String> = lines.iter().filter(|line| !is_old(line)).cloned().collect();
    assert!(young.len() > 10_000 && young.len() < lines.len());
    for round in 0..8 {
        let program = Program::serve(&folder).await;
        sleep(Duration::from_millis(round * 25)).await;
        program.kill();
        let kept = kept(&folder);
        assert_eq!(kept.iter().filter(|line| !is_old(line)).count(), young.len(), "each of them once");
        assert!(kept.iter().collect::<BTreeSet<_>>().is_superset(&young.iter().collect()));
    }
    let program = Program::serve(&folder).await;
    soon(|| kept(&folder).len() == young.len()).await;
    program.kill();
    assert_eq!(kept(&folder).into_iter().collect::<BTreeSet<_>>(), young);
}

#[tokio::test]
async fn retention_begins_with_a_reload_and_a_length_that_is_no_days_is_refused() {
    let folder = Written::shop().write("127.0.0.1:9".parse().unwrap());
    let lines = write_days(&folder, [9, 1, 0].into_iter());
    let program = Program::serve(&folder).await;
    let config = fs::read_to_string(folder.config()).unwrap();
    let with = async |receipts: &str| {
        fs::write(folder.config(), format!("{config}retention: {{receipts: {receipts}}}\n")).unwrap();
        let output = Program::run(&["reload", "--config", folder.config().to_str().unwrap()]).await;
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = with("36h").await;
    assert_eq!(code, Some(3));
    assert!(said.contains("`36h` is none; write `retention: {receipts: 90d}`"), "{said}");
    assert_eq!(kept(&folder).len(), lines.len());
    assert_eq!(with("3d").await.0, Some(0));
    soon(|| kept(&folder).len() == 2).await;
    program.kill();
    let checked = Program::run(&["serve", "--check", "--config", folder.config().to_str().unwrap()]).await;
    assert!(String::from_utf8(checked.stdout).unwrap().contains("receipts are deleted after 3d"));
}
