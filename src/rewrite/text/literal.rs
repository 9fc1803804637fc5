//! Edits a JSON string where it stands (RFC 8259, section 7).
//!
//! The rule: what is not edited keeps its spelling byte for byte, also where the same characters could be spelled otherwise. What
//! would defeat it is a character counted with another length than the one it was found with; so escapes are counted as
//! they are unescaped.

use crate::json::escape_into;

use super::Edit;

/// The JSON string `raw`, quotation marks included, after edits to the text that it stands for. It must have been through the
/// tokeniser.
pub fn edit_literal(raw: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut place = Place { raw, at: 1, text: 0 };
    let mut copied = 0;
    for edit in edits {
        place.go_to(edit.at.start);
        out.extend_from_slice(raw.get(copied..place.at).unwrap_or_default());
        let quoted = out.len();
        escape_into(&edit.new, &mut out);
        out.pop();
        out.remove(quoted);
        place.go_to(edit.at.end);
        copied = place.at;
    }
    out.extend_from_slice(raw.get(copied..).unwrap_or_default());
    out
}

/// A place in a string, as it is spelled and as it is read.
struct Place<'a> {
    raw: &'a [u8],
    at: usize,
    text: usize,
}

impl Place<'_> {
    fn go_to(&mut self, text: usize) {
        while self.text < text {
            let rest = self.raw.get(self.at..).unwrap_or_default();
            let plain = memchr::memchr(b'\\', rest.get(..text - self.text).unwrap_or(rest));
            match plain {
                Some(0) => self.escape(),
                Some(run) => self.step(run, run),
                None => self.step(text - self.text, text - self.text),
            }
        }
    }

    /// Steps over one escape; a pair of surrogates is one.
    fn escape(&mut self) {
        let Some(unit) = self.unit(self.at) else { return self.step(2, 1) };
        match char::from_u32(unit.into()) {
            Some(c) => self.step(6, c.len_utf8()),
            None => self.step(12, 4),
        }
    }

    /// The UTF-16 code unit that is escaped here.
    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.raw.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, digit| {
            Some(unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?)
        })
    }

    fn step(&mut self, raw: usize, text: usize) {
        self.at += raw;
        self.text += text;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::unescape;

    fn edited(raw: &str, edits: &[(std::ops::Range<usize>, &str)]) -> String {
        let edits: Vec<Edit> =
            edits.iter().map(|(at, new)| Edit { at: at.clone(), new: (*new).to_owned() }).collect();
        String::from_utf8(edit_literal(raw.as_bytes(), &edits)).unwrap()
    }

    #[test]
    fn what_is_not_edited_keeps_its_spelling() {
        assert_eq!(edited(r#""a b""#, &[]), r#""a b""#);
        assert_eq!(edited(r#""a b c""#, &[(2..3, "\"x\"")]), r#""a \"x\" c""#);
        assert_eq!(edited(r#""\u0061 b\/c""#, &[(2..3, "")]), r#""\u0061 \/c""#);
        assert_eq!(
            edited(r#""\ud83d\ude00b\u00e9c\n""#, &[(4..5, "x"), (7..8, "y")]),
            r#""\ud83d\ude00x\u00e9y\n""#
        );
        assert_eq!(edited(r#""\ud83d\ude00""#, &[(0..4, "é")]), r#""é""#);
        assert_eq!(edited(r#""é\\b""#, &[(2..3, "/")]), r#""é/b""#);
    }

    /// One character, as it is read and as it is spelled.
    fn spelling() -> impl Strategy<Value = (char, String)> {
        (any::<char>(), 0..4_u8).prop_map(|(c, way)| {
            let mut units = [0; 2];
            let escaped = c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04X}")).collect();
            let plain = way == 0 && !c.is_control() && !matches!(c, '"' | '\\');
            (c, if plain { c.to_string() } else { escaped })
        })
    }

    proptest! {
        #[test]
        fn any_spelling_is_kept_around_an_edit(
            before in prop::collection::vec(spelling(), 0..8),
            gone in prop::collection::vec(spelling(), 0..8),
            after in prop::collection::vec(spelling(), 0..8),
            new in ".{0,4}",
        ) {
            let raw = |part: &[(char, String)]| part.iter().map(|(_, raw)| raw.as_str()).collect::<String>();
            let length = |part: &[(char, String)]| part.iter().map(|(c, _)| c.len_utf8()).sum::<usize>();
            let from = length(&before);
            let whole = format!("\"{}{}{}\"", raw(&before), raw(&gone), raw(&after));
            let made = edited(&whole, &[(from..from + length(&gone), &new)]);
            let (first, last) = (format!("\"{}", raw(&before)), format!("{}\"", raw(&after)));
            prop_assert!(made.starts_with(&first) && made.ends_with(&last), "{}", made);
            let read = |part: &[(char, String)]| part.iter().map(|(c, _)| *c).collect::<String>();
            let text = format!("{}{new}{}", read(&before), read(&after));
            prop_assert_eq!(unescape(made.as_bytes()), Some(text));
        }
    }
}
