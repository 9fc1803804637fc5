//! One route of the configuration → what is served there.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use http::Method;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, de};

use super::{Config, ConfigError, KeywordFault, KeywordSettings, detectors::every_detector_exists};
use crate::{
    complaint::did_you_mean,
    detectors::Detectors,
    exchange::{Limits, Served},
    identify::{ConsentTokenSettings, Fault, Identifier, IdentifyError, SubjectSource},
    metrics::{Metrics, Tally},
    policy::{Policy, Unusable, action::Action},
    profile::Profile,
    pseudonym::Style,
    quantity::{Size, Span},
    receipts::receipt::Mode,
    route::{Pattern, PatternFault, Takes},
    selector::{FieldKind, Selector, SelectorFault},
    signal::{ObjectionSignal, SignalFault, SignalReader, SignalSettings},
    upstream::{Address, Upstream, UpstreamError, UpstreamSettings},
};

/// What is served at one place.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteSettings {
    /// How receipts and logs call it.
    pub name: String,
    /// The host name it answers to; `*.example.com` for every name one level below; left out for any.
    #[serde(default)]
    pub host: Option<String>,
    /// The exact path, with names in braces for segments that differ: `/chat/{session}`.
    #[serde(default)]
    pub path: Option<String>,
    /// The path together with everything below it. Either this or `path`.
    #[serde(default)]
    pub prefix: Option<String>,
    /// The methods; left out for all.
    #[serde(default)]
    pub methods: Vec<String>,
    /// The bot: an address, several, or a mapping.
    pub upstream: Backend,
    /// The policy file.
    pub policy: PathBuf,
    /// A candidate policy: receipts record what it would have done otherwise.
    #[serde(default)]
    pub shadow: Option<PathBuf>,
    /// What the bot's messages look like: the name of a profile that comes with Assentry, or a file. Left out, every text of a
    /// body is one.
    #[serde(default)]
    pub profile: Option<String>,
    /// Hosts in whose links pseudonyms are turned back.
    #[serde(default)]
    pub links: Vec<String>,
    /// How to tell whose data a request carries; left out for what the configuration says for all.
    #[serde(default)]
    pub subjects: Option<Vec<SubjectSource>>,
    /// Which signals about consent are heard, beside `Sec-GPC`, and where they are.
    #[serde(default)]
    pub signals: SignalSettings,
    /// Tokens in which somebody who may says what the subject consents to.
    #[serde(default)]
    pub consent_token: Option<Box<ConsentTokenSettings>>,
    /// Whether the bot is told which purposes are allowed, in `Assentry-Purposes`. What clients write there never reaches it.
    #[serde(default)]
    pub tell_bot: bool,
    /// The address at which people decide, for refusals that a yes would have prevented.
    #[serde(default)]
    pub desk: Option<String>,
    /// `enforce`, or `report` until a day.
    #[serde(default)]
    pub mode: ModeSetting,
    /// The last day of `mode: report`, such as `2026-12-31` (UTC).
    #[serde(default)]
    pub until: Option<String>,
    /// Media types that pass unread although the policy has something to say about bodies: `image/png`, `image/*`.
    #[serde(default)]
    pub other_bodies: Vec<String>,
    /// Messages that are decisions, such as `STOP`.
    #[serde(default)]
    pub keywords: Option<KeywordSettings>,
    /// How much a request may bring here.
    #[serde(default)]
    pub limits: Option<RouteLimits>,
    /// Where relative paths begin.
    #[serde(skip)]
    #[schemars(skip)]
    pub(super) folder: PathBuf,
}

/// The bot of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend(pub UpstreamSettings);

/// Whether a route enforces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModeSetting {
    /// What lacks a yes is withheld.
    #[default]
    Enforce,
    /// What only lacks a yes is forwarded and recorded; a recorded no is still enforced.
    Report,
}

/// How much a request may bring on one route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RouteLimits {
    /// Bytes of a body that is held until it is read.
    pub body: Option<Size>,
    /// Bytes from which on a body flows on while it is read, where nothing can depend on all of it.
    pub hold: Option<Size>,
    /// Bytes of a body that flows, or passes unread.
    pub flow: Option<Size>,
    /// How deep a JSON body may be nested.
    pub nesting: Option<usize>,
    /// How long the whole of a body may take.
    pub body_time: Option<Span>,
    /// Bytes of a message of a socket.
    pub message: Option<Size>,
    /// How long an end of a socket may say nothing, though it is asked whether it is there.
    pub socket_idle: Option<Span>,
}

/// Why a route can't be served.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// Two routes have one name.
    #[error("another route has this name; receipts could not tell them apart")]
    Name,
    /// Not exactly one of `path` and `prefix`.
    #[error("write either `path` or `prefix`")]
    NoPath,
    /// The path is none.
    #[error(transparent)]
    Pattern(#[from] PatternFault),
    /// A method is none.
    #[error("`{0}` is not a method; write it in capitals, such as `POST`")]
    Method(String),
    /// Brief pseudonyms mean something in one exchange only.
    #[error(
        "`{0}` is pseudonymised briefly, which needs a `profile` whose clients resend the conversation; write `pseudonymise: stable`, or name such a profile"
    )]
    Brief(String),
    /// The policy looks for a segment that the path does not name.
    #[error(
        "the policy looks for `{selector}`, which would never be found: no route of this policy names such a segment; {advice}"
    )]
    Segment {
        /// The selector.
        selector: String,
        /// What there is, or how to name one.
        advice: String,
    },
    /// `mode: report` without an end.
    #[error("`mode: report` needs `until`, a day on which enforcement begins, such as `until: 2026-12-31`")]
    NoEnd,
    /// An end without `mode: report`.
    #[error("`until` belongs to `mode: report`; remove it, or write the mode")]
    EndOfNothing,
    /// Not a day.
    #[error("`{0}` is not a day; write it like `2026-12-31`")]
    Day(String),
    /// A source of subjects can't be used.
    #[error(transparent)]
    Identify(#[from] IdentifyError),
    /// A place for signals can't be used.
    #[error(transparent)]
    Signal(#[from] SignalFault),
    /// A policy asks for a signal that nobody hears.
    #[error(
        "the policy counts `{asked}` as an objection, and here no such signal is looked for; write where it is, such as `signals: {{{example}}}`"
    )]
    Unheard {
        /// The signal as policies write it.
        asked: String,
        /// What to write.
        example: &'static str,
    },
    /// Consent tokens can't be used.
    #[error("`consent_token`: {0}")]
    ConsentToken(Fault),
    /// The desk has no address.
    #[error("`desk` is an address with `https://` or `http://`, such as `https://chat.example.com/privacy`")]
    Desk,
    /// The upstream can't be used.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// Keywords can't be obeyed.
    #[error(transparent)]
    Keywords(#[from] KeywordFault),
    /// A place in the body can't be used.
    #[error("the subject's place in the body can't be used: {}", .0.what)]
    Place(SelectorFault),
    /// A route without a limit that makes sense.
    #[error("`nesting` must be between 1 and 10000")]
    Nesting,
}

impl RouteError {
    fn unheard(signal: ObjectionSignal) -> Self {
        let (asked, example) = match signal {
            ObjectionSignal::Gpc => ("gpc".to_owned(), ""),
            ObjectionSignal::Tcf(purpose) => (format!("{{tcf: {purpose}}}"), "tcf: {cookie: euconsent-v2}"),
            ObjectionSignal::Gpp(field) => (format!("{{gpp: {}}}", field.as_str()), "gpp: {query: gpp}"),
        };
        Self::Unheard { asked, example }
    }
}

/// Names must tell routes apart.
pub(super) fn unique(routes: &[RouteSettings]) -> Result<(), ConfigError> {
    let mut seen = HashSet::new();
    match routes.iter().find(|route| !seen.insert(&route.name)) {
        Some(route) => Err(ConfigError::Route { name: route.name.clone(), fault: RouteError::Name }),
        None => Ok(()),
    }
}

impl RouteSettings {
    /// Puts the route together.
    pub(super) fn serve(
        &self,
        config: &Config,
        detectors: &Detectors,
        metrics: &Metrics,
    ) -> Result<(Takes, Served), ConfigError> {
        let policy = Policy::load(&self.policy).map_err(ConfigError::Policy)?;
        let candidate = self.shadow.as_deref().map(Policy::load).transpose().map_err(ConfigError::Policy)?;
        for policy in [&policy].into_iter().chain(&candidate) {
            every_detector_exists(policy, detectors).map_err(ConfigError::Policy)?;
        }
        let profile = self.profile().map_err(ConfigError::Policy)?;
        self.put_together((policy, candidate, profile), config, metrics.exchanges(Some(&self.name)))
            .map(|(takes, served)| (takes, served.with_detectors(detectors)))
            .map_err(|fault| ConfigError::Route { name: self.name.clone(), fault })
    }

    /// How it tells whose data a request carries.
    ///
    /// # Errors
    /// The first source that can't be used.
    pub fn identifier(&self, config: &Config) -> Result<Identifier, IdentifyError> {
        Identifier::new(self.subjects.as_deref().unwrap_or(&config.subjects), &self.folder)
    }

    /// What the bot's messages look like.
    fn profile(&self) -> Result<Option<Profile>, Unusable> {
        let Some(name) = &self.profile else { return Ok(None) };
        match (Profile::builtin(name), self.profile_file()) {
            (Some(shipped), _) => Ok(Some(shipped)),
            (None, Some(path)) => Profile::load(&path).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The file of the profile, unless it comes with Assentry.
    pub(super) fn profile_file(&self) -> Option<PathBuf> {
        let name = self.profile.as_deref()?;
        let is_shipped = Profile::builtin_names().any(|shipped| shipped == name);
        (!is_shipped).then(|| self.folder.join(name))
    }

    fn put_together(
        &self,
        (policy, candidate, profile): (Policy, Option<Policy>, Option<Profile>),
        config: &Config,
        tally: Tally,
    ) -> Result<(Takes, Served), RouteError> {
        let pattern = self.pattern()?;
        let methods = self.methods.iter().map(|name| method(name)).collect::<Result<_, _>>()?;
        let subjects = self.subjects.as_deref().unwrap_or(&config.subjects);
        let identifier = self.identifier(config)?;
        let identifier = match &self.consent_token {
            Some(token) => identifier.with_consent_token(token, subjects, &self.folder),
            None => Ok(identifier),
        };
        let identifier = identifier.map_err(RouteError::ConsentToken)?;
        let upstream = Upstream::new(&self.upstream.0)?;
        let (mode, until) = self.mode()?;
        let resends = profile.as_ref().is_some_and(|profile| profile.history);
        if let Some(data) = policy.data.iter().find(|data| data.otherwise == BRIEFLY && !resends) {
            return Err(RouteError::Brief(data.name.to_string()));
        }
        let words = |words: &KeywordSettings| words.keywords(&policy, profile.as_ref());
        let keywords = self.keywords.as_ref().map(words).transpose()?;
        let ruled = (policy, profile);
        let desk = config.desk.as_ref().and_then(|desk| Some(desk.place().ok()?.page("/")));
        let served = Served::new(&self.name, ruled, identifier, upstream, self.limits(config)?, tally)
            .and_then(|served| served.with_shadow(candidate))
            .map_err(RouteError::Place)?
            .with_mode(mode, until)
            .with_other_bodies(self.other_bodies.clone())
            .with_links(&self.links)
            .with_signals(SignalReader::new(&self.signals)?)
            .telling_bot(self.tell_bot)
            .with_desk(self.desk()?.or(desk.as_deref()))
            .with_keywords(keywords);
        if let Some(signal) = served.unheard() {
            return Err(RouteError::unheard(signal));
        }
        if served.overlooks_keywords() {
            return Err(KeywordFault::Unread.into());
        }
        Ok((Takes { host: self.host.clone(), pattern, methods }, served))
    }

    fn pattern(&self) -> Result<Pattern, RouteError> {
        match (&self.path, &self.prefix) {
            (Some(path), None) => Ok(Pattern::exact(path)?),
            (None, Some(prefix)) => Ok(Pattern::prefix(prefix)?),
            (Some(_), Some(_)) | (None, None) => Err(RouteError::NoPath),
        }
    }

    fn desk(&self) -> Result<Option<&str>, RouteError> {
        let is_address = |desk: &str| {
            let uri = desk.parse::<http::Uri>().ok();
            uri.is_some_and(|uri| uri.host().is_some() && matches!(uri.scheme_str(), Some("https" | "http")))
        };
        match self.desk.as_deref() {
            Some(desk) if !is_address(desk) => Err(RouteError::Desk),
            desk => Ok(desk),
        }
    }

    fn mode(&self) -> Result<(Mode, Option<Timestamp>), RouteError> {
        match (self.mode, &self.until) {
            (ModeSetting::Enforce, None) => Ok((Mode::Enforce, None)),
            (ModeSetting::Enforce, Some(_)) => Err(RouteError::EndOfNothing),
            (ModeSetting::Report, None) => Err(RouteError::NoEnd),
            (ModeSetting::Report, Some(day)) => {
                let end = end_of(day).ok_or_else(|| RouteError::Day(day.clone()))?;
                Ok((Mode::Report, Some(end)))
            }
        }
    }

    fn limits(&self, config: &Config) -> Result<Limits, RouteError> {
        let ours = self.limits.clone().unwrap_or_default();
        let nesting = ours.nesting.unwrap_or(config.limits.nesting);
        if !(1..=10_000).contains(&nesting) {
            return Err(RouteError::Nesting);
        }
        let body = ours.body.unwrap_or(config.limits.body);
        let flow = ours.flow.or(ours.body).or(config.limits.flow).unwrap_or(body);
        Ok(Limits {
            body: body.0,
            hold: ours.hold.unwrap_or(config.limits.hold).0,
            flow: flow.0,
            nesting,
            body_time: ours.body_time.unwrap_or(config.timeouts.body).0,
            reply_time: config.timeouts.reply.0,
            message: ours.message.unwrap_or(config.limits.message).0,
            socket_idle: ours.socket_idle.unwrap_or(config.timeouts.socket_idle).0,
        })
    }
}

fn end_of(day: &str) -> Option<Timestamp> {
    let next = day.parse::<Date>().ok()?.tomorrow().ok()?;
    Some(next.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn method(name: &str) -> Result<Method, RouteError> {
    let fault = || RouteError::Method(name.to_owned());
    if name != name.to_ascii_uppercase() {
        return Err(fault());
    }
    name.parse().map_err(|_| fault())
}

const BRIEFLY: Action = Action::Pseudonymise(Style::Brief);

/// A rule for a segment that no route of the policy names would never find anything.
pub(super) fn every_segment_exists(routes: &[(Takes, Served)]) -> Result<(), ConfigError> {
    let pairs =
        || routes.iter().flat_map(|(takes, served)| served.policies().map(move |one| (takes, served, one)));
    let mut named: HashMap<[u8; 32], Vec<&str>> = HashMap::new();
    for (takes, _, policy) in pairs() {
        named.entry(policy.digest).or_default().extend(takes.pattern.names());
    }
    for (_, served, policy) in pairs() {
        let names = named.get(&policy.digest).map_or(&[][..], Vec::as_slice);
        if let Some(fault) = missing_segment(policy, names) {
            return Err(ConfigError::Route { name: served.name.to_string(), fault });
        }
    }
    Ok(())
}

fn missing_segment(policy: &Policy, names: &[&str]) -> Option<RouteError> {
    policy.data.iter().flat_map(|data| &data.at).find_map(|at| {
        let Selector::Field(field) = &at.selector else { return None };
        let fits =
            |name: &&str| if field.prefix { name.starts_with(&field.name) } else { **name == field.name };
        if field.kind != FieldKind::Path || names.iter().any(fits) {
            return None;
        }
        let advice = match names {
            [] => format!("write it in braces, such as `path: /chat/{{{}}}`", field.name),
            names => did_you_mean(&field.name, names.iter().copied()),
        };
        Some(RouteError::Segment { selector: field.text.clone(), advice })
    })
}

impl<'de> Deserialize<'de> for Backend {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BackendVisitor).map(Self)
    }
}

struct BackendVisitor;

impl<'de> de::Visitor<'de> for BackendVisitor {
    type Value = UpstreamSettings;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "an address such as `http://127.0.0.1:5005`, a list of them, or a mapping with `addresses`",
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<UpstreamSettings, E> {
        let address: Address = text.parse().map_err(de::Error::custom)?;
        Ok(UpstreamSettings::at(vec![address]))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<UpstreamSettings, A::Error> {
        let mut addresses = Vec::new();
        while let Some(text) = list.next_element::<String>()? {
            addresses.push(text.parse().map_err(de::Error::custom)?);
        }
        Ok(UpstreamSettings::at(addresses))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<UpstreamSettings, A::Error> {
        UpstreamSettings::deserialize(de::value::MapAccessDeserializer::new(map))
    }
}

impl JsonSchema for Backend {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Backend".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let settings = generator.subschema_for::<UpstreamSettings>();
        schemars::json_schema!({"anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}},
            settings,
        ]})
    }
}
