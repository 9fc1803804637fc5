#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, missing_docs)]
//! The house rules, checked against the source itself.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The modules in the order of `lib.rs`; those that stand together, without an empty line between them, share a floor.
fn floors() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let mut floors = BTreeMap::new();
    for (floor, group) in text.split("\n\n").enumerate() {
        let modules = group.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
        floors.extend(modules.map(|module| (module.to_owned(), floor)));
    }
    floors
}

fn room(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The code of a file: no comments, and none of its tests.
fn code(file: &str, text: &str) -> String {
    if file.ends_with("tests.rs") || file.contains("/tests/") {
        return String::new();
    }
    let product = text
        .split("\n#[cfg(test)]\nmod ")
        .next()
        .unwrap()
        .split("\n#[cfg(test)]\npub(crate) mod ")
        .next()
        .unwrap();
    product.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The rooms that a file names: `crate::room::…`, and those in `use crate::{…}`.
fn imports(code: &str, floors: &BTreeMap<String, usize>) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0usize;
            let mut word = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 && (c.is_alphanumeric() || c == '_') {
                    word.push(c);
                } else if !word.is_empty() {
                    found.push(std::mem::take(&mut word));
                }
            }
            found.push(word);
        } else {
            found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found.retain(|name| floors.contains_key(name));
    found
}

#[test]
fn every_room_imports_only_from_floors_below_it() {
    let floors = floors();
    assert!(floors.len() > 15, "lib.rs lists the rooms");
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let Some(floor) = floors.get(room(&file)) else { continue };
        for import in imports(&code(&file, &text), &floors) {
            if import != room(&file) && floors[&import] <= *floor {
                wrong.push(format!("{file} imports {import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_deciding_core_has_no_clock_no_socket_and_no_async() {
    const CORE: [&str; 10] = [
        "text",
        "detect",
        "json",
        "selector",
        "profile",
        "policy",
        "pseudonym",
        "signal",
        "rewrite",
        "contrast",
    ];
    const FORBIDDEN: [&str; 9] = [
        "async ",
        ".await",
        "tokio::",
        "::now()",
        "Instant",
        "SystemTime",
        "std::net::Tcp",
        "std::net::Udp",
        "std::thread",
    ];
    for (file, text) in sources().iter().filter(|(file, _)| CORE.contains(&room(file))) {
        let code = code(file, text);
        for word in FORBIDDEN {
            assert!(!code.contains(word), "{file} has `{word}`");
        }
    }
}

#[test]
fn only_the_rewrite_clears_a_message_and_only_the_door_takes_one() {
    for (file, text) in sources() {
        let code = code(&file, &text);
        let clears = ["Cleared {", "Cleared::assume", "Seal(self."].iter().any(|word| code.contains(word));
        assert!(!clears || room(&file) == "rewrite", "{file} makes a cleared message");
    }
}

#[test]
fn files_stay_small_and_have_a_name_that_says_something() {
    let files = sources();
    let lengths: Vec<usize> = files.iter().map(|(_, text)| text.lines().count()).collect();
    let long = lengths.iter().filter(|lines| **lines > 400).count();
    assert!(long * 10 <= lengths.len(), "{long} of {} files have more than 400 lines", lengths.len());
    for (file, _) in files {
        let stem = Path::new(&file).file_stem().unwrap().to_str().unwrap();
        assert!(
            !["util", "utils", "common", "types", "helpers", "manager", "misc"].contains(&stem),
            "{file}"
        );
    }
}
