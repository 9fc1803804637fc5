//! The first page: is all well, and what is served.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{
    Page, Pages,
    frame::{Frame, count, grouped, moment, span},
};
use crate::{
    admin::unready,
    exchange::Served,
    policy::{Policy, Undeclared},
};

/// Seconds after which a message that nobody acknowledged is late.
const LATE: i64 = 900;

/// One thing that is well, or is not.
pub(super) struct Light {
    what: &'static str,
    well: bool,
    said: String,
    more: Option<Markup>,
}

impl Pages {
    pub(super) async fn overview(&self, frame: Frame, now: Timestamp) -> Page {
        let (routes, lights) = (self.site.routes(), self.lights(now).await);
        let reporting: Vec<_> = routes.all().filter(|route| route.only_reports(now)).collect();
        frame.around(html! {
            div .hello {
                h1 { "What runs here" }
                p {
                    "Assentry " (env!("CARGO_PKG_VERSION")) ", serving since " (moment(self.since))
                    " (" (span(self.since, now)) ")."
                }
            }
            @if !reporting.is_empty() {
                section .said .stop .loud aria-labelledby="loud" {
                    h2 #loud { "Not enforcing: " (count(reporting.len() as u64, "route only reports", "routes only report")) }
                    p {
                        "What merely lacks a yes is forwarded to the bot on "
                        @for (n, route) in reporting.iter().enumerate() {
                            @if n > 0 { ", " }
                            strong { (route.name) }
                            @if let Some(until) = route.reports_until(now) { " until " (moment(until)) }
                        }
                        ". Receipts record what would have been withheld; a recorded no is enforced. To enforce sooner, take "
                        code { "mode: report" } " from the route and reload."
                    }
                }
            }
            section aria-labelledby="health" {
                h2 #health { "Health" }
                ul .lights { @for light in &lights { (light.shown()) } }
            }
            section aria-labelledby="routes" {
                h2 #routes { "Routes" }
                p { "Counts are of exchanges since this process began." }
                div .card .wide {
                    table {
                        thead { tr {
                            th scope="col" { "Route" } th scope="col" { "Policy" } th scope="col" { "Everything else" }
                            th scope="col" { "Mode" } th scope="col" .number { "Forwarded" } th scope="col" .number { "Refused" }
                        } }
                        tbody { @for route in routes.all() { (row(route, now)) } }
                    }
                }
            }
        })
    }

    async fn lights(&self, now: Timestamp) -> Vec<Light> {
        let site = &self.site;
        let (waiting, (free, room)) = (site.receipts.waiting(), site.receipts.room());
        let (reloaded, loaded) = site.metrics.last_reload();
        let loaded = Timestamp::from_second(loaded).unwrap_or(self.since);
        let readable = site.ledger.is_readable();
        let unready = unready(site, &self.open).await;
        let mut lights = vec![
            Light {
                what: "Proxy",
                well: unready.is_none(),
                said: match unready {
                    None => format!(
                        "ready, {}",
                        count(
                            site.metrics.under_way().max(0).cast_unsigned(),
                            "exchange under way",
                            "exchanges under way"
                        )
                    ),
                    Some(why) => why.trim().to_owned(),
                },
                more: None,
            },
            Light {
                what: "Ledger",
                well: readable,
                said: if readable {
                    "answers, and is up to date"
                } else {
                    "does not answer; nothing is forwarded for anybody it could know"
                }
                .to_owned(),
                more: None,
            },
            Light {
                what: "Receipts",
                well: free > 0 && waiting < room / 2,
                said: match free {
                    0 => "no room for another; exchanges are refused until some are written".to_owned(),
                    _ => format!(
                        "{} waiting to be written, room for {}",
                        grouped(waiting as u64),
                        grouped(room as u64)
                    ),
                },
                more: None,
            },
            Light {
                what: "Configuration",
                well: reloaded,
                said: if reloaded {
                    "loaded"
                } else {
                    "the last reload was refused, and the log says why; what was loaded before is served"
                }
                .to_owned(),
                more: Some(moment(loaded)),
            },
        ];
        lights.push(self.requests_light(now).await);
        lights.extend(site.metrics.waiting_messages().map(|(count, oldest)| messages(count, oldest)));
        lights
    }
}

impl Light {
    pub(super) fn shown(&self) -> Markup {
        html! {
            li .card .light .bad[!self.well] {
                h3 { (self.what) }
                p {
                    span .state { @if self.well { "✓ well" } @else { "✕ look here" } }
                    " " (self.said) @if let Some(more) = &self.more { " " (more) }
                }
            }
        }
    }

    pub(super) fn new(what: &'static str, well: bool, said: String) -> Self {
        Self { what, well, said, more: None }
    }
}

/// Messages that another system has not acknowledged.
fn messages(waiting: i64, oldest: i64) -> Light {
    let said = match waiting {
        0 => "every one was acknowledged".to_owned(),
        _ => {
            let waiting = count(waiting.max(0).cast_unsigned(), "message waits", "messages wait");
            let since = Timestamp::from_second(oldest.max(0)).unwrap_or_default();
            format!("{waiting} to be acknowledged, the oldest for {}", span(Timestamp::UNIX_EPOCH, since))
        }
    };
    Light::new("Outbox", oldest < LATE, said)
}

fn row(route: &Served, now: Timestamp) -> Markup {
    let (forwarded, refused) = route.counted();
    let policy = &route.plan.policy;
    html! {
        tr {
            th scope="row" data-label="Route" { (route.name) }
            td data-label="Policy" {
                (link(policy)) " version " (policy.version) " " code .digest title=(route.plan.digest) { (short(&route.plan.digest)) }
                @if let Some(candidate) = route.policies().nth(1) {
                    br; span .soft { "beside it, tried only: " (candidate.name) " version " (candidate.version) }
                }
            }
            td data-label="Everything else" { (undeclared(policy.undeclared)) }
            td data-label="Mode" {
                @match route.reports_until(now) {
                    Some(until) => { strong .tag .stop { "Reports only" } " until " (moment(until)) }
                    None => span .tag .good { "Enforces" },
                }
            }
            td .number data-label="Forwarded" { (grouped(forwarded)) }
            td .number data-label="Refused" { (grouped(refused)) }
        }
    }
}

/// The page of a policy.
pub(super) fn link(policy: &Policy) -> Markup {
    html! { a href={ "/policy?name=" (encoded(&policy.name)) } { (policy.name) } }
}

/// A text as it stands in a query.
pub(super) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Enough of a digest to tell two apart.
pub(super) fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

pub(super) fn undeclared(undeclared: Undeclared) -> &'static str {
    match undeclared {
        Undeclared::Forward => "forwarded",
        Undeclared::Drop => "dropped",
        Undeclared::Refuse => "refused",
    }
}
