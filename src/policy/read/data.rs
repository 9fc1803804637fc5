//! Data entries: selectors, purposes, actions.

use std::ops::Range;

use super::Reader;
use crate::{
    complaint::did_you_mean,
    detect::Kinds,
    policy::{
        At, Basis, Data, Inside, Purpose, Serves, Writing,
        action::{Action, Grain},
    },
    pseudonym::Style,
    selector::{FieldKind, MediaRange, Selector},
    yaml::{Fields, Key, Node, Value},
};

/// The conditions of GDPR Art. 9(2) that need no consent, by the words of its letters (b) to (j).
const CONDITIONS: [(&str, ()); 9] = [
    ("employment", ()),
    ("vital-interests", ()),
    ("not-for-profit", ()),
    ("made-public", ()),
    ("legal-claims", ()),
    ("substantial-public-interest", ()),
    ("health-care", ()),
    ("public-health", ()),
    ("archiving", ()),
];

/// How documents are written in texts.
const WRITINGS: [(&str, Writing); 3] =
    [("json", Writing::Json), ("form", Writing::Form), ("base64", Writing::Base64)];

/// How deep documents may lie in one another.
const MOST_DOCUMENTS: usize = 4;

/// The actions that are one word and nothing else.
const WITHOUT_SETTINGS: [&str; 4] = ["refuse", "drop", "hash", "keep"];

impl<'a> Reader<'a> {
    pub(super) fn data(&mut self, key: &'a Key, node: &'a Node, purposes: &[Purpose]) -> Option<Data> {
        let fields = self.fields(node, "a data entry")?;
        let title = fields.get("title").and_then(|node| self.text(node));
        let to_person = fields.get("to_person").map(|node| self.other_way(node));
        let in_text = fields.get("in_text").map(|node| self.kinds(node));
        let at = match (&to_person, in_text) {
            (None, None) => self.need(&fields, "at"),
            (Some(_), _) | (None, Some(_)) => fields.get("at"),
        };
        let at = at.map(|node| self.places(node)).unwrap_or_default();
        let purposes_node = fields.get("for");
        let serves = match purposes_node {
            Some(node) => self.serves(node, purposes),
            None => Some(Serves::Nothing),
        };
        let otherwise = match fields.get("otherwise") {
            Some(node) => self.action(node),
            None => Some(Action::Drop),
        };
        if let Some(node) = fields.get("special") {
            self.special(node, serves, purposes);
        }
        if let Some(action) = &otherwise {
            self.actions_on_files(&at, action);
        }
        if let (Some(Action::Pseudonymise(_)), Some(node)) = (&otherwise, fields.get("to_person")) {
            self.complain(
                "what goes to the person is not pseudonymised",
                node.place.clone(),
                "make an entry of its own for it, with `redact`, `mask` or `hash`",
            );
        }
        let (to_person, in_replies) = to_person.unwrap_or_default();
        self.complaints.extend(fields.leftovers());
        Some(Data {
            name: self.key_name(key)?,
            title,
            at,
            to_person,
            in_text: in_text.unwrap_or_default(),
            in_replies,
            serves: serves?,
            for_place: purposes_node.map_or_else(|| key.place.clone(), whole_list),
            otherwise: otherwise?,
            place: key.place.clone(),
        })
    }

    fn places(&mut self, node: &'a Node) -> Vec<At> {
        let nodes = self.list(node);
        if nodes.is_empty() {
            self.complain("an entry without a place finds nothing", node.place.clone(), "write a selector");
        }
        nodes.into_iter().filter_map(|node| self.selector(node)).collect()
    }

    /// Where data is found on its way to the person: selectors, or `at` and `in_text` as for the other direction.
    fn other_way(&mut self, node: &'a Node) -> (Vec<At>, Kinds) {
        let is_selector = |members: &[(Key, Node)]| members.iter().any(|(key, _)| key.name == "inside");
        match &node.value {
            Value::Map(members) if !is_selector(members) => {
                let Some(fields) = self.fields(node, "`to_person`") else { return Default::default() };
                let at = fields.get("at").map(|node| self.places_of_replies(node)).unwrap_or_default();
                let kinds = fields.get("in_text").map(|node| self.kinds(node)).unwrap_or_default();
                self.complaints.extend(fields.leftovers());
                (at, kinds)
            }
            _ => (self.places_of_replies(node), Kinds::NONE),
        }
    }

    /// Kinds of personal data that are sought in texts.
    fn kinds(&mut self, node: &'a Node) -> Kinds {
        let words: Vec<_> = Kinds::words().collect();
        let nodes = self.list(node);
        if nodes.is_empty() {
            self.complain("nothing is sought in texts", node.place.clone(), "name a kind, such as `email`");
        }
        nodes.into_iter().filter_map(|node| self.word(node, &words)).collect()
    }

    /// Replies have no query, no path and no forms.
    fn places_of_replies(&mut self, node: &'a Node) -> Vec<At> {
        let places = self.places(node);
        for at in &places {
            let Selector::Field(field) = &at.selector else { continue };
            match field.kind {
                FieldKind::Header | FieldKind::Cookie => {}
                FieldKind::Query
                | FieldKind::Form
                | FieldKind::Path
                | FieldKind::File
                | FieldKind::FileName => self.complain(
                    format!("no reply has a `{}`", field.text),
                    at.place.clone(),
                    "what goes to the person is found by a JSONPath, `header:` or `cookie:`",
                ),
            }
        }
        places
    }

    fn selector(&mut self, node: &'a Node) -> Option<At> {
        self.selector_within(node, 0)
    }

    /// A selector in so many documents that are written in texts of others.
    fn selector_within(&mut self, node: &'a Node, depth: usize) -> Option<At> {
        let Value::Map(_) = &node.value else { return self.selector_text(node, false) };
        let fields = self.fields(node, "a selector")?;
        let ignore_case = fields.get("ignore_case").and_then(|node| self.truth(node)).unwrap_or(false);
        let mut at = self.need(&fields, "at").and_then(|node| self.selector_text(node, ignore_case));
        if let Some(node) = fields.get("type") {
            self.media_type(node, at.as_mut());
        }
        let inside = self.inside(&fields, depth);
        self.complaints.extend(fields.leftovers());
        Some(At { inside: inside?, ..at? })
    }

    /// Where in the document that is written in a text: nowhere, unless that is said.
    #[expect(clippy::option_option, reason = "the outer one is for what was complained about")]
    fn inside(&mut self, fields: &Fields<'a>, depth: usize) -> Option<Option<Inside>> {
        let (written, select) = (fields.get("inside"), fields.get("select"));
        let (Some(written), Some(select)) = (written, select) else {
            return match written.or(select) {
                None => Some(None),
                Some(node) => self.error(
                    "`inside` and `select` belong together",
                    node.place.clone(),
                    "write `{at: $.arguments, inside: json, select: $.email}`",
                ),
            };
        };
        if depth >= MOST_DOCUMENTS {
            return self.error("too many documents inside documents", written.place.clone(), "at most 4");
        }
        let writing = self.word(written, &WRITINGS)?;
        let inner = self.selector_within(select, depth + 1)?;
        let is_form = |kind| kind == FieldKind::Form;
        let fits = match (&inner.selector, writing) {
            (Selector::Body(_), Writing::Json | Writing::Base64) => true,
            (Selector::Field(field), Writing::Form) => is_form(field.kind),
            (Selector::Body(_), Writing::Form) | (Selector::Field(_), Writing::Json | Writing::Base64) => {
                false
            }
        };
        if !fits {
            let advice = match writing {
                Writing::Form => "write `form:` and a name",
                Writing::Json | Writing::Base64 => "write a JSONPath that begins with `$`",
            };
            return self.error("this finds nothing in such a document", inner.place.clone(), advice);
        }
        Some(Some(Inside { writing, select: Box::new(inner) }))
    }

    /// Narrows a selector for files to files of these types.
    fn media_type(&mut self, node: &'a Node, at: Option<&mut At>) {
        let Some(text) = self.text(node) else { return };
        let Some(range) = MediaRange::parse(&text) else {
            let advice = "write one such as `application/pdf`, or `image/*` for all of a kind";
            return self.complain(format!("`{text}` is not a media type"), node.place.clone(), advice);
        };
        match at.map(|at| &mut at.selector) {
            Some(Selector::Field(field)) if field.kind == FieldKind::File => field.media = Some(range),
            Some(Selector::Body(_) | Selector::Field(_)) => self.complain(
                "only files have a `type`",
                node.place.clone(),
                "remove this, or select a file: `file:photo`",
            ),
            None => {}
        }
    }

    /// A file passes as a whole or not at all.
    fn actions_on_files(&mut self, at: &[At], action: &Action) {
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

    fn selector_text(&mut self, node: &'a Node, ignore_case: bool) -> Option<At> {
        let text = self.text(node)?;
        match Selector::parse(&text, ignore_case) {
            Ok(selector) => Some(At { selector, inside: None, place: node.place.clone() }),
            Err(fault) => {
                let quoted =
                    self.source.text.get(node.place.clone()).is_some_and(|raw| raw.starts_with(['"', '\'']));
                let at = node.place.start + usize::from(quoted) + fault.at;
                let end = node.place.end.max(at + 1);
                self.error(format!("the selector `{text}` can't be used"), at.min(end - 1)..end, fault.what)
            }
        }
    }

    pub(super) fn truth(&mut self, node: &Node) -> Option<bool> {
        match node.value {
            Value::Bool(truth) => Some(truth),
            _ => self.error(
                "this must be `true` or `false`",
                node.place.clone(),
                format!("this is {}", node.kind()),
            ),
        }
    }

    fn serves(&mut self, node: &'a Node, purposes: &[Purpose]) -> Option<Serves> {
        if let Value::Map(_) = &node.value {
            let fields = self.fields(node, "`for`")?;
            let all = fields.get("all");
            self.complaints.extend(fields.leftovers());
            return match all {
                Some(all) => self.purpose_bits(all, purposes).map(Serves::All),
                None => self.error(
                    "`for` does not say which purposes",
                    node.place.clone(),
                    "write `[a, b]` where any of them is enough, `{all: [a, b]}` where each is needed",
                ),
            };
        }
        self.purpose_bits(node, purposes).map(Serves::Any)
    }

    fn purpose_bits(&mut self, node: &'a Node, purposes: &[Purpose]) -> Option<u128> {
        let nodes = self.list(node);
        if nodes.is_empty() {
            return self.error(
                "no purpose is named",
                node.place.clone(),
                "name one, or leave `for` out: the data then never passes",
            );
        }
        let bits: Vec<Option<u128>> =
            nodes.into_iter().map(|node| self.purpose_bit(node, purposes)).collect();
        bits.into_iter().try_fold(0, |all, bit| bit.map(|bit| all | bit))
    }

    fn purpose_bit(&mut self, node: &Node, purposes: &[Purpose]) -> Option<u128> {
        let name = self.text(node)?;
        match purposes.iter().position(|purpose| *purpose.name == *name) {
            Some(n) => 1u128.checked_shl(u32::try_from(n).ok()?),
            None => {
                let advice = did_you_mean(&name, purposes.iter().map(|purpose| &*purpose.name));
                self.error(format!("unknown purpose `{name}`"), node.place.clone(), advice)
            }
        }
    }

    /// Special categories (GDPR Art. 9) need a consent, or one of the article's other conditions by name.
    fn special(&mut self, node: &Node, serves: Option<Serves>, purposes: &[Purpose]) {
        match (&node.value, serves) {
            (Value::Bool(false), _) | (_, None) => {}
            (Value::Bool(true), Some(serves)) => {
                let others: Vec<&str> = serves
                    .purposes()
                    .filter_map(|n| purposes.get(n))
                    .filter(|purpose| purpose.basis != Basis::Consent)
                    .map(|purpose| &*purpose.name)
                    .collect();
                if let Some(purpose) = others.first() {
                    self.complain(
                        format!("special data (GDPR Art. 9) can't rest on the basis of `{purpose}`"),
                        node.place.clone(),
                        "give the purpose `basis: consent`, or name a condition of Art. 9(2), such as `special: health-care`",
                    );
                }
            }
            (_, Some(_)) => {
                self.word(node, &CONDITIONS);
            }
        }
    }

    fn action(&mut self, node: &'a Node) -> Option<Action> {
        let Value::Map(members) = &node.value else { return self.plain_action(node) };
        let fields = self.fields(node, "an action with settings")?;
        let before = self.complaints.len();
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
            None => self.complaints.extend(fields.leftovers()),
        }
        let pseudonymise = pseudonymise.map(Action::Pseudonymise);
        let mut actions = redact.into_iter().chain(mask).chain(generalise).chain(pseudonymise);
        match (actions.next(), actions.next()) {
            (Some(action), None) => Some(action),
            _ if self.complaints.len() > before => None,
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
        self.complaints.extend(fields.leftovers());
        Some(Action::Mask { keep_last: u32::try_from(kept?).ok()? })
    }

    fn grain(&mut self, node: &'a Node) -> Option<Grain> {
        let fields = self.fields(node, "`generalise`")?;
        let before = self.complaints.len();
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
        self.complaints.extend(fields.leftovers());
        let mut grains = decimals.into_iter().chain(bucket).chain(date).chain(ip).chain(first);
        match (grains.next(), grains.next()) {
            (Some(grain), None) => Some(grain),
            _ if self.complaints.len() > before => None,
            _ => self.error(
                "write exactly one way to generalise",
                node.place.clone(),
                "`decimals`, `bucket`, `date`, `ip` or `keep_first`",
            ),
        }
    }
}

/// The place of a list from its first value to its last: the YAML library only knows where it begins.
fn whole_list(node: &Node) -> Range<usize> {
    match &node.value {
        Value::List(nodes) => match (nodes.first(), nodes.last()) {
            (Some(first), Some(last)) => first.place.start..last.place.end,
            _ => node.place.clone(),
        },
        _ => node.place.clone(),
    }
}
