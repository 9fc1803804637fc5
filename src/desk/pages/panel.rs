//! The panel: the switches alone, in a frame within somebody's chat window.
//!
//! The rule: the frame itself holds nothing of anybody; what it shows it fetches with a session that lives in its script alone.

use maud::{DOCTYPE, Markup, html};

use super::{choices::groups, frame};
use crate::desk::{overview::Overview, texts::Texts};

/// The frame.
pub(in crate::desk) fn panel(texts: &Texts) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(texts.language) {
            (frame::head(texts.say("choices.title"), "/static/frame.js"))
            body.panel {
                main {
                    h1.unseen { (texts.say("choices.title")) }
                    div #choices aria-live="polite" { p.empty { (texts.say("panel.waiting")) } }
                    p #trouble .said.stop role="alert" hidden { (texts.say("panel.trouble")) }
                    noscript { p.said.held { (texts.say("panel.noscript")) } }
                }
            }
        }
    }
}

/// What stands in it.
pub(in crate::desk) fn choices(overview: &Overview, texts: &Texts) -> Markup {
    groups(overview, "", texts)
}
