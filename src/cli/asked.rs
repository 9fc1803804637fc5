//! Outside detectors on the command line: where they are is said by name, since no verb but `serve` reads a configuration for that.
//!
//! The rule: nobody is asked who was not named, and where one is named, all are that the policy asks: what is shown is then what
//! would be served. What would defeat it: a name that no policy knows, or an answer that didn't come, passed over; both are errors.

mod note;

use std::collections::BTreeMap;

use clap::Args;
use tokio::runtime::{Builder, Runtime};

use super::{Exit, Trouble};
use crate::{
    complaint::{Listed, did_you_mean},
    detectors::{DetectorSettings, Detectors, Unanswered},
    metrics::Metrics,
    policy::Policy,
    rewrite::asked::{Answers, Question},
};
pub(super) use note::note;

/// Where outside detectors are.
#[derive(Args, Clone, Debug, Default)]
pub struct DetectorArgs {
    /// Ask the outside detector of this name, which the policy names, at this address, such as
    /// `presidio=http://127.0.0.1:5002`; once for each. Left out: no outside detector is asked.
    #[arg(long = "detector", value_name = "NAME=URL")]
    detectors: Vec<String>,
}

/// Asks outside detectors, and waits.
pub(super) struct Asker {
    detectors: Detectors,
    runtime: Runtime,
}

impl DetectorArgs {
    /// Whether anybody was named.
    pub(super) fn names_somebody(&self) -> bool {
        !self.detectors.is_empty()
    }

    /// Who asks for these policies; nobody where no detector was named.
    pub(super) fn asker(&self, policies: &[&Policy]) -> Result<Option<Asker>, Trouble> {
        if !self.names_somebody() {
            return Ok(None);
        }
        let places = self.places()?;
        let asked = policies.iter().flat_map(|policy| policy.detection.asked());
        let asked: Vec<&str> = asked.map(|asked| &*asked.detector).collect();
        all_are_asked(&places, &asked)?;
        all_are_named(&places, &asked)?;
        let settings = |(name, url): (&str, &str)| (name.to_owned(), DetectorSettings::at(url));
        let settings = places.into_iter().map(settings).collect();
        let detectors = Detectors::new(&settings, &Metrics::new())
            .map_err(|fault| usage(format!("`--detector`: {fault}")))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| (format!("error: can't start: {error}"), Exit::Failed))?;
        Ok(Some(Asker { detectors, runtime }))
    }

    /// The addresses by the names.
    fn places(&self) -> Result<BTreeMap<&str, &str>, Trouble> {
        let mut places = BTreeMap::new();
        for written in &self.detectors {
            let named = written
                .split_once('=')
                .filter(|(name, url)| !matches!((*name, *url), ("", _) | (_, "")) && !name.contains('/'));
            let (name, url) = named.ok_or_else(|| {
                let advice = "write the detector's name and its address, such as `--detector presidio=http://127.0.0.1:5002`";
                usage(format!("`--detector {written}` does not say who is where; {advice}"))
            })?;
            if places.insert(name, url).is_some() {
                return Err(usage(format!("`--detector` names `{name}` twice; leave one of them out")));
            }
        }
        Ok(places)
    }
}

/// One that no policy asks would be named in vain.
fn all_are_asked(places: &BTreeMap<&str, &str>, asked: &[&str]) -> Result<(), Trouble> {
    let Some(unknown) = places.keys().find(|name| !asked.contains(name)) else { return Ok(()) };
    let advice = match asked {
        [] => "it asks nobody, so leave `--detector` out".to_owned(),
        _ => did_you_mean(unknown, asked.iter().copied()),
    };
    Err(usage(format!("the policy asks no outside detector `{unknown}`; {advice}")))
}

/// With some of them, what is shown would neither be what is served nor what a policy does by itself.
fn all_are_named(places: &BTreeMap<&str, &str>, asked: &[&str]) -> Result<(), Trouble> {
    let mut missing: Vec<&str> = asked.iter().copied().filter(|name| !places.contains_key(name)).collect();
    missing.sort_unstable();
    missing.dedup();
    let Some(first) = missing.first() else { return Ok(()) };
    let advice = format!("add `--detector {first}=URL`, or leave all of them out, and nobody is asked");
    Err(usage(format!("the policy asks {}, too; {advice}", Listed(&missing))))
}

impl Asker {
    /// Asks, and notes what was said.
    pub(super) fn ask(&self, questions: Vec<Question>, answers: &mut Answers) -> Result<(), Unanswered> {
        self.runtime.block_on(self.detectors.ask(questions, answers))
    }
}

/// What somebody at a terminal can do about it.
pub(super) fn unanswered(why: &Unanswered) -> Trouble {
    let advice = match why {
        Unanswered::Asked { .. } => {
            "; look whether it runs there and knows `POST analyze` as Microsoft Presidio's analyzer does, or leave `--detector` out"
        }
        Unanswered::Unknown(_) | Unanswered::Endless | Unanswered::Broken => "",
    };
    (format!("error: {why}{advice}"), Exit::Failed)
}

fn usage(what: String) -> Trouble {
    (format!("error: {what}"), Exit::Usage)
}

#[cfg(test)]
pub(super) mod tests;
