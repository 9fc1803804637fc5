//! How many of those who were asked say yes, now, purpose by purpose.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    crowd::Count,
    groups::{self, Group},
};
use crate::{
    ledger::{Ledger, LedgerError, Yes},
    policy::{Basis, Policy, Purpose},
};

/// One purpose that needs a yes.
#[derive(Debug)]
pub struct OptIn {
    /// Which policies share the consents.
    pub group: String,
    /// The purpose.
    pub purpose: String,
    /// At least so many decided.
    pub decided: u64,
    /// Those whose yes counts; none where too few say yes, or nobody.
    pub yes: Option<Group>,
}

/// Every purpose of the policies served about which something may be said.
pub(super) async fn opt_in(
    ledger: &Ledger,
    policies: impl IntoIterator<Item = &Policy>,
    k: u64,
    now: Timestamp,
) -> Result<Vec<OptIn>, LedgerError> {
    let (mut told, mut seen) = (Vec::new(), BTreeSet::new());
    for policy in policies {
        for purpose in policy.purposes.iter().filter(|purpose| purpose.basis == Basis::Consent) {
            let (group, name) = (policy.group.to_string(), purpose.name.to_string());
            if seen.insert((group.clone(), name.clone())) {
                told.extend(of_purpose(ledger, (group, name), purpose, k, now).await?);
            }
        }
    }
    Ok(told)
}

async fn of_purpose(
    ledger: &Ledger,
    (group, name): (String, String),
    purpose: &Purpose,
    k: u64,
    now: Timestamp,
) -> Result<Option<OptIn>, LedgerError> {
    let since = purpose.expires.and_then(|expires| now.checked_sub(expires.0).ok());
    let yes = Yes { purpose: &name, notice: purpose.notice.as_deref(), since };
    let opted = ledger.opted(&group, yes).await?;
    let count = |held| Count { held, each: 1 };
    Ok(groups::size(count(opted.decided), k).map(|decided| OptIn {
        yes: groups::part(count(opted.decided), count(opted.yes), k),
        group,
        purpose: name,
        decided,
    }))
}
