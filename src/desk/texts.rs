//! What people are told, in their language.
//!
//! The rule: every text is in every language, and every text that pages and sentences ask for is there; tests hold both. What
//! would defeat it is a text put together from halves, because languages order words differently: so a text has named places, and
//! one form for one and another for more.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

/// The languages there are texts in.
pub const LANGUAGES: [&str; 2] = ["en", "de"];

const FILES: [&str; 2] = [include_str!("texts/en.yaml"), include_str!("texts/de.yaml")];

static ALL: LazyLock<[Texts; 2]> = LazyLock::new(|| {
    let read = |n: usize| {
        let (language, file) = (LANGUAGES.get(n), FILES.get(n));
        let texts = file.and_then(|file| serde_saphyr::from_str(file).ok()).unwrap_or_default();
        Texts { language: language.copied().unwrap_or("en"), texts }
    };
    [read(0), read(1)]
});

/// The texts of one language.
#[derive(Debug)]
pub struct Texts {
    /// Its tag (RFC 5646).
    pub language: &'static str,
    texts: BTreeMap<String, Text>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Text {
    Same(String),
    Counted { one: String, other: String },
}

impl Texts {
    /// Those of a language; none where there are none.
    pub fn of(language: &str) -> Option<&'static Self> {
        ALL.iter().find(|texts| texts.language == language)
    }

    /// Those in the language that is asked for by `lang`, else by `Accept-Language` (RFC 9110, section 12.5.4), else the first that
    /// is spoken.
    pub fn asked_for(spoken: &[String], lang: Option<&str>, accepted: &str) -> &'static Self {
        let speaks = |language: &str| spoken.iter().any(|one| one == language);
        let first = || spoken.first().map_or("en", String::as_str);
        let language = lang.filter(|lang| speaks(lang)).or_else(|| preferred(accepted, &speaks));
        let [fallback, _] = &*ALL;
        Self::of(language.unwrap_or(first())).unwrap_or(fallback)
    }

    /// A text.
    pub fn say<'a>(&'a self, key: &'a str) -> &'a str {
        match self.texts.get(key) {
            Some(Text::Same(text)) => text,
            Some(Text::Counted { other, .. }) => other,
            None => key,
        }
    }

    /// A text with what stands in its places, which are written `{name}`.
    pub fn with(&self, key: &str, places: &[(&str, &str)]) -> String {
        filled(self.say(key), places)
    }

    /// A text about so many, which stand in `{count}`, with what stands in its other places.
    pub fn count(&self, key: &str, count: u64, places: &[(&str, &str)]) -> String {
        let text = match self.texts.get(key) {
            Some(Text::Counted { one, .. }) if count == 1 => one,
            Some(Text::Counted { other, .. } | Text::Same(other)) => other,
            None => key,
        };
        let number = count.to_string();
        filled(text, &[&[("count", number.as_str())], places].concat())
    }

    /// A moment as people read it, in UTC.
    pub fn moment(&self, at: &jiff::Timestamp) -> String {
        at.strftime(self.say("moment")).to_string()
    }
}

/// In one pass, so that what stands in one place is never taken for another place.
fn filled(text: &str, places: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else { break };
        match places.iter().find(|(place, _)| *place == name) {
            Some((_, value)) => filled.push_str(value),
            None => filled.push_str(name),
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

/// The language that is spoken and accepted most; `de-CH` asks for `de`, too.
fn preferred<'a>(accepted: &'a str, speaks: &impl Fn(&str) -> bool) -> Option<&'a str> {
    let wish = |item: &'a str| {
        let (range, weight) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
        let language = range.trim().split('-').next()?;
        (weight > 0.0 && speaks(language)).then_some((weight, language))
    };
    let mut best: Option<(f32, &str)> = None;
    for (weight, language) in accepted.split(',').filter_map(wish) {
        if best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// A few words of ours as the end of a key.
pub(super) fn slug(words: &str) -> String {
    words.replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::{desk::problem::Problem, policy::Why};

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
    }

    #[test]
    fn every_text_is_in_every_language_with_the_same_places_and_the_same_forms() {
        let shape = |text: &Text| match text {
            Text::Same(text) => (1, places(text).into_iter().map(str::to_owned).collect::<BTreeSet<_>>()),
            Text::Counted { one, other } => {
                let some = places(one).is_subset(&places(other));
                assert!(some, "{one} names a place that {other} does not");
                (2, places(other).into_iter().map(str::to_owned).collect())
            }
        };
        let shapes = |texts: &Texts| {
            texts.texts.iter().map(|(key, text)| (key.clone(), shape(text))).collect::<BTreeMap<_, _>>()
        };
        for (file, texts) in FILES.iter().zip(ALL.iter()) {
            let read: Result<BTreeMap<String, Text>, _> = serde_saphyr::from_str(file);
            assert!(read.is_ok(), "{}: {read:?}", texts.language);
        }
        let [en, de] = [&ALL[0], &ALL[1]].map(shapes);
        assert!(en.len() > 40);
        assert_eq!(en, de);
    }

    #[test]
    fn every_text_that_is_asked_for_is_there() {
        let known = |key: &str| ALL[0].texts.contains_key(key);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/desk");
        let mut folders = vec![folder];
        let mut asked = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                if path.ends_with("texts.rs") {
                    continue;
                }
                let text = fs::read_to_string(&path).unwrap();
                for call in [".say(\"", ".with(\"", ".count(\""] {
                    for (at, _) in text.match_indices(call) {
                        let (_, rest) = text.split_at(at + call.len());
                        let key = rest.split('"').next().unwrap();
                        assert!(known(key), "{}: `{key}`", path.display());
                        asked += 1;
                    }
                }
            }
        }
        assert!(asked > 20, "{asked}");
        let whys = Why::ALL.map(|why| format!("because.{}", slug(why.words())));
        let problems = Problem::EACH.map(|problem| format!("problem.{}", problem.slug()));
        for key in whys.iter().chain(&problems) {
            assert!(known(key), "`{key}`");
        }
    }

    #[test]
    fn one_and_many_have_their_own_forms_and_no_value_is_taken_for_a_place() {
        let text = Text::Counted { one: "one {what}".to_owned(), other: "{count} {what}".to_owned() };
        let texts = Texts { language: "en", texts: [("a".to_owned(), text)].into() };
        assert_eq!(texts.count("a", 1, &[("what", "pear")]), "one pear");
        assert_eq!(texts.count("a", 0, &[("what", "pears")]), "0 pears");
        assert_eq!(texts.count("a", 2, &[("what", "{count}")]), "2 {count}");
    }

    #[test]
    fn the_language_is_the_one_asked_for_else_the_most_accepted_else_the_first() {
        let spoken = ["de".to_owned(), "en".to_owned()];
        let language = |lang, accepted| Texts::asked_for(&spoken, lang, accepted).language;
        assert_eq!(language(Some("en"), "de"), "en");
        assert_eq!(language(Some("xx"), "en-GB, de;q=0.5"), "en");
        assert_eq!(language(None, "fr, en;q=0.2, de-CH;q=0.7"), "de");
        assert_eq!(language(None, "en;q=0, fr"), "de");
        assert_eq!(language(None, ""), "de");
        assert_eq!(language(None, "*;q=x,,;q=1"), "de");
    }
}
