//! Lengths of time and sizes as people write them: `30s`, `5m`, `180d`, `64KiB`, `1MiB`.
//!
//! The rule: a bare number is refused, because a reader can't tell seconds from milliseconds. Sizes are binary
//! (`KiB` = 1,024 bytes, IEC 80000-13); `KB` is refused rather than guessed at.

use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const TIMES: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
/// Understood, and never written: a year is 365 days.
const YEARS: (&str, u64) = ("y", 365 * 86_400_000);
const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// A length of time, written `250ms`, `30s`, `5m`, `12h`, `180d` or `3y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub Duration);

/// A number of bytes, written `512B`, `64KiB`, `1MiB` or `2GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(pub u64);

impl Span {
    /// So many seconds.
    pub const fn seconds(n: u64) -> Self {
        Self(Duration::from_secs(n))
    }
}

impl Size {
    /// So many kibibytes.
    pub const fn kib(n: u64) -> Self {
        Self(n << 10)
    }

    /// As a length in memory.
    pub fn bytes(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let millis = parse(text, TIMES.iter().chain([&YEARS])).ok_or_else(|| {
            format!(
                "`{text}` is not a length of time; write it like `250ms`, `30s`, `5m`, `12h`, `180d` or `3y`"
            )
        })?;
        Ok(Self(Duration::from_millis(millis)))
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text, SIZES.iter())
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a size; write it like `512B`, `64KiB`, `1MiB` or `2GiB`"))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX), &TIMES)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.0, &SIZES)
    }
}

fn parse<'a>(text: &str, mut units: impl Iterator<Item = &'a (&'static str, u64)>) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, scale) = units.find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*scale)
}

fn show(f: &mut fmt::Formatter<'_>, amount: u64, units: &[(&str, u64)]) -> fmt::Result {
    let fitting = units.iter().rev().find(|(_, scale)| amount >= *scale && amount.is_multiple_of(*scale));
    match fitting.or(units.first()) {
        Some((name, scale)) => write!(f, "{}{name}", amount / scale),
        None => write!(f, "{amount}"),
    }
}

macro_rules! written_as_text {
    ($type:ident, $example:literal, $pattern:literal) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "pattern": $pattern, "examples": [$example]})
            }
        }
    };
}

written_as_text!(Span, "30s", "^[0-9]+ *(ms|s|m|h|d|y)$");
written_as_text!(Size, "1MiB", "^[0-9]+ *(B|KiB|MiB|GiB)$");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_and_print_as_people_write_them() {
        for text in ["250ms", "30s", "5m", "12h", "180d"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        assert_eq!("3y".parse::<Span>().unwrap().to_string(), "1095d");
        for text in ["512B", "64KiB", "1MiB", "2GiB"] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_quantity_without_a_unit_is_refused() {
        for text in
            ["30", "", "s", "1.5s", "-1s", "30 seconds", "99999999999999999999s", "18446744073709551615d"]
        {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        for text in ["30", "1MB", "KiB", "1kib"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
