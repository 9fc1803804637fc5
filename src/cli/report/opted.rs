//! How many of those who were asked say yes, now, purpose by purpose.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    crowd::Count,
    failed,
    groups::{self, Group},
};
use crate::{
    cli::{Exit, Trouble},
    config::Config,
    ledger::{Ledger, Yes},
    policy::{Basis, Policy, Purpose},
};

/// One purpose that needs a yes.
#[derive(Debug)]
pub(super) struct OptIn {
    /// Which policies share the consents.
    pub(super) group: String,
    pub(super) purpose: String,
    /// At least so many decided.
    pub(super) decided: u64,
    /// Those whose yes counts; none where too few say yes, or nobody.
    pub(super) yes: Option<Group>,
}

/// Every purpose of the policies served about which something may be said.
pub(super) async fn opt_in(
    ledger: &Ledger,
    config: &Config,
    k: u64,
    now: Timestamp,
) -> Result<Vec<OptIn>, Trouble> {
    let (mut told, mut seen) = (Vec::new(), BTreeSet::new());
    for route in &config.routes {
        let policy = Policy::load(&route.policy).map_err(|unusable| (unusable.show(false), Exit::Failed))?;
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
) -> Result<Option<OptIn>, Trouble> {
    let since = purpose.expires.and_then(|expires| now.checked_sub(expires.0).ok());
    let yes = Yes { purpose: &name, notice: purpose.notice.as_deref(), since };
    let opted = ledger.opted(&group, yes).await.map_err(failed)?;
    let count = |held| Count { held, each: 1 };
    Ok(groups::size(count(opted.decided), k).map(|decided| OptIn {
        yes: groups::part(count(opted.decided), count(opted.yes), k),
        group,
        purpose: name,
        decided,
    }))
}
