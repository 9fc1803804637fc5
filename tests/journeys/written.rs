//! What an operator writes: the configuration, the policies, the certificates, in a folder of their own.

use std::{fs, net::SocketAddr, path::PathBuf};

use assentry::{
    cli::certs::{self, Made},
    config::Config,
};
use tempfile::TempDir;

/// The policy of most journeys.
pub const SHOP: &str = "
policy: shop
version: 3
undeclared: forward
purposes:
  support: {title: Answer your question, basis: contract}
  personalisation: {title: Tailor suggestions to you, basis: consent, notice: 2026-11}
  analytics: {title: Improve the assistant, basis: legitimate-interests, objections: [gpc]}
data:
  question: {at: $.text, for: support}
  purchases: {at: $.context.purchases, for: personalisation, otherwise: drop}
  contact:
    at: [$..email, 'header:x-user-email', 'cookie:mail', 'query:email', 'form:email']
    for: personalisation
    otherwise: drop
  usage: {at: ['header:referer', 'query:utm_*'], for: analytics, otherwise: drop}
";

/// What is written down before a proxy starts; every text is YAML, the short ones within `{}`.
pub struct Written {
    policies: Vec<(String, String)>,
    subjects: String,
    ledger: String,
    receipts: String,
    tls: String,
    upstream: String,
    route: String,
    routes: Option<String>,
    more: String,
}

/// A folder with all of that, and certificates.
pub struct Folder {
    pub dir: TempDir,
    pub made: Made,
}

impl Written {
    pub fn shop() -> Self {
        Self::policy(SHOP)
    }

    /// One route, `/chat`, under this policy.
    pub fn policy(policy: &str) -> Self {
        Self {
            policies: vec![("policy.yaml".to_owned(), policy.to_owned())],
            subjects: "- header: {name: x-user-id, from: [127.0.0.0/8], namespace: login}".to_owned(),
            ledger: String::new(),
            receipts: "database: true".to_owned(),
            tls: String::new(),
            upstream: String::new(),
            route: "path: /chat".to_owned(),
            routes: None,
            more: String::new(),
        }
    }

    pub fn and_policy(mut self, name: &str, policy: &str) -> Self {
        self.policies.push((name.to_owned(), policy.to_owned()));
        self
    }

    /// A list of sources.
    pub fn subjects(self, list: &str) -> Self {
        Self { subjects: list.to_owned(), ..self }
    }

    pub fn ledger(self, keys: &str) -> Self {
        Self { ledger: format!(", {keys}"), ..self }
    }

    /// Beside the file, which there always is.
    pub fn receipts(self, keys: &str) -> Self {
        Self { receipts: keys.to_owned(), ..self }
    }

    pub fn tls(self, keys: &str) -> Self {
        Self { tls: format!(", {keys}"), ..self }
    }

    pub fn upstream(self, keys: &str) -> Self {
        Self { upstream: format!(", {keys}"), ..self }
    }

    /// The only route's keys, but for name, upstream and policy.
    pub fn route(self, keys: &str) -> Self {
        Self { route: keys.to_owned(), ..self }
    }

    /// The list of routes; `BOT` stands for the bot's address.
    pub fn routes(self, list: &str) -> Self {
        Self { routes: Some(list.to_owned()), ..self }
    }

    /// Lines of the configuration's top level.
    pub fn more(self, lines: &str) -> Self {
        Self { more: lines.to_owned(), ..self }
    }

    /// Writes it all.
    pub fn write(&self, bot: SocketAddr) -> Folder {
        let dir = tempfile::tempdir().unwrap();
        let made = certs::make(&dir.path().join("certs"), &["localhost".to_owned(), "shop.test".to_owned()]);
        let folder = Folder { dir, made: made.unwrap() };
        for (name, policy) in &self.policies {
            fs::write(folder.path(name), policy).unwrap();
        }
        fs::write(folder.config(), self.config(bot)).unwrap();
        folder
    }

    fn config(&self, bot: SocketAddr) -> String {
        let Self { subjects, ledger, receipts, tls, upstream, route, more, .. } = self;
        let only = format!(
            "- {{name: chat, {route}, policy: policy.yaml, upstream: {{addresses: 'http://{bot}'{upstream}}}}}"
        );
        let routes = self.routes.as_ref().map_or(only, |list| list.replace("BOT", &format!("http://{bot}")));
        format!(
            "listeners:\n\
             - address: 127.0.0.1:0\n  tls: {{certificates: [{{certificate: certs/server.pem, key: certs/server.key}}]{tls}}}\n\
             subjects:\n{subjects}\n\
             ledger: {{path: ledger.db{ledger}}}\n\
             receipts: {{file: receipts.ndjson, {receipts}}}\n\
             routes:\n{routes}\n\
             {more}\n"
        )
    }
}

impl Folder {
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn config(&self) -> PathBuf {
        self.path("assentry.yaml")
    }

    pub fn load(&self) -> Config {
        Config::load(&self.config()).unwrap_or_else(|error| panic!("{error}"))
    }
}
