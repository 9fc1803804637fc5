//! `assentry explain`: place by place, which entry acted, for which purpose, on whose word, and where in the policy
//! that stands.

use std::{
    fmt::Write as _,
    io::{Read, Write},
};

use clap::Args;
use serde_json::{Value, json};

use super::{
    Exit, Trouble,
    preview::{Preview, PreviewArgs},
};
use crate::{
    policy::{Data, Heard},
    refusal::Refusal,
    rewrite::account::Line,
};

/// Explain, place by place, what the proxy would do to a message, and why.
#[derive(Args, Clone, Debug)]
pub struct ExplainArgs {
    #[command(flatten)]
    preview: PreviewArgs,
    /// Write JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
///
/// # Errors
/// In words, with an exit code.
pub fn run(args: &ExplainArgs, input: impl Read, out: &mut impl Write) -> Result<Exit, Trouble> {
    let preview = args.preview.run(input)?;
    let text = if args.json { format!("{}\n", document(&preview)) } else { shown(&preview) };
    out.write_all(text.as_bytes()).map_err(|error| (format!("error: can't write: {error}"), Exit::Failed))?;
    Ok(if preview.outcome.is_ok() { Exit::Done } else { Exit::Finding })
}

fn shown(preview: &Preview) -> String {
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
    let lines = preview.account.lines(&preview.plan);
    text.push_str("\nplaces\n");
    if lines.is_empty() {
        text.push_str("  no entry of the policy found anything in this message\n");
    }
    let width = lines.iter().map(|line| line.place.chars().count()).max().unwrap_or(0);
    for line in &lines {
        let times = if line.count == 1 { String::new() } else { format!(" ×{}", line.count) };
        let _ = writeln!(
            text,
            "  {:width$}  {}{times}: {}",
            line.place,
            past(&line.deed),
            because(preview, line)
        );
    }
    if let Err(refusal) = &preview.outcome {
        let _ = writeln!(text, "\nrefused: {} ({})", refusal.detail(), refusal.status().as_u16());
    }
    text
}

/// Why a line is as it is, and where that stands.
fn because(preview: &Preview, line: &Line) -> String {
    let policy = &preview.plan.policy;
    let Some(data) = policy.data.iter().find(|data| data.name == line.data) else {
        return format!("no entry names it, and the policy says `undeclared: {}`", line.deed);
    };
    let place = format!("{}:{}", policy.source.path, policy.source.line(data.place.start));
    let reasons = reasons(preview, data);
    let reasons = if reasons.is_empty() { "it serves no purpose".to_owned() } else { reasons.join(", ") };
    format!("`{}` ({place}); {reasons}", data.name)
}

/// Each purpose that the data serves, with its state.
fn reasons(preview: &Preview, data: &Data) -> Vec<String> {
    let purposes: Vec<_> = preview.purposes().collect();
    let shown = data.serves.purposes().filter_map(|n| purposes.get(n));
    shown.map(|(name, state)| format!("{name}: {}", state.why.words())).collect()
}

fn past(deed: &str) -> String {
    match deed {
        "drop" => "dropped",
        "redact" => "redacted",
        "mask" => "masked",
        "generalise" => "generalised",
        "hash" => "hashed",
        "pseudonymise" => "pseudonymised",
        "keep" => "kept",
        "refuse" => "refused",
        other => other,
    }
    .to_owned()
}

fn document(preview: &Preview) -> Value {
    let policy = &preview.plan.policy;
    let places: Vec<Value> = preview
        .account
        .lines(&preview.plan)
        .iter()
        .map(|line| {
            let data = policy.data.iter().find(|data| data.name == line.data);
            json!({
                "place": line.place,
                "action": line.deed,
                "count": line.count,
                "data": line.data,
                "because": data.map(|data| reasons(preview, data)).unwrap_or_default(),
                "file": policy.source.path,
                "line": data.map(|data| policy.source.line(data.place.start)),
            })
        })
        .collect();
    let refused = preview.outcome.as_ref().err().map(Refusal::slug);
    json!({
        "policy": policy.name,
        "purposes": preview.receipt().purposes,
        "signals": preview.heard(),
        "places": places,
        "refused": refused,
    })
}
