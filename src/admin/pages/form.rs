//! What a browser sends: `application/x-www-form-urlencoded`, in an address or a body.

use crate::query;

/// Names and values, in order. What can't be decoded is left out.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn read(text: &[u8]) -> Self {
        let decoded =
            |raw| query::decode(raw).ok().and_then(|text| String::from_utf8(text.into_owned()).ok());
        Self(
            query::pairs(text)
                .filter_map(|pair| Some((decoded(pair.raw_name)?, decoded(pair.raw_value)?)))
                .collect(),
        )
    }

    /// The first value of this name that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, value)| found == name && !value.is_empty()).map(|(_, value)| &**value)
    }
}
