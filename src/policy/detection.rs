//! What a policy says about detection in texts.
//!
//! The rule: it is compiled when the policy is read, once for both directions, and the policy's digest covers it, because that is of the
//! whole file. Kinds that are asked for elsewhere have a number and a name here; who asks, and how, is not the policy's.

use std::{ops::Range, sync::Arc};

use crate::detect::{Kinds, Names, Pattern, Tuning};

/// What a policy says about detection in texts.
#[derive(Clone, Debug, Default)]
pub struct Detection {
    /// Its own kinds, in the order of their numbers.
    pub own: Vec<OwnKind>,
    /// Built-in kinds for which an outside detector is asked, too.
    pub supplements: Vec<Asked>,
    /// What detectors are told of it.
    pub tuning: Arc<Tuning>,
}

/// A kind of a policy's own.
#[derive(Clone, Debug)]
pub struct OwnKind {
    /// Its name in the file.
    pub name: Box<str>,
    /// What people are told it is called.
    pub title: Option<String>,
    /// It alone, as a set.
    pub kinds: Kinds,
    /// How it is found.
    pub how: How,
    /// Where its name stands in the file.
    pub place: Range<usize>,
}

/// How a kind of a policy's own is found.
#[derive(Clone, Debug)]
pub enum How {
    /// By a pattern.
    Pattern(Pattern),
    /// By an outside detector.
    Asked(Asked),
}

/// What an outside detector is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The kind that its findings are of.
    pub kinds: Kinds,
    /// The detector's name in the configuration.
    pub detector: Box<str>,
    /// What the kind is called there.
    pub entity: Box<str>,
    /// Where the detector's name stands in the file.
    pub place: Range<usize>,
}

impl Detection {
    /// What kinds are called.
    pub fn names(&self) -> &Names {
        &self.tuning.names
    }

    /// Everything that outside detectors are asked for: own kinds first.
    pub fn asked(&self) -> impl Iterator<Item = &Asked> {
        let own = self.own.iter().filter_map(|own| match &own.how {
            How::Asked(asked) => Some(asked),
            How::Pattern(_) => None,
        });
        own.chain(&self.supplements)
    }
}
