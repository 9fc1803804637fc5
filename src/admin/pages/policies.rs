//! The policies in force: what people are told, on which ground, and the text itself.

use std::{collections::BTreeMap, sync::Arc};

use http::StatusCode;
use maud::{Markup, html};

use super::{
    Page, Pages,
    form::Form,
    frame::{Frame, count},
    overview::{link, short, undeclared},
    source,
};
use crate::{
    exchange::Served,
    policy::{Basis, Data, ObjectionSignal, Policy, Purpose},
    route::Routes,
};

/// A policy, by which routes it is in force, and whether it is only tried.
pub(super) struct InForce {
    pub(super) policy: Arc<Policy>,
    pub(super) routes: Vec<Arc<str>>,
}

/// Every policy in force once, by name and digest.
pub(super) fn in_force(routes: &Routes<Served>) -> Vec<InForce> {
    let mut found: BTreeMap<(Arc<str>, [u8; 32]), InForce> = BTreeMap::new();
    for route in routes.all() {
        let policy = &route.plan.policy;
        let key = (Arc::clone(&policy.name), policy.digest);
        let new = || InForce { policy: Arc::clone(policy), routes: Vec::new() };
        found.entry(key).or_insert_with(new).routes.push(Arc::clone(&route.name));
    }
    found.into_values().collect()
}

impl Pages {
    pub(super) fn policies(&self, frame: Frame) -> Page {
        let policies = in_force(&self.site.routes());
        frame.around(html! {
            div .hello {
                h1 { "Policies in force" }
                p { "As this process has them now, after the last reload that succeeded." }
            }
            @for InForce { policy, routes } in &policies {
                section .card .policy {
                    h2 { (link(policy)) " " span .soft { "version " (policy.version) } }
                    (facts(policy, routes))
                    p { a href={ "/policy?name=" (super::overview::encoded(&policy.name)) "&digest=" (short(&policy.digest_hex())) } { "Purposes, data and source of " (policy.name) } }
                }
            }
        })
    }

    pub(super) fn policy(&self, frame: Frame, query: &Form) -> Page {
        let (name, digest) = (query.get("name").unwrap_or_default(), query.get("digest").unwrap_or_default());
        let policies = in_force(&self.site.routes());
        let named = policies.iter().filter(|one| *one.policy.name == *name);
        let Some(InForce { policy, routes }) =
            named.into_iter().find(|one| one.policy.digest_hex().starts_with(digest))
        else {
            let advice = "No policy of that name, with that digest, is in force now. The list of policies has those that are.";
            return frame.failed(StatusCode::NOT_FOUND, "There is no such policy", advice);
        };
        frame.around(html! {
            div .hello {
                h1 { (policy.name) " " span .soft { "version " (policy.version) } }
                (facts(policy, routes))
            }
            section aria-labelledby="purposes" {
                h2 #purposes { "Purposes" }
                div .card .wide { (purposes(policy)) }
            }
            section aria-labelledby="data" {
                h2 #data { "Data" }
                div .card .wide { (data(policy)) }
            }
            section aria-labelledby="source" {
                h2 #source { "Source" }
                p { code { (policy.source.path) } }
                (source::shown(&policy.source.text))
            }
        })
    }
}

fn facts(policy: &Policy, routes: &[Arc<str>]) -> Markup {
    html! {
        dl .facts {
            dt { "Routes" } dd { (routes.join(", ")) }
            @if let Some(controller) = &policy.controller { dt { "Controller" } dd { (controller) } }
            dt { "Consents" } dd { "shared as " code { (policy.group) } }
            dt { "Holds" } dd { (count(policy.purposes.len() as u64, "purpose", "purposes")) ", " (count(policy.data.len() as u64, "data entry", "data entries")) "; everything else is " (undeclared(policy.undeclared)) }
            dt { "Digest" } dd { code .digest { (policy.digest_hex()) } }
        }
    }
}

fn purposes(policy: &Policy) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { "Purpose" } th scope="col" { "What people are told" } th scope="col" { "Basis" }
                th scope="col" { "Notice" } th scope="col" { "A yes lasts" } th scope="col" { "Digest of the text" }
            } }
            tbody { @for purpose in &policy.purposes { (purpose_row(policy, purpose)) } }
        }
    }
}

fn purpose_row(policy: &Policy, purpose: &Purpose) -> Markup {
    let objections: Vec<String> = purpose.objections.iter().map(signal).collect();
    html! {
        tr {
            th scope="row" data-label="Purpose" { (line_link(policy, &purpose.name, purpose.place.start)) }
            td data-label="What people are told" {
                (purpose.title)
                @if let Some(description) = &purpose.description { br; span .soft { (description) } }
                @if !purpose.recipients.is_empty() { br; span .soft { "also gets it: " (purpose.recipients.join(", ")) } }
            }
            td data-label="Basis" {
                (purpose.basis.as_str())
                @if !objections.is_empty() { br; span .soft { "objections: " (objections.join(", ")) } }
            }
            td data-label="Notice" { (purpose.notice.as_deref().unwrap_or("none")) }
            td data-label="A yes lasts" { (lasts(purpose)) }
            td data-label="Digest of the text" { code .digest title=(purpose.text_digest()) { (short(&purpose.text_digest())) } }
        }
    }
}

fn lasts(purpose: &Purpose) -> String {
    match (purpose.basis, purpose.expires) {
        (Basis::Consent, Some(expires)) => expires.to_string(),
        (Basis::Consent, None) => "until it is taken back".to_owned(),
        _ => "needs none".to_owned(),
    }
}

fn data(policy: &Policy) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { "Data" } th scope="col" { "Where" } th scope="col" { "For" } th scope="col" { "Otherwise" }
            } }
            tbody {
                @for entry in &policy.data {
                    tr {
                        th scope="row" data-label="Data" { (line_link(policy, &entry.name, entry.place.start)) @if let Some(title) = &entry.title { br; span .soft { (title) } } }
                        td data-label="Where" { (places(policy, entry)) }
                        td data-label="For" { (served(policy, entry)) }
                        td data-label="Otherwise" { (entry.otherwise.name()) }
                    }
                }
            }
        }
    }
}

/// Where an entry looks, each with its line.
pub(super) fn places(policy: &Policy, entry: &Data) -> Markup {
    let written = |at: &crate::policy::At| policy.source.text.get(at.place.clone()).unwrap_or_default();
    let written = |at: &crate::policy::At| written(at).trim().trim_matches(['\'', '"']).to_owned();
    let to_bot = entry.at.iter().map(|at| (written(at), at.place.start, ""));
    let to_person = entry.to_person.iter().map(|at| (written(at), at.place.start, " to the person"));
    let texts = entry.text_at.iter().map(|at| (written(at), at.place.start, " as a text"));
    let replies =
        entry.reply_text_at.iter().map(|at| (written(at), at.place.start, " to the person, as a text"));
    let all: Vec<_> = to_bot.chain(to_person).chain(texts).chain(replies).collect();
    html! {
        ul .plain {
            @for (text, at, way) in &all {
                li { code { (text) } (way) " " a .line href={ "/policy?name=" (super::overview::encoded(&policy.name)) "#L" (policy.source.line(*at)) } { "line " (policy.source.line(*at)) } }
            }
            @if !entry.in_text.is_empty() { li { "in texts: " (kinds(policy, entry.in_text)) } }
            @if !entry.in_replies.is_empty() { li { "in texts to the person: " (kinds(policy, entry.in_replies)) } }
        }
    }
}

fn kinds(policy: &Policy, kinds: crate::detect::Kinds) -> String {
    policy.detection.names().each(kinds).collect::<Vec<_>>().join(", ")
}

fn served(policy: &Policy, entry: &Data) -> String {
    let named = entry.serves.purposes().filter_map(|n| policy.purposes.get(n)).map(|purpose| &*purpose.name);
    let named: Vec<&str> = named.collect();
    if named.is_empty() { "no purpose: it never passes".to_owned() } else { named.join(", ") }
}

/// A name that leads to its line.
pub(super) fn line_link(policy: &Policy, name: &str, at: usize) -> Markup {
    html! { a href={ "/policy?name=" (super::overview::encoded(&policy.name)) "#L" (policy.source.line(at)) } { (name) } }
}

fn signal(signal: &ObjectionSignal) -> String {
    match signal {
        ObjectionSignal::Gpc => "gpc".to_owned(),
        ObjectionSignal::Tcf(purpose) => format!("tcf purpose {purpose}"),
        ObjectionSignal::Gpp(field) => format!("gpp {}", field.as_str()),
    }
}
