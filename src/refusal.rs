//! The ways of saying no: one type, one table.
//!
//! The rule: every refusal has a stable slug, a status that names the guilty side (4xx the client, 502 and 504 the
//! bot, 500 and 503 ourselves), and a sentence that says what to do. No refusal carries a value from the message; what would
//! defeat that is a variant with a free text field filled from the request, so texts are `&'static str` and names
//! come from the policy or the configuration only.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

/// What every problem type begins with; the slug is appended (RFC 9457, section 3.1.1). It names the type and leads nowhere.
pub const TYPE_BASE: &str = "urn:assentry:problem:";

/// A reason not to forward a message, or not to pass a reply on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No route matches the host and path.
    NoRoute,
    /// The host in the request is not the one the TLS handshake asked for (RFC 9110, section 15.5.20).
    Misdirected,
    /// The route does not take this method; the text is the `Allow` list.
    Method(String),
    /// The request target can be read in two ways, or not at all.
    Target(&'static str),
    /// A header can be read in two ways, or not at all.
    Header(&'static str),
    /// The header section is too large.
    HeaderTooLarge,
    /// A credential is present and does not verify.
    Credential(&'static str),
    /// The media type or charset is one that can't be read here.
    MediaType(&'static str),
    /// The content encoding is one that can't be read here.
    ContentCoding(&'static str),
    /// The body is larger than the route allows.
    BodyTooLarge,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The body ended before it was complete.
    BodyBroken,
    /// The body is not what its media type says.
    Unreadable {
        /// What is wrong, in words of ours.
        what: &'static str,
        /// At which byte, counted from 0.
        at: u64,
    },
    /// A data entry whose action is `refuse` is present; the text is the entry's name.
    Forbidden(String),
    /// A data entry whose action is `refuse` is present and consent would have let it pass.
    ConsentMissing {
        /// The data entry's name in the policy.
        data: String,
        /// The purposes of which a yes would have been needed.
        purposes: Vec<Missing>,
        /// Where people decide, if that is known.
        decide_at: Option<Arc<str>>,
    },
    /// The message is a decision, and anybody could have written it.
    NotSignedIn,
    /// Something that no data entry declares is present and the policy says `undeclared: refuse`.
    Undeclared,
    /// The keys that credentials are checked with could not be had.
    KeysUnreachable,
    /// The ledger did not answer.
    LedgerUnreachable,
    /// An outside detector did not say what is in a text.
    DetectorUnreachable,
    /// There is no room for this exchange's receipt.
    NoReceiptRoom,
    /// Too many requests are under way.
    Overloaded,
    /// Consent or policy kept changing while the request waited.
    Unsettled,
    /// The bot could not be reached.
    BotUnreachable,
    /// The bot's reply was not HTTP, or broke off before its header.
    BotBroken,
    /// The bot did not begin to answer in time.
    BotTimeout,
    /// The bot's reply can't be read, and the policy has something to say about it.
    ReplyUnreadable(&'static str),
    /// Assentry itself is at fault.
    Internal,
}

/// A purpose whose consent is missing, as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Its name in the policy.
    pub name: Arc<str>,
    /// What people are told it is called.
    pub title: Arc<str>,
}

/// One row of the table: slug, status, title and what the caller can do.
struct Row(&'static str, StatusCode, &'static str, &'static str);

impl Refusal {
    /// One of each kind, for those who count them.
    pub const EACH: [Self; 28] = [
        Self::NoRoute,
        Self::Misdirected,
        Self::Method(String::new()),
        Self::Target(""),
        Self::Header(""),
        Self::HeaderTooLarge,
        Self::Credential(""),
        Self::MediaType(""),
        Self::ContentCoding(""),
        Self::BodyTooLarge,
        Self::BodyTimeout,
        Self::BodyBroken,
        Self::Unreadable { what: "", at: 0 },
        Self::Forbidden(String::new()),
        Self::ConsentMissing { data: String::new(), purposes: Vec::new(), decide_at: None },
        Self::NotSignedIn,
        Self::Undeclared,
        Self::KeysUnreachable,
        Self::LedgerUnreachable,
        Self::DetectorUnreachable,
        Self::NoReceiptRoom,
        Self::Overloaded,
        Self::Unsettled,
        Self::BotUnreachable,
        Self::BotBroken,
        Self::BotTimeout,
        Self::ReplyUnreadable(""),
        Self::Internal,
    ];

    /// The stable name of this kind of refusal: the last part of the problem type.
    pub fn slug(&self) -> &'static str {
        self.row().0
    }

    /// The HTTP status (RFC 9110, section 15).
    pub fn status(&self) -> StatusCode {
        self.row().1
    }

    /// A short sentence, the same for every refusal of this kind.
    pub fn title(&self) -> &'static str {
        self.row().2
    }

    /// What is wrong this time and what the caller can do about it.
    pub fn detail(&self) -> String {
        let advice = self.row().3;
        match self {
            Self::Target(what)
            | Self::Header(what)
            | Self::Credential(what)
            | Self::MediaType(what)
            | Self::ContentCoding(what)
            | Self::ReplyUnreadable(what) => format!("{what}; {advice}"),
            Self::Unreadable { what, at } => format!("{what} at byte {at}; {advice}"),
            Self::Method(allowed) => format!("{advice}: {allowed}"),
            Self::Forbidden(data) => format!("`{data}` may not be sent here; {advice}"),
            Self::ConsentMissing { data, .. } => {
                format!("`{data}` needs a consent that was not given; {advice}")
            }
            Self::NoRoute
            | Self::Misdirected
            | Self::HeaderTooLarge
            | Self::BodyTooLarge
            | Self::BodyTimeout
            | Self::BodyBroken
            | Self::NotSignedIn
            | Self::Undeclared
            | Self::KeysUnreachable
            | Self::LedgerUnreachable
            | Self::DetectorUnreachable
            | Self::NoReceiptRoom
            | Self::Overloaded
            | Self::Unsettled
            | Self::BotUnreachable
            | Self::BotBroken
            | Self::BotTimeout
            | Self::Internal => advice.to_owned(),
        }
    }

    /// The purposes whose consent is missing; empty unless that is the reason.
    pub fn missing_purposes(&self) -> &[Missing] {
        match self {
            Self::ConsentMissing { purposes, .. } => purposes,
            _ => &[],
        }
    }

    /// Where a missing consent can be given, if that is known.
    pub fn decide_at(&self) -> Option<&str> {
        match self {
            Self::ConsentMissing { decide_at, .. } => decide_at.as_deref(),
            _ => None,
        }
    }

    fn row(&self) -> Row {
        match self {
            Self::NoRoute => Row(
                "no-route",
                StatusCode::NOT_FOUND,
                "nothing is served here",
                "check the host name and the path",
            ),
            Self::Misdirected => Row(
                "misdirected",
                StatusCode::MISDIRECTED_REQUEST,
                "the request names another host than the connection",
                "open a connection to the host you ask for",
            ),
            Self::Method(_) => {
                Row("method", StatusCode::METHOD_NOT_ALLOWED, "the method is not allowed here", "use one of")
            }
            Self::Target(_) => Row(
                "target",
                StatusCode::BAD_REQUEST,
                "the request target is ambiguous",
                "write the path without dot segments, empty segments or encoded slashes",
            ),
            Self::Header(_) => Row(
                "header",
                StatusCode::BAD_REQUEST,
                "a header field is ambiguous",
                "send each of these fields once and well-formed",
            ),
            Self::HeaderTooLarge => Row(
                "header-too-large",
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "the header section is too large",
                "send fewer or shorter header fields",
            ),
            Self::Credential(_) => Row(
                "credential",
                StatusCode::UNAUTHORIZED,
                "the credential does not verify",
                "sign in again, or send none",
            ),
            Self::MediaType(_) => Row(
                "media-type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "this body can't be checked here",
                "send JSON in UTF-8 or a form",
            ),
            Self::ContentCoding(_) => Row(
                "content-coding",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "this content encoding can't be undone here",
                "send the body without content encoding, or in one that `Accept-Encoding` lists",
            ),
            Self::BodyTooLarge => Row(
                "body-too-large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is too large",
                "send a smaller body",
            ),
            Self::BodyTimeout => Row(
                "body-timeout",
                StatusCode::REQUEST_TIMEOUT,
                "the body did not arrive in time",
                "send the body without pauses",
            ),
            Self::BodyBroken => {
                Row("body-broken", StatusCode::BAD_REQUEST, "the body broke off", "send the whole body")
            }
            Self::Unreadable { .. } => Row(
                "unreadable",
                StatusCode::BAD_REQUEST,
                "the body can't be read",
                "send a body that is valid throughout",
            ),
            Self::Forbidden(_) => {
                Row("forbidden", StatusCode::FORBIDDEN, "this request may not be sent", "leave it out")
            }
            Self::ConsentMissing { .. } => Row(
                "consent-missing",
                StatusCode::FORBIDDEN,
                "a consent is missing",
                "leave it out, or agree to one of the listed purposes",
            ),
            Self::NotSignedIn => Row(
                "not-signed-in",
                StatusCode::FORBIDDEN,
                "anybody could have written this decision",
                "sign in and write it again",
            ),
            Self::Undeclared => Row(
                "undeclared",
                StatusCode::FORBIDDEN,
                "something in this request is not declared",
                "send only what the service asks for",
            ),
            Self::KeysUnreachable => Row(
                "keys-unreachable",
                StatusCode::SERVICE_UNAVAILABLE,
                "the credential can't be checked",
                "try again shortly",
            ),
            Self::LedgerUnreachable => Row(
                "ledger-unreachable",
                StatusCode::SERVICE_UNAVAILABLE,
                "consent can't be looked up",
                "try again shortly",
            ),
            Self::DetectorUnreachable => Row(
                "detector-unreachable",
                StatusCode::SERVICE_UNAVAILABLE,
                "what is written here can't be checked",
                "try again shortly",
            ),
            Self::NoReceiptRoom => Row(
                "no-receipt-room",
                StatusCode::SERVICE_UNAVAILABLE,
                "no receipt can be kept",
                "try again shortly",
            ),
            Self::Overloaded => Row(
                "overloaded",
                StatusCode::SERVICE_UNAVAILABLE,
                "too many requests are under way",
                "try again shortly",
            ),
            Self::Unsettled => Row(
                "unsettled",
                StatusCode::SERVICE_UNAVAILABLE,
                "consent kept changing",
                "try again shortly",
            ),
            Self::BotUnreachable => {
                Row("bot-unreachable", StatusCode::BAD_GATEWAY, "the bot can't be reached", "try again later")
            }
            Self::BotBroken => {
                Row("bot-broken", StatusCode::BAD_GATEWAY, "the bot's reply broke off", "try again later")
            }
            Self::BotTimeout => Row(
                "bot-timeout",
                StatusCode::GATEWAY_TIMEOUT,
                "the bot did not answer in time",
                "try again later",
            ),
            Self::ReplyUnreadable(_) => Row(
                "reply-unreadable",
                StatusCode::BAD_GATEWAY,
                "the bot's reply can't be checked",
                "tell the operator the exchange id",
            ),
            Self::Internal => Row(
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "something went wrong here",
                "try again, and tell the operator the exchange id",
            ),
        }
    }
}
