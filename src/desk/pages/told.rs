//! What the assistant was told, and what was held back and why, as a timeline.

use maud::{Markup, html};

use super::Desk;
use crate::desk::{
    exchanges::{ShownExchange, Sought, Withheld},
    overview::Overview,
    texts::Texts,
};

/// The section of the desk.
pub(super) fn section(desk: &Desk<'_>) -> Markup {
    let Desk { exchanges, sought, texts, overview, .. } = desk;
    html! {
        section #told aria-labelledby="told-title" {
            h2 #told-title { (texts.say("told.title")) }
            p { (texts.say("told.about")) }
            @if !exchanges.kept {
                p.card.empty { (texts.say("told.kept-elsewhere")) }
            } @else {
                (filter(sought, overview, texts))
                @if exchanges.exchanges.is_empty() {
                    p.card.empty { (texts.say("told.nothing")) }
                } @else {
                    (days(&exchanges.exchanges, texts))
                }
                (pages(sought, exchanges.next.as_deref(), texts))
            }
        }
    }
}

fn filter(sought: &Sought, overview: &Overview, texts: &Texts) -> Markup {
    let purposes = overview.groups.iter().flat_map(|group| &group.purposes);
    let day = |at: Option<jiff::Timestamp>| at.map(|at| at.strftime("%Y-%m-%d").to_string());
    html! {
        form.filter method="get" action="/" {
            input type="hidden" name="lang" value=(texts.language);
            label { (texts.say("told.from")) input type="date" name="from" value=[day(sought.from)]; }
            label { (texts.say("told.to")) input type="date" name="to" value=[day(sought.to)]; }
            label {
                (texts.say("told.purpose"))
                select name="purpose" {
                    option value="" { (texts.say("told.any")) }
                    @for purpose in purposes {
                        option value=(purpose.name) selected[sought.purpose.as_deref() == Some(&*purpose.name)] {
                            (purpose.title)
                        }
                    }
                }
            }
            label {
                (texts.say("told.which"))
                select name="only" {
                    option value="" { (texts.say("told.all")) }
                    option value="withheld" selected[sought.only_withheld] { (texts.say("told.held")) }
                }
            }
            button.button type="submit" { (texts.say("told.show")) }
        }
    }
}

fn days(exchanges: &[ShownExchange], texts: &Texts) -> Markup {
    let day = |shown: &ShownExchange| shown.time.strftime("%Y-%m-%d").to_string();
    let of_one_day = exchanges.chunk_by(|one, other| day(one) == day(other));
    html! {
        @for together in of_one_day {
            @if let Some(first) = together.first() {
                h3.day { (texts.day(first.time)) }
                ol.timeline.card { @for shown in together { (entry(shown, texts)) } }
            }
        }
    }
}

fn entry(shown: &ShownExchange, texts: &Texts) -> Markup {
    let refused = shown.outcome == "refused";
    let class = match (refused, shown.withheld.is_empty()) {
        (true, _) => "refused",
        (false, false) => "withheld",
        (false, true) => "open",
    };
    html! {
        li class=(class) {
            h4 {
                time datetime=(shown.time) { (texts.clock(shown.time)) }
                span { (headline(shown, texts)) }
            }
            ul {
                @for (index, sentence) in shown.sentences.iter().enumerate() {
                    li class=(sign(shown, index)) { (sentence) }
                }
            }
        }
    }
}

fn headline(shown: &ShownExchange, texts: &Texts) -> String {
    let held: u64 = shown.withheld.iter().map(|withheld| withheld.count).sum();
    match (shown.outcome.as_str(), held) {
        ("refused", _) => texts.say("told.refused").to_owned(),
        ("obeyed", _) => texts.say("told.obeyed").to_owned(),
        (_, 0) => texts.say("told.open").to_owned(),
        (_, held) => texts.count("told.held-count", held, &[]),
    }
}

/// Sentences about what was withheld come last, one for each.
fn sign(shown: &ShownExchange, index: usize) -> &'static str {
    let first = shown.sentences.len().saturating_sub(shown.withheld.len());
    match index.checked_sub(first).and_then(|at| shown.withheld.get(at)) {
        None => "passed",
        Some(Withheld { action, .. }) if matches!(action.as_str(), "drop" | "refuse") => "held",
        Some(_) => "changed",
    }
}

fn pages(sought: &Sought, next: Option<&str>, texts: &Texts) -> Markup {
    let mut query = vec![("lang", texts.language.to_owned())];
    for (name, at) in [("from", sought.from), ("to", sought.to)] {
        query.extend(at.map(|at| (name, at.strftime("%Y-%m-%d").to_string())));
    }
    query.extend(sought.purpose.clone().map(|purpose| ("purpose", purpose)));
    query.extend(sought.only_withheld.then(|| ("only", "withheld".to_owned())));
    let link = |more: &[(&str, &str)]| {
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let pairs = query.iter().map(|(name, value)| (*name, value.clone())).chain(more);
        let written: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encoded(&value))).collect();
        format!("/?{}#told", written.join("&"))
    };
    html! {
        nav.pages aria-label=(texts.say("told.pages")) {
            @if sought.before.is_some() { a.button href=(link(&[])) { (texts.say("told.newest")) } }
            @if let Some(next) = next { a.button href=(link(&[("before", next)])) { (texts.say("told.earlier")) } }
        }
    }
}

fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}
