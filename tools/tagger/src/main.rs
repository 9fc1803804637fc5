//! Trains the model with which Assentry tells names and places in a text.
//!
//! `tagger-trainer train WORDS.tsv MODEL.bin TEXTS.jsonl…` writes a model; `tagger-trainer tag MODEL.bin < TEXTS.jsonl` says what it
//! finds. It uses the very files that the product is built from, so that both see a text alike.

#[allow(dead_code, reason = "the product's own file; not all of it is needed here")]
#[path = "../../../src/text.rs"]
mod text;

mod tagger;

use std::{env, error::Error, fs, io};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["train", words, model, texts @ ..] => {
            let words = fs::read_to_string(words)?;
            let mut rows = Vec::new();
            for path in texts {
                rows.extend(tagger::rows(&fs::read_to_string(path)?)?);
            }
            fs::write(model, tagger::train(&words, &rows)?)?;
        }
        ["tag", model, lean] => {
            let model = fs::read(model)?;
            tagger::tag(model, lean.parse()?, io::stdin().lock(), io::stdout().lock())?;
        }
        _ => return Err("train WORDS.tsv MODEL.bin TEXTS.jsonl…, or tag MODEL.bin LEAN < TEXTS.jsonl".into()),
    }
    Ok(())
}
