//! Whether a selector finds one place: asked from the place, up to the root.
//!
//! The rule: the answer is that of the search from the root. It is for few places and short ways, so that nothing is kept:
//! each `..` of the selector looks at all containers around the place once more.

use super::Document;
use crate::selector::{BodySelector, Segment, Step, folded};

impl Document<'_> {
    /// Whether a selector that does not look ahead finds a node; one that does is said to find nothing.
    pub fn is_found_by(&self, selector: &BodySelector, node: u32) -> bool {
        self.leads_to(&selector.segments, selector.ignore_case, node)
    }

    fn leads_to(&self, segments: &[Segment], ignore_case: bool, node: u32) -> bool {
        let Some((last, before)) = segments.split_last() else { return node == 0 };
        let Some(parent) = self.parent(node) else { return false };
        if !last.steps.iter().any(|step| self.takes(step, ignore_case, node)) {
            return false;
        }
        if !last.descend {
            return self.leads_to(before, ignore_case, parent);
        }
        let mut around = std::iter::successors(Some(parent), |node| self.parent(*node));
        around.any(|container| self.leads_to(before, ignore_case, container))
    }

    fn takes(&self, step: &Step, ignore_case: bool, node: u32) -> bool {
        match step {
            Step::Any => true,
            // Elements have no name of their own.
            Step::Name(_) if self.is_element(node) => false,
            Step::Name(name) if ignore_case => folded(&self.name(node)) == *name,
            Step::Name(name) => self.is_named(node, name),
            Step::Elements { .. } => self.position(node).is_some_and(|position| step.has(position)),
            Step::Slice(_) | Step::Filter(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        json::{NameHasher, Tokeniser},
        selector::ahead::Search,
    };

    fn a_value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![Just(serde_json::json!(1)), Just(serde_json::json!("a"))];
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
                prop::collection::btree_map("[abA\\\\é]", inner, 0..3)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn a_selector() -> impl Strategy<Value = String> {
        let segment = prop::sample::select(vec![
            ".a",
            ".b",
            "[*]",
            "..a",
            "..*",
            "[0]",
            "['a','b']",
            "..[1:]",
            "[::2]",
        ]);
        prop::collection::vec(segment, 0..4).prop_map(|segments| format!("${}", segments.concat()))
    }

    #[test]
    fn a_name_is_what_it_means_and_not_how_it_is_written() {
        let text = r#"{"\n": 1, "\u0061": 2, "ab": 3}"#;
        let document =
            Document::read(text.as_bytes(), &mut Tokeniser::new(NameHasher::default(), 64)).unwrap();
        let named = ["\n", "\\n", "a", "\\u0061", "ab", "b", ""].map(|name| document.member(0, name));
        assert_eq!(named, [Some(1), None, Some(2), None, Some(3), None, None]);
    }

    proptest! {
        #[test]
        fn a_place_is_found_from_below_where_it_is_found_from_above(
            value in a_value(),
            path in a_selector(),
            ignore_case in any::<bool>(),
        ) {
            // The same name, written otherwise.
            let text = value.to_string().replace("\"a\":", "\"\\u0061\":");
            let mut tokeniser = Tokeniser::new(NameHasher::default(), 64);
            let document = Document::read(text.as_bytes(), &mut tokeniser).unwrap();
            let selector = BodySelector::parse(&path, ignore_case).unwrap();
            let found = Search::new(&document).nodes(&selector);
            for node in 0..document.len() {
                prop_assert_eq!(document.is_found_by(&selector, node), found.contains(&node), "{} {} {}", path, text, node);
            }
        }
    }
}
