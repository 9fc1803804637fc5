//! Every kind, by patterns and by the tagger.
#![no_main]

use std::sync::LazyLock;

use assentry::detect::{Detector, Kinds};
use assentry_fuzz::{Case, hold};
use libfuzzer_sys::fuzz_target;

static ALL: LazyLock<Detector> = LazyLock::new(|| Detector::new(Kinds::all()));

fuzz_target!(|bytes: &[u8]| {
    if let Some(case) = Case::of(bytes, Kinds::all()) {
        hold(&ALL, &case);
    }
});
