//! A place in the body that can hold one id.
//!
//! The rule: only names and indexes counted from the start, so that there is at most one such place in a document.
//! What would defeat it is a wildcard or a filter: whoever writes the body could then offer two ids.

use jsonpath_rust::parser::{
    model::{Segment, Selector},
    parse_json_path,
};

use crate::identify::fault::Fault;

/// Refuses a selector that can match more than one place.
pub(super) fn check(at: &str) -> Result<(), Fault> {
    let unfit = || Fault::Place { at: at.to_owned() };
    let path = parse_json_path(at).map_err(|_| unfit())?;
    // The parser takes blanks after a name, which RFC 9535 does not.
    let tidy = at.trim() == at && !path.segments.is_empty();
    if tidy && path.segments.iter().all(leads_to_one_place) { Ok(()) } else { Err(unfit()) }
}

fn leads_to_one_place(segment: &Segment) -> bool {
    match segment {
        Segment::Selector(Selector::Name(_)) => true,
        Segment::Selector(Selector::Index(index)) => *index >= 0,
        Segment::Selector(Selector::Wildcard | Selector::Slice(..) | Selector::Filter(_))
        | Segment::Selectors(_)
        | Segment::Descendant(_) => false,
    }
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
