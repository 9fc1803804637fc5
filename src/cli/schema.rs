//! `assentry schema`: JSON Schemas of the files that people write, so that editors complete and check them.
//!
//! The rule: what loads is valid under the schema. The schema may be the more generous of the two, because it can't know
//! every rule (that a purpose is defined, that a selector can be honoured); what would defeat its use is the
//! opposite, an editor that underlines what is right.

mod policy;
mod profile;

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use serde_json::Value;

/// Print the JSON Schema of a file that people write.
#[derive(Args, Clone, Copy, Debug)]
pub struct SchemaArgs {
    /// Which file
    pub file: SchemaOf,
}

/// The files that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// A policy
    Policy,
    /// A profile: what the messages of one chatbot protocol look like
    Profile,
    /// The configuration, `assentry.yaml`
    Config,
}

/// Runs the verb. `config` makes the schema of the configuration.
///
/// # Errors
/// When the schema can't be printed.
pub fn run(args: &SchemaArgs, config: impl FnOnce() -> Value, out: &mut impl Write) -> io::Result<()> {
    let schema = match args.file {
        SchemaOf::Policy => policy::schema(),
        SchemaOf::Profile => profile::schema(),
        SchemaOf::Config => config(),
    };
    writeln!(out, "{schema:#}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_file_has_its_schema() {
        let printed = |file| {
            let mut out = Vec::new();
            run(&SchemaArgs { file }, || json!({"title": "config"}), &mut out).unwrap();
            serde_json::from_slice::<Value>(&out).unwrap()
        };
        assert_eq!(printed(SchemaOf::Config), json!({"title": "config"}));
        for file in [SchemaOf::Policy, SchemaOf::Profile] {
            assert_eq!(printed(file)["$schema"], "https://json-schema.org/draft/2020-12/schema");
        }
    }
}
