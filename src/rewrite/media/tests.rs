use super::*;

const SILENT: Spoken = Spoken { json: false, forms: false, files: false, texts: false, all: false };

#[test]
fn a_plain_text_that_may_pass_is_read_where_something_is_sought_in_texts() {
    let read = |value: &str, texts: bool, others: &[&str]| {
        let headers = [(CONTENT_TYPE, value.parse().unwrap())].into_iter().collect();
        let others: Vec<String> = others.iter().map(|&other| other.to_owned()).collect();
        kind_of_body(&headers, Spoken { json: true, texts, ..SILENT }, &others).ok()
    };
    for listed in ["text/plain", "text/*"] {
        assert_eq!(read("Text/Plain ; charset=UTF-8", true, &[listed]), Some(BodyKind::Text));
        assert_eq!(read("text/plain", false, &[listed]), Some(BodyKind::Unread));
        assert_eq!(read("text/plain; charset=latin1", true, &[listed]), None);
        assert_eq!(read("text/plain; charset=latin1", false, &[listed]), Some(BodyKind::Unread));
    }
    assert_eq!(read("text/plain", true, &[]), None);
    assert_eq!(read("text/html", true, &["text/*"]), Some(BodyKind::Unread), "it is no plain text");
}

fn kinds(lines: &[(&str, &str)]) -> (Result<BodyKind, Refusal>, Result<BodyKind, Refusal>) {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    let others = ["image/*".to_owned(), "text/plain".to_owned()];
    let silent = SILENT;
    let speaking = Spoken { json: true, forms: true, ..silent };
    (kind_of_body(&headers, speaking, &others), kind_of_body(&headers, silent, &others))
}

#[test]
fn a_body_is_read_as_its_one_content_type_says_or_not_at_all() {
    const TYPE: &str = "content-type";
    for (value, expected) in [
        ("application/json", BodyKind::Json),
        ("Application/JSON; charset=UTF-8", BodyKind::Json),
        ("application/json;charset=\"utf-8\"; profile=x", BodyKind::Json),
        ("application/problem+json", BodyKind::Json),
        ("application/x-www-form-urlencoded", BodyKind::Form),
        ("image/png", BodyKind::Unread),
        ("text/plain; charset=latin1", BodyKind::Unread),
    ] {
        let (strict, lenient) = kinds(&[(TYPE, value)]);
        assert_eq!((strict, lenient), (Ok(expected), Ok(expected)), "{value}");
    }
    for (value, framing) in [
        ("Text/Event-Stream", Framing::Stream),
        ("application/x-ndjson; charset=utf-8", Framing::Lines),
        ("application/json-seq", Framing::Sequence),
    ] {
        assert_eq!(kinds(&[(TYPE, value)]), (Ok(BodyKind::Events(framing)), Ok(BodyKind::Unread)), "{value}");
    }
    let refused: [&[(&str, &str)]; 8] = [
        &[],
        &[(TYPE, "application/json"), (TYPE, "application/json")],
        &[(TYPE, "application/json; charset=utf-16")],
        &[(TYPE, "application/json; charset=utf-8; charset=utf-16")],
        &[(TYPE, "application/x-ndjson; charset=utf-16")],
        &[(TYPE, "multipart/form-data")],
        &[(TYPE, "text/html")],
        &[(TYPE, "application/json, text/plain")],
    ];
    for lines in refused {
        let (strict, lenient) = kinds(lines);
        assert!(matches!(strict, Err(Refusal::MediaType(_))), "{lines:?}");
        assert_eq!(lenient, Ok(BodyKind::Unread), "{lines:?}");
    }
}

#[test]
fn a_coded_body_is_read_where_the_coding_is_known_and_passes_where_the_policy_is_silent() {
    let coded = |coding| kinds(&[("content-type", "application/json"), ("content-encoding", coding)]);
    assert_eq!(coded("gzip"), (Ok(BodyKind::Json), Ok(BodyKind::Unread)));
    assert_eq!(coded("identity"), (Ok(BodyKind::Json), Ok(BodyKind::Json)));
    let (strict, lenient) = coded("compress");
    assert!(matches!(strict, Err(Refusal::ContentCoding(_))));
    assert_eq!(lenient, Ok(BodyKind::Unread));
    let (strict, _) = kinds(&[("content-type", "image/png"), ("content-encoding", "compress")]);
    assert!(matches!(strict, Err(Refusal::ContentCoding(_))));
}

#[test]
fn a_form_of_parts_is_read_where_the_policy_speaks_of_forms_or_files_and_has_one_boundary() {
    let silent = SILENT;
    let read = |value: &str, spoken| {
        let headers = [(CONTENT_TYPE, value.parse().unwrap())].into_iter().collect();
        kind_of_body(&headers, spoken, &[])
    };
    let form = "multipart/form-data; boundary=x";
    for spoken in
        [Spoken { forms: true, ..silent }, Spoken { files: true, ..silent }, Spoken { all: true, ..silent }]
    {
        assert_eq!(read(form, spoken), Ok(BodyKind::Multipart));
        assert!(read("multipart/form-data", spoken).is_err());
        assert!(read("multipart/mixed; boundary=x", spoken).is_err());
    }
    assert!(read(form, Spoken { json: true, ..silent }).is_err());
    assert_eq!(read(form, silent), Ok(BodyKind::Unread));
}

#[test]
fn what_is_withheld_from_one_kind_of_body_can_not_be_sent_as_the_other() {
    let only_json = Spoken { json: true, ..SILENT };
    let only_forms = Spoken { forms: true, ..SILENT };
    let all = Spoken { json: true, all: true, ..SILENT };
    for (value, spoken, passes) in [
        ("application/x-www-form-urlencoded", only_json, false),
        ("application/x-www-form-urlencoded", only_forms, true),
        ("application/x-www-form-urlencoded", all, true),
        ("application/json", only_json, true),
        ("application/json", only_forms, false),
        ("application/x-ndjson", only_forms, false),
        ("application/x-ndjson", only_json, true),
    ] {
        let headers = [(CONTENT_TYPE, value.parse().unwrap())].into_iter().collect();
        assert_eq!(kind_where(readable(&headers, &[]), spoken).is_ok(), passes, "{value}");
    }
}
