//! The header of a part (RFC 7578, section 4).
//!
//! The rule: each field once, one line each, `Content-Disposition: form-data` with one name among them, and nothing that
//! would have the content read otherwise than it stands there. What would defeat it: `name*`, an encoding for the way
//! (which RFC 7578 forbids to senders), a charset of one's own, parts within a part.

use super::boundary::{Malformed, Parameter, is_token, parameters, value_of};
use crate::refusal::Refusal;

/// The header of one part.
#[derive(Clone, Debug)]
pub(super) struct Head<'a> {
    lines: Vec<Line<'a>>,
    /// The part's name.
    pub(super) name: &'a str,
    file_name: Option<&'a str>,
    extended_file_name: bool,
    media_type: Option<&'a str>,
}

#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    name: &'a str,
    value: &'a str,
}

/// What is to be said of a part instead of what it said.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// It gets this file name.
    pub(super) file_name: Option<String>,
    /// Its content gets another length.
    pub(super) length: bool,
    /// What no entry can name goes.
    pub(super) undeclared: bool,
}

impl<'a> Head<'a> {
    /// Reads a header.
    ///
    /// # Errors
    /// When it can be read in two ways, or not at all.
    pub(super) fn read(raw: &'a [u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(raw).map_err(|_| malformed("the header of a part is not UTF-8"))?;
        let mut lines: Vec<Line<'a>> = Vec::new();
        for line in text.trim_end_matches("\r\n").split("\r\n") {
            let line = Line::read(line).ok_or(malformed("the header of a part is malformed"))?;
            if lines.iter().any(|other| other.name.eq_ignore_ascii_case(line.name)) {
                return Err(malformed("the header of a part has a field twice"));
            }
            lines.push(line);
        }
        let of = |name: &str| lines.iter().find(|line| line.name.eq_ignore_ascii_case(name));
        let disposition = of("content-disposition").and_then(|line| line.value.split_once(';'));
        let is_field = |kind: &str| kind.trim().eq_ignore_ascii_case("form-data");
        let said = disposition.filter(|(kind, _)| is_field(kind)).map(|(_, said)| said);
        let said = said.ok_or(malformed("a part is no field of a form"))?;
        let said = parameters(said).map_err(ambiguous)?;
        let name = part_name(&said)?;
        let transfer = of("content-transfer-encoding").map_or("binary", |line| line.value);
        if !["7bit", "8bit", "binary"].iter().any(|plain| plain.eq_ignore_ascii_case(transfer)) {
            return Err(malformed("a part is encoded for the way"));
        }
        if of("content-encoding").is_some() {
            return Err(malformed("a part has a content encoding of its own"));
        }
        let media_type = of("content-type").map(|line| media_type(line.value)).transpose()?;
        Ok(Self {
            name,
            file_name: value_of(&said, "filename"),
            extended_file_name: value_of(&said, "filename*").is_some(),
            media_type,
            lines,
        })
    }

    /// The media type that the part says it has, without parameters.
    pub(super) fn media_type(&self) -> Option<&'a str> {
        self.media_type
    }

    /// Whether a bot may take the part for a file: it has a file name, or is of a type that no field has.
    pub(super) fn is_file(&self) -> bool {
        let is_text = |media: &str| media.get(..5).is_some_and(|kind| kind.eq_ignore_ascii_case("text/"));
        self.has_file_name() || self.media_type.is_some_and(|media| !is_text(media) && !is_json(media))
    }

    /// Whether the part is a JSON document.
    pub(super) fn is_json(&self) -> bool {
        self.media_type.is_some_and(is_json)
    }

    /// Whether it is said what a file was called.
    pub(super) fn has_file_name(&self) -> bool {
        self.file_name.is_some() || self.extended_file_name
    }

    /// What a file was called, where that is said once.
    pub(super) fn file_name(&self) -> Option<&'a str> {
        self.file_name.filter(|_| !self.extended_file_name)
    }

    /// Whether there is anything but what a form needs.
    pub(super) fn has_more_than_a_form_needs(&self) -> bool {
        self.lines.iter().any(|line| !line.is_needed())
    }

    /// The header as it is to be sent, with the empty line that ends it.
    pub(super) fn written(&self, changes: &Changes) -> Vec<u8> {
        let mut out = String::new();
        for line in &self.lines {
            let is = |name: &str| line.name.eq_ignore_ascii_case(name);
            if changes.length && is("content-length") || changes.undeclared && !line.is_needed() {
                continue;
            }
            out.push_str(line.name);
            match &changes.file_name {
                Some(made) if is("content-disposition") => {
                    out.push_str(&format!(
                        ": form-data; name=\"{}\"; filename=\"{}\"",
                        self.name,
                        quoted(made)
                    ));
                }
                // `image/png; name=…` says it once more.
                Some(_) if is("content-type") => {
                    out.push_str(&format!(": {}", self.media_type.unwrap_or_default()));
                }
                Some(_) | None => out.push_str(&format!(":{}", line.value)),
            }
            out.push_str("\r\n");
        }
        out.push_str("\r\n");
        out.into_bytes()
    }
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (name, value) = line.split_once(':')?;
        let is_good = is_token(name) && !value.contains(|c: char| c.is_control() && c != '\t');
        is_good.then_some(Self { name, value })
    }

    fn is_needed(&self) -> bool {
        ["content-disposition", "content-type", "content-length", "content-transfer-encoding"]
            .iter()
            .any(|needed| needed.eq_ignore_ascii_case(self.name))
    }
}

/// The name of a part. `name*` is not for forms (RFC 7578, section 4.2), and a backslash is read in two ways.
fn part_name<'a>(said: &[Parameter<'a>]) -> Result<&'a str, Refusal> {
    let name = value_of(said, "name").ok_or(malformed("a part has no name"))?;
    if value_of(said, "name*").is_some() || name.contains('\\') {
        return Err(ambiguous(Malformed));
    }
    Ok(name)
}

fn media_type(value: &str) -> Result<&str, Refusal> {
    let (essence, said) = value.split_once(';').unwrap_or((value, ""));
    let essence = essence.trim();
    let said = parameters(said).map_err(ambiguous)?;
    let is_text = essence.get(..5).is_some_and(|kind| kind.eq_ignore_ascii_case("text/")) || is_json(essence);
    let plain = ["utf-8", "utf8", "us-ascii"];
    let charset = value_of(&said, "charset").unwrap_or("utf-8");
    if is_text && !plain.iter().any(|plain| plain.eq_ignore_ascii_case(charset)) {
        return Err(malformed("the charset of a part is not UTF-8"));
    }
    if essence.get(..10).is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/")) {
        return Err(malformed("there are parts within a part"));
    }
    Ok(essence)
}

fn is_json(essence: &str) -> bool {
    super::super::media::is_json(&essence.to_ascii_lowercase())
}

/// A file name as browsers write it (WHATWG HTML, section 4.10.22.8).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A").replace('\\', "%5C")
}

fn ambiguous(_: Malformed) -> Refusal {
    malformed("the header of a part can be read in two ways")
}

fn malformed(what: &'static str) -> Refusal {
    Refusal::Unreadable { what, at: 0 }
}
