//! One pass through what has come and is undecided.
//!
//! The rule: signs are taken in the order in which they stand, and each rule of a sign reads its candidate. What is found that
//! overlaps becomes one finding; what stays undecided is held back from where its first candidate begins, with what was
//! found and overlaps it.

use std::ops::Range;

use smallvec::SmallVec;

use crate::text::Edge;

use super::{
    Detector, Kinds,
    cursor::{Before, Cursor, Finding, Limit, Site},
    email,
    rule::{RULES, Rule, Sign},
    scan::Pass,
    signs::{Character, Signs},
    unit,
};

/// What is sought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub kinds: Kinds,
    /// The signs by which these begin.
    pub signs: Signs,
    /// Whether some begin by words.
    pub words: bool,
    /// How many characters may be held back.
    pub room: usize,
}

impl Wanted {
    pub fn new(kinds: Kinds, room: usize) -> Self {
        let has = |is_one: fn(Sign) -> bool| {
            RULES.iter().any(|rule| kinds.contains(rule.kind) && is_one(rule.sign))
        };
        let signs = Signs::new(has(|sign| sign == Sign::At), has(|sign| sign == Sign::Number));
        Self { kinds, signs, words: has(|sign| matches!(sign, Sign::Words(_))), room }
    }
}

/// The search through what has come and is undecided.
pub(super) struct Search<'s, 't> {
    detector: &'s Detector,
    wanted: Wanted,
    site: Site<'t>,
    /// Before this, everything is found: for each rule.
    floors: [usize; RULES.len()],
    /// The beginning of the first undecided candidate, and its rule.
    held: Option<(usize, &'static Rule)>,
}

impl<'s, 't> Search<'s, 't> {
    pub fn new(detector: &'s Detector, wanted: Wanted, before: Before, text: &'t str, edge: Edge) -> Self {
        let site = Site { text, edge, before, room: wanted.room, found: SmallVec::new() };
        Self { detector, wanted, site, floors: [0; RULES.len()], held: None }
    }

    /// Searches all of it.
    pub fn run(mut self) -> Pass {
        let text = self.site.text;
        let mut sign = self.wanted.signs.next(text, 0);
        let mut word = self.word(0);
        loop {
            let too_long = match (sign, word) {
                (sign, Some((at, rule))) if sign.is_none_or(|(sign, ..)| at < sign) => {
                    word = self.word(at + 1);
                    self.candidate(at, rule)
                }
                (Some((at, character, next)), _) => {
                    sign = self.wanted.signs.next(text, next);
                    self.candidates(at, character)
                }
                (None, _) => return self.end(),
            };
            if let Some((end, rule)) = too_long {
                return self.cut_off(end, rule);
            }
        }
    }

    fn word(&self, from: usize) -> Option<(usize, usize)> {
        if self.wanted.words { self.detector.words.next(self.site.text, from) } else { None }
    }

    /// Every rule of a sign has its say.
    fn candidates(&mut self, at: usize, character: Character) -> Option<(usize, &'static Rule)> {
        for (number, rule) in RULES.iter().enumerate() {
            let its_sign = match character {
                Character::At => Sign::At,
                Character::Number => Sign::Number,
            };
            if rule.sign == its_sign
                && let too_long @ Some(_) = self.candidate(at, number)
            {
                return too_long;
            }
        }
        None
    }

    /// Reads a candidate; where it is longer than can be held back, says where that ends.
    fn candidate(&mut self, at: usize, number: usize) -> Option<(usize, &'static Rule)> {
        let rule = RULES.get(number).filter(|rule| self.wanted.kinds.contains(rule.kind))?;
        let floor = self.floors.get(number).copied().filter(|floor| *floor <= at)?;
        let mut cursor = Cursor::new(&self.site, at, floor);
        let read = (rule.read)(&mut cursor);
        let (start, end, limit) = (cursor.start(), cursor.at(), cursor.limit());
        match limit {
            Limit::None => {
                let found = read?;
                self.pass_by(number, found.end);
                self.find(found, start, rule);
                None
            }
            Limit::Unseen => {
                // All that is behind will be seen again.
                self.pass_by(number, self.site.text.len());
                if self.held.is_none_or(|(from, _)| start < from) {
                    self.held = Some((start, rule));
                }
                None
            }
            Limit::TooFar => {
                self.find(start..end, start, rule);
                Some((end, rule))
            }
        }
    }

    /// A rule need not look at what is before this.
    fn pass_by(&mut self, number: usize, upto: usize) {
        if let Some(floor) = self.floors.get_mut(number) {
            *floor = upto;
        }
    }

    fn find(&mut self, at: Range<usize>, since: usize, rule: &Rule) {
        self.site.found.push(Finding { at, what: rule.kind.into(), since });
    }

    /// All candidates have been read: what stays undecided?
    fn end(mut self) -> Pass {
        unite(&mut self.site.found);
        let end = self.site.text.len();
        let held = if self.site.edge == Edge::End { None } else { self.held() };
        let Some((mut from, rule)) = held else {
            return Pass { found: self.site.found, decided: end, ..Pass::default() };
        };
        let mut decided = self.site.found.len();
        for (number, finding) in self.site.found.iter().enumerate().rev() {
            if finding.at.end > from {
                from = from.min(finding.since);
                decided = number;
            }
        }
        match too_far(self.site.text, from, self.wanted.room) {
            Some(end) => {
                self.find(from..end, from, rule);
                self.cut_off(end, rule)
            }
            None => {
                self.site.found.truncate(decided);
                Pass { found: self.site.found, decided: from, ..Pass::default() }
            }
        }
    }

    /// Where the first candidate begins that is undecided, and its rule.
    fn held(&self) -> Option<(usize, &'static Rule)> {
        let text = self.site.text;
        let cut = unit::cut_escape(text);
        let escape = (cut < text.len()).then_some((cut, None));
        let mail = match self.wanted.signs {
            Signs::At | Signs::Both => {
                email::local_start(&self.site, self.floor_of_mail(), cut).map(|at| (at, None))
            }
            Signs::None | Signs::Number => None,
        };
        let word = self.begun_word().map(|(at, number)| (at, RULES.get(number)));
        let held = self.held.map(|(at, rule)| (at, Some(rule)));
        let first = [held, mail, escape, word].into_iter().flatten().min_by_key(|(at, _)| *at)?;
        let rule = first.1.or(self.held.map(|(_, rule)| rule)).or(RULES.first())?;
        Some((first.0, rule))
    }

    fn floor_of_mail(&self) -> usize {
        let mail = RULES.iter().position(|rule| rule.sign == Sign::At);
        mail.and_then(|number| self.floors.get(number)).copied().unwrap_or(0)
    }

    fn begun_word(&self) -> Option<(usize, usize)> {
        let words = if self.wanted.words { Some(&self.detector.words) } else { None }?;
        let is_sought =
            |number: usize| RULES.get(number).is_some_and(|rule| self.wanted.kinds.contains(rule.kind));
        words
            .begun(self.site.text)
            .filter(|(_, number)| is_sought(*number))
            .find(|(at, _)| self.site.before.at(self.site.text, *at).is_edge())
    }

    /// Something was longer than can be held back: it counts as found up to there.
    fn cut_off(mut self, end: usize, rule: &'static Rule) -> Pass {
        unite(&mut self.site.found);
        self.site.found.retain(|found| found.at.start < end);
        let decided = self.site.found.last().map_or(end, |found| found.at.end.max(end));
        Pass { found: self.site.found, decided, within: Some(rule), again: true }
    }
}

/// Where what can be held back ends, if the text goes on behind it.
fn too_far(text: &str, from: usize, room: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    if rest.len() <= room {
        return None;
    }
    rest.char_indices().nth(room).map(|(at, _)| from + at)
}

/// Brings findings in order; those that overlap become one, of all their kinds.
fn unite(found: &mut SmallVec<[Finding; 4]>) {
    found.sort_unstable_by_key(|found| found.at.start);
    found.dedup_by(|next, last| {
        let overlap = next.at.start < last.at.end;
        if overlap {
            last.at.end = last.at.end.max(next.at.end);
            last.what = last.what.union(next.what);
            last.since = last.since.min(next.since);
        }
        overlap
    });
}
