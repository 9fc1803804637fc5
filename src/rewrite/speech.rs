//! What is done in texts: personal data that is found there, and tokens that are turned back.
//!
//! The rule: what entries ask for is sought where at least one of them acts under the verdict, and each finding becomes what
//! the strictest of those that ask for it says; characters around it stay as they are. On the way to the person, what is
//! withheld is withheld first, and tokens are turned back in what is left. What would defeat it: a value that was turned back
//! and then found; or brief tokens that a client typed and that nobody made, so those are escaped before anything else.

use std::{borrow::Cow, cell::Cell, ops::Range, sync::Arc};

use smallvec::SmallVec;

use super::{
    Rules,
    account::{Account, Actor, Deed, Place},
    asked::{Answer, Need, Outside},
    leaf::{self, Leaf, Outcome},
    seeker::Seeker,
    sightings,
    text::{self, Edit},
};
use crate::{
    detect::{Detector, Kinds, Scan, Sighting, Tuning},
    message::Direction,
    policy::{
        Effect,
        action::{self, Action},
    },
    pseudonym::{Kind, Lookalikes, Restorer},
    refusal::Refusal,
    text::{Edge, Found, Scanner},
};

/// What is done in the texts of a message.
#[derive(Clone, Debug)]
pub(super) struct Speech<'r> {
    rules: Rules<'r>,
    /// What is sought: nothing that only entries ask for whose data passes, so that it overlaps with nothing.
    kinds: Kinds,
    /// Who is asked about it, beside our own detectors.
    needs: Vec<Need<'r>>,
    /// The entries that ask for it; none where all do that ask for texts.
    only: Option<Listeners>,
    restores: bool,
    /// Turned around: what looks like a brief token and is none.
    lookalikes: Option<Lookalikes>,
}

/// Entries that seek texts at a place.
pub(super) type Listeners = SmallVec<[u32; 2]>;

/// Where a finding is noted, and what must be refused because of it.
pub(super) struct Notes<'a> {
    pub(super) account: &'a mut Account,
    pub(super) place: Place,
    /// The entry that refuses, the first by name.
    pub(super) refused: Option<u32>,
}

impl Notes<'_> {
    /// That nothing was found that must be refused.
    ///
    /// # Errors
    /// The refusal in the name of the entry that refuses.
    pub(super) fn allowed(&self, speech: Option<&Speech<'_>>) -> Result<(), Refusal> {
        match (self.refused, speech) {
            (Some(number), Some(speech)) => Err(speech.refusal(number)),
            (Some(_), None) | (None, _) => Ok(()),
        }
    }
}

impl<'r> Speech<'r> {
    /// What is to be done; none where texts simply pass.
    pub(super) fn of(rules: &Rules<'r>) -> Option<Self> {
        let plan = rules.plan;
        let texts = &plan.texts;
        if texts.entries.is_empty() && !plan.pseudonymises {
            return None;
        }
        let kinds = sought(rules, |_| true);
        let restores = plan.restores() && rules.key.pseudonyms().is_some();
        let lookalikes = match rules.key.pseudonyms() {
            Some(pseudonyms) if plan.briefly && plan.direction == Direction::ToBot => {
                let named = plan.entries.iter().map(|entry| Kind::of(&entry.name));
                let sought = texts.detector.names().each(texts.detector.kinds()).map(Kind::of);
                Some(pseudonyms.lookalikes(named.chain(sought)))
            }
            Some(_) | None => None,
        };
        let idle = kinds.is_empty() && !restores && lookalikes.is_none();
        let needs = needs(rules, kinds, |_| true);
        (!idle).then(|| Self { rules: *rules, kinds, needs, only: None, restores, lookalikes })
    }

    /// Whether somebody is asked about texts, so that each must be there as a whole.
    pub(super) fn asks(&self) -> bool {
        !self.needs.is_empty()
    }

    /// Who is to be asked.
    pub(super) fn needs(&self) -> &[Need<'r>] {
        &self.needs
    }

    /// Whom else it hears.
    pub(super) fn outside(&self) -> Outside<'r> {
        self.rules.outside
    }

    /// The same for a value that is a text to these entries only: what they seek there, if any of them acts. Nothing is turned back in it,
    /// because the profile does not name it.
    pub(super) fn heard_by(&self, listeners: &Listeners) -> Option<Self> {
        let kinds = sought(&self.rules, |number| listeners.contains(&number));
        let needs = needs(&self.rules, kinds, |number| listeners.contains(&number));
        let only = Some(listeners.clone());
        (!kinds.is_empty()).then(|| Self { kinds, needs, only, restores: false, ..self.clone() })
    }

    /// What is sought.
    pub(super) fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// What the policy says about findings.
    pub(super) fn tuning(&self) -> &'r Tuning {
        self.rules.plan.texts.detector.tuning()
    }

    /// Where our own tokens stand in a text.
    pub(super) fn tokens(&self, text: &str) -> Vec<Range<usize>> {
        self.rules.key.pseudonyms().map(|pseudonyms| pseudonyms.tokens_in(text)).unwrap_or_default()
    }

    /// Whether this acts on findings of these kinds.
    pub(super) fn does(&self, kinds: Kinds, action: &Action) -> bool {
        self.acting(kinds).is_some_and(|(_, acting)| *acting == *action)
    }

    /// Whether anything is sought, so that what spells texts once more must go.
    pub(super) fn seeks(&self) -> bool {
        !self.kinds.is_empty()
    }

    /// The entry in whose name echoes go: the first by name that acts.
    pub(super) fn speaker(&self) -> Option<u32> {
        let acting = self.acting(self.kinds);
        acting.map(|(number, _)| number)
    }

    /// What changes in a whole text.
    pub(super) fn edits(&self, text: &str, notes: &mut Notes<'_>) -> Vec<Edit> {
        self.edits_in(text, false, notes)
    }

    /// The same; `json` says whether the text is itself JSON.
    pub(super) fn edits_in(&self, text: &str, json: bool, notes: &mut Notes<'_>) -> Vec<Edit> {
        let detector = &self.rules.plan.texts.detector;
        notes.account.see(notes.place, || self.sightings(text), text);
        let unanswered = Cell::new(Kinds::NONE);
        let scan = (!self.kinds.is_empty()).then(|| detector.scanner(self.kinds));
        let scanner = Seeker::new(scan, self, &unanswered);
        let restorer = if self.restores { self.rules.key.restorer(json) } else { None };
        let edits = match &self.lookalikes {
            None => text::edits(text, scanner, |kinds, found| self.replaced(kinds, found, notes), restorer),
            Some(lookalikes) => {
                let findings = Findings { scanner, speech: self, notes: &mut *notes };
                text::edits(text, lookalikes.clone(), |what, _| what, findings)
            }
        };
        self.note_unanswered(unanswered.get(), notes);
        edits
    }

    /// What there is in a whole text, as far as that is known by now.
    fn sightings(&self, text: &str) -> Vec<Found<Sighting>> {
        let ours = self.rules.plan.texts.detector.look(text, self.kinds);
        let said = |need: &Need<'r>| match self.rules.outside.said(text, *need) {
            Some(Answer::Found(found)) => Some((Arc::clone(need.inquiry), found.as_slice())),
            Some(Answer::Nothing { .. }) | None => None,
        };
        let asks = !text.trim().is_empty();
        let theirs: Vec<_> = self.needs.iter().filter(|_| asks).filter_map(said).collect();
        sightings::together(ours, &theirs, (self.kinds, self.tuning()), &self.tokens(text), text)
    }

    /// What becomes of a finding.
    pub(super) fn replaced(&self, kinds: Kinds, found: &str, notes: &mut Notes<'_>) -> String {
        let Some((number, action)) = self.acting(kinds) else {
            self.note_passed(kinds, notes);
            return found.to_owned();
        };
        let note = |notes: &mut Notes<'_>, deed| {
            notes.account.note(Actor::Entry(number), notes.place, Deed::Acted(deed));
        };
        let names = self.rules.plan.texts.detector.names();
        let covered = || format!("[{}]", names.joined(kinds));
        match &*action {
            Action::Keep => {
                note(notes, "keep");
                found.to_owned()
            }
            Action::Refuse => {
                let name = |number: u32| self.rules.plan.entry(number).map(|entry| &entry.name);
                if notes.refused.is_none_or(|other| name(number) < name(other)) {
                    notes.refused = Some(number);
                }
                covered()
            }
            Action::Drop => {
                note(notes, "drop");
                String::new()
            }
            Action::Redact(value) => {
                note(notes, "redact");
                value.as_ref().map_or_else(covered, |value| {
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
                })
            }
            action @ (Action::Generalise(_)
            | Action::Mask { .. }
            | Action::Pseudonymise(_)
            | Action::Hash) => {
                match leaf::act(action, Leaf::Text(found), self.rules.key, names.first(kinds)) {
                    Outcome::Text(made) | Outcome::Number(made) => {
                        note(notes, action.name());
                        made
                    }
                    Outcome::Unfit => {
                        note(notes, "redact");
                        covered()
                    }
                }
            }
        }
    }

    /// The strictest action over a finding of these kinds, and in whose name it acts.
    fn acting(&self, kinds: Kinds) -> Option<(u32, Cow<'r, Action>)> {
        let mut acting: Option<(u32, &'r str, Cow<'r, Action>)> = None;
        for (number, entry) in self.asking(kinds) {
            let Effect::Act(action) = self.rules.verdict.effect(entry) else { continue };
            acting = Some(match acting {
                None => (number, &entry.name, Cow::Borrowed(action)),
                Some((other, name, before)) => {
                    let (ours, theirs) = (action.strictness(), before.strictness());
                    let stricter = action::stricter(&before, action);
                    if ours > theirs || ours == theirs && &*entry.name < name {
                        (number, &entry.name, Cow::Owned(stricter))
                    } else {
                        (other, name, Cow::Owned(stricter))
                    }
                }
            });
        }
        acting.map(|(number, _, action)| (number, action))
    }

    fn asking(&self, kinds: Kinds) -> impl Iterator<Item = (u32, &'r crate::policy::Entry)> + use<'_, 'r> {
        let plan = self.rules.plan;
        let listens = |number: &u32| self.only.as_ref().is_none_or(|only| only.contains(number));
        let asking = plan
            .texts
            .entries
            .iter()
            .filter(move |(asked, number)| !asked.intersection(kinds).is_empty() && listens(number));
        asking.filter_map(|(_, number)| Some((*number, plan.entry(*number)?)))
    }

    fn note_passed(&self, kinds: Kinds, notes: &mut Notes<'_>) {
        for (number, entry) in self.asking(kinds) {
            let deed = match self.rules.verdict.effect(entry) {
                Effect::WouldAct(action) => Deed::Would(action.name()),
                Effect::Act(action) => Deed::Acted(action.name()),
                Effect::Pass => Deed::Passed,
            };
            notes.account.note(Actor::Entry(number), notes.place, deed);
        }
    }

    /// Notes of what it is not known whether it was there.
    fn note_unanswered(&self, kinds: Kinds, notes: &mut Notes<'_>) {
        for (number, entry) in self.asking(kinds) {
            if self.rules.verdict.effect(entry) != Effect::Pass {
                notes.account.note(Actor::Entry(number), notes.place, Deed::Unanswered);
            }
        }
    }

    /// The refusal in an entry's name.
    pub(super) fn refusal(&self, number: u32) -> Refusal {
        self.rules.refusal(number)
    }

    /// What texts that come in pieces are scanned with.
    pub(super) fn stages(&self, json: bool) -> (Option<Scan<Arc<Detector>>>, Option<Restorer>) {
        let detector = &self.rules.plan.texts.detector;
        let scanner = (!self.kinds.is_empty()).then(|| detector.shared_scanner(self.kinds));
        let restorer = if self.restores { self.rules.key.restorer(json) } else { None };
        (scanner, restorer)
    }
}

/// Who is to be asked outside, where these kinds are sought.
fn needs<'r>(rules: &Rules<'r>, kinds: Kinds, asks: impl Fn(u32) -> bool) -> Vec<Need<'r>> {
    let texts = &rules.plan.texts;
    if texts.asked.is_empty() {
        return Vec::new();
    }
    let acts = |number: u32| {
        let effect = rules.plan.entry(number).map(|entry| rules.verdict.effect(entry));
        asks(number) && matches!(effect, Some(Effect::Act(action)) if *action != Action::Keep)
    };
    let withheld = texts.entries.iter().filter(|(_, number)| acts(*number)).map(|(kinds, _)| *kinds);
    let withheld: Kinds = withheld.collect();
    let asked = texts.asked.iter().filter(|inquiry| inquiry.kinds().meets(kinds));
    asked.map(|inquiry| Need { inquiry, must: inquiry.kinds().meets(withheld) }).collect()
}

/// What those of some entries ask for that act, or would.
fn sought(rules: &Rules<'_>, asks: impl Fn(u32) -> bool) -> Kinds {
    let acting = rules.plan.texts.entries.iter().filter(|(_, number)| {
        let effect = rules.plan.entry(*number).map(|entry| rules.verdict.effect(entry));
        asks(*number) && !matches!(effect, Some(Effect::Pass) | None)
    });
    acting.fold(Kinds::NONE, |all, (kinds, _)| all.union(*kinds))
}

/// Findings, with what becomes of them.
struct Findings<'a, 'n, 'r> {
    scanner: Seeker<'a, 'r>,
    speech: &'a Speech<'r>,
    notes: &'a mut Notes<'n>,
}

impl Scanner for Findings<'_, '_, '_> {
    type What = String;

    fn scan(&mut self, text: &str, edge: Edge, found: &mut Vec<Found<String>>) -> usize {
        let mut kinds = Vec::new();
        let decided = self.scanner.scan(text, edge, &mut kinds);
        for Found { at, what } in kinds {
            let original = text.get(at.clone()).unwrap_or_default();
            found.push(Found { at, what: self.speech.replaced(what, original, self.notes) });
        }
        decided
    }
}
