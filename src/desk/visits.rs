//! The pages' requests: what is shown, and what their forms ask for.
//!
//! The rule: a form changes something only when it comes from the desk's own page and carries what that page was given for this
//! session; then the browser is sent on (303), so that loading again repeats nothing. What would defeat it: a link that changes
//! something; so `GET` never does.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use data_encoding::BASE64URL_NOPAD;
use http::{
    Method, Response, StatusCode,
    header::{ACCEPT_LANGUAGE, COOKIE, SET_COOKIE},
    request::Parts,
};
use hyper::body::Incoming;

use super::{
    answers,
    clerk::{Clerk, Visit},
    decisions::{self, ChoiceMade, Deciding},
    entering::Visitor,
    exchanges::{self, Sought},
    floods::Kind,
    operations::USUAL,
    overview,
    pages::{self, Frame},
    problem::Problem,
    reading::{self, Fields},
    rights::{self, Erasing, Words},
    rules::Rules,
};
use crate::{message::Body, server::Peer};

/// What a form's answer may say was done.
const DONE: [&str; 4] = ["decided", "restricted", "lifted", "told"];

const READ: &str = "GET, HEAD";
const ENTER: &str = "/enter/";

/// Answers a request for a page.
pub(super) async fn answer(clerk: &Clerk, visit: Visit) -> Response<Body> {
    let Visit { head, body, peer, rules } = visit;
    let page = Page { clerk, head: &head, peer: &peer, rules: &rules };
    page.answered(body).await.unwrap_or_else(|problem| page.refused(problem))
}

struct Page<'a> {
    clerk: &'a Clerk,
    head: &'a Parts,
    peer: &'a Peer,
    rules: &'a Rules,
}

impl Page<'_> {
    async fn answered(&self, body: Incoming) -> Result<Response<Body>, Problem> {
        let path = self.head.uri.path();
        let is_read = matches!(self.head.method, Method::GET | Method::HEAD);
        match path {
            "/" | "/history" | "/erase" | "/panel" | "/farewell" if is_read => self.shown(path).await,
            _ if path.starts_with(ENTER) && is_read => {
                let token = path.strip_prefix(ENTER).unwrap_or_default();
                self.page(pages::enter(&self.frame(None, None)?, token)?)
            }
            "/enter" | "/leave" | "/decide" | "/restriction" | "/erase" | "/words" => {
                match self.head.method {
                    Method::POST => self.changed(path, body).await,
                    _ => Err(Problem::Method(if path == "/erase" { "GET, HEAD, POST" } else { "POST" })),
                }
            }
            "/" | "/history" | "/panel" | "/farewell" => Err(Problem::Method(READ)),
            _ => Err(Problem::NotFound),
        }
    }

    async fn shown(&self, path: &str) -> Result<Response<Body>, Problem> {
        match path {
            "/panel" => return self.page(pages::panel(&self.frame(None, None)?)?),
            "/farewell" => {
                let query = self.query(&["lang", "erased"])?;
                let text = match query.get("erased") {
                    None => "farewell.left",
                    Some("here") => "farewell.erased-here",
                    Some(_) => "farewell.erased",
                };
                return self.page(pages::farewell(&self.frame(None, None)?, text)?);
            }
            _ => {}
        }
        let visitor = self.visitor(Kind::Read).await?;
        match path {
            "/history" => self.history(&visitor).await,
            "/erase" => self.page(pages::erase(&self.frame(Some(&visitor), None)?)?),
            _ => self.desk(&visitor).await,
        }
    }

    async fn desk(&self, visitor: &Visitor) -> Result<Response<Body>, Problem> {
        let query = self.query(&["lang", "done"])?;
        let done = query.get("done").and_then(|done| DONE.iter().find(|known| **known == done).copied());
        let (site, frame) = (&self.clerk.site, self.frame(Some(visitor), done)?);
        let overview = overview::of(site, self.rules, &visitor.subject, frame.t).await?;
        let requests = rights::requests(site, &visitor.subject).await?;
        self.page(pages::desk(&frame, &overview, &requests)?)
    }

    async fn history(&self, visitor: &Visitor) -> Result<Response<Body>, Problem> {
        let query = self.query(&["lang", "before", "decided_before", "only"])?;
        let (site, frame) = (&self.clerk.site, self.frame(Some(visitor), None)?);
        let only_withheld = query.get("only") == Some("withheld");
        let before = query.get("before").filter(|before| before.bytes().all(|byte| byte.is_ascii_graphic()));
        let sought =
            Sought { before: before.map(str::to_owned), limit: USUAL, only_withheld, ..Sought::default() };
        let exchanges = exchanges::of(site, &visitor.subject, &sought, frame.t).await?;
        let decided_before = query.parse("decided_before", "a parameter is not a number")?;
        let decisions = decisions::history(site, &visitor.subject, (decided_before, USUAL), frame.t).await?;
        self.page(pages::history(&frame, &exchanges, &decisions, only_withheld)?)
    }

    async fn changed(&self, path: &str, body: Incoming) -> Result<Response<Body>, Problem> {
        let headers = &self.head.headers;
        if path == "/enter" {
            self.clerk.place.is_asked_from_here(headers)?;
            let form = reading::form(headers, &reading::body(body).await?, &["token", "lang"])?;
            let session = self.clerk.enter(form.must("token")?.as_bytes(), self.rules).await?;
            let mut reply = answers::see_other(&self.here("/", &form, ""));
            reply.headers_mut().insert(SET_COOKIE, self.clerk.set_cookie(Some(&session))?);
            return Ok(reply);
        }
        let visitor = self.visitor(Kind::Write).await?;
        self.clerk.place.may_change(headers, &visitor)?;
        let form = reading::form(headers, &reading::body(body).await?, fields(path))?;
        is_of(&visitor, form.get("form"))?;
        self.done(path, &form, &visitor).await
    }

    async fn done(&self, path: &str, form: &Fields, visitor: &Visitor) -> Result<Response<Body>, Problem> {
        let (site, subject) = (&self.clerk.site, &visitor.subject);
        let texts = self.rules.texts(form.get("lang"), "");
        match path {
            "/decide" => {
                let deciding = deciding(form)?;
                decisions::decide(site, subject, &deciding, texts).await?;
                Ok(answers::see_other(&self.here("/", form, "done=decided")))
            }
            "/restriction" => {
                let restricted = form.must("restricted")? == "true";
                rights::restrict(site, subject, restricted).await?;
                let done = if restricted { "done=restricted" } else { "done=lifted" };
                Ok(answers::see_other(&self.here("/", form, done)))
            }
            "/words" => {
                rights::tell(site, subject, &Words { text: form.must("text")?.to_owned() }).await?;
                Ok(answers::see_other(&self.here("/", form, "done=told")))
            }
            "/erase" => {
                let erasing = Erasing { confirm: form.get("confirm") == Some("true") };
                let erased = rights::erase(site, subject, &erasing).await?;
                let what = if erased.kept_outside { "erased=here" } else { "erased=all" };
                self.left(&self.here("/farewell", form, what))
            }
            _ => self.left(&self.here("/farewell", form, "")),
        }
    }

    fn left(&self, to: &str) -> Result<Response<Body>, Problem> {
        let mut reply = answers::see_other(to);
        reply.headers_mut().insert(SET_COOKIE, self.clerk.set_cookie(None)?);
        Ok(reply)
    }

    async fn visitor(&self, kind: Kind) -> Result<Visitor, Problem> {
        let visitor = self.clerk.visitor(self.head, self.peer, self.rules).await?;
        self.clerk.count(&visitor, kind)?;
        Ok(visitor)
    }

    /// A page says in words why something was not done; a session that does not hold ends.
    fn refused(&self, problem: Problem) -> Response<Body> {
        let frame = self.frame(None, None).unwrap_or_else(|_| self.frame_in(None, None, None));
        let reply = answers::page(problem.status(), pages::problem(&frame, problem));
        let mut reply = answers::marked(reply, problem);
        if problem == Problem::Credential
            && self.head.headers.contains_key(COOKIE)
            && let Ok(cookie) = self.clerk.set_cookie(None)
        {
            reply.headers_mut().insert(SET_COOKIE, cookie);
        }
        reply
    }

    fn page(&self, html: String) -> Result<Response<Body>, Problem> {
        Ok(answers::page(StatusCode::OK, html))
    }

    fn frame(&self, visitor: Option<&Visitor>, done: Option<&'static str>) -> Result<Frame, Problem> {
        let query = self.head.uri.query().unwrap_or_default().as_bytes();
        let known = ["lang", "done", "before", "decided_before", "only", "erased"];
        let lang = Fields::read(query, &known)?;
        Ok(self.frame_in(lang.get("lang"), visitor, done))
    }

    fn frame_in(&self, lang: Option<&str>, visitor: Option<&Visitor>, done: Option<&'static str>) -> Frame {
        let accepted = self.head.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let form = visitor.map(|visitor| BASE64URL_NOPAD.encode(&visitor.bound)).unwrap_or_default();
        let t = self.rules.texts(lang, accepted.unwrap_or_default());
        Frame { t, languages: self.rules.languages.clone(), form, done }
    }

    fn query(&self, known: &[&'static str]) -> Result<Fields, Problem> {
        Fields::read(self.head.uri.query().unwrap_or_default().as_bytes(), known)
    }

    /// A page in the language that the form was in.
    fn here(&self, path: &str, form: &Fields, query: &str) -> String {
        let lang = form.get("lang").filter(|lang| self.rules.languages.iter().any(|known| known == lang));
        let lang = lang.map(|lang| format!("lang={lang}")).unwrap_or_default();
        let both: Vec<&str> = [&*lang, query].into_iter().filter(|part| !part.is_empty()).collect();
        if both.is_empty() { path.to_owned() } else { format!("{path}?{}", both.join("&")) }
    }
}

/// What a form has.
fn fields(path: &str) -> &'static [&'static str] {
    match path {
        "/decide" => &["form", "lang", "consents", "purpose", "kind", "text_digest"],
        "/restriction" => &["form", "lang", "restricted"],
        "/words" => &["form", "lang", "text"],
        "/erase" => &["form", "lang", "confirm"],
        _ => &["form", "lang"],
    }
}

fn deciding(form: &Fields) -> Result<Deciding, Problem> {
    let kind = match form.must("kind")? {
        "grant" => ChoiceMade::Grant,
        "deny" => ChoiceMade::Deny,
        "withdraw" => ChoiceMade::Withdraw,
        "object" => ChoiceMade::Object,
        _ => return Err(Problem::Parameter("`kind` is none that there is")),
    };
    Ok(Deciding {
        consents: form.must("consents")?.to_owned(),
        purpose: form.must("purpose")?.to_owned(),
        kind,
        text_digest: form.must("text_digest")?.to_owned(),
    })
}

/// Whether a form was made for this visitor.
fn is_of(visitor: &Visitor, form: Option<&str>) -> Result<(), Problem> {
    let shown = form.and_then(|form| BASE64URL_NOPAD.decode(form.as_bytes()).ok()).ok_or(Problem::Form)?;
    verify_slices_are_equal(&shown, &visitor.bound).map_err(|_| Problem::Form)
}
