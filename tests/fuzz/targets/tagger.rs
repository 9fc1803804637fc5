//! What the tagger tells by what words look like, without any pattern beside it.
#![no_main]

use std::sync::LazyLock;

use assentry::detect::{Detector, Kinds};
use assentry_fuzz::{Case, hold};
use libfuzzer_sys::fuzz_target;

static TAGGER: LazyLock<Detector> = LazyLock::new(|| Detector::new(Kinds::BY_LOOKS));

fuzz_target!(|bytes: &[u8]| {
    if let Some(case) = Case::of(bytes, Kinds::BY_LOOKS) {
        hold(&TAGGER, &case);
    }
});
