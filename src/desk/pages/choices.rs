//! Purposes as switches: what each is for, what serves it, and how it stands.
//!
//! The rule: a switch is a button that sends what was shown with it (its digest), and says how the purpose stands, not what a click
//! would do. Taking back is the same click as giving.

use maud::{Markup, html};

use super::{Frame, frame::hidden, icon};
use crate::desk::{
    overview::{Choice, Overview, ShownData, ShownGroup, ShownPurpose},
    texts::Texts,
};

/// The section of the desk.
pub(super) fn section(f: &Frame, overview: &Overview) -> Markup {
    let texts = f.t;
    html! {
        section #choices aria-labelledby="choices-title" {
            h2 #choices-title { (texts.say("choices.title")) }
            p { (texts.say("choices.about")) }
            (groups(f, overview))
        }
    }
}

/// The switches alone.
pub(super) fn groups(f: &Frame, overview: &Overview) -> Markup {
    html! {
        @if overview.restricted { p.said.held { (f.t.say("choices.restricted")) } }
        @if overview.groups.is_empty() { p.card.empty { (f.t.say("choices.nothing")) } }
        @for group in &overview.groups { (one(f, group)) }
    }
}

fn one(f: &Frame, group: &ShownGroup) -> Markup {
    let texts = f.t;
    html! {
        div.group {
            @if !group.controllers.is_empty() {
                h3 { (texts.with("choices.controller", &[("who", &group.controllers.join("; "))])) }
            }
            @if group.only_records { p.said.held { (texts.say("choices.only-records")) } }
            ul.card {
                @for purpose in &group.purposes { (switch(f, group, purpose)) }
            }
            @if !group.never.is_empty() {
                details {
                    summary { (texts.say("choices.never")) }
                    ul.plain {
                        @for data in &group.never { li { (data.title) ": " (data.otherwise_words) } }
                    }
                }
            }
        }
    }
}

fn switch(f: &Frame, group: &ShownGroup, purpose: &ShownPurpose) -> Markup {
    let texts = f.t;
    let id = format!("{}-{}", group.consents, purpose.name);
    html! {
        li.purpose {
            h4 id=(format!("{id}-title")) { (purpose.title) }
            @match purpose.choice {
                Choice::None => p.always { (icon::lock()) (texts.say("choices.always")) },
                Choice::Consent | Choice::Objection => (form(f, group, purpose, &id)),
            }
            div id=(format!("{id}-about")) {
                @if let Some(description) = &purpose.description { p { (description) } }
                p.state { (state(purpose, texts)) }
            }
            (more(purpose, texts))
        }
    }
}

fn form(f: &Frame, group: &ShownGroup, purpose: &ShownPurpose, id: &str) -> Markup {
    let kind = match (purpose.choice, purpose.allowed) {
        (Choice::Consent, true) => "withdraw",
        (Choice::Objection | Choice::None, true) => "object",
        (_, false) => "grant",
    };
    let fields = [
        ("consents", &*group.consents),
        ("purpose", &purpose.name),
        ("kind", kind),
        ("text_digest", &purpose.text_digest),
    ];
    html! {
        form method="post" action="/decide" data-swap="choices" {
            (hidden(f))
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button.switch id=(format!("{id}-switch")) type="submit" role="switch" aria-checked=(purpose.allowed)
                aria-labelledby=(format!("{id}-title")) aria-describedby=(format!("{id}-about")) {
                span aria-hidden="true" { (f.t.say(if purpose.allowed { "choices.on" } else { "choices.off" })) }
                i {}
            }
        }
    }
}

fn state(purpose: &ShownPurpose, texts: &Texts) -> Markup {
    html! {
        (texts.with(if purpose.allowed { "choices.allowed" } else { "choices.not-allowed" }, &[("why", &purpose.because_words)]))
        @if let Some(at) = purpose.decided_at { " " (texts.with("choices.decided", &[("at", &texts.moment(at))])) }
        @if let Some(at) = purpose.expires { " " (texts.with("choices.ends", &[("at", &texts.moment(at))])) }
    }
}

fn more(purpose: &ShownPurpose, texts: &Texts) -> Markup {
    html! {
        details.more {
            summary { (texts.say("choices.more")) span.unseen { ": " (purpose.title) } }
            dl {
                dt { (texts.say("choices.data")) }
                dd {
                    @if purpose.data.is_empty() { (texts.say("choices.no-data")) }
                    ul { @for data in &purpose.data { li { (served(data, texts)) } } }
                }
                dt { (texts.say("choices.basis")) }
                dd { (purpose.basis_words) }
                @if !purpose.recipients.is_empty() {
                    dt { (texts.say("choices.recipients")) }
                    dd { (purpose.recipients.join("; ")) }
                }
                @if let Some(notice) = &purpose.notice {
                    dt { (texts.say("choices.notice")) }
                    dd { (notice) }
                }
            }
        }
    }
}

fn served(data: &ShownData, texts: &Texts) -> Markup {
    html! {
        (data.title) " "
        span.why { "(" (texts.with("choices.otherwise", &[("done", &data.otherwise_words)])) ")" }
        @if !data.only_with.is_empty() {
            " " (texts.with("choices.only-with", &[("others", &data.only_with.join(", "))]))
        }
    }
}
