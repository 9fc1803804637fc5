//! Decisions on their way to and from the service, in the lines that exports are written in.
//!
//! The rule: nothing is held whole, and what the service sends is read as strictly as a file. It has its time limit between two
//! pieces, not for all of it.

use std::{fmt, time::Duration};

use http_body_util::BodyExt as _;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::{LARGEST, Service};
use crate::{
    ledger::{
        LedgerError,
        transfer::{Line, latest, written},
    },
    outside::{NoAnswer, Reply},
};

/// How long a pause may be, and writing many decisions.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest line.
const LONGEST: usize = 16 << 10;

const LINES: &str = "application/x-ndjson";

/// What the service sends, as far as it has come.
pub(in crate::ledger) struct Exporting<'s> {
    reply: Reply<'s>,
    /// What came of the next line.
    rest: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Added {
    added: u64,
}

impl Service {
    /// Has lines written down that are not there yet; how many these were.
    pub(in crate::ledger) async fn import(&self, lines: &[Line]) -> Result<u64, LedgerError> {
        let body = written(&lines.iter().map(Line::unlinked).collect::<Vec<_>>())?;
        let asked = async {
            let reply = self.client.send("import", LINES, body.into()).await?;
            self.client.whole(reply, LARGEST).await
        };
        let bytes = timeout(PATIENCE, asked).await.unwrap_or(Err(NoAnswer::TooSlow))?;
        let wrong = |_| NoAnswer::Wrong { question: "import", what: "it does not say how many were `added`" };
        let Added { added } = serde_json::from_slice(&bytes).map_err(wrong)?;
        if added > lines.len() as u64 {
            let what = "more were added than there are";
            return Err(NoAnswer::Wrong { question: "import", what }.into());
        }
        Ok(added)
    }

    /// Has all lines sent, of one group or of all.
    pub(in crate::ledger) async fn export(&self, group: Option<&str>) -> Result<Exporting<'_>, LedgerError> {
        let words = group.map_or_else(|| json!({}), |group| json!({"group": group}));
        let asked = self.client.send("export", "application/json", words.to_string().into());
        let reply = timeout(PATIENCE, asked).await.unwrap_or(Err(NoAnswer::TooSlow))?;
        Ok(Exporting { reply, rest: Vec::new() })
    }
}

impl Exporting<'_> {
    /// Some lines; none when that was all.
    pub(in crate::ledger) async fn next(&mut self) -> Result<Option<Vec<Line>>, LedgerError> {
        loop {
            if let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') {
                let rest = self.rest.split_off(end + 1);
                let whole = std::mem::replace(&mut self.rest, rest);
                return understood(&whole).map(Some);
            }
            if self.rest.len() > LONGEST {
                return Err(NoAnswer::Body.into());
            }
            match timeout(PATIENCE, self.reply.body.frame()).await.map_err(|_| NoAnswer::TooSlow)? {
                Some(Ok(frame)) => self.rest.extend(frame.into_data().unwrap_or_default()),
                Some(Err(_)) => return Err(NoAnswer::Body.into()),
                None if self.rest.is_empty() => return Ok(None),
                None => return Err(NoAnswer::Body.into()),
            }
        }
    }
}

fn understood(text: &[u8]) -> Result<Vec<Line>, LedgerError> {
    let latest = latest(Timestamp::now());
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let lines = lines.map(|line| Line::read(line, latest));
    Ok(lines.collect::<Result<_, _>>().map_err(|what| NoAnswer::Wrong { question: "export", what })?)
}

impl fmt::Debug for Exporting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exporting")
    }
}
