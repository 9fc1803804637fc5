//! Characters of other scripts and widths that stand for a digit or a plain letter, and those that nobody sees.

/// The zeros of the decimal digits that Unicode has (category Nd), each followed by one to nine.
const ZEROS: [u32; 66] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
    0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0,
    0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50,
    0x11d50, 0x11da0, 0x11f50, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
    0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// What a character beyond ASCII stands for: itself, unless it is a digit of some script, or a plain one in another width.
pub(super) fn plain(c: char) -> char {
    let code = u32::from(c);
    match code {
        0x3000 => ' ',
        0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
        0xfe6b => '@',
        0xfe50 | 0xfe52 => '.',
        // Digits in circles, and raised ones.
        0x2460..=0x2468 => digit(code - 0x245f, c),
        0x2080..=0x2089 => digit(code - 0x2080, c),
        0x2074..=0x2079 => digit(code - 0x2070, c),
        0x660.. => {
            let zero = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1).and_then(|n| ZEROS.get(n));
            zero.map_or(c, |zero| digit(code - zero, c))
        }
        _ => c,
    }
}

/// The characters that [`plain`] reads as others, but for digits of other scripts, and those that nobody sees.
pub(super) const READ_OTHERWISE: [(char, char); 18] = [
    ('\u{3000}', '\u{3000}'),
    ('\u{ff01}', '\u{ff5e}'),
    ('\u{fe6b}', '\u{fe6b}'),
    ('\u{fe50}', '\u{fe50}'),
    ('\u{fe52}', '\u{fe52}'),
    ('\u{2460}', '\u{2468}'),
    ('\u{2080}', '\u{2089}'),
    ('\u{2074}', '\u{2079}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{180b}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{2064}'),
    ('\u{2066}', '\u{206f}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
];

/// The digits of other scripts, from zero to nine.
pub(super) fn digits() -> impl Iterator<Item = (char, char)> {
    let range = |zero: u32| Some((char::from_u32(zero)?, char::from_u32(zero + 9)?));
    ZEROS.into_iter().filter_map(range)
}

fn digit(value: u32, otherwise: char) -> char {
    char::from_digit(value, 10).unwrap_or(otherwise)
}

/// The plain letter that a Cyrillic or Greek one looks like, where letters stand for nothing but themselves: in numbers made of letters and
/// digits. Elsewhere they are letters of a word in their own script.
pub(super) fn latin(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    match c {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        'У' | 'Υ' => 'Y',
        'Ζ' => 'Z',
        'а' => 'a',
        'с' => 'c',
        'е' => 'e',
        'і' => 'i',
        'ј' => 'j',
        'о' | 'ο' => 'o',
        'р' => 'p',
        'ѕ' => 's',
        'х' => 'x',
        'у' => 'y',
        _ => c,
    }
}

/// Whether nobody sees a character: of no width, or a mark that only steers how text is set.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The bytes by which such digits, letters of full width and invisible characters begin in UTF-8. Others begin so, too.
#[cfg(test)]
pub(super) fn may_be_digit(first: u8) -> bool {
    matches!(first, 0xd9 | 0xdb | 0xdf | 0xe0 | 0xe1 | 0xe2 | 0xea | 0xef | 0xf0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_otherwise_is_listed() {
        let is_listed = |c: char| {
            let listed = READ_OTHERWISE.into_iter().chain(digits());
            listed.into_iter().any(|(first, last)| (first..=last).contains(&c))
        };
        for c in '\0'..=char::MAX {
            assert_eq!(plain(c) != c || is_invisible(c), is_listed(c), "{c:?}");
        }
    }

    #[test]
    fn every_digit_is_read_and_can_be_sought() {
        for zero in ZEROS {
            for value in 0..10 {
                let c = char::from_u32(zero + value).unwrap();
                assert_eq!(plain(c), char::from_digit(value, 10).unwrap());
                assert!(c.is_numeric(), "{c:?}");
                assert!(may_be_digit(c.to_string().as_bytes()[0]), "{c:?}");
            }
        }
        assert!(ZEROS.is_sorted());
        assert_eq!(['é', 'ж', '谢', '＠', '²'].map(plain), ['é', 'ж', '谢', '@', '²']);
    }
}
