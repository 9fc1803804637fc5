//! What is said between us and an outside detector: `POST analyze`, as Microsoft Presidio's analyzer documents it
//! (<https://microsoft.github.io/presidio/api-docs/api-docs.html>).
//!
//! The rule: an answer is taken whole or not at all. Each finding lies in its text, begins before it ends, and names what it is;
//! there is one list for each text. Places count code points, as Python does, and become bytes here. What the detector found and was not
//! asked for is no concern of ours. What would defeat it: a place that is cut to fit, since nobody knows what was meant.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{outside::NoAnswer, policy::Inquiry, rewrite::asked::Told, text::Found};

/// The last part of the address, and what the question is called.
pub(super) const ANALYZE: &str = "analyze";

/// Of an answer, so much is read; and so many times the text, since each finding takes some hundred bytes.
const LARGEST: usize = 64 << 10;
const LARGER: usize = 64;

/// However long the texts are, it is never more than this.
const LARGEST_OF_ALL: usize = 16 << 20;

/// A question. One text is asked about as such, since not every analyzer knows lists.
#[derive(Serialize)]
pub(super) struct Asking<'a> {
    text: Text<'a>,
    language: &'a str,
    entities: Vec<&'a str>,
    score_threshold: f64,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Text<'a> {
    One(&'a str),
    Many(&'a [Arc<str>]),
}

/// An answer about one text, or about each of several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Said {
    Many(Vec<Vec<Finding>>),
    One(Vec<Finding>),
}

/// One finding.
#[derive(Deserialize)]
pub(super) struct Finding {
    start: usize,
    end: usize,
    entity_type: String,
    score: f64,
}

impl<'a> Asking<'a> {
    pub(super) fn new(texts: &'a [Arc<str>], inquiry: &'a Inquiry, language: &'a str, least: f64) -> Self {
        let text = match texts {
            [only] => Text::One(only),
            many => Text::Many(many),
        };
        let entities = inquiry.entities.iter().map(|entity| &*entity.name).collect();
        Self { text, language, entities, score_threshold: least }
    }
}

/// How large an answer about these texts may be.
pub(super) fn largest(texts: &[Arc<str>]) -> usize {
    let said: usize = texts.iter().map(|text| text.len()).sum();
    LARGEST.saturating_add(said.saturating_mul(LARGER)).min(LARGEST_OF_ALL)
}

impl Said {
    /// What was found in each of these texts.
    pub(super) fn understood(
        self,
        texts: &[Arc<str>],
        inquiry: &Inquiry,
        least: f64,
    ) -> Result<Vec<Vec<Found<Told>>>, NoAnswer> {
        let lists = match (self, texts) {
            (Self::One(told), [_]) => vec![told],
            // An empty list is read as a list of lists.
            (Self::Many(lists), [_]) if lists.is_empty() => vec![Vec::new()],
            (Self::Many(lists), [_, _, ..]) if lists.len() == texts.len() => lists,
            (Self::One(_) | Self::Many(_), _) => return Err(wrong("it is not one list for each text")),
        };
        let each = lists.into_iter().zip(texts);
        each.map(|(told, text)| found(told, text, inquiry, least)).collect()
    }
}

fn found(
    told: Vec<Finding>,
    text: &str,
    inquiry: &Inquiry,
    least: f64,
) -> Result<Vec<Found<Told>>, NoAnswer> {
    let places = if told.is_empty() { Vec::new() } else { places(text) };
    let mut found = Vec::new();
    for Finding { start, end, entity_type, score } in told {
        if start >= end {
            return Err(wrong("a finding ends before it begins"));
        }
        let (Some(start), Some(end)) = (places.get(start), places.get(end)) else {
            return Err(wrong("a finding lies outside its text"));
        };
        if !(0.0..=1.0).contains(&score) {
            return Err(wrong("a score is not between 0 and 1"));
        }
        let asked = inquiry.entities.iter().position(|entity| *entity.name == entity_type);
        let asked = asked.filter(|_| score >= least);
        found.extend(
            asked.map(|entity| Found { at: *start..*end, what: Told { entity, percent: percent(score) } }),
        );
    }
    Ok(found)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 1")]
fn percent(score: f64) -> u8 {
    (score * 100.0).round() as u8
}

/// Where each code point begins, and where the last one ends, in bytes.
fn places(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()
}

fn wrong(what: &'static str) -> NoAnswer {
    NoAnswer::Wrong { question: ANALYZE, what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        detect::{Kind, Kinds},
        policy::Entity,
    };

    fn inquiry() -> Inquiry {
        let entity = |name: &str, kind: Kind| Entity { name: name.into(), kinds: Kinds::from(kind) };
        Inquiry {
            detector: "d".into(),
            entities: vec![entity("PERSON", Kind::PersonName), entity("IP", Kind::IpAddress)],
        }
    }

    fn understood(texts: &[&str], answer: &str) -> Result<Vec<Vec<(String, usize)>>, String> {
        let said: Said = serde_json::from_str(answer).map_err(|error| error.to_string())?;
        let texts: Vec<Arc<str>> = texts.iter().map(|text| (*text).into()).collect();
        let found = said.understood(&texts, &inquiry(), 0.5).map_err(|error| error.to_string())?;
        let words = |(found, text): (Vec<Found<Told>>, &Arc<str>)| {
            found
                .into_iter()
                .map(|found| (text.get(found.at).unwrap().to_owned(), found.what.entity))
                .collect()
        };
        Ok(found.into_iter().zip(&texts).map(words).collect())
    }

    fn finding(start: i64, end: i64, kind: &str, score: f64) -> String {
        format!(
            r#"{{"analysis_explanation":null,"end":{end},"entity_type":"{kind}","score":{score},"start":{start}}}"#
        )
    }

    #[test]
    fn places_count_code_points() {
        let text = "🙂👩‍👩‍👧 e\u{301}å Anna 🇩🇪 Bé";
        let at = text.chars().position(|c| c == 'A').unwrap() as i64;
        let last = text.chars().count() as i64;
        let answer =
            format!("[{},{}]", finding(at, at + 4, "PERSON", 0.85), finding(last - 2, last, "IP", 0.5));
        let found = understood(&[text], &answer).unwrap();
        assert_eq!(found, [[("Anna".to_owned(), 0), ("Bé".to_owned(), 1)]]);
    }

    #[test]
    fn what_was_not_asked_for_or_is_not_sure_enough_is_nothing() {
        let answer = format!("[{},{}]", finding(0, 4, "URL", 0.9), finding(0, 4, "PERSON", 0.49));
        assert_eq!(understood(&["Anna"], &answer).unwrap(), [vec![]]);
        assert_eq!(understood(&["Anna"], "[]").unwrap(), [vec![]]);
    }

    #[test]
    fn several_texts_have_several_answers() {
        let one = finding(0, 4, "PERSON", 1.0);
        let found = understood(&["Anna", "Otto", "nobody"], &format!("[[{one}],[{one}],[]]")).unwrap();
        assert_eq!(found, [vec![("Anna".to_owned(), 0)], vec![("Otto".to_owned(), 0)], vec![]]);
        assert_eq!(understood(&["a", "b"], "[[],[]]").unwrap(), [vec![], vec![]]);
    }

    #[test]
    fn nonsense_is_no_answer() {
        let good = finding(0, 4, "PERSON", 0.9);
        let one: Vec<String> = [
            finding(4, 4, "PERSON", 0.9),
            finding(3, 1, "PERSON", 0.9),
            finding(0, 5, "PERSON", 0.9),
            finding(7, 9, "PERSON", 0.9),
            finding(0, 5, "URL", 0.9),
            finding(-1, 4, "PERSON", 0.9),
            finding(0, 4, "PERSON", 1.5),
            finding(0, 4, "PERSON", -0.5),
            good.replace("0.9", "null"),
            good.replace("0.9", "NaN"),
            good.replace("0.9", "1e999"),
            good.replace("0.9", "\"0.9\""),
            good.replace("\"end\":4", "\"end\":4e0"),
            good.replace("\"end\":4", "\"end\":18446744073709551616"),
            good.replace("\"end\":4", "\"end\":18446744073709551615"),
            good.replace("\"PERSON\"", "7"),
            good.replace("\"start\":0", "\"start\":0.5"),
            good.replace("\"start\":0", "\"begin\":0"),
            good.replace("\"start\":0", "\"start\":0,\"start\":1"),
        ]
        .iter()
        .map(|finding| format!("[{good},{finding}]"))
        .collect();
        let whole = ["", "null", "{}", "[", "\"no\"", "[[]]", "[[],[]]", "[7]"].map(str::to_owned);
        for answer in one.iter().chain(&whole) {
            assert!(understood(&["Anna"], answer).is_err(), "{answer}");
        }
        for answer in ["[]", "[[]]", "[[],[],[]]", "[[],{}]", &format!("[{good},{good}]")] {
            assert!(understood(&["Anna", "Otto"], answer).is_err(), "{answer}");
        }
    }
}
