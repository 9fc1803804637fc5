//! Looks through one text, in as many pieces as it comes.
//!
//! The rule: a candidate that has not been decided holds back what stands from its beginning on; so does what was found and overlaps
//! it, because the two become one; and so does an end that could be the beginning of one. Nothing else does. A candidate
//! that is still not decided where [`HELD_BACK`] ends is taken for what it could be, together with all that goes on as it did.

use std::{borrow::Borrow, ops::Range};

use smallvec::SmallVec;

use crate::text::{Edge, Found, HELD_BACK, Scanner};

use super::{
    Detector, Kinds,
    cursor::{Before, Cursor, Limit, Site},
    email,
    rule::{RULES, Rule, Sign},
    signs::{Character, Signs},
    unit::{self, Next},
};

/// Looks for some kinds of personal data in one text.
#[derive(Clone, Debug)]
pub struct Scan<D> {
    detector: D,
    kinds: Kinds,
    signs: Signs,
    words: bool,
    /// What stands before the first undecided place.
    before: Before,
    /// The rule of a candidate that was too long to be held back, while it goes on.
    within: Option<&'static Rule>,
}

/// What became of some text.
#[derive(Debug, Default)]
struct Pass {
    found: SmallVec<[Found<Kinds>; 4]>,
    decided: usize,
    within: Option<&'static Rule>,
    /// Whether there is more to be decided behind that.
    again: bool,
}

impl<D: Borrow<Detector>> Scan<D> {
    /// Looks for those of some kinds that the detector was compiled for.
    pub(super) fn new(detector: D, kinds: Kinds) -> Self {
        let kinds = kinds.intersection(detector.borrow().kinds());
        let has = |wanted: fn(Sign) -> bool| {
            RULES.iter().any(|rule| kinds.contains(rule.kind) && wanted(rule.sign))
        };
        Self {
            detector,
            kinds,
            signs: Signs::new(has(|sign| sign == Sign::At), has(|sign| sign == Sign::Number)),
            words: has(|sign| matches!(sign, Sign::Words(_))),
            before: Before::default(),
            within: None,
        }
    }

    fn pass(&self, text: &str, edge: Edge) -> Pass {
        match self.within {
            Some(rule) => swallow(rule, text, edge),
            None => Search::new(self, text, edge).run(),
        }
    }
}

impl<D: Borrow<Detector>> Scanner for Scan<D> {
    type What = Kinds;

    fn scan(&mut self, text: &str, edge: Edge, found: &mut Vec<Found<Kinds>>) -> usize {
        let mut base = 0;
        loop {
            let rest = text.get(base..).unwrap_or_default();
            if rest.is_empty() || self.kinds.is_empty() {
                return text.len();
            }
            let pass = self.pass(rest, edge);
            let here =
                |found: Found<Kinds>| Found { at: found.at.start + base..found.at.end + base, ..found };
            found.extend(pass.found.into_iter().map(here));
            self.before = self.before.at(rest, pass.decided);
            self.within = pass.within;
            base += pass.decided;
            if !pass.again {
                return base;
            }
        }
    }
}

/// What goes on as a candidate did that was too long belongs to it, in parts of what can be held back.
fn swallow(rule: &'static Rule, text: &str, edge: Edge) -> Pass {
    let (mut at, mut chars) = (0, 0);
    let full = loop {
        match unit::next(text, at) {
            Next::Unit(unit) if !(rule.goes_on)(unit.c) => break false,
            Next::Unit(unit) if chars + unit.chars > HELD_BACK => break true,
            Next::Unit(unit) => (at, chars) = (at + unit.len, chars + unit.chars),
            Next::Cut | Next::End if edge == Edge::End => break false,
            Next::Cut | Next::End => return Pass { within: Some(rule), ..Pass::default() },
        }
    };
    let mut found = SmallVec::new();
    if at > 0 {
        found.push(Found { at: 0..at, what: rule.kind.into() });
    }
    Pass { found, decided: at, within: full.then_some(rule), again: true }
}

/// The search through what has come and is undecided.
struct Search<'s, 't> {
    detector: &'s Detector,
    kinds: Kinds,
    signs: Signs,
    words: bool,
    site: Site<'t>,
    /// Before this, everything is found: for each rule.
    floors: [usize; RULES.len()],
    found: SmallVec<[Found<Kinds>; 4]>,
    /// The beginning of the first undecided candidate, and its rule.
    held: Option<(usize, &'static Rule)>,
}

impl<'s, 't> Search<'s, 't> {
    fn new<D: Borrow<Detector>>(scan: &'s Scan<D>, text: &'t str, edge: Edge) -> Self {
        Self {
            detector: scan.detector.borrow(),
            kinds: scan.kinds,
            signs: scan.signs,
            words: scan.words,
            site: Site { text, edge, before: scan.before, cluster: 0..0 },
            floors: [0; RULES.len()],
            found: SmallVec::new(),
            held: None,
        }
    }

    fn run(mut self) -> Pass {
        let text = self.site.text;
        let mut sign = self.signs.next(text, 0);
        let mut word = self.word(0);
        loop {
            let word_first = match (sign, word) {
                (None, None) => break,
                (Some((at, ..)), Some((word_at, _))) => word_at < at,
                (sign, _) => sign.is_none(),
            };
            let too_long = if word_first {
                let Some((at, rule)) = word else { break };
                word = self.word(at + 1);
                self.candidate(at, rule)
            } else {
                let Some((at, character, next)) = sign else { break };
                sign = self.signs.next(text, next);
                self.candidates(at, character)
            };
            if let Some((end, rule)) = too_long {
                return self.cut_off(end, rule);
            }
        }
        self.end()
    }

    fn word(&self, from: usize) -> Option<(usize, usize)> {
        if self.words { self.detector.words.next(self.site.text, from) } else { None }
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
        let rule = RULES.get(number).filter(|rule| self.kinds.contains(rule.kind))?;
        let floor = self.floors.get(number).copied().filter(|floor| *floor <= at)?;
        let mut cursor = Cursor::new(&self.site, at, floor);
        let read = (rule.read)(&mut cursor);
        match cursor.limit() {
            Limit::None => {
                let found = read?;
                if let Some(floor) = self.floors.get_mut(number) {
                    *floor = found.end;
                }
                self.find(found, rule);
                None
            }
            Limit::Unseen => {
                if self.held.is_none_or(|(from, _)| cursor.start() < from) {
                    self.held = Some((cursor.start(), rule));
                }
                None
            }
            Limit::TooFar => {
                let end = cursor.at();
                self.find(cursor.start()..end, rule);
                Some((end, rule))
            }
        }
    }

    fn find(&mut self, at: Range<usize>, rule: &Rule) {
        let overlaps = at.start < self.site.cluster.end && self.site.cluster.start < at.end;
        let cluster = self.site.cluster.clone();
        self.site.cluster =
            if overlaps { at.start.min(cluster.start)..at.end.max(cluster.end) } else { at.clone() };
        self.found.push(Found { at, what: rule.kind.into() });
    }

    /// All candidates have been read: what stays undecided?
    fn end(mut self) -> Pass {
        unite(&mut self.found);
        let end = self.site.text.len();
        let held = if self.site.edge == Edge::End { None } else { self.held() };
        let Some((mut from, rule)) = held else {
            return Pass { found: self.found, decided: end, ..Pass::default() };
        };
        while let Some(last) = self.found.last()
            && last.at.end > from
        {
            from = from.min(last.at.start);
            self.found.pop();
        }
        match too_far(self.site.text, from) {
            Some(end) => {
                self.find(from..end, rule);
                self.cut_off(end, rule)
            }
            None => Pass { found: self.found, decided: from, ..Pass::default() },
        }
    }

    /// Where the first candidate begins that is undecided, and its rule.
    fn held(&self) -> Option<(usize, &'static Rule)> {
        let text = self.site.text;
        let cut = unit::cut_escape(text);
        let escape = (cut < text.len()).then_some((cut, None));
        let mail = match self.signs {
            Signs::At | Signs::Both => {
                email::local_start(text, self.site.before, self.floor_of_mail(), cut).map(|at| (at, None))
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
        let words = if self.words { Some(&self.detector.words) } else { None }?;
        let is_sought = |number: usize| RULES.get(number).is_some_and(|rule| self.kinds.contains(rule.kind));
        words
            .begun(self.site.text)
            .filter(|(_, number)| is_sought(*number))
            .find(|(at, _)| self.site.before.at(self.site.text, *at).is_edge())
    }

    /// Something was longer than can be held back: it counts as found up to there.
    fn cut_off(mut self, end: usize, rule: &'static Rule) -> Pass {
        unite(&mut self.found);
        self.found.retain(|found| found.at.start < end);
        let decided = self.found.last().map_or(end, |found| found.at.end.max(end));
        Pass { found: self.found, decided, within: Some(rule), again: true }
    }
}

/// Where what can be held back ends, if the text goes on behind it.
fn too_far(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    if rest.len() <= HELD_BACK {
        return None;
    }
    rest.char_indices().nth(HELD_BACK).map(|(at, _)| from + at)
}

/// Brings findings in order; those that overlap become one, of all their kinds.
fn unite(found: &mut SmallVec<[Found<Kinds>; 4]>) {
    found.sort_unstable_by_key(|found| found.at.start);
    found.dedup_by(|next, last| {
        let overlap = next.at.start < last.at.end;
        if overlap {
            last.at.end = last.at.end.max(next.at.end);
            last.what = last.what.union(next.what);
        }
        overlap
    });
}
