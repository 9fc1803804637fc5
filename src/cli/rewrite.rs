//! `assentry rewrite`: standard input as the bot would get it.

use std::io::{Read, Write};

use clap::Args;
use serde_json::json;

use super::{
    Exit, Trouble,
    preview::{Preview, PreviewArgs},
};
use crate::{exchange::problem, refusal::Refusal};

/// Rewrite a request's body as the proxy would, from standard input to standard output.
#[derive(Args, Clone, Debug)]
pub struct RewriteArgs {
    #[command(flatten)]
    preview: PreviewArgs,
    /// Write the receipt to standard error.
    #[arg(long)]
    receipt: bool,
}

/// Runs the verb.
///
/// # Errors
/// In words, with an exit code.
pub fn run(
    args: &RewriteArgs,
    input: impl Read,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<Exit, Trouble> {
    let preview = args.preview.run(input)?;
    let print = |error: std::io::Error| (format!("error: can't write the body: {error}"), Exit::Failed);
    let exit = match &preview.outcome {
        Ok(rewritten) => {
            let (_, _, body) = rewritten.parts();
            out.write_all(body.map(|body| &**body).unwrap_or_default()).map_err(print)?;
            Exit::Done
        }
        Err(refusal) => {
            let document = problem::document(refusal, None);
            writeln!(err, "{}", String::from_utf8_lossy(&document)).map_err(print)?;
            Exit::Finding
        }
    };
    if args.receipt {
        writeln!(err, "{}", receipt(&preview)).map_err(print)?;
    }
    Ok(exit)
}

/// What the receipt of this exchange would say, without what only a real one has.
fn receipt(preview: &Preview) -> String {
    let policy = &preview.plan.policy;
    let acts: Vec<_> = preview
        .account
        .lines(&preview.plan)
        .into_iter()
        .map(|line| json!({"data": line.data, "place": line.place, "action": line.deed, "count": line.count}))
        .collect();
    let outcome = match preview.outcome.as_ref().map_err(Refusal::slug) {
        Ok(_) => json!("forwarded"),
        Err(problem) => json!({"refused": {"problem": problem}}),
    };
    let document = json!({
        "time": preview.now,
        "policy": {"name": policy.name, "version": policy.version, "digest": preview.plan.digest},
        "purposes": preview.purposes_json(),
        "to_bot": acts,
        "outcome": outcome,
    });
    serde_json::to_string_pretty(&document).unwrap_or_default()
}
