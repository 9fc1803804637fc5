//! What was said about texts lately.
//!
//! The rule: where clients send the conversation so far with each message, what was said about its texts need not be asked again.
//! Nothing of a text is kept: an answer is found by a keyed digest of the text and of what was asked, under a key that ends with
//! this process, and is places and numbers only. What would defeat it is an answer to another question, so the digest covers all of it.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::{hmac, rand};
use moka::sync::Cache;

use crate::{policy::Inquiry, rewrite::asked::Told, text::Found};

/// How long an answer counts: a detector that has learnt something is asked again after that.
const FOR: Duration = Duration::from_secs(600);

/// What is remembered of one detector.
pub(super) struct Memory {
    key: Option<hmac::Key>,
    answers: Cache<[u8; 32], Arc<[Found<Told>]>>,
}

impl Memory {
    /// So many answers at a time, of which one with many findings counts as many; none where the system has no random numbers.
    pub(super) fn of(answers: u64) -> Self {
        let mut secret = [0; 32];
        let key = rand::fill(&mut secret).ok().map(|()| hmac::Key::new(hmac::HMAC_SHA256, &secret));
        let key = key.filter(|_| answers > 0);
        let size = |_: &[u8; 32], found: &Arc<[_]>| u32::try_from(1 + found.len()).unwrap_or(u32::MAX);
        let answers = Cache::builder().weigher(size).max_capacity(answers).time_to_live(FOR).build();
        Self { key, answers }
    }

    /// What was said about a text.
    pub(super) fn recall(&self, text: &str, inquiry: &Inquiry) -> Option<Vec<Found<Told>>> {
        self.answers.get(&self.digest(text, inquiry)?).map(|answer| answer.to_vec())
    }

    /// This was said about a text.
    pub(super) fn note(&self, text: &str, inquiry: &Inquiry, found: &[Found<Told>]) {
        if let Some(digest) = self.digest(text, inquiry) {
            self.answers.insert(digest, found.into());
        }
    }

    /// Names can't run into each other, nor into the text: each has its length before it.
    fn digest(&self, text: &str, inquiry: &Inquiry) -> Option<[u8; 32]> {
        let mut context = hmac::Context::with_key(self.key.as_ref()?);
        for part in inquiry.entities.iter().map(|entity| &*entity.name).chain([text]) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        context.sign().as_ref().try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{detect::Kinds, policy::Entity};

    fn inquiry(names: &[&str]) -> Inquiry {
        let entity = |name: &&str| Entity { name: (*name).into(), kinds: Kinds::NONE };
        Inquiry { detector: "d".into(), entities: names.iter().map(entity).collect() }
    }

    #[test]
    fn an_answer_is_to_one_question_about_one_text() {
        let memory = Memory::of(10);
        let found = [Found { at: 0..4, what: Told { entity: 0, percent: 85 } }];
        memory.note("Anna", &inquiry(&["PERSON", "IP"]), &found);
        assert_eq!(memory.recall("Anna", &inquiry(&["PERSON", "IP"])).as_deref(), Some(&found[..]));
        for (text, names) in [
            ("Anna ", &["PERSON", "IP"][..]),
            ("anna", &["PERSON", "IP"]),
            ("Anna", &["IP", "PERSON"]),
            ("Anna", &["PERSON"]),
            ("PAnna", &["PERSON", "I"]),
        ] {
            assert_eq!(memory.recall(text, &inquiry(names)), None, "{text} {names:?}");
        }
        memory.note("", &inquiry(&[]), &[]);
        assert_eq!(
            memory.recall("", &inquiry(&[])),
            Some(Vec::new()),
            "that there is nothing is an answer, too"
        );
    }

    #[test]
    fn nothing_is_kept_where_nothing_is_to_be() {
        let memory = Memory::of(0);
        memory.note("Anna", &inquiry(&[]), &[]);
        assert_eq!(memory.recall("Anna", &inquiry(&[])), None);
    }
}
