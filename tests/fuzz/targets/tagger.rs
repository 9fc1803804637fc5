//! What the tagger tells by what words look like, without any pattern beside it.
#![no_main]

use std::sync::LazyLock;

use assentry::detect::{Detector, Kind, Kinds};
use assentry_fuzz::{Case, hold};
use libfuzzer_sys::fuzz_target;

const TAGGED: Kinds = Kinds::of(&[
    Kind::PersonName,
    Kind::Location,
    Kind::PostalAddress,
    Kind::Date,
    Kind::DateOfBirth,
    Kind::Nationality,
]);

static TAGGER: LazyLock<Detector> = LazyLock::new(|| Detector::new(TAGGED));

fuzz_target!(|bytes: &[u8]| {
    if let Some(case) = Case::of(bytes, TAGGED) {
        hold(&TAGGER, &case);
    }
});
