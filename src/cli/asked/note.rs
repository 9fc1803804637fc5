//! What verbs say about kinds that are asked for outside, where nobody is asked.

use crate::{complaint::Listed, policy::Policy};

/// What is not found here, and what it means when served; none where all is found here. Where the verb can ask, how.
pub(in crate::cli) fn note(policy: &Policy, can_ask: bool) -> Option<String> {
    let detection = &policy.detection;
    let mut detectors: Vec<&str> = detection.asked().map(|asked| &*asked.detector).collect();
    detectors.sort_unstable();
    detectors.dedup();
    let kinds = detection.asked().map(|asked| asked.kinds).collect();
    let kinds: Vec<&str> = detection.names().each(kinds).collect();
    let held =
        policy.data.iter().any(|data| detection.asked().any(|asked| data.in_replies.meets(asked.kinds)));
    let pieces =
        if held { "; texts of replies that come in pieces are held until they are whole" } else { "" };
    let how = if can_ask { "; `--detector NAME=URL` has it asked" } else { "" };
    (!detectors.is_empty()).then(|| {
        let (kinds, detectors) = (Listed(&kinds), Listed(&detectors));
        format!(
            "note: {detectors} is asked for {kinds} when messages are served; nobody is asked here{how}{pieces}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Source;

    fn note_of(data: &str) -> Option<String> {
        let text = format!(
            "policy: p\nversion: 1\nundeclared: forward\ndetection:\n  kinds:\n    badge: {{title: B, ask: names, for: BADGE}}\n    \
             person-name: {{ask: names, for: PERSON}}\ndata:\n  it: {data}\n"
        );
        let policy = Policy::parse(Source::new("p.yaml", text));
        note(&policy.unwrap_or_else(|wrong| panic!("{}", wrong.show(false))), true)
    }

    #[test]
    fn what_is_asked_for_elsewhere_is_named_and_where_that_holds_replies_up() {
        let both = note_of("{in_text: [badge, email], to_person: {in_text: person-name}}").unwrap();
        insta::assert_snapshot!(both, @"note: `names` is asked for `person-name`, `badge` when messages are served; nobody is asked here; `--detector NAME=URL` has it asked; texts of replies that come in pieces are held until they are whole");
        assert!(!note_of("{in_text: [badge, person-name]}").unwrap().contains("pieces"));
        let policy = Policy::parse(Source::new("p", "policy: p\nversion: 1\nundeclared: forward\n")).unwrap();
        assert_eq!(note(&policy, false), None);
    }
}
