//! The command line: one file per verb.

pub mod certs;
pub mod check;
pub mod consent;
pub mod outcome;
mod policy_files;
pub mod schema;
pub mod test;
