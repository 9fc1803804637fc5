//! `assentry consent export` and `import`: decisions on their way from one ledger to another.
//!
//! The rule: lines go out as they are read and come in from a file that can be read more than once; what comes through a pipe is
//! put aside in a file that has no name. After an import, also one that broke off, a running proxy has forgotten what it had read.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Seek as _, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;

use super::ConsentFailure;
use crate::ledger::{LedgerError, LedgerSettings, open_directly_for_cli, overtake_for_cli};

/// What an export leaves out.
const LINKS: &str = "warning: ids are linked in this ledger, and links are not exported: each id keeps its own decisions and every no, and loses each yes that came through a link. Link the ids anew in the other ledger before it is used (`assentry consent link`)";

/// What is exported.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// Only these consents: a policy's `consents`, or the policy's name where it sets none [default: all]
    #[arg(long)]
    pub group: Option<String>,
    /// Which ledger.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// What is imported.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// The file that `consent export` wrote [default: standard input]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Make the ledger where there is none; its key must be there
    #[arg(long)]
    pub create: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Which ledger.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// Which ledger.
#[derive(Clone, Debug, Args)]
pub struct PlaceArgs {
    /// The ledger's database, instead of the configuration's
    #[arg(long, value_name = "PATH")]
    pub ledger: Option<PathBuf>,
    /// The configuration that names the ledger
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
}

/// Writes every decision.
pub(super) async fn export(
    args: &ExportArgs,
    settings: &LedgerSettings,
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    let ledger = open_directly_for_cli(settings, false).await?;
    if ledger.has_links().await? {
        let _ = writeln!(io::stderr(), "{LINKS}"); // the export itself goes to standard output
    }
    let mut export = ledger.export(args.group.as_deref());
    while let Some(lines) = export.next().await? {
        out.write_all(&lines)?;
    }
    Ok(out.flush()?)
}

/// Takes over what is not there yet.
pub(super) async fn import(
    args: &ImportArgs,
    settings: &LedgerSettings,
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    let mut file = BufReader::new(readable(args.file.as_deref()).map_err(LedgerError::Input)?);
    if args.create && !settings.key_path().exists() {
        return Err(ConsentFailure::NoKey(settings.key_path()));
    }
    let ledger = open_directly_for_cli(settings, args.create).await?;
    let imported = ledger.import(&mut file).await;
    overtake_for_cli(settings).await?;
    let imported = imported?;
    if args.json {
        return Ok(writeln!(out, "{}", json!(imported))?);
    }
    let (decisions, added) = (imported.decisions, imported.added);
    Ok(writeln!(out, "imported {added} decisions; {} of {decisions} were there already", decisions - added)?)
}

/// A file that can be read again from its beginning.
fn readable(path: Option<&Path>) -> io::Result<File> {
    match path.map(File::open).transpose()? {
        Some(file) if file.metadata()?.is_file() => Ok(file),
        Some(pipe) => put_aside(pipe),
        None => put_aside(io::stdin().lock()),
    }
}

fn put_aside(mut from: impl io::Read) -> io::Result<File> {
    let path = std::env::temp_dir().join(format!("assentry-import-{}", uuid::Uuid::new_v4()));
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    fs::remove_file(&path)?;
    io::copy(&mut from, &mut file)?;
    file.rewind()?;
    Ok(file)
}
