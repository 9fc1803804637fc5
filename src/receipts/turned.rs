//! Files of receipts that are full of their day: how they are called, found and deleted.
//!
//! The rule: `receipts.jsonl.2026-11-21` is what was written until the end of that day (UTC), and nobody writes to it any
//! more. So it can be deleted as a whole. Only one that held older receipts when it was turned over, as the first one can,
//! is written anew without them, beside the old one and then in its place: whenever that breaks off, all younger receipts are in
//! the one or the other. What would defeat it: deleting a file that is still written to, so whoever writes turns it over.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;

use super::archive::begin_of;

/// What a file is called while it is written anew.
const ANEW: &str = "anew";
/// A line may be so long; of a longer one, the rest counts as another.
const LONGEST: u64 = 16 << 20;

/// A file that nobody writes to any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TurnedOver {
    /// The day of its last receipt.
    pub day: Date,
    /// Where it is.
    pub path: PathBuf,
}

#[derive(Deserialize)]
struct Dated {
    time: Timestamp,
}

/// The files that the file at `path` was turned over to, oldest first.
///
/// # Errors
/// When the folder can't be read.
pub fn turned_over(path: &Path) -> io::Result<Vec<TurnedOver>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder(path))? {
        let entry = entry?;
        let name = entry.file_name();
        let day = name.to_str().and_then(|name| day_of(name, path.file_name()?.to_str()?));
        found.extend(day.map(|day| TurnedOver { day, path: entry.path() }));
    }
    found.sort();
    Ok(found)
}

/// Puts a file by under its day.
pub(super) fn put_by(path: &Path, day: Date) -> io::Result<()> {
    for number in 0..u32::MAX {
        let ending = if number == 0 { day.to_string() } else { format!("{day}.{number}") };
        let place = with_ending(path, &ending);
        if !place.try_exists()? {
            fs::rename(path, &place)?;
            return sync(folder(path));
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Deletes what is older than a day from the files that nobody writes to; how many receipts that was.
pub(super) fn delete_before(path: &Path, first: Date) -> io::Result<u64> {
    let (anew, mut deleted) = (with_ending(path, ANEW), 0);
    remove_if_there(&anew)?; // what a crash left
    for file in turned_over(path)? {
        deleted += match file.day < first {
            true => {
                let count = lines_in(&file.path)?;
                fs::remove_file(&file.path)?;
                count
            }
            false => trim(&file.path, &anew, first)?,
        };
    }
    sync(folder(path))?;
    Ok(deleted)
}

/// The day of the first receipt of a file; none where there is none that can be read.
pub(super) fn first_day(path: &Path) -> io::Result<Option<Date>> {
    let mut line = Vec::new();
    BufReader::new(File::open(path)?).take(LONGEST).read_until(b'\n', &mut line)?;
    Ok(time_of(&line).map(day_at))
}

/// The day of a moment, in UTC.
pub(super) fn day_at(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// Writes a file anew without the receipts from before a day, if it begins with one; a line that says no time goes with the
/// one before it.
fn trim(path: &Path, anew: &Path, first: Date) -> io::Result<u64> {
    let begin = begin_of(first).unwrap_or(Timestamp::MIN);
    if first_day(path)?.is_none_or(|day| day >= first) {
        return Ok(0);
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(anew)?;
    let (mut new, mut old) = (BufWriter::new(file), BufReader::new(File::open(path)?));
    let (mut line, mut stays, mut deleted) = (Vec::new(), false, 0);
    while old.by_ref().take(LONGEST).read_until(b'\n', &mut line)? > 0 {
        stays = time_of(&line).map_or(stays, |time| time >= begin);
        if stays {
            new.write_all(&line)?;
        } else {
            deleted += 1;
        }
        line.clear();
    }
    new.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(anew, path)?;
    Ok(deleted)
}

fn time_of(line: &[u8]) -> Option<Timestamp> {
    serde_json::from_slice(line).ok().map(|dated: Dated| dated.time)
}

fn lines_in(path: &Path) -> io::Result<u64> {
    let (mut file, mut count) = (BufReader::new(File::open(path)?), 0);
    while file.skip_until(b'\n')? > 0 {
        count += 1;
    }
    Ok(count)
}

fn day_of(name: &str, begin: &str) -> Option<Date> {
    let ending = name.strip_prefix(begin)?.strip_prefix('.')?;
    let (day, number) = ending.split_once('.').unwrap_or((ending, "0"));
    number.parse::<u32>().ok()?;
    day.parse().ok()
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What a folder holds outlives a power cut.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
