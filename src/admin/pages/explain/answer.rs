//! The answer: what would happen, place by place, and why.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    admin::pages::{frame::moment, policies::line_link},
    message::Direction,
    policy::{Heard, Policy},
    preview::{Explained, Preview},
};

/// What came of it, and until when the route only reports.
pub(super) fn answered(answer: &Result<Preview, String>, reports_until: Option<Timestamp>) -> Markup {
    html! {
        section .answer aria-labelledby="answer" {
            h2 #answer { "What would happen" }
            @match answer {
                Err(advice) => p .said .stop role="alert" { (advice) },
                Ok(preview) => (told(preview, reports_until)),
            }
        }
    }
}

fn told(preview: &Preview, reports_until: Option<Timestamp>) -> Markup {
    let way = match preview.plan.direction {
        Direction::ToBot => "the bot",
        Direction::ToPerson => "the person",
    };
    let places = preview.explained();
    let kept = places.iter().filter(|place| !matches!(&*place.deed, "passed" | "unanswered")).count();
    html! {
        @match &preview.outcome {
            Err(refusal) => p .said .stop role="status" { "Refused: " (refusal.detail()) " (" (refusal.status().as_u16()) ")." },
            Ok(_) if kept > 0 => p .said .held role="status" { "It would reach " (way) ", changed." },
            Ok(_) => p .said role="status" { "It would reach " (way) " as it is." },
        }
        @if let Some(until) = reports_until {
            p .said .stop {
                "This is what enforcing does. Until " (moment(until)) " the route only reports: what merely lacks a yes is forwarded."
            }
        }
        h3 { "Places" }
        @if places.is_empty() { p .card .empty { "No entry of the policy found anything in this message." } }
        @else { div .card .wide { (place_table(&preview.plan.policy, &places)) } }
        h3 { "Purposes" }
        div .card .wide {
            table {
                thead { tr { th scope="col" { "Purpose" } th scope="col" { "State" } th scope="col" { "Why" } } }
                tbody {
                    @for (name, state) in preview.purposes() {
                        tr {
                            th scope="row" data-label="Purpose" { (name) }
                            td data-label="State" {
                                @if state.allowed { span .tag .good { "allowed" } } @else { span .tag .held { "not allowed" } }
                            }
                            td data-label="Why" { (state.why.words()) }
                        }
                    }
                }
            }
        }
        @let heard = preview.heard();
        @if !heard.is_empty() {
            h3 { "Signals" }
            ul .dots { @for Heard { signal, said } in heard { li { (signal) ": " (said) } } }
        }
    }
}

fn place_table(policy: &Policy, places: &[Explained]) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { "Place" } th scope="col" { "What happens" } th scope="col" .number { "Times" }
                th scope="col" { "Entry" } th scope="col" { "Because" }
            } }
            tbody {
                @for place in places {
                    tr {
                        th scope="row" data-label="Place" { code { (place.place) } }
                        td data-label="What happens" { span class=(if place.deed == "passed" { "tag good" } else { "tag held" }) { (place.past) } }
                        td .number data-label="Times" { (place.count) }
                        td data-label="Entry" { (entry(policy, place)) }
                        td data-label="Because" { (place.because()) }
                    }
                }
            }
        }
    }
}

fn entry(policy: &Policy, place: &Explained) -> Markup {
    let data = policy.data.iter().find(|data| data.name == place.data);
    html! { @match data { Some(data) => (line_link(policy, &data.name, data.place.start)), None => (place.data) } }
}
