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
        ledger::{
            NewDecision,
            home::{Home, on_both},
        },
        subject::{Standing, Subject},
    };

    on_both! {
        only_the_newest_word_of_each_person_counts_and_only_under_the_notice_that_is_asked_for
        a_yes_that_has_ended_by_itself_does_not_count
    }

    async fn decide(ledger: &Ledger, who: &str, kind: DecisionKind, notice: &str) -> Timestamp {
        decide_until(ledger, who, (kind, notice), None).await
    }

    async fn decide_until(
        ledger: &Ledger,
        who: &str,
        (kind, notice): (DecisionKind, &str),
        expires: Option<Timestamp>,
    ) -> Timestamp {
        let new = NewDecision {
            kind,
            purpose: Some("news".to_owned()),
            notice: Some(notice.to_owned()),
            text_digest: None,
            source: "test".to_owned(),
            expires,
            jurisdiction: None,
        };
        ledger.decide(&Subject::new("login", who, Standing::Proven), "shop", new).await.unwrap().at
    }

    async fn opted(
        ledger: &Ledger,
        group: &str,
        notice: Option<&str>,
        since: Option<Timestamp>,
    ) -> (u64, u64) {
        let Opted { decided, yes } =
            ledger.opted(group, Yes { purpose: "news", notice, since }).await.unwrap();
        (decided, yes)
    }

    async fn only_the_newest_word_of_each_person_counts_and_only_under_the_notice_that_is_asked_for(
        home: Home,
    ) {
        let ledger = Ledger::open(&home.settings).await.unwrap();
        decide(&ledger, "a", DecisionKind::Grant, "1").await;
        decide(&ledger, "b", DecisionKind::Deny, "1").await;
        decide(&ledger, "b", DecisionKind::Grant, "2").await;
        decide(&ledger, "c", DecisionKind::Grant, "2").await;
        let last = decide(&ledger, "c", DecisionKind::Withdraw, "2").await;
        assert_eq!(opted(&ledger, "shop", None, None).await, (3, 2));
        assert_eq!(opted(&ledger, "shop", Some("2"), None).await, (3, 1));
        assert_eq!(opted(&ledger, "shop", None, Some(last)).await, (3, 0));
        assert_eq!(opted(&ledger, "bank", None, None).await, (0, 0));
    }

    async fn a_yes_that_has_ended_by_itself_does_not_count(home: Home) {
        let ledger = Ledger::open(&home.settings).await.unwrap();
        for (who, expires) in [("a", "2020-01-01T00:00:00Z"), ("b", "2200-01-01T00:00:00Z")] {
            let yes = (DecisionKind::Grant, "1");
            decide_until(&ledger, who, yes, Some(expires.parse().unwrap())).await;
        }
        assert_eq!(opted(&ledger, "shop", None, None).await, (2, 1));
    }
}
