//! Which rules are met, and which never were: a selector that finds nothing withholds nothing, and nobody notices.
//!
//! The rule: counts are of places in exchanges and not of people, so they are told as they are; they come from receipts, counted at
//! most once a minute and beside the exchanges.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::StatusCode;
use jiff::Timestamp;
use maud::{Markup, html};
use tokio::sync::Mutex;

use super::{
    Page, Pages,
    frame::{Frame, count, day, grouped, moment},
    policies::{InForce, in_force, line_link, places},
};
use crate::{
    figures::{Entries, FiguresError, MOST, Met},
    policy::{Data, Policy},
};

/// How long a count is good for.
const GOOD: Duration = Duration::from_secs(60);

/// What was counted last. Whoever asks while it is counted waits for that.
#[derive(Default)]
pub(super) struct Counted(Mutex<Option<(Instant, Timestamp, Arc<Entries>)>>);

impl Pages {
    pub(super) async fn rules(&self, frame: Frame, now: Timestamp) -> Page {
        let (at, entries) = match self.entries(now).await {
            Ok(counted) => counted,
            Err(error) => {
                let advice = match error {
                    FiguresError::Nowhere => "Receipts are written where they can't be read back. Set `receipts: {database: true}`, or name a `file`.".to_owned(),
                    other => other.to_string(),
                };
                return frame.failed(StatusCode::SERVICE_UNAVAILABLE, "The rules can't be counted", &advice);
            }
        };
        let policies = in_force(&self.site.routes());
        frame.around(html! {
            div .hello {
                h1 { "Which rules are met" }
                p {
                    "Counted from " (count(entries.receipts, "receipt", "receipts"))
                    @if let Some(oldest) = entries.oldest { ", the oldest of " (day(oldest)) }
                    ", at " (moment(at)) ". Each number is of places in messages; under it is how much of that came since this \
                     process began."
                }
                @if entries.cut { p { "There are older receipts. The newest " (grouped(MOST)) " or so are counted." } }
            }
            @if entries.damaged > 0 {
                p .said .held role="status" { (count(entries.damaged, "line", "lines")) " could not be read as receipts." }
            }
            @for InForce { policy, routes } in &policies {
                section {
                    h2 { (policy.name) " " span .soft { "version " (policy.version) " on " (routes.join(", ")) } }
                    (advice(policy, &entries))
                    div .card .wide { (table(policy, &entries)) }
                }
            }
        })
    }

    async fn entries(&self, now: Timestamp) -> Result<(Timestamp, Arc<Entries>), FiguresError> {
        let mut counted = self.counted.0.lock().await;
        if let Some((when, at, entries)) = &*counted
            && when.elapsed() < GOOD
        {
            return Ok((*at, Arc::clone(entries)));
        }
        let entries = Entries::count(&self.site.ledger, &self.site.receipts.kept(), self.since).await?;
        let entries = Arc::new(entries);
        *counted = Some((Instant::now(), now, Arc::clone(&entries)));
        Ok((now, entries))
    }
}

/// What to do about entries that never met anything.
fn advice(policy: &Policy, entries: &Entries) -> Markup {
    let never: Vec<&Data> =
        policy.data.iter().filter(|data| entries.of(&policy.name, &data.name).kept.found == 0).collect();
    html! {
        @match (never.len(), entries.receipts) {
            (0, _) => {}
            (_, 0) => p .said { "There is no receipt yet, so nothing can be said about these rules." },
            (many, _) => div .said .held {
                p {
                    strong { (count(many as u64, "entry was never met", "entries were never met")) ": " }
                    @for (n, data) in never.iter().enumerate() { @if n > 0 { ", " } (data.name) }
                    ". A rule that finds nothing withholds nothing."
                }
                ul .dots {
                    li { "Does the place still have that name? Names are compared letter by letter; " code { "userEmail" } " is not " code { "useremail" } "." }
                    li { "Paste a message of today at " a href="/explain" { "Explain" } ", and see which entry finds what." }
                    li { "Put such a message among the policy's " code { "examples" } ", so that " code { "assentry test" } " notices the next time." }
                    li { "If the data is gone for good, take the entry out." }
                }
            },
        }
    }
}

fn table(policy: &Policy, entries: &Entries) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { "Data" } th scope="col" { "Where it looks" } th scope="col" .number { "Found" }
                th scope="col" .number { "Passed" } th scope="col" .number { "Withheld" } th scope="col" .number { "Refused" }
                th scope="col" { "Last met" }
            } }
            tbody { @for data in &policy.data { (row(policy, data, entries.of(&policy.name, &data.name), entries.receipts)) } }
        }
    }
}

fn row(policy: &Policy, data: &Data, met: Met, receipts: u64) -> Markup {
    let never = met.kept.found == 0 && receipts > 0;
    let number = |label: &str, kept: u64, since: u64| {
        html! { td .number data-label=(label) { (grouped(kept)) br; span .soft { (grouped(since)) " since" } } }
    };
    html! {
        tr .never[never] {
            th scope="row" data-label="Data" { (line_link(policy, &data.name, data.place.start)) br; span .soft { "otherwise " (data.otherwise.name()) } }
            td data-label="Where it looks" { (places(policy, data)) }
            (number("Found", met.kept.found, met.since.found))
            (number("Passed", met.kept.passed, met.since.passed))
            td .number data-label="Withheld" {
                (grouped(met.kept.withheld)) br; span .soft { (grouped(met.since.withheld)) " since" }
                @if met.kept.spared > 0 { br; strong { (grouped(met.kept.spared)) " only reported" } }
            }
            (number("Refused", met.kept.refused, met.since.refused))
            td data-label="Last met" {
                @match met.last {
                    Some(last) => (moment(last)),
                    None if never => span .tag .held { "never" },
                    None => "no receipt yet",
                }
            }
        }
    }
}
