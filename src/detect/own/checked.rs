//! Check digits of a policy's own kinds.

use smallvec::SmallVec;

use super::super::check;

/// A formula by which a number is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// ISO/IEC 7812-1, over the digits.
    Luhn,
    /// ISO/IEC 7064, mod 97-10, over letters and digits: the remainder is one.
    Mod97,
    /// ISO/IEC 7064, mod 11-10, over the digits.
    Mod11,
    /// Verhoeff's, over the digits.
    Verhoeff,
}

impl Check {
    /// All of them, with their words in policies.
    pub const WORDS: [(&str, Self); 4] = [
        ("luhn", Self::Luhn),
        ("mod97", Self::Mod97),
        ("mod11-10", Self::Mod11),
        ("verhoeff", Self::Verhoeff),
    ];

    /// Whether letters, capitals, and digits fit together.
    pub(super) fn fits(self, compact: &[u8]) -> bool {
        let digits: SmallVec<[u8; 64]> = compact.iter().copied().filter(u8::is_ascii_digit).collect();
        match self {
            Self::Luhn => !digits.is_empty() && check::luhn(&digits),
            Self::Mod97 => check::mod_97(compact.iter().copied()) == Some(1),
            Self::Mod11 => check::mod_11_10(&digits),
            Self::Verhoeff => !digits.is_empty() && check::verhoeff(&digits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_count_only_where_the_formula_knows_them() {
        let fits = |check: Check, number: &[u8]| check.fits(number);
        assert!(fits(Check::Luhn, b"79927398713") && fits(Check::Luhn, b"E79927398713"));
        assert!(fits(Check::Verhoeff, b"X2363") && !fits(Check::Verhoeff, b"X2364"));
        assert!(fits(Check::Mod11, b"36574261809") && !fits(Check::Mod11, b""));
        // A legal entity's identifier (ISO 17442).
        assert!(fits(Check::Mod97, b"529900T8BM49AURSDO55") && !fits(Check::Mod97, b"529900T8BM49AURSDO56"));
        assert!(!fits(Check::Luhn, b"E") && !fits(Check::Verhoeff, b""));
    }
}
