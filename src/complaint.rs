//! What is wrong with a file that somebody wrote, where, and what to do about it.
//!
//! The rule: every complaint points at a line with a caret, is lower-case, quotes the writer's words in backticks and speaks
//! no Rust. Values of messages never get here: complaints are about policies and configurations.

use std::{fmt, ops::Range, sync::Arc};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// A file that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path, as the user gave it.
    pub path: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file works, but not as its author will have meant.
    Warning,
    /// The file can't be used.
    Error,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub what: String,
    /// Where: a range of bytes in the file.
    pub place: Range<usize>,
    /// What to do, shown at the caret.
    pub advice: String,
}

/// Why a file can't be used.
#[derive(Clone, Debug)]
pub enum Unusable {
    /// The file can't be read.
    Unreadable {
        /// What the file is to be.
        what: &'static str,
        /// Its path.
        path: String,
        /// What the system says.
        error: String,
    },
    /// The file is wrong.
    Wrong {
        /// The file.
        source: Source,
        /// What is wrong with it.
        complaints: Vec<Complaint>,
    },
}

impl Source {
    /// A file's path and text.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The line on which a byte stands, counted from 1.
    pub fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }

    /// The line and the column of a byte, counted from 1; columns in characters.
    pub fn position(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..self.fitting(&(at..at)).start).unwrap_or_default();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (self.line(at), column)
    }

    /// The complaint with file, line and caret; in colour where that is wanted.
    pub fn show(&self, complaint: &Complaint, colour: bool) -> String {
        let level = match complaint.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let caret = AnnotationKind::Primary.span(self.fitting(&complaint.place)).label(&complaint.advice);
        let snippet = Snippet::source(&*self.text).path(&*self.path).annotation(caret);
        let report = [level.primary_title(&complaint.what).element(snippet)];
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&report).to_string()
    }

    /// A range that lies in the text, on character borders, and on one line so that the picture stays small.
    fn fitting(&self, place: &Range<usize>) -> Range<usize> {
        let border = |at: usize| {
            (0..=at.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
        };
        let start = border(place.start);
        let end = border(place.end).max(start);
        let line_end =
            self.text.get(start..end).and_then(|text| text.find('\n')).map_or(end, |at| start + at);
        start..line_end
    }
}

impl Complaint {
    /// Something that makes the file unusable.
    pub fn error(what: impl Into<String>, place: Range<usize>, advice: impl Into<String>) -> Self {
        Self { severity: Severity::Error, what: what.into(), place, advice: advice.into() }
    }

    /// Something that its author will not have meant.
    pub fn warning(what: impl Into<String>, place: Range<usize>, advice: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, what: what.into(), place, advice: advice.into() }
    }
}

impl Unusable {
    /// The reason, with file, line and caret where there is one.
    pub fn show(&self, colour: bool) -> String {
        match self {
            Self::Unreadable { what, path, error } => {
                format!("error: can't read the {what} `{path}`: {error}")
            }
            Self::Wrong { source, complaints } => {
                let shown: Vec<String> =
                    complaints.iter().map(|complaint| source.show(complaint, colour)).collect();
                shown.join("\n\n")
            }
        }
    }
}

/// The word of a list that somebody probably meant: ` — did you mean …?`, or what there is to choose from.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let near = known.iter().map(|name| (strsim::damerau_levenshtein(word, name), *name)).min();
    match near {
        Some((distance, name)) if distance <= 2.max(name.len() / 3) => format!("did you mean `{name}`?"),
        Some(_) if known.len() <= 12 => format!("known here: {}", Listed(&known)),
        Some(_) | None => "not known here".to_owned(),
    }
}

/// Words in backticks, with commas between them.
pub struct Listed<'a, T>(pub &'a [T]);

impl<T: AsRef<str>> fmt::Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, word) in self.0.iter().enumerate() {
            write!(f, "{}`{}`", if n == 0 { "" } else { ", " }, word.as_ref())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_shows_file_line_and_caret() {
        let source = Source::new("policies/x.yaml", "policy: x\npurpose:\n  a: 1\n");
        let complaint = Complaint::error("unknown key `purpose`", 10..17, "did you mean `purposes`?");
        insta::assert_snapshot!(source.show(&complaint, false), @r"
        error: unknown key `purpose`
         --> policies/x.yaml:2:1
          |
        2 | purpose:
          | ^^^^^^^ did you mean `purposes`?
        ");
    }

    #[test]
    fn a_place_outside_the_text_is_brought_back_in() {
        let source = Source::new("x", "é\nb");
        assert_eq!(source.fitting(&(1..100)), 0..2);
        assert_eq!(source.fitting(&(50..60)), 4..4);
    }
}
