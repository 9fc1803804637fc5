//! What the service may tell us by itself: whose consents changed.
//!
//! The rule: nothing is read before the signature is right, and everything it names is overtaken before it is acknowledged. A
//! push never says what was decided; that is asked for. So the worst that a stolen key can do is to have us ask more often.

use data_encoding::HEXLOWER_PERMISSIVE;
use http::HeaderMap;
use jiff::Timestamp;
use serde::Deserialize;

use super::{PushFault, Service};
use crate::{
    ledger::key::LedgerKey,
    subject::{Standing, Subject},
};

#[derive(Deserialize)]
struct Push {
    r#type: String,
    #[serde(rename = "timestamp")]
    _timestamp: Timestamp,
    data: Changed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changed {
    subjects: Vec<Named>,
}

/// A person, either way.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Named {
    Digest { digest: String },
    Person { namespace: String, id: String },
}

impl Service {
    /// Obeys a push; how many subjects it named.
    pub(in crate::ledger) fn pushed(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        key: &LedgerKey,
    ) -> Result<usize, PushFault> {
        let webhook = self.webhook.as_ref().ok_or(PushFault::Unexpected)?;
        webhook.verify(headers, body, Timestamp::now(), &self.attempts)?;
        let push: Push = serde_json::from_slice(body).map_err(|_| PushFault::Body)?;
        let digests = push.data.subjects.iter().map(|named| named.digest(key));
        let digests = digests.collect::<Option<Vec<_>>>().ok_or(PushFault::Body)?;
        if push.r#type != "consents.changed" || digests.is_empty() {
            return Err(PushFault::Body);
        }
        digests.iter().for_each(|digest| self.overtake(digest));
        Ok(digests.len())
    }
}

impl Named {
    fn digest(&self, key: &LedgerKey) -> Option<[u8; 32]> {
        match self {
            Self::Digest { digest } => HEXLOWER_PERMISSIVE.decode(digest.as_bytes()).ok()?.try_into().ok(),
            Self::Person { namespace, id } => {
                Some(key.subject(&Subject::new(namespace, id, Standing::Claimed)))
            }
        }
    }
}
