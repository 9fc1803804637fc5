//! How many people said what: counts, and nobody's name.
//!
//! The rule: only a person's newest decision on a purpose counts, as it does for the verdict. Whoever prints such a count sees to
//! it that it speaks of no small group.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use super::{Ledger, LedgerError, database::Database, store::on};

/// Counting reads a whole history, and nobody's request waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A yes that counts now.
#[derive(Clone, Copy, Debug)]
pub struct Yes<'a> {
    /// The purpose.
    pub purpose: &'a str,
    /// The notice under which it must have been given; none for any.
    pub notice: Option<&'a str>,
    /// The moment since when it must have been given; none for any.
    pub since: Option<Timestamp>,
}

/// How many people decided on a purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opted {
    /// Those who decided at all.
    pub decided: u64,
    /// Those whose yes counts now.
    pub yes: u64,
}

impl Ledger {
    /// How many people decided on a purpose among the consents of one group, and how many of them by a yes that counts.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn opted(&self, group: &str, yes: Yes<'_>) -> Result<Opted, LedgerError> {
        Ok(timeout(PATIENCE, self.0.database.opted(group, yes)).await??)
    }
}

impl Database {
    async fn opted(&self, group: &str, yes: Yes<'_>) -> Result<Opted, sqlx::Error> {
        let now = Timestamp::now().as_microsecond();
        let (decided, granted): (i64, i64) = on!(&mut self.read().await?.connection(), c => {
            sqlx::query_as(
                "SELECT count(*),
                        count(CASE WHEN kind = 'grant' AND (CAST($1 AS text) IS NULL OR notice = $1) AND at > $2
                                    AND (expires IS NULL OR expires > $3) THEN 1 END)
                 FROM decision
                 WHERE generation IN (SELECT max(generation) FROM decision
                                      WHERE consents = $4 AND purpose = $5 GROUP BY subject)",
            )
            .bind(yes.notice)
            .bind(yes.since.map_or(i64::MIN, Timestamp::as_microsecond))
            .bind(now)
            .bind(group)
            .bind(yes.purpose)
            .fetch_one(c)
            .await
        })?;
        let count = |number| u64::try_from(number).unwrap_or(0);
        Ok(Opted { decided: count(decided), yes: count(granted) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consent::DecisionKind,
        ledger::{LedgerSettings, NewDecision},
        subject::{Standing, Subject},
    };

    #[tokio::test]
    async fn only_the_newest_word_of_each_person_counts_and_only_under_the_notice_that_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&LedgerSettings::at(folder.path().join("a.db"))).await.unwrap();
        let decide = async |who: &str, kind, notice: &str| {
            let new = NewDecision {
                kind,
                purpose: Some("news".to_owned()),
                notice: Some(notice.to_owned()),
                text_digest: None,
                source: "test".to_owned(),
                expires: None,
                jurisdiction: None,
            };
            ledger.decide(&Subject::new("login", who, Standing::Proven), "shop", new).await.unwrap()
        };
        decide("a", DecisionKind::Grant, "1").await;
        decide("b", DecisionKind::Deny, "1").await;
        decide("b", DecisionKind::Grant, "2").await;
        decide("c", DecisionKind::Grant, "2").await;
        let last = decide("c", DecisionKind::Withdraw, "2").await;
        let opted = async |group: &str, notice, since| {
            let Opted { decided, yes } =
                ledger.opted(group, Yes { purpose: "news", notice, since }).await.unwrap();
            (decided, yes)
        };
        assert_eq!(opted("shop", None, None).await, (3, 2));
        assert_eq!(opted("shop", Some("2"), None).await, (3, 1));
        assert_eq!(opted("shop", None, Some(last.at)).await, (3, 0));
        assert_eq!(opted("bank", None, None).await, (0, 0));
    }
}
