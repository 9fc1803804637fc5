//! What the assistant was told, and what was held back and why, as a timeline.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::{
    Frame,
    frame::{encoded, here},
};
use crate::desk::{
    exchanges::{Exchanges, ShownExchange, Sought, Withheld},
    overview::Overview,
    texts::Texts,
};

/// What happened lately, and where the rest is.
pub(super) fn lately(f: &Frame, exchanges: &Exchanges) -> Markup {
    html! {
        section #told aria-labelledby="told-title" {
            h2 #told-title { (f.t.say("told.title")) }
            p { (f.t.say("told.about")) }
            (shown(f, exchanges))
            @if exchanges.kept {
                p.pages { a.button href=(here(f, "/history")) { (f.t.say("told.everything")) } }
            }
        }
    }
}

/// The whole, a page at a time.
pub(super) fn section(f: &Frame, overview: &Overview, sought: &Sought, exchanges: &Exchanges) -> Markup {
    html! {
        section #told aria-labelledby="told-title" {
            h2 #told-title { (f.t.say("told.title")) }
            p { (f.t.say("told.about")) }
            @if exchanges.kept { (filter(sought, overview, f.t)) }
            (shown(f, exchanges))
            (pages(sought, exchanges.next.as_deref(), f.t))
        }
    }
}

fn shown(f: &Frame, exchanges: &Exchanges) -> Markup {
    html! {
        @if !exchanges.kept {
            p.card.empty { (f.t.say("told.kept-elsewhere")) }
        } @else if exchanges.exchanges.is_empty() {
            p.card.empty { (f.t.say("told.nothing")) }
        } @else {
            (days(&exchanges.exchanges, f.t))
        }
    }
}

fn filter(sought: &Sought, overview: &Overview, texts: &Texts) -> Markup {
    let purposes = overview.groups.iter().flat_map(|group| &group.purposes);
    html! {
        form.filter method="get" action="/history" {
            input type="hidden" name="lang" value=(texts.language);
            label { (texts.say("told.from")) input type="date" name="from" value=[sought.from.map(day)]; }
            label { (texts.say("told.to")) input type="date" name="to" value=[sought.to.map(last_day)]; }
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

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// The last day before a moment.
fn last_day(before: Timestamp) -> String {
    day(before.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(before))
}

fn days(exchanges: &[ShownExchange], texts: &Texts) -> Markup {
    let of_one_day = exchanges.chunk_by(|one, other| day(one.time) == day(other.time));
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
        None if shown.outcome == "refused" => "held",
        None => "passed",
        Some(Withheld { action, .. }) if matches!(action.as_str(), "drop" | "refuse") => "held",
        Some(_) => "changed",
    }
}

fn pages(sought: &Sought, next: Option<&str>, texts: &Texts) -> Markup {
    let mut query = vec![("lang", texts.language.to_owned())];
    query.extend(sought.from.map(|at| ("from", day(at))));
    query.extend(sought.to.map(|at| ("to", last_day(at))));
    query.extend(sought.purpose.clone().map(|purpose| ("purpose", purpose)));
    query.extend(sought.only_withheld.then(|| ("only", "withheld".to_owned())));
    let link = |more: &[(&str, &str)]| {
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let pairs = query.iter().map(|(name, value)| (*name, value.clone())).chain(more);
        let written: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encoded(&value))).collect();
        format!("/history?{}", written.join("&"))
    };
    html! {
        nav.pages aria-label=(texts.say("told.pages")) {
            @if sought.before.is_some() { a.button href=(link(&[])) { (texts.say("told.newest")) } }
            @if let Some(next) = next { a.button href=(link(&[("before", next)])) { (texts.say("told.earlier")) } }
        }
    }
}
