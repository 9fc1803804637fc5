//! In and out with a browser: a token is shown once, and a session stands for it.
//!
//! The rule: the token comes in the body of a form of ours, is looked at and forgotten; no answer repeats it, and neither does a
//! log.

use http::{
    HeaderValue, StatusCode,
    header::{LOCATION, SET_COOKIE},
    request::Parts,
};
use jiff::Timestamp;
use maud::html;

use super::{Page, Pages, Room, form::Form, frame::Frame};
use crate::{
    admin::guard::{Denied, Entrance, may_send},
    server::Peer,
};

impl Pages {
    /// Begins a session for a token that holds.
    pub(super) fn sign_in(&self, form: Option<Form>, now: Timestamp) -> Result<Page, Denied> {
        let sessions = self.guard.sessions().ok_or(Denied::NoCertificate)?;
        let form = form.ok_or(Denied::Nothing)?;
        let until = self.guard.token(form.get("token").ok_or(Denied::Nothing)?.trim().as_bytes())?;
        let Some(cookie) = sessions.begin(until, now) else {
            let (heading, advice) =
                ("You can't sign in now", "Send the token in `Authorization: Bearer …`, or try again later.");
            return Ok(Frame::nobody("Sign in").failed(StatusCode::SERVICE_UNAVAILABLE, heading, advice));
        };
        tracing::info!("a session of an operator begins");
        let next = form.get("next").and_then(Room::at).unwrap_or(Room::Overview);
        Ok(elsewhere(next.path()).with(SET_COOKIE, cookie))
    }

    /// Ends it.
    pub(super) fn sign_out(&self, head: &Parts, peer: &Peer, now: Timestamp) -> Result<Page, Denied> {
        let entrance = self.guard.person(head, peer, now)?;
        may_send(head, peer, Some(entrance))?;
        let page = elsewhere("/");
        Ok(match (entrance, self.guard.sessions()) {
            (Entrance::Session(session), Some(sessions)) => {
                page.with(SET_COOKIE, sessions.end(Some(session), now))
            }
            _ => page,
        })
    }
}

/// The form, with what is wrong above it.
pub(super) fn asked(denied: &Denied, next: &str) -> Page {
    Frame::nobody("Sign in").around(html! {
        div .card .narrow {
            h1 { "Sign in" }
            @if !matches!(denied, Denied::Nothing) {
                p .said .stop #wrong role="alert" { (denied) }
            }
            p {
                "Paste a token of your organisation's sign-in. It is looked at once and not kept; a session of half an hour at \
                 most stands for it."
            }
            form method="post" action="/sign-in" {
                input type="hidden" name="next" value=(next);
                label for="token" { "Token" }
                input #token type="password" name="token" required autocomplete="off" spellcheck="false" autocapitalize="off"
                    aria-describedby=[(!matches!(denied, Denied::Nothing)).then_some("wrong")];
                button .button .first { "Sign in" }
            }
            p .soft { "Programs send it in " code { "Authorization: Bearer …" } ", or show a client certificate." }
        }
    })
}

/// There is no form that would help.
pub(super) fn turned_away(denied: &Denied) -> Page {
    Frame::nobody("Not let in").around(html! {
        div .card .narrow {
            h1 { "Not let in" }
            p .said .stop role="alert" { (denied) }
        }
    })
}

/// The page is at another place.
pub(super) fn elsewhere(path: &'static str) -> Page {
    Page::fixed("text/plain; charset=utf-8", "")
        .with_status(StatusCode::SEE_OTHER)
        .with(LOCATION, HeaderValue::from_static(path))
}
