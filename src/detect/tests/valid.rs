//! Numbers whose check digits are right, made with other means than those that check them where that is easy.

use aws_lc_rs::digest::{SHA256, digest};

use super::{
    super::{card, iban},
    seed::{CAPITALS, Seed},
};

/// Of any brand, as long as it may be.
pub fn card(seed: &mut Seed) -> String {
    let (first, lengths) = card::tests::brands()[seed.below(card::tests::brands().len())].clone();
    let beginning = first.start() + seed.below((first.end() - first.start() + 1) as usize) as u32;
    let length = seed.of(lengths);
    let mut digits = format!("{beginning:06}{}", seed.digits(length - 7));
    let doubled = |n: usize, digit: char| {
        let value = digit.to_digit(10).unwrap() * if n.is_multiple_of(2) { 2 } else { 1 };
        value / 10 + value % 10
    };
    let sum: u32 = digits.chars().rev().enumerate().map(|(n, digit)| doubled(n, digit)).sum();
    digits.push(char::from_digit((10 - sum % 10) % 10, 10).unwrap());
    match seed.below(3) {
        0 if length.is_multiple_of(4) => in_fours(&digits, seed.of(&[" ", "-"])),
        _ => digits,
    }
}

/// Of any country.
pub fn iban(seed: &mut Seed) -> String {
    let countries: Vec<&str> = iban::LENGTHS.split_ascii_whitespace().collect();
    let (country, length) = seed.of(&countries).split_at(2);
    let account = seed.many(length.parse::<usize>().unwrap() - 4, &format!("{CAPITALS}0123456789"));
    let values = format!("{account}{country}00");
    let rest = values.chars().fold(0, |rest, c| {
        let value = c.to_digit(36).unwrap();
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    });
    let number = format!("{country}{:02}{account}", 98 - rest);
    if seed.below(2) == 0 { in_fours(&number, " ") } else { number }
}

fn in_fours(number: &str, gap: &str) -> String {
    let parts: Vec<&str> =
        (0..number.len()).step_by(4).map(|at| &number[at..number.len().min(at + 4)]).collect();
    parts.join(gap)
}

/// Of Bitcoin or one that is made as it is, or of Ethereum.
pub fn wallet(seed: &mut Seed) -> String {
    if seed.below(3) == 0 {
        return format!("0x{}", seed.many(40, "0123456789abcdef"));
    }
    loop {
        let mut bytes = vec![seed.of(&[0x00, 0x05, 0x41])];
        bytes.extend((0..20).map(|_| seed.below(256) as u8));
        let sum = digest(&SHA256, digest(&SHA256, &bytes).as_ref());
        bytes.extend(&sum.as_ref()[..4]);
        let address = base_58(&bytes);
        if address.bytes().any(|byte| byte.is_ascii_digit()) {
            return address;
        }
    }
}

fn base_58(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut number = bytes.to_vec();
    let mut digits = Vec::new();
    while number.iter().any(|byte| *byte > 0) {
        let mut rest = 0;
        for byte in &mut number {
            rest = rest * 256 + u32::from(*byte);
            *byte = (rest / 58) as u8;
            rest %= 58;
        }
        digits.push(ALPHABET[rest as usize]);
    }
    digits.extend(bytes.iter().take_while(|byte| **byte == 0).map(|_| b'1'));
    digits.reverse();
    String::from_utf8(digits).unwrap()
}
