//! Texts with what stands in them.

use std::error::Error;

use serde::Deserialize;

use super::{label::Label, token::Token};

/// One text.
#[derive(Debug, Deserialize)]
pub struct Row {
    /// What is written.
    pub text: String,
    spans: Vec<Span>,
}

/// Characters (Unicode code points) that belong together.
#[derive(Debug, Deserialize)]
struct Span {
    start: usize,
    end: usize,
    label: String,
}

/// Reads one text a line.
pub fn rows(lines: &str) -> Result<Vec<Row>, Box<dyn Error>> {
    lines.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// What belongs together, in bytes.
#[derive(Default)]
pub struct Gold(Vec<(usize, usize, Label)>);

impl Row {
    /// What stands in it, in bytes.
    pub fn gold(&self) -> Gold {
        let mut bytes: Vec<usize> = self.text.char_indices().map(|(at, _)| at).collect();
        bytes.push(self.text.len());
        let spans = self.spans.iter().filter_map(|span| {
            let label = match span.label.as_str() {
                "PERSON" => Label::Person,
                "LOCATION" => Label::Location,
                "ADDRESS" => Label::Address,
                "ORGANIZATION" => Label::Organisation,
                _ => return None,
            };
            Some((bytes[span.start], bytes[span.end], label))
        });
        Gold(spans.collect())
    }
}

impl Gold {
    /// What a token belongs to.
    pub fn label(&self, token: &Token) -> Label {
        let Some((start, _, label)) = self.0.iter().find(|(start, end, _)| token.start < *end && token.end > *start) else {
            return Label::Other;
        };
        if token.start <= *start { *label } else { on(*label) }
    }
}

/// The label with which such a part goes on.
fn on(label: Label) -> Label {
    match label {
        Label::Other => Label::Other,
        Label::Person | Label::PersonOn => Label::PersonOn,
        Label::Location | Label::LocationOn => Label::LocationOn,
        Label::Address | Label::AddressOn => Label::AddressOn,
        Label::Organisation | Label::OrganisationOn => Label::OrganisationOn,
        Label::Date | Label::DateOn => Label::DateOn,
        Label::Nationality => Label::Nationality,
    }
}
