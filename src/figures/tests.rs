//! A reader who has every report and subtracts them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan as _, civil::date};
use proptest::prelude::*;
use serde_json::json;

use super::{gathered::Gathered, *};

/// Figures of these tests: data that passed.
const FIGURES: usize = 4;
const DAYS: i64 = 3;
const ROUTES: [&str; 2] = ["chat", "voice"];

/// Who was where, and what each met there: by day, route and person.
type World = BTreeMap<(i64, usize), BTreeMap<String, BTreeSet<usize>>>;

fn first_day() -> Date {
    date(2026, 11, 1)
}

fn receipt(day: i64, route: usize, person: &str, figures: &BTreeSet<usize>) -> String {
    let acts: Vec<_> = figures
        .iter()
        .map(|n| json!({"data": format!("d{n}"), "place": "$", "action": "passed", "count": 1}))
        .collect();
    let day = first_day().saturating_add(day.days());
    json!({
        "time": format!("{day}T12:00:00Z"), "exchange": "e", "route": ROUTES[route], "mode": "enforce", "policy": null,
        "subject": {"reference": person, "namespace": "login", "standing": "proven"},
        "purposes": [], "to_bot": acts, "outcome": {"forwarded": {"status": 200}}, "ended": "complete",
    })
    .to_string()
}

fn gathered(world: &World, asked: &Asked) -> Gathered {
    let mut gathered = Gathered::default();
    for ((day, route), people) in world {
        for (person, figures) in people {
            gathered.line(receipt(*day, *route, person, figures).as_bytes(), asked);
        }
    }
    gathered
}

fn report(world: &World, asked: Asked, k: u64) -> Report {
    let gathered = gathered(world, &asked);
    Report { k, opt_in: Vec::new(), told: gathered.told(k), unread: gathered.unread, asked }
}

/// Each way of printing it.
fn printed(report: &Report) -> [String; 3] {
    [report.table(), format!("{:#}\n", report.json()), report.csv()]
}

/// Every report that can be asked for.
fn every_question() -> Vec<Asked> {
    let routes = [None, Some(ROUTES[0]), Some(ROUTES[1])];
    let days = (0..DAYS).flat_map(|from| (from..DAYS).map(move |to| (from, to)));
    days.flat_map(|(from, to)| {
        let day = |n: i64| first_day().saturating_add(n.days());
        routes.map(|route| Asked {
            from: day(from),
            to: day(to),
            routes: route.map(|route| [route.to_owned()].into()),
        })
    })
    .collect()
}

/// Another world in which other people stand in line, and each figure takes in the first so many of them, in multiples of k.
fn without_small_groups(world: &World, k: usize) -> World {
    let lined_up = |(place, people): (&(i64, usize), &BTreeMap<String, BTreeSet<usize>>)| {
        let multiple = |count: usize| count - count % k;
        let met = |figure: usize| people.values().filter(|figures| figures.contains(&figure)).count();
        let reach = |figure: usize| match met(figure) {
            few if few < k => 0,
            most if people.len() - most < k => multiple(people.len()),
            some => multiple(some),
        };
        let stand = |n: usize| {
            let figures = (0..FIGURES).filter(|figure| n < reach(*figure)).collect();
            (format!("{place:?} {n}"), figures)
        };
        (*place, (0..multiple(people.len())).map(stand).collect())
    };
    world.iter().map(lined_up).collect()
}

/// The sizes of all groups that figures can tell apart, together: of everybody who met just these.
fn groups(world: &World) -> Vec<usize> {
    let mut sizes: BTreeMap<_, usize> = BTreeMap::new();
    for (place, people) in world {
        people.values().for_each(|figures| *sizes.entry((place, figures)).or_default() += 1);
    }
    sizes.into_values().collect()
}

/// Every number that a report prints, by what it is of.
fn numbers(report: &Report) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for Told { day, route, people, figures } in &report.told {
        found.insert(format!("{day} {route}"), *people);
        found.extend(
            figures.iter().map(|(figure, group)| (format!("{day} {route} {figure:?}"), group.people)),
        );
    }
    for (route, (people, figures)) in gathered::totals(&report.told) {
        found.insert(route.clone(), people);
        found.extend(figures.into_iter().map(|(figure, people)| (format!("{route} {figure:?}"), people)));
    }
    found
}

/// The smallest difference that is not nothing between any two numbers of two reports.
fn smallest_difference(one: &Report, other: &Report) -> Option<u64> {
    let (one, other) = (numbers(one), numbers(other));
    let all = || one.values().chain(other.values()).chain([&0]);
    let differences = all().flat_map(|a| all().map(move |b| a.abs_diff(*b)));
    differences.filter(|difference| *difference > 0).min()
}

fn world() -> impl Strategy<Value = World> {
    let figures = proptest::collection::btree_set(0..FIGURES, 0..=FIGURES);
    // Regulars and strangers, so that the same people come on other days and by other routes.
    let people = proptest::collection::btree_map("[a-f][a-g]", figures, 0..40);
    proptest::collection::btree_map((0..DAYS, 0..ROUTES.len()), people, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn all_reports_together_are_those_of_a_world_in_which_no_group_is_smaller_than_k(
        world in world(), k in 3usize..12
    ) {
        let other = without_small_groups(&world, k);
        for size in groups(&other) {
            prop_assert!(size >= k, "the other world has a group of {size}");
        }
        for asked in every_question() {
            let (ours, others) = (report(&world, asked.clone(), k as u64), report(&other, asked, k as u64));
            prop_assert_eq!(printed(&ours), printed(&others));
        }
    }
}

proptest! {
    #[test]
    fn whoever_subtracts_two_reports_finds_no_group_smaller_than_k(
        world in world(), k in 3u64..12, (one, other) in (0..18usize, 0..18usize)
    ) {
        let questions = every_question();
        let (one, other) = (&questions[one], &questions[other]);
        let found = smallest_difference(&report(&world, one.clone(), k), &report(&world, other.clone(), k));
        prop_assert!(found.is_none_or(|difference| difference >= k), "{found:?}");
    }

    #[test]
    fn one_person_more_moves_each_number_by_nothing_or_by_k(
        world in world(), k in 3u64..12, person in "[a-f][a-g]"
    ) {
        let mut later = world.clone();
        later.entry((0, 0)).or_default().entry(person).or_default().insert(1);
        let asked = &every_question()[0];
        let (before, after) = (report(&world, asked.clone(), k), report(&later, asked.clone(), k));
        let (before, after) = (numbers(&before), numbers(&after));
        for name in before.keys().chain(after.keys()) {
            let number = |numbers: &BTreeMap<String, u64>| numbers.get(name).copied().unwrap_or(0);
            prop_assert!(number(&before).abs_diff(number(&after)) % k == 0, "{name}");
        }
    }
}

/// An exchange that lasts: from which day to which, on which route, of whom, and what they met.
type Lasting = (i64, i64, usize, String, BTreeSet<usize>);

fn lasting() -> impl Strategy<Value = Vec<Lasting>> {
    let figures = proptest::collection::btree_set(0..FIGURES, 0..=FIGURES);
    proptest::collection::vec((0..DAYS, 0..DAYS, 0..ROUTES.len(), "[a-c][a-d]", figures), 0..60)
}

/// The report as it is when only what was over by the end of this day is known.
fn known_by(evening: i64, exchanges: &[Lasting], asked: &Asked, k: u64) -> String {
    let mut gathered = Gathered::default();
    for (begin, lasts, route, person, figures) in exchanges {
        let end = begin + lasts;
        if end <= evening {
            let mut line: serde_json::Value =
                serde_json::from_str(&receipt(*begin, *route, person, figures)).unwrap();
            if *lasts > 0 {
                line["over"] = json!(format!("{}T00:00:01Z", first_day().saturating_add(end.days())));
            }
            gathered.line(line.to_string().as_bytes(), asked);
        }
    }
    let told = gathered.told(k);
    let report = Report { k, opt_in: Vec::new(), told, unread: gathered.unread, asked: asked.clone() };
    report.json().to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_day_that_is_over_and_was_told_of_never_changes_whatever_goes_on_over_night(
        exchanges in lasting(), k in 3u64..6
    ) {
        for asked in every_question() {
            let last = i64::from((asked.to - first_day()).get_days());
            let then = known_by(last, &exchanges, &asked, k);
            prop_assert_eq!(&then, &known_by(last + 1, &exchanges, &asked, k));
            prop_assert_eq!(&then, &known_by(2 * DAYS, &exchanges, &asked, k));
        }
    }
}

#[test]
fn the_reader_who_subtracts_would_find_somebody_were_nothing_held_back() {
    let person = |n: usize| (format!("p{n}"), (0..FIGURES).filter(|figure| n > *figure).collect());
    let world: World = [((0, 0), (0..30).map(person).collect())].into_iter().collect();
    let asked = every_question()[0].clone();
    let (open, closed) = (report(&world, asked.clone(), 1), report(&world, asked, 10));
    assert_eq!(smallest_difference(&open, &open), Some(1));
    assert_eq!(smallest_difference(&closed, &closed), Some(30));
}

#[test]
fn exchanges_of_one_person_are_no_group() {
    let asked = every_question()[0].clone();
    let mut gathered = Gathered::default();
    for _ in 0..100 {
        gathered.line(receipt(0, 0, "ada", &[0].into()).as_bytes(), &asked);
    }
    assert_eq!(gathered.told(3), []);
}

#[test]
fn what_can_not_be_read_is_counted_and_the_rest_is_read() {
    let asked = every_question()[0].clone();
    let mut text = String::new();
    for n in 0..5 {
        text.push_str(&receipt(0, 0, &format!("p{n}"), &[0].into()));
        text.push_str("\n\nhalf a {\"time\":\n");
    }
    text.push_str("[]\n{\"time\":\"2026-11-01T00:00:00Z\"}\n\u{0}");
    let mut bytes = text.into_bytes();
    bytes.extend([b'\n', 0xff]);
    let mut gathered = Gathered::default();
    gathered.file(&bytes[..], &asked).unwrap();
    assert_eq!(gathered.unread, Unread { damaged: 9, crowded_out: 0 });
    assert_eq!(gathered.unread.words().unwrap(), "9 lines could not be read as receipts");
    assert_eq!(gathered.told(5)[0].people, 5);
}

#[test]
fn every_shape_of_receipt_comes_to_its_figures_in_words_json_and_csv() {
    let asked = every_question()[0].clone();
    let mut gathered = Gathered::default();
    for n in 0..8 {
        let common = json!({
            "time": "2026-11-01T10:00:00Z", "route": "chat", "subject": {"reference": format!("p{n}")},
            "purposes": [{"purpose": "news", "allowed": n > 3, "because": "granted"}],
        });
        let late = json!({"data": "late", "place": "$", "action": "hash", "count": 1});
        let early = json!({"data": "early", "place": "$", "action": "hash", "count": 1});
        let forwarded = json!({
            "to_bot": [{"data": "mail", "place": "$.m", "action": if n > 2 { "passed" } else { "drop" }, "count": 7}],
            "to_person": [{"data": "mail", "place": "$.m", "action": "redact", "count": 1}],
            "messages": {
                "to_bot": {"count": 1, "passed": [{"data": "text", "place": "$", "action": "passed", "count": 1}]},
                "to_person": {"count": 0, "passed": []},
                "withheld": [{"number": 1, "direction": "to_person", "time": "2026-11-01T10:00:00Z",
                    "acts": [{"data": "=text", "place": "$", "action": "mask", "count": 1}]}],
                "further": if n % 2 == 0 { json!({"count": 1, "acts": [late]}) } else {
                    json!([{"direction": "to_bot", "count": 1, "acts": [late]}, {"direction": "to_person", "count": 1, "acts": [early]}])
                },
                "refused": {"number": 2, "direction": "to_bot", "problem": "unreadable"},
            },
            "outcome": {"forwarded": {"status": 101}},
        });
        let refused = json!({
            "to_bot": [{"data": "never", "place": "$", "action": "passed", "count": 1}],
            "outcome": {"refused": {"problem": "consent-missing", "status": 403}},
        });
        for more in [forwarded, refused, json!({"outcome": "undecided"})] {
            let mut line = common.clone();
            line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            gathered.line(line.to_string().as_bytes(), &asked);
        }
    }
    assert_eq!(gathered.unread, Unread::default());
    let group = |people, nearly_all| groups::Group { people, nearly_all };
    let opt_in =
        |purpose: &str, yes| OptIn { group: "shop".into(), purpose: purpose.into(), decided: 6, yes };
    let opt_in = vec![
        opt_in("news", Some(group(3, false))),
        opt_in("ads", None),
        opt_in("help", Some(group(6, true))),
    ];
    let report = Report { k: 3, opt_in, told: gathered.told(3), unread: gathered.unread, asked };
    insta::assert_snapshot!(printed(&report).join("\n----\n"));
}

#[test]
fn days_that_are_not_over_or_too_many_are_refused_with_advice() {
    let asked_at = |now: &str, from: Option<&str>, to: Option<&str>| {
        let day = |day: Option<&str>| day.map(|day| day.parse().unwrap());
        match days(day(from), day(to), now.parse().unwrap()) {
            Ok((from, to)) => format!("{from} to {to}"),
            Err(fault) => fault.to_string(),
        }
    };
    let asked = |from, to| asked_at("2026-11-22T00:05:00Z", from, to);
    let said = [
        asked_at("2026-11-22T00:04:59Z", None, None),
        asked(None, None),
        asked(None, Some("2026-10-30")),
        asked(None, Some("2026-11-22")),
        asked(Some("2026-11-21"), Some("2026-11-20")),
        asked(Some("2020-11-21"), Some("2026-11-20")),
    ];
    insta::assert_snapshot!(said.join("\n"));
}
