//! One file per verb.

pub mod consent;
