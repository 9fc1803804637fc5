//! `assentry rewrite`: standard input as the bot, or the person, would get it.

use std::io::{Read, Write};

use clap::Args;

use super::{Exit, Trouble, asked, preview::PreviewArgs};
use crate::exchange::problem;

/// Rewrite the body of a request, or of a reply, as the proxy would, from standard input to standard output.
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
        Ok(body) => {
            out.write_all(body).map_err(print)?;
            Exit::Done
        }
        Err(refusal) => {
            let document = problem::document(refusal, None);
            writeln!(err, "{}", String::from_utf8_lossy(&document)).map_err(print)?;
            Exit::Finding
        }
    };
    if let Some(note) = asked::note(&preview.plan.policy, true).filter(|_| preview.would_ask()) {
        writeln!(err, "{note}").map_err(print)?;
    }
    if args.receipt {
        let receipt = serde_json::to_string_pretty(&preview.receipt()).unwrap_or_default();
        writeln!(err, "{receipt}").map_err(print)?;
    }
    Ok(exit)
}
