//! What stands around every page.

use maud::{DOCTYPE, Markup, html};

use super::{Frame, icon};
use crate::desk::texts::Texts;

/// A page, by the key of its title.
pub(super) fn page(f: &Frame, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(f.t.language) {
            (head(f.t.say(title), "/static/desk.js"))
            body {
                a.skip href="#main" { (f.t.say("page.skip")) }
                header.top {
                    div {
                        a.mark href=(format!("/?lang={}", f.t.language)) { (icon::mark()) (f.t.say("page.mark")) }
                        @if !f.form.is_empty() { (ways(f)) }
                        (languages(f))
                        @if !f.form.is_empty() { (leave(f)) }
                    }
                }
                main #main tabindex="-1" { (body) }
                footer { p { (f.t.say("page.foot")) } }
            }
        }
    }
}

/// The head of a document.
pub(super) fn head(title: &str, script: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="robots" content="noindex";
            title { (title) }
            link rel="icon" href="/static/icon.svg" type="image/svg+xml";
            link rel="stylesheet" href="/static/desk.css";
            script type="module" src=(script) {}
        }
    }
}

/// What each form carries.
pub(super) fn hidden(f: &Frame) -> Markup {
    html! {
        input type="hidden" name="form" value=(f.form);
        input type="hidden" name="lang" value=(f.t.language);
    }
}

/// An address of ours in the language of the page.
pub(super) fn here(f: &Frame, path: &str) -> String {
    format!("{path}?lang={}", f.t.language)
}

/// A name or value as it goes into an address.
pub(super) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn ways(f: &Frame) -> Markup {
    html! {
        nav.ways aria-label=(f.t.say("page.ways")) {
            a href=(here(f, "/")) { (f.t.say("page.desk")) }
            a href=(here(f, "/history")) { (f.t.say("page.history")) }
        }
    }
}

fn languages(f: &Frame) -> Markup {
    html! {
        nav.languages aria-label=(f.t.say("page.language")) {
            @for language in &f.languages {
                @let here = (language == f.t.language).then_some("true");
                a href=(format!("?lang={language}")) lang=(language) hreflang=(language) aria-current=[here] {
                    (Texts::of(language).map_or(&**language, |texts| texts.say("language")))
                }
            }
        }
    }
}

fn leave(f: &Frame) -> Markup {
    html! {
        form method="post" action="/leave" {
            (hidden(f))
            button.quiet type="submit" { (f.t.say("page.leave")) }
        }
    }
}
