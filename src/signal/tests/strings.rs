//! What strings say. Those that are quoted are the examples of the specifications.

use super::*;

/// The specification's core string: consent to purposes 1 to 3, no legitimate interest, vendors as fields of bits.
const TCF: &str = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA";
/// The segments that may follow it.
const DISCLOSED: &str = "IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw";
const PUBLISHER: &str = "ZAAgH9794ulA";
/// The one in the platform's examples: consent to nothing.
const TCF_NOTHING: &str = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA";

#[test]
fn the_specifications_own_string_consents_to_three_purposes() {
    for text in [
        TCF.to_owned(),
        format!("{TCF}.{DISCLOSED}"),
        format!("{TCF}.{PUBLISHER}"),
        format!("{TCF}.{PUBLISHER}.{DISCLOSED}"),
    ] {
        for purpose in 1..=TCF_PURPOSES {
            assert_eq!(tcf(&text, purpose, true), purpose > 3, "{purpose}");
            assert_eq!(tcf(&text, purpose, false), purpose > 3, "{purpose}");
        }
    }
    assert!((1..=TCF_PURPOSES).all(|purpose| tcf(TCF_NOTHING, purpose, false)));
}

#[test]
fn a_ground_is_a_consent_or_where_the_framework_allows_it_a_legitimate_interest() {
    // purpose, consent, interest → objects to a purpose that takes nothing but a consent, and to another one
    let table = [
        (1, true, false, false, false),
        (1, false, true, true, true),
        (1, false, false, true, true),
        (2, true, false, false, false),
        (2, false, true, true, false),
        (2, false, false, true, true),
        (3, false, true, true, true),
        (3, true, true, false, false),
        (4, false, true, true, true),
        (5, false, true, true, true),
        (6, false, true, true, true),
        (7, false, true, true, false),
        (8, false, true, true, false),
        (9, false, true, true, false),
        (10, false, true, true, false),
        (11, false, true, true, false),
        (11, false, false, true, true),
        (11, true, true, false, false),
    ];
    for (purpose, consent, interest, to_consent, to_interest) in table {
        let own = |has: bool| if has { vec![u32::from(purpose)] } else { Vec::new() };
        let text = core(&own(consent), &own(interest)).text();
        let case = format!("{purpose} {consent} {interest}");
        assert_eq!(tcf(&text, purpose, true), to_consent, "{case}");
        assert_eq!(tcf(&text, purpose, false), to_interest, "{case}");
    }
}

#[test]
fn where_there_are_two_strings_any_objection_counts() {
    let (one, two) = (core(&[2, 7], &[]).text(), core(&[7], &[2, 8]).text());
    let mut signals = Signals::default();
    signals.hear_tcf(one.as_bytes());
    assert!(!signals.objects(ObjectionSignal::Tcf(2), true));
    signals.hear_tcf(two.as_bytes());
    for (purpose, takes_consent, objects) in
        [(2, true, true), (2, false, false), (7, true, false), (8, false, true), (3, false, true)]
    {
        assert_eq!(signals.objects(ObjectionSignal::Tcf(purpose), takes_consent), objects, "{purpose}");
    }
    signals.hear_tcf(b"nonsense!");
    assert!(signals.objects(ObjectionSignal::Tcf(7), false) && signals.is_malformed(Kind::Tcf));
}

#[test]
fn without_a_string_nobody_objects() {
    let none = Signals::default();
    assert!(!none.objects(ObjectionSignal::Tcf(3), true));
    assert!(!Field::ALL.into_iter().any(|field| none.objects(ObjectionSignal::Gpp(field), true)));
    assert!(!Kind::ALL.into_iter().any(|kind| none.has(kind)));
}

#[test]
fn a_core_string_is_read_to_its_end_whatever_form_its_vendors_have() {
    let head = || Written::default().number(2, 6).zeros(146).purposes(&[3]).purposes(&[]).zeros(13);
    let range = |written: Written| written.number(900, 16).number(1, 1).number(2, 12);
    let ranges =
        |written| range(written).number(0, 1).number(7, 16).number(1, 1).number(9, 16).number(900, 16);
    let restriction = |written: Written| {
        written.number(1, 12).number(3, 6).number(0, 2).number(1, 12).number(0, 1).number(7, 16)
    };
    let whole = [
        restriction(ranges(ranges(head()))),
        ranges(ranges(head())).zeros(12),
        ranges(head().number(9, 16).zeros(10)).zeros(12),
        head().number(0xffff, 16).number(1, 1).zeros(12).zeros(17).zeros(12),
    ];
    for written in whole {
        assert!(!tcf(&written.text(), 3, true) && tcf(&written.text(), 4, true));
        for cut in 0..written.0.len() / 6 {
            let text: String = written.text().chars().take(cut).collect();
            assert!(tcf(&text, 3, false), "cut at {cut}");
        }
    }
}

#[test]
fn the_platforms_examples_say_what_they_are_said_to_say() {
    let mut both = gpp(&format!("DBACNY~{TCF_NOTHING}~1YNN"));
    assert_eq!(noes(&format!("DBACNY~{TCF_NOTHING}~1YNN")), [""; 0]);
    assert!(both.objects(ObjectionSignal::Tcf(2), false));
    both = gpp(&format!("DBABM~{TCF}.{DISCLOSED}"));
    assert!(!both.objects(ObjectionSignal::Tcf(2), true) && both.objects(ObjectionSignal::Tcf(4), true));
    // Sections 5 and 6, as a group: the Canadian one is none of those that a policy can ask for.
    let canada = gpp(&format!("DBABjw~{TCF_NOTHING}~1YYN"));
    assert!(!canada.has(Kind::Tcf) && canada.objects(ObjectionSignal::Gpp(Field::SaleOptOut), false));
    let all = ["SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut", "SensitiveDataProcessing"];
    let all = [&all[..], &["KnownChildSensitiveDataConsents", "PersonalDataConsents"]].concat();
    assert_eq!(noes("DBABLA~BVVVVVVVVWA"), all);
    assert_eq!(noes("DBABLA~BVVVVVVVVWA.YA"), [&all[..], &["Gpc"]].concat());
    assert_eq!(noes("DBABLA~BAAAAAAAAQA"), [""; 0]);
    assert_eq!(noes("DBABLA~CAAAAAAAAAWA.Q"), all[4..]);
    assert_eq!(noes("DBABBg~BVqqqqpY.YA"), ["Gpc"]);
    assert_eq!(
        noes("DBABBg~BVVVVVVY"),
        all.iter().copied().filter(|name| *name != "TargetedAdvertisingOptOut").collect::<Vec<_>>()
    );
    let state = ["SaleOptOut", "TargetedAdvertisingOptOut", "SensitiveDataProcessing"];
    let state = [&state[..], &["KnownChildSensitiveDataConsents"]].concat();
    for text in ["DBABRg~BVVVVWY", "DBABJg~BVVVVVg", "DBABFg~BVVVVVmA", "DBABVg~BVVVVVVg"] {
        assert_eq!(noes(text), state, "{text}");
    }
    assert_eq!(noes("DBABVg~BVVVVVVg.YA"), [&state[..], &["Gpc"]].concat());
    for text in ["DBABRg~BAAAABA", "DBABJg~BAAAAEA", "DBABFg~BAAAAAQA", "DBABVg~BAAAAAEA"] {
        assert_eq!(noes(text), [""; 0], "{text}");
    }
}

#[test]
fn each_field_of_each_section_is_found_where_it_stands() {
    // section, version, notices, and how many numbers each of its fields has
    let (sale, sharing, targeted) = ((0, 1), (1, 1), (2, 1));
    let states = |sensitive, child| vec![sale, targeted, (3, sensitive), (4, child)];
    let later = |sensitive, child| [states(sensitive, child), vec![(6, 1)]].concat();
    let sections = [
        (7, 1, 6, vec![sale, sharing, targeted, (3, 12), (4, 2), (5, 1)]),
        (7, 2, 6, vec![sale, sharing, targeted, (3, 16), (4, 3), (5, 1)]),
        (8, 1, 3, vec![sale, sharing, (3, 9), (4, 2), (5, 1)]),
        (9, 1, 3, states(8, 1)),
        (10, 1, 3, states(7, 1)),
        (11, 1, 4, states(8, 1)),
        (12, 1, 3, states(8, 3)),
        (13, 1, 3, later(8, 3)),
        (14, 1, 3, later(8, 3)),
        (15, 1, 3, later(11, 3)),
        (16, 1, 3, later(8, 1)),
        (17, 1, 3, later(9, 5)),
        (18, 1, 4, states(8, 1)),
        (19, 1, 3, later(8, 1)),
        (20, 1, 3, later(8, 3)),
        (21, 1, 3, later(10, 5)),
        (22, 1, 3, later(8, 1)),
        (23, 1, 3, later(8, 1)),
    ];
    for (id, version, notices, fields) in sections {
        let numbers: Vec<usize> = fields.iter().flat_map(|(field, count)| vec![*field; *count]).collect();
        for (no, field) in numbers.iter().enumerate() {
            let mut written = Written::default().number(version, 6);
            written = (0..notices).fold(written, |written, _| written.number(1, 2));
            written =
                (0..numbers.len()).fold(written, |written, n| written.number(if n == no { 1 } else { 2 }, 2));
            let text = format!("{}~{}", header(&[id]), written.number(0b01_1001, 6).text());
            assert_eq!(noes(&text), [Field::ALL[*field].as_str()], "section {id}, number {no}");
        }
    }
}

#[test]
fn several_sections_are_each_read_as_what_the_header_says_they_are() {
    let text = format!("{}~{TCF}~1YNN~BVqqqqpY~BVVVVWY", header(&[2, 6, 8, 9]));
    let signals = gpp(&text);
    assert!(
        !signals.objects(ObjectionSignal::Tcf(1), true) && signals.objects(ObjectionSignal::Tcf(4), true)
    );
    assert!(signals.objects(ObjectionSignal::Gpp(Field::TargetedAdvertisingOptOut), false));
    assert!(!signals.objects(ObjectionSignal::Gpp(Field::Gpc), false));
    assert_eq!(noes("DBAA"), [""; 0], "no section, no objection");
}

#[test]
fn what_can_not_be_understood_is_malformed_and_objects_to_everything_of_its_kind() {
    let section = |id: u32, text: &str| format!("{}~{text}", header(&[id]));
    let table = [
        String::new(),
        "D".to_owned(),
        "DBAB".to_owned(),
        "DBABM".to_owned(),
        format!("DBABM~{TCF}~"),
        format!("DBABM~{TCF}~1YNN"),
        "DBABM~".to_owned(),
        format!("DCABM~{TCF}"),
        format!("CBABM~{TCF}"),
        TCF.to_owned(),
        format!(" DBABM~{TCF}"),
        "1YNN".to_owned(),
        section(6, "1YN"),
        section(6, "2YNN"),
        section(6, "1YXN"),
        section(6, "1YNNN"),
        section(7, "DVVVVVVVVWA"),
        section(8, "CVVVVVVY"),
        section(8, "BVVVVV"),
        section(8, "BVVVV_VY"),
        section(8, "BVVVVVVY.AA"),
        section(8, "BVVVVVVY."),
        section(8, "BVVV VVY"),
        section(8, ""),
        section(24, "BVVVVVVY"),
        section(99, "BVVVVVVY"),
        section(2, "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA"),
    ];
    for text in table {
        assert_eq!(noes(&text), ["malformed"], "{text}");
        assert!(gpp(&text).objects(ObjectionSignal::Tcf(2), false), "it may have held a European section");
    }
    for text in ["", "C", "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", "DBABM", "Cé"] {
        assert!(tcf(text, 2, false), "{text}");
    }
    for segments in [".", ".A", "..", ".IFoE.", ".0", ". ", "=", "\n"] {
        assert!(tcf(&format!("{TCF}{segments}"), 1, false), "{segments:?}");
    }
}
