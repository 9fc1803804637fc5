//! The policy files that a person names: files as they are, and in folders every `*.yaml` and `*.yml`.
//!
//! The rule: whatever is named is looked at, or said to be unreadable; a folder without a policy is a mistake, not a
//! success. What lies under `profiles/` in a folder is no policy, and left to those who look for profiles, too.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A path that can't be looked at.
#[derive(Debug, thiserror::Error)]
#[error("can't read `{}`: {why}", path.display())]
pub(super) struct Unreadable {
    pub(super) path: PathBuf,
    pub(super) why: String,
}

/// What is looked for in folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sought {
    Policies,
    PoliciesAndProfiles,
}

/// The files that are meant by these paths, folders in the order of their names.
pub(super) fn find(paths: &[PathBuf], sought: Sought) -> (Vec<PathBuf>, Vec<Unreadable>) {
    let (mut files, mut unreadable) = (Vec::new(), Vec::new());
    for path in paths {
        let before = files.len();
        match look(path, sought, &mut files) {
            Ok(()) if files.len() == before => {
                unreadable
                    .push(Unreadable { path: path.clone(), why: "there is no policy in it".to_owned() });
            }
            Ok(()) => {}
            Err(error) => unreadable.push(Unreadable { path: path.clone(), why: error.to_string() }),
        }
    }
    (files, unreadable)
}

fn look(path: &Path, sought: Sought, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut found =
        fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    found.sort();
    for path in found {
        if path.is_dir() {
            let has_profiles = path.file_name().is_some_and(|name| name == "profiles");
            if !has_profiles || sought == Sought::PoliciesAndProfiles {
                look(&path, sought, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_for_policies_and_an_empty_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            path
        };
        let (b, a) = (write("p/b.yaml"), write("p/a/x.yml"));
        let profile = write("p/profiles/slack.yaml");
        write("p/README.md");
        let named = write("odd.txt");
        fs::create_dir(folder.path().join("empty")).unwrap();
        let paths = ["odd.txt", "p", "empty", "missing"].map(|name| folder.path().join(name));
        let (files, unreadable) = find(&paths, Sought::Policies);
        assert_eq!(files, [named.clone(), a.clone(), b.clone()]);
        assert_eq!(find(&paths, Sought::PoliciesAndProfiles).0, [named, a, b, profile]);
        let told: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
        assert!(told[0].ends_with("empty`: there is no policy in it"), "{told:?}");
        assert!(told[1].contains("missing`: No such file"), "{told:?}");
    }
}
