//! `assentry certs`: a development authority, a server pair it signed and, when asked for, a client certificate.
//!
//! The rule: keys are readable by their owner only, and nothing is overwritten unless that is asked for. What would
//! defeat the purpose is using these in production, where the authority's key would lie beside the server.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use clap::Args;
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};

/// How long the authority is valid, in days.
const AUTHORITY_DAYS: i64 = 3650;
/// How long what it signs is valid: what browsers accept at most from an authority of one's own is 825 days.
const SIGNED_DAYS: i64 = 397;

/// Make a development authority and a server certificate.
#[derive(Args, Clone, Debug)]
pub struct CertsArgs {
    /// The folder to write to.
    #[arg(long, default_value = "certs")]
    pub dir: PathBuf,
    /// A host name or IP address that the server certificate is for; can be repeated.
    #[arg(long = "name", default_values_t = default_names())]
    pub names: Vec<String>,
    /// Also make a client certificate for this name, address (`a@example.com`) or URI.
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// Overwrite what is there.
    #[arg(long)]
    pub force: bool,
}

/// The files of a development authority and a server pair it signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The authority's certificate: what clients trust.
    pub authority: PathBuf,
    /// The authority's key: what signs further certificates.
    pub authority_key: PathBuf,
    /// The server's certificate.
    pub certificate: PathBuf,
    /// The server's key.
    pub key: PathBuf,
}

/// The files of a client certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeClient {
    /// The client's certificate.
    pub certificate: PathBuf,
    /// The client's key.
    pub key: PathBuf,
}

/// Why no certificates were made.
#[derive(Debug, thiserror::Error)]
pub enum CertsError {
    /// Something is there already.
    #[error("`{}` exists; give another `--dir`, or `--force` to overwrite", .0.display())]
    Exists(PathBuf),
    /// A file can't be read or written.
    #[error("can't use `{}`: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A name that can't stand in a certificate, or an authority that can't sign.
    #[error(
        "can't make the certificate: {0}; check the names, and that the authority's files belong together"
    )]
    Certificate(#[from] rcgen::Error),
}

/// `localhost` and the loopback addresses.
pub fn default_names() -> Vec<String> {
    ["localhost", "127.0.0.1", "::1"].map(String::from).to_vec()
}

impl MadeClient {
    /// Where the files of `name` stand in `dir`.
    pub fn within(dir: &Path, name: &str) -> Self {
        let stem: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        Self {
            certificate: dir.join(format!("client-{stem}.pem")),
            key: dir.join(format!("client-{stem}.key")),
        }
    }
}

impl Made {
    fn within(dir: &Path) -> Self {
        Self {
            authority: dir.join("authority.pem"),
            authority_key: dir.join("authority.key"),
            certificate: dir.join("server.pem"),
            key: dir.join("server.key"),
        }
    }
}

/// Runs the verb.
///
/// # Errors
/// [`CertsError`] says which file is in the way, or can't be written.
pub fn run(args: &CertsArgs) -> Result<(), CertsError> {
    let there = Made::within(&args.dir);
    // With an authority in place, `--client` only adds a client certificate: the server's stays as it is.
    let made = if args.client.is_some() && !args.force && there.authority.exists() {
        there
    } else {
        let made = make_all(&args.dir, &args.names, args.force)?;
        println!("authority    {}  (trust this one)", made.authority.display());
        println!("certificate  {}", made.certificate.display());
        println!("key          {}", made.key.display());
        made
    };
    let mut shown = String::new();
    if let Some(name) = &args.client {
        let client = client(&args.dir, name, args.force)?;
        println!("client       {}", client.certificate.display());
        println!("client key   {}", client.key.display());
        shown = format!(" --cert {} --key {}", client.certificate.display(), client.key.display());
    }
    let host = args.names.first().map_or("localhost", String::as_str);
    println!("\ntry: curl --cacert {}{shown} https://{host}:8443/", made.authority.display());
    Ok(())
}

/// Makes an authority and a server pair for `names` in `dir`, which is created when missing.
///
/// # Errors
/// [`CertsError::Exists`] when one of the files is there already.
pub fn make(dir: &Path, names: &[String]) -> Result<Made, CertsError> {
    make_all(dir, names, false)
}

/// Makes a client certificate for `name` with the authority in `dir`.
///
/// # Errors
/// [`CertsError`] when the authority can't be read, or the files are there already and `force` is not given.
pub fn client(dir: &Path, name: &str, force: bool) -> Result<MadeClient, CertsError> {
    let made = Made::within(dir);
    // What signs is the key together with the authority's name, and this verb always gives it the same one.
    let issuer = Issuer::new(authority_params()?, KeyPair::from_pem(&read(&made.authority_key)?)?);
    let files = MadeClient::within(dir, name);
    let mut params = signed(name, ExtendedKeyUsagePurpose::ClientAuth)?;
    params.subject_alt_names = vec![if name.contains("://") {
        SanType::URI(name.try_into()?)
    } else if name.contains('@') {
        SanType::Rfc822Name(name.try_into()?)
    } else {
        SanType::DnsName(name.try_into()?)
    }];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &issuer)?;
    check_absent([&files.certificate, &files.key], force)?;
    write(&files.certificate, &certificate.pem(), 0o644)?;
    write(&files.key, &key.serialize_pem(), 0o600)?;
    Ok(files)
}

fn make_all(dir: &Path, names: &[String], force: bool) -> Result<Made, CertsError> {
    let made = Made::within(dir);
    check_absent([&made.authority, &made.authority_key, &made.certificate, &made.key], force)?;
    fs::create_dir_all(dir).map_err(|source| CertsError::File { path: dir.to_owned(), source })?;

    let authority_key = KeyPair::generate()?;
    let params = authority_params()?;
    let authority = params.self_signed(&authority_key)?;
    let issuer = Issuer::new(params, authority_key);

    let key = KeyPair::generate()?;
    let name = names.first().map_or("localhost", String::as_str);
    let mut params = signed(name, ExtendedKeyUsagePurpose::ServerAuth)?;
    params.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
    let certificate = params.signed_by(&key, &issuer)?;

    write(&made.authority, &authority.pem(), 0o644)?;
    write(&made.authority_key, &issuer.key().serialize_pem(), 0o600)?;
    write(&made.certificate, &certificate.pem(), 0o644)?;
    write(&made.key, &key.serialize_pem(), 0o600)?;
    Ok(made)
}

fn authority_params() -> Result<CertificateParams, CertsError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, "Assentry development authority");
    valid_for(&mut params, AUTHORITY_DAYS);
    Ok(params)
}

fn signed(name: &str, purpose: ExtendedKeyUsagePurpose) -> Result<CertificateParams, CertsError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params.use_authority_key_identifier_extension = true;
    valid_for(&mut params, SIGNED_DAYS);
    Ok(params)
}

/// From yesterday, because clocks differ.
fn valid_for(params: &mut CertificateParams, days: i64) {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let day = |date: Date| {
        let part = |n: i8| u8::try_from(n).unwrap_or(1);
        rcgen::date_time_ymd(date.year().into(), part(date.month()), part(date.day()))
    };
    params.not_before = day(today.saturating_sub(1.day()));
    params.not_after = day(today.saturating_add(days.days()));
}

fn check_absent<'a>(paths: impl IntoIterator<Item = &'a PathBuf>, force: bool) -> Result<(), CertsError> {
    match paths.into_iter().find(|path| !force && path.exists()) {
        Some(path) => Err(CertsError::Exists(path.clone())),
        None => Ok(()),
    }
}

/// Writes a new file: an old one would keep its old permissions.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), CertsError> {
    let failed = |source| CertsError::File { path: path.to_owned(), source };
    if path.exists() {
        fs::remove_file(path).map_err(failed)?;
    }
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

fn read(path: &Path) -> Result<String, CertsError> {
    fs::read_to_string(path).map_err(|source| CertsError::File { path: path.to_owned(), source })
}
