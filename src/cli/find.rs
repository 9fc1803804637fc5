//! `assentry find`: what the detectors find in texts.
//!
//! The rule: it answers as the proxy would find it, in the order of the text; with `--jsonl` line by line, each answer written out before the next
//! text is read, places counted in code points.

mod label;
mod outside;

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    sync::Arc,
};

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Exit, Trouble, asked::DetectorArgs};
use crate::{
    detect::{Detector, Kinds, Names, Sighting},
    policy::Policy,
    text::Found,
};
use outside::{Outside, only_asked};

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
    /// Whom to ask.
    #[command(flatten)]
    outside: DetectorArgs,
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
    let policy = args.policy.as_deref().map(super::preview::load).transpose()?;
    if policy.is_none() && args.outside.names_somebody() {
        let what = "error: `--detector` needs `--policy FILE`, which says what it is asked for";
        return Err((what.to_owned(), Exit::Usage));
    }
    let asker = args.outside.asker(&policy.iter().collect::<Vec<_>>())?;
    let (kinds, tuning) = (args.kinds(policy.as_ref(), asker.is_some())?, policy.as_ref());
    let tuning = tuning.map_or_else(Arc::default, |policy| Arc::clone(&policy.detection.tuning));
    let outside = asker.zip(policy.as_ref()).map(|(asker, policy)| Outside::new(asker, policy, kinds));
    let finder = Finder { detector: Detector::tuned(kinds, tuning), kinds, outside, least: args.least };
    if args.jsonl {
        return finder.answer_lines(BufReader::new(input), out);
    }
    let mut text = String::new();
    let mut input = input;
    input
        .read_to_string(&mut text)
        .map_err(|error| (format!("error: can't read the text: {error}"), Exit::Failed))?;
    let found = finder.find(&text)?;
    finder.print(&text, &found, colour, out).map_err(cant_write)?;
    Ok(Exit::Done)
}

impl FindArgs {
    /// What is sought; what only outside detectors find, only where they are asked.
    fn kinds(&self, policy: Option<&Policy>, asks: bool) -> Result<Kinds, Trouble> {
        let own = policy.iter().flat_map(|policy| &policy.detection.own);
        let own: Vec<(&str, Kinds)> = own.map(|own| (&*own.name, own.kinds)).collect();
        let unheard = policy.filter(|_| !asks).map_or(Kinds::NONE, only_asked);
        if self.only.is_empty() {
            let all = own.iter().fold(Kinds::all(), |all, (_, kinds)| all.union(*kinds));
            return Ok(all.intersection(unheard.complement()));
        }
        let words: Vec<(&str, Kinds)> =
            Kinds::words().map(|(word, kinds)| (word as &str, kinds)).chain(own).collect();
        let known = |wanted: &String| {
            let known = words.iter().find(|(word, _)| word == wanted).map(|(_, kinds)| *kinds);
            let known =
                known.ok_or_else(|| (unknown(wanted, words.iter().map(|(word, _)| *word)), Exit::Usage))?;
            if unheard.meets(known) {
                let advice = "say where that is with `--detector NAME=URL`";
                let what = format!("error: only an outside detector finds `{wanted}`; {advice}");
                return Err((what, Exit::Usage));
            }
            Ok(known)
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
    outside: Option<Outside>,
    least: u8,
}

impl Finder {
    fn find(&self, text: &str) -> Result<Vec<Found<Sighting>>, Trouble> {
        let mut found = self.detector.look(text, self.kinds);
        if let Some(outside) = &self.outside {
            found = outside.with(found, (self.kinds, self.detector.tuning()), text)?;
        }
        found.retain(|found| found.what.certainty.percent() >= self.least);
        Ok(found)
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
            let found = self
                .find(&asked.text)
                .map_err(|(what, exit)| (format!("{what} (line {} of the input)", number + 1), exit))?;
            let answer = Answer { spans: spans(self.detector.names(), &asked.text, found), id: asked.id };
            serde_json::to_writer(&mut *out, &answer).map_err(|error| cant_write(error.into()))?;
            out.write_all(b"\n").and_then(|()| out.flush()).map_err(cant_write)?;
        }
        Ok(Exit::Done)
    }

    /// A line for each finding: where, what, how sure and why, and the text.
    fn print(
        &self,
        text: &str,
        found: &[Found<Sighting>],
        colour: bool,
        out: &mut impl Write,
    ) -> std::io::Result<()> {
        for Found { at, what } in found {
            let before = text.get(..at.start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
            let shown = text.get(at.clone()).unwrap_or_default().escape_debug();
            let (bold, plain) = if colour { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
            let place = format!("{line}:{column}");
            let certainty = format!("{} % ({})", what.certainty.percent(), what.certainty.reason());
            let kinds = self.detector.names().joined(what.kinds);
            writeln!(out, "{place:>7}  {kinds:<20}  {certainty:<15}  {bold}{shown}{plain}")?;
        }
        if found.is_empty() { writeln!(out, "nothing found") } else { Ok(()) }
    }
}

fn spans<'n>(names: &'n Names, text: &str, found: Vec<Found<Sighting>>) -> Vec<Span<'n>> {
    let (mut bytes, mut points) = (0, 0);
    let mut point = |at: usize| {
        points += text.get(bytes..at).map_or(0, |part| part.chars().count());
        bytes = at;
        points
    };
    let mut spans = Vec::new();
    for Found { at, what } in found {
        let (start, end) = (point(at.start), point(at.end));
        spans.extend(names.each(what.kinds).map(|kind| Span {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn found(only: &[&str], jsonl: bool, input: &str) -> Result<String, Trouble> {
        let only = only.iter().map(|word| (*word).to_owned()).collect();
        let mut out = Vec::new();
        run(&FindArgs { jsonl, only, ..FindArgs::default() }, false, input.as_bytes(), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn each_finding_is_shown_with_its_place_kind_and_reason() {
        let text = "Grüße, ada@example.com\nmein IBAN: DE89 3704 0044 0532 0130 00, ruf an: 030 123456";
        let lines = [
            "    1:8  email                 85 % (pattern)   ada@example.com",
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
            let args = FindArgs { jsonl: true, only, policy: Some(file.clone()), ..FindArgs::default() };
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
