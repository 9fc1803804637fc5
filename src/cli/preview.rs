//! The exchange's own rewrite on one message made from arguments: what `rewrite` and `explain` share.
//!
//! The rule: nothing here decides. Consent is made up from the arguments; the verdict and the rewrite are the exchange's. So are
//! pseudonyms, but for their key: that is made from the names of policy and subject, and anybody can make it.

use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header::CONTENT_TYPE, request};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Exit, Trouble};
use crate::{
    complaint::did_you_mean,
    consent::{Consent, Decision, DecisionKind, SubjectKey},
    identify::Strip,
    message::Direction,
    policy::{Heard, Plan, Policy, Purpose, Unusable, Verdict},
    profile::Profile,
    pseudonym::{Pseudonyms, Reach},
    receipts::receipt::{Act, Ended, Mode, Outcome, PolicyName, PurposeState, Receipt},
    refusal::Refusal,
    rewrite::{
        self, Received, Rules,
        account::Account,
        events::Framing,
        leaf::Keys,
        media,
        reply::{self, Seen},
    },
    route::{Pattern, Routes, Takes},
    signal::Signals,
};

/// A message under a policy.
#[derive(Args, Clone, Debug)]
pub struct PreviewArgs {
    /// The policy file.
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// What the messages look like: the name of a profile that comes with Assentry, or a file. Left out: every string is text.
    #[arg(long, value_name = "NAME|FILE")]
    pub profile: Option<String>,
    /// It is a reply to the person: the body and the header fields are the bot's.
    #[arg(long)]
    pub to_person: bool,
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
    /// A string of the Transparency and Consent Framework that comes with the request; can be repeated. (Global Privacy Control
    /// is a header field.)
    #[arg(long, value_name = "STRING")]
    pub tcf: Vec<String>,
    /// A string of the Global Privacy Platform that comes with the request; can be repeated.
    #[arg(long, value_name = "STRING")]
    pub gpp: Vec<String>,
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
    /// What the request says about consent.
    pub signals: Signals,
    /// What it came to for the subject.
    pub verdict: Verdict,
    /// When it happened.
    pub now: Timestamp,
    /// What was done.
    pub account: Account,
    /// The body as it would go on, or why it would not.
    pub outcome: Result<Bytes, Refusal>,
}

impl PreviewArgs {
    /// Reads the body from `input` and rewrites it.
    ///
    /// # Errors
    /// When the arguments, the policy or the input can't be used.
    pub fn run(&self, input: impl Read) -> Result<Preview, Trouble> {
        let policy = Arc::new(load(&self.policy)?);
        let profile = self.profile.as_deref().map(profile).transpose()?;
        let Self { request, .. } = self;
        let now = request.now();
        let consent = request.consent(&[&policy], now)?;
        let (head, routes, key) = (request.head()?, request.routes()?, request.keys(&policy));
        let plan = match self.to_person {
            true => Plan::to_person(&policy, profile.as_ref()),
            false => Plan::to_bot(&policy, profile.as_ref(), &[]),
        };
        let body = read(input)?;
        let signals = request.signals(&head);
        let verdict = plan.verdict(&consent, &signals, now, false);
        let mut account = Account::default();
        let rules = Rules { plan: &plan, verdict: &verdict, key: &key, max_depth: request.nesting };
        let outcome = match self.to_person {
            true => returned(&head.headers, body, &rules, &mut account)?,
            false => forwarded((&head, &routes), body, &rules, &mut account),
        };
        Ok(Preview { plan, signals, verdict, now, account, outcome })
    }
}

/// What the bot gets of a request's body.
fn forwarded(
    (head, routes): (&request::Parts, &Routes<()>),
    body: Bytes,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Bytes, Refusal> {
    let (_, segments) = routes.find(head, None)?;
    let kind = media::kind(&head.headers, rules.plan, &[]).or_else(|refusal| match body.is_empty() {
        true => Ok(media::BodyKind::None),
        false => Err(refusal),
    })?;
    let plain = media::Plain::of(body, &head.headers, kind, u64::MAX)?;
    let received = Received {
        head,
        segments: &segments,
        body: plain.read_as(kind),
        coded: plain.coded.as_ref(),
        trailers: None,
        strip: &Strip::default(),
    };
    let rewritten = rewrite::request(&received, rules, account)?;
    let (_, _, made) = rewritten.parts();
    Ok(made.unwrap_or(&plain.body).clone())
}

/// What the person gets of a reply's body.
fn returned(
    headers: &HeaderMap,
    body: Bytes,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Result<Bytes, Refusal>, Trouble> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media_type.and_then(Framing::of).is_some() {
        let advice = "give the data of one event, as JSON";
        return Err(usage(format!("a stream of events is decided event by event; {advice}")));
    }
    Ok(reply_rewritten(headers, body, rules, account))
}

fn reply_rewritten(
    headers: &HeaderMap,
    body: Bytes,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Bytes, Refusal> {
    let kind = match body.is_empty() {
        true => media::BodyKind::None,
        false => reply::kind(headers, rules.plan, &[])?,
    };
    let plain = media::Plain::of(body, headers, kind, u64::MAX).map_err(reply::as_reply)?;
    let seen = match (kind, &plain.coded) {
        (media::BodyKind::Json, None) => Seen::Plain,
        (media::BodyKind::Json, Some(_)) => Seen::Decoded,
        _ => Seen::Unread,
    };
    reply::fields(headers, seen, rules, account)?;
    if seen == Seen::Unread { Ok(plain.body) } else { reply::json(&plain, rules, account) }
}

fn read(mut input: impl Read) -> Result<Bytes, Trouble> {
    let mut body = Vec::new();
    input
        .read_to_end(&mut body)
        .map_err(|error| (format!("error: can't read the body: {error}"), Exit::Failed))?;
    Ok(body.into())
}

impl RequestArgs {
    /// The moment it happens at.
    pub(super) fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }

    /// Hashes and tokens that are not for a bot need no secret, only to differ as the exchange's do: from subject to subject
    /// and from policy to policy. Nobody's tokens mean something in one exchange only.
    pub(super) fn keys(&self, policy: &Policy) -> Keys {
        let subject = self.subject.as_deref();
        let context = subject.map_or(String::new(), |subject| format!("{}\0{subject}", policy.name));
        let digest = |algorithm| aws_lc_rs::digest::digest(algorithm, context.as_bytes());
        let hash = <[u8; 32]>::try_from(digest(&aws_lc_rs::digest::SHA256).as_ref()).unwrap_or_default();
        let keys = Keys::new(&hash);
        let reach = if subject.is_some() { Reach::Subject } else { Reach::Exchange };
        match SubjectKey::from_bytes(digest(&aws_lc_rs::digest::SHA512).as_ref()) {
            Some(key) => keys.with_pseudonyms(Pseudonyms::new(&policy.name, key, reach), &Arc::default()),
            None => keys,
        }
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

    /// What the request says about consent.
    fn signals(&self, head: &request::Parts) -> Signals {
        let mut signals = Signals::read(&head.headers);
        self.tcf.iter().for_each(|text| signals.hear_tcf(text.as_bytes()));
        self.gpp.iter().for_each(|text| signals.hear_gpp(text.as_bytes()));
        signals
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
        expires: None,
        jurisdiction: None,
        generation: 1,
        via: None,
        of: None,
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

/// A profile that comes with the program, or one in a file.
fn profile(name: &str) -> Result<Profile, Trouble> {
    if let Some(shipped) = Profile::builtin(name) {
        return Ok(shipped);
    }
    Profile::load(Path::new(name)).map_err(|unusable| match unusable {
        Unusable::Unreadable { .. } => {
            let advice = did_you_mean(name, Profile::builtin_names());
            let text =
                format!("{}; no profile `{name}` comes with Assentry either; {advice}", unusable.show(false));
            (text, Exit::Failed)
        }
        Unusable::Wrong { .. } => (unusable.show(false), Exit::Finding),
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

    /// The signals that were there, and what they came to.
    pub fn heard(&self) -> Vec<Heard> {
        Heard::all(&self.plan.policy, &self.signals, &self.verdict)
    }

    /// The receipt that the exchange would leave, had it been one: nothing was forwarded, and nobody was identified.
    pub fn receipt(&self) -> Receipt {
        let acts: Vec<Act> = self.account.lines(&self.plan).into_iter().map(Act::from).collect();
        let (to_bot, to_person) = match self.plan.direction {
            Direction::ToBot => (acts, Vec::new()),
            Direction::ToPerson => (Vec::new(), acts),
        };
        Receipt {
            time: self.now,
            exchange: Uuid::now_v7().to_string(),
            route: None,
            mode: Mode::Enforce,
            policy: Some(PolicyName::of(&self.plan)),
            subject: None,
            signals: self.heard(),
            purposes: PurposeState::all(&self.plan, &self.verdict),
            to_bot,
            messages: None,
            to_person,
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

    /// What comes out for this body under a policy that turns addresses in texts to tokens.
    fn spoken(more: &[&str], body: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("p.yaml");
        let said = "policy: p\nversion: 1\nundeclared: forward\ndata:\n  address: {in_text: [email], otherwise: pseudonymise}
  score: {to_person: '$.score'}\n";
        std::fs::write(&policy, said).unwrap();
        let line = ["preview", "--policy", policy.to_str().unwrap()].into_iter().chain(more.iter().copied());
        let preview = Line::try_parse_from(line).unwrap().args.run(body.as_bytes()).unwrap();
        String::from_utf8(preview.outcome.unwrap().to_vec()).unwrap()
    }

    #[test]
    fn what_a_token_stands_for_comes_back_to_the_subject_it_was_made_for_and_to_nobody_else() {
        let request = r#"{"text": "To ada@example.com."}"#;
        let token = spoken(&["--subject", "ada"], request);
        assert!(token.starts_with(r#"{"text": "To psn-"#) && !token.contains("ada@"), "{token}");
        let back = |more: &[&str]| spoken(&[&["--to-person"], more].concat(), &token);
        assert_eq!(back(&["--subject", "ada"]), request);
        assert_eq!(back(&["--subject", "bob"]), token);
        assert_eq!(back(&[]), token);
    }

    #[test]
    fn rules_for_the_other_direction_hold_for_replies_only() {
        let scored = r#"{"score": 7, "reply": "hi"}"#;
        assert_eq!(spoken(&[], scored), scored);
        assert_eq!(spoken(&["--to-person"], scored), r#"{"reply": "hi"}"#);
    }

    #[test]
    fn a_profile_says_where_texts_are() {
        let folder = tempfile::tempdir().unwrap();
        let profile = folder.path().join("shape.yaml");
        let said = "profile: s\ntitle: S\nsource: S\nto_bot: {texts: $.said}\nto_person: {texts: $}\n";
        std::fs::write(&profile, said).unwrap();
        let profiled = spoken(
            &["--profile", profile.to_str().unwrap()],
            r#"{"said": "ada@example.com", "name": "ada@example.com"}"#,
        );
        assert!(profiled.starts_with(r#"{"said": "psn-"#), "{profiled}");
        assert!(profiled.ends_with(r#""name": "ada@example.com"}"#), "{profiled}");
    }

    #[test]
    fn a_content_type_among_the_headers_replaces_the_usual_one() {
        assert_eq!(places(&preview(&[], "{\"name\": 1}")), ["$.name"]);
        let form = "Content-Type: application/x-www-form-urlencoded";
        assert_eq!(places(&preview(&["--header", form], "name=1")), ["form:name"]);
    }
}
