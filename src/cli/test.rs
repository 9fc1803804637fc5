//! `assentry test`: runs the examples of policies, and nothing else.
//!
//! The rule: a run that tried nothing is not a success. What would defeat it is a filter with a typo, so one that fits no
//! example is a finding.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;
use serde_json::{Value, json};

use super::{
    Exit, Trouble,
    asked::{self, Asker, DetectorArgs, unanswered},
    policy_files::{self, Sought, Unreadable},
};
use crate::{
    complaint::Source,
    examples::{Stage, Trial},
    policy::{Policy, Unusable},
};

/// Run the examples of policies.
#[derive(Args, Clone, Debug)]
pub struct TestArgs {
    /// Policy files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Run only examples whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub outside: DetectorArgs,
}

/// Runs the verb.
///
/// # Errors
/// When a detector can't be asked; inside, when the results can't be printed.
pub fn run(args: &TestArgs, colour: bool, out: &mut impl Write) -> Result<io::Result<Exit>, Trouble> {
    let (files, unreadable) = policy_files::find(&args.paths, Sought::Policies);
    let policies: Vec<_> = files.iter().map(|path| (path, Policy::load(path))).collect();
    let usable: Vec<&Policy> = policies.iter().filter_map(|(_, policy)| policy.as_ref().ok()).collect();
    let asker = args.outside.asker(&usable)?;
    let tried = policies.into_iter().map(|(path, policy)| match policy {
        Err(why) => Ok(Tried::Unusable { path: path.display().to_string(), why }),
        Ok(policy) => Tried::of(policy, args.filter.as_deref(), asker.as_ref()),
    });
    let tried = tried.collect::<Result<Vec<_>, Trouble>>()?;
    Ok(told(args, colour, &tried, &unreadable, out))
}

fn told(
    args: &TestArgs,
    colour: bool,
    tried: &[Tried],
    unreadable: &[Unreadable],
    out: &mut impl Write,
) -> io::Result<Exit> {
    let sum = Sum::of(tried);
    let mut exit = tried.iter().map(Tried::exit).max().unwrap_or_default();
    if sum.held == 0 {
        exit = exit.max(Exit::Finding);
    }
    if !unreadable.is_empty() {
        exit = Exit::Failed;
    }
    if args.json {
        let unreadable: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
        let files: Vec<Value> = tried.iter().map(Tried::json).collect();
        writeln!(
            out,
            "{}",
            json!({"files": files, "unreadable": unreadable, "held": sum.held, "failed": sum.failed})
        )?;
        return Ok(exit);
    }
    for path in unreadable {
        writeln!(out, "error: {path}\n")?;
    }
    tried.iter().try_for_each(|tried| tried.print(colour, out))?;
    sum.print(args.filter.as_deref(), out)?;
    Ok(exit)
}

/// One example's result as JSON.
pub(super) fn trial_json(trial: &Trial, source: &Source) -> Value {
    let differences = trial.differences.iter().map(|difference| {
        // A member that is missing stands for nothing, which JSON's `null` would not tell from `null`.
        let sides = [("expected", &difference.expected), ("got", &difference.got)];
        let sides = sides.into_iter().filter_map(|(side, value)| Some((side.to_owned(), value.clone()?)));
        let place = ("place".to_owned(), Value::from(difference.place.as_str()));
        Value::Object(std::iter::once(place).chain(sides).collect())
    });
    json!({
        "name": trial.name,
        "line": source.line(trial.at()),
        "holds": trial.holds(),
        "differences": differences.collect::<Vec<_>>(),
    })
}

/// What came of one file.
enum Tried {
    /// The file can't be read, or its policy can't be used.
    Unusable { path: String, why: Unusable },
    /// Its examples were run.
    Run { source: Source, trials: Vec<Trial>, note: Option<String> },
}

impl Tried {
    fn of(policy: Policy, filter: Option<&str>, asker: Option<&Asker>) -> Result<Self, Trouble> {
        let source = policy.source.clone();
        let note = asked::note(&policy, true).filter(|_| asker.is_none());
        let stage = Stage::new(policy);
        let is_wanted = |name: &str| filter.is_none_or(|filter| name.contains(filter));
        let mut trials = match asker {
            None => stage.run(),
            Some(asker) => stage
                .run_asking(is_wanted, |questions, answers| asker.ask(questions, answers))
                .map_err(|why| unanswered(&why))?,
        };
        trials.retain(|trial| is_wanted(&trial.name));
        Ok(Self::Run { source, trials, note })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Unusable { why: Unusable::Unreadable { .. }, .. } => Exit::Failed,
            Self::Unusable { why: Unusable::Wrong { .. }, .. } => Exit::Finding,
            Self::Run { trials, .. } if trials.iter().all(Trial::holds) => Exit::Done,
            Self::Run { .. } => Exit::Finding,
        }
    }

    fn print(&self, colour: bool, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Unusable { why, .. } => writeln!(out, "{}\n", why.show(colour)),
            Self::Run { source, trials, note } => {
                if !trials.is_empty() {
                    writeln!(out, "{}", source.path)?;
                    note.iter().try_for_each(|note| writeln!(out, "  {note}"))?;
                }
                for trial in trials {
                    writeln!(out, "  {} {}", mark(trial.holds(), colour), trial.name)?;
                }
                let mut failed = trials.iter().filter(|trial| !trial.holds());
                failed.try_for_each(|trial| writeln!(out, "\n{}", trial.show(source, colour)))?;
                if trials.is_empty() { Ok(()) } else { writeln!(out) }
            }
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Unusable { path, why } => json!({"path": path, "unusable": why.show(false)}),
            Self::Run { source, trials, .. } => {
                let examples: Vec<Value> = trials.iter().map(|trial| trial_json(trial, source)).collect();
                json!({"path": &*source.path, "examples": examples})
            }
        }
    }
}

fn mark(holds: bool, colour: bool) -> &'static str {
    match (holds, colour) {
        (true, false) => "✓",
        (false, false) => "✗",
        (true, true) => "\u{1b}[32m✓\u{1b}[0m",
        (false, true) => "\u{1b}[31m✗\u{1b}[0m",
    }
}

/// How many examples held, and how many did not.
struct Sum {
    held: usize,
    failed: usize,
}

impl Sum {
    fn of(tried: &[Tried]) -> Self {
        let trials = tried.iter().flat_map(|tried| match tried {
            Tried::Unusable { .. } => &[][..],
            Tried::Run { trials, .. } => trials,
        });
        let (held, failed): (Vec<&Trial>, Vec<&Trial>) = trials.partition(|trial| trial.holds());
        Self { held: held.len(), failed: failed.len() }
    }

    fn print(&self, filter: Option<&str>, out: &mut impl Write) -> io::Result<()> {
        match (self.held, self.failed, filter) {
            (0, 0, Some(filter)) => writeln!(out, "no example has `{filter}` in its name"),
            (0, 0, None) => writeln!(out, "there are no examples"),
            (held, 0, _) => writeln!(out, "{held} held"),
            (held, failed, _) => writeln!(out, "{held} held, {failed} failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const POLICY: &str = "policy: p
version: 1
undeclared: forward
data:
  secret: {at: $.secret}
examples:
  - name: no secret passes
    to_bot: {body: {secret: 1}}
    becomes: {body: {}}
  - name: a wrong one
    to_bot: {body: {secret: 1, text: hi}}
    becomes: {body: {secret: 1}}
";

    fn test(text: &str, filter: Option<&str>, json: bool) -> (u8, String) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("p.yaml"), text).unwrap();
        let (paths, outside) = (vec![folder.path().to_owned()], DetectorArgs::default());
        let args = TestArgs { paths, filter: filter.map(str::to_owned), json, outside };
        let mut out = Vec::new();
        let exit = run(&args, false, &mut out).unwrap().unwrap();
        let said = String::from_utf8(out).unwrap();
        (exit.code(), said.replace(&*folder.path().to_string_lossy(), "policies"))
    }

    #[test]
    fn one_line_tells_how_an_example_went_and_a_picture_why_it_failed() {
        let (code, said) = test(POLICY, None, false);
        assert_eq!(code, 3);
        insta::assert_snapshot!(said);
        let (_, said) = test(POLICY, None, true);
        let said: Value = serde_json::from_str(&said).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&said).unwrap());
    }

    #[test]
    fn a_filter_runs_some_of_them_and_one_that_fits_none_is_told() {
        let held = "policies/p.yaml\n  ✓ no secret passes\n\n1 held\n";
        assert_eq!(test(POLICY, Some("secret"), false), (0, held.to_owned()));
        assert_eq!(
            test(POLICY, Some("secrte"), false),
            (3, "no example has `secrte` in its name\n".to_owned())
        );
    }

    #[test]
    fn a_policy_that_can_not_be_used_is_a_finding() {
        let (code, said) = test("policy: p\n", None, false);
        assert_eq!(code, 3);
        assert!(said.contains("policies/p.yaml:1"), "{said}");
    }
}
