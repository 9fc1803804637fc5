use super::*;
use crate::{complaint::Source, policy::Policy};

const POLICY: &str = "
policy: p
version: 1
undeclared: forward
purposes:
  ask: {title: A, basis: consent, notice: n2, expires: 10d}
  plain: {title: P, basis: consent}
  contract: {title: C, basis: contract}
  law: {title: L, basis: legal-obligation}
  life: {title: V, basis: vital-interests}
  task: {title: T, basis: public-task}
  interest: {title: I, basis: legitimate-interests, objections: [gpc]}
data: {}
";

fn decision(kind: DecisionKind, notice: Option<&str>, at: &str) -> Decision {
    Decision {
        kind,
        purpose: None,
        notice: notice.map(str::to_owned),
        text_digest: None,
        at: at.parse().unwrap(),
        source: "test".into(),
        expires: None,
        jurisdiction: None,
        generation: 1,
    }
}

fn why(purpose: &str, newest: Option<Decision>, gpc: bool, restricted: bool) -> (bool, &'static str) {
    let plan = Plan::new(Policy::parse(Source::new("p.yaml", POLICY)).unwrap());
    let decisions = newest.into_iter().map(|decision| (purpose.to_owned(), decision)).collect();
    let consent = Consent { decisions, restricted, ..Consent::default() };
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let verdict = plan.verdict(&consent, Signals { gpc }, now, false);
    let state = verdict.states[plan.policy.purpose(purpose).unwrap()];
    (state.allowed, state.why.words())
}

#[test]
fn a_purpose_is_allowed_only_for_the_reasons_the_law_knows() {
    use DecisionKind::{Deny, Grant, Object, Withdraw};
    const LATELY: &str = "2026-11-20T12:00:00Z";
    const TEN_DAYS_AGO: &str = "2026-11-11T12:00:00Z";
    let yes = || Some(decision(Grant, Some("n2"), LATELY));
    let table = [
        ("ask", None, false, false, false, "no decision yet"),
        ("ask", yes(), false, false, true, "granted"),
        (
            "ask",
            Some(decision(Grant, Some("n1"), LATELY)),
            false,
            false,
            false,
            "granted under another notice",
        ),
        ("ask", Some(decision(Grant, None, LATELY)), false, false, false, "granted under another notice"),
        ("ask", Some(decision(Grant, Some("n2"), TEN_DAYS_AGO)), false, false, false, "the grant expired"),
        ("ask", Some(decision(Deny, None, LATELY)), false, false, false, "denied"),
        ("ask", Some(decision(Withdraw, None, LATELY)), false, false, false, "withdrawn"),
        ("ask", Some(decision(Object, None, LATELY)), false, false, false, "objected"),
        ("ask", yes(), false, true, false, "processing is restricted"),
        ("plain", Some(decision(Grant, None, "2001-01-01T00:00:00Z")), false, false, true, "granted"),
        ("contract", None, true, false, true, "the basis needs no consent"),
        ("contract", None, false, true, false, "processing is restricted"),
        ("law", None, true, true, true, "the basis needs no consent"),
        ("life", None, true, true, true, "the basis needs no consent"),
        ("task", None, true, false, true, "nobody objected"),
        ("task", Some(decision(Object, None, LATELY)), false, false, false, "objected"),
        ("interest", None, false, false, true, "nobody objected"),
        ("interest", None, true, false, false, "the request carries an objection"),
        ("interest", Some(decision(Withdraw, None, LATELY)), false, false, false, "withdrawn"),
        ("interest", Some(decision(Deny, None, LATELY)), false, false, false, "denied"),
        ("interest", Some(decision(Grant, None, LATELY)), false, false, true, "nobody objected"),
        (
            "interest",
            Some(decision(Grant, None, LATELY)),
            true,
            false,
            false,
            "the request carries an objection",
        ),
        ("interest", None, false, true, false, "processing is restricted"),
    ];
    for (purpose, newest, gpc, restricted, allowed, because) in table {
        let case = format!("{purpose} {newest:?} gpc={gpc} restricted={restricted}");
        assert_eq!(why(purpose, newest, gpc, restricted), (allowed, because), "{case}");
    }
}

#[test]
fn a_verdict_knows_when_the_first_yes_it_rests_on_expires() {
    let plan = Plan::new(Policy::parse(Source::new("p.yaml", POLICY)).unwrap());
    let granted = decision(DecisionKind::Grant, Some("n2"), "2026-11-20T12:00:00Z");
    let decisions = [("ask".to_owned(), granted)].into_iter().collect();
    let consent = Consent { decisions, ..Consent::default() };
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let verdict = plan.verdict(&consent, Signals::default(), now, false);
    assert_eq!(verdict.until, Some("2026-11-30T12:00:00Z".parse().unwrap()));
}

#[test]
fn reporting_tolerates_a_missing_yes_and_no_recorded_no() {
    let plan = Plan::new(Policy::parse(Source::new("p.yaml", POLICY)).unwrap());
    let entry = Entry { name: "d".into(), serves: crate::policy::Serves::Any(1), otherwise: Action::Drop };
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let mut consent = Consent::default();
    let effect = |consent: &Consent, report| {
        let verdict = plan.verdict(consent, Signals::default(), now, report);
        format!("{:?}", verdict.effect(&entry))
    };
    assert_eq!(effect(&consent, false), "Act(Drop)");
    assert_eq!(effect(&consent, true), "WouldAct(Drop)");
    consent.decisions.insert("ask".into(), decision(DecisionKind::Withdraw, None, "2026-11-20T12:00:00Z"));
    assert_eq!(effect(&consent, true), "Act(Drop)");
}
