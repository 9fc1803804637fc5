//! What a person can ask for: a copy, a pause, to be forgotten, or a word with somebody.

use maud::{Markup, html};

use super::Desk;
use crate::{
    desk::{overview::Overview, texts::Texts},
    ledger::RightsRequest,
};

/// The section of the desk.
pub(super) fn section(desk: &Desk<'_>) -> Markup {
    let Desk { overview, requests, texts, seal, .. } = desk;
    html! {
        section #rights aria-labelledby="rights-title" {
            h2 #rights-title { (texts.say("rights.title")) }
            p { (texts.say("rights.about")) }
            div.rights {
                (download(overview, texts))
                (restriction(overview.restricted, seal, texts))
                (word(overview, seal, texts))
                (erasure(texts))
            }
            (asked(requests, texts))
            (elsewhere(overview, texts))
        }
    }
}

fn download(overview: &Overview, texts: &Texts) -> Markup {
    html! {
        div.card {
            h3 { (texts.say("rights.download.title")) }
            p { (texts.say("rights.download.about")) }
            a.button href="/download" download { (texts.say("rights.download.do")) }
            @for group in &overview.groups {
                a href=(format!("/receipt/{}", group.consents)) download {
                    (texts.with("rights.receipt", &[("consents", &group.consents)]))
                }
            }
        }
    }
}

fn restriction(restricted: bool, seal: &str, texts: &Texts) -> Markup {
    let (about, act) = match restricted {
        true => ("rights.restriction.lift.about", "rights.restriction.lift.do"),
        false => ("rights.restriction.about", "rights.restriction.do"),
    };
    html! {
        div.card {
            h3 { (texts.say("rights.restriction.title")) }
            p { (texts.say(about)) }
            form method="post" action="/restrict" {
                input type="hidden" name="seal" value=(seal);
                input type="hidden" name="restricted" value=(!restricted);
                button.button type="submit" { (texts.say(act)) }
            }
        }
    }
}

fn word(overview: &Overview, seal: &str, texts: &Texts) -> Markup {
    html! {
        div.card {
            h3 { (texts.say("rights.word.title")) }
            p {
                (texts.say("rights.word.about"))
                @if let Some(contact) = &overview.contact {
                    " " (texts.with("rights.word.contact", &[("contact", contact)]))
                }
            }
            form method="post" action="/word" {
                input type="hidden" name="seal" value=(seal);
                label.unseen for="word" { (texts.say("rights.word.label")) }
                textarea #word name="text" maxlength="4000" required {}
                button.button type="submit" { (texts.say("rights.word.do")) }
            }
        }
    }
}

fn erasure(texts: &Texts) -> Markup {
    html! {
        div.card {
            h3 { (texts.say("rights.erasure.title")) }
            p { (texts.say("rights.erasure.about")) }
            a.button.stop href="/erase" { (texts.say("rights.erasure.do")) }
        }
    }
}

fn asked(requests: &[RightsRequest], texts: &Texts) -> Markup {
    html! {
        @if !requests.is_empty() {
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
                    tbody { @for request in requests { (row(request, texts)) } }
                }
            }
        }
    }
}

fn row(request: &RightsRequest, texts: &Texts) -> Markup {
    html! {
        tr {
            td { time datetime=(request.at) { (texts.moment(request.at)) } }
            td { (texts.say(&format!("request.{}", request.kind.as_str()))) }
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
            ul.card.purposes {
                @for other in &overview.elsewhere {
                    li.empty { (other.title) ": " (other.contact) }
                }
            }
        }
    }
}
