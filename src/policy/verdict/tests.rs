use super::*;
use crate::{complaint::Source, policy::Policy, signal::ConsentToken};

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
        via: None,
        of: None,
    }
}

fn why(purpose: &str, newest: Option<Decision>, gpc: bool, restricted: bool) -> (bool, &'static str) {
    let plan = Plan::new(Policy::parse(Source::new("p.yaml", POLICY)).unwrap());
    let decisions = newest.into_iter().map(|decision| (purpose.to_owned(), decision)).collect();
    let consent = Consent { decisions, restricted, ..Consent::default() };
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let mut signals = Signals::default();
    if gpc {
        signals.hear_gpc(b"1");
    }
    let verdict = plan.verdict(&consent, &signals, now, false);
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
    let verdict = plan.verdict(&consent, &Signals::default(), now, false);
    assert_eq!(verdict.until, Some("2026-11-30T12:00:00Z".parse().unwrap()));
}

#[test]
fn reporting_tolerates_a_missing_yes_and_no_recorded_no() {
    let plan = Plan::new(Policy::parse(Source::new("p.yaml", POLICY)).unwrap());
    let entry = Entry { name: "d".into(), serves: crate::policy::Serves::Any(1), otherwise: Action::Drop };
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let mut consent = Consent::default();
    let effect = |consent: &Consent, report| {
        let verdict = plan.verdict(consent, &Signals::default(), now, report);
        format!("{:?}", verdict.effect(&entry))
    };
    assert_eq!(effect(&consent, false), "Act(Drop)");
    assert_eq!(effect(&consent, true), "WouldAct(Drop)");
    consent.decisions.insert("ask".into(), decision(DecisionKind::Withdraw, None, "2026-11-20T12:00:00Z"));
    assert_eq!(effect(&consent, true), "Act(Drop)");
}

/// A string with consent to purposes 1 to 3, and one with consent to nothing: examples of the specifications.
const CONSENTS: &[u8] = b"COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA";
const NOTHING: &[u8] = b"CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA";

fn heard(tcf: &[&[u8]], gpp: &[&[u8]]) -> Signals {
    let mut signals = Signals::default();
    tcf.iter().for_each(|text| signals.hear_tcf(text));
    gpp.iter().for_each(|text| signals.hear_gpp(text));
    signals
}

#[test]
fn a_string_narrows_the_purposes_that_ask_for_it_and_no_others() {
    let text = "
policy: p
version: 1
undeclared: forward
purposes:
  ask: {title: A, basis: consent, objections: [{tcf: 3}]}
  task: {title: T, basis: public-task, objections: [{tcf: 2}, {gpp: SaleOptOut}]}
  ads: {title: I, basis: legitimate-interests, objections: {tcf: 4, gpp: TargetedAdvertisingOptOut}}
  law: {title: L, basis: legal-obligation}
  free: {title: F, basis: legitimate-interests}
data: {}
";
    let plan = Plan::new(Policy::parse(Source::new("p.yaml", text)).unwrap());
    let yes = [("ask".to_owned(), decision(DecisionKind::Grant, None, "2026-11-20T12:00:00Z"))];
    let consent = Consent { decisions: yes.into_iter().collect(), ..Consent::default() };
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let (sold, targeted): (&[u8], &[u8]) =
        (b"DBACNY~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YYN", b"DBABRg~BVVVVWY");
    for (signals, allowed) in [
        (heard(&[], &[]), "ask task ads"),
        (heard(&[CONSENTS], &[]), "ask task"),
        (heard(&[NOTHING], &[]), ""),
        (heard(&[CONSENTS, NOTHING], &[]), ""),
        (heard(&[b"what?"], &[]), ""),
        (heard(&[], &[b"DBABBg~BVqqqqpY"]), "ask task ads"),
        (heard(&[], &[b"DBABBg~BVVVVVVY"]), "ask ads"),
        (heard(&[], &[targeted]), "ask"),
        (heard(&[CONSENTS], &[sold]), ""),
        (heard(&[], &[b"what?"]), ""),
    ] {
        let verdict = plan.verdict(&consent, &signals, now, false);
        let states = plan.policy.purposes.iter().zip(&verdict.states);
        let names = states.filter(|(_, state)| state.allowed).map(|(purpose, _)| &*purpose.name);
        let expected = format!("{allowed} law free").trim().to_owned();
        assert_eq!(names.collect::<Vec<_>>().join(" "), expected, "{signals:?}");
        let report = plan.verdict(&Consent::default(), &signals, now, true);
        let entry = Entry { name: "d".into(), serves: Serves::Any(1), otherwise: Action::Drop };
        let tolerated = matches!(report.effect(&entry), Effect::WouldAct(_));
        assert_eq!(tolerated, allowed.contains("ask"), "an objection is a no, not a missing yes");
    }
}

/// A token that says yes to `ask` under its notice.
fn token(issued: &str, until: &str) -> ConsentToken {
    ConsentToken {
        grants: vec!["ask".to_owned(), "interest".to_owned(), "contract".to_owned()],
        denies: Vec::new(),
        notice: Some("n2".to_owned()),
        issued: issued.parse().unwrap(),
        until: until.parse().unwrap(),
    }
}

#[test]
fn a_token_says_yes_only_where_nothing_was_decided_since_it_was_issued() {
    use DecisionKind::{Deny, Grant, Object, Withdraw};
    const LATER: &str = "2026-12-01T00:00:00Z";
    let plan = Plan::new(Policy::parse(Source::new("p.yaml", POLICY)).unwrap());
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let good = || token("2026-11-20T12:00:00Z", LATER);
    let without = |change: fn(&mut ConsentToken)| {
        let mut token = good();
        change(&mut token);
        token
    };
    let decided = |kind, at| Some(decision(kind, Some("n1"), at));
    const BEFORE: &str = "2026-11-20T11:59:59Z";
    const SAME: &str = "2026-11-20T12:00:00Z";
    const AFTER: &str = "2026-11-20T12:00:01Z";
    let table = [
        (good(), None, None, "granted by a consent token"),
        (good(), decided(Deny, BEFORE), None, "granted by a consent token"),
        (good(), decided(Deny, SAME), None, "denied"),
        (good(), decided(Deny, AFTER), None, "denied"),
        (good(), decided(Withdraw, BEFORE), None, "granted by a consent token"),
        (good(), decided(Withdraw, AFTER), None, "withdrawn"),
        (good(), decided(Object, AFTER), None, "objected"),
        (good(), decided(Grant, AFTER), None, "granted under another notice"),
        (good(), None, Some(BEFORE), "granted by a consent token"),
        (good(), None, Some(SAME), "no decision yet"),
        (good(), None, Some(AFTER), "no decision yet"),
        (token(SAME, "2026-11-21T12:00:00Z"), None, None, "no decision yet"),
        (token("2026-11-11T12:00:00Z", LATER), None, None, "no decision yet"),
        (token("2026-11-11T12:00:01Z", LATER), None, None, "granted by a consent token"),
        (without(|token| token.notice = None), None, None, "no decision yet"),
        (without(|token| token.notice = Some("n1".to_owned())), None, None, "no decision yet"),
        (without(|token| token.grants = vec!["asked".to_owned()]), None, None, "no decision yet"),
        (
            without(|token| token.denies = vec!["ask".to_owned()]),
            None,
            None,
            "the request carries an objection",
        ),
        (good().without_grants(), None, None, "no decision yet"),
    ];
    for (token, newest, moved, because) in table {
        let case = format!("{token:?} {newest:?} {moved:?}");
        let consent = Consent {
            decisions: newest.into_iter().map(|decision| ("ask".to_owned(), decision)).collect(),
            restriction_moved: moved.map(|at| at.parse().unwrap()),
            ..Consent::default()
        };
        let signals = Signals::default().with_token(Some(token));
        let verdict = plan.verdict(&consent, &signals, now, false);
        assert_eq!(verdict.states[0].why.words(), because, "{case}");
    }
    let restricted = Consent { restricted: true, ..Consent::default() };
    let signals = Signals::default().with_token(Some(good()));
    assert_eq!(plan.verdict(&restricted, &signals, now, false).states[0].why, Why::Restricted);
}

#[test]
fn a_token_does_not_override_the_no_of_an_outside_service() {
    let plan = Plan::new(Policy::parse(Source::new("p.yaml", POLICY)).unwrap());
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let old_no = decision(DecisionKind::Deny, None, "2026-11-01T00:00:00Z");
    let signals = Signals::default().with_token(Some(token("2026-11-20T12:00:00Z", "2026-12-01T00:00:00Z")));
    let mut consent = Consent { decisions: [("ask".to_owned(), old_no)].into(), ..Consent::default() };
    assert!(plan.verdict(&consent, &signals, now, false).states[0].allowed, "here it is newer");
    consent.vetoed.insert("ask".to_owned());
    assert_eq!(plan.verdict(&consent, &signals, now, false).states[0].why, Why::Denied);
}

#[test]
fn a_tokens_yes_ends_with_the_token_or_with_what_the_policy_allows_it_whichever_comes_first() {
    let plan = Plan::new(Policy::parse(Source::new("p.yaml", POLICY)).unwrap());
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    for (until, expected) in
        [("2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z"), ("2027-01-01T00:00:00Z", "2026-11-30T12:00:00Z")]
    {
        let signals = Signals::default().with_token(Some(token("2026-11-20T12:00:00Z", until)));
        let verdict = plan.verdict(&Consent::default(), &signals, now, false);
        assert_eq!(verdict.until, Some(expected.parse().unwrap()));
    }
}

#[test]
fn a_token_denies_whatever_yields_and_nothing_else() {
    let plan = Plan::new(Policy::parse(Source::new("p.yaml", POLICY)).unwrap());
    let names = ["plain", "contract", "law", "life", "task", "interest"];
    let denies = names.map(str::to_owned).to_vec();
    let denying = ConsentToken { denies, ..token("2001-01-01T00:00:00Z", "2001-01-02T00:00:00Z") };
    let yes = decision(DecisionKind::Grant, None, "2026-11-20T12:00:00Z");
    let decisions = ["plain", "interest"].map(|name| (name.to_owned(), yes.clone()));
    let consent = Consent { decisions: decisions.into_iter().collect(), ..Consent::default() };
    let signals = Signals::default().with_token(Some(denying));
    let verdict = plan.verdict(&consent, &signals, "2026-11-21T12:00:00Z".parse().unwrap(), false);
    let allowed: Vec<_> = verdict.states.iter().map(|state| state.allowed).collect();
    assert_eq!(allowed, [false, false, true, true, true, false, false]);
}
