//! `assentry find`: what the detectors find in texts.
//!
//! The rule: it answers as the proxy would find it, in the order of the text; with `--jsonl` line by line, each answer written out before the next
//! text is read, places counted in code points.

mod label;

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    sync::Arc,
};

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Exit, Trouble};
use crate::{
    detect::{Detector, Kinds, Sighting, Tuning},
    text::Found,
};

/// Find personal data in a text from standard input.
#[derive(Args, Clone, Debug, Default)]
pub struct FindArgs {
    /// Read `{"id","text"}` lines, and answer `{"id","spans"}` lines, labelled with the names that analyzers share.
    #[arg(long)]
    jsonl: bool,
    /// Only these kinds or groups of kinds, such as `email,phone,national-id`; all of them by default.
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    only: Vec<String>,
    /// Only what is at least so sure, of a hundred.
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    least: u8,
    /// As this policy says it: with its own kinds, and what its `detection` says of thresholds, regions, languages and values that are nobody's.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// A text to be looked through.
#[derive(Debug, Deserialize)]
struct Asked {
    id: Value,
    text: String,
}

/// What is in one.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    id: Value,
    spans: Vec<Span<'a>>,
}

/// One finding, as one kind. Places are code points, and the end is exclusive.
#[derive(Debug, Serialize)]
struct Span<'a> {
    start: usize,
    end: usize,
    label: String,
    kind: &'a str,
    confidence: u8,
    reason: &'static str,
}

/// Runs the verb. `colour` is for people at a terminal.
///
/// # Errors
/// In words, with an exit code.
pub fn run(args: &FindArgs, colour: bool, input: impl Read, out: &mut impl Write) -> Result<Exit, Trouble> {
    let tuning = match &args.policy {
        Some(path) => super::preview::load(path)?.detection.tuning,
        None => Arc::default(),
    };
    let kinds = args.kinds(&tuning)?;
    let finder = Finder { detector: Detector::tuned(kinds, tuning), kinds, least: args.least };
    if args.jsonl {
        return finder.answer_lines(BufReader::new(input), out);
    }
    let mut text = String::new();
    let mut input = input;
    input
        .read_to_string(&mut text)
        .map_err(|error| (format!("error: can't read the text: {error}"), Exit::Failed))?;
    finder.print(&text, colour, out).map_err(cant_write)?;
    Ok(Exit::Done)
}

impl FindArgs {
    fn kinds(&self, tuning: &Tuning) -> Result<Kinds, Trouble> {
        let own = tuning.own.kinds();
        if self.only.is_empty() {
            return Ok(Kinds::all().union(own));
        }
        let own_words = own.each().map(|kind| (tuning.names.first(kind), kind));
        let words: Vec<(&str, Kinds)> =
            Kinds::words().map(|(word, kinds)| (word as &str, kinds)).chain(own_words).collect();
        let known = |wanted: &String| {
            let known = words.iter().find(|(word, _)| word == wanted).map(|(_, kinds)| *kinds);
            known.ok_or_else(|| (unknown(wanted, words.iter().map(|(word, _)| *word)), Exit::Usage))
        };
        self.only.iter().map(known).collect()
    }
}

fn unknown<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> String {
    let known: Vec<&str> = words.collect();
    let near = known.iter().map(|known| (strsim::damerau_levenshtein(known, word), known)).min();
    let advice = match near {
        Some((distance, known)) if distance <= 3 => format!("did you mean `{known}`?"),
        _ => format!("write one of {}", known.join(", ")),
    };
    format!("error: there is no kind `{word}`; {advice}")
}

fn cant_write(error: std::io::Error) -> Trouble {
    (format!("error: can't write what was found: {error}"), Exit::Failed)
}

/// Finds what is asked for.
struct Finder {
    detector: Detector,
    kinds: Kinds,
    least: u8,
}

impl Finder {
    fn find(&self, text: &str) -> impl Iterator<Item = Found<Sighting>> {
        let found = self.detector.look(text, self.kinds);
        found.into_iter().filter(|found| found.what.certainty.percent() >= self.least)
    }

    fn answer_lines(&self, lines: impl BufRead, out: &mut impl Write) -> Result<Exit, Trouble> {
        for (number, line) in lines.lines().enumerate() {
            let wrong = |why: String| (format!("error: line {}: {why}", number + 1), Exit::Failed);
            let line = line.map_err(|error| wrong(format!("can't be read: {error}")))?;
            if line.trim().is_empty() {
                continue;
            }
            let asked: Asked = serde_json::from_str(&line)
                .map_err(|error| wrong(format!("no `{{\"id\", \"text\"}}` in JSON: {error}")))?;
            let answer = Answer { spans: self.spans(&asked.text), id: asked.id };
            serde_json::to_writer(&mut *out, &answer).map_err(|error| cant_write(error.into()))?;
            out.write_all(b"\n").and_then(|()| out.flush()).map_err(cant_write)?;
        }
        Ok(Exit::Done)
    }

    fn spans(&self, text: &str) -> Vec<Span<'_>> {
        let (mut bytes, mut points) = (0, 0);
        let mut point = |at: usize| {
            points += text.get(bytes..at).map_or(0, |part| part.chars().count());
            bytes = at;
            points
        };
        let mut spans = Vec::new();
        for Found { at, what } in self.find(text) {
            let (start, end) = (point(at.start), point(at.end));
            spans.extend(self.detector.names().each(what.kinds).map(|kind| Span {
                start,
                end,
                label: label::label(kind),
                kind,
                confidence: what.certainty.percent(),
                reason: what.certainty.reason().as_str(),
            }));
        }
        spans
    }

    /// A line for each finding: where, what, how sure and why, and the text.
    fn print(&self, text: &str, colour: bool, out: &mut impl Write) -> std::io::Result<()> {
        let mut count = 0;
        for Found { at, what } in self.find(text) {
            count += 1;
            let before = text.get(..at.start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
            let shown = text.get(at).unwrap_or_default().escape_debug();
            let (bold, plain) = if colour { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
            let place = format!("{line}:{column}");
            let certainty = format!("{} % ({})", what.certainty.percent(), what.certainty.reason());
            let kinds = self.detector.names().joined(what.kinds);
            writeln!(out, "{place:>7}  {kinds:<20}  {certainty:<15}  {bold}{shown}{plain}")?;
        }
        if count == 0 { writeln!(out, "nothing found") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(only: &[&str], jsonl: bool, input: &str) -> Result<String, Trouble> {
        let only = only.iter().map(|word| (*word).to_owned()).collect();
        let mut out = Vec::new();
        run(&FindArgs { jsonl, only, least: 0, policy: None }, false, input.as_bytes(), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn each_finding_is_shown_with_its_place_kind_and_reason() {
        let text = "Grüße, ada@example.com\nmein IBAN: DE89 3704 0044 0532 0130 00, ruf an: 030 123456";
        let lines = [
            "    1:8  email                 85 % (pattern)   ada@example.com",
            // Three of its groups could be a telephone number with its prefix, too.
            "   2:12  iban                  90 % (checksum)  DE89 3704 0044 0532 0130 00",
            "   2:49  phone                 75 % (context)   030 123456",
        ];
        assert_eq!(found(&[], false, text).unwrap().lines().collect::<Vec<_>>(), lines);
        assert_eq!(found(&["phone"], false, "nobody").unwrap(), "nothing found\n");
    }

    #[test]
    fn lines_are_answered_with_places_in_code_points() {
        let lines =
            "{\"id\":7,\"text\":\"Grüße 😀 ada@example.com\"}\n\n{\"id\":\"b\",\"text\":\"nothing\"}\n";
        let answers = [
            r#"{"id":7,"spans":[{"start":8,"end":23,"label":"EMAIL_ADDRESS","kind":"email","confidence":85,"reason":"pattern"}]}"#,
            r#"{"id":"b","spans":[]}"#,
        ];
        assert_eq!(found(&["contact"], true, lines).unwrap().lines().collect::<Vec<_>>(), answers);
    }

    #[test]
    fn a_policy_says_what_else_is_found_and_what_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.yaml");
        let text = "policy: p\nversion: 1\nundeclared: forward\ndetection:\n  at_least: {phone: 75}
  ignore: [support@example.com]\n  kinds: {employee-number: {pattern: 'E-[0-9]{6}'}}\n";
        std::fs::write(&file, text).unwrap();
        let find = |only: &[&str], text: &str| {
            let only = only.iter().map(|word| (*word).to_owned()).collect();
            let args = FindArgs { jsonl: true, only, least: 0, policy: Some(file.clone()) };
            let mut out = Vec::new();
            run(&args, false, text.as_bytes(), &mut out).map(|_| String::from_utf8(out).unwrap())
        };
        let asked = r#"{"id":1,"text":"E-123456 Support@example.com"}"#;
        let own = r#"{"start":0,"end":8,"label":"EMPLOYEE_NUMBER","kind":"employee-number","confidence":60,"reason":"pattern"}"#;
        assert_eq!(find(&[], asked).unwrap(), format!("{{\"id\":1,\"spans\":[{own}]}}\n"));
        assert_eq!(find(&["employee-number"], asked).unwrap(), format!("{{\"id\":1,\"spans\":[{own}]}}\n"));
        let phone = asked.replace("Support", "0221-123-4567 Support");
        assert_eq!(find(&["phone"], &phone).unwrap(), "{\"id\":1,\"spans\":[]}\n");
        let (words, _) = find(&["employe-number"], "").unwrap_err();
        assert_eq!(words, "error: there is no kind `employe-number`; did you mean `employee-number`?");
    }

    #[test]
    fn what_cannot_be_understood_is_refused_in_words() {
        let (words, exit) = found(&["emial"], false, "").unwrap_err();
        assert_eq!(
            (words.as_str(), exit),
            ("error: there is no kind `emial`; did you mean `email`?", Exit::Usage)
        );
        let (words, exit) = found(&[], true, "{}\n").unwrap_err();
        assert!(words.starts_with("error: line 1: no `{\"id\", \"text\"}` in JSON: "), "{words}");
        assert_eq!(exit, Exit::Failed);
    }
}
