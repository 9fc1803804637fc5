//! Looks through one text for everything: by patterns, and by what words look like.
//!
//! The rule: what has a pattern is found first, and the tagger passes it by; so the two never overlap, and which of them sees a place
//! does not depend on how the text was cut. Both go at their own pace, and what one has found waits until the other
//! has come there. Where both look, patterns may hold back less, so that together they hold back no more than [`HELD_BACK`].
//! A text that is as a whole written in Base64 is searched as what it says.

use std::{borrow::Borrow, ops::Range, sync::Arc};

use smallvec::SmallVec;

use crate::text::{Edge, Found, HELD_BACK, Scanner};

use super::{
    Certainty, Detector, Kind, Kinds, Least, Sighting, context,
    encoded::{self, Encoded},
    scan::Patterns,
    tagger::{BEHIND, Others, Tagged, Tagger, What},
};

/// How much patterns may hold back where the tagger looks, too.
const ROOM: usize = HELD_BACK - BEHIND;

/// Looks for some kinds of personal data in one text.
#[derive(Clone, Debug)]
pub struct Scan<D> {
    patterns: Patterns<D>,
    tagger: Option<Ahead>,
    wanted: Kinds,
    /// Whether all of it may yet be written in Base64.
    may_be_encoded: bool,
}

/// What there is in a text that may be written in Base64.
enum Inside {
    /// More has to come.
    Unseen,
    /// Nothing, or it is not written so.
    Nothing,
    /// The same for all of it up to a place.
    Found(usize, Sighting),
}

/// How far both have come, in bytes from the first undecided place on.
#[derive(Clone, Debug)]
struct Ahead {
    tagger: Tagger,
    tagged: usize,
    sought: usize,
    /// What patterns have found and could not be shown yet.
    waiting: Vec<Found<Sighting>>,
}

impl<D: Borrow<Detector>> Scan<D> {
    /// Looks for those of some kinds that the detector was compiled for.
    pub(super) fn new(detector: D, kinds: Kinds) -> Self {
        let wanted = kinds.intersection(detector.borrow().kinds());
        let tagger = wanted.meets(Kinds::BY_LOOKS).then(Ahead::new);
        let room = if tagger.is_some() { ROOM } else { HELD_BACK };
        let may_be_encoded = !wanted.is_empty();
        Self { patterns: Patterns::new(detector, wanted, room), tagger, wanted, may_be_encoded }
    }

    /// The same, for what a text says that is written in Base64.
    fn inner(detector: D, kinds: Kinds) -> Self {
        Self { may_be_encoded: false, ..Self::new(detector, kinds) }
    }

    /// Where all of the text is written in Base64, what was found in what it says: all of it.
    fn look_inside(&mut self, text: &str, edge: Edge) -> Inside {
        let said = match encoded::read(text, edge) {
            Encoded::Unseen => return Inside::Unseen,
            Encoded::No => None,
            Encoded::Says(upto, said) => Some((upto, said)),
        };
        self.may_be_encoded = false;
        let mut all: Option<Sighting> = None;
        if let Some((_, said)) = &said {
            let mut inner = Scan::inner(self.patterns.detector(), self.wanted);
            inner.look(said, Edge::End, |Found { what, .. }| {
                all = Some(all.map_or(what, |all| all.with(what)));
            });
        }
        said.zip(all).map_or(Inside::Nothing, |((upto, _), what)| Inside::Found(upto, what))
    }

    /// The same as [`Scanner::scan`], and how sure each finding is.
    pub fn look(&mut self, text: &str, edge: Edge, mut found: impl FnMut(Found<Sighting>)) -> usize {
        let tuning = Arc::clone(&self.patterns.detector().tuning);
        let mut show = |sighting: Found<Sighting>| {
            let is_spared = sighting.what.kinds.is_empty();
            if !is_spared && !tuning.ignored.has(text.get(sighting.at.clone()).unwrap_or_default()) {
                found(sighting);
            }
        };
        if self.may_be_encoded {
            match self.look_inside(text, edge) {
                Inside::Unseen => return 0,
                Inside::Nothing => {}
                Inside::Found(upto, what) => {
                    show(Found { at: 0..upto, what });
                    return text.len();
                }
            }
        }
        match &mut self.tagger {
            None => self.patterns.look(text, edge, show),
            Some(ahead) => {
                ahead.seek(&mut self.patterns, text, edge);
                ahead.tag((self.wanted, &tuning.least), text, edge, show)
            }
        }
    }
}

impl<D: Borrow<Detector>> Scanner for Scan<D> {
    type What = Kinds;

    fn scan(&mut self, text: &str, edge: Edge, found: &mut Vec<Found<Kinds>>) -> usize {
        self.look(text, edge, |Found { at, what }| found.push(Found { at, what: what.kinds }))
    }
}

impl Ahead {
    fn new() -> Self {
        Self { tagger: Tagger::new(), tagged: 0, sought: 0, waiting: Vec::new() }
    }

    /// Has patterns go on from where they stopped.
    fn seek<D: Borrow<Detector>>(&mut self, patterns: &mut Patterns<D>, text: &str, edge: Edge) {
        let from = self.sought;
        let rest = text.get(from..).unwrap_or_default();
        self.sought += patterns.look(rest, edge, |Found { at, what }| {
            self.waiting.push(Found { at: at.start + from..at.end + from, what });
        });
    }

    /// Has the tagger go on, and shows what both have found up to where both have come.
    fn tag(
        &mut self,
        (wanted, least): (Kinds, &Least),
        text: &str,
        edge: Edge,
        show: impl FnMut(Found<Sighting>),
    ) -> usize {
        let from = self.tagged;
        let mut found: SmallVec<[Found<Sighting>; 4]> = SmallVec::new();
        let others: SmallVec<[Range<usize>; 8]> = self
            .waiting
            .iter()
            .map(|Found { at, .. }| at.start.saturating_sub(from)..at.end.saturating_sub(from))
            .collect();
        let others = Others { found: &others, upto: self.sought.saturating_sub(from) };
        let rest = text.get(from..).unwrap_or_default();
        self.tagged += self.tagger.look(rest, edge, others, |Found { at, what }| {
            let certainty = what.certainty();
            let kinds = least.sure(what.kinds().intersection(wanted), certainty);
            let announces = rest.get(at.clone()).is_some_and(context::is_announcement);
            if !kinds.is_empty() && !announces {
                let what = Sighting { kinds, certainty };
                found.push(Found { at: at.start + from..at.end + from, what });
            }
        });
        let shown = self.waiting.iter().take_while(|other| other.at.end <= self.tagged).count();
        found.extend(self.waiting.drain(..shown));
        found.sort_unstable_by_key(|found| found.at.start);
        found.into_iter().for_each(show);
        self.decide()
    }

    /// Up to where all is decided; from there on it is counted anew.
    fn decide(&mut self) -> usize {
        let next = self.waiting.first().map_or(self.tagged, |other| other.at.start);
        let decided = next.min(self.tagged).min(self.sought);
        self.tagged -= decided;
        self.sought -= decided;
        for other in &mut self.waiting {
            other.at = other.at.start - decided..other.at.end - decided;
        }
        decided
    }
}

impl Tagged {
    /// A date is read by its pattern, a nationality by a list; the rest is likely.
    fn certainty(self) -> Certainty {
        match self.what {
            What::Person | What::Location | What::Address | What::AddressWithPlace => {
                Certainty::of_model(self.likelihood)
            }
            What::DateOfBirth => Certainty::CONTEXT,
            What::Date | What::Nationality => Certainty::FORM,
        }
    }

    /// The kinds that it is of: the date of a birth is a date.
    fn kinds(self) -> Kinds {
        match self.what {
            What::Person => Kind::PersonName.into(),
            What::Location => Kind::Location.into(),
            What::Address => Kind::PostalAddress.into(),
            What::AddressWithPlace => [Kind::PostalAddress, Kind::Location].into_iter().collect(),
            What::Date => Kind::Date.into(),
            What::DateOfBirth => [Kind::Date, Kind::DateOfBirth].into_iter().collect(),
            What::Nationality => Kind::Nationality.into(),
        }
    }
}
