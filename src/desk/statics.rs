//! The files that pages load: compiled into the program, so that there is nothing else to install.

use http::{HeaderValue, Response, StatusCode, header::CACHE_CONTROL};

use super::answers;
use crate::message::Body;

/// Where the element is that others embed.
pub(super) const PANEL: &str = "/static/panel.js";

/// Path, media type, and what it holds.
const FILES: [(&str, &str, &str); 3] = [
    ("/static/desk.css", "text/css; charset=utf-8", include_str!("static/desk.css")),
    ("/static/desk.js", "text/javascript; charset=utf-8", include_str!("static/desk.js")),
    (PANEL, "text/javascript; charset=utf-8", include_str!("static/panel.js")),
];

/// The file at a path.
pub(super) fn file(path: &str) -> Option<Response<Body>> {
    let (_, media_type, text) = FILES.iter().find(|(known, ..)| *known == path)?;
    let mut reply = answers::bytes(StatusCode::OK, media_type, *text);
    // For a while only: the next version of the program may bring others.
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Some(reply)
}
