//! The outside detectors of a configuration, and the policies that name them.

use super::{Config, ConfigError};
use crate::{
    complaint::{Complaint, Unusable, did_you_mean},
    detectors::Detectors,
    exchange::Served,
    metrics::Metrics,
    policy::Policy,
    route::Routes,
};

impl Config {
    /// The detectors, where those before about which nothing changed go on.
    pub(super) fn detectors(
        &self,
        before: Option<&Routes<Served>>,
        metrics: &Metrics,
    ) -> Result<Detectors, ConfigError> {
        let made = Detectors::new(&self.detectors, metrics)?;
        let before = before.and_then(|routes| routes.all().next());
        Ok(before.map_or_else(|| made.clone(), |route| made.clone().after(route.detectors())))
    }
}

/// A detector that a policy names and nobody knows would leave everything in, or refuse everything.
pub(super) fn every_detector_exists(policy: &Policy, detectors: &Detectors) -> Result<(), Unusable> {
    let is_known = |name: &str| detectors.names().any(|known| known == name);
    let wrong: Vec<Complaint> = policy
        .detection
        .asked()
        .filter(|asked| !is_known(&asked.detector))
        .map(|asked| {
            let advice = match detectors.names().next() {
                Some(_) => did_you_mean(&asked.detector, detectors.names()),
                None => "the configuration names none; add it below `detectors:`, with its `url`".to_owned(),
            };
            let what = format!("no detector of the configuration is called `{}`", asked.detector);
            Complaint::error(what, asked.place.clone(), advice)
        })
        .collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Unusable::Wrong { source: policy.source.clone(), complaints: wrong }),
    }
}
