//! Every form of RFC 9535, with a document and what it finds there.

use serde_json::{Value, json};

use super::{automaton, walk};
use crate::selector::BodySelector;

fn found(selector: &str, document: &Value) -> Vec<String> {
    let selector = BodySelector::parse(selector, false)
        .unwrap_or_else(|fault| panic!("{selector}: {} (at {})", fault.what, fault.at));
    automaton(&[selector], document)
}

fn shop() -> Value {
    json!({
        "orders": [
            {"id": 1, "kind": "book", "price": 8.95, "title": "A", "tags": ["x"], "ref": {"id": 4}},
            {"id": 2, "kind": "pen", "price": 12.50, "tags": [], "gift": null},
            {"id": 3, "kind": "book", "price": 8.99, "isbn": "0-553-21311-3", "tags": ["x", "y", "x"]},
            {"id": 4, "kind": "Bike", "price": 399, "tags": ["y"]},
        ],
        "limit": 10,
        "favourite": "book",
        "same": {"x": [1, {"b": 2, "a": 1.0}], "y": [1, {"a": 1, "b": 2}], "z": [1, {"a": 1}]},
        "o": {"j": 1, "k": 2, "kk": {"j": 3}},
        "e": [3, 5, 1, 2, 4, 6, "k", {"b": {}}, [[5, 3], "é"], null, true],
    })
}

#[test]
fn every_form_of_selector_finds_what_the_standard_says() {
    let table = [
        ("$", "$"),
        ("$.limit", "limit"),
        ("$['limit']", "limit"),
        ("$[\"li\\u006dit\"]", "limit"),
        ("$ .limit", "limit"),
        ("$.o.*", "o/j o/k o/kk"),
        ("$.o['j','k']", "o/j o/k"),
        ("$.o['j','j']", "o/j"),
        ("$..j", "o/j o/kk/j"),
        ("$..['j']", "o/j o/kk/j"),
        ("$.o..*", "o/j o/k o/kk o/kk/j"),
        ("$.e[0]", "e/0"),
        ("$.e[ 1 , 3 ]", "e/1 e/3"),
        ("$.e[-1]", "e/10"),
        ("$.e[-11]", "e/0"),
        ("$.e[-12]", ""),
        ("$.e[99]", ""),
        ("$.e[-2,0]", "e/0 e/9"),
        ("$.e[1:3]", "e/1 e/2"),
        ("$.e[9:]", "e/9 e/10"),
        ("$.e[::5]", "e/0 e/5 e/10"),
        ("$.e[ 1 : 6 : 2 ]", "e/1 e/3 e/5"),
        ("$.e[-2:]", "e/9 e/10"),
        ("$.e[:-9]", "e/0 e/1"),
        ("$.e[5:1:-2]", "e/3 e/5"),
        ("$.e[99:8:-1]", "e/9 e/10"),
        ("$.e[:7:-1]", "e/8 e/9 e/10"),
        ("$.e[1::-1]", "e/0 e/1"),
        ("$.orders[::-1].id", "orders/0/id orders/1/id orders/2/id orders/3/id"),
        ("$.orders[::-3].id", "orders/0/id orders/3/id"),
        ("$.orders[-1:0:-2].id", "orders/1/id orders/3/id"),
        ("$.e['0']", ""),
        ("$.o[0]", ""),
        ("$.o[0:]", ""),
        // Existence.
        ("$.orders[?@.isbn]", "orders/2"),
        ("$.orders[?@.isbn].title", ""),
        ("$.orders[?@.gift].id", "orders/1/id"),
        ("$.orders[?!@.isbn].id", "orders/0/id orders/1/id orders/3/id"),
        ("$.orders[?@..id].id", "orders/0/id orders/1/id orders/2/id orders/3/id"),
        ("$.orders[?@.ref.*].id", "orders/0/id"),
        ("$.orders[?@['isbn','title']].id", "orders/0/id orders/2/id"),
        ("$.orders[?@.tags[1:]].id", "orders/2/id"),
        ("$.orders[?@.tags[-2]].id", "orders/2/id"),
        ("$.orders[?$.limit].id", "orders/0/id orders/1/id orders/2/id orders/3/id"),
        ("$.orders[?$.absent].id", ""),
        ("$[?@.kk]", "o"),
        ("$[?@.kk].k", "o/k"),
        ("$.*[?@.b]", "e/7"),
        // Comparisons.
        ("$.orders[?@.kind == 'book'].id", "orders/0/id orders/2/id"),
        ("$.orders[?@.kind=='book'&&@.price<8.99].id", "orders/0/id"),
        ("$.orders[?@.kind==\"pen\" || @.price>=399.0].id", "orders/1/id orders/3/id"),
        ("$.orders[?@.kind=='pen'||@.kind=='Bike'&&@.id==0].id", "orders/1/id"),
        ("$.orders[?(@.kind=='pen'||@.kind=='Bike')&&@.id==4].id", "orders/3/id"),
        ("$.orders[?!(@.kind=='book')].id", "orders/1/id orders/3/id"),
        ("$.orders[?!(!@.isbn)].id", "orders/2/id"),
        ("$.orders[?@.kind != 'book'].id", "orders/1/id orders/3/id"),
        ("$.orders[?@.price > $.limit].id", "orders/1/id orders/3/id"),
        ("$.orders[?@.kind == $.favourite].id", "orders/0/id orders/2/id"),
        ("$.orders[?$.favourite == @['kind']].id", "orders/0/id orders/2/id"),
        ("$.orders[?@.id == $.orders[-1].id].kind", "orders/3/kind"),
        ("$.orders[?@.kind < 'book'].id", "orders/3/id"),
        ("$.orders[?@.kind <= 'book'].id", "orders/0/id orders/2/id orders/3/id"),
        ("$.orders[?@.gift == null].id", "orders/1/id"),
        ("$.orders[?@.gift == @.absent].id", "orders/0/id orders/2/id orders/3/id"),
        ("$.orders[?@.absent != 1].id", "orders/0/id orders/1/id orders/2/id orders/3/id"),
        ("$.orders[?@.absent < 1].id", ""),
        ("$.orders[?@.absent <= @.missing].id", "orders/0/id orders/1/id orders/2/id orders/3/id"),
        ("$.e[?@ > 3.5]", "e/1 e/4 e/5"),
        ("$.e[?@ >= 1e0 && @ <= 0.2E+1]", "e/2 e/3"),
        ("$.e[?@ == 'k']", "e/6"),
        ("$.e[?@ == true]", "e/10"),
        ("$.e[?@ != false && @ <= null]", "e/9"),
        ("$.e[?@ == -0]", ""),
        ("$.e[?@[1] == '\\u00e9']", "e/8"),
        ("$.same[?@ == $.same.x]", "same/x same/y"),
        ("$.same[?@[1] != $.same.x[1]]", "same/z"),
        ("$.same[?@ >= $.same.x]", "same/x same/y"),
        ("$.same[?@ > $.same.z]", ""),
        ("$[?1 == 1.0].j", "o/j"),
        ("$[?'a' > 'b']", ""),
        // Functions.
        ("$.orders[?length(@.kind) > 3].id", "orders/0/id orders/2/id orders/3/id"),
        ("$.orders[?length(@.tags) == 0].id", "orders/1/id"),
        ("$.orders[?length(@) == 4].id", "orders/3/id"),
        ("$.orders[?length(@.id) == 1].id", ""),
        (
            "$.orders[?length(@.absent) == length(@.gone)].id",
            "orders/0/id orders/1/id orders/2/id orders/3/id",
        ),
        ("$.e[?length(@[1]) == 1]", "e/8"),
        ("$.orders[?length('ab') == 2].id", "orders/0/id orders/1/id orders/2/id orders/3/id"),
        ("$.orders[?count(@.tags.*) >= 2].id", "orders/2/id"),
        ("$.orders[?count(@..id) == 2].id", "orders/0/id"),
        ("$.o[?count(@['j','j']) == 2]", "o/kk"),
        ("$.orders[?count($.orders.*) == 4].id", "orders/0/id orders/1/id orders/2/id orders/3/id"),
        ("$.orders[?count(@.tags[?@ == 'x']) == 2].id", "orders/2/id"),
        ("$.orders[?value(@.tags.*) == 'x'].id", "orders/0/id"),
        ("$.orders[?value(@.tags[?@ != 'x']) == 'y'].id", "orders/2/id orders/3/id"),
        ("$.orders[?value(@..id) == 4].kind", "orders/3/kind"),
        ("$.orders[?value(@.ref..id) == 4].kind", "orders/0/kind"),
        ("$.orders[?value(@..absent) == @.gone].id", "orders/0/id orders/1/id orders/2/id orders/3/id"),
        ("$.orders[?length(value(@.tags)) == 3].id", "orders/2/id"),
        ("$.orders[?match(@.kind, 'b.*')].id", "orders/0/id orders/2/id"),
        ("$.orders[?match(@.kind, 'oo')].id", ""),
        ("$.orders[?search(@.kind, 'oo|ik')].id", "orders/0/id orders/2/id orders/3/id"),
        ("$.orders[?search(@.isbn, '[0-9]{5}')].id", "orders/2/id"),
        ("$.orders[?!match(@.kind,'.*o.*')].id", "orders/1/id orders/3/id"),
        ("$.orders[?match(@.id, '1')].id", ""),
        ("$.orders[?match(value(@.tags[0]), '\\\\p{Ll}')].id", "orders/0/id orders/2/id orders/3/id"),
        ("$.orders[?match($.favourite, 'book')].id", "orders/0/id orders/1/id orders/2/id orders/3/id"),
        // Nested, joined, below.
        ("$.orders[?@.tags[?@ == 'y']].id", "orders/2/id orders/3/id"),
        ("$[?@[?@[?@ == 'y']]]", ""),
        ("$[?@[?@.tags[?@ == 'y']]]", "orders"),
        ("$[?@[?@[?@ > 1]]]", "o orders"),
        ("$..[?@.j]", "o o/kk"),
        ("$..[?@.j].j", "o/j o/kk/j"),
        ("$..tags[?@ == 'y']", "orders/2/tags/1 orders/3/tags/0"),
        ("$..orders[?@.isbn]..[-1]", "orders/2/tags/2"),
        ("$.orders[0, -1, ?@.isbn].id", "orders/0/id orders/2/id orders/3/id"),
        ("$.o['j', ?@ == 2]", "o/j o/k"),
        ("$.orders[*][?@ == 'pen' || @ == 399]", "orders/1/kind orders/3/price"),
        ("$.orders[?@.isbn,?@.title].id", "orders/0/id orders/2/id"),
        ("$.orders[?@ .id\n==\t3].id", "orders/2/id"),
        ("$.orders[?@[ 'isbn' ]].id", "orders/2/id"),
    ];
    let document = shop();
    for (selector, expected) in table {
        let mut expected: Vec<String> = match expected {
            "$" => vec!["$".to_owned()],
            expected => expected.split_whitespace().map(|path| format!("$/{path}")).collect(),
        };
        expected.sort();
        assert_eq!(found(selector, &document), expected, "{selector}");
    }
}

#[test]
fn numbers_are_compared_exactly_and_names_after_unescaping() {
    let body = r#"{"list":[{"i\u0064":12345678901234567890},{"id":12345678901234567891},{"id":1.2345678901234567890e19},{"id":1.10}]}"#;
    for (selector, expected) in [
        ("$.list[?@.id == 12345678901234567890]", vec!["$/list/0", "$/list/2"]),
        ("$.list[?@['\\u0069d'] > 12345678901234567890]", vec!["$/list/1"]),
        ("$.list[?@.id == 11e-1]", vec!["$/list/3"]),
    ] {
        let selector = BodySelector::parse(selector, false).unwrap();
        assert_eq!(walk(&[selector], body.as_bytes()).0, expected);
    }
}

#[test]
fn what_the_standard_does_not_have_is_an_error_at_its_byte() {
    let deep = format!("$[?{}@{}]", "(".repeat(40), ")".repeat(40));
    let nested = format!("$[?{}@{}]", "@[?".repeat(40), "]".repeat(40));
    let long = format!("$.{}", "a".repeat(9_000));
    let many = format!("$[?@{}]", ".a".repeat(129));
    let descents = format!("$[?{}]", vec!["@..a"; 17].join("||"));
    let texts = [
        "$.a b",
        "$.a .b ",
        "$. a",
        "$.. a",
        "$...a",
        "$.a..",
        "$a",
        "$.a.'b'",
        "$['a'",
        "$['a]",
        "$['\\x']",
        "$[\"\\'\"]",
        "$['\\ud800']",
        "$['\\udc00\\ud800']",
        "$['\u{7}']",
        "$[a]",
        "$[]",
        "$[1,]",
        "$[01]",
        "$[-0]",
        "$[1.0]",
        "$[-]",
        "$[9007199254740992]",
        "$[1 2]",
        "$[::0]",
        "$[3:3]",
        "$[-1:-3]",
        "$[-3:0]",
        "$[1:3:-1]",
        "$[2:-1:-1]",
        "$[1:2:3:4]",
        "$[?]",
        "$[?@.a",
        "$[?@.a=1]",
        "$[?@.a='b']",
        "$[?@.a==]",
        "$[?@.a==b]",
        "$[?@.a===1]",
        "$[?@.*==1]",
        "$[?@..a==1]",
        "$[?@['a','b']==1]",
        "$[?@[ 'a' ]==1]",
        "$[?@[0:1]==1]",
        "$[?1]",
        "$[?'a']",
        "$[?true]",
        "$[?!1]",
        "$[?@.a&@.b]",
        "$[?@.a and @.b]",
        "$[?!@.a==1]",
        "$[?(@.a]",
        "$[?@.a==1==2]",
        "$[?@.a==01]",
        "$[?@.a==1.]",
        "$[?@.a==1e]",
        "$[?@.a==-]",
        "$[?@.a==+1]",
        "$[?@.a==.5]",
        "$[?@.a==nul]",
        "$[?@.a==True]",
        "$[?@.a==[1]]",
        "$[?@.a=={}]",
        "$[?count(@..*)]",
        "$[?length(@.a)]",
        "$[?value(@.a)]",
        "$[?length(@.*)<3]",
        "$[?length(@.a,@.b)==1]",
        "$[?length()==1]",
        "$[?count(1)==1]",
        "$[?count(length(@.a))==1]",
        "$[?match(@.a)]",
        "$[?match(@.a,'a')==true]",
        "$[?match(@.*,'a')]",
        "$[?match(@.a,@.b)]",
        "$[?match(@.a,'(')]",
        "$[?match(@.a,'^b')]",
        "$[?search(@.a,'b$')]",
        "$[?match(@.a,1)]",
        "$[?search(@.a,'\\\\d')]",
        "$[?match(@.a,'a','b')]",
        "$[?Length(@.a)==1]",
        "$[?len(@.a)==1]",
        "$[?in(@.a,$.b)]",
        "$[?@.a in $.b]",
        "$[?length (@.a)==1]",
        "$[?length(match(@.a,'a'))==1]",
        "$[?@.a =~ /b/]",
        "$[(@.length-1)]",
        "$[?(@.a)].b c",
        "$[?@.a]&",
        "$[?@.a ]]",
        &deep,
        &nested,
        &long,
        &many,
        &descents,
    ];
    let report: Vec<String> = texts
        .iter()
        .map(|text| {
            let fault = BodySelector::parse(text, false).expect_err(text);
            let shown: String = text.chars().take(30).collect();
            format!("{}  →  {} (at {})", shown.escape_debug(), fault.what, fault.at)
        })
        .collect();
    insta::assert_snapshot!(report.join("\n"));
}

#[test]
fn a_filter_does_not_go_with_names_in_any_case() {
    let fault = BodySelector::parse("$.a[?@.b]", true).unwrap_err();
    assert_eq!(fault.at, 4);
    assert!(fault.what.contains("ignore_case"), "{}", fault.what);
    let from_the_end = BodySelector::parse("$.Items[-1].EMAIL", true).unwrap();
    let document = json!({"items": [{"email": 1}, {"eMail": 2}], "ITEMS": [{"Email": 3}]});
    assert_eq!(automaton(&[from_the_end], &document), ["$/ITEMS/0/Email", "$/items/1/eMail"]);
}

/// A long value that is compared with many short ones is decoded once: else these take minutes, not milliseconds.
#[test]
fn a_long_value_can_be_compared_with_every_other_one() {
    let selectors: Vec<BodySelector> = ["$.list[?@ == $.big]", "$.list[?@ < $.big]", "$.list[?$.big != @]"]
        .map(|text| BodySelector::parse(text, false).unwrap())
        .into();
    let (long, name) = ("1".repeat(200_000), "n".repeat(60_000));
    for (big, small) in [
        (long.clone(), "0".to_owned()),
        (format!("\"\\n{long}\""), "\"\"".to_owned()),
        (format!("[{long}]"), "[0]".to_owned()),
        (format!("[\"\\n{long}\"]"), "[\"\"]".to_owned()),
        (format!("{{\"{name}\":0}}"), "{\"\":0}".to_owned()),
        (format!("{{\"\\n{name}\":0}}"), "{\"\":0}".to_owned()),
    ] {
        let body = format!("{{\"big\":{big},\"list\":[{}]}}", vec![small; 60_000].join(","));
        let (found, _) = walk(&selectors, body.as_bytes());
        assert!(found.len() >= 60_000, "the last selector finds every element");
    }
}
