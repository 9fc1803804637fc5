use proptest::prelude::*;

use super::*;

#[derive(Default)]
struct Log(String);

impl Visitor for Log {
    fn key(&mut self, _: Piece<'_>, key: Key<'_>) {
        self.0 += &format!("{}@{} ", String::from_utf8_lossy(key.name), key.at);
    }
    fn open(&mut self, _: Piece<'_>, container: Container, at: usize) {
        self.0 += &format!("{container:?}@{at} ");
    }
    fn close(&mut self, _: Piece<'_>, at: usize) {
        self.0 += &format!("end@{at} ");
    }
    fn scalar(&mut self, _: Piece<'_>, scalar: Scalar, at: usize) {
        self.0 += &format!("{scalar:?}@{at}");
    }
    fn scalar_end(&mut self, _: Piece<'_>, at: usize) {
        self.0 += &format!("-{at} ");
    }
}

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<String, &'static str> {
    let mut log = Log::default();
    let mut tokeniser = Tokeniser::new(NameHasher::default(), 64);
    for piece in pieces {
        tokeniser.push(piece, &mut log).map_err(|fault| fault.what)?;
    }
    tokeniser.finish(&mut log).map_err(|fault| fault.what)?;
    Ok(log.0)
}

#[test]
fn tokens_come_in_order_with_their_places() {
    let text = br#" {"a": [1, -2.5e3, true], "\u0062" : {}, "c":"x\"y"} "#;
    insta::assert_snapshot!(read([text.as_slice()]).unwrap(), @"Object@1 a@2 Array@7 Number@8-9 Number@11-17 Bool@19-23 end@23 b@26 Object@37 end@38 c@41 Text@45-51 end@51 ");
}

#[test]
fn what_is_not_json_is_refused_with_a_reason() {
    let table: &[(&[u8], &str)] = &[
        (b"", "the text ends too early"),
        (b" ", "the text ends too early"),
        (b"{", "the text ends too early"),
        (b"[1,]", "expected a value"),
        (b"[1 2]", "expected `,` or the end of the container"),
        (b"{\"a\":1,}", "expected a member name"),
        (b"{a:1}", "expected a member name"),
        (b"{\"a\" 1}", "expected `:`"),
        (b"[1}", "the bracket does not match the one that opened"),
        (b"{\"a\":1]", "the bracket does not match the one that opened"),
        (b"]", "expected a value"),
        (b"1 2", "text after the end of the document"),
        (b"{}x", "text after the end of the document"),
        (b"\xef\xbb\xbf{}", "a byte-order mark or other text before the value"),
        (b"{\"a\":1,\"a\":2}", "two members of one name"),
        (b"{\"a\":1,\"\\u0061\":2}", "two members of one name"),
        (b"01", "text after the end of the document"),
        (b"[01]", "expected `,` or the end of the container"),
        (b"-", "not a number"),
        (b"1.", "not a number"),
        (b"[1.e5]", "not a number"),
        (b"1e", "not a number"),
        (b"+1", "expected a value"),
        (b"NaN", "expected a value"),
        (b"tru", "the text ends too early"),
        (b"trux", "expected a value"),
        (b"\"a", "the text ends too early"),
        (b"\"\n\"", "a control character in a string"),
        (b"\"\\x\"", "an unknown escape"),
        (b"\"\\u12g4\"", "not four hexadecimal digits"),
        (b"\"\\ud800\"", "a lone surrogate"),
        (b"\"\\ud800\\n\"", "a lone surrogate"),
        (b"\"\\ud800\\ud800\"", "a lone surrogate"),
        (b"\"\\udc00\"", "a lone surrogate"),
        (b"{\"\\ud800\":1}", "a lone surrogate"),
        (b"\"\xff\"", "not UTF-8"),
        (b"\"\xed\xa0\x80\"", "not UTF-8"),
        (b"\"\xe2\x82", "the text ends too early"),
    ];
    for (text, expected) in table {
        assert_eq!(read([*text]), Err(*expected), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn ten_thousand_nested_arrays_are_refused_at_the_limit() {
    let text = vec![b'['; 10_000];
    let mut tokeniser = Tokeniser::new(NameHasher::default(), 128);
    let fault = tokeniser.push(&text, &mut Log::default()).unwrap_err();
    assert_eq!(fault, Fault { what: "nested deeper than allowed", at: 128 });
}

#[test]
fn what_could_not_be_held_is_refused_however_it_is_cut() {
    let name = format!("{{\"{}\":1}}", "n".repeat(HELD_MAX + 1));
    let blank = format!("[{}1]", " ".repeat(HELD_MAX + 1));
    for text in [name, blank] {
        assert!(read([text.as_bytes()]).is_err());
        assert!(read(text.as_bytes().chunks(1000)).is_err());
    }
}

#[test]
fn the_limits_are_the_same_however_the_text_is_cut() {
    for length in HELD_MAX - 2..HELD_MAX + 3 {
        let name = format!("{{\"{}\":1}}", "n".repeat(length));
        let blank = " ".repeat(length);
        for text in
            [name, format!("[1,{blank}2]"), format!("{{\"a\":{blank}1}}"), format!("{{{blank}\"a\":1}}")]
        {
            assert_eq!(read([text.as_bytes()]), read(text.as_bytes().chunks(777)), "{length}");
        }
    }
}

#[test]
fn escaping_and_unescaping_are_inverse() {
    for text in ["", "plain", "a\"b\\c\n\r\t\u{1}\u{1f}é€😀", "\u{7f}/"] {
        let mut raw = Vec::new();
        escape_into(text, &mut raw);
        assert_eq!(unescape(&raw).as_deref(), Some(text));
    }
    assert_eq!(unescape(br#""\u00e9\ud83d\ude00\/""#).as_deref(), Some("é😀/"));
}

/// Texts that are JSON, almost JSON, or JSON with odd spacing and escapes.
pub(crate) fn texts() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just(" "),
        Just("\n"),
        Just("\"a\""),
        Just("\"\\u0061\""),
        Just("\"\\ud83d\\ude00\""),
        Just("\"\\ud83d\""),
        Just("\"é€\""),
        Just("1"),
        Just("-0.5e+3"),
        Just("01"),
        Just("true"),
        Just("null"),
        Just("fals"),
        Just("\""),
        Just("\\"),
    ];
    let soup = prop::collection::vec(token, 0..16).prop_map(|tokens| tokens.concat().into_bytes());
    let document = crate::json::tests::documents().prop_map(|value| serde_json::to_vec(&value).unwrap());
    prop_oneof![soup, document]
}

/// Random documents with few, repeating names.
pub(crate) fn documents() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (-50i64..50).prop_map(Into::into),
        "[a-c\"\\\\é\n]{0,4}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec(("[a-d]|é", inner), 0..4)
                .prop_map(|members| { serde_json::Value::Object(members.into_iter().collect()) }),
        ]
    })
}

/// Whether serde_json finds fault with the grammar. A number too large for its own type is none of the grammar's business: the
/// rest of such a text is judged by a reading that makes no numbers.
fn is_refused_by_serde_json(text: &[u8]) -> bool {
    match serde_json::from_slice::<serde_json::Value>(text) {
        Ok(_) => false,
        Err(error) if error.to_string().starts_with("number out of range") => {
            serde_json::from_slice::<serde::de::IgnoredAny>(text).is_err()
        }
        Err(_) => true,
    }
}

#[test]
fn a_number_may_be_larger_than_any_type_holds() {
    for number in ["-0.5e+30101", "1E400", "123456789012345678901234567890"] {
        assert!(read([number.as_bytes()]).is_ok());
        assert!(read(number.as_bytes().chunks(2)).is_ok());
        assert!(!is_refused_by_serde_json(number.as_bytes()));
        assert!(is_refused_by_serde_json(format!("[{number},]").as_bytes()));
    }
}

proptest! {
    #[test]
    fn the_verdict_and_the_tokens_do_not_depend_on_the_cuts(text in texts(), size in 1..7usize) {
        let whole = read([text.as_slice()]);
        let cut = read(text.chunks(size));
        prop_assert_eq!(whole.is_ok(), cut.is_ok());
        if whole.is_ok() {
            prop_assert_eq!(whole, cut);
        }
    }

    #[test]
    fn equal_names_are_found_however_they_are_written_and_cut(
        names in prop::collection::vec(("[a-z0]{0,3}", any::<bool>()), 0..60),
        size in 1..40usize,
    ) {
        let unique = names.iter().map(|(name, _)| name).collect::<std::collections::HashSet<_>>().len();
        let members: Vec<String> = names.iter().map(|(name, escaped)| {
            let written: String = if *escaped {
                name.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect()
            } else {
                name.clone()
            };
            format!("\"{written}\": {{\"x\":1}}")
        }).collect();
        let text = format!("{{{}}}", members.join(","));
        let expected = if unique == names.len() { Ok(()) } else { Err("two members of one name") };
        prop_assert_eq!(read([text.as_bytes()]).map(drop), expected);
        prop_assert_eq!(read(text.as_bytes().chunks(size)).map(drop), expected);
    }

    #[test]
    fn what_serde_json_refuses_is_refused(text in texts()) {
        if is_refused_by_serde_json(&text) {
            prop_assert!(read([text.as_slice()]).is_err());
        }
    }

    #[test]
    fn every_document_without_duplicates_is_accepted(value in documents()) {
        prop_assert!(read([serde_json::to_vec_pretty(&value).unwrap().as_slice()]).is_ok());
    }
}
