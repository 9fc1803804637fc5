//! What a person can ask for: a copy, a pause, to be forgotten, or a word with somebody.

use maud::{Markup, html};

use super::{
    Frame,
    frame::{encoded, here, hidden},
};
use crate::desk::{
    overview::Overview,
    rights::{Asked, Requests},
    texts::Texts,
};

/// The section of the desk.
pub(super) fn section(f: &Frame, overview: &Overview, requests: &Requests) -> Markup {
    html! {
        section #rights aria-labelledby="rights-title" {
            h2 #rights-title { (f.t.say("rights.title")) }
            p { (f.t.say("rights.about")) }
            div.rights {
                (download(f, overview))
                (restriction(f, overview.restricted))
                (word(f, overview))
                (erasure(f))
            }
            (asked(requests, f.t))
            (elsewhere(overview, f.t))
        }
    }
}

fn download(f: &Frame, overview: &Overview) -> Markup {
    let texts = f.t;
    html! {
        div.card {
            h3 { (texts.say("rights.download.title")) }
            p { (texts.say("rights.download.about")) }
            a.button href=(here(f, "/api/download")) download { (texts.say("rights.download.do")) }
            @for group in &overview.groups {
                a href=(format!("/api/receipts/{}", encoded(&group.consents))) download {
                    (texts.with("rights.receipt", &[("consents", &group.consents)]))
                }
            }
        }
    }
}

fn restriction(f: &Frame, restricted: bool) -> Markup {
    let texts = f.t;
    let (about, act) = match restricted {
        true => ("rights.restriction.lift.about", "rights.restriction.lift.do"),
        false => ("rights.restriction.about", "rights.restriction.do"),
    };
    html! {
        div.card {
            h3 { (texts.say("rights.restriction.title")) }
            p { (texts.say(about)) }
            form method="post" action="/restriction" {
                (hidden(f))
                input type="hidden" name="restricted" value=(!restricted);
                button.button type="submit" { (texts.say(act)) }
            }
        }
    }
}

fn word(f: &Frame, overview: &Overview) -> Markup {
    let texts = f.t;
    html! {
        div.card {
            h3 { (texts.say("rights.word.title")) }
            p {
                (texts.say("rights.word.about"))
                @if let Some(contact) = &overview.contact {
                    " " (texts.with("rights.word.contact", &[("contact", contact)]))
                }
            }
            form method="post" action="/words" {
                (hidden(f))
                label.unseen for="word" { (texts.say("rights.word.label")) }
                textarea #word name="text" maxlength="4000" required {}
                button.button type="submit" { (texts.say("rights.word.do")) }
            }
        }
    }
}

fn erasure(f: &Frame) -> Markup {
    let texts = f.t;
    html! {
        div.card {
            h3 { (texts.say("rights.erasure.title")) }
            p { (texts.say("rights.erasure.about")) }
            a.button.stop href=(here(f, "/erase")) { (texts.say("rights.erasure.do")) }
        }
    }
}

fn asked(requests: &Requests, texts: &Texts) -> Markup {
    html! {
        @if !requests.requests.is_empty() {
            h3.day { (texts.say("rights.asked")) }
            div.card {
                table {
                    caption.unseen { (texts.say("rights.asked")) }
                    thead {
                        tr {
                            th scope="col" { (texts.say("decisions.when")) }
                            th scope="col" { (texts.say("rights.what")) }
                            th scope="col" { (texts.say("rights.state")) }
                        }
                    }
                    tbody { @for request in &requests.requests { (row(request, texts)) } }
                }
            }
        }
    }
}

fn row(request: &Asked, texts: &Texts) -> Markup {
    html! {
        tr {
            td { time datetime=(request.at) { (texts.moment(request.at)) } }
            td {
                (texts.say(&format!("request.{}", request.kind.as_str())))
                @if let Some(words) = &request.words { blockquote { (words) } }
            }
            td {
                @match request.done_at {
                    Some(done) => (texts.with("rights.done", &[("at", &texts.moment(done))])),
                    None => (texts.with("rights.due", &[("at", &texts.day(request.due))])),
                }
                @if let Some(how) = &request.how { " " (how) }
            }
        }
    }
}

fn elsewhere(overview: &Overview, texts: &Texts) -> Markup {
    html! {
        @if !overview.elsewhere.is_empty() {
            h3.day { (texts.say("rights.elsewhere")) }
            ul.card {
                @for other in &overview.elsewhere {
                    li.empty { (other.title) ": " (other.contact) }
                }
            }
        }
    }
}
