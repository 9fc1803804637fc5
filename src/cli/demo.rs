//! `assentry demo`: a proxy before a sample bot, ready to try with a browser and with `curl`.
//!
//! The rule: nothing is shown that is not so. The proxy is the real one with a real configuration, which stays in the folder
//! to look at and to change; the bot answers with exactly what it received, and writes it down. Nothing is written before the
//! ledger is ours: what is there may belong to a demo that runs.

mod bot;
mod ports;
mod welcome;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use clap::Args;

use self::{
    bot::{Around, Bot, Entry},
    ports::Ports,
};
use super::{
    Exit, Trouble,
    certs::{self, MadeClient},
    serve::{self, Proxy},
};
use crate::{
    config::Config,
    ledger::LedgerSettings,
    tls::{ClientTls, ClientTlsSettings},
};

/// The policy that the demo enforces.
const POLICY: &str = include_str!("../../policies/retail.yaml");

/// What the bot saw, in the folder.
const DIARY: &str = "bot.ndjson";

/// The routes to the bot.
const ROUTES: [&str; 7] = [
    "name: chat, path: /chat",
    "name: order, path: \"/orders/{order}/chat\"",
    "name: socket, path: /socket",
    "name: assistant, path: /assistant",
    "name: page, path: /, methods: [GET]",
    "name: page-sheet, path: /demo.css, methods: [GET]",
    "name: page-script, path: /demo.js, methods: [GET]",
];

/// The certificate with which the shop asks the operator's listener.
const SHOP: &str = "shop";

/// The ledger's database, in the folder.
const LEDGER: &str = "ledger.db";

/// Try Assentry: certificates, a policy, a sample bot, and the proxy before it.
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    /// The folder for everything the demo makes.
    #[arg(long, default_value = "assentry-demo")]
    pub dir: PathBuf,
    /// The port for TLS, on this machine only; 0 for any that is free, as with the others.
    #[arg(long, default_value_t = 8443)]
    pub port: u16,
    /// The port of the page for browsers, without TLS, since they don't know the demo's authority.
    #[arg(long, default_value_t = 8080)]
    pub page_port: u16,
    /// The port of the desk.
    #[arg(long, default_value_t = 8081)]
    pub desk_port: u16,
}

/// Runs the verb, until Ctrl-C.
///
/// # Errors
/// In words, with an exit code.
pub async fn run(args: &DemoArgs, out: &mut impl Write) -> Result<Exit, Trouble> {
    let failed =
        |what: &str, error: &dyn std::fmt::Display| (format!("error: {what}: {error}"), Exit::Failed);
    let bot = Bot::bind().await.map_err(|error| failed("can't start the sample bot", &error))?;
    let ports = Ports::choose(args, &bot).map_err(|error| failed("can't listen", &error))?;
    fs::create_dir_all(&args.dir).map_err(|error| unwritable(&args.dir, &error))?;
    let control = serve::control(&LedgerSettings::at(args.dir.join(LEDGER)))?;
    let (config, shop) = args.prepare(&ports)?;
    let entry = Entry { admin: ports.admin(), tls: args.shops_tls(&shop)? };
    let diary = args.dir.join(DIARY);
    let around = Around { page: ports.page(), bot: ports.bot(), desk: ports.desk() };
    bot.answer(&diary, around, entry).map_err(|error| unwritable(&diary, &error))?;
    let config = Config::load(&config).map_err(|error| (error.to_string(), Exit::Failed))?;
    let proxy = Proxy::open_behind(control, &config).await?;
    out.write_all(welcome::text(&args.dir, &ports).as_bytes())
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
    fn prepare(&self, ports: &Ports) -> Result<(PathBuf, MadeClient), Trouble> {
        let certificates = self.dir.join("certs");
        let unmade = |error: certs::CertsError| (format!("error: {error}"), Exit::Failed);
        if !certificates.join("server.pem").exists() {
            certs::make(&certificates, &certs::default_names()).map_err(unmade)?;
        }
        let shop = MadeClient::within(&certificates, SHOP);
        if !shop.certificate.exists() {
            certs::client(&certificates, SHOP, false).map_err(unmade)?;
        }
        let policy = self.dir.join("retail.yaml");
        if !policy.exists() {
            write(&policy, POLICY)?;
        }
        let config = self.dir.join("assentry.yaml");
        write(&config, &configuration(ports))?;
        Ok((config, shop))
    }

    fn shops_tls(&self, shop: &MadeClient) -> Result<ClientTls, Trouble> {
        let settings = ClientTlsSettings {
            roots: Some(self.dir.join("certs/authority.pem")),
            certificate: Some(shop.certificate.clone()),
            key: Some(shop.key.clone()),
            server_name: None,
        };
        ClientTls::load(&settings, &[b"http/1.1"]).map_err(|error| (format!("error: {error}"), Exit::Failed))
    }
}

/// The bot's port differs from run to run, so this file is written anew each time.
fn configuration(ports: &Ports) -> String {
    let bot = ports.bot();
    let bot = bot.trim_end_matches('/');
    let routes = ROUTES.map(|route| {
        format!("  - {{{route}, upstream: \"{bot}\", policy: retail.yaml, profile: json-chat}}\n")
    });
    let pair = "{certificate: certs/server.pem, key: certs/server.key}";
    format!(
        "# Written by `assentry demo` at every start. Copy it to keep changes.\n\
         listeners:\n\
         \x20 - address: 127.0.0.1:{tls}\n\
         \x20   tls:\n\
         \x20     certificates: [{pair}]\n\
         \x20 - {{name: browser, address: 127.0.0.1:{page}, plain: true}}\n\
         subjects:\n\
         \x20 - header: {{name: x-user-id, from: [127.0.0.0/8, \"::1/128\"], namespace: demo}}\n\
         ledger: {{path: {LEDGER}}}\n\
         receipts: {{database: true, file: receipts.ndjson}}\n\
         # Where people see, decide, download and erase. The page of the demo may show its switches.\n\
         desk:\n\
         \x20 address: 127.0.0.1:{desk}\n\
         \x20 plain: true\n\
         \x20 url: {url}\n\
         \x20 signing_key: desk.key\n\
         \x20 frame_ancestors: [\"{origin}\"]\n\
         # Where the shop asks for links to the desk.\n\
         admin:\n\
         \x20 address: 127.0.0.1:{admin}\n\
         \x20 tls:\n\
         \x20   certificates: [{pair}]\n\
         \x20   client_authority: certs/authority.pem\n\
         \x20   client_certificate: required\n\
         routes:\n\
         {routes}",
        tls = ports.tls,
        page = ports.page,
        desk = ports.desk,
        url = ports.desk(),
        origin = ports.page(),
        admin = ports.admin,
        routes = routes.concat(),
    )
}

fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    fs::write(path, text).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Trouble {
    let text = format!("error: can't write `{}`: {error}; give another `--dir`", path.display());
    (text, Exit::Failed)
}
