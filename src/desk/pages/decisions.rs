//! What was decided before, newest first.

use maud::{Markup, html};

use super::Frame;
use crate::desk::{
    decisions::{History, Made},
    texts::Texts,
};

/// The section of the desk.
pub(super) fn section(f: &Frame, history: &History) -> Markup {
    let texts = f.t;
    html! {
        section #decisions aria-labelledby="decisions-title" {
            h2 #decisions-title { (texts.say("decisions.title")) }
            p { (texts.say("decisions.about")) }
            div.card.group {
                @if history.decisions.is_empty() {
                    p.empty { (texts.say("decisions.none")) }
                } @else {
                    table {
                        caption.unseen { (texts.say("decisions.title")) }
                        thead {
                            tr {
                                th scope="col" { (texts.say("decisions.when")) }
                                th scope="col" { (texts.say("decisions.what")) }
                                th scope="col" { (texts.say("decisions.purpose")) }
                                th scope="col" { (texts.say("decisions.where")) }
                            }
                        }
                        tbody { @for made in &history.decisions { (row(made, texts)) } }
                    }
                }
            }
            @if let Some(next) = history.next {
                nav.pages aria-label=(texts.say("decisions.pages")) {
                    a.button href=(format!("/history?lang={}&decided_before={next}#decisions", texts.language)) {
                        (texts.say("told.earlier"))
                    }
                }
            }
        }
    }
}

fn row(made: &Made, texts: &Texts) -> Markup {
    html! {
        tr {
            td { time datetime=(made.at) { (texts.moment(made.at)) } }
            td { (made.words) }
            td { (made.title.as_deref().or(made.purpose.as_deref()).unwrap_or(texts.say("decisions.everything"))) }
            td {
                (source(&made.source, texts))
                @if made.by_another_id { " " (texts.say("decisions.by-another-id")) }
            }
        }
    }
}

/// Who wrote it down: ledgers know more of them than there are words for.
fn source<'t>(source: &str, texts: &'t Texts) -> &'t str {
    texts.say(match source {
        "desk" => "source.desk",
        "cli" => "source.cli",
        "admin" => "source.admin",
        "signal" => "source.signal",
        "keyword" => "source.keyword",
        "import" => "source.import",
        _ => "source.other",
    })
}
