//! What there is in a whole text, whoever found it, and how sure that is: for those who are shown it.
//!
//! The rule: these are the findings that a rewrite acts on (`seeker.rs`), by the same steps in the same order. Where nobody was to be
//! asked, ours are shown as they are.

use std::{ops::Range, sync::Arc};

use super::{
    asked::Told,
    seeker::{counted, unite, without},
};
use crate::{
    detect::{Kinds, Sighting, Tuning},
    policy::Inquiry,
    text::Found,
};

/// Our findings and theirs together, of these kinds. `tokens` are the places of our own tokens, which are nothing themselves.
pub fn together(
    ours: Vec<Found<Sighting>>,
    theirs: &[(Arc<Inquiry>, &[Found<Told>])],
    (kinds, tuning): (Kinds, &Tuning),
    tokens: &[Range<usize>],
    text: &str,
) -> Vec<Found<Sighting>> {
    if theirs.is_empty() {
        return ours;
    }
    let told = theirs.iter().flat_map(|(inquiry, found)| counted(found, inquiry, kinds, tuning));
    let mut found = without(ours.into_iter().chain(told).collect(), tokens, text);
    unite(&mut found, Sighting::with);
    found.retain(|found| !tuning.ignored.has(text.get(found.at.clone()).unwrap_or_default()));
    found
}
