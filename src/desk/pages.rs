//! The pages of the desk, as HTML.
//!
//! The rule: a page shows what the API says, in the same words, and every one of its forms works without a script. Whatever comes
//! from a policy, a person or a receipt is escaped by how pages are written (`maud`). What would defeat it: a page that works
//! something out by itself; a script or a style within the page, which its content security policy would have to allow.

mod choices;
mod decisions;
mod frame;
mod icon;
mod panel;
mod rights;
mod single;
mod told;

use maud::{Markup, html};

pub(super) use self::{
    panel::{choices as panel_choices, panel},
    single::{entering, erased, erasing, left, trouble},
};
use super::{
    decisions::History,
    exchanges::{Exchanges, Sought},
    overview::Overview,
    texts::Texts,
};
use crate::ledger::RightsRequest;

/// What one look at the desk shows.
pub(super) struct Desk<'a> {
    /// Purposes, and what was said to them.
    pub(super) overview: &'a Overview,
    /// What was done in exchanges, and which are asked for.
    pub(super) exchanges: &'a Exchanges,
    /// Which of them.
    pub(super) sought: &'a Sought,
    /// What was decided before.
    pub(super) history: &'a History,
    /// What was asked for.
    pub(super) requests: &'a [RightsRequest],
    /// What just happened: the key of a text.
    pub(super) news: Option<&'static str>,
    /// What forms carry, so that only our own pages can send them.
    pub(super) seal: &'a str,
    /// The language's texts.
    pub(super) texts: &'a Texts,
}

/// The desk.
pub(super) fn desk(desk: &Desk<'_>) -> Markup {
    let Desk { overview, texts, seal, .. } = desk;
    let body = html! {
        div.hello {
            h1 { (texts.say("page.title")) }
            p { (texts.say("page.hello")) }
            p { (texts.with("page.whose", &[("id", &overview.subject.id)])) }
            nav.ways aria-label=(texts.say("page.ways")) {
                a href="#choices" { (texts.say("choices.title")) }
                a href="#told" { (texts.say("told.title")) }
                a href="#decisions" { (texts.say("decisions.title")) }
                a href="#rights" { (texts.say("rights.title")) }
            }
        }
        div #said role="status" {
            @if let Some(news) = desk.news { p.said { (texts.say(news)) } }
        }
        (choices::section(overview, seal, texts))
        (told::section(desk))
        (decisions::section(desk.history, texts))
        (rights::section(desk))
    };
    frame::page(texts, texts.say("page.title"), &frame::Top::Within { seal }, &body)
}
