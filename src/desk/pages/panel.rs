//! The panel: the switches alone, in a frame within somebody's chat window.
//!
//! The rule: the frame itself holds nothing of anybody; what it shows it fetches with a session that lives in its script alone.

use maud::{DOCTYPE, Markup, html};

use super::{Frame, choices::groups, frame};
use crate::desk::overview::Overview;

/// The frame.
pub(in crate::desk) fn panel(f: &Frame) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(f.t.language) {
            (frame::head(f.t.say("choices.title"), "/static/frame.js"))
            body.panel {
                main {
                    h1.unseen { (f.t.say("choices.title")) }
                    div #choices aria-live="polite" { p.empty { (f.t.say("panel.waiting")) } }
                    p.said.stop #trouble role="alert" hidden { (f.t.say("panel.trouble")) }
                    noscript { p.said.held { (f.t.say("panel.noscript")) } }
                }
            }
        }
    }
}

/// What stands in it.
pub(in crate::desk) fn choices(f: &Frame, overview: &Overview) -> Markup {
    groups(f, overview)
}
