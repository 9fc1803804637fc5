//! Keys and tokens of services, private keys, signed tokens and addresses with passwords: all that begins as nothing else does.
//!
//! The rule: each begins with a word of its own, and is as long and made of such characters as its issuer says. What would defeat it: an
//! issuer that is not listed; then only a label tells (`labelled.rs`).

use super::{Kind, Kinds, certainty::Certainty, cursor::Cursor, rule::Sightings};

/// What is found here.
pub(super) const KINDS: &[Kind] = &[Kind::ApiKey, Kind::PrivateKey, Kind::Jwt, Kind::ConnectionString];

/// By which they begin: keys and tokens first, as [`TOKENS`] has them.
pub(super) const WORDS: &[&str] = &[
    "AIza",
    "GOCSPX-",
    "ya29.",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "rk_test_",
    "pk_live_",
    "whsec_",
    "sk-",
    "glpat-",
    "gldt-",
    "glrt-",
    "npm_",
    "pypi-",
    "SG.",
    "key-",
    "shpat_",
    "shpss_",
    "shpca_",
    "shppa_",
    "hf_",
    "dop_v1_",
    "doo_v1_",
    "dor_v1_",
    "xkeysib-",
    "sq0atp-",
    "sq0csp-",
    "EAAA",
    "SK",
    "dckr_pat_",
    "lin_api_",
    "ntn_",
    "secret_",
    "figd_",
    "nvapi-",
    "gsk_",
    "xai-",
    "r8_",
    "pplx-",
    "tfp_",
    "vercel_",
    "sbp_",
    "sntrys_",
    "dapi",
    "rubygems_",
    "AGE-SECRET-KEY-1",
    "hvs.",
    "hvb.",
    "ATATT3",
    "ATCTT3",
    "NRAK-",
    "phc_",
    "phx_",
    "EZAK",
    "pscale_pw_",
    "pscale_tkn_",
    "PMAK-",
    "dp.pt.",
    "-----BEGIN",
    "eyJ",
    "postgres://",
    "postgresql://",
    "mysql://",
    "mariadb://",
    "mongodb://",
    "mongodb+srv://",
    "redis://",
    "rediss://",
    "amqp://",
    "amqps://",
    "mssql://",
    "sqlserver://",
    "jdbc:",
    "smtp://",
    "smtps://",
    "ldap://",
    "ldaps://",
    "AccountKey=",
    "SharedAccessKey=",
];

/// What tokens consist of behind their beginning: how it begins, how many characters follow, and of which.
pub(super) struct Token(pub(super) &'static str, pub(super) std::ops::RangeInclusive<usize>, pub(super) Made);

/// Of which characters a token is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// Letters and digits, dashes and underscores.
    Web,
    /// The same with dots.
    Dotted,
    /// Letters and digits.
    Plain,
    /// Hexadecimal digits.
    Hex,
}

/// From the issuers' documentation.
pub(super) const TOKENS: &[Token] = &[
    Token("AIza", 35..=35, Made::Web),
    Token("GOCSPX-", 28..=28, Made::Web),
    Token("ya29.", 20..=250, Made::Web),
    Token("sk_live_", 16..=250, Made::Plain),
    Token("sk_test_", 16..=250, Made::Plain),
    Token("rk_live_", 16..=250, Made::Plain),
    Token("rk_test_", 16..=250, Made::Plain),
    Token("pk_live_", 16..=250, Made::Plain),
    Token("whsec_", 24..=100, Made::Web),
    Token("sk-", 32..=250, Made::Web),
    Token("glpat-", 20..=64, Made::Dotted),
    Token("gldt-", 20..=64, Made::Dotted),
    Token("glrt-", 20..=64, Made::Dotted),
    Token("npm_", 36..=36, Made::Plain),
    Token("pypi-", 50..=250, Made::Web),
    Token("SG.", 60..=70, Made::Dotted),
    Token("key-", 32..=32, Made::Hex),
    Token("shpat_", 32..=32, Made::Hex),
    Token("shpss_", 32..=32, Made::Hex),
    Token("shpca_", 32..=32, Made::Hex),
    Token("shppa_", 32..=32, Made::Hex),
    Token("hf_", 30..=40, Made::Plain),
    Token("dop_v1_", 64..=64, Made::Hex),
    Token("doo_v1_", 64..=64, Made::Hex),
    Token("dor_v1_", 64..=64, Made::Hex),
    Token("xkeysib-", 64..=90, Made::Web),
    Token("sq0atp-", 22..=60, Made::Web),
    Token("sq0csp-", 43..=60, Made::Web),
    Token("EAAA", 60..=250, Made::Web),
    Token("SK", 32..=32, Made::Hex),
    Token("dckr_pat_", 20..=60, Made::Web),
    Token("lin_api_", 40..=40, Made::Plain),
    Token("ntn_", 40..=60, Made::Plain),
    Token("secret_", 43..=43, Made::Plain),
    Token("figd_", 30..=80, Made::Web),
    Token("nvapi-", 60..=80, Made::Web),
    Token("gsk_", 40..=70, Made::Plain),
    Token("xai-", 60..=100, Made::Plain),
    Token("r8_", 37..=40, Made::Plain),
    Token("pplx-", 40..=60, Made::Plain),
    Token("tfp_", 40..=60, Made::Web),
    Token("vercel_", 24..=60, Made::Plain),
    Token("sbp_", 40..=40, Made::Hex),
    Token("sntrys_", 60..=250, Made::Web),
    Token("dapi", 32..=34, Made::Web),
    Token("rubygems_", 48..=48, Made::Hex),
    Token("AGE-SECRET-KEY-1", 58..=58, Made::Plain),
    Token("hvs.", 20..=150, Made::Web),
    Token("hvb.", 20..=250, Made::Web),
    Token("ATATT3", 100..=220, Made::Web),
    Token("ATCTT3", 100..=220, Made::Web),
    Token("NRAK-", 27..=27, Made::Plain),
    Token("phc_", 40..=50, Made::Plain),
    Token("phx_", 40..=50, Made::Plain),
    Token("EZAK", 54..=54, Made::Plain),
    Token("pscale_pw_", 30..=64, Made::Dotted),
    Token("pscale_tkn_", 30..=64, Made::Dotted),
    Token("PMAK-", 50..=70, Made::Web),
    Token("dp.pt.", 40..=44, Made::Plain),
];

/// Steps over one secret, and says whether it is one.
type Reader = fn(&mut Cursor<'_>) -> bool;

/// The fewest characters between the two dots of a signed token.
const CLAIMS: usize = 4;

pub(super) fn read(cursor: &mut Cursor<'_>, wanted: Kinds, out: &mut Sightings) {
    if !cursor.before().is_edge() {
        return;
    }
    let start = cursor.at();
    let readers: [(Kind, Reader); 4] = [
        (Kind::ApiKey, token),
        (Kind::PrivateKey, private_key),
        (Kind::Jwt, signed),
        (Kind::ConnectionString, connection),
    ];
    for (kind, read) in readers.into_iter().filter(|(kind, _)| wanted.contains(*kind)) {
        cursor.back_to(start);
        if read(cursor) {
            out.push((start..cursor.at(), kind, Certainty::PREFIX));
            return;
        }
    }
}

/// What may follow in one that is too long.
pub(super) fn goes_on(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+' | '=' | '\n' | '\r' | '\\')
}

fn token(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.at();
    TOKENS.iter().any(|Token(begins, length, made)| {
        cursor.back_to(start);
        if !cursor.word(begins) {
            return false;
        }
        let (mut digits, mut letters) = (0, 0);
        let found = cursor.run_of_at_most(length.end() + 1, |c| {
            let is_one = made.has(c);
            digits += usize::from(is_one && c.is_ascii_digit());
            letters += usize::from(is_one && c.is_ascii_alphabetic());
            is_one
        });
        length.contains(&found) && digits > 0 && letters > 0
    })
}

impl Made {
    fn has(self, c: char) -> bool {
        match self {
            Self::Web => c.is_ascii_alphanumeric() || matches!(c, '-' | '_'),
            Self::Dotted => c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'),
            Self::Plain => c.is_ascii_alphanumeric(),
            Self::Hex => c.is_ascii_hexdigit(),
        }
    }
}

/// From its first line to its last, or as far as it has come.
fn private_key(cursor: &mut Cursor<'_>) -> bool {
    if !cursor.word("-----BEGIN ") {
        return false;
    }
    let mut label = smallvec::SmallVec::<[u8; 32]>::new();
    while label.len() < 32
        && let Some(c) = cursor.next_if(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ')
    {
        label.push(c as u8);
    }
    if !label.ends_with(b"PRIVATE KEY") && !label.ends_with(b"PRIVATE KEY BLOCK") || !cursor.word("-----") {
        return false;
    }
    let start = cursor.at();
    cursor.run(goes_on);
    cursor.leave_escape(start);
    true
}

/// Three parts in base64url with dots between, the first being an object in JSON (RFC 7519).
fn signed(cursor: &mut Cursor<'_>) -> bool {
    let part = |cursor: &mut Cursor<'_>| cursor.run(|c| Made::Web.has(c));
    if !cursor.ahead(|cursor| cursor.word("eyJ")) || part(cursor) < 10 {
        return false;
    }
    if cursor.next_if(|c| c == '.').is_none()
        || part(cursor) < CLAIMS
        || cursor.next_if(|c| c == '.').is_none()
    {
        return false;
    }
    part(cursor);
    true
}

/// An address with a name and a password in it; or the key of an account.
fn connection(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.at();
    if cursor.word("AccountKey=") || {
        cursor.back_to(start);
        cursor.word("SharedAccessKey=")
    } {
        return cursor.run_of_at_most(100, |c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))
            >= 20;
    }
    cursor.back_to(start);
    cursor.run_of_at_most(14, |c| c.is_ascii_alphabetic() || c == '+');
    if cursor.next_if(|c| c == ':').is_none() {
        return false;
    }
    if !cursor.word("//") {
        cursor.run_of_at_most(12, |c| c.is_ascii_alphabetic() || c == ':');
        if !cursor.word("//") {
            return false;
        }
    }
    let stands = |c: char| !c.is_whitespace() && !matches!(c, '/' | '"' | '\'' | '<' | '>' | '`');
    let mut password = false;
    cursor.run(|c| {
        password |= c == ':';
        stands(c) && c != '@'
    });
    if !password || cursor.next_if(|c| c == '@').is_none() {
        return false;
    }
    let host = cursor.run(|c| {
        (stands(c) || c == '/')
            && !matches!(c, ',' | ';' | ')' | '\\')
            && (c.is_ascii() || c.is_alphanumeric())
    });
    host > 0
}
