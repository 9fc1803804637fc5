//! The thin binary: parse arguments, run one verb, turn the outcome into an exit code.

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
    time::Duration,
};

use assentry::{
    cli::{
        Exit, Trouble, certs, check, consent, demo, diff, explain, find, keys, reload, report, rewrite,
        schema, serve, test,
    },
    config,
};
use clap::{CommandFactory as _, Parser, Subcommand};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The environment variable that says what to log.
const LOG: &str = "ASSENTRY_LOG";

/// How long tasks that hang may hold up the end of the program.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// A consent-enforcing TLS reverse proxy for chatbots.
#[derive(Parser)]
#[command(name = "assentry", version, about, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Serve(serve::ServeArgs),
    Reload(reload::ReloadArgs),
    Demo(demo::DemoArgs),
    Check(check::CheckArgs),
    Test(test::TestArgs),
    Rewrite(rewrite::RewriteArgs),
    Explain(explain::ExplainArgs),
    Find(find::FindArgs),
    Diff(diff::DiffArgs),
    Report(report::ReportArgs),
    Consent(consent::ConsentArgs),
    Keys(keys::KeysArgs),
    Certs(certs::CertsArgs),
    Schema(schema::SchemaArgs),
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let exit = run(&arguments.verb).unwrap_or_else(|(words, exit)| {
        let _ = writeln!(io::stderr(), "{words}");
        exit
    });
    ExitCode::from(exit.code())
}

fn run(verb: &Verb) -> Result<Exit, Trouble> {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    match verb {
        Verb::Serve(args) => wait_for(|| serve::run(args)),
        Verb::Reload(args) => wait_for(|| reload::run(args, &mut out)),
        Verb::Demo(args) => wait_for(|| demo::run(args, &mut out)),
        Verb::Check(args) => printed(check::run(args, out.is_terminal(), &mut out)),
        Verb::Test(args) => test::run(args, out.is_terminal(), &mut out).and_then(printed),
        Verb::Rewrite(args) => rewrite::run(args, io::stdin(), &mut out, &mut err),
        Verb::Explain(args) => explain::run(args, io::stdin(), &mut out),
        Verb::Find(args) => find::run(args, out.is_terminal(), io::stdin(), &mut out),
        Verb::Diff(args) => diff::run(args, io::stdin(), &mut out, &mut err),
        Verb::Report(args) => wait_for(|| report::run(args, &mut out, &mut err)),
        Verb::Consent(args) => wait_for(|| consent_verb(args)),
        Verb::Keys(args) => wait_for(|| keys::run(args, &mut out)),
        Verb::Certs(args) => certs_verb(args),
        Verb::Schema(args) => printed(schema::run(args, config::schema, &mut out).map(|()| Exit::Done)),
        Verb::Completions { shell } => {
            clap_complete::generate(*shell, &mut Arguments::command(), "assentry", &mut out);
            Ok(Exit::Done)
        }
    }
}

/// A reader that has seen enough and goes away is no failure.
fn printed(result: io::Result<Exit>) -> Result<Exit, Trouble> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        other => other.map_err(|error| (format!("error: can't print: {error}"), Exit::Failed)),
    }
}

/// Runs a verb that waits for things.
fn wait_for<F: Future<Output = Result<Exit, Trouble>>>(verb: impl FnOnce() -> F) -> Result<Exit, Trouble> {
    let filter = log_filter(std::env::var_os(LOG))?;
    let colour = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colour).with_writer(io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| (format!("error: can't start: {error}"), Exit::Failed))?;
    let outcome = runtime.block_on(verb());
    runtime.shutdown_timeout(LAST_MOMENT);
    outcome
}

/// What to log. A bare word that is no level would be taken for a module, and silence everything else.
fn log_filter(value: Option<OsString>) -> Result<EnvFilter, Trouble> {
    let value = value.filter(|value| !value.is_empty()).unwrap_or_else(|| "info".into());
    let level_or_pair = |part: &str| part.contains('=') || part.trim().parse::<LevelFilter>().is_ok();
    let sound = value.to_str().filter(|value| value.split(',').all(level_or_pair));
    sound.and_then(|value| EnvFilter::try_new(value).ok()).ok_or_else(|| {
        let advice = "write `error`, `warn`, `info`, `debug` or `trace`, or levels by module, such as `info,assentry::server=debug`";
        (format!("error: `{LOG}` is `{}`; {advice}", value.display()), Exit::Usage)
    })
}

async fn consent_verb(args: &consent::ConsentArgs) -> Result<Exit, Trouble> {
    let (settings, known) = consent::known_from(args.verb.place())?;
    match consent::run(args, &settings, &known, &mut io::stdout()).await {
        Ok(()) => Ok(Exit::Done),
        Err(failure) => {
            let exit = if failure.exit_code() == Exit::Usage.code() { Exit::Usage } else { Exit::Failed };
            Err((format!("error: {failure}"), exit))
        }
    }
}

fn certs_verb(args: &certs::CertsArgs) -> Result<Exit, Trouble> {
    certs::run(args).map(|()| Exit::Done).map_err(|error| (format!("error: {error}"), Exit::Failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_log_is_understood_or_refused() {
        for good in [None, Some(""), Some("debug"), Some("warn,assentry::server=trace"), Some("off")] {
            assert!(log_filter(good.map(OsString::from)).is_ok(), "{good:?}");
        }
        for bad in ["inof", "info,hyper", "info,a=loud"] {
            let (words, exit) = log_filter(Some(bad.into())).unwrap_err();
            assert_eq!(exit, Exit::Usage);
            assert!(words.contains(&format!("`{bad}`")), "{words}");
        }
    }
}
