//! The command line: one file per verb.

pub mod certs;
pub mod consent;
