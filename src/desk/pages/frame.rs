//! What stands around every page.

use maud::{DOCTYPE, Markup, html};

use super::icon;
use crate::desk::texts::{LANGUAGES, Texts};

/// What stands above a page.
pub(super) enum Top<'a> {
    /// Somebody is here, and can leave.
    Within {
        /// What forms carry.
        seal: &'a str,
    },
    /// Nobody is here yet, or any more.
    Outside,
}

/// A page.
pub(super) fn page(texts: &Texts, title: &str, top: &Top<'_>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(texts.language) {
            (head(title, "/static/desk.js"))
            body {
                a.skip href="#main" { (texts.say("page.skip")) }
                header.top {
                    div {
                        a.mark href="/" { (icon::mark()) (texts.say("page.mark")) }
                        (languages(texts))
                        @if let Top::Within { seal } = top { (leave(texts, seal)) }
                    }
                }
                main #main tabindex="-1" { (body) }
                footer { p { (texts.say("page.foot")) } }
            }
        }
    }
}

/// The head of a document that is ours alone.
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

fn languages(texts: &Texts) -> Markup {
    html! {
        nav.languages aria-label=(texts.say("page.language")) {
            @for language in LANGUAGES {
                @let here = (language == texts.language).then_some("true");
                a href=(format!("?lang={language}")) lang=(language) hreflang=(language) aria-current=[here] {
                    (Texts::of(language).map_or(language, |texts| texts.say("language")))
                }
            }
        }
    }
}

fn leave(texts: &Texts, seal: &str) -> Markup {
    html! {
        form method="post" action="/leave" {
            input type="hidden" name="seal" value=(seal);
            button.quiet type="submit" { (texts.say("page.leave")) }
        }
    }
}
