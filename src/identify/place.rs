//! A place in the body that can hold one id.
//!
//! The rule: only names and indexes counted from the start, so that there is at most one such place in a document.
//! What would defeat it is a wildcard or a filter: whoever writes the body could then offer two ids.

use crate::{identify::fault::Fault, selector::BodySelector};

/// Refuses a selector that can match more than one place.
pub(super) fn check(at: &str) -> Result<(), Fault> {
    let fits = BodySelector::parse(at, false).is_ok_and(|path| leads_to_one_place(&path));
    if fits { Ok(()) } else { Err(Fault::Place { at: at.to_owned() }) }
}

fn leads_to_one_place(path: &BodySelector) -> bool {
    !path.segments.is_empty() && path.is_singular && !path.looks_ahead()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_and_indexes_lead_to_one_place() {
        for good in ["$.user.id", "$['user']['id']", "$.users[0].id", "$[3]"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "$",
            "user.id",
            "$.*",
            "$..id",
            "$[*]",
            "$[-1]",
            "$[0,1]",
            "$[0:1]",
            "$[?@.id]",
            "$.id ",
            " $.id",
            "$['a','b']",
            "$.",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
