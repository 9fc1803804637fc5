//! Pages with one thing to do, or to read.

use maud::{Markup, html};

use super::{
    Frame,
    frame::{self, here, hidden},
};
use crate::desk::problem::Problem;

/// Before a link is used up: a page with one button, so that whatever looks into mails does not use it.
pub(in crate::desk) fn enter(f: &Frame, token: &str) -> Markup {
    let body = html! {
        h1 { (f.t.say("enter.title")) }
        p { (f.t.say("enter.about")) }
        form method="post" action="/enter" {
            input type="hidden" name="token" value=(token);
            input type="hidden" name="lang" value=(f.t.language);
            button.button.first type="submit" { (f.t.say("enter.do")) }
        }
    };
    alone(f, "enter.title", &body)
}

/// Whether everything shall be erased.
pub(in crate::desk) fn erase(f: &Frame) -> Markup {
    let body = html! {
        h1 { (f.t.say("erase.title")) }
        p { (f.t.say("erase.about")) }
        ul {
            li { (f.t.say("erase.keys")) }
            li { (f.t.say("erase.receipts")) }
            li { (f.t.say("erase.yeses")) }
            li { (f.t.say("erase.noes")) }
            li { (f.t.say("erase.elsewhere")) }
        }
        form method="post" action="/erase" {
            (hidden(f))
            label.check {
                input type="checkbox" name="confirm" value="true" required;
                span { (f.t.say("erase.sure")) }
            }
            div.row {
                button.button.stop.first type="submit" { (f.t.say("erase.do")) }
                a.button href=(here(f, "/")) { (f.t.say("erase.back")) }
            }
        }
    };
    alone(f, "erase.title", &body)
}

/// After leaving, or after an erasure: the end of its texts' keys.
pub(in crate::desk) fn farewell(f: &Frame, what: &str) -> Markup {
    let (title, about) = (format!("farewell.{what}.title"), format!("farewell.{what}.about"));
    let body = html! {
        h1 { (f.t.say(&title)) }
        p { (f.t.say(&about)) }
    };
    alone(f, &title, &body)
}

/// Why something was not done.
pub(in crate::desk) fn problem(f: &Frame, problem: Problem) -> Markup {
    let slug = problem.slug();
    let body = html! {
        h1 { (f.t.say("problem.title")) }
        p #problem data-problem=(slug) { (f.t.say(&format!("problem.{slug}"))) }
        p { a.button href=(here(f, "/")) { (f.t.say("problem.back")) } }
    };
    alone(f, "problem.title", &body)
}

fn alone(f: &Frame, title: &str, body: &Markup) -> Markup {
    frame::page(f, title, &html! { div.card.narrow { (body) } })
}
