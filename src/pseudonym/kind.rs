//! What sort of value a token stands for, in a word.

use std::fmt;

/// A word of one to twelve lower-case letters and digits: it stands in every token, where bots and people read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(String);

impl Kind {
    /// The most characters it has.
    pub const LONGEST: usize = 12;

    /// The name of a detector's kind or of a data entry, reduced: `Customer e-mail` becomes `customeremai`.
    pub fn of(name: &str) -> Self {
        let letters = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase());
        let word: String = letters.take(Self::LONGEST).collect();
        Self(if word.is_empty() { "value".to_owned() } else { word })
    }

    /// What a client typed that looks like a brief token.
    pub(super) fn typed() -> Self {
        Self("text".to_owned())
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_becomes_a_word() {
        for (name, word) in [
            ("email", "email"),
            ("Customer e-mail", "customeremai"),
            ("iban_2", "iban2"),
            ("дом", "value"),
            ("", "value"),
        ] {
            assert_eq!(Kind::of(name).as_str(), word);
        }
    }
}
