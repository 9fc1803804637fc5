//! `assentry explain`: place by place, which entry acted, for which purpose, on whose word, and where in the policy
//! that stands.

use std::{
    fmt::Write as _,
    io::{Read, Write},
};

use clap::Args;
use serde_json::{Value, json};

use super::{Exit, Trouble, preview::PreviewArgs};
use crate::{
    policy::Heard,
    preview::{Explained, Preview},
    refusal::Refusal,
    rewrite::account::Seen,
};

/// Explain, place by place, what the proxy would do to a message, and why.
#[derive(Args, Clone, Debug)]
pub struct ExplainArgs {
    #[command(flatten)]
    preview: PreviewArgs,
    /// Write JSON.
    #[arg(long)]
    json: bool,
    /// Show what was found in texts as it stands there, and not only its first and last character.
    #[arg(long)]
    show_values: bool,
}

/// Runs the verb.
///
/// # Errors
/// In words, with an exit code.
pub fn run(args: &ExplainArgs, input: impl Read, out: &mut impl Write) -> Result<Exit, Trouble> {
    let preview = args.preview.run(input)?;
    let text = match args.json {
        true => format!("{}\n", document(&preview, args.show_values)),
        false => shown(&preview, args.show_values),
    };
    out.write_all(text.as_bytes()).map_err(|error| (format!("error: can't write: {error}"), Exit::Failed))?;
    Ok(if preview.outcome.is_ok() { Exit::Done } else { Exit::Finding })
}

fn shown(preview: &Preview, values: bool) -> String {
    let mut text = String::from("purposes\n");
    let width = preview.purposes().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, state) in preview.purposes() {
        let word = if state.allowed { "allowed    " } else { "not allowed" };
        let _ = writeln!(text, "  {name:width$}  {word}  {}", state.why.words());
    }
    let heard = preview.heard();
    if !heard.is_empty() {
        text.push_str("\nsignals\n");
    }
    for Heard { signal, said } in heard {
        let _ = writeln!(text, "  {signal}  {said}");
    }
    let lines = preview.explained();
    text.push_str("\nplaces\n");
    if lines.is_empty() {
        text.push_str("  no entry of the policy found anything in this message\n");
    }
    let width = lines.iter().map(|line| line.place.chars().count()).max().unwrap_or(0);
    for line in &lines {
        let times = if line.count == 1 { String::new() } else { format!(" ×{}", line.count) };
        let why = because(preview, line);
        let _ = writeln!(text, "  {:width$}  {}{times}: {why}", line.place, line.past);
    }
    found(preview, values, &mut text);
    if let Err(refusal) = &preview.outcome {
        let _ = writeln!(text, "\nrefused: {} ({})", refusal.detail(), refusal.status().as_u16());
    }
    text
}

/// What was found in texts, how sure that is, and why.
fn found(preview: &Preview, values: bool, text: &mut String) {
    let (seen, names) = (preview.account.seen(&preview.plan), preview.plan.policy.detection.names());
    if seen.is_empty() {
        return;
    }
    text.push_str("\nfound in texts\n");
    let width = seen.iter().map(|seen| seen.place.chars().count()).max().unwrap_or(0);
    for seen in &seen {
        let (kinds, certainty) = (names.joined(seen.what.kinds), seen.what.certainty);
        let sure = format!("{} % ({})", certainty.percent(), certainty.reason());
        let value = value(seen, values);
        let _ = writeln!(text, "  {:width$}  {kinds:<20}  {sure:<15}  {value}", seen.place);
    }
}

fn value(seen: &Seen, whole: bool) -> String {
    if whole { seen.value.escape_debug().to_string() } else { seen.masked() }
}

/// Why a line is as it is, and where that stands.
fn because(preview: &Preview, line: &Explained) -> String {
    match line.line {
        None => line.because(),
        Some(at) => {
            let path = &preview.plan.policy.source.path;
            format!("`{}` ({path}:{at}); {}", line.data, line.because())
        }
    }
}

fn document(preview: &Preview, values: bool) -> Value {
    let policy = &preview.plan.policy;
    let seen = |seen: &Seen| {
        json!({
            "place": seen.place,
            "kinds": policy.detection.names().each(seen.what.kinds).collect::<Vec<_>>(),
            "confidence": seen.what.certainty.percent(),
            "reason": seen.what.certainty.reason().as_str(),
            "value": if values { seen.value.clone() } else { seen.masked() },
        })
    };
    let found: Vec<Value> = preview.account.seen(&preview.plan).iter().map(seen).collect();
    let place = |line: &Explained| {
        json!({
            "place": line.place,
            "action": line.deed,
            "count": line.count,
            "data": line.data,
            "because": line.reasons,
            "file": policy.source.path,
            "line": line.line,
        })
    };
    let places: Vec<Value> = preview.explained().iter().map(place).collect();
    let refused = preview.outcome.as_ref().err().map(Refusal::slug);
    json!({
        "policy": policy.name,
        "purposes": preview.receipt().purposes,
        "signals": preview.heard(),
        "places": places,
        "found": found,
        "refused": refused,
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: ExplainArgs,
    }

    fn explained(more: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.yaml");
        let policy = "policy: p\nversion: 1\nundeclared: forward\ndata:
  a: {in_text: {kinds: [email, staff-number], at: 'header:x-note'}, otherwise: redact}
detection: {kinds: {staff-number: {pattern: 'S[0-9]{4}', words: staff}}}\n";
        std::fs::write(&file, policy).unwrap();
        let line = ["explain", "--policy", file.to_str().unwrap(), "--header", "x-note: S1234"];
        let args = Line::try_parse_from(line.into_iter().chain(more.iter().copied())).unwrap().args;
        let mut out = Vec::new();
        run(&args, br#"{"text": "Staff S4321, ada@example.com"}"#.as_slice(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn findings_are_shown_with_kind_certainty_and_reason_and_no_more_of_their_values_than_was_asked() {
        let text = explained(&[]);
        let found = text.split("found in texts\n").nth(1).unwrap();
        assert_eq!(
            found.lines().collect::<Vec<_>>(),
            [
                "  header:x-note  staff-number          60 % (pattern)   S…4 (5 characters)",
                "  $.*            staff-number          75 % (context)   S…1 (5 characters)",
                "  $.*            email                 85 % (pattern)   a…m (15 characters)",
            ]
        );
        assert!(!explained(&["--json"]).contains("ada@") && !text.contains("ada@"));
        assert!(explained(&["--show-values"]).contains("ada@example.com"));
        let document: Value = serde_json::from_str(&explained(&["--json", "--show-values"])).unwrap();
        assert_eq!(
            document["found"][2],
            json!({"place": "$.*", "kinds": ["email"], "confidence": 85, "reason": "pattern", "value": "ada@example.com"})
        );
    }
}
