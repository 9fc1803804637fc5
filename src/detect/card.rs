//! Numbers of payment cards.
//!
//! The rule (ISO/IEC 7812): 12 to 19 digits that begin as some brand's do, are as many as that brand has, and end in the check digit
//! of Luhn's formula; in one run, or in groups of which the first has four digits, with single spaces or dashes between, or dots between fours. What
//! would defeat it: digits behind the card that make a longer valid number; then the longer one is taken.

use std::ops::{Range, RangeInclusive};

use super::{
    cursor::Cursor,
    number::{self, Gap},
};

/// The shortest and the longest number of any card.
const SHORTEST: usize = 12;
const LONGEST: usize = 19;

/// The first six digits, and how many there may be in all.
struct Brand(RangeInclusive<u32>, &'static [usize]);

/// Visa, Mastercard, Diners Club, American Express, JCB, Mir, Maestro and its like, Discover, UnionPay, RuPay, Troy.
const BRANDS: &[Brand] = &[
    Brand(400_000..=499_999, &[13, 16, 19]),
    Brand(510_000..=559_999, &[16]),
    Brand(222_100..=272_099, &[16]),
    Brand(300_000..=305_999, &[14, 16, 19]),
    Brand(309_500..=309_599, &[14, 16, 19]),
    Brand(360_000..=369_999, &[14, 16, 19]),
    Brand(380_000..=399_999, &[14, 16, 19]),
    Brand(340_000..=349_999, &[15]),
    Brand(370_000..=379_999, &[15]),
    // JCB has 3528 to 3589 of these.
    Brand(350_000..=359_999, &[16, 17, 18, 19]),
    Brand(213_100..=213_199, &[15]),
    Brand(180_000..=180_099, &[15]),
    Brand(220_000..=220_499, &[16, 17, 18, 19]),
    Brand(500_000..=509_999, &[12, 13, 14, 15, 16, 17, 18, 19]),
    Brand(560_000..=699_999, &[12, 13, 14, 15, 16, 17, 18, 19]),
    Brand(810_000..=829_999, &[16, 17, 18, 19]),
    Brand(979_200..=979_299, &[16]),
    Brand(60_400..=60_499, &[12, 13, 14, 15, 16, 17, 18, 19]),
];

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    if !number::begins(cursor.before()) {
        return None;
    }
    let mut number = Number::default();
    let first = number.group(cursor);
    if first == 4 && number.lengths().next().is_some() {
        return groups(cursor, number);
    }
    (number.is_card() && number::run_ends(cursor)).then(|| cursor.start()..cursor.at())
}

/// Reads the groups behind the first.
fn groups(cursor: &mut Cursor<'_>, mut number: Number) -> Option<Range<usize>> {
    let gap = number::gap(cursor)?;
    let sizes = if gap == Gap::Dot { 4..=4 } else { 2..=7 };
    let mut end = None;
    loop {
        if !sizes.contains(&number.group(cursor)) {
            break;
        }
        if number.is_card() {
            end = Some(cursor.at());
        }
        let more = number.lengths().any(|length| length > number.len);
        if !more || number::gap(cursor) != Some(gap) {
            break;
        }
    }
    end.map(|end| cursor.start()..end)
}

/// The digits read so far.
#[derive(Debug, Default)]
struct Number {
    digits: [u8; LONGEST],
    /// How many there were; more than [`LONGEST`] when there were too many.
    len: usize,
}

impl Number {
    /// Reads as many digits as come in one run, and says how many.
    fn group(&mut self, cursor: &mut Cursor<'_>) -> usize {
        let before = self.len;
        while self.len <= LONGEST && (!matches!(self.len, 4 | 6) || self.lengths().next().is_some()) {
            let Some(digit) = cursor.digit() else { break };
            if let Some(place) = self.digits.get_mut(self.len) {
                *place = digit;
            }
            self.len += 1;
        }
        self.len - before
    }

    /// How long a card can be that begins so.
    fn lengths(&self) -> impl Iterator<Item = usize> {
        let first = self.digits.iter().take(6).fold(0, |number, digit| number * 10 + u32::from(*digit));
        let unknown = 10_u32.pow(6_usize.saturating_sub(self.len).try_into().unwrap_or(0)) - 1;
        let fits = move |brand: &&Brand| *brand.0.start() <= first + unknown && first <= *brand.0.end();
        BRANDS.iter().filter(fits).flat_map(|brand| brand.1.iter().copied())
    }

    fn is_card(&self) -> bool {
        self.len >= SHORTEST && self.lengths().any(|length| length == self.len) && self.is_checked()
    }

    /// Luhn's formula: every second digit from the right counts twice.
    fn is_checked(&self) -> bool {
        let digits = self.digits.iter().take(self.len).rev().enumerate();
        let sum: u32 = digits
            .map(|(n, digit)| {
                let weighted = u32::from(*digit) << (n % 2);
                weighted - if weighted > 9 { 9 } else { 0 }
            })
            .sum();
        sum.is_multiple_of(10)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// How the numbers of each brand begin, and how long they are.
    pub fn brands() -> Vec<(RangeInclusive<u32>, &'static [usize])> {
        BRANDS.iter().map(|Brand(first, lengths)| (first.clone(), *lengths)).collect()
    }
}
