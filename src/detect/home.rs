//! Where people are at home, and which languages they speak, as a policy says.
//!
//! The rule: where nothing is said, a number needs the same words beside it everywhere, and the words of every language count.

use super::{Kind, Kinds};

/// Country calling codes and their regions.
const CODES: &str = include_str!("phone/regions.txt");

/// Regions (ISO 3166-1) whose national numbers need no word beside them.
#[derive(Clone, Debug, Default)]
pub struct Regions {
    /// Their country calling codes.
    codes: Vec<&'static str>,
    /// Numbers that their states give to people.
    ids: Kinds,
}

impl Regions {
    /// Adds one; says whether it is known.
    pub fn add(&mut self, region: &str) -> bool {
        let Some(code) = lines().find(|(_, regions)| regions.split(' ').any(|known| known == region)) else {
            return false;
        };
        self.codes.push(code.0);
        let ids = Kind::ALL.into_iter().filter(|kind| is_given_in(*kind, region));
        self.ids = self.ids.union(ids.collect());
        true
    }

    /// Every region that there is.
    pub fn known() -> impl Iterator<Item = &'static str> {
        lines().flat_map(|(_, regions)| regions.split(' '))
    }

    /// Their country calling codes.
    pub(super) fn codes(&self) -> &[&'static str] {
        &self.codes
    }

    /// Whether their states give such numbers.
    pub(super) fn give(&self, kind: Kind) -> bool {
        self.ids.contains(kind)
    }
}

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    CODES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '))
}

/// Whether a kind's name begins with the region that gives it.
fn is_given_in(kind: Kind, region: &str) -> bool {
    let begun = kind.as_str().split_once('-').map(|(begun, _)| begun);
    match region {
        "GB" => begun == Some("uk"),
        "SK" => kind == Kind::CzBirthNumber,
        other => begun.is_some_and(|begun| begun.eq_ignore_ascii_case(other)),
    }
}

/// Languages (ISO 639-1) whose words beside numbers count: all of them where none is named.
#[derive(Clone, Copy, Debug, Default)]
pub struct Languages(u64);

impl Languages {
    /// Those that words beside numbers are known in.
    pub const KNOWN: [&str; 36] = [
        "ar", "bn", "bg", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu",
        "id", "it", "ja", "ko", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sq", "sv", "sw", "th", "tr", "uk",
        "vi", "zh",
    ];

    /// Adds one; says whether it is known.
    pub fn add(&mut self, language: &str) -> bool {
        let bit = Self::bit(language);
        self.0 |= bit;
        bit != 0
    }

    /// Its bit; none where it is not known.
    pub(super) fn bit(language: &str) -> u64 {
        Self::KNOWN.iter().position(|known| *known == language).map_or(0, |number| 1 << number)
    }

    /// Whether a word counts that is of these languages, a bit for each; without one, it is of all.
    pub(super) fn count(self, languages: u64) -> bool {
        self.0 == 0 || languages == 0 || self.0 & languages != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_its_codes_and_its_ids() {
        let mut regions = Regions::default();
        assert!(
            regions.add("DE")
                && regions.add("GB")
                && regions.add("SK")
                && !regions.add("XX")
                && !regions.add("de")
        );
        assert_eq!(regions.codes(), ["49", "44", "421"]);
        let ids = [Kind::DeTaxId, Kind::DeIdCard, Kind::UkNhs, Kind::UkNino, Kind::CzBirthNumber];
        let given: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| regions.give(*kind)).collect();
        assert!(given.len() == ids.len() && ids.iter().all(|kind| given.contains(kind)), "{given:?}");
        assert_eq!(Regions::known().count(), 245);
    }

    #[test]
    fn a_word_counts_in_its_languages_and_everywhere_if_it_has_none() {
        let (mut some, all) = (Languages::default(), Languages::default());
        assert!(some.add("de") && some.add("en") && !some.add("xx"));
        let words = [Languages::bit("de"), Languages::bit("fr"), 0];
        assert_eq!(words.map(|word| some.count(word)), [true, false, true]);
        assert_eq!(words.map(|word| all.count(word)), [true, true, true]);
    }
}
