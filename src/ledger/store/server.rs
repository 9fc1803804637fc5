//! Where a PostgreSQL server is, as an operator writes it.
//!
//! The rule: the configuration holds no password, so a URL with one is refused; it comes from `password_file`, from `PGPASSWORD`, or
//! from the file that `PGPASSFILE` or `~/.pgpass` names, as with libpq. A parameter that nobody knows is refused, because a slip in
//! `sslmode` would leave the connection open to others; and a server elsewhere must show a certificate for its name
//! unless the URL says otherwise. What would defeat it: quoting the URL in an error before it was checked.

use std::{borrow::Cow, env, fmt, path::PathBuf, str::FromStr as _};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::ledger::{LedgerError, key_file};

/// What may stand after the question mark.
const PARAMETERS: [&str; 10] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "port",
    "user",
    "dbname",
    "options",
    "application_name",
];

/// A PostgreSQL server that keeps the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostgresSettings {
    /// The server and the database: `postgres://assentry@db.example/assentry?sslmode=verify-full`, with the parameters of libpq
    /// and without a password.
    pub url: ServerUrl,
    /// A file with the password, which only its owner can read. Without one: `PGPASSWORD`, or `~/.pgpass`.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Whether the server tells of changes (`LISTEN`). Behind a pooler that hands out connections for one transaction it can't;
    /// then looking every `poll` has to be enough.
    #[serde(default = "yes")]
    pub notify: bool,
    /// How many connections to hold at most, besides two for watching.
    #[serde(default = "some")]
    pub connections: u32,
}

/// A server's URL, without a password.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(String);

/// How `postgres` is written.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(in crate::ledger) enum UrlOrSettings {
    Url(ServerUrl),
    Settings(Box<PostgresSettings>),
}

impl PostgresSettings {
    /// The server at this address, all else as it is by default.
    ///
    /// # Errors
    /// What is wrong with the URL, in words that do not repeat it.
    pub fn at(url: &str) -> Result<Self, String> {
        Ok(Self { url: ServerUrl::new(url)?, password_file: None, notify: true, connections: some() })
    }

    /// How errors and answers call it.
    pub fn place(&self) -> String {
        self.url.place()
    }

    /// How to connect.
    ///
    /// # Errors
    /// When the file with the password can't be used.
    pub(in crate::ledger) fn options(&self) -> Result<PgConnectOptions, LedgerError> {
        let mut options = self.url.options().map_err(|why| self.unusable(why, "correct `postgres`"))?;
        if let Some(path) = &self.password_file {
            let password = key_file::read(path)?;
            let password = std::str::from_utf8(password.trim_ascii_end()).map_err(|_| {
                self.unusable("the password is no text".to_owned(), "correct `password_file`")
            })?;
            options = options.password(password);
        }
        // libpq's default accepts a server that anybody could be.
        if !self.url.says_how_to_encrypt() && !is_here(&options) {
            options = options.ssl_mode(PgSslMode::VerifyFull);
        }
        Ok(options.application_name("assentry").extra_float_digits(None))
    }

    pub(super) fn unusable(&self, why: String, advice: &'static str) -> LedgerError {
        LedgerError::Server { place: self.place(), why, advice }
    }
}

impl ServerUrl {
    /// Checks a URL.
    ///
    /// # Errors
    /// In words that do not repeat it.
    pub fn new(url: &str) -> Result<Self, String> {
        let rest = ["postgres://", "postgresql://"].iter().find_map(|scheme| url.strip_prefix(scheme));
        let rest = rest.ok_or("a server is written `postgres://USER@HOST/DATABASE`")?;
        let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let user = place.split_once('@').map(|(user, _)| user);
        let names = || {
            parameters
                .split('&')
                .filter(|one| !one.is_empty())
                .map(|one| one.split('=').next().unwrap_or(one))
        };
        if user.is_some_and(|user| user.contains(':')) || names().any(|name| name == "password") {
            return Err("a password does not belong in the configuration; name a file that holds it with `password_file`".to_owned());
        }
        if names().any(|name| !PARAMETERS.contains(&name)) {
            return Err(format!("after `?` there may only be {}", PARAMETERS.join(", ")));
        }
        let url = Self(url.to_owned());
        url.options()?;
        Ok(url)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn options(&self) -> Result<PgConnectOptions, String> {
        PgConnectOptions::from_str(&self.0).map_err(|error| format!("a server's URL can't be read: {error}"))
    }

    fn says_how_to_encrypt(&self) -> bool {
        self.0.contains("sslmode=") || env::var_os("PGSSLMODE").is_some()
    }

    fn place(&self) -> String {
        let place = self.0.split('?').next().unwrap_or_default();
        let (scheme, rest) = place.split_once("://").unwrap_or(("postgres", place));
        format!("{scheme}://{}", rest.rsplit_once('@').map_or(rest, |(_, server)| server))
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())
    }
}

impl<'de> Deserialize<'de> for ServerUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The error of the deserialiser may quote what it found, so it is replaced.
        let text =
            String::deserialize(deserializer).map_err(|_| de::Error::custom("a URL must be a text"))?;
        Self::new(&text).map_err(de::Error::custom)
    }
}

impl JsonSchema for ServerUrl {
    fn schema_name() -> Cow<'static, str> {
        "ServerUrl".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^postgres(ql)?://"})
    }
}

/// Reads a URL, or the settings around one.
pub(in crate::ledger) fn url_or_settings<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PostgresSettings>, D::Error> {
    struct Either;

    impl<'de> Visitor<'de> for Either {
        type Value = Option<PostgresSettings>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a URL such as `postgres://assentry@db.example/assentry`, or settings with a `url`")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            PostgresSettings::at(text).map(Some).map_err(E::custom)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            PostgresSettings::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }
    }

    deserializer.deserialize_any(Either)
}

/// Whether nobody else is between us and the server.
fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn yes() -> bool {
    true
}

fn some() -> u32 {
    8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_with_a_password_or_an_unknown_parameter_is_refused_and_not_repeated() {
        for wrong in [
            "postgres://assentry:hush@db/assentry",
            "postgres://assentry@db/assentry?password=hush",
            "postgres://assentry@db/assentry?sslmod=hush",
            "postgres://assentry@db/assentry?sslmode=hush",
            "mysql://hush@db/assentry",
            "postgres://assentry@db:hush/assentry",
        ] {
            let words = ServerUrl::new(wrong).unwrap_err();
            assert!(!words.contains("hush") || wrong.contains("sslmode="), "{words}");
        }
        let settings = PostgresSettings::at("postgresql://ada@db:5433/assentry?sslmode=require").unwrap();
        assert_eq!(settings.place(), "postgresql://db:5433/assentry");
        assert!(!format!("{settings:?}").contains("ada"));
    }

    #[test]
    fn a_server_elsewhere_must_show_who_it_is_unless_the_url_says_otherwise() {
        let mode = |url: &str| {
            let options = PostgresSettings::at(url).unwrap().options().unwrap();
            format!("{:?}", options.get_ssl_mode())
        };
        assert_eq!(mode("postgres://db.example/assentry"), "VerifyFull");
        assert_eq!(mode("postgres://192.0.2.1/assentry"), "VerifyFull");
        assert_eq!(mode("postgres://db.example/assentry?sslmode=require"), "Require");
        for here in ["localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(mode(&format!("postgres://{here}/assentry")), "Prefer");
        }
        assert_eq!(mode("postgres:///assentry?host=/run/postgresql"), "Prefer");
    }
}
