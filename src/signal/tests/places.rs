//! Where signals are looked for.

use http::Request;

use super::*;

fn reader(yaml: &str) -> Result<SignalReader, String> {
    let settings: SignalSettings = serde_saphyr::from_str(yaml).map_err(|error| error.to_string())?;
    SignalReader::new(&settings).map_err(|fault| fault.to_string())
}

fn heard(reader: &SignalReader, target: &str, fields: &[(&str, &str)]) -> Vec<(&'static str, bool)> {
    let mut request = Request::get(target);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let signals = reader.read(&request.body(()).unwrap().into_parts().0);
    let kinds = Kind::ALL.into_iter().filter(|kind| signals.has(*kind));
    kinds.map(|kind| (kind.as_str(), signals.is_malformed(kind))).collect()
}

#[test]
fn signals_are_found_in_headers_cookies_and_parameters_each_time_they_are_there() {
    let reader = reader("{tcf: {cookie: euconsent-v2, query: gdpr_consent}, gpp: {header: x-gpp}}").unwrap();
    let good = &core(&[1], &[]).text();
    let cookie = |value: &str| format!("a=1; euconsent-v2={value}; b=2");
    assert_eq!(heard(&reader, "/", &[]), []);
    assert_eq!(heard(&reader, "/", &[("cookie", &cookie(good))]), [("tcf", false)]);
    assert_eq!(heard(&reader, "/", &[("cookie", "x=1"), ("cookie", &cookie("?"))]), [("tcf", true)]);
    let twice = format!("{}; euconsent-v2=", cookie(good));
    assert_eq!(heard(&reader, "/", &[("cookie", &twice)]), [("tcf", true)], "the second counts too");
    assert_eq!(heard(&reader, &format!("/?a=1&%67dpr_consent={good}"), &[]), [("tcf", false)]);
    assert_eq!(heard(&reader, "/?gdpr_consent=%zz", &[]), [("tcf", true)]);
    assert_eq!(heard(&reader, "/", &[("x-gpp", "DBAA"), ("sec-gpc", "1")]), [("gpc", false), ("gpp", false)]);
    assert_eq!(heard(&reader, "/", &[("x-gpp", "DBAA"), ("x-gpp", "no")]), [("gpp", true)]);
    assert_eq!(heard(&reader, "/", &[("x-gpp", &format!("DBABM~{good}"))]), [("tcf", false), ("gpp", false)]);
    assert_eq!(heard(&SignalReader::default(), "/", &[("cookie", &cookie(good))]), []);
}

#[test]
fn what_is_found_stays_here_unless_the_route_says_otherwise() {
    let reader = reader("{tcf: {cookie: c, query: q}, gpp: {header: x-gpp, forward: true}}").unwrap();
    let consumed: Vec<_> = reader.consumed().cloned().collect();
    assert_eq!(consumed, [At::Cookie("c".into()), At::Query("q".into())]);
    assert!(!reader.forwards_gpc());
}

#[test]
fn a_place_where_nothing_could_ever_be_found_is_an_error() {
    let errors: Vec<String> = [
        "{tcf: {}}",
        "{tcf: {header: x_tcf}}",
        "{gpp: {header: 'x gpp'}}",
        "{gpp: {header: Cookie}}",
        "{tcf: {cookie: 'a=b'}}",
        "{tcf: {cookie: ''}}",
        "{tcf: {query: ''}}",
    ]
    .into_iter()
    .map(|yaml| reader(yaml).unwrap_err())
    .collect();
    insta::assert_snapshot!(errors.join("\n"));
    for yaml in ["{tfc: {cookie: a}}", "{tcf: {path: a}}", "{record: [cookie]}", "{gpc: {header: a}}"] {
        assert!(reader(yaml).is_err(), "{yaml}");
    }
}
