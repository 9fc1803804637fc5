//! What must hold for every policy that is shipped.

use std::path::{Path, PathBuf};

use super::*;
use crate::policy::{Basis, Data, Serves, check};

fn shipped() -> Vec<Policy> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect();
    files.sort();
    assert!(files.len() >= 3, "{files:?}");
    files.iter().map(|path| Policy::load(path).unwrap_or_else(|no| panic!("{}", no.show(false)))).collect()
}

#[test]
fn all_examples_of_the_policies_shipped_hold_and_nothing_is_to_be_warned_about() {
    for policy in shipped() {
        let source = policy.source.clone();
        let mut stage = Stage::new(policy.clone());
        let failed: Vec<String> = stage
            .run()
            .iter()
            .filter(|trial| !trial.holds())
            .map(|trial| trial.show(&source, false))
            .collect();
        assert!(failed.is_empty(), "{}", failed.join("\n\n"));
        let warnings = check::warnings(&policy).into_iter().chain(stage.prove().warnings(&policy));
        let warnings: Vec<String> = warnings.map(|complaint| source.show(&complaint, false)).collect();
        assert!(warnings.is_empty(), "{}", warnings.join("\n\n"));
    }
}

#[test]
fn every_entry_of_the_policies_shipped_is_seen_acting_and_passing_unless_it_never_can() {
    for policy in shipped() {
        let proof = Stage::new(policy.clone()).prove();
        for (data, shown) in policy.data.iter().zip(&proof.entries) {
            let name = format!("`{}` of `{}`", data.name, policy.name);
            assert_eq!(shown.acting, can_act(&policy, data), "acting: {name}");
            assert_eq!(shown.passing, data.serves != Serves::Nothing, "passing: {name}");
        }
        assert!(proof.undeclared, "undeclared of `{}`", policy.name);
    }
}

/// Nothing forbids what the law or somebody's life demands.
fn can_act(policy: &Policy, data: &Data) -> bool {
    let unforbidden = data
        .serves
        .purposes()
        .filter(|n| matches!(policy.purposes[*n].basis, Basis::LegalObligation | Basis::VitalInterests));
    !data.serves.satisfied_by(unforbidden.fold(0, |bits, n| bits | 1 << n))
}
