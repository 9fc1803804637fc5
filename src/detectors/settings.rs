//! What an operator may say about an outside detector.

use std::{
    fs::File,
    io::Read as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    outside::{Client, Place, shown},
    quantity::Span,
    tls::ClientTlsSettings,
};

/// The longest token that is read from a file.
const LONGEST_TOKEN: u64 = 16 << 10;

/// A service of one's own that finds personal data in texts, asked as Microsoft Presidio's analyzer is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetectorSettings {
    /// Where it is: `http://127.0.0.1:5002`. `analyze` is appended. Plain `http://` for loopback addresses only.
    pub url: String,
    /// Whom to trust there, and what to show.
    #[serde(default)]
    pub tls: Option<ClientTlsSettings>,
    /// The file with the token that every question carries, as `Authorization: Bearer …`. Readable by its owner only.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// How long an answer may take, connecting and waiting for a turn included.
    #[serde(default = "half_a_second")]
    pub timeout: Span,
    /// Questions at a time.
    #[serde(default = "eight")]
    pub at_once: usize,
    /// Questions that may wait for their turn; one more counts as not answered.
    #[serde(default = "sixty_four")]
    pub queue: usize,
    /// Texts in one question. Write 1 for an analyzer that knows no lists of texts.
    #[serde(default = "thirty_two")]
    pub batch: usize,
    /// Answers that are remembered for up to ten minutes, by keyed digests of their texts: clients that send the conversation so far with
    /// each message would have all of it asked about anew. 0 for none.
    #[serde(default = "ten_thousand")]
    pub remember: u64,
    /// The language in which texts are asked about.
    #[serde(default = "english")]
    pub language: String,
    /// How sure a finding must be, in percent: 50 is a score of 0.5. What is less sure is none.
    #[serde(default)]
    pub least: u8,
    /// What becomes of a message when there is no answer about one of its texts.
    #[serde(default)]
    pub on_failure: OnFailure,
}

/// What becomes of a message about which a detector says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// It is refused.
    #[default]
    Refuse,
    /// It goes on with what our own detectors find; the receipt says so.
    Pass,
}

/// Why a detector can't be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` can't be asked at `{url}`: {what}")]
pub struct DetectorFault {
    name: String,
    url: String,
    what: String,
}

impl DetectorSettings {
    /// One of which somebody at a terminal says no more than where it is: it is waited for longer, and asked about one text at a time,
    /// since not every analyzer knows lists.
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            tls: None,
            token_file: None,
            timeout: Span::seconds(30),
            at_once: eight(),
            queue: usize::MAX,
            batch: 1,
            remember: ten_thousand(),
            language: english(),
            least: 0,
            on_failure: OnFailure::Refuse,
        }
    }

    /// The files it names: they are read again when one of them changes.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let tls = self.tls.iter().flat_map(|tls| [&tls.roots, &tls.certificate, &tls.key]).flatten();
        tls.chain(&self.token_file).map(PathBuf::as_path)
    }

    /// The same, to be changed.
    pub fn files_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let tls = self.tls.iter_mut();
        let tls = tls.flat_map(|tls| [&mut tls.roots, &mut tls.certificate, &mut tls.key]).flatten();
        tls.chain(&mut self.token_file)
    }

    /// What asks it.
    pub(super) fn client(&self, name: &str) -> Result<Client, DetectorFault> {
        let fault = |what: String| DetectorFault { name: name.to_owned(), url: shown(&self.url), what };
        self.check().map_err(|what| fault(what.to_owned()))?;
        let place = Place::of(&self.url).filter(|place| !place.path.contains('?')).ok_or_else(|| {
            fault("write an address such as `https://analyzer.example/`, without user, password or query; plain `http://` goes to loopback addresses only".to_owned())
        })?;
        let tls = place.trust(self.tls.as_ref()).map_err(fault)?;
        let slash = if place.path.ends_with('/') { "" } else { "/" };
        let place = Place { path: format!("{}{slash}", place.path), ..place };
        let client = Client::to(place, tls, self.timeout.0, self.at_once).with_room(self.queue);
        Ok(client.with_fields(self.fields().map_err(fault)?))
    }

    /// The lowest score that counts.
    pub(super) fn least(&self) -> f64 {
        f64::from(self.least) / 100.0
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.timeout.0.is_zero() || self.at_once == 0 || self.batch == 0 {
            return Err("`timeout`, `at_once` and `batch` must be more than nothing");
        }
        if self.least > 100 {
            return Err("`least` is in percent, at most 100; 50 is a score of 0.5");
        }
        if self.language.is_empty() {
            return Err("`language` is a word that the detector knows, such as `en`");
        }
        Ok(())
    }

    fn fields(&self) -> Result<HeaderMap, String> {
        let Some(path) = &self.token_file else { return Ok(HeaderMap::new()) };
        let token = token(path).map_err(|what| format!("`token_file: {}`: {what}", path.display()))?;
        Ok(HeaderMap::from_iter([(AUTHORIZATION, token)]))
    }
}

/// What `Authorization` says. Neither a log nor a compression table is to keep it.
fn token(path: &Path) -> Result<HeaderValue, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    if file.metadata().map_err(|error| error.to_string())?.mode() & 0o077 != 0 {
        return Err("others can read it; allow its owner only (chmod 600)".to_owned());
    }
    let mut text = String::new();
    file.take(LONGEST_TOKEN).read_to_string(&mut text).map_err(|error| error.to_string())?;
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it holds no token; write one line of visible ASCII characters".to_owned());
    }
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|error| error.to_string())?;
    value.set_sensitive(true);
    Ok(value)
}

fn half_a_second() -> Span {
    Span(Duration::from_millis(500))
}

fn eight() -> usize {
    8
}

fn sixty_four() -> usize {
    64
}

fn thirty_two() -> usize {
    32
}

fn ten_thousand() -> u64 {
    10_000
}

fn english() -> String {
    "en".to_owned()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    fn outcome(text: &str) -> String {
        let settings: DetectorSettings = serde_saphyr::from_str(text).unwrap();
        settings.client("names").map_or_else(|error| error.to_string(), |_| "fine".to_owned())
    }

    #[test]
    fn what_can_not_be_used_says_what_to_do() {
        let texts = [
            "url: http://127.0.0.1:5002",
            "url: https://analyzer.example/v1",
            "url: http://analyzer.example/",
            "url: https://user:secret@analyzer.example/",
            "url: http://127.0.0.1:5002/?a=b",
            "{url: 'http://127.0.0.1:5002', tls: {}}",
            "{url: 'http://127.0.0.1:5002', timeout: 0s}",
            "{url: 'http://127.0.0.1:5002', at_once: 0}",
            "{url: 'http://127.0.0.1:5002', batch: 0}",
            "{url: 'http://127.0.0.1:5002', least: 101}",
            "{url: 'http://127.0.0.1:5002', language: ''}",
        ];
        let said: Vec<String> = texts.iter().map(|text| format!("{text}\n  {}", outcome(text))).collect();
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn a_token_is_its_owners_and_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let said = |text: &str, mode: u32| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            token(&path).map(|value| (value.is_sensitive(), value.to_str().unwrap().to_owned()))
        };
        assert_eq!(said("abc\n", 0o600), Ok((true, "Bearer abc".to_owned())));
        assert!(said("abc\n", 0o640).unwrap_err().contains("chmod 600"));
        for none in ["", "\n", "a b", "a\nb", "ä"] {
            assert!(said(none, 0o600).unwrap_err().contains("one line"), "{none}");
        }
    }
}
