//! The page of the demo, as the shop's own server would give it.

use bytes::Bytes;
use http::{HeaderValue, Response, header};

const PAGE: &str = include_str!("../page/index.html");
const SHEET: &str = include_str!("../page/demo.css");
const SCRIPT: &str = include_str!("../page/demo.js");

/// Where the page finds the others.
#[derive(Clone, Debug)]
pub struct Around {
    /// The page's own origin, which alone may look over the bot's shoulder.
    pub page: String,
    /// The bot itself, beside the proxy: an origin, with a `/` at its end.
    pub bot: String,
    /// The desk: an address with a `/` at its end.
    pub desk: String,
}

/// What is at a path, if anything is.
pub(super) fn at(path: &str, around: &Around) -> Option<Response<Bytes>> {
    let (media_type, text) = match path {
        "/" => ("text/html; charset=utf-8", around.within(PAGE)),
        "/demo.css" => ("text/css; charset=utf-8", SHEET.to_owned()),
        "/demo.js" => ("text/javascript; charset=utf-8", SCRIPT.to_owned()),
        _ => return None,
    };
    let mut reply = Response::new(Bytes::from(text));
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(rules) = HeaderValue::from_str(&around.rules()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, rules);
    }
    Some(reply)
}

impl Around {
    fn within(&self, page: &str) -> String {
        page.replace("{bot}", &self.bot).replace("{desk}", &self.desk)
    }

    fn rules(&self) -> String {
        let Self { page: _, bot, desk } = self;
        format!(
            "default-src 'none'; style-src 'self'; img-src data:; script-src 'self' {desk}; connect-src 'self' {bot}; \
             frame-src {desk}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
    }
}
