//! What outside detectors find in a text, beside ours.

use std::sync::Arc;

use crate::{
    cli::{
        Trouble,
        asked::{Asker, unanswered},
    },
    detect::{Kinds, Sighting, Tuning},
    policy::{Inquiry, Policy, detection::How},
    rewrite::{
        asked::{Answers, Question},
        sightings,
    },
    text::Found,
};

/// Whom to ask about each text, and for what.
pub(super) struct Outside {
    asker: Asker,
    inquiries: Vec<Arc<Inquiry>>,
}

impl Outside {
    /// For these kinds, as the policy says.
    pub(super) fn new(asker: Asker, policy: &Policy, kinds: Kinds) -> Self {
        Self { asker, inquiries: policy.inquiries(kinds) }
    }

    /// What we found in a text, and what they do.
    pub(super) fn with(
        &self,
        ours: Vec<Found<Sighting>>,
        sought: (Kinds, &Tuning),
        text: &str,
    ) -> Result<Vec<Found<Sighting>>, Trouble> {
        if text.trim().is_empty() {
            return Ok(ours);
        }
        let question =
            |inquiry: &Arc<Inquiry>| Question { inquiry: Arc::clone(inquiry), text: text.into(), must: true };
        let mut answers = Answers::new(usize::MAX);
        let questions = self.inquiries.iter().map(question).collect();
        self.asker.ask(questions, &mut answers).map_err(|why| unanswered(&why))?;
        let found = |inquiry: &Arc<Inquiry>| Some((Arc::clone(inquiry), answers.found(text, inquiry)?));
        let theirs: Vec<_> = self.inquiries.iter().filter_map(found).collect();
        Ok(sightings::together(ours, &theirs, sought, &[], text))
    }
}

/// The kinds that nobody finds but outside detectors.
pub(super) fn only_asked(policy: &Policy) -> Kinds {
    let own = policy.detection.own.iter();
    own.filter(|own| matches!(own.how, How::Asked(_))).map(|own| own.kinds).collect()
}
