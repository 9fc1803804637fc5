//! What people asked for and nobody has answered yet: what is due first comes first.
//!
//! The rule: a number, what kind it is and by when; whose it is and what was written stays with `assentry consent requests`.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::{
    Page, Pages,
    frame::{Frame, count, day, span},
    overview::Light,
};
use crate::ledger::{LedgerError, RequestKind, RightsRequest};

/// So long before an answer is due it is marked.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Pages {
    pub(super) async fn requests(&self, frame: Frame, now: Timestamp) -> Page {
        match self.site.ledger.requests(true).await {
            Ok(open) => frame.around(list(&open, now)),
            Err(error) => {
                let heading = "The requests can't be read";
                frame.failed(StatusCode::SERVICE_UNAVAILABLE, heading, &error.to_string())
            }
        }
    }

    /// How many are open, for the overview.
    pub(super) async fn requests_light(&self, now: Timestamp) -> Light {
        const WHAT: &str = "Requests of people";
        match self.site.ledger.requests(true).await {
            Ok(open) => light(WHAT, &open, now),
            Err(LedgerError::Unreachable { .. }) => Light::new(WHAT, false, "can't be read now".to_owned()),
            Err(error) => Light::new(WHAT, false, error.to_string()),
        }
    }
}

fn light(what: &'static str, open: &[RightsRequest], now: Timestamp) -> Light {
    let overdue = open.iter().filter(|request| request.due < now).count() as u64;
    let said = match (open.len() as u64, overdue) {
        (0, _) => "none is open".to_owned(),
        (open, 0) => format!("{} open, none overdue", count(open, "request", "requests")),
        (open, overdue) => format!("{} open, {overdue} overdue", count(open, "request", "requests")),
    };
    Light::new(what, overdue == 0, said)
}

fn list(open: &[RightsRequest], now: Timestamp) -> Markup {
    html! {
        div .hello {
            h1 { "What people asked for" }
            p { "An answer is due one calendar month after the request (GDPR Art. 12(3)). What is due first comes first." }
        }
        @if open.is_empty() { p .card .empty { "Nobody waits for an answer." } }
        @else {
            div .card .wide {
                table {
                    thead { tr {
                        th scope="col" .number { "Number" } th scope="col" { "Asked for" } th scope="col" { "Asked" }
                        th scope="col" { "Due" } th scope="col" { "Came by" }
                    } }
                    tbody { @for request in open { (row(request, now)) } }
                }
            }
            p {
                "Read what was written with " code { "assentry consent requests" } "; when it is answered, write down how with "
                code { "assentry consent requests --done NUMBER --how \"…\"" } "."
            }
        }
    }
}

fn row(request: &RightsRequest, now: Timestamp) -> Markup {
    let RightsRequest { id, kind, at, due, source, words, .. } = request;
    let soon = due.duration_since(now) < SOON;
    html! {
        tr .overdue[*due < now] {
            th scope="row" .number data-label="Number" { (id) }
            td data-label="Asked for" { (asked_for(*kind)) @if words.is_some() { br; span .soft { "with words of their own" } } }
            td data-label="Asked" { (day(*at)) }
            td data-label="Due" {
                @if *due < now { strong .tag .stop { "overdue" } " since " (day(*due)) ", for " (span(*due, now)) }
                @else { (day(*due)) ", in " (span(now, *due)) @if soon { " " span .tag .held { "soon" } } }
            }
            td data-label="Came by" { (source) }
        }
    }
}

fn asked_for(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Access => "access to their data",
        RequestKind::Portability => "their data, for another service",
        RequestKind::Erasure => "to be erased",
        RequestKind::Restriction => "that processing be restricted",
        RequestKind::Word => "something else",
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    fn open(id: u64, due: Timestamp) -> RightsRequest {
        RightsRequest {
            id,
            subject: "a-reference".to_owned(),
            kind: RequestKind::Access,
            at: "2026-11-01T09:00:00Z".parse().unwrap(),
            due,
            source: "desk".to_owned(),
            words: Some("please, somebody".to_owned()),
            done_at: None,
            how: None,
        }
    }

    #[test]
    fn what_is_overdue_or_soon_due_is_marked_and_nobody_is_named() {
        let now: Timestamp = "2026-12-05T09:00:00Z".parse().unwrap();
        let due = [now - 26.hours(), now + 3.hours(), now + 500.hours()];
        let open: Vec<_> = (1..).zip(due).map(|(id, due)| open(id, due)).collect();
        let text = list(&open, now).into_string();
        let tags: Vec<_> = [">overdue<", ">soon<", "for 1 d 2 h", "in 3 h 0 min", "in 20 d 20 h"]
            .map(|words| text.matches(words).count())
            .into();
        assert_eq!(tags, [1; 5], "{text}");
        assert!(!text.contains("a-reference") && !text.contains("somebody"), "{text}");
        let light = light("", &open, now).shown().into_string();
        assert!(light.contains("3 requests open, 1 overdue") && light.contains("look here"), "{light}");
    }
}
