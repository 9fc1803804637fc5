//! The plan: a policy compiled once, when it is loaded.
//!
//! The rule: what a request costs must not grow with the number of entries, so everything that can be looked up is
//! made into a table here, and nothing here depends on who asks.

mod compile;

use std::sync::Arc;

use super::{At, Data, Policy, Serves, Undeclared, Writing, action::Action};
use compile::Compiler;

use crate::{
    detect::{Detector, Kinds},
    json::NameHasher,
    message::Direction,
    profile::Profile,
    selector::{BodySelector, FieldKind, Fields, LookAhead, MediaRange, Paths},
};

/// The number of no entry: what is found under it has a name, and nothing else happens to it.
const NOBODY: u32 = u32::MAX;

/// What a profile says of a place, found under numbers of no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Somebody wrote something here.
    Text,
    /// The same, in a document in JSON.
    TextInJson,
    /// The protocol needs it.
    Needed,
    /// Nobody reads it.
    Opaque,
    /// It spells a text once more.
    Echo,
}

/// The shapes, by their numbers, which follow that of nobody downwards.
const SHAPES: [Shape; 5] = [Shape::Text, Shape::TextInJson, Shape::Needed, Shape::Opaque, Shape::Echo];

/// The number under which the first document in a text is found; those of the others lie below it.
const LAST_DOCUMENT: u32 = NOBODY - 6;

/// Values in which an entry only seeks texts are found under its number behind this one.
const LISTENING: u32 = 1 << 31;

/// Fields by their kinds.
type Fielded = [Fields; 7];

/// A policy compiled for one direction.
#[derive(Debug)]
pub struct Plan {
    /// The policy it was made from.
    pub policy: Arc<Policy>,
    /// Which messages it is for.
    pub direction: Direction,
    /// What happens to what no entry names. What goes to the person is never a matter of what is declared.
    pub undeclared: Undeclared,
    /// The policy's digest in hexadecimal.
    pub digest: Arc<str>,
    /// The data entries, in the order of the file.
    pub entries: Arc<[Entry]>,
    /// The texts of the selectors, by their numbers.
    pub selectors: Vec<Arc<str>>,
    /// The body selectors as one automaton.
    pub body: Paths,
    /// The body selectors that ask for more than the way from the root.
    pub ahead: LookAhead,
    /// Hashes member names for the automaton.
    pub hasher: NameHasher,
    fields: Fielded,
    /// Which media types the selectors for files ask for, by their numbers.
    media: Vec<Option<MediaRange>>,
    /// In a plan that is compared with another: what spells a field, the same in both.
    spelling: Fielded,
    /// The documents that are written in texts.
    documents: Vec<Written>,
    /// Documents in which only texts are of interest.
    text_in_json: Option<Box<Written>>,
    /// Whether an entry for the body refuses: then also withheld places are searched.
    pub refuses_in_body: bool,
    /// Whether an entry refuses something in a document that is written in a text.
    pub refuses_inside: bool,
    /// What entries serve, each way once.
    pub serves: Vec<Serves>,
    /// What entries for bodies serve, each way once.
    pub body_serves: Vec<Serves>,
    /// Whether an entry hashes: then a key is needed.
    pub hashes: bool,
    /// Whether an entry of the policy pseudonymises: then pseudonyms are needed, also to restore what goes to the person.
    pub pseudonymises: bool,
    /// Whether one does so briefly.
    pub briefly: bool,
    /// What is sought in texts.
    pub texts: Texts,
    /// Whether an entry looks into JSON bodies.
    pub reads_json: bool,
    /// Whether an entry looks into forms.
    pub reads_forms: bool,
    /// Whether an entry asks for files.
    pub reads_files: bool,
    /// Where people decide, for refusals for want of a yes.
    pub desk: Option<Arc<str>>,
}

/// What is sought in texts, and where they are.
#[derive(Debug)]
pub struct Texts {
    /// Finds it.
    pub detector: Arc<Detector>,
    /// Who asks for what.
    pub entries: Vec<(Kinds, u32)>,
    /// Who outside is asked for what.
    pub asked: Vec<Arc<Inquiry>>,
    /// Whether every string is text unless its place says otherwise; else only the places of a shape are.
    pub everywhere: bool,
}

/// What one outside detector is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Inquiry {
    /// Its name in the configuration.
    pub detector: Arc<str>,
    /// What it is asked for.
    pub entities: Vec<Entity>,
}

/// Something that an outside detector finds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entity {
    /// Its name there.
    pub name: Arc<str>,
    /// What it is here.
    pub kinds: Kinds,
}

/// What is said about documents that are written in a text.
#[derive(Debug)]
pub struct Written {
    /// How they are written.
    pub writing: Writing,
    /// What is looked for in them.
    pub plan: Plan,
    /// The entries that look for something in them, or in documents in them.
    pub entries: Vec<u32>,
}

/// A data entry, reduced to what a request needs.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: Arc<str>,
    /// Which purposes let it pass.
    pub serves: Serves,
    /// What happens otherwise.
    pub otherwise: Action,
}

impl Inquiry {
    /// Everything that it is asked for.
    pub fn kinds(&self) -> Kinds {
        self.entities.iter().map(|entity| entity.kinds).collect()
    }

    /// Asks for something more; what has one name there may be several kinds here.
    fn add(&mut self, entity: Entity) {
        match self.entities.iter_mut().find(|known| known.name == entity.name) {
            Some(known) => known.kinds = known.kinds.union(entity.kinds),
            None => self.entities.push(entity),
        }
    }
}

impl Plan {
    /// The same plan, and those of the documents within, with an address at which people decide.
    pub fn with_desk(mut self, desk: Option<&Arc<str>>) -> Self {
        self.set_desk(desk);
        self
    }

    fn set_desk(&mut self, desk: Option<&Arc<str>>) {
        self.desk = desk.cloned();
        let within = self.documents.iter_mut().chain(self.text_in_json.as_deref_mut());
        within.for_each(|written| written.plan.set_desk(desk));
    }

    /// Compiles a policy for what goes to the bot.
    pub fn new(policy: Policy) -> Self {
        Self::to_bot(&Arc::new(policy), None, &[])
    }

    /// Compiles a policy for what goes to the person, in messages of this shape.
    pub fn to_person(policy: &Arc<Policy>, profile: Option<&Profile>) -> Self {
        Compiler::new(policy, Direction::ToPerson, profile).plan(&[], &[])
    }

    /// Compiles a policy for what goes to the bot on a route, in messages of this shape. Its subjects may be named by these
    /// places in the body, each with the number of its source: the automaton knows them by numbers behind those of the
    /// entries.
    pub fn to_bot(
        policy: &Arc<Policy>,
        profile: Option<&Profile>,
        credentials: &[(usize, BodySelector)],
    ) -> Self {
        Compiler::new(policy, Direction::ToBot, profile).plan(credentials, &[])
    }

    /// Compiles a policy that will be compared with another: its accounts spell places with the names of both, so that one
    /// place is called the same in both accounts. Nothing else changes by that.
    pub fn comparable(
        policy: Policy,
        other: &Policy,
        profile: Option<&Profile>,
        credentials: &[(usize, BodySelector)],
    ) -> Self {
        let policy = Arc::new(policy);
        let both = policy.data.iter().chain(&other.data).flat_map(|data| &data.at);
        let spelled: Vec<&At> = both.collect();
        Compiler::new(&policy, Direction::ToBot, profile).plan(credentials, &spelled)
    }

    /// The entries that ask for fields of one kind.
    pub fn fields(&self, kind: FieldKind) -> &Fields {
        of_kind(&self.fields, kind)
    }

    /// Whether an entry, or a document, asks for a field: those who only seek texts in it say nothing of the field itself.
    pub fn declares(&self, kind: FieldKind, name: &str) -> bool {
        self.fields(kind).find(name).iter().any(|(number, _)| self.listens(*number).is_none())
    }

    /// The entry that seeks texts in what was found under this number, and says nothing else of it.
    #[inline]
    pub fn listens(&self, number: u32) -> Option<u32> {
        number.checked_sub(LISTENING).filter(|entry| (*entry as usize) < self.entries.len())
    }

    /// Which media types a selector for files asks for; none for all.
    pub fn media(&self, selector: u32) -> Option<&MediaRange> {
        self.media.get(selector as usize)?.as_ref()
    }

    /// The number of the selector that spells a field, in a plan that is compared with another.
    pub fn spelled(&self, kind: FieldKind, name: &str) -> Option<u32> {
        let spelling = of_kind(&self.spelling, kind);
        if spelling.is_empty() { None } else { spelling.find(name).iter().map(|(_, number)| *number).min() }
    }

    /// An entry by its number.
    pub fn entry(&self, number: u32) -> Option<&Entry> {
        self.entries.get(number as usize)
    }

    /// Lets an entry serve something else, for trying what then comes out; gives what it served.
    pub fn swap_serves(&mut self, number: usize, serves: Serves) -> Option<Serves> {
        for inner in self.documents.iter_mut().chain(self.text_in_json.as_deref_mut()) {
            inner.plan.swap_serves(number, serves);
        }
        let entry = Arc::make_mut(&mut self.entries).get_mut(number)?;
        Some(std::mem::replace(&mut entry.serves, serves))
    }

    /// What is said about documents in a text that was found under this number.
    pub fn written(&self, number: u32) -> Option<&Written> {
        match self.shape(number) {
            Some(Shape::TextInJson) => self.text_in_json.as_deref(),
            Some(_) => None,
            None => self.documents.get(LAST_DOCUMENT.checked_sub(number)? as usize),
        }
    }

    /// Whether each place in a JSON body is decided about when it is reached, whatever follows it, and no text has to be
    /// there as a whole for that.
    pub fn decides_as_it_reads(&self) -> bool {
        let refuses = self.refuses_in_body || self.refuses_inside || self.undeclared == Undeclared::Refuse;
        let holds_texts = !self.texts.entries.is_empty() || self.briefly || !self.documents.is_empty();
        self.ahead.is_empty() && !refuses && !holds_texts
    }

    /// Whether somebody outside is asked about texts: then each must be there as a whole.
    pub fn asks(&self) -> bool {
        !self.texts.asked.is_empty()
    }

    /// What a profile says of a place that was found under this number.
    #[inline]
    pub fn shape(&self, number: u32) -> Option<Shape> {
        SHAPES.get((NOBODY - 1).checked_sub(number)? as usize).copied()
    }

    /// Whether tokens in messages that go this way are turned back.
    pub fn restores(&self) -> bool {
        self.pseudonymises && self.direction == Direction::ToPerson
    }

    /// Whether something is sought in texts.
    pub fn seeks(&self) -> bool {
        !self.texts.entries.is_empty()
    }

    /// Whether nothing is withheld from messages that go this way.
    pub fn says_nothing(&self) -> bool {
        self.serves.is_empty() && self.undeclared == Undeclared::Forward
    }

    /// Whether messages that go this way pass as they come.
    pub fn is_silent(&self) -> bool {
        self.says_nothing() && !self.restores()
    }
}

impl From<&Data> for Entry {
    fn from(data: &Data) -> Self {
        Self { name: Arc::clone(&data.name), serves: data.serves, otherwise: data.otherwise.clone() }
    }
}

fn of_kind(fields: &Fielded, kind: FieldKind) -> &Fields {
    let [header, cookie, query, form, path, file, file_name] = fields;
    match kind {
        FieldKind::Header => header,
        FieldKind::Cookie => cookie,
        FieldKind::Query => query,
        FieldKind::Form => form,
        FieldKind::Path => path,
        FieldKind::File => file,
        FieldKind::FileName => file_name,
    }
}
