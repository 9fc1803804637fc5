//! A message made from arguments: what `rewrite` and `explain` share. What comes of it is [`crate::preview`]'s.

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

use super::{
    Exit, Trouble,
    asked::{DetectorArgs, unanswered},
};
use crate::{
    complaint::did_you_mean,
    consent::{Consent, DecisionKind},
    policy::{Plan, Policy, Unusable},
    preview::{self, Asked, NoPreview, Preview, said},
    profile::Profile,
    rewrite::leaf::Keys,
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
    /// Whom to ask.
    #[command(flatten)]
    pub outside: DetectorArgs,
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

impl PreviewArgs {
    /// Reads the body from `input` and rewrites it.
    ///
    /// # Errors
    /// When the arguments, the policy or the input can't be used.
    pub fn run(&self, input: impl Read) -> Result<Preview, Trouble> {
        let policy = Arc::new(load(&self.policy)?);
        let asker = self.outside.asker(&[&policy])?;
        let profile = self.profile.as_deref().map(profile).transpose()?;
        let Self { request, .. } = self;
        let now = request.now();
        let consent = request.consent(&[&policy], now)?;
        let (head, routes) = (request.head()?, request.routes()?);
        let plan = match self.to_person {
            true => Plan::to_person(&policy, profile.as_ref()),
            false => Plan::to_bot(&policy, profile.as_ref(), &[]),
        };
        let asked = Asked {
            head: &head,
            routes: &routes,
            other_bodies: &[],
            body: read(input)?,
            consent: &consent,
            signals: request.signals(&head),
            now,
            key: &request.keys(&policy),
            nesting: request.nesting,
        };
        let made = match asker {
            None => Preview::of(plan, asked).map_err(NoPreview::EventStream),
            Some(asker) => Preview::asking(plan, asked, |questions, answers| asker.ask(questions, answers)),
        };
        made.map_err(|why| match why {
            NoPreview::EventStream(stream) => usage(stream.to_string()),
            NoPreview::Unanswered(why) => unanswered(&why),
        })
    }
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

    /// The key of the subject's hashes and tokens.
    pub(super) fn keys(&self, policy: &Policy) -> Keys {
        preview::keys(policy, self.subject.as_deref())
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::refusal::Refusal;

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
