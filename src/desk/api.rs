//! The API: one operation of the table, from request to answer.
//!
//! The rule: who asks is settled before anything is read of what they ask, and whose page asks before anything is changed. What would
//! defeat it is an operation that takes its subject from a parameter; each is handed the visitor's.

use bytes::Bytes;
use http::{
    Method, Response, StatusCode,
    header::{ACCEPT_LANGUAGE, SET_COOKIE},
    request::Parts,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    answers,
    clerk::{Clerk, Visit},
    consent_receipt,
    decisions::{self, Deciding},
    download,
    entering::Visitor,
    exchanges::{self, Sought},
    floods::Kind,
    openapi,
    operations::{self, Deed, Found, Operation, Shape, USUAL},
    overview,
    problem::Problem,
    reading::{self, Fields},
    rights::{self, Erasing, Words},
    rules::Rules,
    texts::Texts,
};
use crate::message::Body;

/// What a link leads to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entering {
    /// The link's token: what stands behind `/enter/` or `#`.
    #[schemars(length(min = 1, max = 4096))]
    pub token: String,
}

/// A session.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Entered {
    /// To be sent as `Authorization: Bearer`.
    pub session: String,
    /// When it ends.
    #[schemars(with = "String")]
    pub expires: Timestamp,
}

/// Answers a request to the API.
pub(super) async fn answer(clerk: &Clerk, visit: Visit) -> Response<Body> {
    answered(clerk, visit).await.unwrap_or_else(answers::problem)
}

async fn answered(clerk: &Clerk, visit: Visit) -> Result<Response<Body>, Problem> {
    let Visit { head, body, peer, rules } = visit;
    let (operation, segment) = match operations::find(&head.method, head.uri.path()) {
        Found::Operation(operation, segment) => (operation, segment),
        Found::Methods(methods) => return Err(Problem::Method(methods)),
        Found::Nothing => return Err(Problem::NotFound),
    };
    let visitor = match operation.entered {
        true => Some(clerk.visitor(&head, &peer, &rules).await?),
        false => None,
    };
    if operation.method != Method::GET {
        match &visitor {
            Some(visitor) => clerk.place.may_change(&head.headers, visitor)?,
            None => drop(clerk.place.is_asked_from_here(&head.headers)?),
        }
    }
    if let Some(visitor) = &visitor {
        clerk.count(visitor, operation.kind())?;
    }
    let query = operation.query(&head)?;
    let body = match operation.method {
        Method::GET => Bytes::new(),
        _ => reading::body(body).await?,
    };
    if operation.body.is_none() && !body.is_empty() {
        return Err(Problem::Unreadable("this operation takes no body"));
    }
    let accepted =
        head.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let texts = rules.texts(query.get("lang"), accepted);
    let ask = Ask { clerk, rules: &rules, head: &head, query, segment, body, texts };
    match visitor {
        Some(visitor) => ask.for_visitor(operation.deed, &visitor).await,
        None => ask.for_anybody(operation.deed).await,
    }
}

/// What is asked.
struct Ask<'a> {
    clerk: &'a Clerk,
    rules: &'a Rules,
    head: &'a Parts,
    query: Fields,
    segment: Option<String>,
    body: Bytes,
    texts: &'static Texts,
}

impl Ask<'_> {
    async fn for_visitor(&self, deed: Deed, visitor: &Visitor) -> Result<Response<Body>, Problem> {
        let (site, texts, subject) = (&*self.clerk.site, self.texts, &visitor.subject);
        let read = || (&self.head.headers, &*self.body);
        match deed {
            Deed::Overview => {
                answers::json(StatusCode::OK, &overview::of(site, self.rules, subject, texts).await?)
            }
            Deed::Decide => {
                let deciding: Deciding = reading::json(read().0, read().1)?;
                let made = decisions::decide(site, subject, &deciding, texts).await?;
                answers::json(StatusCode::CREATED, &made)
            }
            Deed::History => {
                let page = (self.query.parse("before", NO_NUMBER)?, self.limit()?);
                answers::json(StatusCode::OK, &decisions::history(site, subject, page, texts).await?)
            }
            Deed::Exchanges => {
                let exchanges = exchanges::of(site, subject, &self.sought()?, texts).await?;
                answers::json(StatusCode::OK, &exchanges)
            }
            Deed::Restrict | Deed::Lift => {
                let restriction = rights::restrict(site, subject, deed == Deed::Restrict).await?;
                answers::json(StatusCode::OK, &restriction)
            }
            Deed::Download => download::of(site, self.rules, subject, texts).await,
            Deed::Erase => {
                let erasing: Erasing = reading::json(read().0, read().1)?;
                self.ended(answers::json(StatusCode::OK, &rights::erase(site, subject, &erasing).await?)?)
            }
            Deed::Tell => {
                let words: Words = reading::json(read().0, read().1)?;
                answers::json(StatusCode::CREATED, &rights::tell(site, subject, &words).await?)
            }
            Deed::Requests => answers::json(StatusCode::OK, &rights::requests(site, subject).await?),
            Deed::Receipt => self.receipt(visitor).await,
            Deed::Leave => self.ended(answers::bare(StatusCode::NO_CONTENT)),
            Deed::Enter | Deed::KeySet | Deed::Description => Err(Problem::Internal), // they need nobody
        }
    }

    async fn for_anybody(&self, deed: Deed) -> Result<Response<Body>, Problem> {
        match deed {
            Deed::Enter => {
                let entering: Entering = reading::json(&self.head.headers, &self.body)?;
                let session = self.clerk.enter(entering.token.as_bytes(), self.rules).await?;
                let entered = Entered { session: session.bearer(), expires: session.expires };
                answers::json(StatusCode::CREATED, &entered)
            }
            Deed::KeySet => {
                answers::of_type(StatusCode::OK, "application/jwk-set+json", &self.clerk.signer.key_set())
            }
            Deed::Description => answers::json(StatusCode::OK, &openapi::document(&self.clerk.place)),
            Deed::Overview
            | Deed::Decide
            | Deed::History
            | Deed::Exchanges
            | Deed::Restrict
            | Deed::Lift
            | Deed::Download
            | Deed::Erase
            | Deed::Tell
            | Deed::Requests
            | Deed::Receipt
            | Deed::Leave => Err(Problem::NotEntered),
        }
    }

    async fn receipt(&self, visitor: &Visitor) -> Result<Response<Body>, Problem> {
        let consents = self.segment.as_deref().ok_or(Problem::NotFound)?;
        let Clerk { site, place, signer, .. } = self.clerk;
        let receipt =
            consent_receipt::of((site, place, self.rules), &visitor.subject, consents, self.texts).await?;
        if self.query.get("form") == Some("json") {
            return answers::of_type(StatusCode::OK, "application/ld+json", &receipt);
        }
        let signed = signer.sign("application/ld+json", &json!(receipt)).ok_or(Problem::Internal)?;
        Ok(answers::bytes(StatusCode::OK, "application/jose", signed))
    }

    /// The answer after which nobody is entered any more.
    fn ended(&self, mut reply: Response<Body>) -> Result<Response<Body>, Problem> {
        reply.headers_mut().insert(SET_COOKIE, self.clerk.set_cookie(None)?);
        Ok(reply)
    }

    fn sought(&self) -> Result<Sought, Problem> {
        Ok(Sought {
            before: self.query.get("before").map(str::to_owned),
            limit: self.limit()?,
            from: self.query.parse("from", NO_MOMENT)?,
            to: self.query.parse("to", NO_MOMENT)?,
            only_withheld: self.query.get("only").is_some(),
            purpose: self.query.get("purpose").map(str::to_owned),
        })
    }

    fn limit(&self) -> Result<usize, Problem> {
        Ok(self.query.parse("limit", NO_NUMBER)?.unwrap_or(USUAL))
    }
}

const NO_NUMBER: &str = "a parameter is not a number in its range";
const NO_MOMENT: &str = "a parameter is not a moment; write it like `2026-11-30T08:00:00Z`";

impl Operation {
    fn kind(&self) -> Kind {
        match self.deed {
            Deed::Download => Kind::Gather,
            _ if self.method == Method::GET => Kind::Read,
            _ => Kind::Write,
        }
    }

    /// The query, with nothing in it but what the table says.
    fn query(&self, head: &Parts) -> Result<Fields, Problem> {
        let parameters = || self.query.iter().chain([&operations::LANG]);
        let names: Vec<&'static str> = parameters().map(|parameter| parameter.name).collect();
        let fields = Fields::read(head.uri.query().unwrap_or_default().as_bytes(), &names)?;
        for parameter in parameters() {
            if let Some(value) = fields.get(parameter.name) {
                parameter.shape.check(value)?;
            }
        }
        Ok(fields)
    }
}

impl Shape {
    fn check(self, value: &str) -> Result<(), Problem> {
        let (fits, wrong) = match self {
            Self::Number(least, most) => {
                let is_plain = value.bytes().all(|byte| byte.is_ascii_digit());
                let number = value.parse::<u64>().ok().filter(|_| is_plain);
                (number.is_some_and(|number| (least..=most).contains(&number)), NO_NUMBER)
            }
            Self::Moment => (value.parse::<Timestamp>().is_ok(), NO_MOMENT),
            Self::Text(most) => (value.chars().count() <= most, "a parameter is too long"),
            Self::Id => {
                let is_id = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
                let fits = (1..=64).contains(&value.len()) && value.bytes().all(is_id);
                (fits, "a parameter is not the id of an exchange; give `next` of the page before")
            }
            Self::Word(words) => (words.contains(&value), "a parameter has no such value"),
        };
        if fits { Ok(()) } else { Err(Problem::Parameter(wrong)) }
    }
}
