use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::{
    complaint::Source,
    consent::Consent,
    detect::Kind,
    policy::{Entity, Plan, Policy, Verdict},
    pseudonym::{self, Pseudonyms, Style},
    rewrite::{
        Rules,
        account::Account,
        leaf::Keys,
        message::{self, Part},
        plain::PlainText,
    },
    signal::Signals,
};

const POLICY: &str = "
policy: p
version: 1
undeclared: forward
purposes: {no: {title: N, basis: consent}, yes: {title: Y, basis: contract}}
data:
  names: {IN: {in_text: person-name}, for: no, otherwise: redact}
  mail: {IN: {in_text: email}, for: no, otherwise: drop}
  links: {IN: {in_text: url}, for: yes}
";

/// Finds these words, wherever they stand.
const WORDS: [(&str, &str); 3] =
    [("umbrella", "PERSON"), ("umbrella@mail.example", "MAIL"), ("qwib", "LINK")];

struct Scene {
    plan: Plan,
    verdict: Verdict,
    key: Keys,
    answers: Answers,
}

impl Scene {
    fn of(policy: &str, report: bool) -> Self {
        let policy = policy.replace("IN: {in_text: ", "to_person: {in_text: ");
        let policy = Policy::parse(Source::new("p.yaml", policy));
        let policy = Arc::new(policy.unwrap_or_else(|wrong| panic!("{}", wrong.show(false))));
        let mut plan = Plan::to_person(&policy, None);
        let entity = |name: &str, kind: Kind| Entity { name: name.into(), kinds: kind.into() };
        let entities =
            vec![entity("PERSON", Kind::PersonName), entity("MAIL", Kind::Email), entity("LINK", Kind::Url)];
        plan.texts.asked = vec![Arc::new(Inquiry { detector: "words".into(), entities })];
        let verdict = plan.verdict(&Consent::default(), &Signals::default(), Timestamp::UNIX_EPOCH, report);
        let pseudonyms = Pseudonyms::of_nobody("p").unwrap();
        let key = Keys::new(&[0; 32]).with_pseudonyms(pseudonyms, &Arc::default());
        Self { plan, verdict, key, answers: Answers::new(1_000) }
    }

    fn new() -> Self {
        Self::of(POLICY, false)
    }

    /// Tries, asks and tries again; with the texts that were asked about.
    fn made<T>(
        &mut self,
        answer: impl Fn(&Question) -> Answer,
        make: impl Fn(&Rules<'_>, &mut Account) -> Result<T, Refusal>,
    ) -> Result<(T, Account, Vec<String>), Refusal> {
        let mut asked = Vec::new();
        for _ in 0..5 {
            let mut account = Account::default();
            let tried = self.answers.tried(|outside| {
                let Self { plan, verdict, key, .. } = &*self;
                make(&Rules { plan, verdict, key, max_depth: 64, outside }, &mut account)
            })?;
            match tried {
                Tried::Made(made) => return Ok((made, account, asked)),
                Tried::Asks(questions) => {
                    for question in questions {
                        asked.push(question.text.to_string());
                        let answer = answer(&question);
                        self.answers.learn(question, answer);
                    }
                }
            }
        }
        panic!("it is never done")
    }

    fn body(&mut self, body: &str) -> (String, Vec<String>) {
        let parts = [Part::Json(body.to_owned().into())];
        let (made, _, asked) = self
            .made(words, |rules, account| {
                message::message(&parts, rules, &[], account).map(message::RewrittenMessage::into_bytes)
            })
            .unwrap();
        (String::from_utf8(made.to_vec()).unwrap(), asked)
    }
}

fn words(question: &Question) -> Answer {
    let place = |name: &str| question.inquiry.entities.iter().position(|entity| &*entity.name == name);
    let found = WORDS.iter().flat_map(|(word, name)| {
        let entity = place(name).unwrap();
        question
            .text
            .match_indices(word)
            .map(move |(at, _)| Found { at: at..at + word.len(), what: Told { entity, percent: 85 } })
    });
    Answer::Found(found.collect())
}

#[test]
fn what_is_found_outside_is_withheld_like_anything_else() {
    let (made, asked) = Scene::new()
        .body(r#"{"a": "\ud83d\ude42 umbrella\u0020was", "b": ["here", " ", ""], "c": 7, "umbrella": true}"#);
    assert_eq!(
        made,
        r#"{"a": "\ud83d\ude42 [person-name]\u0020was", "b": ["here", " ", ""], "c": 7, "umbrella": true}"#
    );
    assert_eq!(asked, ["🙂 umbrella was", "here"], "each text, and no empty one");
    let (made, asked) = Scene::new().body(r#"["umbrella", "umbrella"]"#);
    assert_eq!((made.as_str(), asked.len()), (r#"["[person-name]", "[person-name]"]"#, 1), "each text once");
}

#[test]
fn findings_of_both_that_overlap_are_one_under_the_strictest_action() {
    let (made, _) = Scene::new().body(r#"["to umbrella@mail.example, umbrella, and x@mail.example!"]"#);
    assert_eq!(made, r#"["to , [person-name], and !"]"#);
    let overlapping = |question: &Question| {
        let at = question.text.find("Dear").unwrap()..question.text.find("@mail").unwrap();
        Answer::Found(vec![Found { at, what: Told { entity: 0, percent: 85 } }])
    };
    let parts = [Part::Json(r#"["so, Dear x@mail.example, hello"]"#.into())];
    let make = |rules: &Rules<'_>, account: &mut Account| {
        message::message(&parts, rules, &[], account).map(message::RewrittenMessage::into_bytes)
    };
    let (made, ..) = Scene::new().made(overlapping, make).unwrap();
    assert_eq!(made, r#"["so, , hello"]"#, "drop is stricter than redact, and all of it goes");
}

#[test]
fn nobody_is_asked_for_what_passes() {
    let (made, _) = Scene::new().body(r#"["qwib and umbrella"]"#);
    assert_eq!(made, r#"["qwib and [person-name]"]"#, "links may pass");
    let mut scene = Scene::of(&POLICY.replace("for: no", "for: yes"), false);
    assert_eq!(scene.body(r#"["qwib and umbrella"]"#), (r#"["qwib and umbrella"]"#.to_owned(), vec![]));
}

#[test]
fn a_message_that_is_refused_anyway_is_shown_to_nobody() {
    let policy = POLICY.replace("otherwise: drop", "otherwise: refuse");
    let parts = [Part::Json(r#"["umbrella", "x@mail.example"]"#.into())];
    let make = |rules: &Rules<'_>, account: &mut Account| {
        message::message(&parts, rules, &[], account).map(message::RewrittenMessage::into_bytes)
    };
    let refused = Scene::of(&policy, false).made(|_| panic!("asked"), make);
    assert!(matches!(refused, Err(Refusal::ConsentMissing { .. })));
}

#[test]
fn where_the_operator_does_without_an_answer_the_account_says_so() {
    let nothing = |_: &Question| Answer::Nothing { chosen: true };
    let parts = [Part::Json(r#"["umbrella, x@mail.example"]"#.into())];
    let make = |rules: &Rules<'_>, account: &mut Account| {
        message::message(&parts, rules, &[], account).map(message::RewrittenMessage::into_bytes)
    };
    let mut scene = Scene::new();
    let (made, account, _) = scene.made(nothing, make).unwrap();
    assert_eq!(made, r#"["umbrella, "]"#, "our own detectors look all the same");
    let lines: Vec<String> = account
        .lines(&scene.plan)
        .into_iter()
        .map(|line| format!("{} {} {}", line.data, line.place, line.deed))
        .collect();
    assert_eq!(lines, ["mail $[*] drop", "mail $[*] unanswered", "names $[*] unanswered"]);
}

#[test]
fn what_was_done_without_since_it_was_only_recorded_is_asked_for_when_it_matters() {
    let nothing = |_: &Question| Answer::Nothing { chosen: false };
    let parts = [Part::Json(r#"["umbrella"]"#.into())];
    let make = |rules: &Rules<'_>, account: &mut Account| {
        message::message(&parts, rules, &[], account).map(message::RewrittenMessage::into_bytes)
    };
    let mut scene = Scene::of(POLICY, true);
    let question = |question: &Question| {
        assert!(!question.must, "a route that only reports withholds nothing");
        nothing(question)
    };
    assert_eq!(scene.made(question, make).unwrap().0, r#"["umbrella"]"#);
    let now = Scene::new();
    scene.verdict = now.verdict;
    assert_eq!(scene.made(words, make).unwrap().0, r#"["[person-name]"]"#);
}

#[test]
fn our_own_tokens_are_no_names() {
    let scene = Scene::new();
    let pseudonyms = scene.key.pseudonyms().unwrap().clone();
    let token = pseudonyms.token(Style::Stable, &pseudonym::Kind::of("email"), "ada@example.com").unwrap();
    let foreign = Pseudonyms::of_nobody("p").unwrap();
    let foreign = foreign.token(Style::Stable, &pseudonym::Kind::of("email"), "eve@example.com").unwrap();
    let whole = |question: &Question| {
        let at = 0..question.text.len();
        Answer::Found(vec![Found { at, what: Told { entity: 0, percent: 85 } }])
    };
    for (text, expected) in [
        (token.clone(), "ada@example.com".to_owned()),
        (format!("I am {token} Smith."), "[person-name]ada@example.com[person-name].".to_owned()),
        (foreign, "[person-name]".to_owned()),
    ] {
        let policy = POLICY.replace("data:", "data:\n  told: {in_text: phone, otherwise: pseudonymise}");
        let mut scene = Scene::of(&policy, false);
        scene.key = Keys::new(&[0; 32]).with_pseudonyms(pseudonyms.clone(), &Arc::default());
        let parts = [Part::Json(serde_json::to_string(&[&text]).unwrap().into())];
        let (made, ..) = scene
            .made(whole, |rules, account| {
                message::message(&parts, rules, &[], account).map(message::RewrittenMessage::into_bytes)
            })
            .unwrap();
        let between = expected.replace("[person-name]ada", "[person-name] ada");
        let said = String::from_utf8(made.to_vec()).unwrap();
        let fits = [expected, between.replace("com[", "com [")];
        assert!(fits.iter().any(|fit| said == serde_json::to_string(&[fit]).unwrap()), "{said}");
    }
}

proptest! {
    /// A text that comes in pieces is asked about once, when all of it is there, and becomes what the whole becomes.
    #[test]
    fn a_text_in_pieces_is_held_until_it_is_whole(
        cuts in prop::collection::vec(0..60usize, 0..6),
        text in "(umbrella|umbrella@mail.example|qwib|[a-zé🙂 ]{0,9}){0,4}",
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.sort_unstable();
        let (mut scene, mut made, mut asked, mut from) = (Scene::new(), Vec::new(), Vec::new(), 0);
        let mut said = PlainText::default();
        for cut in cuts.into_iter().chain([text.len()]) {
            let piece = &text.as_bytes()[from..cut];
            from = cut;
            let ((more, next), _, questions) = scene.made(words, |rules, account| {
                let mut next = said.clone();
                Ok((next.push(piece, rules, account)?, next))
            }).unwrap();
            prop_assert!(more.is_empty(), "nothing goes on before the end");
            asked.extend(questions);
            said = next;
        }
        let (rest, _, questions) = scene.made(words, |rules, account| said.clone().finish(rules, account)).unwrap();
        made.extend_from_slice(&rest);
        asked.extend(questions);
        let (whole, _) = Scene::new().body(&serde_json::to_string(&[&text]).unwrap());
        let whole: [String; 1] = serde_json::from_str(&whole).unwrap();
        prop_assert_eq!(String::from_utf8(made).unwrap(), whole[0].clone());
        prop_assert!(asked.len() <= 1 && asked.iter().all(|asked| *asked == text), "{:?}", asked);
    }
}

#[test]
fn a_text_in_pieces_is_held_up_to_a_limit() {
    let mut scene = Scene::new();
    let mut said = PlainText::default();
    let mut push = |piece: String| {
        let pushed = scene.made(words, |rules, account| {
            let mut next = said.clone();
            next.push(piece.as_bytes(), rules, account).map(|_| next)
        });
        pushed.map(|(next, ..)| said = next)
    };
    assert_eq!(push("a".repeat(1_000)), Ok(()));
    assert!(matches!(push("b".to_owned()), Err(Refusal::ReplyUnreadable(_))));
}
