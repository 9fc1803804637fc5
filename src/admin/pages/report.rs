//! The figures of `assentry report`, as pictures and tables, and as files.
//!
//! The rule: [`crate::figures`] says what may be told, with the same smallest group for everybody: with two, one could be subtracted
//! from the other. A policy is a choice of whole routes; nothing is counted anew for it.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use jiff::{Timestamp, ToSpan as _, civil::Date};
use maud::{Markup, html};

use super::{
    Page, Pages, Room, charts,
    form::Form,
    frame::{Frame, grouped},
    overview::encoded,
};
use crate::{
    exchange::Served,
    figures::{self, Asked, Group, OptIn, Report, Told, USUAL_K, totals},
    policy::Policy,
    route::Routes,
};

/// What the form asks for.
struct Wanted {
    from: Date,
    to: Date,
    policy: Option<String>,
}

impl Pages {
    pub(super) async fn report(&self, frame: Frame, room: Room, query: &Form, now: Timestamp) -> Page {
        let routes = self.site.routes();
        let wanted = match Wanted::read(query, &routes, now) {
            Ok(wanted) => wanted,
            Err(advice) => {
                return frame.failed(StatusCode::UNPROCESSABLE_ENTITY, "There is no such report", &advice);
            }
        };
        let Wanted { from, to, .. } = wanted;
        let _alone = self.reporting.lock().await;
        let kept = self.site.receipts.kept();
        let policies = wanted.policies(&routes);
        let sources = (Some(&self.site.ledger), &kept);
        let report = match Report::make(sources, policies, wanted.asked(&routes), USUAL_K).await {
            Ok(report) => report,
            Err(error) => {
                return frame.failed(StatusCode::SERVICE_UNAVAILABLE, "No figures now", &error.to_string());
            }
        };
        match room {
            Room::ReportCsv => {
                Page::file("text/csv; charset=utf-8", &format!("report-{from}-{to}.csv"), report.csv())
            }
            Room::ReportJson => Page::file(
                "application/json",
                &format!("report-{from}-{to}.json"),
                format!("{:#}\n", report.json()),
            ),
            _ => frame.around(shown(&report, &wanted, &routes)),
        }
    }
}

impl Wanted {
    fn read(query: &Form, routes: &Routes<Served>, now: Timestamp) -> Result<Self, String> {
        let day = |name: &str| {
            let text = query.get(name);
            let parsed = text.map(|text| {
                text.parse::<Date>().map_err(|_| format!("`{name}` is not a day; write it like `2026-11-01`"))
            });
            parsed.transpose()
        };
        let (from, to) = figures::days(day("from")?, day("to")?, now).map_err(|fault| fault.to_string())?;
        let policy = query.get("policy").map(str::to_owned);
        if let Some(policy) = &policy
            && !routes.all().any(|route| *route.plan.policy.name == **policy)
        {
            return Err("no route has that policy now; choose another".to_owned());
        }
        Ok(Self { from, to, policy })
    }

    fn wants(&self, policy: &Policy) -> bool {
        self.policy.as_ref().is_none_or(|wanted| **wanted == *policy.name)
    }

    fn policies<'a>(&'a self, routes: &'a Routes<Served>) -> impl Iterator<Item = &'a Policy> {
        routes.all().map(|route| &*route.plan.policy).filter(|policy| self.wants(policy))
    }

    fn asked(&self, routes: &Routes<Served>) -> Asked {
        let names =
            routes.all().filter(|route| self.wants(&route.plan.policy)).map(|route| route.name.to_string());
        Asked { from: self.from, to: self.to, routes: self.policy.as_ref().map(|_| names.collect()) }
    }

    fn query(&self) -> String {
        let policy = self.policy.as_ref().map(|policy| format!("&policy={}", encoded(policy)));
        format!("from={}&to={}{}", self.from, self.to, policy.unwrap_or_default())
    }
}

fn shown(report: &Report, wanted: &Wanted, routes: &Routes<Served>) -> Markup {
    let k = report.k;
    html! {
        div .hello {
            h1 { "Who said yes, what passed, what was withheld" }
            p {
                "Groups of fewer than " (k) " people are left out, and so is what nobody met. Numbers are rounded down to " (k)
                "s. Only days that are over are told of."
            }
        }
        (form(wanted, routes))
        @if let Some(words) = report.unread.words() { p .said .held role="status" { (words) "." } }
        section aria-labelledby="yes" {
            h2 #yes { "Who says yes, now, of those who decided" }
            (opt_in(&report.opt_in, k))
        }
        section aria-labelledby="days" {
            h2 #days { "People by day and route" }
            (days(report))
        }
        section aria-labelledby="sums" {
            h2 #sums { "What they met" }
            p { "Sums over the days above, each person counted once a day." }
            (sums(&report.told))
        }
    }
}

fn form(wanted: &Wanted, routes: &Routes<Served>) -> Markup {
    let names: BTreeSet<_> =
        routes.all().map(|route| std::sync::Arc::clone(&route.plan.policy.name)).collect();
    let chosen = |name: &str| wanted.policy.as_deref() == Some(name);
    html! {
        form .filter method="get" action="/report" {
            label { "From" input type="date" name="from" value=(wanted.from) required; }
            label { "To" input type="date" name="to" value=(wanted.to) required; }
            label {
                "Policy"
                select name="policy" {
                    option value="" { "All" }
                    @for name in &names { option value=(name) selected[chosen(name)] { (name) } }
                }
            }
            button .button { "Show" }
            span .files {
                a href={ "/report.csv?" (wanted.query()) } { "CSV" }
                " " a href={ "/report.json?" (wanted.query()) } { "JSON" }
            }
        }
    }
}

fn opt_in(told: &[OptIn], k: u64) -> Markup {
    html! {
        @if told.is_empty() { p .card .empty { "Nothing may be said yet: no purpose was decided on by " (k) " people or more." } }
        @else {
            div .card .wide {
                table {
                    thead { tr {
                        th scope="col" { "Purpose" } th scope="col" { "Consents" } th scope="col" { "Yes" }
                        th scope="col" .number { "Decided" } th scope="col" .picture { "Share" }
                    } }
                    tbody {
                        @for OptIn { group, purpose, decided, yes } in told {
                            @let said = yes.map_or_else(|| format!("fewer than {k}"), |yes| group_shown(yes, k));
                            tr {
                                th scope="row" data-label="Purpose" { (purpose) }
                                td data-label="Consents" { (group) }
                                td data-label="Yes" { (said) }
                                td .number data-label="Decided" { (grouped(*decided)) }
                                td .picture data-label="Share" {
                                    (charts::bar(yes.map_or(0, |yes| yes.people), *decided, &format!("{said} of {decided} say yes")))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn days(report: &Report) -> Markup {
    let (from, to) = (report.asked.from, report.asked.to);
    let mut by_route: BTreeMap<&str, BTreeMap<Date, &Told>> = BTreeMap::new();
    for told in &report.told {
        by_route.entry(&told.route).or_default().insert(told.day, told);
    }
    html! {
        @if by_route.is_empty() {
            p .card .empty { "Nothing may be said: on no day were there " (report.k) " people on a route." }
        }
        @for (route, days) in &by_route {
            @let numbers: Vec<_> = every_day(from, to).map(|day| days.get(&day).map(|told| told.people)).collect();
            @let most = days.values().max_by_key(|told| told.people);
            figure .card .chart {
                figcaption { strong { (route) } @if let Some(most) = most { ", at most " (grouped(most.people)) " people a day, on " (most.day) } }
                (charts::columns(&numbers, &format!("people by day on route {route}, {from} to {to}; the table below has every number")))
                div .axis aria-hidden="true" { span { (from) } span { (to) } }
                details {
                    summary { "The numbers of " (route) }
                    (day_table(days, report.k))
                }
            }
        }
    }
}

fn day_table(days: &BTreeMap<Date, &Told>, k: u64) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Day" } th scope="col" .number { "People" } th scope="col" { "What they met" } } }
            tbody {
                @for (day, told) in days {
                    tr {
                        th scope="row" data-label="Day" { (day) }
                        td .number data-label="People" { (grouped(told.people)) }
                        td data-label="What they met" {
                            ul .plain {
                                @for (figure, group) in &told.figures { li { (figure.words().line()) ": " (group_shown(*group, k)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn sums(told: &[Told]) -> Markup {
    html! {
        @for (route, (people, figures)) in totals(told) {
            div .card .wide {
                table {
                    caption { strong { (route) } ": " (grouped(people)) " people, once a day" }
                    thead { tr {
                        th scope="col" { "Met" } th scope="col" { "What" } th scope="col" { "Way" }
                        th scope="col" .number { "People" } th scope="col" .picture { "Share" }
                    } }
                    tbody {
                        @for (figure, met) in &figures {
                            @let words = figure.words();
                            tr {
                                td data-label="Met" { (deed(words.figure, words.action)) }
                                th scope="row" data-label="What" { (words.name) }
                                td data-label="Way" { (way(words.way)) }
                                td .number data-label="People" { (grouped(*met)) }
                                td .picture data-label="Share" { (charts::bar(*met, people, &format!("{met} of {people}"))) }
                            }
                        }
                    }
                }
            }
        }
        @if told.is_empty() { p .card .empty { "Nothing may be said." } }
    }
}

/// What happened; what a route that only reports would have done is none of what was withheld.
fn deed(figure: &str, action: &str) -> Markup {
    match action.strip_prefix("would ") {
        Some(spared) => html! { span .tag .stop { "only reported" } " it would be: " (spared) },
        None => html! { span class={ "tag " (figure) } { (figure) } @if !action.is_empty() { " " (action) } },
    }
}

fn way(word: &str) -> &'static str {
    match word {
        "to_bot" => "to the bot",
        "to_person" => "to the person",
        _ => "",
    }
}

fn group_shown(group: Group, k: u64) -> String {
    if group.nearly_all { format!("all, or all but fewer than {k}") } else { grouped(group.people) }
}

fn every_day(from: Date, to: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), |day| day.checked_add(1.day()).ok()).take_while(move |day| *day <= to)
}
