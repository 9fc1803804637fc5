//! Links to the desk that an operator's own program asks for, to hand them to people it knows.
//!
//! The rule: only a caller that showed a client certificate or a token gets one, since whoever holds it is that person at the desk;
//! each opens once and not for long. What would defeat it: making one for an id that nobody here is identified by, because its holder would
//! decide for nobody; so that is refused. No answer repeats an id.

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    decisions::{Refused, answered, let_in, read},
    guard::Guard,
};
use crate::{
    exchange::Site,
    identify::check_id,
    message::Body,
    pass::Room,
    server::Peer,
    subject::{Standing, Subject},
};

/// What is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    namespace: String,
    id: String,
    #[serde(default)]
    to: Room,
}

/// Makes a link.
pub(super) async fn make(
    request: Request<Incoming>,
    site: &Site,
    guarded: (&Guard, &Peer),
) -> Response<Body> {
    answered(made(request, site, guarded).await)
}

async fn made(request: Request<Incoming>, site: &Site, guarded: (&Guard, &Peer)) -> Result<Value, Refused> {
    let request = let_in(request, guarded)?;
    let Some(invites) = site.invites() else {
        let words = "there is no desk; add `desk` to the configuration".to_owned();
        return Err(Refused(StatusCode::NOT_FOUND, "no-desk", words));
    };
    let Asked { namespace, id, to } =
        read(request, "write `namespace`, `id` and, if it is for the panel, `\"to\": \"/panel\"`").await?;
    if let Err(fault) = check_id(id.as_bytes()) {
        return Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, "subject", fault.to_owned()));
    }
    let group = {
        let routes = site.routes();
        routes
            .all()
            .find(|route| route.identifies(&namespace))
            .map(|route| route.plan.policy.group.to_string())
    };
    let Some(group) = group else {
        let words =
            "no route here has such a namespace, so whoever had the link would decide for nobody".to_owned();
        return Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, "nobody-would-obey", words));
    };
    let subject = Subject::new(namespace, id, Standing::Proven);
    // Gives somebody never seen the reference that the link names.
    let consent = site.ledger.consent(&subject, &group).await.map_err(|error| {
        tracing::error!(%error, "a link to the desk was not made");
        let words = "the ledger does not answer; try again shortly".to_owned();
        Refused(StatusCode::SERVICE_UNAVAILABLE, "ledger-unreachable", words)
    })?;
    let invitation = invites.invite(&subject, consent.reference.clone(), to).map_err(|error| {
        tracing::error!(%error, "a link to the desk was not made");
        let words = "no random numbers can be had; try again shortly".to_owned();
        Refused(StatusCode::INTERNAL_SERVER_ERROR, "internal", words)
    })?;
    Ok(json!({"url": invitation.url, "expires": invitation.expires}))
}
