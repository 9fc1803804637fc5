//! One pass through what has come and is undecided.
//!
//! The rule: signs are taken in the order in which they stand, and each rule of a sign reads its candidate. What is found that
//! overlaps becomes one finding; what stays undecided is held back from where its first candidate begins, with what was
//! found and overlaps it. Of several that are too long to be held back, the one counts that is so first as the text comes.

mod beginning;
mod owned;

use std::{
    cell::Cell,
    ops::{ControlFlow, Range},
};

use smallvec::SmallVec;

use crate::text::{Edge, HELD_BACK};

use super::{
    Detector, Kinds, Tuning,
    certainty::Certainty,
    cursor::{Cursor, Limit},
    glance::{self, Glance},
    own,
    rule::{Read, Rule, Sightings, Sign},
    rules::RULES,
    scan::{Pass, Within},
    signs::{Character, Signs},
    site::{Finding, Findings, Site, Tail},
    unit,
};
use beginning::Beginning;

/// What is sought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub kinds: Kinds,
    /// The signs by which these begin.
    signs: Signs,
    /// The rules of each sign that find some of these.
    at: Rules,
    number: Rules,
    words: Rules,
    /// Which of the policy's own patterns are sought, a bit for each.
    own: u64,
    /// How many characters may be held back.
    pub room: usize,
}

/// Some rules: a bit for each.
type Rules = u64;

impl Wanted {
    pub fn new(kinds: Kinds, tuning: &Tuning) -> Self {
        let rules = RULES.iter().enumerate().filter(|(_, rule)| kinds.meets(rule.kinds));
        let (mut at, mut number, mut words) = (0, 0, 0);
        for (n, rule) in rules {
            match rule.sign {
                Sign::At => at |= 1 << n,
                Sign::Number => number |= 1 << n,
                Sign::Words(_) => words |= 1 << n,
            }
        }
        let own = tuning.own.of(kinds);
        Self { kinds, signs: Signs::new(at != 0, number != 0), at, number, words, own, room: HELD_BACK }
    }

    /// The same for some of these; mostly it is all of them that are asked for.
    pub fn of(detector: &Detector, kinds: Kinds, room: usize) -> Self {
        let all = detector.wanted;
        let wanted = if kinds == all.kinds { all } else { Self::new(kinds, &detector.tuning) };
        Self { room, ..wanted }
    }
}

/// The search through what has come and is undecided.
pub(super) struct Search<'t> {
    detector: &'t Detector,
    wanted: Wanted,
    site: Site<'t>,
    /// Before this, everything is found: for each rule.
    floors: [usize; RULES.len()],
    /// The same for each of the policy's own patterns.
    own_floors: SmallVec<[usize; 4]>,
    /// The beginning of the first undecided candidate, and what it would be taken for.
    held: Option<(usize, Within)>,
    /// What was too long, of several the one that ends first.
    too_long: Option<TooLong>,
}

/// Something that was too long for it to be decided what it is.
#[derive(Clone, Debug)]
struct TooLong {
    at: Range<usize>,
    within: Within,
    /// Where that begins by which it is: it was not as long as this had not come.
    by: usize,
}

impl<'t> Search<'t> {
    pub fn new(detector: &'t Detector, wanted: Wanted, tail: &'t Tail, text: &'t str, edge: Edge) -> Self {
        let (room, tuning) = (wanted.room, &*detector.tuning);
        let site = Site { text, edge, tail, room, tuning, found: Findings::default(), said: Cell::new(None) };
        let own_floors = SmallVec::from_elem(0, (u64::BITS - wanted.own.leading_zeros()) as usize);
        Self { detector, wanted, site, floors: [0; RULES.len()], own_floors, held: None, too_long: None }
    }

    /// Searches all of it.
    ///
    /// Where something is too long, what stands behind its end must not count for what is decided up to there: had the text
    /// come piece by piece, nobody would have seen it. So the search begins anew with the text up to there.
    pub fn run(mut self) -> Pass {
        let (text, edge, tail) = (self.site.text, self.site.edge, self.site.tail);
        let mut beginning = Beginning::of(text);
        let mut best: Option<Pass> = None;
        loop {
            self.search();
            let seen = self.site.text.len();
            let next = match self.settle() {
                Err(too_long) => match beginning.too_long(seen, too_long.at.end, too_long.by) {
                    ControlFlow::Continue(next) => next,
                    ControlFlow::Break(()) => return best.unwrap_or_else(|| self.cut_off(too_long)),
                },
                Ok(pass) if seen == text.len() => return pass,
                Ok(pass) if pass.decided > 0 && beginning.is_longest(seen) => {
                    return Pass { again: true, ..pass };
                }
                Ok(pass) => {
                    best = (pass.decided > 0).then_some(Pass { again: true, ..pass });
                    beginning.short_enough(seen)
                }
            };
            let edge = if next == text.len() { edge } else { Edge::Open };
            self = Self::new(self.detector, self.wanted, tail, text.get(..next).unwrap_or(text), edge);
        }
    }

    /// Reads every candidate that could be shown before something is too long.
    fn search(&mut self) {
        let text = self.site.text;
        // What the end cuts off is no sign before it is known what it is.
        let known = if self.site.edge == Edge::End { text.len() } else { unit::cut_escape(text) };
        let mut sign = self.wanted.signs.next(text, 0);
        let mut word = self.word(0);
        let mut own = self.own(0);
        loop {
            let upto = self.too_long.as_ref().map_or(known, |too_long| known.min(too_long.at.end));
            match (sign, word) {
                _ if let Some((at, patterns, next)) =
                    own.filter(|(at, ..)| *at < upto && is_first(*at, sign, word)) =>
                {
                    own = self.own(next);
                    self.own_candidates(at, patterns);
                }
                (sign, Some((at, rules))) if at < upto && sign.is_none_or(|(sign, ..)| at < sign) => {
                    word = self.word(at + 1);
                    self.candidates(at, rules & self.wanted.words, None);
                }
                (Some((at, character, next)), _) if at < upto => {
                    sign = self.wanted.signs.next(text, next);
                    match character {
                        Character::At => self.candidates(at, self.wanted.at, None),
                        Character::Number => self.candidates(at, self.wanted.number, self.glance(at)),
                    }
                }
                _ => return,
            }
        }
    }

    /// A look at a number; nothing where a reader might have no room for as much.
    fn glance(&self, at: usize) -> Option<Glance> {
        #[cfg(test)]
        if !super::tests::may_glance() {
            return None;
        }
        let room = self.wanted.room.checked_sub(at - self.site.held_from(at))?;
        (room >= glance::WIDEST).then(|| Glance::at(&self.site, at)).flatten()
    }

    fn word(&self, from: usize) -> Option<(usize, u64)> {
        if self.wanted.words == 0 { None } else { self.detector.words.next(self.site.text, from) }
    }

    /// Every rule of a sign has its say, but for those that know at a glance that it is none of theirs.
    fn candidates(&mut self, at: usize, mut rules: Rules, glance: Option<Glance>) {
        while rules != 0 {
            let number = rules.trailing_zeros() as usize;
            rules &= rules - 1;
            if let Some(rule) = RULES.get(number)
                && glance.is_none_or(|glance| (rule.may_be)(&glance))
            {
                self.candidate(at, number, rule);
            }
        }
    }

    /// Reads a candidate.
    fn candidate(&mut self, at: usize, number: usize, rule: &'static Rule) {
        let Some(floor) = self.floors.get(number).copied().filter(|floor| *floor <= at) else { return };
        let mut cursor = Cursor::new(&self.site, at, floor);
        let sightings = read(rule, &mut cursor, self.wanted.kinds);
        let (start, end, limit, refused) = (cursor.start(), cursor.at(), cursor.limit(), cursor.refused());
        match limit {
            Limit::None => {
                for (at, kind, certainty) in sightings {
                    let what = match rule.is_spared {
                        true => Kinds::NONE,
                        false => self.detector.tuning.least.sure(kind.into(), certainty),
                    };
                    if rule.is_spared || !what.is_empty() {
                        self.pass_by(number, at.end);
                        self.site.found.push(Finding { at, what, certainty, since: start });
                    }
                }
            }
            Limit::Unseen => {
                // All that is behind will be seen again.
                self.pass_by(number, self.site.text.len());
                self.hold(start, self.within(rule));
            }
            Limit::TooFar => {
                self.pass_by(number, self.site.text.len());
                self.end_within(TooLong { at: start..end, within: self.within(rule), by: refused });
            }
        }
    }

    /// From here on all is held back, if it is not already.
    fn hold(&mut self, start: usize, within: Within) {
        if self.held.is_none_or(|(from, _)| start < from) {
            self.held = Some((start, within));
        }
    }

    /// Something is too long; of several, the one that ends first counts.
    fn end_within(&mut self, too_long: TooLong) {
        if self.too_long.as_ref().is_none_or(|other| too_long.at.end < other.at.end) {
            self.too_long = Some(too_long);
        }
    }

    /// A rule need not look at what is before this.
    fn pass_by(&mut self, number: usize, upto: usize) {
        if let Some(floor) = self.floors.get_mut(number) {
            *floor = upto.max(*floor);
        }
    }

    /// What something counts as of which only the rule is known: the first of its kinds that is asked for.
    fn within(&self, rule: &'static Rule) -> Within {
        let first = rule.kinds.intersection(self.wanted.kinds).iter().next().filter(|_| !rule.is_spared);
        let kinds = first.map_or(Kinds::NONE, Kinds::from);
        Within { rule, kinds }
    }

    /// All candidates have been read: what stays undecided, and is it too long?
    fn settle(&mut self) -> Result<Pass, TooLong> {
        self.site.found.unite();
        let end = self.site.text.len();
        let held = if self.site.edge == Edge::End { None } else { self.held() };
        let too_long = self.too_long.take();
        let Some((mut from, within)) = held else {
            return too_long.map_or_else(|| Ok(self.pass(end, usize::MAX)), Err);
        };
        let mut decided = usize::MAX;
        for (number, finding) in self.site.found.all().iter().enumerate().rev() {
            if finding.at.end > from {
                from = from.min(finding.since);
                decided = number;
            }
        }
        let held = too_far(self.site.text, from, self.wanted.room)
            .filter(|end| too_long.as_ref().is_none_or(|other| *end < other.at.end));
        match held.map(|end| TooLong { at: from..end, within, by: end }).or(too_long) {
            Some(too_long) => Err(too_long),
            None => Ok(self.pass(from, decided)),
        }
    }

    /// All is decided up to a place, and so are so many findings.
    fn pass(&mut self, decided: usize, count: usize) -> Pass {
        let mut found = self.site.found.take();
        found.truncate(count);
        Pass { found, decided, ..Pass::default() }
    }

    /// Where the first candidate begins that is undecided, and what it would be taken for.
    fn held(&self) -> Option<(usize, Within)> {
        let text = self.site.text;
        let cut = unit::cut_escape(text);
        let escape = (cut < text.len()).then_some((cut, None));
        let lead = self.begun_lead(cut).map(|(at, rule)| (at, Some(self.within(rule))));
        let word =
            self.begun_word().map(|(at, number)| (at, RULES.get(number).map(|rule| self.within(rule))));
        let held = self.held.map(|(at, within)| (at, Some(within)));
        let first = [held, lead, escape, word].into_iter().flatten().min_by_key(|(at, _)| *at)?;
        let own = || (self.wanted.own != 0).then_some(Within { rule: &own::RULE, kinds: self.wanted.kinds });
        let within = first
            .1
            .or(self.held.map(|(_, within)| within))
            .or_else(|| Some(self.within(RULES.iter().find(|rule| rule.kinds.meets(self.wanted.kinds))?)))
            .or_else(own)?;
        Some((first.0, within))
    }

    /// Where what could stand before a sign begins first, if the sign comes next.
    fn begun_lead(&self, at: usize) -> Option<(usize, &'static Rule)> {
        let rules = RULES.iter().enumerate().filter(|(_, rule)| rule.kinds.meets(self.wanted.kinds));
        let begun = rules.filter_map(|(number, rule)| {
            let floor = self.floors.get(number).copied().unwrap_or(0);
            Some(((rule.lead?)(&self.site, floor.min(at), at)?, rule))
        });
        begun.min_by_key(|(at, _)| *at)
    }

    fn begun_word(&self) -> Option<(usize, usize)> {
        if self.wanted.words == 0 {
            return None;
        }
        let words = &self.detector.words;
        let bytes = self.site.text.as_bytes();
        let can_begin = |at: usize| {
            !bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) || self.site.before(at).is_edge()
        };
        let begun = words.begun(self.site.text).filter(|(at, _)| can_begin(*at));
        let sought =
            begun.map(|(at, rules)| (at, rules & self.wanted.words)).filter(|(_, rules)| *rules != 0);
        sought.map(|(at, rules)| (at, rules.trailing_zeros() as usize)).min()
    }

    /// Something was longer than can be held back: it counts as found up to there.
    fn cut_off(mut self, TooLong { at, within, .. }: TooLong) -> Pass {
        let (what, since, end) = (within.kinds, at.start, at.end);
        self.site.found.push(Finding { at, what, certainty: Certainty::PATTERN, since });
        self.site.found.unite();
        let mut found = self.site.found.take();
        found.retain(|found| found.at.start < end);
        let decided = found.last().map_or(end, |found| found.at.end.max(end));
        Pass { found, decided, within: Some(within), again: true }
    }
}

/// Whether a place comes before the next sign and the next word.
fn is_first(at: usize, sign: Option<(usize, Character, usize)>, word: Option<(usize, u64)>) -> bool {
    sign.is_none_or(|(sign, ..)| at <= sign) && word.is_none_or(|(word, _)| at <= word)
}

fn read(rule: &Rule, cursor: &mut Cursor<'_>, wanted: Kinds) -> Sightings {
    let mut sightings = Sightings::new();
    match rule.read {
        Read::One(certainty, read) => {
            let kind = rule.kinds.iter().next();
            sightings.extend(read(cursor).zip(kind).map(|(at, kind)| (at, kind, certainty)));
        }
        Read::Many(read) => read(cursor, rule.kinds.intersection(wanted), &mut sightings),
    }
    sightings
}

/// Where what can be held back ends, if the text goes on behind it.
fn too_far(text: &str, from: usize, room: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    if rest.len() <= room {
        return None;
    }
    rest.char_indices().nth(room).map(|(at, _)| from + at)
}
