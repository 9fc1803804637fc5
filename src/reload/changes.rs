//! What a reload changed, in words and as JSON.
//!
//! The rule: names of routes, policies and files, digests of policies and fingerprints of certificates; never what a file holds.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Serving, contents::Contents};
use crate::{
    config::{Config, RouteSettings},
    tls,
};

/// What a reload changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The configuration that was read.
    pub configuration: PathBuf,
    /// Routes, by name.
    pub routes: BTreeMap<String, Kind>,
    /// Policies, by name, with the SHA-256 of their files.
    pub policies: Vec<Moved>,
    /// Certificates, by file, with their SHA-256.
    pub certificates: Vec<Moved>,
    /// Other files that hold something else now, such as keys.
    pub files: Vec<PathBuf>,
    /// Whether anything else in the configuration changed.
    pub settings: bool,
}

/// How a route changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Something is written differently about it.
    Changed,
}

/// One thing that is another now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// What it is called.
    pub name: String,
    /// What it was; none for what is new.
    pub from: Option<String>,
    /// What it is; none for what is gone.
    pub to: Option<String>,
}

/// What can be shown of what is served: names with digests.
pub(super) struct Shown {
    policies: BTreeSet<(String, String)>,
    certificates: BTreeSet<(String, String)>,
}

impl Shown {
    pub(super) fn of(serving: &Serving) -> Self {
        let routes = serving.site.routes();
        let policies = routes.all().map(|route| &route.plan);
        let policies = policies.map(|plan| (plan.policy.name.to_string(), plan.digest.to_string()));
        let desk = serving.desk.as_ref().map(|(live, _)| live);
        let listening = [Some(&serving.listeners), serving.admin.as_ref(), desk].into_iter().flatten();
        let certificates = listening.flat_map(|live| live.certificates()).flatten();
        let certificate = |shown: tls::Shown| (shown.file.display().to_string(), shown.fingerprint);
        Self { policies: policies.collect(), certificates: certificates.map(certificate).collect() }
    }
}

impl Changes {
    pub(super) fn between(
        (was, before, held): (&Config, &Shown, &Contents),
        (is, after, holds): (&Config, &Shown, &Contents),
    ) -> Self {
        let named = |path: &Path| {
            let is_policy = is.routes.iter().any(|route| route.policy == path);
            is_policy || after.certificates.iter().any(|(file, _)| Path::new(file) == path) || path == is.path
        };
        Self {
            configuration: is.path.clone(),
            routes: routes(&was.routes, &is.routes),
            policies: moved(&before.policies, &after.policies),
            certificates: moved(&before.certificates, &after.certificates),
            files: held.changed(holds).filter(|path| !named(path)).map(Path::to_owned).collect(),
            settings: without_routes(was) != without_routes(is),
        }
    }

    /// For the verb that asked.
    pub fn json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// For the log: one line.
    pub fn line(&self) -> String {
        let parts: Vec<String> = self.parts().collect();
        if parts.is_empty() { "nothing changed".to_owned() } else { parts.join(", ") }
    }

    fn parts(&self) -> impl Iterator<Item = String> {
        let routes = self.routes.iter().map(|(name, kind)| format!("route `{name}` {}", kind.word()));
        let policies = self.policies.iter().map(|moved| format!("policy {moved}"));
        let certificates = self.certificates.iter().map(|moved| format!("certificate {moved}"));
        let files = self.files.iter().map(|path| format!("file `{}` changed", path.display()));
        let settings = self.settings.then(|| "other settings changed".to_owned());
        routes.chain(policies).chain(certificates).chain(files).chain(settings)
    }
}

/// For people: one line each.
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.parts().peekable();
        write!(f, "reloaded `{}`", self.configuration.display())?;
        if parts.peek().is_none() {
            f.write_str(": nothing changed")?;
        }
        parts.try_for_each(|part| write!(f, "\n  {part}"))
    }
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |digest: &str| digest.chars().take(12).collect::<String>();
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => write!(f, "`{}` {} → {}", self.name, short(from), short(to)),
            (None, Some(to)) => write!(f, "`{}` added ({})", self.name, short(to)),
            (Some(from), None) => write!(f, "`{}` removed ({})", self.name, short(from)),
            (None, None) => write!(f, "`{}`", self.name),
        }
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

fn routes(was: &[RouteSettings], is: &[RouteSettings]) -> BTreeMap<String, Kind> {
    let kind = |name: &str| match (find(was, name), find(is, name)) {
        (None, Some(_)) => Some(Kind::Added),
        (Some(_), None) => Some(Kind::Removed),
        (Some(was), Some(is)) if was != is => Some(Kind::Changed),
        (Some(_), Some(_)) | (None, None) => None,
    };
    let names = was.iter().chain(is).map(|route| &route.name);
    names.filter_map(|name| Some((name.clone(), kind(name)?))).collect()
}

fn find<'a>(routes: &'a [RouteSettings], name: &str) -> Option<&'a RouteSettings> {
    routes.iter().find(|route| route.name == name)
}

/// What is on one side only, old and new of one name together.
fn moved(before: &BTreeSet<(String, String)>, after: &BTreeSet<(String, String)>) -> Vec<Moved> {
    let mut moved: Vec<Moved> = before
        .difference(after)
        .map(|(name, digest)| Moved { name: name.clone(), from: Some(digest.clone()), to: None })
        .collect();
    for (name, digest) in after.difference(before) {
        match moved.iter_mut().find(|moved| moved.name == *name && moved.to.is_none()) {
            Some(moved) => moved.to = Some(digest.clone()),
            None => moved.push(Moved { name: name.clone(), from: None, to: Some(digest.clone()) }),
        }
    }
    moved.sort_by(|one, other| one.name.cmp(&other.name));
    moved
}

fn without_routes(config: &Config) -> Config {
    Config { routes: Vec::new(), ..config.clone() }
}
