//! What was done in a person's exchanges, drawn from their receipts.
//!
//! The rule: what is told is what the receipt says, and the receipt was drawn from what was really changed and let through. What the
//! policy calls things now is looked up by name; a name that it does not know any more is shown as it is. What would defeat it: adding
//! up what went to the bot and what came back, so each line knows its way.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    overview::{because, title_of},
    problem::Problem,
    recorded::{Read, ReadAct, ReadFurther, ReadPurpose},
    sentences,
    shown::groups,
    texts::Texts,
};
use crate::{
    exchange::Site,
    policy::{Policy, Serves},
    receipts::Wanted,
    subject::Subject,
};

/// The most exchanges looked through for one page of those that are sought.
const MOST_LOOKED_THROUGH: usize = 1_000;
/// Receipts read at once.
const PAGE: u32 = 100;

/// Which exchanges are asked for.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Those before this one.
    pub before: Option<String>,
    /// At most so many.
    pub limit: usize,
    /// Those that began at this moment or later.
    pub from: Option<Timestamp>,
    /// Those that began before this moment.
    pub to: Option<Timestamp>,
    /// Only those in which something was withheld.
    pub only_withheld: bool,
    /// Only those in which something that serves this purpose passed or was withheld.
    pub purpose: Option<String>,
}

/// Exchanges, newest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Exchanges {
    /// Whether receipts are kept where they can be shown.
    pub kept: bool,
    /// The exchanges of this page.
    pub exchanges: Vec<ShownExchange>,
    /// What to give as `before` for the next page; none at the end. There may be a next page though this one is empty.
    pub next: Option<String>,
}

/// What was done in one exchange.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownExchange {
    /// Its id, which its reply carried where it was refused.
    pub exchange: String,
    /// When it began.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// The route's name.
    pub route: Option<String>,
    /// What became of the request: `forwarded`, `refused`, `obeyed` or `undecided`.
    pub outcome: String,
    /// Whether the route only recorded what it would have withheld.
    pub only_recorded: bool,
    /// What passed.
    pub passed: Vec<Passed>,
    /// What was withheld.
    pub withheld: Vec<Withheld>,
    /// All of that in plain sentences.
    pub sentences: Vec<String>,
}

/// Which way something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// From the person to the bot.
    ToBot,
    /// From the bot to the person.
    ToPerson,
    /// Either: it was counted for both together.
    Both,
}

/// Data that passed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Passed {
    /// Its name in the policy.
    pub data: String,
    /// What it is called.
    pub title: String,
    /// Which way.
    pub way: Way,
    /// In how many places.
    pub count: u64,
}

/// Data that was withheld.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Withheld {
    /// Its name in the policy.
    pub data: String,
    /// What it is called.
    pub title: String,
    /// Which way.
    pub way: Way,
    /// What was done with it, by the name of the action; `would …` where it was only recorded.
    pub action: String,
    /// In how many places.
    pub count: u64,
    /// Why: the purposes that would have let it pass, and how each stood.
    pub why: Vec<Standing>,
}

/// How a purpose stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Standing {
    /// Its name.
    pub purpose: String,
    /// What it is called.
    pub title: String,
    /// Why it was not allowed, in a few words of ours that do not change.
    pub because: String,
    /// The same in words for people.
    pub because_words: String,
}

/// A page of a person's exchanges, under all their ids.
///
/// # Errors
/// When the ledger does not answer.
pub async fn of(
    site: &Site,
    subject: &Subject,
    sought: &Sought,
    texts: &Texts,
) -> Result<Exchanges, Problem> {
    let references = site.ledger.references(subject).await?;
    let policies = Policies::of(site);
    let (mut found, mut before) = (Vec::new(), sought.before.clone());
    let mut looked = 0;
    while found.len() < sought.limit && looked < MOST_LOOKED_THROUGH {
        let (from, to) = (sought.from, sought.to);
        let wanted = Wanted { before: before.clone(), from, to, limit: PAGE };
        let page = site.receipts.of_person(&references, &wanted).await?;
        looked += page.len();
        let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        for receipt in page {
            let Ok(read) = serde_json::from_value::<Read>(receipt) else { continue };
            if found.len() == sought.limit {
                return Ok(Exchanges { kept: true, exchanges: found, next: before });
            }
            before = Some(read.exchange.clone());
            let shown = policies.shown(read, texts);
            if sought.takes(&shown, &policies) {
                found.push(shown);
            }
        }
        if is_last {
            before = None;
            break;
        }
    }
    Ok(Exchanges { kept: site.receipts.can_be_found(), exchanges: found, next: before })
}

impl Sought {
    fn takes(&self, shown: &ShownExchange, policies: &Policies) -> bool {
        let serves = |purpose: &String| {
            let names = shown.passed.iter().map(|passed| &passed.data);
            let mut names = names.chain(shown.withheld.iter().map(|withheld| &withheld.data));
            names.any(|name| policies.serves(name, purpose))
        };
        (!self.only_withheld || !shown.withheld.is_empty()) && self.purpose.as_ref().is_none_or(serves)
    }
}

/// What policies call things now, by the policies' names.
struct Policies(BTreeMap<String, std::sync::Arc<Policy>>);

impl Policies {
    fn of(site: &Site) -> Self {
        let routes = site.routes();
        let groups = groups(&routes);
        let policies = groups.iter().flat_map(|group| &group.routes).map(|route| &route.plan.policy);
        Self(policies.map(|policy| (policy.name.to_string(), std::sync::Arc::clone(policy))).collect())
    }

    fn serves(&self, data: &str, purpose: &str) -> bool {
        self.0.values().any(|policy| {
            let data = policy.data.iter().find(|known| *known.name == *data);
            data.zip(policy.purpose(purpose))
                .is_some_and(|(data, n)| data.serves.purposes().any(|one| one == n))
        })
    }

    fn shown(&self, read: Read, texts: &Texts) -> ShownExchange {
        let policy = read.policy.as_ref().and_then(|policy| self.0.get(&policy.name)).map(|policy| &**policy);
        let mut lines = Lines { policy, texts, passed: Vec::new(), withheld: Vec::new() };
        lines.take(&read.to_bot, Way::ToBot, &read.purposes);
        lines.take(&read.to_person, Way::ToPerson, &read.purposes);
        if let Some(messages) = &read.messages {
            lines.take(&messages.to_bot.passed, Way::ToBot, &read.purposes);
            lines.take(&messages.to_person.passed, Way::ToPerson, &read.purposes);
            let further = match &messages.further {
                ReadFurther::ByDirection(sections) => &**sections,
                ReadFurther::Together { acts } => {
                    lines.take(acts, Way::Both, &read.purposes);
                    &[]
                }
            };
            for section in messages.withheld.iter().chain(further) {
                let way =
                    if section.direction.replace('-', "_") == "to_bot" { Way::ToBot } else { Way::ToPerson };
                lines.take(&section.acts, way, section.purposes.as_ref().unwrap_or(&read.purposes));
            }
        }
        let Lines { passed, withheld, .. } = lines;
        let outcome = read.outcome.as_str().map(str::to_owned);
        let outcome = outcome.or_else(|| Some(read.outcome.as_object()?.keys().next()?.clone()));
        let mut shown = ShownExchange {
            exchange: read.exchange,
            time: read.time,
            route: read.route,
            outcome: outcome.unwrap_or_default(),
            only_recorded: read.mode.as_deref() == Some("report"),
            passed,
            withheld,
            sentences: Vec::new(),
        };
        shown.sentences = sentences::of(&shown, texts);
        shown
    }
}

/// The lines of one exchange, as they are gathered.
struct Lines<'p> {
    policy: Option<&'p Policy>,
    texts: &'p Texts,
    passed: Vec<Passed>,
    withheld: Vec<Withheld>,
}

impl Lines<'_> {
    fn take(&mut self, acts: &[ReadAct], way: Way, purposes: &[ReadPurpose]) {
        for ReadAct { data, action, count } in acts {
            let title = self.title(data);
            // What nobody answered about may have passed: better told so than not at all.
            if matches!(action.as_str(), "passed" | "keep" | "unanswered") {
                match self.passed.iter_mut().find(|known| known.data == *data && known.way == way) {
                    Some(known) => known.count += count,
                    None => self.passed.push(Passed { data: data.clone(), title, way, count: *count }),
                }
                continue;
            }
            let why = self.why(data, purposes);
            let alike = |known: &&mut Withheld| {
                known.data == *data && known.way == way && known.action == *action && known.why == why
            };
            match self.withheld.iter_mut().find(alike) {
                Some(known) => known.count += count,
                None => {
                    let (data, action) = (data.clone(), action.clone());
                    self.withheld.push(Withheld { data, title, way, action, count: *count, why });
                }
            }
        }
    }

    fn title(&self, data: &str) -> String {
        let known = self.policy.and_then(|policy| policy.data.iter().find(|known| *known.name == *data));
        match (known, data) {
            (Some(known), _) => title_of(known),
            (None, "undeclared") => self.texts.say("data.undeclared").to_owned(),
            (None, "credential") => self.texts.say("data.credential").to_owned(),
            (None, name) => name.to_owned(),
        }
    }

    fn why(&self, data: &str, purposes: &[ReadPurpose]) -> Vec<Standing> {
        let Some(policy) = self.policy else { return Vec::new() };
        let serves =
            policy.data.iter().find(|known| *known.name == *data).map_or(Serves::Nothing, |data| data.serves);
        let named = serves.purposes().filter_map(|n| policy.purposes.get(n));
        let standing = named.filter_map(|purpose| {
            let stood = purposes.iter().find(|stood| stood.purpose == *purpose.name && !stood.allowed)?;
            Some(Standing {
                purpose: stood.purpose.clone(),
                title: purpose.title.clone(),
                because: stood.because.clone(),
                because_words: because(self.texts, &stood.because),
            })
        });
        standing.collect()
    }
}
