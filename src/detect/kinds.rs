//! Sets of kinds, and the words for groups of them.

use std::fmt;

use super::Kind;

/// Some kinds: built-in ones, and behind them those of one policy, by their numbers there. What those are called says
/// [`super::Names`].
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Kinds(u128);

/// The groups: a word of a policy that stands for several kinds.
const GROUPS: [(&str, Kinds); 5] = [
    ("contact", Kinds::of(&[Kind::Email, Kind::Phone])),
    ("financial", Kinds::between(Kind::PaymentCard, Kind::CryptoWallet)),
    ("network", Kinds::between(Kind::IpAddress, Kind::UrlPersonal)),
    ("national-id", Kinds::between(Kind::Passport, Kind::IlId)),
    ("secret", Kinds::between(Kind::AwsKey, Kind::ConnectionString)),
];

impl Kinds {
    /// None.
    pub const NONE: Self = Self(0);

    /// All that there can be, of any policy.
    pub const EVERY: Self = Self(u128::MAX);

    /// How many kinds of its own one policy can have.
    pub const MOST_OWN: usize = u128::BITS as usize - Kind::ALL.len();

    /// The kind of a policy's own that has this number there.
    pub const fn own(number: usize) -> Option<Self> {
        if number < Self::MOST_OWN { Some(Self(1 << (Kind::ALL.len() + number))) } else { None }
    }

    /// Those that are told by what words look like and what stands around them, and have no pattern.
    pub const BY_LOOKS: Self = Self::between(Kind::PersonName, Kind::Nationality);

    /// These.
    pub const fn of(mut kinds: &[Kind]) -> Self {
        let mut bits = 0;
        while let Some((kind, rest)) = kinds.split_first() {
            bits |= Self::bit(*kind);
            kinds = rest;
        }
        Self(bits)
    }

    /// Those that [`Kind::ALL`] lists from one to another.
    const fn between(first: Kind, last: Kind) -> Self {
        Self((Self::bit(last) - Self::bit(first)) | Self::bit(last))
    }

    /// All there are.
    pub fn all() -> Self {
        Kind::ALL.into_iter().collect()
    }

    /// The kinds that a word of a policy stands for: one, or those of a group.
    pub fn from_word(word: &str) -> Option<Self> {
        let group = GROUPS.iter().find(|(name, _)| *name == word).map(|(_, kinds)| *kinds);
        group.or_else(|| Kind::from_word(word).map(Self::from))
    }

    /// Every word that [`Kinds::from_word`] knows, with what it stands for: kinds first, then groups.
    pub fn words() -> impl Iterator<Item = (&'static str, Self)> {
        Kind::ALL.into_iter().map(|kind| (kind.as_str(), Self::from(kind))).chain(GROUPS)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a kind is among them.
    pub fn contains(self, kind: Kind) -> bool {
        self.0 & Self::bit(kind) != 0
    }

    /// Those of either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// All that there can be but these.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(!self.0)
    }

    /// These but one.
    #[must_use]
    pub fn without(self, kind: Kind) -> Self {
        Self(self.0 & !Self::bit(kind))
    }

    /// Whether there is one of both.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Each of them by itself: the built-in ones in the order of [`Kind::ALL`], then a policy's own by their numbers.
    pub fn each(self) -> impl Iterator<Item = Self> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let lowest = rest & rest.wrapping_neg();
            rest &= !lowest;
            (lowest != 0).then_some(Self(lowest))
        })
    }

    /// The number of the first of them, the built-in ones counted before a policy's own.
    pub(super) fn first(self) -> Option<usize> {
        (self.0 != 0).then(|| self.0.trailing_zeros() as usize)
    }

    /// Each of them that is built in, in the order of [`Kind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }

    const fn bit(kind: Kind) -> u128 {
        1 << kind as u32
    }
}

impl From<Kind> for Kinds {
    fn from(kind: Kind) -> Self {
        Self(Self::bit(kind))
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, |all, kind| all.union(kind.into()))
    }
}

impl FromIterator<Self> for Kinds {
    fn from_iter<I: IntoIterator<Item = Self>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::union)
    }
}

/// For those who look for mistakes: a policy's own kinds have no names here.
impl fmt::Debug for Kinds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&super::Names::default().joined(*self))
    }
}

/// Only in tests, where all kinds are built in: nobody else can name kinds without [`super::Names`].
#[cfg(test)]
impl fmt::Display for Kinds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_for_kinds_of_its_own() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_word(kind.as_str()), Some(kind));
            assert_eq!(Kinds::from_word(kind.as_str()), Some(kind.into()));
        }
        assert_eq!(Kind::from_word("Email"), None);
        assert_eq!(Kinds::all().iter().count(), Kind::ALL.len());
        let mut words: Vec<&str> = Kinds::words().map(|(word, _)| word).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Kind::ALL.len() + GROUPS.len());
    }

    #[test]
    fn a_group_is_several_kinds() {
        let kinds = |word| Kinds::from_word(word).unwrap();
        assert_eq!(kinds("contact").to_string(), "email+phone");
        assert_eq!(kinds("financial").to_string(), "payment-card+iban+bic+crypto-wallet");
        assert_eq!(kinds("network").to_string(), "ip-address+mac-address+url+url-personal");
        assert!(kinds("national-id").contains(Kind::UsSsn) && !kinds("national-id").contains(Kind::Vin));
        assert!(kinds("national-id").contains(Kind::IlId) && !kinds("national-id").contains(Kind::AwsKey));
        assert!(kinds("secret").contains(Kind::AwsKey) && kinds("secret").contains(Kind::Password));
        assert!(kinds("secret").contains(Kind::ConnectionString) && !kinds("secret").contains(Kind::IlId));
        let by_looks =
            ["person-name", "location", "postal-address", "date", "date-of-birth", "nationality"].map(kinds);
        assert_eq!(Kinds::BY_LOOKS, by_looks.into_iter().collect());
    }

    #[test]
    fn kinds_of_a_policy_stand_behind_the_built_in_ones() {
        let own: Kinds = (0..Kinds::MOST_OWN).map(|n| Kinds::own(n).unwrap()).collect();
        assert_eq!(Kinds::own(Kinds::MOST_OWN), None);
        assert!(!own.meets(Kinds::all()) && own.iter().next().is_none());
        assert_eq!(own.each().count() + Kinds::all().each().count(), 128);
        let mixed = Kinds::from(Kind::Phone).union(Kinds::own(1).unwrap());
        let each: Vec<Kinds> = mixed.each().collect();
        assert_eq!(each, [Kind::Phone.into(), Kinds::own(1).unwrap()]);
        assert_eq!(
            each.iter().map(|kind| kind.first().unwrap()).collect::<Vec<_>>(),
            [1, Kind::ALL.len() + 1]
        );
    }

    #[test]
    fn a_set_names_its_kinds_in_one_order() {
        let kinds: Kinds = [Kind::Phone, Kind::Email].into_iter().collect();
        assert_eq!(kinds.to_string(), "email+phone");
        assert!(kinds.contains(Kind::Phone) && !kinds.contains(Kind::UsSsn));
        assert_eq!(kinds.intersection(Kind::Phone.into()), Kind::Phone.into());
        assert!(kinds.meets(Kind::Phone.into()) && !kinds.meets(Kind::Url.into()));
        assert!(Kinds::NONE.is_empty() && !kinds.is_empty());
    }
}
