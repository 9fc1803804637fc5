//! The ledger and the receipts of a folder, seen from outside the proxy.

use std::{fs, str::FromStr as _};

use assentry::{
    consent::{Decision, DecisionKind},
    ledger::{Channel, Ledger, NewDecision, open_for_cli},
    subject::{Standing, Subject},
};
use serde_json::Value;
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

use crate::{house::House, written::Folder};

/// A yes or a no, as it is typed: `grant personalisation`.
pub fn decision(words: &str) -> NewDecision {
    let (kind, purpose) =
        words.split_once(' ').map_or((words, None), |(kind, purpose)| (kind, Some(purpose)));
    let kind = DecisionKind::ALL.into_iter().find(|known| known.as_str() == kind).unwrap();
    NewDecision {
        kind,
        purpose: purpose.map(str::to_owned),
        notice: (kind == DecisionKind::Grant).then(|| "2026-11".to_owned()),
        text_digest: None,
        source: "journey".to_owned(),
        expires: None,
        jurisdiction: None,
    }
}

/// `login:ada`
pub fn person(name: &str) -> Subject {
    let (namespace, id) = name.split_once(':').unwrap_or(("login", name));
    Subject::new(namespace, id, Standing::Claimed)
}

impl House {
    /// Somebody decides, through the control channel; acknowledged on return.
    pub async fn decide(&self, who: &str, words: &str) -> Decision {
        self.decide_among("shop", who, words).await
    }

    /// The same among the consents of this group.
    pub async fn decide_among(&self, group: &str, who: &str, words: &str) -> Decision {
        let mut channel = open_for_cli(&self.folder.load().ledger).await.unwrap();
        assert!(matches!(channel, Channel::Proxy(_)), "the running proxy is asked");
        channel.decide(&person(who), group, decision(words)).await.unwrap()
    }
}

impl Folder {
    /// The ledger itself; no proxy must be running.
    pub async fn ledger(&self) -> Ledger {
        Ledger::open(&self.load().ledger).await.unwrap()
    }

    /// All receipts in the database, oldest first.
    pub async fn receipts_in_database(&self) -> Vec<Value> {
        let address = format!("sqlite://{}", self.path("ledger.db").display());
        let mut connection = SqliteConnectOptions::from_str(&address).unwrap().connect().await.unwrap();
        let read = sqlx::query_scalar::<_, String>("SELECT body FROM receipt ORDER BY number");
        let bodies = read.fetch_all(&mut connection).await.unwrap();
        bodies.iter().map(|body| serde_json::from_str(body).unwrap()).collect()
    }
}

/// All receipts in the file, oldest first; a line that is just being written is none yet.
pub fn receipts_in(folder: &Folder) -> Vec<Value> {
    let text = fs::read_to_string(folder.path("receipts.ndjson")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
