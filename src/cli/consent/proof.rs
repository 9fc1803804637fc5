//! Proof that two ids are one person's: a credential for each, verified as the proxy would.
//!
//! The rule: each credential goes to the route's own sources, alone, as a request with that field and nothing else would; it must
//! prove an id, not only claim one; and together they must prove the ids that are to be linked. No credential is printed, also
//! not in an error.
//!
//! What would defeat it: a source that trusts a header from everyone, since this request comes from nowhere in particular.

use std::{fs, net::Ipv4Addr};

use http::{HeaderName, HeaderValue, Request, request::Parts};

use super::{ConsentFailure, ids::Credential, unknown};
use crate::{
    config::Config,
    identify::{Found, Identifier, PeerView},
    subject::{Standing, Subject},
};

/// Makes sure that the credentials prove these two ids.
pub(super) async fn both(
    config: &Config,
    route: &str,
    credentials: &[Credential],
    ids: [&Subject; 2],
) -> Result<(), ConsentFailure> {
    let names = config.routes.iter().map(|route| route.name.as_str());
    let settings = config.routes.iter().find(|known| known.name == route);
    let settings = settings.ok_or_else(|| unknown("route", route, names))?;
    let [first, second] = credentials else {
        let text = "write `--credential` twice, with one field for each id";
        return Err(ConsentFailure::Usage(text.to_owned()));
    };
    let identifier = settings.identifier(config).map_err(|error| ConsentFailure::Usage(error.to_string()))?;
    identifier.start().await; // fetches keys
    let (first, second) = (prove(&identifier, "first", first)?, prove(&identifier, "second", second)?);
    let [one, other] = ids;
    let fits = is(&first, one) && is(&second, other) || is(&first, other) && is(&second, one);
    if fits {
        return Ok(());
    }
    Err(ConsentFailure::Unproven(
        "the credentials prove other ids than those that are to be linked".to_owned(),
    ))
}

fn prove(identifier: &Identifier, which: &str, credential: &Credential) -> Result<Subject, ConsentFailure> {
    let head = head(which, credential)?;
    let peer = PeerView { address: Ipv4Addr::UNSPECIFIED.into(), certificate: None };
    let unproven = |why: &str| ConsentFailure::Unproven(format!("the {which} credential {why}"));
    let identified = identifier
        .identify(&head, peer, |_| Found::Absent)
        .map_err(|refusal| unproven(&format!("does not hold: {}", refusal.detail())))?;
    match identified.subject {
        Some(subject) if subject.standing() == Standing::Proven => Ok(subject),
        Some(_) => Err(unproven("only claims an id; a link needs one that proves it")),
        None => Err(unproven("is not one that the route's sources look for")),
    }
}

/// A request with this field alone.
fn head(which: &str, credential: &Credential) -> Result<Parts, ConsentFailure> {
    let unusable = |why: &str| ConsentFailure::Usage(format!("the {which} credential {why}"));
    let text = match credential.0.strip_prefix('@') {
        Some(path) => {
            fs::read_to_string(path).map_err(|error| unusable(&format!("can't be read: {error}")))?
        }
        None => credential.0.clone(),
    };
    let form = "is no header field; write it like `authorization: Bearer …`, or `@FILE`";
    let (name, value) = text.trim_end().split_once(':').ok_or_else(|| unusable(form))?;
    let name: HeaderName = name.trim().parse().map_err(|_| unusable(form))?;
    let mut value: HeaderValue = value.trim().parse().map_err(|_| unusable(form))?;
    value.set_sensitive(true);
    let request = Request::get("/").header(name, value).body(()).map_err(|_| unusable(form))?;
    Ok(request.into_parts().0)
}

fn is(proven: &Subject, named: &Subject) -> bool {
    (proven.namespace(), proven.id()) == (named.namespace(), named.id())
}
