//! The kinds of personal data that can be found in a text, and sets of them.

use std::fmt;

/// A kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An e-mail address (RFC 5321, with the letters of RFC 6531).
    Email,
    /// A telephone number, written as in North America (NANP).
    Phone,
    /// A United States social security number, or another taxpayer's number written as one.
    UsSsn,
    /// The number of a payment card (ISO/IEC 7812).
    PaymentCard,
    /// An access key of Amazon Web Services: its id, or the secret itself where it is named.
    AwsKey,
    /// A token of GitHub.
    GithubKey,
    /// A token of Slack, or the address of a webhook there.
    SlackKey,
    /// The name of a person, or a part of it.
    PersonName,
    /// A place: a country, a region, a city.
    Location,
    /// A postal address, or a part of one: a street with its number, a box, a postcode.
    PostalAddress,
    /// A date, with the time of day if there is one.
    Date,
    /// A date near which a birth is spoken of. It is a date as well.
    DateOfBirth,
    /// A word for somebody or something from a country.
    Nationality,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Email,
        Self::Phone,
        Self::UsSsn,
        Self::PaymentCard,
        Self::AwsKey,
        Self::GithubKey,
        Self::SlackKey,
        Self::PersonName,
        Self::Location,
        Self::PostalAddress,
        Self::Date,
        Self::DateOfBirth,
        Self::Nationality,
    ];

    /// The word for it in policies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::UsSsn => "us-ssn",
            Self::PaymentCard => "payment-card",
            Self::AwsKey => "aws-key",
            Self::GithubKey => "github-key",
            Self::SlackKey => "slack-key",
            Self::PersonName => "person-name",
            Self::Location => "location",
            Self::PostalAddress => "postal-address",
            Self::Date => "date",
            Self::DateOfBirth => "date-of-birth",
            Self::Nationality => "nationality",
        }
    }

    /// The kind that a word of a policy stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    fn bit(self) -> u64 {
        1 << self as u32
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Some kinds.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Kinds(u64);

impl Kinds {
    /// None.
    pub const NONE: Self = Self(0);

    /// All there are.
    pub fn all() -> Self {
        Kind::ALL.into_iter().collect()
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a kind is among them.
    pub fn contains(self, kind: Kind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Those of either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Each of them, in the order of [`Kind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl From<Kind> for Kinds {
    fn from(kind: Kind) -> Self {
        Self(kind.bit())
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, |all, kind| all.union(kind.into()))
    }
}

/// The words, joined by `+`: how a finding of several kinds is named.
impl fmt::Display for Kinds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, kind) in self.iter().enumerate() {
            write!(out, "{}{kind}", if n == 0 { "" } else { "+" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Kinds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_word(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::from_word("Email"), None);
        assert_eq!(Kinds::all().iter().count(), Kind::ALL.len());
    }

    #[test]
    fn a_set_names_its_kinds_in_one_order() {
        let kinds: Kinds = [Kind::Phone, Kind::Email].into_iter().collect();
        assert_eq!(kinds.to_string(), "email+phone");
        assert!(kinds.contains(Kind::Phone) && !kinds.contains(Kind::UsSsn));
        assert_eq!(kinds.intersection(Kind::Phone.into()), Kind::Phone.into());
        assert!(Kinds::NONE.is_empty() && !kinds.is_empty());
    }
}
