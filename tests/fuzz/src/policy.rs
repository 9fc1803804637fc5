//! A policy with kinds of its own, out of any bytes.
//!
//! The rule: most of what comes out is a policy that loads, or it would be the reader alone that is tried; so patterns are put together from
//! parts that are bounded, and only now and then of whatever characters come. What would defeat it: a setting of
//! `detection` that nothing here writes.

use std::fmt::Write as _;

use libfuzzer_sys::arbitrary::{Result, Unstructured};

/// What stands around `detection`.
const HEAD: &str = "policy: p\nversion: 1\nundeclared: forward\npurposes:\n  a: {title: A, basis: consent}\n\
    data:\n  t: {in_text: [k0, contact], for: a}\ndetection:\n  kinds:\n";

/// Parts of patterns. Those that the reader must refuse are few.
const ATOMS: [&str; 32] = [
    r"\d",
    r"\w",
    ".",
    "[a-z]",
    "[A-Z0-9]",
    "[^ ]",
    r"\s",
    "[äöü]",
    r"[\w-]",
    "é",
    "谢",
    "1",
    "0",
    "E",
    "x",
    "@",
    "-",
    r"\.",
    "%",
    "&",
    " ",
    "/",
    ":",
    r"\b",
    r"\B",
    "(?i:abc)",
    "ab|abcd",
    r"\p{Greek}",
    "[0-9A-F]",
    r"\W",
    "$",
    "１",
];

/// How often; the last has no bound.
const TIMES: [&str; 12] =
    ["", "", "", "?", "{2}", "{3}", "{1,3}", "{0,4}", "{4,20}", "{1,40}", "{2,90}", "*"];

const CHECKS: [&str; 4] = ["luhn", "mod97", "mod11-10", "verhoeff"];
const WORDS: [&str; 8] = ["staff", "Badge", "nummer", "ssn", "call", "номер", "谢谢", "office"];
const VALUES: [&str; 6] = ["ada@example.com", "E-123456", "a", "1", "%40", "１２"];
const KINDS: [&str; 8] = ["k0", "k1", "email", "phone", "contact", "person-name", "secret", "url"];

/// The file.
pub fn written(bytes: &[u8]) -> String {
    let mut from = Unstructured::new(bytes);
    let mut text = HEAD.to_owned();
    // What is missing at the end is missing.
    let _ = kinds(&mut from, &mut text).and_then(|()| settings(&mut from, &mut text));
    text
}

fn kinds(from: &mut Unstructured<'_>, text: &mut String) -> Result<()> {
    let count = if from.ratio(1, 64)? { 45 } else { from.int_in_range(1..=4)? };
    for number in 0..count {
        let pattern = if from.ratio(1, 8)? { any(from)? } else { pattern(from, 2)? };
        let _ = write!(text, "    k{number}: {{pattern: {}", quoted(&pattern));
        if from.ratio(1, 3)? {
            let _ = write!(text, ", check: {}", from.choose(&CHECKS)?);
        }
        if from.ratio(1, 3)? {
            let _ = write!(text, ", words: [{}, {}]", from.choose(&WORDS)?, from.choose(&WORDS)?);
        }
        text.push_str("}\n");
    }
    Ok(())
}

fn settings(from: &mut Unstructured<'_>, text: &mut String) -> Result<()> {
    match from.int_in_range(0..=3)? {
        0 => _ = writeln!(text, "  at_least: {}", from.int_in_range(0..=100)?),
        1 => {
            let (kind, percent) = (from.choose(&KINDS)?, from.int_in_range(0..=100)?);
            _ = writeln!(text, "  at_least: {{{kind}: {percent}}}");
        }
        _ => {}
    }
    if from.ratio(1, 3)? {
        let value = if from.arbitrary()? { (*from.choose(&VALUES)?).to_owned() } else { any(from)? };
        let pattern = if from.ratio(1, 4)? { any(from)? } else { pattern(from, 1)? };
        _ = writeln!(text, "  ignore: [{}, {{pattern: {}}}]", quoted(&value), quoted(&pattern));
    }
    if from.ratio(1, 3)? {
        _ = writeln!(text, "  regions: [{}]", from.choose(&["DE", "US", "ES, IT", "DK", "NL", "JP"])?);
    }
    if from.ratio(1, 4)? {
        _ = writeln!(text, "  languages: [{}]", from.choose(&["en", "de", "fr", "zh", "ru"])?);
    }
    Ok(())
}

/// A pattern of parts, some of them groups of others.
fn pattern(from: &mut Unstructured<'_>, depth: usize) -> Result<String> {
    let mut pattern = String::new();
    for _ in 0..from.int_in_range(1..=5)? {
        if depth > 0 && from.ratio(1, 5)? {
            let (one, other) = (self::pattern(from, depth - 1)?, self::pattern(from, depth - 1)?);
            let _ = write!(pattern, "(?:{one}|{other})");
        } else {
            pattern.push_str(from.choose(&ATOMS)?);
        }
        pattern.push_str(from.choose(&TIMES)?);
    }
    Ok(pattern)
}

/// Any characters.
fn any(from: &mut Unstructured<'_>) -> Result<String> {
    let length = from.int_in_range(0..=24)?;
    let bytes = from.bytes(length.min(from.len()))?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

/// As a string in YAML.
fn quoted(text: &str) -> String {
    let escape = |c: char| match c {
        ' '..='~' if !matches!(c, '"' | '\\') => c.to_string(),
        c => format!("\\U{:08x}", u32::from(c)),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}
