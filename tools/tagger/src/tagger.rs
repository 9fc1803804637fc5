//! The product's files, and what trains them.

macro_rules! of_the_product {
    ($($name:ident = $path:literal;)*) => {
        $(#[allow(dead_code, reason = "the product's own file; not all of it is needed here")]
        #[path = $path]
        mod $name;)*
    };
}

of_the_product! {
    calendar = "../../../src/detect/tagger/calendar.rs";
    date = "../../../src/detect/tagger/date.rs";
    features = "../../../src/detect/tagger/features.rs";
    hash = "../../../src/detect/tagger/hash.rs";
    label = "../../../src/detect/tagger/label.rs";
    lexicon = "../../../src/detect/tagger/lexicon.rs";
    model = "../../../src/detect/tagger/model.rs";
    part = "../../../src/detect/tagger/part.rs";
    past = "../../../src/detect/tagger/past.rs";
    phrase = "../../../src/detect/tagger/phrase.rs";
    reader = "../../../src/detect/tagger/reader.rs";
    token = "../../../src/detect/tagger/token.rs";
    walk = "../../../src/detect/tagger/walk.rs";
    word = "../../../src/detect/tagger/word.rs";
}

#[path = "learner.rs"]
mod learner;
#[path = "rows.rs"]
mod rows;
#[path = "tag.rs"]
mod tag;
#[path = "words.rs"]
mod words;

use std::error::Error;

pub use rows::{Row, rows};
pub use tag::tag;

/// Nobody looks for anything else.
const NOTHING_ELSE: walk::Others<'static> = walk::Others { found: &[], upto: usize::MAX };

/// Trains a model from known words and from texts.
pub fn train(known: &str, rows: &[Row]) -> Result<Vec<u8>, Box<dyn Error>> {
    let words = words::table(known, false)?;
    let mut learner = learner::Learner::new(words::leaked(known, false)?, words::leaked(known, true)?);
    learner.learn(rows);
    let mut model = words;
    model.extend(learner.rows());
    Ok(model)
}
