//! Documents that are written in a text: tool-call arguments in JSON, a form in a parameter, JSON in base64.
//!
//! The rule: what an entry says about a place inside is done there, and the text is written again in the way it was
//! written, so that every level stays valid; a text in which nothing changed keeps its bytes. What would defeat the rule
//! is a text that can't be read as said: it could hold what an entry withholds. Where one would, all of it is redacted.

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{
    Rules,
    account::{Account, Actor, PlaceId, PlaceStep},
    json::{JsonRewriter, Objection},
    parameters,
};
use crate::{
    policy::{Effect, Plan, Undeclared, Writing, Written, action::Action},
    refusal::Refusal,
    selector::FieldKind,
};

/// What becomes of a text with a document in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays as it is.
    Same,
    /// It can't be read, and nobody would withhold anything in it.
    Unread,
    /// It becomes this.
    Becomes(String),
    /// It can't be read, and somebody would withhold something in it.
    Redacted(Actor),
}

/// Where a document is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Within<'a> {
    /// The plan that spells places.
    pub(super) speller: &'a Plan,
    /// The place of the text that it is written in.
    pub(super) place: PlaceId,
}

/// Rewrites a document in a text. `outer` is what the text around it is decided by.
///
/// # Errors
/// Where something in it must not be sent on in any form.
pub(super) fn rewrite(
    text: &str,
    written: &Written,
    (outer, within): (&Rules<'_>, Within<'_>),
    account: &mut Account,
) -> Result<Fate, Objection> {
    let rules = Rules { plan: &written.plan, ..*outer };
    let place = account.below(within.place, PlaceStep::Written(written.writing));
    let within = Within { place, ..within };
    let made = match written.writing {
        Writing::Json => json(text.as_bytes(), &rules, within, account)?
            .map(|made| made.map(|made| String::from_utf8_lossy(&made).into_owned())),
        Writing::Form => form(text, &rules, account)?,
        Writing::Base64 => match Base64::read(text) {
            None => None,
            Some((base64, bytes)) => {
                let made = json(&bytes, &rules, within, account)?;
                made.map(|made| made.map(|made| base64.write(&made)))
            }
        },
    };
    Ok(match made {
        Some(None) => Fate::Same,
        Some(Some(made)) => Fate::Becomes(made),
        None => unreadable(written, &rules),
    })
}

/// Whoever would withhold something in a text that can't be read as said, or that is no text at all.
pub(super) fn unreadable(written: &Written, rules: &Rules<'_>) -> Fate {
    let acts = |number: &&u32| {
        let effect = rules.plan.entry(**number).map(|entry| rules.verdict.effect(entry));
        matches!(effect, Some(Effect::Act(action)) if *action != Action::Keep)
    };
    let name = |number: &&u32| rules.plan.entry(**number).map(|entry| &entry.name);
    match written.entries.iter().filter(acts).min_by_key(name) {
        Some(number) => Fate::Redacted(Actor::Entry(*number)),
        None if written.plan.undeclared != Undeclared::Forward => Fate::Redacted(Actor::Undeclared),
        None => Fate::Unread,
    }
}

/// What becomes of JSON: none where it can't be read, nothing in it where it stays.
#[expect(clippy::option_option, reason = "the outer one is for what can't be read")]
fn json(
    bytes: &[u8],
    rules: &Rules<'_>,
    within: Within<'_>,
    account: &mut Account,
) -> Result<Option<Option<Vec<u8>>>, Objection> {
    match JsonRewriter::within(rules, within, account).whole(bytes) {
        Ok((made, None)) => Ok(Some(made)),
        Ok((_, Some(objection))) => Err(objection),
        Err(_) => Ok(None),
    }
}

#[expect(clippy::option_option, reason = "the outer one is for what can't be read")]
fn form(text: &str, rules: &Rules<'_>, account: &mut Account) -> Result<Option<Option<String>>, Objection> {
    match parameters::rewrite(FieldKind::Form, text.as_bytes(), &[], rules, account) {
        Ok(made) if *made == *text.as_bytes() => Ok(Some(None)),
        Ok(made) => Ok(Some(Some(String::from_utf8_lossy(&made).into_owned()))),
        Err(Refusal::Unreadable { .. }) => Ok(None),
        Err(refusal) => Err(Objection::Within(Box::new(refusal))),
    }
}

/// How a text in base64 is written.
#[derive(Clone, Copy)]
struct Base64 {
    url_safe: bool,
    padded: bool,
}

impl Base64 {
    fn read(text: &str) -> Option<(Self, Vec<u8>)> {
        let base64 = Self { url_safe: text.contains(['-', '_']), padded: text.ends_with('=') };
        Some((base64, base64.engine().decode(text).ok()?))
    }

    fn write(self, bytes: &[u8]) -> String {
        self.engine().encode(bytes)
    }

    fn engine(self) -> GeneralPurpose {
        let config = GeneralPurposeConfig::new()
            .with_encode_padding(self.padded)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent);
        GeneralPurpose::new(if self.url_safe { &URL_SAFE } else { &STANDARD }, config)
    }
}
