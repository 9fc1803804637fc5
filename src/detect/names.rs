//! What kinds are called.
//!
//! The rule: whoever shows kinds has their names from here, because those of a policy's own are known to nobody else.

use std::sync::Arc;

use super::{Kind, Kinds};

/// The names of kinds: of the built-in ones, and of one policy's own.
#[derive(Clone, Debug, Default)]
pub struct Names(Arc<[Box<str>]>);

impl Names {
    /// With those of a policy's own kinds, in the order of their numbers.
    pub fn with_own(own: impl IntoIterator<Item = Box<str>>) -> Self {
        Self(own.into_iter().collect())
    }

    /// The name of each, the built-in ones first.
    pub fn each(&self, kinds: Kinds) -> impl Iterator<Item = &str> {
        kinds.each().map(|kind| self.first(kind))
    }

    /// The name of the first of them; nothing where there is none.
    pub fn first(&self, kinds: Kinds) -> &str {
        let Some(number) = kinds.first() else { return "" };
        match Kind::ALL.get(number) {
            Some(kind) => kind.as_str(),
            None => self.0.get(number - Kind::ALL.len()).map_or("own", |name| name),
        }
    }

    /// The names joined by `+`: how a finding of several kinds is named.
    pub fn joined(&self, kinds: Kinds) -> String {
        self.each(kinds).collect::<Vec<_>>().join("+")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_a_policy_are_named_behind_the_built_in_ones() {
        let names = Names::with_own(["employee-number".into(), "badge".into()]);
        let all = Kinds::from(Kind::Phone).union(Kinds::own(1).unwrap()).union(Kinds::own(0).unwrap());
        assert_eq!(names.joined(all), "phone+employee-number+badge");
        assert_eq!(names.first(all), "phone");
        assert_eq!((names.first(Kinds::NONE), names.joined(Kinds::NONE).as_str()), ("", ""));
        assert_eq!(Names::default().joined(all), "phone+own+own");
    }
}
