//! The words by which people decide in the chat itself, on one route.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    complaint::did_you_mean,
    exchange::{Keywords, Word},
    policy::{Basis, Policy, Purpose},
    profile::Profile,
};

/// Messages that are decisions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeywordSettings {
    /// Whole messages that take a yes back, or object; capitals make no difference.
    #[serde(default)]
    pub withdraw: Vec<String>,
    /// Whole messages that say yes.
    #[serde(default)]
    pub grant: Vec<String>,
    /// The purposes that are meant.
    pub purposes: Vec<String>,
    /// What is answered.
    #[serde(default)]
    pub answer: KeywordAnswers,
}

/// What is answered to a keyword.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KeywordAnswers {
    /// After a no.
    pub withdraw: String,
    /// After a yes.
    pub grant: String,
    /// To somebody who could be anybody.
    pub sign_in: String,
}

impl Default for KeywordAnswers {
    fn default() -> Self {
        Self {
            withdraw: "Done: your consent is withdrawn.".to_owned(),
            grant: "Done: your consent is recorded.".to_owned(),
            sign_in: "Nothing was changed, since anybody could have written this. Please sign in and write it again."
                .to_owned(),
        }
    }
}

/// Why keywords can't be obeyed.
#[derive(Debug, thiserror::Error)]
pub enum KeywordFault {
    /// Nobody knows which text a person wrote, or what an answer looks like.
    #[error(
        "`keywords` need a `profile` that says with `turn` which text a person wrote last and what an answer looks like; name one, such as `openai-chat` or `json-chat`"
    )]
    Shapeless,
    /// Bodies pass unread.
    #[error(
        "the policy has nothing to say about JSON bodies, so they pass unread and a keyword would never be seen; name the text in `data`, such as `question: {{at: $.text, for: …}}`"
    )]
    Unread,
    /// There is no word, or an empty one.
    #[error("`keywords` need words; write `withdraw: [STOP]`, and no empty ones")]
    NoWords,
    /// One word is a yes and a no.
    #[error("`{0}` is both a yes and a no; choose one")]
    Both(String),
    /// There is no purpose.
    #[error("`keywords` need `purposes`, those that a word decides on")]
    NoPurposes,
    /// The policy has no such purpose.
    #[error("the policy has no purpose `{name}`; {advice}")]
    Unknown {
        /// Its name.
        name: String,
        /// What there is.
        advice: String,
    },
    /// No word of a person changes it.
    #[error(
        "`{0}` rests on neither consent nor on grounds that a person can object to, so no word changes it; leave it out"
    )]
    Unmoved(String),
}

impl KeywordSettings {
    /// What they come to under a policy and a profile.
    pub(super) fn keywords(
        &self,
        policy: &Policy,
        profile: Option<&Profile>,
    ) -> Result<Keywords, KeywordFault> {
        let turn = profile.and_then(|profile| profile.turn.clone()).ok_or(KeywordFault::Shapeless)?;
        let words = || self.withdraw.iter().chain(&self.grant);
        if words().next().is_none() || words().any(|word| word.trim().is_empty()) {
            return Err(KeywordFault::NoWords);
        }
        let (withdraw, grant) = (folded(&self.withdraw), folded(&self.grant));
        if let Some(both) = withdraw.iter().find(|word| grant.contains(word)) {
            return Err(KeywordFault::Both(both.to_string()));
        }
        if self.purposes.is_empty() {
            return Err(KeywordFault::NoPurposes);
        }
        let purposes = self.purposes.iter().map(|name| purpose(policy, name)).collect::<Result<_, _>>()?;
        let KeywordAnswers { withdraw: after_no, grant: after_yes, sign_in } = self.answer.clone();
        Ok(Keywords::new(turn, (withdraw, after_no), (grant, after_yes), sign_in, purposes))
    }
}

fn folded(words: &[String]) -> Vec<Word> {
    words.iter().map(|word| Word::new(word)).collect()
}

fn purpose(policy: &Policy, name: &str) -> Result<Purpose, KeywordFault> {
    let Some(found) = policy.purposes.iter().find(|purpose| *purpose.name == *name) else {
        let names = policy.purposes.iter().map(|purpose| &*purpose.name);
        return Err(KeywordFault::Unknown { name: name.to_owned(), advice: did_you_mean(name, names) });
    };
    match found.basis {
        Basis::Consent | Basis::PublicTask | Basis::LegitimateInterests => Ok(found.clone()),
        Basis::Contract | Basis::LegalObligation | Basis::VitalInterests => {
            Err(KeywordFault::Unmoved(name.to_owned()))
        }
    }
}
