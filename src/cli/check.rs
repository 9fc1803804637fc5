//! `assentry check`: what is wrong with policies and profiles, and what their authors will not have meant.
//!
//! The rule: what is not complained about can be served. All files are looked at before the verb ends, whatever is wrong
//! with the first; and a warning counts like an error, because in a policy both mean that it does not say what its
//! author thinks.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::{Value, json};

use super::{
    Exit, asked,
    policy_files::{self, Sought},
    test::trial_json,
};
use crate::{
    complaint::{Complaint, Severity, Source},
    examples::{Stage, Trial},
    policy::{Policy, Unusable, check},
    profile::Profile,
};

/// Check policies and profiles: errors, what their authors will not have meant, and examples.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// Policy and profile files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the verb.
///
/// # Errors
/// When the findings can't be printed.
pub fn run(args: &CheckArgs, colour: bool, out: &mut impl Write) -> io::Result<Exit> {
    let (files, unreadable) = policy_files::find(&args.paths, Sought::PoliciesAndProfiles);
    let checked: Vec<Checked> = files.iter().map(|path| Checked::of(path)).collect();
    let mut exit = checked.iter().map(Checked::exit).max().unwrap_or_default();
    if !unreadable.is_empty() {
        exit = Exit::Failed;
    }
    if args.json {
        let unreadable: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
        let files: Vec<Value> = checked.iter().map(Checked::json).collect();
        writeln!(out, "{}", json!({"files": files, "unreadable": unreadable}))?;
        return Ok(exit);
    }
    for path in &unreadable {
        writeln!(out, "error: {path}")?;
    }
    if !unreadable.is_empty() && !checked.is_empty() {
        writeln!(out)?;
    }
    checked.iter().try_for_each(|checked| checked.print(colour, out))?;
    Ok(exit)
}

/// What was found in one file.
enum Checked {
    /// The file can't be read or used.
    Unusable { path: String, why: Unusable },
    /// It is a profile, and can be used.
    Profile(Box<Profile>),
    /// The policy can be used.
    Usable { policy: Box<Policy>, complaints: Vec<Complaint>, failed: Vec<Trial> },
}

impl Checked {
    fn of(path: &Path) -> Self {
        let is_profile = fs::read_to_string(path).is_ok_and(|text| Profile::is_meant_by(&text));
        let checked = if is_profile {
            Profile::load(path).map(|profile| Self::Profile(Box::new(profile)))
        } else {
            Policy::load(path).map(Self::usable)
        };
        checked.unwrap_or_else(|why| Self::Unusable { path: path.display().to_string(), why })
    }

    fn usable(policy: Policy) -> Self {
        let mut complaints = check::warnings(&policy);
        let mut stage = Stage::new(policy.clone());
        let mut failed = stage.run();
        failed.retain(|trial| !trial.holds());
        if failed.is_empty() {
            complaints.extend(stage.prove().warnings(&policy));
            complaints.sort_by_key(|complaint| complaint.place.start);
        }
        Self::Usable { policy: Box::new(policy), complaints, failed }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Unusable { why: Unusable::Unreadable { .. }, .. } => Exit::Failed,
            Self::Unusable { why: Unusable::Wrong { .. }, .. } => Exit::Finding,
            Self::Profile(_) => Exit::Done,
            Self::Usable { complaints, failed, .. } if complaints.is_empty() && failed.is_empty() => {
                Exit::Done
            }
            Self::Usable { .. } => Exit::Finding,
        }
    }

    fn print(&self, colour: bool, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Unusable { why, .. } => writeln!(out, "{}\n", why.show(colour)),
            Self::Profile(profile) => {
                let (path, name) = (&profile.source.path, &profile.name);
                writeln!(out, "{path}: nothing to complain about (the profile `{name}`)")
            }
            Self::Usable { policy, complaints, failed } => {
                for complaint in complaints {
                    writeln!(out, "{}\n", policy.source.show(complaint, colour))?;
                }
                for trial in failed {
                    writeln!(out, "{}\n", trial.show(&policy.source, colour))?;
                }
                if let Some(note) = asked::note(policy, false) {
                    writeln!(out, "{}: {note}", policy.source.path)?;
                }
                let (path, data, examples) = (&policy.source.path, policy.data.len(), policy.examples.len());
                match complaints.len() + failed.len() {
                    0 => writeln!(
                        out,
                        "{path}: nothing to complain about ({}, {})",
                        many(data, "data entry", "data entries"),
                        many(examples, "example", "examples"),
                    ),
                    1 => writeln!(out, "{path}: one finding\n"),
                    n => writeln!(out, "{path}: {n} findings\n"),
                }
            }
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Unusable { path, why: Unusable::Unreadable { error, .. } } => {
                json!({"path": path, "unreadable": error})
            }
            Self::Unusable { path, why: Unusable::Wrong { source, complaints } } => {
                json!({"path": path, "complaints": told(source, complaints)})
            }
            Self::Profile(profile) => {
                json!({"path": &*profile.source.path, "profile": &*profile.name, "complaints": []})
            }
            Self::Usable { policy, complaints, failed } => {
                let failed: Vec<Value> =
                    failed.iter().map(|trial| trial_json(trial, &policy.source)).collect();
                json!({
                    "path": &*policy.source.path,
                    "policy": &*policy.name,
                    "version": policy.version,
                    "digest": policy.digest_hex(),
                    "complaints": told(&policy.source, complaints),
                    "failed_examples": failed,
                })
            }
        }
    }
}

fn many(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn told(source: &Source, complaints: &[Complaint]) -> Vec<Value> {
    let one = |complaint: &Complaint| {
        let severity = match complaint.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        json!({
            "severity": severity,
            "what": complaint.what,
            "line": source.line(complaint.place.start),
            "advice": complaint.advice,
        })
    };
    complaints.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &str)], json: bool) -> (Exit, String) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let args = CheckArgs { paths: vec![folder.path().to_owned()], json };
        let mut out = Vec::new();
        let exit = run(&args, false, &mut out).unwrap();
        (exit, String::from_utf8(out).unwrap().replace(&*folder.path().to_string_lossy(), "policies"))
    }

    const GOOD: &str = "policy: good
version: 1
undeclared: forward
data:
  secret: {at: $.secret}
examples:
  - name: no secret passes
    to_bot: {body: {secret: 1}}
    becomes: {body: {}}
";

    #[test]
    fn a_good_policy_is_said_to_be_one() {
        let (exit, said) = check(&[("good.yaml", GOOD)], false);
        assert_eq!(exit.code(), 0, "{said}");
        assert_eq!(said, "policies/good.yaml: nothing to complain about (1 data entry, 1 example)\n");
    }

    #[test]
    fn there_is_nothing_to_complain_about_in_the_policies_and_profiles_shipped() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
        let mut out = Vec::new();
        let exit = run(&CheckArgs { paths: vec![folder], json: false }, false, &mut out).unwrap();
        let said = String::from_utf8_lossy(&out);
        assert_eq!(exit.code(), 0, "{said}");
        assert!(said.contains("(the profile `openai-chat`)"), "{said}");
    }

    #[test]
    fn every_finding_is_told_in_words_and_as_json() {
        let warned = GOOD.replace("data:", "purposes:\n  spare: {title: S, basis: consent}\ndata:");
        let failing = GOOD.replace("body: {}", "body: {secret: 1}");
        let wrong = GOOD.replace("undeclared: forward", "undeclared: foward");
        let files = [("a.yaml", &*warned), ("b.yaml", &*failing), ("c.yaml", &*wrong), ("d.yaml", GOOD)];
        let (exit, said) = check(&files, false);
        assert_eq!(exit.code(), 3);
        insta::assert_snapshot!(said);
        let (_, said) = check(&files, true);
        let mut said: Value = serde_json::from_str(&said).unwrap();
        for file in said["files"].as_array_mut().unwrap() {
            file.as_object_mut().unwrap().remove("digest");
        }
        insta::assert_snapshot!(serde_json::to_string_pretty(&said).unwrap());
    }

    #[test]
    fn a_profile_is_told_by_its_first_key_and_checked_as_one() {
        const PROFILE: &str =
            "# Ours.\nprofile: ours\ntitle: T\nsource: S\nto_bot: {texts: $}\nto_person: {texts: $}\n";
        let (exit, said) = check(&[("ours.yaml", PROFILE)], false);
        assert_eq!(exit.code(), 0, "{said}");
        assert_eq!(said, "policies/ours.yaml: nothing to complain about (the profile `ours`)\n");
        let (_, said) = check(&[("ours.yaml", PROFILE)], true);
        assert!(said.contains(r#""profile":"ours""#), "{said}");
        let (exit, said) = check(&[("ours.yaml", &PROFILE.replace("title", "titel"))], false);
        assert_eq!(exit.code(), 3);
        assert!(said.contains("unknown key `titel`") && said.contains("did you mean `title`?"), "{said}");
    }

    #[test]
    fn what_can_not_be_read_is_told_and_the_rest_is_checked_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good.yaml");
        fs::write(&good, GOOD).unwrap();
        let args = CheckArgs { paths: vec![folder.path().join("missing.yaml"), good], json: false };
        let mut out = Vec::new();
        assert_eq!(run(&args, false, &mut out).unwrap().code(), 1);
        let said = String::from_utf8(out).unwrap();
        assert!(said.contains("missing.yaml`: No such file"), "{said}");
        assert!(said.contains("nothing to complain about"), "{said}");
    }
}
