//! The pages of the desk: view models in, HTML out.
//!
//! The rule: a page shows what the API says, in the same words, and every one of its forms works without a script. Whatever comes
//! from a policy, a person or a receipt is escaped by how pages are written (`maud`). What would defeat it: a page that works
//! something out by itself; `PreEscaped`, and a script or a style within a page, which its content security policy would have to allow; a
//! test looks for these.

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
    single::{enter, erase, farewell, problem},
};
use super::{
    decisions::History,
    exchanges::{Exchanges, Sought},
    overview::Overview,
    rights::Requests,
    texts::Texts,
};

/// What every page has.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// Its texts.
    pub(super) t: &'static Texts,
    /// The languages there are, by tag.
    pub(super) languages: Vec<String>,
    /// What its forms carry; empty where nobody has entered.
    pub(super) form: String,
    /// What was done just now, by the key of its text.
    pub(super) done: Option<&'static str>,
}

/// The desk: what is asked for and what was said to it, what happened lately, and what else somebody can ask for.
pub(super) fn desk(f: &Frame, overview: &Overview, lately: &Exchanges, requests: &Requests) -> Markup {
    let body = html! {
        div.hello {
            h1 { (f.t.say("page.title")) }
            p { (f.t.say("page.hello")) }
            p { (f.t.with("page.whose", &[("id", &overview.subject.id)])) }
            div #said role="status" {
                @if let Some(done) = f.done { p.said { (f.t.say(&format!("done.{done}"))) } }
            }
        }
        (choices::section(f, overview))
        (told::lately(f, lately))
        (rights::section(f, overview, requests))
    };
    frame::page(f, "page.title", &body)
}

/// What was done in exchanges, as far as they are sought, and what was decided before.
pub(super) fn history(
    f: &Frame,
    overview: &Overview,
    (sought, exchanges): (&Sought, &Exchanges),
    decisions: &History,
) -> Markup {
    let body = html! {
        div.hello { h1 { (f.t.say("history.title")) } }
        (told::section(f, overview, sought, exchanges))
        (decisions::section(f, decisions))
    };
    frame::page(f, "history.title", &body)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    #[test]
    fn no_page_writes_a_text_unescaped_or_has_a_script_or_a_style_within_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/desk/pages");
        let mut pages = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            for word in ["PreEscaped", "style=", "style {", "onclick", "javascript:", "http:", "https:"] {
                assert!(!text.contains(word), "{word}");
            }
            pages += 1;
        }
        assert!(pages >= 7);
    }
}
