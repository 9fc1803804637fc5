//! The world's numbering plans: `plans.txt`, which `tools/phone_plans.py` makes.

use std::sync::LazyLock;

/// Country calling code, national prefixes, and for lengths of national numbers how these begin.
const TABLE: &str = include_str!("plans.txt");

/// The longest national number.
const LONGEST: usize = 17;

/// What is dialled before a number within a country; nothing, where people leave it out.
const PREFIXES: [&str; 6] = ["", "0", "1", "8", "06", "02"];

static PLANS: LazyLock<Plans> = LazyLock::new(Plans::read);

/// All plans, by country; and all together, by what is dialled before.
#[derive(Debug)]
struct Plans {
    countries: Vec<Plan>,
    dialled: Vec<(&'static str, Numbers)>,
}

/// The plan of a country, or of some that share a code.
#[derive(Debug)]
pub(super) struct Plan {
    code: &'static str,
    prefixes: &'static str,
    numbers: Numbers,
}

/// For each length, how numbers begin: their first three digits, a bit for each.
#[derive(Clone, Debug, Default)]
struct Numbers(Vec<(usize, [u64; 16])>);

pub(super) fn prepare() {
    LazyLock::force(&PLANS);
}

/// The plan of the country that digits begin with, and the digits behind its code.
pub(super) fn of_country(digits: &[u8]) -> Option<(&'static Plan, &[u8])> {
    PLANS.countries.iter().find_map(|plan| Some((plan, digits.strip_prefix(plan.code.as_bytes())?)))
}

/// Whether these digits can be dialled within some country.
pub(super) fn is_dialled_somewhere(digits: &[u8]) -> bool {
    let rest = |prefix: &str| digits.strip_prefix(prefix.as_bytes());
    PLANS.dialled.iter().any(|(prefix, numbers)| rest(prefix).is_some_and(|rest| numbers.have(rest)))
}

/// Whether these digits can be dialled in one of the countries with these codes, with what is dialled before numbers there.
pub(super) fn is_dialled_in(codes: &[&str], digits: &[u8]) -> bool {
    let plans = PLANS.countries.iter().filter(|plan| codes.contains(&plan.code));
    plans.into_iter().any(|plan| {
        let prefixes = plan.prefixes.split('/');
        // In North America it is left out.
        let is_bare = matches!(plan.prefixes, "-" | "1");
        let mut rests = prefixes.filter_map(|prefix| digits.strip_prefix(prefix.as_bytes()));
        is_bare && plan.has(digits) || rests.any(|rest| plan.has(rest))
    })
}

impl Plan {
    /// Whether there can be such a national number.
    pub fn has(&self, national: &[u8]) -> bool {
        self.numbers.have(national)
    }

    /// Whether there are numbers as long as this.
    pub fn may_have(&self, length: usize) -> bool {
        self.numbers.0.iter().any(|(known, _)| *known == length)
    }

    /// Whether this is dialled before numbers within the country.
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.prefixes.split('/').any(|known| known == prefix)
    }
}

impl Plans {
    fn read() -> Self {
        let countries: Vec<Plan> =
            TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(Plan::read).collect();
        let dialled = PREFIXES.map(|prefix| {
            let with = countries.iter().filter(|plan| prefix.is_empty() || plan.has_prefix(prefix));
            let mut all = Numbers::default();
            for plan in with {
                all.add(&plan.numbers);
            }
            (prefix, all)
        });
        Self { countries, dialled: dialled.into() }
    }
}

impl Plan {
    fn read(line: &'static str) -> Option<Self> {
        let mut words = line.split(' ');
        let (code, prefixes) = (words.next()?, words.next()?);
        let mut numbers = Numbers::default();
        for (lengths, beginnings) in words.filter_map(|word| word.split_once(':')) {
            let beginnings = bits(beginnings);
            for length in lengths.split('/').filter_map(|length| length.parse().ok()) {
                numbers.of_length(length, &beginnings);
            }
        }
        Some(Self { code, prefixes, numbers })
    }
}

impl Numbers {
    fn have(&self, digits: &[u8]) -> bool {
        let beginning =
            digits.iter().take(3).fold(0_usize, |value, byte| value * 10 + usize::from(byte - b'0'));
        let numbers = self.0.iter().find(|(length, _)| *length == digits.len());
        numbers.is_some_and(|(_, bits)| {
            bits.get(beginning / 64).is_some_and(|word| word >> (beginning % 64) & 1 == 1)
        })
    }

    fn add(&mut self, other: &Self) {
        for (length, beginnings) in &other.0 {
            self.of_length(*length, beginnings);
        }
    }

    fn of_length(&mut self, length: usize, beginnings: &[u64; 16]) {
        if !(3..=LONGEST).contains(&length) {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| *known == length) {
            Some((_, bits)) => bits.iter_mut().zip(beginnings).for_each(|(bits, more)| *bits |= more),
            None => self.0.push((length, *beginnings)),
        }
    }
}

/// `100-129,130`: a bit for each.
fn bits(ranges: &str) -> [u64; 16] {
    let mut bits = [0; 16];
    for range in ranges.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (first.parse().unwrap_or(1), last.parse().unwrap_or(0));
        for beginning in first..=last {
            let beginning: usize = beginning;
            if let Some(word) = bits.get_mut(beginning / 64) {
                *word |= 1 << (beginning % 64);
            }
        }
    }
    bits
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// For every country and every length that a number has there: its code, the length, and how numbers begin that are as long.
    pub fn numbers() -> Vec<(&'static str, usize, usize)> {
        let of = |plan: &'static Plan| {
            let is_usual = |length: usize| length >= 7 && plan.code.len() + length <= 15;
            plan.numbers.0.iter().filter(move |(length, _)| is_usual(*length)).flat_map(|(length, bits)| {
                let beginnings = (0..1000).filter(|n| bits[n / 64] >> (n % 64) & 1 == 1);
                beginnings.map(|beginning| (plan.code, *length, beginning)).take(5)
            })
        };
        PLANS.countries.iter().flat_map(of).collect()
    }

    #[test]
    fn the_table_has_the_plans_of_all_countries() {
        let country =
            |digits: &'static [u8]| of_country(digits).map(|(plan, rest)| (plan.code, plan.has(rest)));
        assert!(PLANS.countries.len() > 200);
        assert_eq!(country(b"442079460958"), Some(("44", true)));
        assert_eq!(country(b"12125550143"), Some(("1", true)));
        assert_eq!(country(b"11125550143"), Some(("1", false)));
        assert_eq!(country(b"24762889"), Some(("247", true)));
        assert_eq!(country(b"999123"), None);
        assert!(is_dialled_somewhere(b"02079460958") && !is_dialled_somewhere(b"12"));
        assert!(is_dialled_in(&["49"], b"03012345678") && !is_dialled_in(&["49"], b"3012345678"));
        assert!(is_dialled_in(&["1"], b"2125550143") && is_dialled_in(&["34", "1"], b"612345678"));
        assert!(!is_dialled_in(&["34"], b"2125550143") && !is_dialled_in(&[], b"2125550143"));
        // No code is the beginning of another.
        for plan in &PLANS.countries {
            let begin = PLANS.countries.iter().filter(|other| other.code.starts_with(plan.code)).count();
            assert_eq!(begin, 1, "{}", plan.code);
        }
    }
}
