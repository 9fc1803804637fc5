//! What is written otherwise than it usually is, so that nobody finds it.

use super::{super::Kind, check};

#[test]
fn invisible_characters_hide_nothing() {
    check(Kind::Email, "«ada\u{200b}@exam\u{2060}ple.com»");
    check(Kind::Phone, "«212\u{200b}-555\u{ad}-0143», «+44\u{feff}20 7946 0958»");
    check(
        Kind::PaymentCard,
        "«4111\u{200d}1111\u{200b}\u{200b}1111 1111»".replace(" 1111»", "1111»").as_str(),
    );
    check(Kind::Iban, "«DE89\u{200b}370400440532013000»");
}

#[test]
fn digits_of_other_scripts_and_widths_hide_nothing() {
    check(Kind::Phone, "call «٠٧٧٠٠ ٩٠٠ ١٢٣», «２１２-５５５-０１４３»");
    check(Kind::PaymentCard, "«４１１１１１１１１１１１１１１１», «𝟜𝟙𝟙𝟙-1111-1111-1111»");
    check(Kind::Email, "«ada＠example．com»");
    check(Kind::UsSsn, "«５３６-９０-４３９９»");
}

#[test]
fn references_and_escapes_hide_nothing() {
    check(Kind::Email, "«ada&#64;example.com», «ada&commat;example&period;com», «ada%40example.com»");
    check(Kind::Phone, "«212&#45;555&#45;0143», «&#50;12-555-0143»");
    check(Kind::IpAddress, "«10&#46;0.0.1»");
}

#[test]
fn addresses_that_are_spelled_out_are_found() {
    for text in [
        "«ada (at) example (dot) com», «ada[at]example[dot]com», «ada {at} example.com»",
        "write «ada at example dot com» now",
        "look at example.com, at (at), me (at) home, at dot com",
    ] {
        check(Kind::Email, text);
    }
}

#[test]
fn letters_that_look_alike_hide_no_number() {
    check(Kind::Iban, "IBAN «DЕ89 3704 0044 0532 0130 00», «СН93 0076 2011 6238 5295 7»");
    check(Kind::ItFiscalCode, "«RSSМRА85T10А562S»");
    check(Kind::UkNino, "NI «АВ 12 34 56 С»");
    check(Kind::Passport, "паспорт «АВ1234567»");
    check(Kind::Email, "«аdа@exаmple.com»");
}
