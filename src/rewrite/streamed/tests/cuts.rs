//! Random policies over random streams: whatever is cut where, the same comes out, tokens come back and nothing leaks.

use std::{collections::BTreeMap, ops::Range};

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

const KINDS: [(&str, &str); 4] = [
    ("email", "bob@evil.test"),
    ("phone", "(212) 555-0143"),
    ("payment-card", "4111-1111-1111-1111"),
    ("us-ssn", "914-27-6083"),
];

/// A stretch of what the bot says.
#[derive(Clone, Debug)]
enum Said {
    Words(&'static str),
    /// A value of this kind that the person never told it.
    Found(usize),
    /// A token of the person's.
    Token,
}

/// A policy, and the texts of two answers, each in pieces.
#[derive(Clone, Debug)]
struct Case {
    /// The kinds that are sought, and what becomes of them.
    entries: Vec<(Vec<usize>, &'static str)>,
    answers: [Vec<Said>; 2],
    /// Where the texts are cut, in letters.
    pieces: [Vec<usize>; 2],
    line_end: &'static str,
}

fn cases() -> impl Strategy<Value = Case> {
    let kinds = vec(0..KINDS.len(), 1..4);
    let action = select(vec!["drop", "redact", "hash", "{redact: '[x]'}"]);
    let said = prop_oneof![
        4 => select(vec!["hello", "a@", "@b.test", "é😀", "555", "4111-", "psn-", "x.y", "\\\"", "\n"]).prop_map(Said::Words),
        2 => (0..KINDS.len()).prop_map(Said::Found),
        2 => Just(Said::Token),
    ];
    let answer = || vec(said.clone(), 1..5);
    let pieces = || vec(1usize..20, 0..6);
    let line_end = select(vec!["\n", "\r\n", "\r"]);
    (vec((kinds, action), 1..3), [answer(), answer()], [pieces(), pieces()], line_end)
        .prop_map(|(entries, answers, pieces, line_end)| Case { entries, answers, pieces, line_end })
}

impl Case {
    fn stage(&self) -> Stage {
        let mut policy = String::from(
            "policy: p\nversion: 1\nundeclared: forward\npurposes: {no: {title: N, basis: consent}}\ndata:\n\
             \x20 contact: {in_text: email, for: no, otherwise: pseudonymise}\n",
        );
        for (number, (kinds, action)) in self.entries.iter().enumerate() {
            let mut names: Vec<&str> = kinds.iter().map(|kind| KINDS[*kind].0).collect();
            names.sort_unstable();
            names.dedup();
            let names = names.join(", ");
            policy += &format!(
                "  e{number}: {{to_person: {{at: '$.choices[*].secret', in_text: [{names}]}}, for: no, otherwise: {action}}}\n"
            );
        }
        stage_of("openai-chat", &policy)
    }

    fn text(&self, answer: usize, token: &str) -> String {
        let said = self.answers[answer].iter().map(|said| match said {
            Said::Words(words) => words,
            Said::Found(kind) => KINDS[*kind].1,
            Said::Token => token,
        });
        said.collect::<Vec<_>>().join(" ")
    }

    /// The stream: the pieces of both answers by turns, with what stands between events.
    fn stream(&self, token: &str, cut: bool) -> String {
        let mut turns = Vec::new();
        for answer in 0..2 {
            let text: Vec<char> = self.text(answer, token).chars().collect();
            let lengths: &[usize] = if cut { &self.pieces[answer] } else { &[] };
            let mut from = 0;
            let ends: Vec<usize> = lengths
                .iter()
                .map(|length| {
                    from += length;
                    from.min(text.len())
                })
                .collect();
            let mut at = 0;
            for (turn, end) in ends.into_iter().chain([text.len()]).enumerate() {
                turns.push((turn, answer, text[at..end].iter().collect::<String>()));
                at = end;
            }
        }
        turns.sort_by_key(|(turn, answer, _)| (*turn, *answer));
        let mut all = String::from(": begins\n");
        for (turn, answer, piece) in turns {
            let event = json!({"choices": [{"index": answer, "delta": {"content": piece}, "secret": "s"}], "n": turn});
            all += &format!("id: {turn}\ndata: {event}\n\n");
        }
        all += "data: [DONE]\n\n";
        all.replace('\n', self.line_end)
    }
}

/// The texts of both answers, as a client puts them together.
fn answers(stream: &str) -> BTreeMap<u64, String> {
    let mut texts = BTreeMap::new();
    let lines = stream.split(['\n', '\r']).filter_map(|line| line.strip_prefix("data: "));
    for event in lines.filter_map(|data| serde_json::from_str::<Value>(data).ok()) {
        let choice = &event["choices"][0];
        let text: &mut String = texts.entry(choice["index"].as_u64().unwrap_or_default()).or_default();
        *text += choice["delta"]["content"].as_str().unwrap_or_default();
    }
    texts
}

fn cut(body: &str, cuts: &[usize]) -> Vec<Range<usize>> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (body.len() + 1)).collect();
    ends.sort_unstable();
    ends.push(body.len());
    let mut from = 0;
    ends.into_iter().map(|end| std::mem::replace(&mut from, end)..end).collect()
}

fn passed(stage: &Stage, body: &str, cuts: &[usize]) -> String {
    let pieces: Vec<&[u8]> = cut(body, cuts).into_iter().map(|at| &body.as_bytes()[at]).collect();
    stage.passed(&pieces)
}

proptest! {
    #[test]
    fn under_any_policy_a_stream_says_what_its_texts_would_have_become_in_one_piece(
        case in cases(),
        cuts in vec(0usize..10_000, 0..8),
    ) {
        let stage = case.stage();
        let token = stage.token("ada@example.com");
        let body = case.stream(&token, true);
        let whole = stage.passed(&[body.as_bytes()]);
        prop_assert_eq!(&passed(&stage, &body, &cuts), &whole);
        let heard = answers(&whole);
        prop_assert_eq!(&heard, &answers(&stage.passed(&[case.stream(&token, false).as_bytes()])));
        for (answer, said) in case.answers.iter().enumerate() {
            let text = &heard[&(answer as u64)];
            let tokens = said.iter().filter(|said| matches!(said, Said::Token)).count();
            prop_assert_eq!(text.matches("ada@example.com").count(), tokens, "every token comes back: {}", text);
            for (kind, (_, value)) in KINDS.iter().enumerate() {
                let sought = case.entries.iter().any(|(kinds, _)| kinds.contains(&kind));
                prop_assert!(!sought || !text.contains(value), "{} is withheld from {}", value, text);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn under_any_policy_no_cut_of_a_stream_in_two_makes_a_difference(case in cases()) {
        let stage = case.stage();
        let body = case.stream(&stage.token("ada@example.com"), true);
        let whole = stage.passed(&[body.as_bytes()]);
        for at in 0..=body.len() {
            prop_assert_eq!(&passed(&stage, &body, &[at]), &whole, "cut at {}", at);
        }
    }
}
