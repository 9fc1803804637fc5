//! The exchange's own rewrite on one request made from arguments: what `rewrite` and `explain` share.
//!
//! The rule: nothing here decides. Consent is made up from the arguments; the verdict and the rewrite are the exchange's.

use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use clap::Args;
use http::{HeaderName, HeaderValue, Request, header::CONTENT_TYPE, request};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Exit, Trouble};
use crate::{
    complaint::did_you_mean,
    consent::{Consent, Decision, DecisionKind},
    identify::Strip,
    policy::{Plan, Policy, Purpose, Unusable, Verdict},
    receipts::receipt::{Act, Ended, Mode, Outcome, PolicyName, PurposeState, Receipt},
    refusal::Refusal,
    rewrite::{self, Received, Rewritten, Rules, account::Account, leaf::HashKey, media},
    route::{Pattern, Routes, Takes},
    signal::Signals,
};

/// A request under a policy.
#[derive(Args, Clone, Debug)]
pub struct PreviewArgs {
    /// The policy file.
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// The request.
    #[command(flatten)]
    pub request: RequestArgs,
}

/// What is known of a request beside its body, and what its subject has agreed to.
#[derive(Args, Clone, Debug)]
pub struct RequestArgs {
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

impl PreviewArgs {
    /// Reads the body from `input` and rewrites it.
    ///
    /// # Errors
    /// When the arguments, the policy or the input can't be used.
    pub fn run(&self, mut input: impl Read) -> Result<Preview, Trouble> {
        let policy = load(&self.policy)?;
        let Self { request, .. } = self;
        let now = request.now();
        let consent = request.consent(&[&policy], now)?;
        let (head, routes) = (request.head()?, request.routes()?);
        let mut body = Vec::new();
        input
            .read_to_end(&mut body)
            .map_err(|error| (format!("error: can't read the body: {error}"), Exit::Failed))?;
        let plan = Plan::new(policy);
        let verdict = plan.verdict(&consent, Signals::read(&head.headers), now, false);
        let mut account = Account::default();
        let outcome = routes.find(&head, None).and_then(|(_, segments)| {
            let (body, strip) = (Bytes::from(body), Strip::default());
            let kind = media::kind(&head.headers, &plan, &[]).or_else(|refusal| match body.is_empty() {
                true => Ok(media::BodyKind::None),
                false => Err(refusal),
            })?;
            let plain = media::Plain::of(body, &head.headers, kind, u64::MAX)?;
            let received = Received {
                head: &head,
                segments: &segments,
                body: plain.read_as(kind),
                coded: plain.coded.as_ref(),
                trailers: None,
                strip: &strip,
            };
            let key = request.hash_key(&plan.policy);
            let rules = Rules { plan: &plan, verdict: &verdict, key: &key, max_depth: request.nesting };
            rewrite::request(&received, &rules, &mut account)
        });
        Ok(Preview { plan, verdict, now, account, outcome })
    }
}

impl RequestArgs {
    /// The moment it happens at.
    pub(super) fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }

    /// A hash that is not for a bot needs no secret, only to differ as the exchange's do: from subject to subject and from
    /// policy to policy.
    pub(super) fn hash_key(&self, policy: &Policy) -> HashKey {
        let subject = self.subject.as_deref();
        let context = subject.map_or(String::new(), |subject| format!("{}\0{subject}", policy.name));
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, context.as_bytes());
        HashKey::new(&<[u8; 32]>::try_from(digest.as_ref()).unwrap_or_default())
    }

    /// What the subject said, each purpose under the notice of the first of these policies that has it.
    pub(super) fn consent(&self, policies: &[&Policy], now: Timestamp) -> Result<Consent, Trouble> {
        let granted = self.grant.iter().map(|name| (name, DecisionKind::Grant));
        let objected = self.object.iter().map(|name| (name, DecisionKind::Object));
        let purposes = || policies.iter().flat_map(|policy| &policy.purposes);
        let mut decisions = BTreeMap::new();
        for (name, kind) in granted.chain(objected) {
            let purpose = purposes().find(|purpose| *purpose.name == **name).ok_or_else(|| {
                let advice = did_you_mean(name, purposes().map(|purpose| &*purpose.name));
                usage(format!("the policy has no purpose `{name}`; {advice}"))
            })?;
            decisions.insert(name.clone(), said(purpose, kind, now));
        }
        Ok(Consent { decisions, ..Consent::default() })
    }

    /// The head of the request.
    pub(super) fn head(&self) -> Result<request::Parts, Trouble> {
        let mut head = self.said_head()?;
        head.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        Ok(head)
    }

    /// The head as far as the arguments say.
    pub(super) fn said_head(&self) -> Result<request::Parts, Trouble> {
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
        Ok(head)
    }

    /// One route: the one named, or all paths.
    pub(super) fn routes(&self) -> Result<Routes<()>, Trouble> {
        let pattern = match &self.route {
            Some(path) => Pattern::exact(path).map_err(|fault| usage(fault.to_string()))?,
            None => Pattern::prefix("/").map_err(|fault| usage(fault.to_string()))?,
        };
        Ok(Routes::new([(Takes { host: None, pattern, methods: Vec::new() }, Arc::new(()))]))
    }
}

/// A decision that was made a moment ago.
pub(super) fn said(purpose: &Purpose, kind: DecisionKind, now: Timestamp) -> Decision {
    Decision {
        kind,
        purpose: Some(purpose.name.to_string()),
        notice: purpose.notice.clone(),
        text_digest: None,
        at: now,
        source: "arguments".to_owned(),
        generation: 1,
    }
}

/// Reads a policy. One that is wrong is a finding; one that can't be read is a failure to run.
pub(super) fn load(path: &Path) -> Result<Policy, Trouble> {
    Policy::load(path).map_err(|unusable| {
        let exit = match unusable {
            Unusable::Unreadable { .. } => Exit::Failed,
            Unusable::Wrong { .. } => Exit::Finding,
        };
        (unusable.show(false), exit)
    })
}

fn usage(what: String) -> Trouble {
    (format!("error: {what}"), Exit::Usage)
}

impl Preview {
    /// The names of the purposes, with their states.
    pub fn purposes(&self) -> impl Iterator<Item = (&Arc<str>, crate::policy::State)> {
        let names = self.plan.policy.purposes.iter().map(|purpose| &purpose.name);
        names.zip(self.verdict.states.iter().copied())
    }

    /// The receipt that the exchange would leave, had it been one: nothing was forwarded, and nobody was identified.
    pub fn receipt(&self) -> Receipt {
        Receipt {
            time: self.now,
            exchange: Uuid::now_v7().to_string(),
            route: None,
            mode: Mode::Enforce,
            policy: Some(PolicyName::of(&self.plan)),
            subject: None,
            purposes: PurposeState::all(&self.plan, &self.verdict),
            to_bot: self.account.lines(&self.plan).into_iter().map(Act::from).collect(),
            messages: None,
            to_person: Vec::new(),
            shadow: None,
            outcome: match &self.outcome {
                Ok(_) => Outcome::Forwarded { status: None },
                Err(refusal) => Outcome::refused(refusal),
            },
            ended: Ended::Complete,
        }
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
