//! The exchange's own rewrite on one request made from arguments: what `rewrite` and `explain` share.
//!
//! The rule: nothing here decides. Consent is made up from the arguments; the verdict and the rewrite are the exchange's.

use std::{collections::BTreeMap, io::Read, path::PathBuf, sync::Arc};

use bytes::Bytes;
use clap::Args;
use http::{HeaderName, HeaderValue, Request, header::CONTENT_TYPE, request};
use jiff::Timestamp;

use super::{Exit, Trouble};
use crate::{
    complaint::did_you_mean,
    consent::{Consent, Decision, DecisionKind},
    identify::Strip,
    policy::{Plan, Policy, Unusable, Verdict},
    refusal::Refusal,
    rewrite::{
        self, Received, ReceivedBody, Rewritten, Rules,
        account::Account,
        leaf::HashKey,
        media::{self, BodyKind},
    },
    route::{Pattern, Routes, Segments, Takes},
    signal::Signals,
};

/// A request, and what its subject has agreed to.
#[derive(Args, Clone, Debug)]
pub struct PreviewArgs {
    /// The policy file.
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// The subject says yes to this purpose; can be repeated.
    #[arg(long, value_name = "PURPOSE")]
    pub grant: Vec<String>,
    /// The subject objects to this purpose; can be repeated.
    #[arg(long, value_name = "PURPOSE")]
    pub object: Vec<String>,
    /// The subject's id: hashes differ from subject to subject. Left out: nobody identified.
    #[arg(long, value_name = "ID")]
    pub subject: Option<String>,
    /// A header field; can be repeated.
    #[arg(long, value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// The request target, with its query.
    #[arg(long, value_name = "TARGET", default_value = "/")]
    pub target: String,
    /// The path of the route, such as `/chat/{session}`: it names the segments that `path:` looks for. Left out: no segment
    /// has a name.
    #[arg(long, value_name = "PATH")]
    pub route: Option<String>,
    /// The moment it happens at, such as `2026-11-21T12:00:00Z`; left out for now.
    #[arg(long, value_name = "TIME")]
    pub now: Option<Timestamp>,
    /// The body's media type [default: application/json, unless a `--header` says another]
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,
    /// How deep a JSON body may be nested.
    #[arg(long, value_name = "DEPTH", default_value_t = 128)]
    pub nesting: usize,
}

/// What came of it.
#[derive(Debug)]
pub struct Preview {
    /// The policy, compiled.
    pub plan: Plan,
    /// What it came to for the subject.
    pub verdict: Verdict,
    /// When it happened.
    pub now: Timestamp,
    /// What was done.
    pub account: Account,
    /// The request as it would be forwarded, or why it would not be.
    pub outcome: Result<Rewritten, Refusal>,
}

/// The request.
#[derive(Clone, Copy)]
struct Asked<'a> {
    head: &'a request::Parts,
    segments: &'a Segments,
    body: &'a Bytes,
}

impl PreviewArgs {
    /// Reads the body from `input` and rewrites it.
    ///
    /// # Errors
    /// When the arguments, the policy or the input can't be used.
    pub fn run(&self, mut input: impl Read) -> Result<Preview, Trouble> {
        let policy = Policy::load(&self.policy).map_err(unusable)?;
        let now = self.now.unwrap_or_else(Timestamp::now);
        let consent = self.consent(&policy, now)?;
        let (head, routes) = (self.head()?, self.routes()?);
        let mut body = Vec::new();
        input
            .read_to_end(&mut body)
            .map_err(|error| (format!("error: can't read the body: {error}"), Exit::Failed))?;
        let plan = Plan::new(policy);
        let verdict = plan.verdict(&consent, Signals::read(&head.headers), now, false);
        let mut account = Account::default();
        let outcome = routes.find(&head, None).and_then(|(_, segments)| {
            let request = Asked { head: &head, segments: &segments, body: &Bytes::from(body) };
            self.rewrite(&plan, &verdict, &request, &mut account)
        });
        Ok(Preview { plan, verdict, now, account, outcome })
    }

    fn rewrite(
        &self,
        plan: &Plan,
        verdict: &Verdict,
        request: &Asked<'_>,
        account: &mut Account,
    ) -> Result<Rewritten, Refusal> {
        let Asked { head, segments, body } = *request;
        let kind = if body.is_empty() { BodyKind::None } else { media::kind(&head.headers, plan, &[])? };
        let body = match kind {
            BodyKind::Json => ReceivedBody::Json(body),
            BodyKind::Form => ReceivedBody::Form(body),
            BodyKind::None | BodyKind::Unread => ReceivedBody::Unread,
        };
        // A hash that is not for a bot needs no secret, only to differ from subject to subject.
        let digest = aws_lc_rs::digest::digest(
            &aws_lc_rs::digest::SHA256,
            self.subject.as_deref().unwrap_or_default().as_bytes(),
        );
        let key = HashKey::new(&<[u8; 32]>::try_from(digest.as_ref()).unwrap_or_default());
        let rules = Rules { plan, verdict, key: &key, max_depth: self.nesting };
        let strip = Strip::default();
        let received = Received { head, segments, body, trailers: None, strip: &strip };
        rewrite::request(&received, &rules, account)
    }

    fn consent(&self, policy: &Policy, now: Timestamp) -> Result<Consent, Trouble> {
        let granted = self.grant.iter().map(|name| (name, DecisionKind::Grant));
        let objected = self.object.iter().map(|name| (name, DecisionKind::Object));
        let mut decisions = BTreeMap::new();
        for (name, kind) in granted.chain(objected) {
            let purpose =
                policy.purposes.iter().find(|purpose| *purpose.name == **name).ok_or_else(|| {
                    let advice = did_you_mean(name, policy.purposes.iter().map(|purpose| &*purpose.name));
                    (format!("error: the policy has no purpose `{name}`; {advice}"), Exit::Usage)
                })?;
            decisions.insert(
                name.clone(),
                Decision {
                    kind,
                    purpose: Some(name.clone()),
                    notice: purpose.notice.clone(),
                    text_digest: None,
                    at: now,
                    source: "arguments".to_owned(),
                    generation: 1,
                },
            );
        }
        Ok(Consent { decisions, ..Consent::default() })
    }

    fn head(&self) -> Result<request::Parts, Trouble> {
        let (mut head, ()) = Request::post(&self.target)
            .body(())
            .map_err(|_| {
                usage(format!("`{}` is not a request target; write it like `/chat?x=1`", self.target))
            })?
            .into_parts();
        if let Some(kind) = &self.content_type {
            let kind = kind.parse().map_err(|_| usage(format!("`{kind}` is not a media type")))?;
            head.headers.insert(CONTENT_TYPE, kind);
        }
        for line in &self.header {
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| usage(format!("`{line}` is not a header field; write `Name: value`")))?;
            let name: HeaderName = name
                .trim()
                .parse()
                .map_err(|_| usage(format!("`{name}` is not the name of a header field")))?;
            let value: HeaderValue = value.trim().parse().map_err(|_| {
                usage(format!("the value of `{name}` is not one that a header field can have"))
            })?;
            head.headers.append(name, value);
        }
        head.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        Ok(head)
    }

    /// One route: the one named, or all paths.
    fn routes(&self) -> Result<Routes<()>, Trouble> {
        let pattern = match &self.route {
            Some(path) => Pattern::exact(path).map_err(|fault| usage(fault.to_string()))?,
            None => Pattern::prefix("/").map_err(|fault| usage(fault.to_string()))?,
        };
        Ok(Routes::new([(Takes { host: None, pattern, methods: Vec::new() }, Arc::new(()))]))
    }
}

fn usage(what: String) -> Trouble {
    (format!("error: {what}"), Exit::Usage)
}

/// A policy that is wrong is a finding; one that can't be read is a failure to run.
fn unusable(policy: Unusable) -> Trouble {
    let exit = match policy {
        Unusable::Unreadable { .. } => Exit::Failed,
        Unusable::Wrong { .. } => Exit::Finding,
    };
    (policy.show(false), exit)
}

impl Preview {
    /// The names of the purposes, with their states.
    pub fn purposes(&self) -> impl Iterator<Item = (&Arc<str>, crate::policy::State)> {
        let names = self.plan.policy.purposes.iter().map(|purpose| &purpose.name);
        names.zip(self.verdict.states.iter().copied())
    }

    /// The same for machines.
    pub fn purposes_json(&self) -> Vec<serde_json::Value> {
        self.purposes()
            .map(|(name, state)| {
                serde_json::json!({"purpose": name, "allowed": state.allowed, "because": state.why.words()})
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: PreviewArgs,
    }

    const POLICY: &str = "policy: p
version: 1
undeclared: forward
data:
  session: {at: 'path:session'}
  name: {at: '$.name'}
  field: {at: 'form:name'}
";

    fn preview(more: &[&str], body: &str) -> Preview {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("p.yaml");
        std::fs::write(&policy, POLICY).unwrap();
        let line = ["preview", "--policy", policy.to_str().unwrap()].into_iter().chain(more.iter().copied());
        Line::try_parse_from(line).unwrap().args.run(body.as_bytes()).unwrap()
    }

    fn places(preview: &Preview) -> Vec<String> {
        preview.account.lines(&preview.plan).iter().map(|line| line.place.to_string()).collect()
    }

    #[test]
    fn a_target_that_the_proxy_would_refuse_is_refused_alike() {
        for target in ["/a/../b", "//a", "/a%2fb"] {
            let outcome = preview(&["--target", target], "").outcome;
            assert!(matches!(outcome, Err(Refusal::Target(_))), "{target}");
        }
        let elsewhere = preview(&["--target", "/order/7", "--route", "/chat/{session}"], "").outcome;
        assert_eq!(elsewhere.unwrap_err(), Refusal::NoRoute);
    }

    #[test]
    fn a_route_names_the_segments_of_the_path() {
        assert!(places(&preview(&["--target", "/chat/7"], "")).is_empty());
        let named = preview(&["--target", "/chat/7", "--route", "/chat/{session}"], "");
        assert_eq!(places(&named), ["path:session"]);
    }

    #[test]
    fn a_content_type_among_the_headers_replaces_the_usual_one() {
        assert_eq!(places(&preview(&[], "{\"name\": 1}")), ["$.name"]);
        let form = "Content-Type: application/x-www-form-urlencoded";
        assert_eq!(places(&preview(&["--header", form], "name=1")), ["form:name"]);
    }
}
