//! `detection`: kinds of a policy's own, how sure findings have to be, whose words and numbers count, what is nobody's.
//!
//! The rule: a pattern that can't be matched in texts that come in pieces is an error here, at its place.

use std::sync::Arc;

use super::Reader;
use crate::{
    complaint::did_you_mean,
    detect::{Check, Fault, Ignored, Kinds, Languages, Least, Names, Own, Pattern, Regions, Tuning},
    policy::detection::{Asked, Detection, How, OwnKind},
    yaml::{Fields, Key, Node, Value},
};

/// A word for kinds in a policy, and what it stands for: also those of its own that were complained about.
pub(super) type Words<'a> = Vec<(&'a str, Kinds)>;

impl<'a> Reader<'a> {
    /// Reads all of it, and says which words for kinds there are now.
    pub(super) fn detection(&mut self, node: Option<&'a Node>) -> (Detection, Words<'a>) {
        let mut words: Words<'a> = Kinds::words().collect();
        let Some(fields) = node.and_then(|node| self.fields(node, "`detection`")) else {
            return (Detection::default(), words);
        };
        let (own, supplements) = self.own_kinds(fields.get("kinds"), &mut words);
        let names =
            words.iter().filter(|(_, kinds)| !kinds.meets(Kinds::all())).map(|(name, _)| (*name).into());
        let mut tuning = Tuning { names: Names::with_own(names), own: patterns(&own), ..Tuning::default() };
        if let Some(node) = fields.get("at_least") {
            tuning.least = self.least(node, &words);
        }
        if let Some(node) = fields.get("ignore") {
            tuning.ignored = self.ignored(node);
        }
        for node in fields.get("regions").map(|node| self.list(node)).unwrap_or_default() {
            self.region(node, &mut tuning.regions);
        }
        for node in fields.get("languages").map(|node| self.list(node)).unwrap_or_default() {
            self.language(node, &mut tuning.languages);
        }
        self.done(fields);
        (Detection { own, supplements, tuning: Arc::new(tuning) }, words)
    }

    fn own_kinds(&mut self, node: Option<&'a Node>, words: &mut Words<'a>) -> (Vec<OwnKind>, Vec<Asked>) {
        let (mut own, mut supplements) = (Vec::new(), Vec::new());
        let mut number = 0;
        self.named(node, "kinds", |reader, key, node| {
            let known = words.iter().find(|(word, _)| *word == key.name).map(|(_, kinds)| *kinds);
            if let Some(kinds) = known {
                supplements.extend(reader.supplement(key, node, kinds));
                return Some(());
            }
            let Some(kinds) = Kinds::own(number) else {
                return reader.error(
                    format!("a policy has at most {} kinds of its own", Kinds::MOST_OWN),
                    key.place.clone(),
                    "this is one too many; split the policy",
                );
            };
            number += 1;
            words.push((&key.name, kinds));
            own.extend(reader.own_kind(key, node, kinds));
            Some(())
        });
        (own, supplements)
    }

    /// A built-in kind that an outside detector is asked for, too.
    fn supplement(&mut self, key: &'a Key, node: &'a Node, kinds: Kinds) -> Option<Asked> {
        if kinds.each().count() != 1 {
            return self.error(
                format!("`{}` is a group of built-in kinds", key.name),
                key.place.clone(),
                "choose another name, or supplement one of its kinds with `ask`",
            );
        }
        let fields = self.fields(node, "a kind")?;
        if fields.get("pattern").is_some() {
            let advice = "choose another name; both may stand in one `in_text`";
            return self.error(format!("`{}` is a built-in kind", key.name), key.place.clone(), advice);
        }
        let asked = match fields.get("ask") {
            Some(node) => self.asked(node, &fields, kinds),
            None => self.error(
                format!("`{}` is built in, and this says nothing new about it", key.name),
                key.place.clone(),
                "write `ask: DETECTOR` and `for: ENTITY` to supplement it, or remove this",
            ),
        };
        self.done(fields);
        asked
    }

    fn own_kind(&mut self, key: &'a Key, node: &'a Node, kinds: Kinds) -> Option<OwnKind> {
        let fields = self.fields(node, "a kind")?;
        let name = self.kind_name(key);
        let title = fields.get("title").and_then(|node| self.text(node));
        let (pattern, ask) = (fields.get("pattern"), fields.get("ask"));
        let (check, words, entity) = (fields.get("check"), fields.get("words"), fields.get("for"));
        let how = match (pattern, ask) {
            (Some(pattern), None) => self.pattern(pattern, check, words).map(How::Pattern),
            (None, Some(ask)) => {
                for node in check.into_iter().chain(words) {
                    let advice = "remove this; the outside detector says what it finds, and how sure that is";
                    self.complain("`check` and `words` belong to a `pattern`", node.place.clone(), advice);
                }
                self.asked(ask, &fields, kinds).map(How::Asked)
            }
            (Some(_), Some(ask)) => self.error(
                "a kind has a `pattern`, or another detector is asked for it",
                ask.place.clone(),
                "keep one; two kinds may stand in one `in_text`",
            ),
            (None, None) => self.error(
                format!("nothing says how `{}` is found", key.name),
                key.place.clone(),
                "write a `pattern`, or `ask: DETECTOR` and `for: ENTITY`",
            ),
        };
        if ask.is_none()
            && let Some(node) = entity
        {
            self.complain(
                "`for` belongs to `ask`",
                node.place.clone(),
                "remove this; purposes stand in `data`",
            );
        }
        self.done(fields);
        Some(OwnKind { name: name?, title, kinds, how: how?, place: key.place.clone() })
    }

    /// Kinds stand in brackets where something was, and in tokens.
    fn kind_name(&mut self, key: &Key) -> Option<Box<str>> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_name = key.name.starts_with(|c: char| c.is_ascii_lowercase()) && key.name.chars().all(fits);
        if is_name && key.name.len() <= 40 {
            return Some(key.name.as_str().into());
        }
        self.error(
            format!("`{}` is no name for a kind", key.name),
            key.place.clone(),
            "use small letters, digits and `-`, at most 40, such as `employee-number`",
        )
    }

    fn asked(&mut self, ask: &'a Node, fields: &Fields<'a>, kinds: Kinds) -> Option<Asked> {
        let detector = self.text(ask);
        let entity = self.need_text(fields, "for");
        Some(Asked { kinds, detector: detector?.into(), entity: entity?.into(), place: ask.place.clone() })
    }

    fn pattern(
        &mut self,
        node: &'a Node,
        check: Option<&'a Node>,
        words: Option<&'a Node>,
    ) -> Option<Pattern> {
        let check = check.map(|node| self.word(node, &Check::WORDS));
        let words = words.map(|node| self.list(node)).unwrap_or_default();
        let words: Vec<String> = words.into_iter().filter_map(|node| self.context_word(node)).collect();
        let text = self.text(node)?;
        match Pattern::new(&text) {
            Ok(pattern) => {
                let pattern = pattern.announced_by(words.iter().map(String::as_str));
                check.map_or(Some(pattern.clone()), |check| Some(pattern.checked(check?)))
            }
            Err(fault) => self.pattern_fault(node, &text, fault),
        }
    }

    fn pattern_fault<T>(&mut self, node: &'a Node, text: &str, Fault { what, at }: Fault) -> Option<T> {
        let place = at.map_or(node.place.clone(), |at| self.inside(node, at.start));
        self.error(format!("the pattern `{text}` can't be used"), place, what)
    }

    fn context_word(&mut self, node: &Node) -> Option<String> {
        let word = self.text(node)?;
        if word.chars().all(char::is_alphabetic) {
            return Some(word);
        }
        let advice = "write one word, of letters only; of several, the one that says most";
        self.error(format!("`{word}` is not one word"), node.place.clone(), advice)
    }

    /// One figure for all, or figures by kinds.
    fn least(&mut self, node: &'a Node, words: &Words<'a>) -> Least {
        let mut least = Least::default();
        let Value::Map(members) = &node.value else {
            if let Some(percent) = self.percent(node) {
                least.set(Kinds::EVERY, percent);
            }
            return least;
        };
        let mut said: Vec<(Kinds, u8)> = Vec::new();
        for (key, node) in members {
            let kinds = words.iter().find(|(word, _)| *word == key.name).map(|(_, kinds)| *kinds);
            if kinds.is_none() {
                let advice = did_you_mean(&key.name, words.iter().map(|(word, _)| *word));
                self.complain(format!("there is no kind `{}`", key.name), key.place.clone(), advice);
            }
            said.extend(kinds.zip(self.percent(node)));
        }
        // What is said of a kind counts more than what is said of its group, in whatever order.
        said.sort_by_key(|(kinds, _)| std::cmp::Reverse(kinds.each().count()));
        said.into_iter().for_each(|(kinds, percent)| least.set(kinds, percent));
        least
    }

    fn percent(&mut self, node: &Node) -> Option<u8> {
        self.whole(node, 0..=100).and_then(|percent| u8::try_from(percent).ok())
    }

    fn ignored(&mut self, node: &'a Node) -> Ignored {
        let mut ignored = Ignored::default();
        for node in self.list(node) {
            match &node.value {
                Value::Map(_) => self.ignored_pattern(node, &mut ignored),
                _ => {
                    if let Some(value) = self.text(node) {
                        ignored.add_value(&value);
                    }
                }
            }
        }
        ignored
    }

    fn ignored_pattern(&mut self, node: &'a Node, ignored: &mut Ignored) {
        let Some(fields) = self.fields(node, "a value that is nobody's") else { return };
        if let Some(node) = self.need(&fields, "pattern")
            && let Some(text) = self.text(node)
            && let Err(what) = ignored.add_pattern(&text)
        {
            self.complain(format!("the pattern `{text}` can't be used"), node.place.clone(), what);
        }
        self.done(fields);
    }

    fn region(&mut self, node: &Node, regions: &mut Regions) {
        let Some(region) = self.text(node) else { return };
        if !regions.add(&region) {
            let upper = region.to_uppercase();
            let advice = match Regions::known().any(|known| known == upper) {
                true => format!("write it in capitals: `{upper}`"),
                false => "write two letters (ISO 3166-1), such as `DE` or `AT`".to_owned(),
            };
            self.complain(format!("no region `{region}` is known"), node.place.clone(), advice);
        }
    }

    fn language(&mut self, node: &Node, languages: &mut Languages) {
        let Some(language) = self.text(node) else { return };
        if !languages.add(&language) {
            let advice = format!("words are known in {}", Languages::KNOWN.join(", "));
            self.complain(format!("no words of `{language}` are known"), node.place.clone(), advice);
        }
    }
}

fn patterns(own: &[OwnKind]) -> Own {
    let mut patterns = Own::default();
    for own in own {
        if let How::Pattern(pattern) = &own.how {
            patterns.add(own.kinds, pattern.clone());
        }
    }
    patterns
}
