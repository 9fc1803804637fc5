//! Our own tokens are nobody's data.

use proptest::prelude::*;

use super::{ALL, Kinds, check, in_pieces, whole};
use crate::detect::Kind;

/// What stands before one and would make something of what follows.
const BEFORE: [&str; 10] = [
    "",
    "My name is ",
    "I live in ",
    "Regards,\n",
    "born on ",
    "password: ",
    "passport ",
    "call me at ",
    "secret_key=",
    "MRN: ",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_token_is_taken_for_nothing(kind in prop::sample::select(Kind::ALL.to_vec()), code in "[a-z2-7]{28,160}", before in prop::sample::select(BEFORE.to_vec())) {
        for token in [format!("psn-{kind}-{code}"), format!("PSN-{kind}-{code}"), format!("[{kind}-12]")] {
            let text = format!("{before}{token}, and more.");
            prop_assert_eq!(whole(&text, Kinds::all()), [], "{}", text);
            let letters: Vec<&str> = text.split_inclusive(|_| true).collect();
            prop_assert_eq!(in_pieces(&letters, Kinds::all()), [], "{}", text);
        }
    }
}

#[test]
fn what_stands_beside_a_token_is_found() {
    let token = format!("psn-email-b{}", "abcdefgh234567".repeat(4));
    check(Kind::Email, &format!("{token} or «ada@example.com»"));
    check(Kind::Password, &format!("{token}, password: «hunter2x» {token}"));
    check(Kind::PersonName, &format!("{token}. My name is «Margaret Osborne»."));
    check(Kind::Url, &format!("see «https://shop.example/?u={token}»"));
    assert_eq!(ALL.find("psn-ship me password: hunter2x", Kind::Password.into()).len(), 1);
}
