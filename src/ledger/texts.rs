//! The texts that people are shown now, so that a yes to another text is noticed.
//!
//! The rule: a yes that says which text was shown counts only for a text that is shown now; otherwise the policy changed between
//! asking and answering, and the person must be asked again. A no is taken whatever was shown: nothing may hold it up. What would
//! defeat it: comparing notices only, which people forget to change.

use std::collections::{HashMap, HashSet};

use super::NewDecision;
use crate::consent::DecisionKind;

/// The digests of what is shown, by group and purpose.
#[derive(Debug, Default)]
pub struct Texts(HashMap<String, HashMap<String, HashSet<String>>>);

impl Texts {
    /// Whether this decision goes with what is shown. Purposes that nothing here shows are somebody else's.
    pub(super) fn go_with(&self, group: &str, new: &NewDecision) -> bool {
        let (DecisionKind::Grant, Some(purpose), Some(digest)) = (new.kind, &new.purpose, &new.text_digest)
        else {
            return true;
        };
        let shown = self.0.get(group).and_then(|purposes| purposes.get(purpose));
        shown.is_none_or(|digests| digests.contains(digest))
    }
}

impl FromIterator<(String, String, String)> for Texts {
    /// From groups, purposes and digests. Policies of one group may show different texts for the same purpose.
    fn from_iter<T: IntoIterator<Item = (String, String, String)>>(shown: T) -> Self {
        let mut texts = Self::default();
        for (group, purpose, digest) in shown {
            texts.0.entry(group).or_default().entry(purpose).or_default().insert(digest);
        }
        texts
    }
}
