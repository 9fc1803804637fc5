//! `assentry demo`: a proxy before a sample bot, ready to try with `curl`.
//!
//! The rule: nothing is shown that is not so. The proxy is the real one with a real configuration, which stays in the folder
//! to look at and to change; the bot answers with exactly what it received, and writes it down. Nothing is written before the
//! ledger is ours: what is there may belong to a demo that runs.

mod bot;

use std::{
    fs,
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;

use bot::Bot;

use super::{
    Exit, Trouble, certs,
    serve::{self, Proxy},
};
use crate::{config::Config, ledger::LedgerSettings};

/// The policy that the demo enforces.
const POLICY: &str = include_str!("../../policies/retail.yaml");

/// What the bot saw, in the folder.
const DIARY: &str = "bot.ndjson";

/// The routes to the bot.
const ROUTES: [&str; 3] =
    ["name: chat, path: /chat", "name: order, path: \"/orders/{order}/chat\"", "name: socket, path: /socket"];

/// What Alice sends first.
const BODY: &str = r#"{"text": "Which shoes fit me?", "context": {"purchases": [{"sku": "A1", "title": "Trail shoe 42"}], "geo": {"lat": 52.5243, "lon": 13.4105}}, "email": "alice@example.com"}"#;

/// What she types where nobody expects an address.
const TYPED: &str = r#"{"text": "Write to alice@example.com when they are back, please."}"#;

/// The ledger's database, in the folder.
const LEDGER: &str = "ledger.db";

/// Try Assentry: certificates, a policy, a sample bot, and the proxy before it.
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    /// The folder for everything the demo makes.
    #[arg(long, default_value = "assentry-demo")]
    pub dir: PathBuf,
    /// The port to listen on, on this machine only.
    #[arg(long, default_value_t = 8443)]
    pub port: u16,
}

/// Runs the verb, until Ctrl-C.
///
/// # Errors
/// In words, with an exit code.
pub async fn run(args: &DemoArgs, out: &mut impl Write) -> Result<Exit, Trouble> {
    let failed =
        |what: &str, error: &dyn std::fmt::Display| (format!("error: {what}: {error}"), Exit::Failed);
    let bot = Bot::bind().await.map_err(|error| failed("can't start the sample bot", &error))?;
    let bot_address = bot.address().map_err(|error| failed("can't start the sample bot", &error))?;
    fs::create_dir_all(&args.dir).map_err(|error| unwritable(&args.dir, &error))?;
    let control = serve::control(&LedgerSettings::at(args.dir.join(LEDGER)))?;
    let config = args.prepare(bot_address)?;
    let diary = args.dir.join(DIARY);
    bot.answer(&diary).map_err(|error| unwritable(&diary, &error))?;
    let config = Config::load(&config).map_err(|error| (error.to_string(), Exit::Failed))?;
    let proxy = Proxy::open_behind(control, &config).await?;
    let address = proxy.addresses().first().copied().unwrap_or(bot_address);
    out.write_all(args.welcome(address).as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| failed("can't print", &error))?;
    let stop = serve::asked_to_stop().map_err(|error| failed("can't listen for signals", &error))?;
    proxy.serve(stop).await;
    writeln!(out, "\nstopped; `{}` stays as it is", args.dir.display())
        .map_err(|error| failed("can't print", &error))?;
    Ok(Exit::Done)
}

impl DemoArgs {
    /// Makes what is not there yet; what the user changed stays.
    fn prepare(&self, bot: SocketAddr) -> Result<PathBuf, Trouble> {
        let certificates = self.dir.join("certs");
        if !certificates.join("server.pem").exists() {
            certs::make(&certificates, &certs::default_names())
                .map_err(|error| (format!("error: {error}"), Exit::Failed))?;
        }
        let policy = self.dir.join("retail.yaml");
        if !policy.exists() {
            write(&policy, POLICY)?;
        }
        let config = self.dir.join("assentry.yaml");
        write(&config, &self.config(bot))?;
        Ok(config)
    }

    /// The bot's port differs from run to run, so this file is written anew each time.
    fn config(&self, bot: SocketAddr) -> String {
        let port = self.port;
        let routes: String = ROUTES
            .map(|route| {
                format!(
                    "  - {{{route}, upstream: \"http://{bot}\", policy: retail.yaml, profile: json-chat}}\n"
                )
            })
            .concat();
        format!(
            "# Written by `assentry demo` at every start. Copy it to keep changes.\n\
             listeners:\n\
             \x20 - address: 127.0.0.1:{port}\n\
             \x20   tls:\n\
             \x20     certificates: [{{certificate: certs/server.pem, key: certs/server.key}}]\n\
             subjects:\n\
             \x20 - header: {{name: x-user-id, from: [127.0.0.0/8, \"::1/128\"], namespace: demo}}\n\
             ledger: {{path: {LEDGER}}}\n\
             receipts: {{database: true, file: receipts.ndjson}}\n\
             routes:\n\
             {routes}"
        )
    }

    fn welcome(&self, address: SocketAddr) -> String {
        let dir = self.dir.display();
        let program = std::env::current_exe().ok().map_or_else(|| "assentry".to_owned(), shortened);
        let (port, authority) = (address.port(), format!("{dir}/certs/authority.pem"));
        let curl = format!(
            "curl --cacert {authority} https://localhost:{port}/chat \\\n    -H 'X-User-Id: alice' -H 'Content-Type: application/json'"
        );
        format!(
            "Assentry stands before a sample bot that answers with exactly what it received.\n\
             Everything it made is in `{dir}`. Ctrl-C stops it.\n\n\
             1. Alice has agreed to nothing. Look at what the bot gets of this:\n\n  {curl} \\\n    -d '{BODY}'\n\n\
             2. She says yes to suggestions; then send 1 again, and the purchases arrive. She takes it back; send it once more.\n\n  \
             {program} consent grant personalisation --subject demo:alice --config {dir}/assentry.yaml\n  \
             {program} consent withdraw personalisation --subject demo:alice --config {dir}/assentry.yaml\n\n\
             3. Where she came from is used until she objects, which browsers can say in a header:\n\n  {curl} \\\n    -H 'Referer: https://search.example/?q=shoes' -d '{{\"text\": \"hi\"}}'\n  {curl} \\\n    -H 'Referer: https://search.example/?q=shoes' -H 'Sec-GPC: 1' -d '{{\"text\": \"hi\"}}'\n\n\
             4. She writes her address. The bot gets a token, and streams it back; she reads her address again:\n\n  {curl} -N \\\n    -H 'Accept: text/event-stream' -d '{TYPED}'\n  tail -n 1 {dir}/{DIARY}\n\n\
             5. The same through a socket (wscat needs Node.js):\n\n  npx wscat --ca {authority} -H 'X-User-Id: alice' -c wss://localhost:{port}/socket -w 2 \\\n    -x '{TYPED}'\n\n\
             Each exchange leaves a receipt: tail -n 1 {dir}/receipts.ndjson\n\
             What the bot saw, a line each: {dir}/{DIARY}\n"
        )
    }
}

fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    fs::write(path, text).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Trouble {
    let text = format!("error: can't write `{}`: {error}; give another `--dir`", path.display());
    (text, Exit::Failed)
}

/// The program as the user would type it from here.
fn shortened(program: PathBuf) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    program.strip_prefix(&here).unwrap_or(&program).display().to_string()
}
