//! Says what a model finds.

use std::{
    error::Error,
    io::{BufRead, Write},
};

use serde_json::{Value, json};

use super::{
    features::{History, Window},
    label::Label,
    lexicon::Lexicon,
    model::Model,
    NOTHING_ELSE,
    past::Past,
    token::Token,
    walk::{Judge, Walk},
};
use crate::text::Edge;

#[derive(Clone, Copy)]
struct Leaning(Model, i16);

impl Judge for Leaning {
    fn lexicon(&self) -> &Lexicon {
        &self.0.lexicon
    }

    fn judge(&mut self, _: &Token, window: &Window, history: History) -> (Label, u16) {
        self.0.best(window, history, self.1)
    }
}

/// Reads one text a line and writes what is found in it.
pub fn tag(model: Vec<u8>, lean: i16, texts: impl BufRead, mut out: impl Write) -> Result<(), Box<dyn Error>> {
    let judge = Leaning(Model::new(Box::leak(model.into_boxed_slice())), lean);
    for line in texts.lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let text = row["text"].as_str().ok_or("no text")?;
        let mut spans = Vec::new();
        Walk::new(judge, Past::default(), text, Edge::End, NOTHING_ELSE).run(|part| {
            let label = match part.label {
                Label::Person => "PERSON",
                Label::Location => "LOCATION",
                Label::Address => "STREET_ADDRESS",
                Label::Date => "DATE_TIME",
                _ => return,
            };
            let place = |at: usize| text[..at].chars().count();
            spans.push(json!({"start": place(part.start), "end": place(part.end), "label": label, "surety": part.surety}));
        });
        writeln!(out, "{}", json!({"id": row["id"], "spans": spans}))?;
    }
    Ok(())
}
