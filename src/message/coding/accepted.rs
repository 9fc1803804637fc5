//! Which codings a client takes: `Accept-Encoding` (RFC 9110, section 12.5.3).

use http::{HeaderMap, header::ACCEPT_ENCODING};

use super::Coding;

/// What a client says about codings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Names in lower case, each with its weight in thousandths.
    said: Vec<(String, u16)>,
}

impl Accepted {
    /// Reads the fields of a request. A weight that is none counts as 0: the client gets what it surely takes.
    pub fn read(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        let items = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|item| !item.is_empty());
        Self { said: items.map(item).collect() }
    }

    /// Whether the client takes this coding. Silence about codings asks for none.
    pub fn takes(&self, coding: Coding) -> bool {
        self.weight(coding) > 0
    }

    /// Of these codings the one that the client likes best; of those it likes alike, the first. None where it takes none of
    /// them, or would rather have no coding at all.
    pub fn best_of(&self, offered: &[Coding]) -> Option<Coding> {
        let plain = self.said_of("identity").unwrap_or(0);
        let mut best = None;
        for coding in offered {
            let weight = self.weight(*coding);
            if weight > 0 && weight >= plain && best.is_none_or(|(_, other)| weight > other) {
                best = Some((*coding, weight));
            }
        }
        best.map(|(coding, _)| coding)
    }

    fn weight(&self, coding: Coding) -> u16 {
        let old_name = || (coding == Coding::Gzip).then(|| self.said_of("x-gzip")).flatten();
        self.said_of(coding.as_str()).or_else(old_name).or_else(|| self.said_of("*")).unwrap_or(0)
    }

    fn said_of(&self, name: &str) -> Option<u16> {
        self.said.iter().find(|(said, _)| said == name).map(|(_, weight)| *weight)
    }
}

fn item(text: &str) -> (String, u16) {
    let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
    let weight = match parameters.trim().split_once('=') {
        None if parameters.trim().is_empty() => 1000,
        Some((q, value)) if q.trim().eq_ignore_ascii_case("q") => weight(value.trim()),
        Some(_) | None => 0,
    };
    (name.trim().to_ascii_lowercase(), weight)
}

/// A weight has at most three decimals (RFC 9110, section 12.4.2).
fn weight(text: &str) -> u16 {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    match whole {
        "1" => 1000,
        "0" => format!("{decimals:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[&'static str]) -> Accepted {
        let lines = lines.iter().map(|line| (ACCEPT_ENCODING, http::HeaderValue::from_static(line)));
        let mut headers = HeaderMap::new();
        lines.for_each(|(name, value)| {
            headers.append(name, value);
        });
        Accepted::read(&headers)
    }

    #[test]
    fn a_client_gets_the_coding_that_it_likes_best_or_none() {
        use Coding::{Brotli, Deflate, Gzip, Zstd};
        let offered = [Brotli, Zstd, Gzip, Deflate];
        for (lines, best) in [
            (&[][..], None),
            (&[""], None),
            (&["gzip"], Some(Gzip)),
            (&["x-gzip"], Some(Gzip)),
            (&["GZIP, br"], Some(Brotli)),
            (&["gzip;q=0.8, br;q=0.5"], Some(Gzip)),
            (&["gzip;q=0.8", "zstd ; q=0.801"], Some(Zstd)),
            (&["*"], Some(Brotli)),
            (&["*;q=0.5, br;q=0"], Some(Zstd)),
            (&["identity, gzip;q=0.5"], None),
            (&["identity;q=0.5, gzip"], Some(Gzip)),
            (&["gzip;q=0"], None),
            (&["gzip;q=0.0001", "br;q=2", "zstd;level=3"], None),
            (&["compress, deflate;q=1.000"], Some(Deflate)),
        ] {
            assert_eq!(said(lines).best_of(&offered), best, "{lines:?}");
        }
        assert!(said(&["br"]).takes(Brotli) && !said(&["br"]).takes(Gzip));
    }
}
