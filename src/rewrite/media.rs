//! Which bodies can be read.
//!
//! The rule: a body is read as what its one `Content-Type` says, or it is not read at all; and where the policy has
//! something to say about bodies, one that can't be read is refused. Where a plain text may pass and something is sought in texts, it is
//! read as one. What would defeat it: two content types, a charset that spells the same bytes otherwise, a content coding that is not
//! known here.

use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_TYPE};

use super::{ReceivedBody, events::Framing, multipart::Boundary};
use crate::{
    message::coding::{self, Decoder, Fault},
    policy::{Plan, Undeclared},
    refusal::Refusal,
};

/// A text that is nothing else.
const TEXT: &str = "text/plain";

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// There is none.
    None,
    /// JSON (RFC 8259).
    Json,
    /// `application/x-www-form-urlencoded` (WHATWG URL).
    Form,
    /// `multipart/form-data` (RFC 7578).
    Multipart,
    /// A row of events, each of them JSON.
    Events(Framing),
    /// Plain text in UTF-8, which may pass and in which something is sought.
    Text,
    /// It passes unread.
    Unread,
}

/// Decides how a body is read. `others` lists the media types that may pass unread although the policy has something to
/// say about bodies.
///
/// # Errors
/// [`Refusal::MediaType`] where it must be read and can't be.
pub fn kind(headers: &HeaderMap, plan: &Plan, others: &[String]) -> Result<BodyKind, Refusal> {
    kind_of_body(headers, Spoken::of(plan), others)
}

/// The same for a part of a message, which has a media type and no header.
///
/// # Errors
/// As [`kind`].
pub fn kind_of(media_type: &str, plan: &Plan, others: &[String]) -> Result<BodyKind, Refusal> {
    let readable = known(media_type, others).ok_or("the message is not JSON");
    let (spoken, text) = (Spoken::of(plan), (media_type == TEXT).then_some(""));
    kind_where(readable, spoken).and_then(|kind| searched(kind, text, spoken))
}

/// Whether a body says that it is JSON, in codings that are known here.
pub fn says_json(headers: &HeaderMap) -> bool {
    readable(headers, &[]) == Ok(BodyKind::Json) && coding::applied(headers).is_ok()
}

/// Whether a body says that it is plain text in UTF-8, in codings that are known here.
pub fn says_text(headers: &HeaderMap) -> bool {
    text_parameters(headers).is_some_and(is_utf8) && coding::applied(headers).is_ok()
}

/// The parameters of the media type of a plain text.
fn text_parameters(headers: &HeaderMap) -> Option<&str> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return None };
    let media = only.to_str().ok()?;
    let (essence, parameters) = media.split_once(';').unwrap_or((media, ""));
    essence.trim().eq_ignore_ascii_case(TEXT).then_some(parameters)
}

/// Whether a policy has nothing to say about bodies.
pub fn is_silent(plan: &Plan) -> bool {
    Spoken::of(plan).is_silent()
}

/// A body that is all there, without its content codings, as it is read; an empty one is none.
///
/// # Errors
/// As [`kind`].
pub fn read<'a>(
    body: &'a Bytes,
    headers: &HeaderMap,
    plan: &Plan,
    others: &[String],
) -> Result<ReceivedBody<'a>, Refusal> {
    if body.is_empty() {
        return Ok(ReceivedBody::Unread);
    }
    Ok(read_as(body, kind(headers, plan, others)?))
}

/// A body that is all there, for the rewrite; an empty one is none.
pub fn read_as(body: &Bytes, kind: BodyKind) -> ReceivedBody<'_> {
    match kind {
        BodyKind::Json if !body.is_empty() => ReceivedBody::Json(body),
        BodyKind::Form if !body.is_empty() => ReceivedBody::Form(body),
        BodyKind::Multipart if !body.is_empty() => ReceivedBody::Multipart(body),
        BodyKind::Events(framing) if !body.is_empty() => ReceivedBody::Events(body, framing),
        BodyKind::Text if !body.is_empty() => ReceivedBody::Text(body),
        BodyKind::Json
        | BodyKind::Form
        | BodyKind::Multipart
        | BodyKind::Events(_)
        | BodyKind::Text
        | BodyKind::None
        | BodyKind::Unread => ReceivedBody::Unread,
    }
}

/// A body that is all there, without its content codings.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    /// The body.
    pub body: Bytes,
    /// The body as it came, where it was coded.
    pub coded: Option<Bytes>,
}

impl Plain {
    /// Undoes the content codings of a body that is read as `kind`; at most `limit` bytes may come out.
    ///
    /// # Errors
    /// When its codings are not known, or it is not what they say, or too large.
    pub fn of(body: Bytes, headers: &HeaderMap, kind: BodyKind, limit: u64) -> Result<Self, Refusal> {
        match kind {
            BodyKind::None | BodyKind::Unread => return Ok(Self { body, coded: None }),
            BodyKind::Json | BodyKind::Form | BodyKind::Multipart | BodyKind::Events(_) | BodyKind::Text => {}
        }
        let codings = coding::applied(headers).map_err(|unknown| Refusal::ContentCoding(unknown.what()))?;
        if codings.is_empty() || body.is_empty() {
            return Ok(Self { body, coded: None });
        }
        let plain = Decoder::whole(&codings, limit, &body).map_err(undecodable)?;
        Ok(Self { body: plain, coded: Some(body) })
    }
}

impl Plain {
    /// The body for the rewrite; an empty one is none.
    pub fn read_as(&self, kind: BodyKind) -> ReceivedBody<'_> {
        read_as(&self.body, kind)
    }
}

/// The refusal of a body that is not what its codings say.
pub fn undecodable(fault: Fault) -> Refusal {
    let what = match fault {
        Fault::TooLarge | Fault::Bomb => return Refusal::BodyTooLarge,
        Fault::NoMemory => return Refusal::Internal,
        Fault::Damaged => "the content encoding is damaged",
        Fault::CutShort => "the content encoding is cut short",
        Fault::GoesOn => "something follows the end of the content encoding",
    };
    Refusal::Unreadable { what, at: 0 }
}

/// What a policy speaks of.
#[derive(Clone, Copy)]
struct Spoken {
    json: bool,
    forms: bool,
    files: bool,
    /// Whatever is a text.
    texts: bool,
    /// Everything, because what is undeclared does not simply pass.
    all: bool,
}

impl Spoken {
    fn of(plan: &Plan) -> Self {
        Self {
            json: plan.reads_json,
            forms: plan.reads_forms,
            files: plan.reads_files,
            texts: plan.seeks(),
            all: plan.undeclared != Undeclared::Forward,
        }
    }

    fn is_silent(self) -> bool {
        !self.json && !self.forms && !self.files && !self.all
    }
}

fn kind_of_body(headers: &HeaderMap, spoken: Spoken, others: &[String]) -> Result<BodyKind, Refusal> {
    let kind = kind_where(readable(headers, others), spoken)?;
    let kind = searched(kind, text_parameters(headers), spoken)?;
    match coding::applied(headers) {
        Ok(codings) if codings.is_empty() => Ok(kind),
        Ok(_) | Err(_) if spoken.is_silent() => Ok(BodyKind::Unread),
        Ok(_) => Ok(kind),
        Err(unknown) => Err(Refusal::ContentCoding(unknown.what())),
    }
}

fn kind_where(readable: Result<BodyKind, &'static str>, spoken: Spoken) -> Result<BodyKind, Refusal> {
    let kind = match readable {
        Ok(kind) => kind,
        Err(_) if spoken.is_silent() => return Ok(BodyKind::Unread),
        Err(what) => return Err(Refusal::MediaType(what)),
    };
    // What a policy withholds from JSON could be sent as a form instead, to a bot that reads both; and the other way round.
    match kind {
        BodyKind::Form if spoken.json && !spoken.forms && !spoken.all => {
            Err(Refusal::MediaType("the policy speaks of JSON only"))
        }
        BodyKind::Json | BodyKind::Events(_) if spoken.forms && !spoken.json && !spoken.all => {
            Err(Refusal::MediaType("the policy speaks of forms only"))
        }
        BodyKind::Multipart | BodyKind::Events(_) if spoken.is_silent() => Ok(BodyKind::Unread),
        BodyKind::Multipart if !spoken.forms && !spoken.files && !spoken.all => {
            Err(Refusal::MediaType("the policy speaks of JSON only"))
        }
        kind => Ok(kind),
    }
}

/// A text that may pass is searched all the same, where something is sought in texts; one that can't be does not pass.
fn searched(kind: BodyKind, text: Option<&str>, spoken: Spoken) -> Result<BodyKind, Refusal> {
    match (kind, text) {
        (BodyKind::Unread, Some(parameters)) if spoken.texts => match is_utf8(parameters) {
            true => Ok(BodyKind::Text),
            false => Err(Refusal::MediaType("the charset is not UTF-8")),
        },
        (kind, _) => Ok(kind),
    }
}

fn readable(headers: &HeaderMap, others: &[String]) -> Result<BodyKind, &'static str> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let Some(value) = types.next() else { return Err("the body has no content type") };
    if types.next().is_some() {
        return Err("the body has two content types");
    }
    let media = value.to_str().map_err(|_| "the content type is malformed")?;
    let (essence, parameters) = media.split_once(';').unwrap_or((media, ""));
    let essence = essence.trim().to_ascii_lowercase();
    if essence == "multipart/form-data" {
        let boundary = Boundary::read(headers).map(|_| BodyKind::Multipart);
        return boundary.ok_or("the boundary of the form is missing or malformed");
    }
    let events = Framing::of(&essence).map(BodyKind::Events);
    match events.or_else(|| known(&essence, others)).ok_or("the content type is not one that can be read")? {
        BodyKind::Json | BodyKind::Form | BodyKind::Events(_) if !is_utf8(parameters) => {
            Err("the charset is not UTF-8")
        }
        kind => Ok(kind),
    }
}

/// How a body of a media type is read; none where that is not known.
fn known(essence: &str, others: &[String]) -> Option<BodyKind> {
    match essence {
        "application/x-www-form-urlencoded" => Some(BodyKind::Form),
        other if is_json(other) => Some(BodyKind::Json),
        other => others.iter().any(|allowed| fits(allowed, other)).then_some(BodyKind::Unread),
    }
}

/// Whether a media type, in lower case, is JSON: by its name, or by its suffix (RFC 6839, section 3.1).
pub(super) fn is_json(essence: &str) -> bool {
    let has_suffix = |(_, subtype): (&str, &str)| subtype.len() > 5 && subtype.ends_with("+json");
    essence == "application/json" || essence.split_once('/').is_some_and(has_suffix)
}

fn fits(allowed: &str, essence: &str) -> bool {
    match allowed.strip_suffix("/*") {
        Some(kind) => essence.split_once('/').is_some_and(|(ours, _)| ours.eq_ignore_ascii_case(kind)),
        None => allowed.eq_ignore_ascii_case(essence),
    }
}

fn is_utf8(parameters: &str) -> bool {
    parameters.split(';').filter(|parameter| !parameter.trim().is_empty()).all(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.trim().trim_matches('"');
        !name.trim().eq_ignore_ascii_case("charset")
            || value.eq_ignore_ascii_case("utf-8")
            || value.eq_ignore_ascii_case("utf8")
    })
}

#[cfg(test)]
mod tests;
