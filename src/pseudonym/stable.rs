//! Tokens that hold their value: the same for the same value, wherever and whenever they are made, with no table.
//!
//! The rule: a token is AES-SIV (RFC 5297) with AES-256 and its whole tag of 128 bits over the padded value, under the
//! subject's key for the policy, with kind, policy and length class as associated data. So it can't be made, changed, or used
//! for another kind, policy or person without the key; and equal tokens tell that values are equal, which is what they
//! are for.
//!
//! What would defeat it: a shorter tag; a value cut into pieces that are each encrypted alone, since equal beginnings would
//! show. Hence each piece of a long value carries its number and sixteen bytes that depend on the whole.

use aes_siv::{KeyInit as _, siv::Aes256Siv};
use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use super::{
    Kind, LONGEST_VALUE, TooLong,
    padding::{Class, PIECE, unpadded},
    shape::MARKER,
};
use crate::consent::SubjectKey;

/// No other use of a subject's key begins so.
const USE: &str = "assentry pseudonym 1";

/// What a piece begins with: of which whole it is, and its number there.
const WHOLE: usize = 16;
const NUMBER: usize = 2;

/// Makes and reads tokens under one key.
pub(super) struct Seal {
    key: SubjectKey,
    policy: String,
}

impl Seal {
    /// For a policy and a subject's key under it.
    pub(super) fn new(policy: &str, key: SubjectKey) -> Self {
        Self { key, policy: policy.to_owned() }
    }

    /// The token of a value; for a long one, several without anything between them.
    pub(super) fn token(&self, kind: &Kind, value: &str) -> Result<String, TooLong> {
        match Class::of(value.as_bytes()) {
            Some(class) => self.sealed(kind, class, value.as_bytes()),
            None if value.len() <= LONGEST_VALUE => self.in_pieces(kind, value),
            None => Err(TooLong),
        }
    }

    /// What a token stands for; none for one that was not made with this key, as this kind.
    pub(super) fn open(&self, kind: &str, class: Class, body: &str) -> Option<String> {
        let sealed = BASE32_NOPAD.decode(body.to_ascii_uppercase().as_bytes()).ok()?;
        let headers = self.headers(kind, &[class.letter]).map(<[u8]>::to_vec);
        let padded = Zeroizing::new(self.cipher().decrypt(headers, &sealed).ok()?);
        let text = unpadded(&padded)?;
        let text = if class == PIECE { text.get(WHOLE + NUMBER..)? } else { text };
        String::from_utf8(text.to_vec()).ok()
    }

    fn in_pieces(&self, kind: &Kind, value: &str) -> Result<String, TooLong> {
        let tagged = self.cipher().encrypt(self.headers(kind.as_str(), b"whole"), value.as_bytes());
        let tagged = tagged.map_err(|_| TooLong)?;
        let whole = tagged.get(..WHOLE).unwrap_or_default();
        let (mut tokens, mut rest, mut number) = (String::new(), value, 0_u16);
        while !rest.is_empty() {
            let end = rest.floor_char_boundary(PIECE.room() - WHOLE - NUMBER);
            let (piece, after) = rest.split_at(end);
            let text = Zeroizing::new([whole, &number.to_be_bytes(), piece.as_bytes()].concat());
            tokens += &self.sealed(kind, PIECE, &text)?;
            (rest, number) = (after, number + 1);
        }
        Ok(tokens)
    }

    fn sealed(&self, kind: &Kind, class: Class, text: &[u8]) -> Result<String, TooLong> {
        let headers = [class.letter];
        let sealed = self.cipher().encrypt(self.headers(kind.as_str(), &headers), &class.pad(text));
        let mut body = BASE32_NOPAD.encode(&sealed.map_err(|_| TooLong)?);
        body.make_ascii_lowercase();
        Ok(format!("{MARKER}{kind}-{}{body}", char::from(class.letter)))
    }

    /// The associated data; RFC 5297 keeps its parts apart.
    fn headers<'a>(&'a self, kind: &'a str, class: &'a [u8]) -> [&'a [u8]; 4] {
        [USE.as_bytes(), self.policy.as_bytes(), kind.as_bytes(), class]
    }

    fn cipher(&self) -> Aes256Siv {
        Aes256Siv::new(self.key.bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pseudonym::shape::{Body, Shape, read};

    fn seal(key: u8) -> Seal {
        Seal::new("shop", SubjectKey::from_bytes(&[key; 64]).unwrap())
    }

    fn opened(seal: &Seal, mut tokens: &str) -> Option<String> {
        let mut value = String::new();
        while !tokens.is_empty() {
            let Shape::Token(token) = read(tokens) else { return None };
            let Body::Stable(class, body) = token.body else { return None };
            value += &seal.open(&token.kind, class, &body)?;
            tokens = &tokens[token.length..];
        }
        Some(value)
    }

    /// RFC 5297, appendix A.1.
    #[test]
    fn the_cipher_is_the_one_of_rfc_5297() {
        let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
        let key = hex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
        let mut cipher = aes_siv::siv::Aes128Siv::new_from_slice(&key).unwrap();
        let header = hex("101112131415161718191a1b1c1d1e1f2021222324252627");
        let sealed = cipher.encrypt([header], &hex("112233445566778899aabbccddee")).unwrap();
        assert_eq!(sealed, hex("85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"));
    }

    /// The RFC has no example with keys of 256 bits; this token was computed with OpenSSL's AES-256-SIV.
    #[test]
    fn a_token_is_what_another_implementation_makes_of_the_same_bytes() {
        let key: Vec<u8> = (0..64).collect();
        let seal = Seal::new("shop", SubjectKey::from_bytes(&key).unwrap());
        let token = seal.token(&Kind::of("email"), "alice.a@example.com").unwrap();
        let expected = "psn-email-cmtfi6lrn6w6m6pwmbldlzrkhtba5luphrndbmtox6wczf5kw7m3a5ivi3oume2qz";
        assert_eq!(token, expected);
    }

    #[test]
    fn kind_policy_person_and_length_are_bound_in() {
        let kind = Kind::of("email");
        let token = seal(7).token(&kind, "alice@example.com").unwrap();
        assert_eq!(opened(&seal(7), &token).as_deref(), Some("alice@example.com"));
        assert_eq!(opened(&seal(8), &token), None);
        assert_eq!(opened(&seal(7), &token.replace("email", "phone")), None);
        let other = Seal::new("bank", SubjectKey::from_bytes(&[7; 64]).unwrap());
        assert_eq!(opened(&other, &token), None);
        assert_ne!(other.token(&kind, "alice@example.com").unwrap(), token);
    }

    #[test]
    fn a_long_value_becomes_several_tokens_and_shows_no_equal_beginnings() {
        let (seal, kind) = (seal(7), Kind::of("note"));
        let (one, two) = ("ä".repeat(300), "ä".repeat(299) + "x");
        let [first, second] = [&one, &two].map(|value| seal.token(&kind, value).unwrap());
        assert_eq!(opened(&seal, &first), Some(one));
        assert_eq!(first.len() % 178, 0);
        let pieces = |tokens: &str| -> Vec<String> {
            tokens.as_bytes().chunks(178).map(|piece| String::from_utf8(piece.to_vec()).unwrap()).collect()
        };
        let mut all = [pieces(&first), pieces(&second)].concat();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "no two pieces are equal");
        assert_eq!(seal.token(&kind, &"x".repeat(LONGEST_VALUE + 1)), Err(TooLong));
        assert!(seal.token(&kind, &"x".repeat(LONGEST_VALUE)).is_ok());
    }

    proptest! {
        #[test]
        fn what_a_token_stands_for_comes_back(value in "\\PC{0,200}", key: u8) {
            let seal = seal(key);
            let token = seal.token(&Kind::of("any"), &value).unwrap();
            prop_assert_eq!(opened(&seal, &token), Some(value.clone()));
            prop_assert_eq!(opened(&seal, &token.to_uppercase()), Some(value));
        }

        #[test]
        fn a_token_with_one_character_changed_is_none(value in "\\PC{0,22}", at: prop::sample::Index, with in "[a-z2-7]") {
            let seal = seal(7);
            let token = seal.token(&Kind::of("any"), &value).unwrap();
            let at = 8 + at.index(token.len() - 8);
            let mut forged = token.clone();
            forged.replace_range(at..=at, &with);
            prop_assume!(forged != token);
            prop_assert_eq!(opened(&seal, &forged), None);
            prop_assert_eq!(opened(&seal, &token[..at]).filter(|_| at > 8), None);
        }
    }
}
