//! Policy → plan, for one direction.
//!
//! The rule: every place of an entry gets into exactly one table, under the entry's number. Documents that are written in
//! texts are plans of their own, of the same entries; what finds the text carries the document's number.

use std::{cmp::Reverse, sync::Arc};

use super::{
    Entity, Entry, Fielded, Inquiry, LAST_DOCUMENT, LISTENING, NOBODY, Plan, SHAPES, Shape, Texts, Written,
};
use crate::{
    detect::{Detector, Kinds},
    json::NameHasher,
    message::Direction,
    policy::{At, Data, Policy, Serves, Undeclared, Writing, action::Action},
    profile::{self, Profile, Side, TextPlace},
    pseudonym::Style,
    selector::{BodySelector, FieldKind, FieldSelector, LookAhead, MediaRange, Paths, Selector, Step},
};

/// What all plans of one policy and direction share.
pub(super) struct Compiler {
    policy: Arc<Policy>,
    direction: Direction,
    digest: Arc<str>,
    entries: Arc<[Entry]>,
    hasher: NameHasher,
    /// The texts of the selectors for fields.
    selectors: Vec<Arc<str>>,
    detector: Arc<Detector>,
    /// Which media types they ask for.
    media: Vec<Option<MediaRange>>,
    /// What the profile says of messages that go this way.
    side: Option<Side>,
}

/// One place, and the number of what is found there.
type Numbered<'a> = (u32, &'a At);

/// What places come to.
#[derive(Default)]
struct Tables<'a> {
    paths: Vec<(&'a BodySelector, u32)>,
    fields: Fielded,
    /// Documents in texts that are found alike, with what is looked for in them.
    documents: Vec<(&'a Selector, Writing, Vec<Numbered<'a>>)>,
    refuses_in_body: bool,
    reads_json: bool,
    reads_forms: bool,
    reads_files: bool,
}

impl Compiler {
    pub(super) fn new(policy: &Arc<Policy>, direction: Direction, profile: Option<&Profile>) -> Self {
        Self {
            policy: Arc::clone(policy),
            direction,
            digest: policy.digest_hex().into(),
            entries: policy.data.iter().map(Entry::from).collect(),
            hasher: NameHasher::default(),
            selectors: Vec::new(),
            detector: detector(policy, direction),
            media: Vec::new(),
            side: profile.map(|profile| match direction {
                Direction::ToBot => profile.to_bot.clone(),
                Direction::ToPerson => profile.to_person.clone(),
            }),
        }
    }

    /// The plan of whole messages.
    pub(super) fn plan(mut self, credentials: &[(usize, BodySelector)], spelled: &[&At]) -> Plan {
        let policy = Arc::clone(&self.policy);
        let places = |data: &'_ Data| data.places(self.direction).len();
        let count = policy.data.iter().map(places).sum();
        let mut numbered: Vec<Numbered<'_>> = Vec::with_capacity(count);
        for (data, number) in policy.data.iter().zip(0u32..) {
            numbered.extend(data.places(self.direction).iter().map(|at| (number, at)));
            numbered.extend(data.text_places(self.direction).iter().map(|at| (LISTENING + number, at)));
        }
        let first = u32::try_from(policy.data.len()).unwrap_or(u32::MAX);
        let credentials: Vec<_> = credentials
            .iter()
            .map(|(n, at)| (at, first.saturating_add(u32::try_from(*n).unwrap_or(u32::MAX))))
            .collect();
        let side = self.side.take().unwrap_or_default();
        let cares = self.cares_for_shapes();
        let mut shaped = credentials;
        if cares {
            shaped.extend(shapes(&side));
        }
        let mut plan = self.level(&numbered, &shaped, spelled);
        plan.text_in_json = cares.then(|| {
            let plan = self.level(&[], &[], &[]);
            Box::new(Written { writing: Writing::Json, plan, entries: Vec::new() })
        });
        let is_root = |place: &TextPlace| place.at.segments.is_empty() && place.below.is_some();
        plan.texts.everywhere = side.texts.is_empty() || side.texts.iter().any(is_root);
        let named = numbered.iter().map(|(_, at)| *at).chain(spelled.iter().copied());
        named.for_each(|at| know_inner_names(&mut plan.body, at));
        plan.selectors = self.selectors;
        plan.media = self.media;
        plan
    }

    /// Whether it makes a difference what a profile says of places.
    fn cares_for_shapes(&self) -> bool {
        let seeks = |data: &Data| !data.kinds(self.direction).is_empty();
        self.policy.undeclared != Undeclared::Forward
            || self.policy.data.iter().any(|data| seeks(data) || is_pseudonymised(data))
    }

    /// What is sought in texts.
    fn texts(&self) -> Texts {
        let data = self.policy.data.iter().zip(0u32..);
        let entries = data.map(|(data, number)| (data.kinds(self.direction), number));
        let entries: Vec<(Kinds, u32)> = entries.filter(|(kinds, _)| !kinds.is_empty()).collect();
        let asked = self.policy.inquiries(self.detector.kinds());
        Texts { detector: Arc::clone(&self.detector), entries, asked, everywhere: true }
    }

    /// The plan of one level of documents.
    fn level(
        &mut self,
        places: &[Numbered<'_>],
        credentials: &[(&BodySelector, u32)],
        spelled: &[&At],
    ) -> Plan {
        let mut tables = Tables::default();
        places.iter().for_each(|(number, at)| self.enter(*number, at, &mut tables));
        let Tables { mut paths, fields, documents, refuses_in_body, reads_json, reads_forms, reads_files } =
            tables;
        let found = documents.into_iter();
        let documents: Vec<Written> = found
            .map(|(_, writing, inner)| Written {
                writing,
                plan: self.level(&inner, &[], &[]),
                entries: numbers(&inner),
            })
            .collect();
        paths.extend(credentials.iter().copied());
        let ahead = LookAhead::new(paths.iter().copied());
        paths.extend(spelled.iter().filter_map(|at| in_a_body(&at.selector)).map(|body| (body, NOBODY)));
        let policy = &self.policy;
        let here =
            |data: &&Data| !data.places(self.direction).is_empty() || !data.kinds(self.direction).is_empty();
        let in_a_body = |data: &&Data| data.is_in_a_body(self.direction);
        Plan {
            direction: self.direction,
            undeclared: match self.direction {
                Direction::ToBot => policy.undeclared,
                Direction::ToPerson => Undeclared::Forward,
            },
            digest: Arc::clone(&self.digest),
            entries: Arc::clone(&self.entries),
            body: Paths::new(paths, &self.hasher),
            ahead,
            hasher: self.hasher.clone(),
            fields,
            serves: each_once(policy.data.iter().filter(here)),
            body_serves: each_once(policy.data.iter().filter(in_a_body)),
            hashes: policy.data.iter().any(|data| data.otherwise == Action::Hash),
            pseudonymises: policy.data.iter().any(is_pseudonymised),
            briefly: policy.data.iter().any(|data| data.otherwise == Action::Pseudonymise(Style::Brief)),
            texts: self.texts(),
            policy: Arc::clone(policy),
            spelling: spelling(spelled, &mut self.selectors),
            selectors: Vec::new(),
            media: Vec::new(),
            refuses_in_body,
            refuses_inside: documents.iter().any(|inner| inner.refuses(&self.entries)),
            documents,
            text_in_json: None,
            reads_json: reads_json || policy.data.iter().any(|data| !data.kinds(self.direction).is_empty()),
            reads_forms,
            reads_files,
            desk: None,
        }
    }

    fn enter<'a>(&mut self, entry: u32, at: &'a At, tables: &mut Tables<'a>) {
        let is_new = tables.documents.len();
        let number = match &at.inside {
            Some(inside) => tables.document(&at.selector, inside.writing, (entry, &inside.select)),
            None => entry,
        };
        if at.inside.is_some() && is_new == tables.documents.len() {
            return; // Its text is found already.
        }
        let refuses = self.entries.get(entry as usize).is_some_and(|entry| entry.otherwise == Action::Refuse);
        match &at.selector {
            Selector::Body(body) => {
                tables.paths.push((body, number));
                tables.refuses_in_body |= refuses;
                tables.reads_json = true;
            }
            Selector::Field(field) => {
                let text = u32::try_from(self.selectors.len()).unwrap_or(u32::MAX);
                if let Some(table) = tables.fields.get_mut(field.kind as usize) {
                    table.add(field, number, text);
                }
                self.selectors.push(Arc::from(field.text.as_str()));
                self.media.push(field.media.clone());
                tables.reads_forms |= field.kind == FieldKind::Form;
                tables.reads_files |= matches!(field.kind, FieldKind::File | FieldKind::FileName);
            }
        }
    }
}

impl<'a> Tables<'a> {
    /// The number of the documents that this selector finds.
    fn document(&mut self, selector: &'a Selector, writing: Writing, inner: Numbered<'a>) -> u32 {
        let known = self.documents.iter().position(|(other, how, _)| *how == writing && *other == selector);
        let number = known.unwrap_or(self.documents.len());
        match self.documents.get_mut(number) {
            Some((_, _, places)) => places.push(inner),
            None => self.documents.push((selector, writing, vec![inner])),
        }
        LAST_DOCUMENT - u32::try_from(number).unwrap_or(u32::MAX).min(LAST_DOCUMENT)
    }
}

impl Written {
    fn refuses(&self, entries: &[Entry]) -> bool {
        let refuses = |number: &u32| {
            entries.get(*number as usize).is_some_and(|entry| entry.otherwise == Action::Refuse)
        };
        self.entries.iter().any(refuses)
    }
}

/// The entries of some places, each once.
fn numbers(places: &[Numbered<'_>]) -> Vec<u32> {
    let mut numbers: Vec<u32> = places.iter().map(|(number, _)| number % LISTENING).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

impl Policy {
    /// What each outside detector is asked for, as far as somebody seeks it.
    pub fn inquiries(&self, sought: Kinds) -> Vec<Arc<Inquiry>> {
        let mut inquiries: Vec<Inquiry> = Vec::new();
        for asked in self.detection.asked().filter(|asked| asked.kinds.meets(sought)) {
            let kinds = asked.kinds.intersection(sought);
            let entity = Entity { name: asked.entity.as_ref().into(), kinds };
            match inquiries.iter_mut().find(|inquiry| *inquiry.detector == *asked.detector) {
                Some(inquiry) => inquiry.add(entity),
                None => {
                    let detector = asked.detector.as_ref().into();
                    inquiries.push(Inquiry { detector, entities: vec![entity] });
                }
            }
        }
        inquiries.into_iter().map(Arc::new).collect()
    }
}

/// Finds everything that is sought in texts.
fn detector(policy: &Policy, direction: Direction) -> Arc<Detector> {
    let kinds = policy.data.iter().map(|data| data.kinds(direction));
    Arc::new(Detector::tuned(kinds.fold(Kinds::NONE, Kinds::union), Arc::clone(&policy.detection.tuning)))
}

fn is_pseudonymised(data: &Data) -> bool {
    matches!(data.otherwise, Action::Pseudonymise(_))
}

/// The places that a profile names, by the numbers of their shapes.
fn shapes(side: &Side) -> Vec<(&BodySelector, u32)> {
    let number = |shape: Shape| {
        let known = SHAPES.iter().position(|other| *other == shape).unwrap_or_default();
        NOBODY - 1 - u32::try_from(known).unwrap_or_default()
    };
    let texts = side.texts.iter().flat_map(|place| {
        let shape = match place.inside {
            profile::Inside::Plain => Shape::Text,
            profile::Inside::Json => Shape::TextInJson,
        };
        place.selectors().map(move |selector| (selector, shape))
    });
    // Where every string is text, saying so of each would only cost time.
    let texts = texts.filter(|(selector, shape)| *shape != Shape::Text || !is_everything(selector));
    let needs = side.needs.iter().map(|selector| (selector, Shape::Needed));
    let opaque = side.opaque.iter().map(|selector| (selector, Shape::Opaque));
    let echoes = side.echoes.iter().map(|selector| (selector, Shape::Echo));
    texts
        .chain(needs)
        .chain(opaque)
        .chain(echoes)
        .map(|(selector, shape)| (selector, number(shape)))
        .collect()
}

/// Whether a selector finds everything below the root.
fn is_everything(selector: &BodySelector) -> bool {
    match selector.segments.as_slice() {
        [] => true,
        [only] => only.descend && only.steps.as_slice() == [Step::Any],
        _ => false,
    }
}

/// Accounts of whole messages spell the places in inner documents, too.
fn know_inner_names(body: &mut Paths, at: &At) {
    let mut inside = at.inside.as_ref();
    while let Some(inner) = inside {
        if let Selector::Body(selector) = &inner.select.selector {
            body.know_names(selector);
        }
        inside = inner.select.inside.as_ref();
    }
}

fn in_a_body(selector: &Selector) -> Option<&BodySelector> {
    match selector {
        Selector::Body(body) => Some(body),
        Selector::Field(_) => None,
    }
}

fn beside_a_body(selector: &Selector) -> Option<&FieldSelector> {
    match selector {
        Selector::Field(field) => Some(field),
        Selector::Body(_) => None,
    }
}

/// Of several selectors that find a field, the narrowest spells it; it gets the lowest number.
fn spelling(spelled: &[&At], selectors: &mut Vec<Arc<str>>) -> Fielded {
    let mut tables = Fielded::default();
    let mut fields: Vec<_> = spelled.iter().filter_map(|at| beside_a_body(&at.selector)).collect();
    fields.sort_by_key(|field| (field.prefix, Reverse(field.name.len()), &field.name, &field.text));
    for field in fields {
        let number = u32::try_from(selectors.len()).unwrap_or(u32::MAX);
        if let Some(table) = tables.get_mut(field.kind as usize) {
            table.add(field, NOBODY, number);
        }
        selectors.push(Arc::from(field.text.as_str()));
    }
    tables
}

fn each_once<'a>(data: impl Iterator<Item = &'a Data>) -> Vec<Serves> {
    let mut all = Vec::new();
    for data in data {
        if !all.contains(&data.serves) {
            all.push(data.serves);
        }
    }
    all
}
