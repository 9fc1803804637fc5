//! What would happen to a message: the engine of exchanges, and the words of `assentry explain`.
//!
//! The rule: nothing that is pasted is kept, logged or sent back. The answer names places as receipts do, with `*` for every name
//! that the policy does not name. It is decided on a thread of its own, so that exchanges don't wait for it.

mod answer;

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode, header::CONTENT_TYPE, request};
use jiff::Timestamp;
use maud::{Markup, html};
use tokio::task::spawn_blocking;

use self::answer::answered;
use super::{Page, Pages, form::Form, frame::Frame};
use crate::{
    consent::{Consent, DecisionKind},
    exchange::Served,
    message::Direction,
    policy::{Basis, Plan, Policy, Purpose},
    preview::{self, Asked, Preview, said},
    route::{Pattern, Routes, Takes},
    signal::Signals,
};

/// The longest message, in bytes.
const LONGEST: usize = 256 << 10;
const JSON: &str = "application/json";
const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// What was asked, but for the message.
#[derive(Clone)]
struct Question {
    route: Arc<Served>,
    direction: Direction,
    media_type: String,
    said: BTreeMap<usize, DecisionKind>,
    gpc: bool,
}

impl Pages {
    /// The form, with nothing answered.
    pub(super) fn explain_form(&self, frame: Frame, query: &Form) -> Page {
        match self.route(query) {
            Some(route) => frame.around(page(&self.site.routes(), &Question::of(route, query), None)),
            None => {
                frame.failed(StatusCode::NOT_FOUND, "There is no such route", "Choose another at Explain.")
            }
        }
    }

    /// The form, with what was asked and what would come of it.
    pub(super) async fn explain(&self, frame: Frame, sent: Option<Form>) -> Page {
        let too_long = || {
            let advice =
                "A message here may have 256 KiB. Cut it down, or run `assentry explain` where the file is.";
            frame.failed(StatusCode::PAYLOAD_TOO_LARGE, "The message is too long", advice)
        };
        let Some(sent) = sent else { return too_long() };
        let Some(route) = self.route(&sent) else {
            return frame.failed(
                StatusCode::NOT_FOUND,
                "There is no such route",
                "Choose another at Explain.",
            );
        };
        let question = Question::of(route, &sent);
        let body = Bytes::from(sent.get("body").unwrap_or_default().to_owned());
        if body.len() > LONGEST {
            return too_long();
        }
        let asked = question.clone();
        let answered = spawn_blocking(move || asked.answer(body)).await;
        let answer = answered.unwrap_or_else(|_| Err("deciding broke off; the log says where".to_owned()));
        frame.around(page(&self.site.routes(), &question, Some(&answer)))
    }

    /// The route that is asked for; the first where none is.
    fn route(&self, form: &Form) -> Option<Arc<Served>> {
        let routes = self.site.routes();
        let named = |route: &&Arc<Served>| form.get("route").is_none_or(|name| *route.name == *name);
        routes.all().find(named).map(Arc::clone)
    }
}

impl Question {
    fn of(route: Arc<Served>, form: &Form) -> Self {
        let said = route.plan.policy.purposes.iter().enumerate().filter_map(|(number, purpose)| {
            let word = form.get(&field(number))?;
            let choice =
                choices(purpose).iter().find(|(kind, _)| kind.is_some_and(|kind| kind.as_str() == word))?;
            Some((number, choice.0?))
        });
        Self {
            direction: match form.get("direction") {
                Some("to_person") => Direction::ToPerson,
                _ => Direction::ToBot,
            },
            media_type: form.get("content_type").unwrap_or(JSON).to_owned(),
            gpc: form.get("gpc").is_some(),
            said: said.collect(),
            route,
        }
    }

    fn answer(&self, body: Bytes) -> Result<Preview, String> {
        let (policy, profile) = (&self.route.plan.policy, self.route.profile.as_deref());
        let plan = match self.direction {
            Direction::ToBot => Plan::to_bot(policy, profile, &[]),
            Direction::ToPerson => Plan::to_person(policy, profile),
        };
        let (head, now) = (self.head()?, Timestamp::now());
        let pattern = Pattern::prefix("/").map_err(|fault| fault.to_string())?;
        let routes = Routes::new([(Takes { host: None, pattern, methods: Vec::new() }, Arc::new(()))]);
        let asked = Asked {
            head: &head,
            routes: &routes,
            other_bodies: &self.route.other_bodies,
            body,
            consent: &self.consent(policy, now),
            signals: Signals::read(&head.headers),
            now,
            key: &preview::keys(policy, None),
            nesting: self.route.limits.nesting,
        };
        Preview::of(plan, asked).map_err(|stream| stream.to_string())
    }

    fn head(&self) -> Result<request::Parts, String> {
        let (mut head, ()) = Request::post("/").body(()).map_err(|error| error.to_string())?.into_parts();
        let media_type = HeaderValue::try_from(self.media_type.trim());
        head.headers.insert(
            CONTENT_TYPE,
            media_type
                .map_err(|_| "that is not a media type; write it like `application/json`".to_owned())?,
        );
        if self.gpc {
            head.headers.insert(SEC_GPC, HeaderValue::from_static("1"));
        }
        Ok(head)
    }

    fn consent(&self, policy: &Policy, now: Timestamp) -> Consent {
        let purposes =
            self.said.iter().filter_map(|(number, kind)| Some((policy.purposes.get(*number)?, *kind)));
        let decisions = purposes.map(|(purpose, kind)| (purpose.name.to_string(), said(purpose, kind, now)));
        Consent { decisions: decisions.collect(), ..Consent::default() }
    }
}

/// What the form calls a purpose.
fn field(number: usize) -> String {
    format!("purpose-{number}")
}

/// What a person can have said to a purpose; the first is nothing.
fn choices(purpose: &Purpose) -> &'static [(Option<DecisionKind>, &'static str)] {
    match purpose.basis {
        Basis::Consent => &[
            (None, "never asked"),
            (Some(DecisionKind::Grant), "said yes"),
            (Some(DecisionKind::Deny), "said no"),
            (Some(DecisionKind::Withdraw), "took the yes back"),
        ],
        Basis::LegitimateInterests | Basis::PublicTask => {
            &[(None, "said nothing"), (Some(DecisionKind::Object), "objected")]
        }
        Basis::Contract | Basis::LegalObligation | Basis::VitalInterests => &[(None, "needs no yes")],
    }
}

fn page(routes: &Routes<Served>, question: &Question, answer: Option<&Result<Preview, String>>) -> Markup {
    html! {
        div .hello {
            h1 { "What would happen to a message" }
            p {
                "Nothing is sent to a bot. What you paste is looked at once; it is not kept, not logged and not shown again. Still: \
                 rather paste a message you made up than one of a person."
            }
        }
        @if let Some(answer) = answer { (answered(answer, question.route.reports_until(Timestamp::now()))) }
        @if routes.all().nth(1).is_some() { (choice(routes, question)) }
        (form(question))
    }
}

fn choice(routes: &Routes<Served>, question: &Question) -> Markup {
    html! {
        form .filter method="get" action="/explain" {
            label {
                "Route"
                select name="route" {
                    @for route in routes.all() {
                        option value=(route.name) selected[route.name == question.route.name] {
                            (route.name) " (" (route.plan.policy.name) " version " (route.plan.policy.version) ")"
                        }
                    }
                }
            }
            button .button { "Choose" }
        }
    }
}

fn form(question: &Question) -> Markup {
    let policy = &question.route.plan.policy;
    let way = |way: Direction| question.direction == way;
    html! {
        form .card .ask method="post" action="/explain" {
            input type="hidden" name="route" value=(question.route.name);
            h2 { "A message on " (question.route.name) ", under " (policy.name) " version " (policy.version) }
            fieldset .row {
                legend { "Which way it goes" }
                label .check { input type="radio" name="direction" value="to_bot" checked[way(Direction::ToBot)]; "to the bot" }
                label .check { input type="radio" name="direction" value="to_person" checked[way(Direction::ToPerson)]; "to the person" }
            }
            @for (number, purpose) in policy.purposes.iter().enumerate() {
                @let offered = choices(purpose);
                @if offered.len() > 1 {
                    fieldset .row {
                        legend { "To " strong { (purpose.name) } " the person …" }
                        @for (kind, words) in offered {
                            label .check {
                                input type="radio" name=(field(number)) value=(kind.map_or("", DecisionKind::as_str))
                                    checked[question.said.get(&number).copied() == *kind];
                                (words)
                            }
                        }
                    }
                }
            }
            fieldset .row {
                legend { "Signals" }
                label .check { input type="checkbox" name="gpc" value="1" checked[question.gpc]; span { "Global Privacy Control (" code { "Sec-GPC: 1" } ")" } }
            }
            label .field {
                "Media type"
                input type="text" name="content_type" value=(question.media_type) spellcheck="false" autocapitalize="off" autocomplete="off";
            }
            label .field {
                "Message"
                textarea name="body" rows="10" spellcheck="false" autocapitalize="off" autocomplete="off" aria-describedby="limit" {}
            }
            p .soft #limit { "At most 256 KiB." }
            div { button .button .first { "Explain" } }
        }
    }
}
