//! What was done in an exchange, in plain sentences.

use super::{
    exchanges::{ShownExchange, Way, Withheld},
    overview::otherwise,
    texts::Texts,
};

/// The sentences: first what became of the request, then what passed, then what was withheld and why.
pub(super) fn of(shown: &ShownExchange, texts: &Texts) -> Vec<String> {
    let mut sentences = Vec::new();
    match shown.outcome.as_str() {
        "refused" => sentences.push(texts.say("exchange.refused").to_owned()),
        "obeyed" => sentences.push(texts.say("exchange.obeyed").to_owned()),
        "undecided" => sentences.push(texts.say("exchange.undecided").to_owned()),
        _ => {}
    }
    // What was let through in a request that was refused reached nobody.
    if shown.outcome != "refused" {
        for way in [Way::ToBot, Way::ToPerson] {
            let titles: Vec<&str> =
                shown.passed.iter().filter(|passed| passed.way == way).map(|passed| &*passed.title).collect();
            if !titles.is_empty() {
                sentences.push(texts.with(passed_key(way), &[("what", &listed(&titles))]));
            }
        }
    }
    sentences.extend(shown.withheld.iter().map(|withheld| sentence(withheld, texts)));
    if sentences.is_empty() {
        sentences.push(texts.say("exchange.nothing").to_owned());
    }
    sentences
}

fn sentence(withheld: &Withheld, texts: &Texts) -> String {
    let (action, only_recorded) = match withheld.action.strip_prefix("would ") {
        Some(action) => (action, true),
        None => (&*withheld.action, false),
    };
    let done = otherwise(texts, action);
    let places: [(&str, &str); 2] = [("what", &withheld.title), ("done", &done)];
    let first = match (only_recorded, withheld.way) {
        (true, _) => texts.count("exchange.recorded", withheld.count, &places),
        (false, Way::ToBot) => texts.count("exchange.withheld.to-bot", withheld.count, &places),
        (false, Way::ToPerson) => texts.count("exchange.withheld.to-person", withheld.count, &places),
        (false, Way::Both) => texts.count("exchange.withheld.both", withheld.count, &places),
    };
    let reason = |why: &super::exchanges::Standing| {
        texts.with("exchange.reason", &[("purpose", &why.title), ("because", &why.because_words)])
    };
    let reasons: Vec<String> = withheld.why.iter().map(reason).collect();
    if reasons.is_empty() {
        return first;
    }
    let why = texts.with("exchange.why", &[("reasons", &reasons.join("; "))]);
    format!("{first} {why}")
}

fn passed_key(way: Way) -> &'static str {
    match way {
        Way::ToBot | Way::Both => "exchange.passed.to-bot",
        Way::ToPerson => "exchange.passed.to-person",
    }
}

fn listed(titles: &[&str]) -> String {
    let mut titles = titles.to_vec();
    titles.dedup();
    titles.join(", ")
}
