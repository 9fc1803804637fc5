use proptest::prelude::*;
use serde_json::Value;

mod forms;
mod reference;

pub(crate) use reference::reference;

use super::*;
use crate::json::{Container, Key, NameHasher, Piece, Scalar, Tokeniser, Visitor, tests::documents};

#[test]
fn selectors_that_cannot_be_honoured_are_errors_at_load() {
    let texts = [
        "text",
        "$[::0]",
        "$[3:3]",
        "$.a ",
        "$.a..",
        "$.a[",
        "$a",
        "$.a.'b'",
        "file:",
        "body:x",
        "header:",
        "header: x",
        "header:x-*-y",
        "header:x_y",
        "header:ä",
        "$['a'",
        "cookie:",
    ];
    let report: Vec<String> = texts
        .iter()
        .map(|text| {
            let fault = Selector::parse(text, false).expect_err(text);
            format!("{text}  →  {} (at {})", fault.what, fault.at)
        })
        .collect();
    insta::assert_snapshot!(report.join("\n"));
}

#[test]
fn a_stricter_reading_never_loses_a_form_that_the_standard_has() {
    for text in [
        "$",
        "$.a",
        "$['a']",
        "$[\"a\\u0062\"]",
        "$..a",
        "$..*",
        "$..[0]",
        "$[*]",
        "$[1:3]",
        "$[:3:2]",
        "$['a','b',0]",
        "$ .a",
        "$..['a','b']",
        "$.ä",
    ] {
        assert!(Selector::parse(text, false).is_ok(), "{text}");
    }
}

/// What the automaton matches, as paths.
struct Walker<'a> {
    paths: &'a Paths,
    matching: Matching,
    open: Vec<(Set, bool, u64, String)>,
    place: (Mark, String),
    foreseen: Foreseen,
    matched: Vec<String>,
    /// How many nodes were looked at in all.
    steps: usize,
}

impl Walker<'_> {
    fn begin_value(&mut self, at: usize) {
        self.foreseen.reach(at);
        if let Some((set, is_array, index, path)) = self.open.last_mut()
            && *is_array
        {
            let at = self.matching.mark();
            self.steps += set.len();
            self.paths.element(&mut self.matching, *set, *index);
            self.place = (at, format!("{path}/{index}"));
            *index += 1;
        }
        let accepted = self.paths.accepted(&self.matching, self.place.0).next().is_some();
        assert_eq!(self.matching.found(), accepted);
        if accepted || self.foreseen.is_found() {
            self.matched.push(self.place.1.clone());
        }
    }
    fn end_value(&mut self, from: Mark) {
        if from != Mark::default() {
            self.matching.truncate(from);
        }
    }
}

impl Visitor for Walker<'_> {
    fn key(&mut self, _: Piece<'_>, key: Key<'_>) {
        let (set, _, _, path) = self.open.last().unwrap();
        let at = self.matching.mark();
        let path = format!("{path}/{}", String::from_utf8_lossy(key.name));
        self.steps += set.len();
        self.paths.member(&mut self.matching, *set, key.name, key.hash);
        self.place = (at, path);
    }
    fn open(&mut self, _: Piece<'_>, container: Container, at: usize) {
        self.begin_value(at);
        let (from, path) = self.place.clone();
        self.open.push((self.matching.set(from), container == Container::Array, 0, path));
    }
    fn close(&mut self, _: Piece<'_>, _: usize) {
        let (set, ..) = self.open.pop().unwrap();
        self.end_value(set.from());
    }
    fn scalar(&mut self, _: Piece<'_>, _: Scalar, at: usize) {
        self.begin_value(at);
    }
    fn scalar_end(&mut self, _: Piece<'_>, _: usize) {
        self.end_value(self.place.0);
    }
}

fn automaton(selectors: &[BodySelector], value: &Value) -> Vec<String> {
    walk(selectors, &serde_json::to_vec(value).unwrap()).0
}

/// What is matched, and in how many steps.
fn walk(selectors: &[BodySelector], text: &[u8]) -> (Vec<String>, usize) {
    let hasher = NameHasher::default();
    let paths = Paths::new(selectors.iter().zip(0..), &hasher);
    let mut matching = Matching::default();
    paths.root(&mut matching);
    let mut tokeniser = Tokeniser::new(hasher.clone(), 4096);
    let document = Document::read(text, &mut tokeniser).unwrap();
    let foreseen = LookAhead::new(selectors.iter().zip(0..)).find(&document);
    tokeniser.reset(hasher, 4096);
    let mut walker = Walker {
        paths: &paths,
        matching,
        open: vec![],
        place: (Mark::default(), "$".into()),
        foreseen,
        matched: vec![],
        steps: 0,
    };
    tokeniser.push(text, &mut walker).unwrap();
    tokeniser.finish(&mut walker).unwrap();
    walker.matched.sort();
    (walker.matched, walker.steps)
}

/// Paths that need nothing but the way from the root.
fn plain_segments() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        4 => "\\.[a-d]", 2 => "\\.\\.[a-d]", 1 => Just(".*".to_owned()), 1 => Just("..*".to_owned()), 1 => "\\[[0-2]\\]",
        1 => "\\[[0-1]:\\]", 1 => Just("[::2]".to_owned()), 1 => "\\['[a-d]','[a-d]'\\]", 1 => "\\.\\.\\['[a-d]',[0-1]\\]", 1 => "\\.\\.\\[[0-1]\\]",
    ]
}

fn plain_selectors() -> impl Strategy<Value = String> {
    prop::collection::vec(plain_segments(), 0..4).prop_map(|segments| format!("${}", segments.concat()))
}

/// Values that can be compared, as selectors write them.
fn values(query: impl Strategy<Value = String> + Clone + 'static) -> impl Strategy<Value = String> + Clone {
    let singular = "[@$](\\.[a-d]|\\[-?[1-2]\\]|\\[0\\]){0,2}";
    prop_oneof![
        3 => singular,
        2 => "-?[1-4]?[0-9]\\.[0-9]", 2 => "[0-9]", 1 => "'[a-c]{0,2}'", 1 => "true|false|null",
        1 => singular.prop_map(|value| format!("length({value})")),
        1 => query.clone().prop_map(|query| format!("count({query})")),
        1 => query.prop_map(|query| format!("value({query})")),
    ]
}

/// Conditions, and conditions in their queries.
fn conditions() -> impl Strategy<Value = String> + Clone {
    let plain = prop::collection::vec(plain_segments(), 0..3)
        .prop_flat_map(|segments| "[@$]".prop_map(move |from| format!("{from}{}", segments.concat())));
    let query =
        prop_oneof![4 => plain, 1 => "@\\[-[1-2]:\\]", 1 => "@\\[::-2\\]", 1 => "@\\['a','a'\\]"].boxed();
    let compared = (values(query.clone()), "==|!=|<|<=|>|>=", values(query.clone()))
        .prop_map(|(left, sign, right)| format!("{left} {sign}{right}"));
    let atoms = prop_oneof![
        2 => query, 3 => compared, 1 => "(match|search)\\(@(\\.[a-d])?,'[ab]\\.?'\\)",
    ];
    atoms.prop_recursive(3, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), "&&|\\|\\|", inner.clone())
                .prop_map(|(left, sign, right)| format!("({left}{sign}{right})")),
            inner.clone().prop_map(|inner| format!("!({inner})")),
            (".{0}|\\.[a-d]|\\.\\.", inner).prop_map(|(way, inner)| format!("@{way}[?{inner}]")),
        ]
    })
}

/// Paths of all kinds.
pub(crate) fn selectors() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        8 => plain_segments(), 1 => "\\[-[1-3]\\]", 1 => "\\[-[2-3]:-1\\]", 1 => "\\.\\.\\[-1,'[a-d]'\\]", 1 => "\\[3:0:-[1-2]\\]",
        2 => conditions().prop_map(|condition| format!("[?{condition}]")),
        1 => conditions().prop_map(|condition| format!("..[?{condition}]")),
        1 => conditions().prop_map(|condition| format!("[0,?{condition},'a']")),
    ];
    prop::collection::vec(segment, 0..4).prop_map(|segments| format!("${}", segments.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(1000)))]

    #[test]
    fn the_automaton_matches_what_the_standard_says(texts in prop::collection::vec(plain_selectors(), 1..5), ignore_case: bool, value in documents()) {
        let selectors: Vec<BodySelector> = texts.iter().map(|text| BodySelector::parse(text, ignore_case).unwrap()).collect();
        let mut expected: Vec<String> = selectors.iter().flat_map(|selector| reference(selector, &value)).collect();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(automaton(&selectors, &value), expected);
    }

    #[test]
    fn selectors_that_look_ahead_match_what_the_standard_says(texts in prop::collection::vec(selectors(), 1..4), value in documents()) {
        let selectors: Vec<BodySelector> = texts.iter().map(|text| BodySelector::parse(text, false).unwrap_or_else(|fault| panic!("{text}: {}", fault.what))).collect();
        let mut expected: Vec<String> = selectors.iter().flat_map(|selector| reference(selector, &value)).collect();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(automaton(&selectors, &value), expected);
    }

    #[test]
    fn a_covered_selector_only_matches_below_its_cover(parent in plain_selectors(), child in selectors(), value in documents()) {
        let parent = BodySelector::parse(&parent, false).unwrap();
        let child = BodySelector::parse(&child, false).unwrap();
        let hasher = NameHasher::default();
        if Paths::new([(&parent, 0)], &hasher).covers(&child) {
            let covers = reference(&parent, &value);
            for place in reference(&child, &value) {
                prop_assert!(covers.iter().any(|cover| place == *cover || place.starts_with(&format!("{cover}/"))), "{place}");
            }
        }
    }
}

#[test]
fn covering_is_recognised_where_it_is_plain() {
    let hasher = NameHasher::default();
    for (parent, child, expected) in [
        ("$.context", "$.context.purchases", true),
        ("$..geo", "$.context.geo.lat", true),
        ("$..*", "$.a", true),
        ("$.*", "$..a", false), /* true, but not plain enough to be seen */
        ("$.a", "$..a", false),
        ("$['a','b']", "$.a.c", true),
        ("$.a", "$['a','b']", false),
        ("$[0:4]", "$[2]", true),
        ("$[1]", "$[1:]", false),
        ("$[0]", "$[0:]", false),
        ("$[1:3]", "$[1:4]", false),
        ("$[::2]", "$[0:3:3]", true),
        ("$[::2]", "$[0:4:3]", false),
        ("$[*]", "$[0:]", true),
        ("$[1:]", "$[1:]", true),
        ("$[0:4]", "$[1:4]", true),
        ("$[0:4]", "$[1:5]", false),
        ("$[0:4]", "$[1:9:5]", false),
        ("$[0:4]", "$[1:6:5]", true),
        ("$[::2]", "$[2::4]", true),
        ("$[::2]", "$[2::3]", false),
        ("$[::2]", "$[4:5]", true),
        ("$", "$.a", true),
        ("$.a.b", "$.a", false),
    ] {
        let parent = BodySelector::parse(parent, false).unwrap();
        let child = BodySelector::parse(child, false).unwrap();
        assert_eq!(
            Paths::new([(&parent, 0)], &hasher).covers(&child),
            expected,
            "{} over {}",
            parent.text,
            child.text
        );
    }
}

/// Counted, not timed: how often a node of the automaton is looked at while a document made for these selectors is read.
#[test]
fn hostile_selectors_and_documents_cost_no_more_than_their_lengths_multiplied() {
    let texts =
        ["$..a..a..a..a", "$..*..*..*", "$..[0]..[0]..a", "$..*..a", "$.*.*.*..a", "$..['a','b']..['a','b']"];
    let selectors: Vec<_> = texts.iter().map(|text| BodySelector::parse(text, false).unwrap()).collect();
    let positions = 2 * selectors.iter().map(|selector| 2 * selector.segments.len()).sum::<usize>();
    for places in [250, 500, 1_000, 2_000] {
        let nested = format!("{}1{}", "{\"a\":".repeat(places), "}".repeat(places));
        let deep = format!("{}1{}", "[".repeat(places), "]".repeat(places));
        let wide = format!("{{\"a\":[{}]}}", vec!["{\"a\":{\"b\":1}}"; places / 3].join(","));
        for text in [nested, deep, wide] {
            let (_, steps) = walk(&selectors, text.as_bytes());
            assert!(steps <= places * positions, "{steps} steps for {places} places");
        }
    }
}

#[test]
fn a_step_costs_the_same_with_ten_selectors_and_with_a_thousand() {
    let body = br#"{"user":{"id":1,"geo":{"lat":1}},"list":[{"a":1},{"b":[2]}]}"#;
    let steps = |count: usize| {
        let texts = (0..count).map(|n| match n % 4 {
            0 => format!("$.user.field{n}"),
            1 => format!("$..field{n}"),
            2 => format!("$.list[*].field{n}"),
            _ => format!("$.*.geo['x{n}','y{n}']"),
        });
        let selectors: Vec<_> = texts.map(|text| BodySelector::parse(&text, false).unwrap()).collect();
        walk(&selectors, body).1
    };
    assert_eq!(steps(1_000), steps(12));
}

fn nested_values(depth: usize) -> String {
    let inner = (0..depth).fold("@".to_owned(), |inner, _| format!("value(@[?{inner} != 0])"));
    format!("$[?{inner} != 0]")
}

/// The same for what is looked up beforehand: how many children are looked at, over all selectors.
#[test]
fn hostile_filters_and_documents_cost_no_more_than_their_lengths_multiplied() {
    let texts = [
        "$..[?@..a]..[?@..a]",
        "$..[?@..[?@..[?@..a]]]",
        "$..[?count(@..*..*..*) > 3]",
        "$..[?@..['a','a','a']..['a','a','a']]",
        "$..[?$..[?@..a]]",
        "$..[?count($..a) == count(@..a)]",
        "$..[?@[?@[?@[?@.a]]]]",
        "$..[-1]..[-1]..[::-2]",
        "$..[?@.a.a.a == $.a.a.a]",
        "$..[?value(@..a) == 1]",
        "$..[?value(@..[?value(@..a) == 1]) != 2]",
        &nested_values(12),
    ];
    let selectors: Vec<_> = texts.iter().map(|text| BodySelector::parse(text, false).unwrap()).collect();
    for places in [250, 500, 1_000, 2_000] {
        let nested = format!("{}1{}", "{\"a\":".repeat(places), "}".repeat(places));
        let deep = format!("{}1{}", "[".repeat(places), "]".repeat(places));
        let wide = format!("{{\"a\":[{}]}}", vec!["{\"a\":{\"b\":1}}"; places / 3].join(","));
        for text in [nested, deep, wide] {
            let mut tokeniser = Tokeniser::new(NameHasher::default(), 4096);
            let document = Document::read(text.as_bytes(), &mut tokeniser).unwrap();
            for selector in &selectors {
                let looked = ahead::looked(&document, selector);
                let most = places * selector.text.len();
                assert!(looked <= most, "{}: {looked} for {places} places", selector.text);
            }
        }
    }
}
