//! The plan: a policy compiled once, when it is loaded.
//!
//! The rule: what a request costs must not grow with the number of entries, so everything that can be looked up is
//! made into a table here, and nothing here depends on who asks.

use std::{cmp::Reverse, sync::Arc};

use super::{Data, Policy, Serves, action::Action};
use crate::{
    json::NameHasher,
    selector::{BodySelector, FieldKind, FieldSelector, Fields, LookAhead, MediaRange, Paths, Selector},
};

/// The number of no entry: what is found under it has a name, and nothing else happens to it.
const NOBODY: u32 = u32::MAX;

/// Fields by their kinds.
type Tables = [Fields; 7];

/// A compiled policy.
#[derive(Debug)]
pub struct Plan {
    /// The policy it was made from.
    pub policy: Arc<Policy>,
    /// The policy's digest in hexadecimal.
    pub digest: Arc<str>,
    /// The data entries, in the order of the file.
    pub entries: Vec<Entry>,
    /// The texts of the selectors, by their numbers.
    pub selectors: Vec<Arc<str>>,
    /// The body selectors as one automaton.
    pub body: Paths,
    /// The body selectors that ask for more than the way from the root.
    pub ahead: LookAhead,
    /// Hashes member names for the automaton.
    pub hasher: NameHasher,
    fields: Tables,
    /// Which media types the selectors for files ask for, by their numbers.
    media: Vec<Option<MediaRange>>,
    /// In a plan that is compared with another: what spells a field, the same in both.
    spelling: Tables,
    /// Whether an entry for the body refuses: then also withheld places are searched.
    pub refuses_in_body: bool,
    /// What entries serve, each way once.
    pub serves: Vec<Serves>,
    /// What entries for bodies serve, each way once.
    pub body_serves: Vec<Serves>,
    /// Whether an entry hashes: then a key is needed.
    pub hashes: bool,
    /// Whether an entry looks into JSON bodies.
    pub reads_json: bool,
    /// Whether an entry looks into forms.
    pub reads_forms: bool,
    /// Whether an entry asks for files.
    pub reads_files: bool,
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

impl Plan {
    /// Compiles a policy.
    pub fn new(policy: Policy) -> Self {
        Self::with_credentials(policy, &[])
    }

    /// Compiles a policy for a route whose subjects may be named by these places in the body, each with the number of its
    /// source. The automaton knows them by numbers behind those of the entries.
    pub fn with_credentials(policy: Policy, credentials: &[(usize, BodySelector)]) -> Self {
        Self::compile(policy, credentials, &[])
    }

    /// Compiles a policy that will be compared with another: its accounts spell places with the names of both, so that one
    /// place is called the same in both accounts. Nothing else changes by that.
    pub fn comparable(policy: Policy, other: &Policy, credentials: &[(usize, BodySelector)]) -> Self {
        let both = policy.data.iter().chain(&other.data).flat_map(|data| &data.at);
        let spelled: Vec<Selector> = both.map(|at| at.selector.clone()).collect();
        Self::compile(policy, credentials, &spelled)
    }

    fn compile(policy: Policy, credentials: &[(usize, BodySelector)], spelled: &[Selector]) -> Self {
        let hasher = NameHasher::default();
        let mut fields = Tables::default();
        let (mut selectors, mut media, mut paths) = (Vec::new(), Vec::new(), Vec::new());
        let (mut refuses_in_body, mut reads_json, mut reads_forms, mut reads_files) =
            (false, false, false, false);
        for (data, entry) in policy.data.iter().zip(0u32..) {
            for at in &data.at {
                match &at.selector {
                    Selector::Body(body) => {
                        paths.push((body, entry));
                        refuses_in_body |= data.otherwise == Action::Refuse;
                        reads_json = true;
                    }
                    Selector::Field(field) => {
                        let number = u32::try_from(selectors.len()).unwrap_or(u32::MAX);
                        if let Some(table) = fields.get_mut(field.kind as usize) {
                            table.add(field, entry, number);
                        }
                        selectors.push(Arc::from(field.text.as_str()));
                        media.push(field.media.clone());
                        reads_forms |= field.kind == FieldKind::Form;
                        reads_files |= matches!(field.kind, FieldKind::File | FieldKind::FileName);
                    }
                }
            }
        }
        let first = u32::try_from(policy.data.len()).unwrap_or(u32::MAX);
        paths.extend(
            credentials
                .iter()
                .map(|(n, at)| (at, first.saturating_add(u32::try_from(*n).unwrap_or(u32::MAX)))),
        );
        let ahead = LookAhead::new(paths.iter().copied());
        paths.extend(spelled.iter().filter_map(in_a_body).map(|body| (body, NOBODY)));
        let spelling = spelling(spelled, &mut selectors);
        let body = Paths::new(paths, &hasher);
        let serves = each_once(policy.data.iter());
        let body_serves = each_once(policy.data.iter().filter(|data| data.is_in_a_body()));
        let entries = policy.data.iter().map(Entry::from).collect();
        let hashes = policy.data.iter().any(|data| data.otherwise == Action::Hash);
        let digest = policy.digest_hex().into();
        Self {
            policy: Arc::new(policy),
            digest,
            entries,
            selectors,
            body,
            ahead,
            hasher,
            fields,
            media,
            spelling,
            serves,
            body_serves,
            refuses_in_body,
            hashes,
            reads_json,
            reads_forms,
            reads_files,
        }
    }

    /// The entries that ask for fields of one kind.
    pub fn fields(&self, kind: FieldKind) -> &Fields {
        of_kind(&self.fields, kind)
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
}

impl From<&Data> for Entry {
    fn from(data: &Data) -> Self {
        Self { name: Arc::clone(&data.name), serves: data.serves, otherwise: data.otherwise.clone() }
    }
}

fn of_kind(fields: &Tables, kind: FieldKind) -> &Fields {
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
fn spelling(spelled: &[Selector], selectors: &mut Vec<Arc<str>>) -> Tables {
    let mut tables = Tables::default();
    let mut fields: Vec<_> = spelled.iter().filter_map(beside_a_body).collect();
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
