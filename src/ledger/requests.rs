//! What people asked for, and by when they must be answered.
//!
//! The rule: an answer is due one calendar month after the request (GDPR Art. 12(3)), to the same moment of the day in UTC; where the
//! month has no such day, on its last (Regulation (EEC, Euratom) No 1182/71, Art. 3(2)(c)). What was written, by either side, is
//! sealed. What would defeat it: counting thirty days.

use std::fmt;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{
    DEADLINE, Ledger, LedgerError, Rooms,
    database::{Database, meet, unreadable, whole_micros},
    links::person,
    sealed::Seal,
    store::{Connection, on},
};
use crate::subject::Subject;

/// The most characters that a person can write to the operator at once.
pub const MOST_CHARACTERS: usize = 4_000;

/// What is read of a request.
macro_rules! selected {
    () => {
        "SELECT number, reference, kind, at, due, source, words, done_at, how
         FROM request JOIN subject ON subject.id = request.subject "
    };
}

/// What a person can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RequestKind {
    /// What is known of them (GDPR Art. 15).
    Access,
    /// What they gave, for another service (Art. 20).
    Portability,
    /// To be erased (Art. 17).
    Erasure,
    /// That processing be restricted (Art. 18).
    Restriction,
    /// Something else, in their own words.
    Word,
}

/// A request to be written down.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    /// What is asked for.
    pub kind: RequestKind,
    /// What the person wrote, at most [`MOST_CHARACTERS`].
    pub words: Option<String>,
    /// Who writes it down: `cli`, `desk` …
    pub source: String,
}

/// What somebody asked for, and what became of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RightsRequest {
    /// Its number.
    pub id: u64,
    /// Who asked, as receipts call them.
    pub subject: String,
    /// What was asked for.
    pub kind: RequestKind,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// By when it must be answered.
    #[schemars(with = "String")]
    pub due: Timestamp,
    /// Who wrote it down.
    pub source: String,
    /// What the person wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// When it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub done_at: Option<Timestamp>,
    /// How it was done, in the operator's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
}

impl RequestKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Access, Self::Portability, Self::Erasure, Self::Restriction, Self::Word];

    /// The word used in files, logs and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Portability => "portability",
            Self::Erasure => "erasure",
            Self::Restriction => "restriction",
            Self::Word => "word",
        }
    }
}

/// Without what was written.
impl fmt::Debug for RightsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, subject, kind, at, due, done_at, .. } = self;
        write!(f, "RightsRequest({id}, {subject}, {}, {at}, due {due}, {done_at:?})", kind.as_str())
    }
}

impl Ledger {
    /// Writes down what a person asks for. When this returns, that is durable.
    ///
    /// # Errors
    /// [`LedgerError::TooManyWords`]; [`LedgerError::Unreachable`] when it is not known to be written.
    pub async fn ask(&self, subject: &Subject, new: NewRequest) -> Result<RightsRequest, LedgerError> {
        if new.words.as_ref().is_some_and(|words| words.chars().count() > MOST_CHARACTERS) {
            return Err(LedgerError::TooManyWords { most: MOST_CHARACTERS });
        }
        let seal = self.0.request_seal()?;
        timeout(DEADLINE, self.0.database.ask(&self.0.key.subject(subject), new, &seal)).await?
    }

    /// What a person asked for under any of their linked ids, newest first.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn requests_of(&self, subject: &Subject) -> Result<Vec<RightsRequest>, LedgerError> {
        let read = async {
            let seal = self.0.request_seal()?;
            match self.0.database.find(&self.0.key.subject(subject)).await? {
                Some(known) => self.0.database.requests_of(known.row, &seal).await,
                None => Ok(Vec::new()),
            }
        };
        Ok(timeout(DEADLINE, read).await??)
    }

    /// What anybody asked for, or only what still waits for an answer; what is due first comes first.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn requests(&self, open_only: bool) -> Result<Vec<RightsRequest>, LedgerError> {
        let seal = self.0.request_seal()?;
        Ok(timeout(DEADLINE, self.0.database.requests(open_only, &seal)).await??)
    }

    /// Notes that a request was answered, and how.
    ///
    /// # Errors
    /// [`LedgerError::NoRequest`] when none that is open has this number; [`LedgerError::TooManyWords`];
    /// [`LedgerError::Unreachable`] when it is not known to be written.
    pub async fn finish_request(&self, id: u64, how: &str) -> Result<RightsRequest, LedgerError> {
        if how.chars().count() > MOST_CHARACTERS {
            return Err(LedgerError::TooManyWords { most: MOST_CHARACTERS });
        }
        let seal = self.0.request_seal()?;
        timeout(DEADLINE, self.0.database.finish_request(id, how, &seal)).await?
    }
}

impl Rooms {
    pub(super) fn request_seal(&self) -> Result<Seal, sqlx::Error> {
        Seal::new(&self.key, "rights requests")
    }
}

/// One calendar month later.
pub(super) fn due(at: Timestamp) -> Timestamp {
    let later = at.to_zoned(TimeZone::UTC).checked_add(1.month());
    later.map_or(Timestamp::MAX, |later| later.timestamp())
}

impl Database {
    async fn ask(
        &self,
        digest: &[u8; 32],
        new: NewRequest,
        seal: &Seal,
    ) -> Result<RightsRequest, LedgerError> {
        let at = whole_micros(Timestamp::now())?;
        let words =
            new.words.as_ref().map(|words| seal.seal(&place("words", new.kind, at), words.as_bytes()));
        let words = words.transpose()?;
        let mut work = self.work().await?;
        work.alone().await?; // an erasure must not come between
        let mut connection = work.connection();
        let subject = meet(&mut connection, digest).await?;
        let number = insert(&mut connection, subject.row, &new, at, words).await?;
        work.commit().await?;
        Ok(RightsRequest {
            id: u64::try_from(number).map_err(unreadable)?,
            subject: subject.reference,
            kind: new.kind,
            at,
            due: due(at),
            source: new.source,
            words: new.words,
            done_at: None,
            how: None,
        })
    }

    async fn requests_of(&self, row: i64, seal: &Seal) -> Result<Vec<RightsRequest>, sqlx::Error> {
        requests_of(&mut self.read().await?.connection(), row, seal).await
    }

    async fn requests(&self, open_only: bool, seal: &Seal) -> Result<Vec<RightsRequest>, sqlx::Error> {
        let rows: Vec<Row> = on!(&mut self.read().await?.connection(), c => {
            sqlx::query_as(concat!(selected!(), "WHERE done_at IS NULL OR NOT $1 ORDER BY due, number"))
                .bind(open_only)
                .fetch_all(c)
                .await
        })?;
        rows.into_iter().map(|row| request(row, seal)).collect()
    }

    async fn finish_request(&self, id: u64, how: &str, seal: &Seal) -> Result<RightsRequest, LedgerError> {
        let number = i64::try_from(id).map_err(|_| LedgerError::NoRequest(id))?;
        let mut work = self.work().await?;
        let mut connection = work.connection();
        let found: Option<Row> = on!(&mut connection, c => {
            sqlx::query_as(concat!(selected!(), "WHERE number = $1 AND done_at IS NULL"))
                .bind(number)
                .fetch_optional(c)
                .await
        })?;
        let found = request(found.ok_or(LedgerError::NoRequest(id))?, seal)?;
        let done_at = whole_micros(Timestamp::now())?;
        let sealed = seal.seal(&place("how", found.kind, found.at), how.as_bytes())?;
        let written = on!(&mut connection, c => {
            sqlx::query("UPDATE request SET done_at = $1, how = $2 WHERE number = $3 AND done_at IS NULL")
                .bind(done_at.as_microsecond())
                .bind(sealed)
                .bind(number)
                .execute(c)
                .await
                .map(|done| done.rows_affected())
        })?;
        if written == 0 {
            return Err(LedgerError::NoRequest(id));
        }
        work.commit().await?;
        Ok(RightsRequest { done_at: Some(done_at), how: Some(how.to_owned()), ..found })
    }

    /// Deletes the requests that were done before this moment.
    pub(super) async fn forget_done(&self, before: Timestamp) -> Result<(), LedgerError> {
        let mut work = self.note().await?;
        on!(&mut work.connection(), c => {
            sqlx::query("DELETE FROM request WHERE done_at < $1")
                .bind(before.as_microsecond())
                .execute(c)
                .await
                .map(drop)
        })?;
        work.commit().await
    }
}

/// What a person asked for under any id, newest first.
pub(super) async fn requests_of(
    connection: &mut Connection<'_>,
    row: i64,
    seal: &Seal,
) -> Result<Vec<RightsRequest>, sqlx::Error> {
    let rows: Vec<Row> = on!(connection, c => {
        sqlx::query_as(concat!(
            person!(),
            selected!(),
            "JOIN person ON person.id = request.subject ORDER BY number DESC",
        ))
        .bind(row)
        .fetch_all(c)
        .await
    })?;
    rows.into_iter().map(|row| request(row, seal)).collect()
}

async fn insert(
    connection: &mut Connection<'_>,
    subject: i64,
    new: &NewRequest,
    at: Timestamp,
    words: Option<Vec<u8>>,
) -> Result<i64, sqlx::Error> {
    on!(connection, c => {
        sqlx::query_scalar(
            "INSERT INTO request (subject, kind, at, due, source, words) VALUES ($1, $2, $3, $4, $5, $6) RETURNING number",
        )
        .bind(subject)
        .bind(new.kind.as_str())
        .bind(at.as_microsecond())
        .bind(due(at).as_microsecond())
        .bind(&new.source)
        .bind(words)
        .fetch_one(c)
        .await
    })
}

type Row = (i64, String, String, i64, i64, String, Option<Vec<u8>>, Option<i64>, Option<Vec<u8>>);

fn request(row: Row, seal: &Seal) -> Result<RightsRequest, sqlx::Error> {
    let (number, subject, kind, at, due, source, words, done_at, how) = row;
    let moment = |micros| Timestamp::from_microsecond(micros).map_err(unreadable);
    let kind = RequestKind::ALL.into_iter().find(|known| known.as_str() == kind);
    let (kind, at) = (kind.ok_or_else(|| unreadable("an unknown kind of request"))?, moment(at)?);
    let open = |what: &str, sealed: Option<Vec<u8>>| {
        let text = sealed.map(|sealed| seal.open(&place(what, kind, at), &sealed)).transpose()?;
        text.map(|text| String::from_utf8(text).map_err(unreadable)).transpose()
    };
    Ok(RightsRequest {
        id: u64::try_from(number).map_err(unreadable)?,
        subject,
        kind,
        at,
        due: moment(due)?,
        source,
        words: open("words", words)?,
        done_at: done_at.map(moment).transpose()?,
        how: open("how", how)?,
    })
}

/// Where a sealed text belongs.
fn place(what: &str, kind: RequestKind, at: Timestamp) -> Vec<u8> {
    format!("{what} {} {}", kind.as_str(), at.as_microsecond()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_due_a_calendar_month_later_and_where_it_has_no_such_day_on_its_last() {
        for (at, by) in [
            ("2026-01-15T10:30:00Z", "2026-02-15T10:30:00Z"),
            ("2026-01-31T10:30:00Z", "2026-02-28T10:30:00Z"),
            ("2028-01-31T23:59:59Z", "2028-02-29T23:59:59Z"),
            ("2026-02-28T00:00:00Z", "2026-03-28T00:00:00Z"),
            ("2026-08-31T12:00:00Z", "2026-09-30T12:00:00Z"),
            ("2026-12-31T12:00:00Z", "2027-01-31T12:00:00Z"),
        ] {
            assert_eq!(due(at.parse().unwrap()), by.parse().unwrap(), "{at}");
        }
    }
}
