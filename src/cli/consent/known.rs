//! What the configuration knows of ledgers and purposes, for the `consent` verb.

use std::path::{Path, PathBuf};

use super::{KnownPurposes, Place, Shown};
use crate::{
    cli::{Exit, Trouble},
    config::Config,
    ledger::LedgerSettings,
    policy::Policy,
};

/// The configuration that is meant when none is named.
const USUAL: &str = "assentry.yaml";

/// The ledger to use and the purposes known: from `--config`, from the usual configuration if it is there, or, with
/// `--ledger` alone, none.
///
/// # Errors
/// When neither is to be had, or the configuration can't be used.
pub fn known_from(place: Place<'_>) -> Result<(LedgerSettings, Vec<KnownPurposes>), Trouble> {
    match (config_path(place), place.ledger) {
        (Some(path), ledger) => {
            let config = Config::load(&path).map_err(|error| (error.to_string(), Exit::Failed))?;
            let settings = ledger.map_or_else(|| config.ledger.clone(), LedgerSettings::at);
            Ok((settings, known(&config)?))
        }
        (None, Some(ledger)) => Ok((LedgerSettings::at(ledger), Vec::new())),
        (None, None) => Err((
            format!(
                "error: there is no `{USUAL}` here; name the configuration with `--config`, or the ledger with `--ledger`"
            ),
            Exit::Usage,
        )),
    }
}

/// The configuration that is meant, if there is one.
pub(super) fn config_path(place: Place<'_>) -> Option<PathBuf> {
    let usual = Path::new(USUAL);
    place.config.map(Path::to_owned).or_else(|| usual.exists().then(|| usual.to_owned()))
}

fn known(config: &Config) -> Result<Vec<KnownPurposes>, Trouble> {
    let mut groups: Vec<KnownPurposes> = Vec::new();
    for route in &config.routes {
        let policy = Policy::load(&route.policy).map_err(|unusable| (unusable.show(false), Exit::Failed))?;
        let at = groups.iter().position(|known| *known.group == *policy.group);
        let at = at.unwrap_or_else(|| {
            groups.push(KnownPurposes { group: policy.group.to_string(), ..KnownPurposes::default() });
            groups.len() - 1
        });
        let shown = policy.purposes.iter().map(|purpose| {
            let shown = Shown { notice: purpose.notice.clone(), text_digest: Some(purpose.text_digest()) };
            (purpose.name.to_string(), shown)
        });
        let sources = route.subjects.as_deref().unwrap_or(&config.subjects);
        if let Some(known) = groups.get_mut(at) {
            known.purposes.extend(shown);
            known.namespaces.extend(sources.iter().map(|source| source.namespace().to_owned()));
        }
    }
    Ok(groups)
}
