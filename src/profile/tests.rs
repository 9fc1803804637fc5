mod events;
mod files;

use super::*;
use crate::{
    json::{NameHasher, Tokeniser},
    selector::Document,
};

pub(super) fn shipped(name: &str) -> Profile {
    Profile::builtin(name).unwrap_or_else(|| panic!("{name}"))
}

/// Looks at an event.
pub(super) fn look<T>(event: &str, look: impl FnOnce(&Document<'_>) -> T) -> T {
    let mut tokeniser = Tokeniser::new(NameHasher::default(), 64);
    look(&Document::read(event.as_bytes(), &mut tokeniser).unwrap())
}

/// A string of JSON that begins here.
pub(super) fn string_at(event: &str, at: usize) -> String {
    let mut strings = serde_json::Deserializer::from_str(event.get(at..).unwrap()).into_iter::<String>();
    strings.next().unwrap().unwrap()
}
