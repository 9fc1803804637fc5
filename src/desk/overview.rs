//! What a person sees first: everything that asks for their data, and what they said to it.
//!
//! The rule: each purpose is shown with the text that a yes would be to, and its digest; whether it is allowed is what the verdict
//! says now, of all linked ids together. What would defeat it: a purpose that some route serves and nobody sees; so the overview is drawn from the
//! routes that are served.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    problem::Problem,
    rules::Rules,
    settings::Elsewhere,
    shown::{Group, groups},
    texts::{Texts, slug},
};
use crate::{
    consent::{Consent, Decision},
    exchange::{Served, Site},
    policy::{Basis, Data, Policy, Purpose, Serves, Why},
    signal::Signals,
    subject::Subject,
};

/// What a person sees first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Overview {
    /// The language of its texts (RFC 5646).
    pub language: &'static str,
    /// Whose it is.
    pub subject: Whose,
    /// Whether processing is restricted everywhere here (GDPR Art. 18).
    pub restricted: bool,
    /// Consents that belong together, with who is responsible and why data would be used.
    pub groups: Vec<ShownGroup>,
    /// What is known about people outside of Assentry, and whom to ask for it.
    pub elsewhere: Vec<Elsewhere>,
    /// Whom to write to.
    pub contact: Option<String>,
    /// Whether receipts are kept where a person's own can be shown.
    pub receipts_kept: bool,
}

/// Whose data it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Whose {
    /// Which source said so.
    pub namespace: String,
    /// The id.
    pub id: String,
}

/// Policies that share their consents.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownGroup {
    /// The name under which decisions are kept.
    pub consents: String,
    /// Whether processing is restricted as far as these go: also where it was restricted before others were served.
    pub restricted: bool,
    /// The policies, by name.
    pub policies: Vec<String>,
    /// Who is responsible (GDPR Art. 4(7)).
    pub controllers: Vec<String>,
    /// Why data would be used.
    pub purposes: Vec<ShownPurpose>,
    /// What never passes, whatever is decided.
    pub never: Vec<ShownData>,
    /// Whether a route only records for now what it would withhold for want of a yes; a no is obeyed.
    pub only_records: bool,
}

/// Why data would be used, and what the person said to it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownPurpose {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What is said about it.
    pub description: Option<String>,
    /// The legal ground (GDPR Art. 6(1)), by its name in policies.
    pub basis: &'static str,
    /// The same in words.
    pub basis_words: String,
    /// Who else gets the data (GDPR Art. 13(1)(e)).
    pub recipients: Vec<String>,
    /// The edition of the text.
    pub notice: Option<String>,
    /// SHA-256 of the text, in hexadecimal: goes with each decision.
    pub text_digest: String,
    /// What data serves it.
    pub data: Vec<ShownData>,
    /// Whether it is allowed now.
    pub allowed: bool,
    /// Why, in a few words of ours that do not change.
    pub because: &'static str,
    /// The same in words for people.
    pub because_words: String,
    /// What can be decided.
    pub choice: Choice,
    /// When it was decided last.
    #[schemars(with = "Option<String>")]
    pub decided_at: Option<Timestamp>,
    /// When the yes ends by itself.
    #[schemars(with = "Option<String>")]
    pub expires: Option<Timestamp>,
}

/// A kind of data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ShownData {
    /// What it is called.
    pub title: String,
    /// What happens to it unless it passes, by the name of the action.
    pub otherwise: &'static str,
    /// The same in words.
    pub otherwise_words: String,
    /// The other purposes, by title, that must be allowed as well before it passes.
    pub only_with: Vec<String>,
}

/// What can be decided on a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Yes or no; nothing is a no.
    Consent,
    /// It is allowed until the person objects.
    Objection,
    /// Nothing.
    None,
}

impl Choice {
    /// What the law leaves to the person.
    pub fn of(basis: Basis) -> Self {
        match basis {
            Basis::Consent => Self::Consent,
            Basis::PublicTask | Basis::LegitimateInterests => Self::Objection,
            Basis::Contract | Basis::LegalObligation | Basis::VitalInterests => Self::None,
        }
    }
}

/// What this person sees.
///
/// # Errors
/// When the ledger does not answer.
pub async fn of(site: &Site, rules: &Rules, subject: &Subject, texts: &Texts) -> Result<Overview, Problem> {
    let mut shown = Vec::new();
    for group in groups(&site.routes()) {
        let consent = site.ledger.consent(subject, &group.name).await?;
        shown.push(group_of(&group, &consent, texts));
    }
    Ok(Overview {
        language: texts.language,
        subject: Whose { namespace: subject.namespace().to_owned(), id: subject.id().to_owned() },
        restricted: !shown.is_empty() && shown.iter().all(|group: &ShownGroup| group.restricted),
        groups: shown,
        elsewhere: rules.elsewhere.clone(),
        contact: rules.contact.as_deref().map(str::to_owned),
        receipts_kept: site.receipts.can_be_found(),
    })
}

fn group_of(group: &Group, consent: &Consent, texts: &Texts) -> ShownGroup {
    let now = Timestamp::now();
    let policies = || group.routes.iter().map(|route| &route.plan.policy);
    let unique =
        |names: &mut dyn Iterator<Item = String>| names.collect::<BTreeSet<_>>().into_iter().collect();
    let mut never: Vec<ShownData> = Vec::new();
    for policy in policies() {
        let data = policy.data.iter().filter(|data| data.serves == Serves::Nothing);
        for data in data.map(|data| shown_data(policy, data, None, texts)) {
            add(&mut never, data);
        }
    }
    ShownGroup {
        consents: group.name.to_string(),
        restricted: consent.restricted,
        policies: unique(&mut policies().map(|policy| policy.name.to_string())),
        controllers: unique(&mut policies().filter_map(|policy| policy.controller.clone())),
        purposes: purposes(group, consent, texts, now),
        never,
        only_records: group.all_routes().any(|route| route.only_reports(now)),
    }
}

fn purposes(group: &Group, consent: &Consent, texts: &Texts, now: Timestamp) -> Vec<ShownPurpose> {
    let mut all: Vec<ShownPurpose> = Vec::new();
    for route in &group.routes {
        for purpose in purposes_of(route, consent, texts, now) {
            let known = all
                .iter_mut()
                .find(|known| known.name == purpose.name && known.text_digest == purpose.text_digest);
            match known {
                Some(known) => purpose.data.into_iter().for_each(|data| add(&mut known.data, data)),
                None => all.push(purpose),
            }
        }
    }
    all
}

fn purposes_of<'a>(
    route: &'a Served,
    consent: &'a Consent,
    texts: &'a Texts,
    now: Timestamp,
) -> impl Iterator<Item = ShownPurpose> + 'a {
    let policy = &route.plan.policy;
    let verdict = route.plan.verdict(consent, &Signals::default(), now, false);
    policy.purposes.iter().zip(verdict.states).enumerate().map(move |(number, (purpose, state))| {
        let decision = consent.decisions.get(&*purpose.name);
        let data = policy.data.iter().filter(|data| data.serves.purposes().any(|n| n == number));
        ShownPurpose {
            name: purpose.name.to_string(),
            title: purpose.title.clone(),
            description: purpose.description.clone(),
            basis: purpose.basis.as_str(),
            basis_words: texts.say(&format!("basis.{}", purpose.basis.as_str())).to_owned(),
            recipients: purpose.recipients.clone(),
            notice: purpose.notice.clone(),
            text_digest: purpose.text_digest(),
            data: data.map(|data| shown_data(policy, data, Some(number), texts)).collect(),
            allowed: state.allowed,
            because: state.why.words(),
            because_words: because(texts, state.why.words()),
            choice: Choice::of(purpose.basis),
            decided_at: decision.map(|decision| decision.at),
            expires: decision.filter(|_| state.why == Why::Granted).and_then(|yes| ends(purpose, yes)),
        }
    })
}

/// Why a purpose was allowed or not, in words for people.
pub(super) fn because(texts: &Texts, words: &str) -> String {
    texts.say(&format!("because.{}", slug(words))).to_owned()
}

/// What happens to data, in words.
pub(super) fn otherwise(texts: &Texts, action: &str) -> String {
    texts.say(&format!("otherwise.{action}")).to_owned()
}

/// What people are told data is called.
pub(super) fn title_of(data: &Data) -> String {
    data.title.clone().unwrap_or_else(|| data.name.to_string())
}

fn shown_data(policy: &Policy, data: &Data, but: Option<usize>, texts: &Texts) -> ShownData {
    let others = data.serves.purposes().filter(|n| Some(*n) != but && matches!(data.serves, Serves::All(_)));
    let only_with = others.filter_map(|n| Some(policy.purposes.get(n)?.title.clone())).collect();
    let action = data.otherwise.name();
    ShownData {
        title: title_of(data),
        otherwise: action,
        otherwise_words: otherwise(texts, action),
        only_with,
    }
}

fn add(list: &mut Vec<ShownData>, data: ShownData) {
    if !list.contains(&data) {
        list.push(data);
    }
}

/// When a yes ends by itself.
fn ends(purpose: &Purpose, yes: &Decision) -> Option<Timestamp> {
    let span = purpose.expires.and_then(|span| SignedDuration::try_from(span.0).ok());
    let aged = span.and_then(|span| yes.at.checked_add(span).ok());
    [aged, yes.expires].into_iter().flatten().min()
}
