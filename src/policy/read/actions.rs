//! What happens to data that does not pass.

use super::Reader;
use crate::{
    policy::{
        At,
        action::{Action, Grain},
    },
    pseudonym::Style,
    selector::{FieldKind, Selector},
    yaml::{Node, Value},
};

/// The actions that are one word and nothing else.
const WITHOUT_SETTINGS: [&str; 4] = ["refuse", "drop", "hash", "keep"];

impl<'a> Reader<'a> {
    pub(super) fn action(&mut self, node: &'a Node) -> Option<Action> {
        let Value::Map(members) = &node.value else { return self.plain_action(node) };
        let fields = self.fields(node, "an action with settings")?;
        let before = self.complaints();
        let redact = fields.get("redact").and_then(|node| self.replacement(node));
        let mask = fields.get("mask").and_then(|node| self.mask(node));
        let generalise = fields.get("generalise").and_then(|node| self.grain(node)).map(Action::Generalise);
        let styles = [("stable", Style::Stable), ("brief", Style::Brief)];
        let pseudonymise = fields.get("pseudonymise").and_then(|node| self.word(node, &styles));
        match members.iter().find(|(key, _)| WITHOUT_SETTINGS.contains(&key.name.as_str())) {
            Some((key, _)) => self.complain(
                format!("`{}` has no settings", key.name),
                key.place.clone(),
                format!("write `otherwise: {}`", key.name),
            ),
            None => self.done(fields),
        }
        let pseudonymise = pseudonymise.map(Action::Pseudonymise);
        let mut actions = redact.into_iter().chain(mask).chain(generalise).chain(pseudonymise);
        match (actions.next(), actions.next()) {
            (Some(action), None) => Some(action),
            _ if self.complaints() > before => None,
            _ => self.error(
                "an entry has exactly one action",
                node.place.clone(),
                "write one of `redact: VALUE`, `mask: …`, `generalise: …`, `pseudonymise: …`",
            ),
        }
    }

    fn plain_action(&mut self, node: &Node) -> Option<Action> {
        if let Value::List(_) = node.value {
            return self.error(
                "an entry has exactly one action",
                node.place.clone(),
                "write one word; where entries meet on a place, the strictest acts",
            );
        }
        let words = [
            ("refuse", 0),
            ("drop", 1),
            ("redact", 2),
            ("hash", 3),
            ("keep", 4),
            ("mask", 5),
            ("generalise", 6),
            ("pseudonymise", 7),
        ];
        Some(match self.word(node, &words)? {
            0 => Action::Refuse,
            1 => Action::Drop,
            2 => Action::Redact(None),
            3 => Action::Hash,
            4 => Action::Keep,
            5 => Action::Mask { keep_last: 0 },
            6 => {
                return self.error(
                    "`generalise` needs to know how far",
                    node.place.clone(),
                    "write `generalise: {decimals: 1}`, or `bucket`, `date`, `ip`, `keep_first`",
                );
            }
            _ => Action::Pseudonymise(Style::Stable),
        })
    }

    fn replacement(&mut self, node: &Node) -> Option<Action> {
        match &node.value {
            Value::List(_) | Value::Map(_) => self.error(
                "a replacement is a text, a number, `true`, `false` or `null`",
                node.place.clone(),
                format!("this is {}", node.kind()),
            ),
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Text(_) => {
                Some(Action::Redact(Some(node.to_json())))
            }
        }
    }

    fn mask(&mut self, node: &'a Node) -> Option<Action> {
        let Value::Map(_) = node.value else {
            return self.error(
                "`mask` needs to know how many characters stay",
                node.place.clone(),
                "write `mask: {keep_last: 4}`, or `otherwise: mask` for none",
            );
        };
        let fields = self.fields(node, "`mask`")?;
        let kept = self.need(&fields, "keep_last").and_then(|node| self.whole(node, 0..=64));
        self.done(fields);
        Some(Action::Mask { keep_last: u32::try_from(kept?).ok()? })
    }

    fn grain(&mut self, node: &'a Node) -> Option<Grain> {
        let fields = self.fields(node, "`generalise`")?;
        let before = self.complaints();
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let decimals = fields
            .get("decimals")
            .and_then(|node| self.whole(node, 0..=15))
            .map(|n| Grain::Decimals(small(n)));
        let bucket =
            fields.get("bucket").and_then(|node| self.whole(node, 2..=1_000_000_000_000)).map(Grain::Bucket);
        let date = fields
            .get("date")
            .and_then(|node| self.word(node, &[("month", Grain::Month), ("year", Grain::Year)]));
        let ip = fields.get("ip").and_then(|node| self.word(node, &[("true", Grain::Ip)]));
        let first = fields
            .get("keep_first")
            .and_then(|node| self.whole(node, 0..=64))
            .map(|n| Grain::KeepFirst(small(n)));
        self.done(fields);
        let mut grains = decimals.into_iter().chain(bucket).chain(date).chain(ip).chain(first);
        match (grains.next(), grains.next()) {
            (Some(grain), None) => Some(grain),
            _ if self.complaints() > before => None,
            _ => self.error(
                "write exactly one way to generalise",
                node.place.clone(),
                "`decimals`, `bucket`, `date`, `ip` or `keep_first`",
            ),
        }
    }

    /// A file passes as a whole or not at all.
    pub(super) fn actions_on_files(&mut self, at: &[At], action: &Action) {
        match action {
            Action::Drop | Action::Refuse | Action::Keep => return,
            Action::Redact(_)
            | Action::Hash
            | Action::Pseudonymise(_)
            | Action::Mask { .. }
            | Action::Generalise(_) => {}
        }
        let is_file =
            |at: &&At| matches!(&at.selector, Selector::Field(field) if field.kind == FieldKind::File);
        for at in at.iter().filter(is_file) {
            let name = at.selector.text().trim_start_matches("file:");
            self.complain(
                format!("`{}` can't be done to a file", action.name()),
                at.place.clone(),
                format!(
                    "use `drop`, `refuse` or `keep`; to what the file is called alone: `filename:{name}`"
                ),
            );
        }
    }
}
