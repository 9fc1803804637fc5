//! Pages with one thing to do, or to read.

use maud::{Markup, html};

use super::frame::{self, Top};
use crate::desk::texts::Texts;

/// Before a link is used up: a page with one button, so that whatever looks into mails does not use it.
pub(in crate::desk) fn entering(token: &str, texts: &Texts) -> Markup {
    let body = html! {
        h1 { (texts.say("enter.title")) }
        p { (texts.say("enter.about")) }
        form method="post" action="/enter" {
            input type="hidden" name="token" value=(token);
            input type="hidden" name="lang" value=(texts.language);
            button.button.first type="submit" { (texts.say("enter.do")) }
        }
    };
    alone(texts, "enter.title", &Top::Outside, &body)
}

/// Are you sure?
pub(in crate::desk) fn erasing(seal: &str, texts: &Texts) -> Markup {
    let body = html! {
        h1 { (texts.say("erase.title")) }
        p { (texts.say("erase.about")) }
        ul {
            @for key in ["erase.keys", "erase.receipts", "erase.yeses", "erase.noes", "erase.bot"] {
                li { (texts.say(key)) }
            }
        }
        form method="post" action="/erase" {
            input type="hidden" name="seal" value=(seal);
            label.check {
                input type="checkbox" name="confirm" value="yes" required;
                (texts.say("erase.sure"))
            }
            div.row {
                button.button.stop.first type="submit" { (texts.say("erase.do")) }
                a.button href="/" { (texts.say("erase.back")) }
            }
        }
    };
    alone(texts, "erase.title", &Top::Within { seal }, &body)
}

/// What has been erased is gone, and whoever it was about is outside.
pub(in crate::desk) fn erased(texts: &Texts) -> Markup {
    let body = html! {
        h1 { (texts.say("erased.title")) }
        p { (texts.say("erased.about")) }
    };
    alone(texts, "erased.title", &Top::Outside, &body)
}

/// Goodbye.
pub(in crate::desk) fn left(texts: &Texts) -> Markup {
    let body = html! {
        h1 { (texts.say("left.title")) }
        p { (texts.say("left.about")) }
    };
    alone(texts, "left.title", &Top::Outside, &body)
}

/// What went wrong: the key of its texts.
pub(in crate::desk) fn trouble(slug: &str, texts: &Texts) -> Markup {
    let (title, about) = (format!("trouble.{slug}.title"), format!("trouble.{slug}.about"));
    let body = html! {
        h1 { (texts.say_or(&title, "trouble.title")) }
        p { (texts.say_or(&about, "trouble.about")) }
        p { a.button href="/" { (texts.say("trouble.back")) } }
    };
    frame::page(texts, texts.say_or(&title, "trouble.title"), &Top::Outside, &narrow(&body))
}

fn alone(texts: &Texts, title: &str, top: &Top<'_>, body: &Markup) -> Markup {
    frame::page(texts, texts.say(title), top, &narrow(body))
}

fn narrow(body: &Markup) -> Markup {
    html! { div.card.narrow { (body) } }
}
