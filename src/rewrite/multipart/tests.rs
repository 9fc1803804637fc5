use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::{
    complaint::Source,
    consent::Consent,
    policy::{Plan, Policy},
    rewrite::{Outside, account::Line, leaf::Keys},
    signal::Signals,
};

const POLICY: &str = "
policy: p
version: 1
undeclared: UNDECLARED
purposes:
  answer: {title: A, basis: contract}
  ads: {title: S, basis: consent}
data:
  question: {at: ['form:text', 'form:doc', $.text, 'file:pass', 'file:doc'], for: answer}
  picture: {at: {at: 'file:pass*', type: 'application/pdf'}, for: answer}
  mail: {at: ['form:email', $..email, {at: 'file:*', type: 'image/*'}], for: ads}
  phone: {at: 'form:phone', for: ads, otherwise: {mask: {keep_last: 2}}}
  name: {at: 'form:name', for: ads, otherwise: redact}
  called: {at: 'filename:*', for: ads, otherwise: redact}
  never: {at: ['form:never', {at: 'file:*', type: 'audio/*'}], for: ads, otherwise: refuse}
";

fn plan(undeclared: &str) -> Plan {
    let policy = Source::new("p.yaml", POLICY.replace("UNDECLARED", undeclared));
    Plan::new(Policy::parse(policy).unwrap_or_else(|unusable| panic!("{}", unusable.show(false))))
}

/// A form of these parts, each the rest of its disposition, more lines and the content.
fn form(parts: &[(&str, &str, &str)]) -> String {
    let mut form = String::new();
    for (said, more, content) in parts {
        form += &format!("--xYz\r\nContent-Disposition: form-data; {said}\r\n{more}\r\n{content}\r\n");
    }
    form + "--xYz--\r\n"
}

fn boundary() -> Boundary {
    let value = "multipart/form-data; boundary=xYz".parse().unwrap();
    Boundary::read(&[(http::header::CONTENT_TYPE, value)].into_iter().collect()).unwrap()
}

struct Done {
    body: Result<String, Refusal>,
    lines: Vec<Line>,
}

/// What becomes of a form that comes in pieces of these lengths, over and over; a length of 0 is all of it.
fn cut(plan: &Plan, form: &[u8], lengths: &[usize]) -> Done {
    let verdict = plan.verdict(&Consent::default(), &Signals::default(), Timestamp::UNIX_EPOCH, false);
    let key = Keys::new(&[0; 32]);
    let rules = Rules { plan, verdict: &verdict, key: &key, max_depth: 64, outside: Outside::NOBODY };
    let mut account = Account::default();
    let mut rewriter = MultipartRewriter::new(&boundary(), &rules, 1 << 20, &mut account);
    let mut rewrite = || {
        let (mut rest, mut made) = (form, Vec::new());
        for length in lengths.iter().cycle() {
            let length = if *length == 0 { rest.len() } else { (*length).min(rest.len()) };
            made.extend_from_slice(&rewriter.push(&rest[..length])?);
            rest = &rest[length..];
            if rest.is_empty() {
                break;
            }
        }
        Ok(made)
    };
    let made = rewrite();
    let body = made.and_then(|made| Ok([made, rewriter.finish()?].concat()));
    Done { body: body.map(|body| String::from_utf8_lossy(&body).into_owned()), lines: account.lines(plan) }
}

fn done(undeclared: &str, form: &str) -> Done {
    cut(&plan(undeclared), form.as_bytes(), &[0])
}

fn becomes(undeclared: &str, parts: &[(&str, &str, &str)]) -> String {
    done(undeclared, &form(parts)).body.unwrap()
}

const PNG: &str = "Content-Type: image/png\r\n";
const PDF: &str = "Content-Type: application/pdf\r\n";
const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn a_part_that_no_rule_touches_keeps_its_bytes() {
    for form in [
        form(&[("name=\"text\"", "", "hi\r\n--\r\n-- xYz"), ("name=other", "", "")]),
        form(&[("name=\"x\"; filename=\"\"", PDF, "\0\r\n\r\n\u{ff}")])
            .replace("name=\"x\"; filename=\"\"", "name=text"),
        form(&[(
            " name = \"text\" ;x=y",
            "content-TYPE:text/plain; charset=\"utf-8\"\r\nX-More: 1\r\n",
            "\n",
        )]),
        "--xYz--".to_owned(),
        "--xYz--\r\n".to_owned(),
    ] {
        assert_eq!(done("forward", &form).body.as_deref(), Ok(&*form));
    }
}

#[test]
fn fields_are_decided_about_like_those_of_any_form() {
    let made = becomes(
        "forward",
        &[
            ("name=\"text\"", "", "hi"),
            ("name=\"email\"", "", "ada@example.com"),
            ("name=\"phone\"", "Content-Length: 8\r\n", "12345678"),
            ("name=\"name\"", "", "Ada"),
            ("name=\"other\"", "", "stays"),
        ],
    );
    let left = form(&[
        ("name=\"text\"", "", "hi"),
        ("name=\"phone\"", "", "****78"),
        ("name=\"name\"", "", "[withheld]"),
        ("name=\"other\"", "", "stays"),
    ]);
    assert_eq!(made, left);
}

#[test]
fn a_part_that_is_json_is_under_the_rules_for_the_body() {
    let json = |text| ("name=\"doc\"; filename=\"blob\"", JSON, text);
    assert_eq!(
        becomes("forward", &[json("{\"text\": \"hi\", \"email\": \"ada\"}")]),
        form(&[("name=\"doc\"; filename=\"withheld\"", JSON, "{\"text\": \"hi\"}")])
    );
    assert_eq!(
        becomes(
            "drop",
            &[("name=\"doc\"", JSON, "{\"text\": \"hi\", \"x\": 1}"), ("name=\"else\"", JSON, "{}")]
        ),
        form(&[("name=\"doc\"", JSON, "{\"text\": \"hi\"}")])
    );
    let broken = done("forward", &form(&[json("{\"text\": ")])).body;
    assert!(matches!(broken, Err(Refusal::Unreadable { .. })), "{broken:?}");
}

#[test]
fn files_pass_or_go_by_their_parts_name_and_media_type() {
    let png = ("name=\"photo\"; filename=\"me.png\"", PNG, "png");
    let pdf = ("name=\"pass\"; filename=\"me.pdf\"", PDF, "pdf");
    let unsaid = ("name=\"photo\"; filename=\"me\"", "", "what");
    let vague = ("name=\"pass2\"; filename=\"me\"", "Content-Type: application/octet-stream\r\n", "what");
    let left = ("name=\"pass\"; filename=\"withheld\"", PDF, "pdf");
    assert_eq!(becomes("forward", &[png, pdf]), form(&[left]));
    assert_eq!(becomes("drop", &[png, pdf]), form(&[left]));
    let refused = |part| done("forward", &form(&[part])).body.unwrap_err().slug();
    assert_eq!(refused(("name=\"a\"; filename=\"a\"", "Content-Type: audio/ogg\r\n", "")), "consent-missing");
    assert_eq!(refused(unsaid), "consent-missing", "it may be of any type");
    assert_eq!(refused(vague), "consent-missing");
    let other = ("name=\"x\"; filename=\"a.txt\"", "Content-Type: text/plain\r\n", "text");
    let named = ("name=\"x\"; filename=\"withheld\"", "Content-Type: text/plain\r\n", "text");
    assert_eq!(becomes("forward", &[other]), form(&[named]));
    assert_eq!(becomes("drop", &[other]), form(&[]));
    assert_eq!(done("refuse", &form(&[other])).body, Err(Refusal::Undeclared));
}

#[test]
fn a_field_that_is_sent_as_a_file_is_found_all_the_same() {
    for said in ["name=email; filename=\"\"", "name=email; filename*=utf-8''x", "name=phone; filename=x"] {
        assert_eq!(becomes("forward", &[(said, "Content-Type: text/plain\r\n", "ada")]), form(&[]), "{said}");
    }
}

#[test]
fn what_a_file_was_called_is_withheld_wherever_it_is_said() {
    let left = form(&[("name=\"pass\"; filename=\"withheld\"", PDF, "pdf")]);
    for (said, more) in [
        ("name=\"pass\"; filename=\"ada.pdf\"", PDF),
        ("name=\"pass\"; filename=\"eve.pdf\"; filename*=utf-8''eve.pdf", PDF),
        ("name=\"pass\"; filename*=utf-8''eve.pdf", PDF),
        ("filename=eve.pdf; name=\"pass\"; x=y", "Content-Type: application/pdf; name=\"ada.pdf\"\r\n"),
    ] {
        assert_eq!(becomes("forward", &[(said, more, "pdf")]), left, "{said}");
    }
}

#[test]
fn where_only_what_is_declared_passes_no_header_of_a_part_carries_more() {
    let part = ("name=\"text\"", "X-Ada: 1\r\nContent-Type: text/plain\r\n", "hi");
    assert_eq!(becomes("forward", &[part]), form(&[part]));
    assert_eq!(becomes("drop", &[part]), form(&[("name=\"text\"", "Content-Type: text/plain\r\n", "hi")]));
    assert_eq!(done("refuse", &form(&[part])).body, Err(Refusal::Undeclared));
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let one = |said: &str, more: &str| form(&[(said, more, "x")]);
    let whole = one("name=a", "");
    for form in [
        String::new(),
        "--xYz".to_owned(),
        whole.trim_end_matches("--\r\n").to_owned(),
        format!("preamble\r\n{whole}"),
        format!("\r\n{whole}"),
        format!("{whole}\r\n"),
        format!("{whole}--xYz"),
        whole.replace("--xYz\r\n", "--xYz \r\n"),
        whole.replace("--xYz\r\n", "--xYz\n"),
        whole.replace("--xYz--", "--xYz-"),
        whole.replace("x\r\n--", "x\n--"),
        whole.replace("x\r\n--", "x--"),
        whole.replace("\r\nx", "x"),
        whole.replace("x\r\n", "x\n--xYz\n\r\n"),
        whole.replace("x\r\n", "x --xYz\r\n\r\n"),
        whole.replace("form-data", "attachment"),
        whole.replace("Content-Disposition", "Content-Disposition "),
        whole.replace("name=a", "name=a\r\n folded: 1"),
        whole.replace("name=a", "name=a\nX: 1"),
        one("filename=a", ""),
        one("name=a; name=b", ""),
        one("name=a; NAME=b", ""),
        one("name=a; name*=utf-8''b", ""),
        one("name=\"a\\\"; filename=\"x\"", ""),
        one("name=\"a\\b\"", ""),
        one("name=\"a", ""),
        one("name=a b", ""),
        one("name=\"em%61il\"", ""),
        one("name=\"email%\u{0}\"", ""),
        one("name=a", "Content-Disposition: form-data; name=b\r\n"),
        one("name=a", "Content-Transfer-Encoding: base64\r\n"),
        one("name=a", "Content-Encoding: gzip\r\n"),
        one("name=a", "Content-Type: text/plain; charset=utf-16\r\n"),
        one("name=a", "Content-Type: multipart/mixed; boundary=b\r\n"),
        one("name=_charset_", ""),
        one("name=a", &format!("X: {}\r\n", "x".repeat(9000))),
        self::form(&vec![("name=a", "", ""); 1001]),
    ] {
        let body = done("forward", &form).body;
        assert!(matches!(body, Err(Refusal::Unreadable { .. })), "{body:?} of {form}");
    }
    assert!(done("forward", &self::form(&vec![("name=a", "", ""); 1000])).body.is_ok());
    assert!(done("forward", &self::form(&[("name=_charset_", "", "UTF-8")])).body.is_ok());
    assert!(done("forward", &one("name=\"100%25 wool\"", "")).body.is_ok());
}

#[test]
fn a_field_that_is_too_long_to_be_held_is_refused_and_a_file_is_not() {
    let long = "x".repeat((1 << 20) + 1);
    let field = done("forward", &form(&[("name=other", "", &long)])).body;
    assert_eq!(field, Err(Refusal::BodyTooLarge));
    let file = form(&[("name=other; filename=\"withheld\"", PDF, &long)]);
    assert!(done("forward", &file).body.is_ok());
}

#[test]
fn the_account_names_what_was_done_and_no_name_that_the_policy_does_not() {
    let parts = form(&[
        ("name=\"email\"", "", "ada"),
        ("name=\"ada@example.com\"", "", "x"),
        ("name=\"pass\"; filename=\"ada.pdf\"", PDF, "x"),
        ("name=\"ada\"; filename=\"ada.pdf\"", PDF, "x"),
    ]);
    let lines = done("drop", &parts).lines;
    let shown: Vec<String> =
        lines.iter().map(|line| format!("{} {} {}", line.data, line.place, line.deed)).collect();
    assert_eq!(
        shown,
        [
            "called filename:* redact",
            "mail form:email drop",
            "picture file:pass* passed",
            "question file:pass passed",
            "undeclared file:* drop",
            "undeclared form:* drop",
        ]
    );
}

#[test]
fn the_boundary_is_the_one_that_the_content_type_says() {
    let read = |value: &str| {
        let headers = [(http::header::CONTENT_TYPE, value.parse().unwrap())].into_iter().collect();
        Boundary::read(&headers).map(|boundary| String::from_utf8(boundary.delimiter().to_vec()).unwrap())
    };
    for (value, expected) in [
        ("multipart/form-data; boundary=xYz", Some("--xYz")),
        ("multipart/form-data; charset=utf-8; Boundary=\"a b:c\"", Some("--a b:c")),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data; boundary=\"a \"", None),
        ("multipart/form-data; boundary=a; boundary=b", None),
        ("multipart/form-data; boundary=\"a\\\"\"", None),
        ("multipart/form-data; boundary=\"a%b\"", None),
    ] {
        assert_eq!(read(value).as_deref(), expected, "{value}");
    }
    assert!(read(&format!("multipart/form-data; boundary={}", "x".repeat(71))).is_none());
}

/// Parts of which some are withheld, and what stands in them.
fn parts() -> impl Strategy<Value = Vec<(String, String, String)>> {
    let said = prop_oneof![
        Just(("name=text".to_owned(), String::new())),
        Just(("name=\"email\"".to_owned(), String::new())),
        Just(("name=\"phone\"".to_owned(), String::new())),
        Just(("name=\"name\"".to_owned(), "Content-Length: 3\r\n".to_owned())),
        Just(("name=\"other\"".to_owned(), "X-A: 1\r\n".to_owned())),
        Just(("name=\"pass\"; filename=\"a b.pdf\"".to_owned(), PDF.to_owned())),
        Just(("name=\"photo\"; filename=\"a.png\"".to_owned(), PNG.to_owned())),
    ];
    let content = proptest::collection::vec(
        prop_oneof![
            Just("\r\n"),
            Just("--"),
            Just("--xY"),
            Just("xYz"),
            Just("\r"),
            Just("-"),
            Just("a"),
            Just("\n--xY")
        ],
        0..12,
    );
    let part = (said, content).prop_map(|((said, more), content)| (said, more, content.concat()));
    proptest::collection::vec(part.prop_filter("a delimiter", |part| !part.2.contains("--xYz")), 0..6)
}

fn of(parts: &[(String, String, String)]) -> String {
    form(&parts.iter().map(|(said, more, content)| (&**said, &**more, &**content)).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn however_a_form_is_cut_it_becomes_the_same(
        parts in parts(),
        lengths in proptest::collection::vec(1..30usize, 1..20),
    ) {
        let plan = plan("forward");
        let (whole, cut) = (cut(&plan, of(&parts).as_bytes(), &[0]), cut(&plan, of(&parts).as_bytes(), &lengths));
        prop_assert_eq!(whole.body, cut.body);
        prop_assert_eq!(whole.lines, cut.lines);
    }

    #[test]
    fn what_is_withheld_makes_no_difference_nor_does_its_presence(parts in parts(), other in "[a-z]{0,9}") {
        let plan = plan("forward");
        let made = cut(&plan, of(&parts).as_bytes(), &[0]).body;
        let mut changed = parts.clone();
        for (said, _, content) in &mut changed {
            if said.contains("email") || said.contains("=\"name\"") {
                content.clone_from(&other);
            }
            *said = said.replace("a b.pdf", &format!("{other}.pdf"));
        }
        changed.retain(|(said, _, _)| !said.contains("photo"));
        prop_assert_eq!(made, cut(&plan, of(&changed).as_bytes(), &[0]).body);
    }

    #[test]
    fn any_bytes_are_read_or_refused_alike_however_they_are_cut(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("--xYz"), Just("\r\n"), Just("\r\n\r\n"), Just("--"), Just("Content-Disposition: form-data; name=a"),
                Just("a"), Just("\n"), Just("--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--xYz"),
            ],
            0..10,
        ),
    ) {
        let (plan, form) = (plan("forward"), pieces.concat());
        let (whole, cut) = (cut(&plan, form.as_bytes(), &[0]).body, cut(&plan, form.as_bytes(), &[1]).body);
        prop_assert_eq!(whole.clone().ok(), cut.ok());
        if let Ok(made) = whole {
            prop_assert_eq!(made, form);
        }
    }
}
