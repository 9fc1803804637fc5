//! What the entries say about one place, and the note that is made of it.
//!
//! The rule: every entry that matches a place is heard, and the strictest acts. Nothing is noted as passed where something
//! acts.

use smallvec::SmallVec;

use super::{Objection, Walk, acting::Acting, inner::Documents};
use crate::{
    policy::{Effect, Plan, Shape, Undeclared, action::Action},
    rewrite::{
        account::{Actor, Deed, Place, PlaceId, PlaceStep},
        speech::{Listeners, Speech},
    },
};

/// What the entries that match a place, and what acts from above, come to.
#[derive(Debug, Default)]
pub(super) struct Meeting {
    pub(super) acting: Option<Acting>,
    pub(super) declared: bool,
    /// What is said about documents that are written here.
    pub(super) documents: Documents,
    /// The entries to which it is a text.
    pub(super) listeners: Listeners,
    /// What the profile says of the place.
    pub(super) shape: Option<Shape>,
}

impl Walk<'_> {
    /// What the place at hand comes to.
    #[inline]
    pub(super) fn meet(&mut self) -> Meeting {
        let above = match self.frames.last() {
            Some(parent) => {
                Meeting { acting: parent.inherited.clone(), declared: parent.declared, ..Meeting::default() }
            }
            None => Meeting::default(),
        };
        if self.is_found() { self.meet_matched(above) } else { above }
    }

    #[inline(never)]
    fn meet_matched(&mut self, above: Meeting) -> Meeting {
        let (plan, verdict) = (self.plan, self.verdict);
        let Meeting { mut acting, mut declared, mut documents, mut listeners, mut shape } = above;
        let mut deeds: SmallVec<[(u32, Deed); 4]> = SmallVec::new();
        let followed = plan.body.accepted(&self.matching, self.child.active);
        for number in followed.chain(self.foreseen.entries()) {
            let Some(entry) = plan.entry(number) else {
                if self.credential == Some(number) {
                    (acting, declared) = (Some(Acting::of(number)), true);
                } else if plan.written(number).is_some() && !documents.contains(&number) {
                    documents.push(number);
                } else if let Some(entry) = plan.listens(number) {
                    listeners.push(entry);
                } else if let Some(ours) = plan.shape(number) {
                    declared |= ours == Shape::Needed;
                    shape = Some(strongest(shape, ours));
                }
                continue;
            };
            declared = true;
            if deeds.iter().any(|(heard, _)| *heard == number) {
                continue;
            }
            match verdict.effect(entry) {
                Effect::Pass => deeds.push((number, Deed::Passed)),
                Effect::WouldAct(action) => deeds.push((number, Deed::Would(action.name()))),
                Effect::Act(Action::Keep) => deeds.push((number, Deed::Acted("keep"))),
                Effect::Act(Action::Refuse) => {
                    object(&mut self.objection, Objection::Entry(number), self.plan)
                }
                Effect::Act(_) => {
                    let ours = Acting::of(number);
                    acting = Some(match acting {
                        Some(other) => other.and(ours, plan),
                        None => ours,
                    });
                }
            }
        }
        if acting.is_none() {
            let place = self.place(self.child.step);
            deeds.iter().for_each(|(number, deed)| self.account.note(Actor::Entry(*number), place, *deed));
        }
        if shape == Some(Shape::Echo) && acting.is_none() {
            acting = self.speech.as_ref().and_then(Speech::speaker).map(Acting::emptying);
        }
        Meeting { acting, declared, documents, listeners, shape }
    }

    /// In a withheld place, only what must be refused is looked for.
    pub(super) fn search(&mut self) {
        if !self.is_found() {
            return;
        }
        let followed = self.plan.body.accepted(&self.matching, self.child.active);
        for number in followed.chain(self.foreseen.entries()) {
            let effect = self.plan.entry(number).map(|entry| self.verdict.effect(entry));
            if effect == Some(Effect::Act(&Action::Refuse)) {
                object(&mut self.objection, Objection::Entry(number), self.plan);
            }
        }
    }

    /// Whether some selector found the place at hand.
    #[inline]
    pub(super) fn is_found(&self) -> bool {
        self.matching.found() || self.foreseen.is_found()
    }

    pub(super) fn note_acted(&mut self, acting: &Acting, name: &'static str) {
        let place = self.place(self.child.step);
        let is_entry = self.plan.entry(acting.entry).is_some();
        let actor = if is_entry { Actor::Entry(acting.entry) } else { Actor::Credential };
        self.account.note(actor, place, Deed::Acted(name));
    }

    pub(super) fn note_undeclared(&mut self, step: Option<PlaceStep>) {
        let place = self.place(step);
        let deed = match self.undeclared {
            Undeclared::Refuse => {
                object(&mut self.objection, Objection::Undeclared, self.plan);
                "refuse"
            }
            Undeclared::Drop | Undeclared::Forward => "drop",
        };
        self.account.note(Actor::Undeclared, place, Deed::Acted(deed));
    }

    pub(super) fn place(&mut self, step: Option<PlaceStep>) -> Place {
        Place::Body(self.place_id(step))
    }

    /// The place that is `step` below the innermost open container.
    pub(super) fn place_id(&mut self, step: Option<PlaceStep>) -> PlaceId {
        let known = self.frames.iter().rposition(|frame| frame.place.is_some());
        let mut id = known.and_then(|known| self.frames.get(known)?.place).unwrap_or(self.root);
        for frame in self.frames.iter_mut().skip(known.map_or(0, |known| known + 1)) {
            id = frame.step.map_or(self.root, |step| self.account.below(id, step));
            frame.place = Some(id);
        }
        step.map_or(id, |step| self.account.below(id, step))
    }
}

/// Of two things said of a place, the one that decides.
fn strongest(one: Option<Shape>, other: Shape) -> Shape {
    let rank = |shape: Shape| match shape {
        Shape::Text | Shape::TextInJson => 0,
        Shape::Needed => 1,
        Shape::Opaque => 2,
        Shape::Echo => 3,
    };
    one.filter(|one| rank(*one) > rank(other)).unwrap_or(other)
}

/// Of several objections the entry whose name comes first answers, so that no order shows; what is undeclared comes last.
pub(super) fn object(standing: &mut Option<Objection>, objection: Objection, plan: &Plan) {
    let name = |objection: &Objection| match objection {
        Objection::Entry(number) => (0, plan.entry(*number).map(|entry| &entry.name)),
        Objection::Undeclared => (1, None),
        Objection::Within(_) => (2, None),
    };
    if standing.as_ref().is_none_or(|other| name(&objection) < name(other)) {
        *standing = Some(objection);
    }
}
