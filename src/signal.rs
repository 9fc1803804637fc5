//! What the request itself says about consent.
//!
//! The rule: a signal only narrows. What would defeat it is reading a malformed signal as no signal, so one that is present
//! and not understood counts as an objection.

use http::{HeaderMap, HeaderName};

/// Global Privacy Control's field.
const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// The signals found in one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// Global Privacy Control: `Sec-GPC: 1`.
    pub gpc: bool,
}

impl Signals {
    /// Reads the signals from the header.
    pub fn read(headers: &HeaderMap) -> Self {
        let gpc = headers.get_all(SEC_GPC).iter().any(|value| value.as_bytes() != b"0");
        Self { gpc }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn global_privacy_control_is_heard_also_when_it_is_malformed() {
        for (values, expected) in [
            (&["1"][..], true),
            (&[], false),
            (&["0"], false),
            (&["yes"], true),
            (&["0", "1"], true),
            (&[""], true),
        ] {
            let headers: HeaderMap = values
                .iter()
                .map(|value| (http::HeaderName::from_static("sec-gpc"), value.parse().unwrap()))
                .collect();
            assert_eq!(Signals::read(&headers).gpc, expected, "{values:?}");
        }
    }
}
