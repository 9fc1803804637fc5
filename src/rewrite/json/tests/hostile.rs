//! Bodies made to hurt: broken off, broken, and full.

use super::{examples::one, *};
use crate::json::tests::texts;

fn verdict(plan: &Plan) -> Verdict {
    plan.verdict(&Consent::default(), &Signals::default(), jiff::Timestamp::UNIX_EPOCH, false)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(500)))]

    /// Rewriters leave their memory to the next one on the thread: nothing of a body may be left in it.
    #[test]
    fn no_body_leaves_a_trace_in_the_next(rules in rules(actions()), undeclared in undeclared(), before in texts(), upto: prop::sample::Index, value in documents(), style in 0..3u8) {
        let plan = plan(&rules, undeclared);
        let body = written(&value, style);
        let fresh = std::thread::scope(|scope| scope.spawn(|| rewrite(&plan, &[body.as_bytes()])).join().unwrap());
        let (verdict, key, mut account) = (verdict(&plan), key(), Account::default());
        let rules = Rules { plan: &plan, verdict: &verdict, key: &key, max_depth: 3, outside: Outside::NOBODY };
        let _ = JsonRewriter::new(&rules, None, &mut account).whole(&before);
        let mut broken_off = JsonRewriter::new(&rules, None, &mut account);
        let _ = broken_off.push(&before[..upto.index(before.len() + 1)]);
        let _ = broken_off.finish();
        prop_assert_eq!(rewrite(&plan, &[body.as_bytes()]), fresh);
    }
}

#[test]
fn an_account_stays_small_however_many_places_there_are() {
    let plan = one("$..*", Action::Redact(None));
    let body: Vec<String> =
        (0..5_000).map(|n| format!(r#"{{"n{n}":[{}]}}"#, "[7],".repeat(n % 40) + "7")).collect();
    let (out, _, lines) = rewrite(&plan, &[format!("[{}]", body.join(",")).as_bytes()]);
    assert_eq!(out.len(), 1 + 5_000 * 5);
    assert_eq!(lines, ["d0 $[*] redact 5000"]);
    let deep = one("$..a", Action::Drop);
    let body: String = (0..3_000).fold(String::from("[0"), |body, n| {
        body + "," + &"[".repeat(n % 60) + r#"{"a":1}"# + &"]".repeat(n % 60)
    });
    let (_, _, lines) = rewrite(&deep, &[format!("{body}]").as_bytes()]);
    assert_eq!(lines.len(), 60);
}

#[test]
fn replacements_do_not_add_up_to_more_than_there_was_and_one_for_each_place() {
    let plan = one("$..a", Action::Drop);
    for members in [10, 1_000, 30_000] {
        let body = format!("[{}]", vec![r#"{"b":0,"a":[1,2]}"#; members].join(","));
        let (out, _, lines) = rewrite(&plan, &[body.as_bytes()]);
        assert_eq!(out, format!("[{}]", vec![r#"{"b":0}"#; members].join(",")).into_bytes());
        assert_eq!(lines, [format!("d0 $[*].a drop {members}")]);
    }
}
