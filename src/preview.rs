//! The exchange's own rewrite on one message that nobody sent: what `assentry rewrite`, `assentry explain` and the operator's page
//! share.
//!
//! The rule: nothing here decides. Consent is made up by whoever asks; the verdict and the rewrite are the exchange's. So are
//! pseudonyms, but for their key: that is made from the names of policy and subject, and anybody can make it. Outside detectors are asked
//! only by whom the caller gives for it.

mod explained;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_TYPE, request};
use jiff::Timestamp;
use uuid::Uuid;

pub use explained::Explained;

use crate::{
    consent::{Consent, Decision, DecisionKind, SubjectKey},
    detectors::Unanswered,
    identify::Strip,
    message::Direction,
    policy::{Heard, Plan, Policy, Purpose, Verdict},
    pseudonym::{Pseudonyms, Reach},
    receipts::receipt::{Act, Ended, Mode, Outcome, PolicyName, PurposeState, Receipt},
    refusal::Refusal,
    rewrite::{
        self, Outside, Received, Rules,
        account::{Account, Deed},
        asked::{Answers, Question},
        events::Framing,
        leaf::Keys,
        media,
        reply::{self, Seen},
    },
    route::Routes,
    signal::Signals,
};

/// A message, and what is known of whose it is.
pub struct Asked<'a> {
    /// The head of the request; of a reply only the header fields count.
    pub head: &'a request::Parts,
    /// What names the segments of its path.
    pub routes: &'a Routes<()>,
    /// Media types that pass unread.
    pub other_bodies: &'a [String],
    /// The body.
    pub body: Bytes,
    /// What the subject decided.
    pub consent: &'a Consent,
    /// What the request says about consent.
    pub signals: Signals,
    /// When it happens.
    pub now: Timestamp,
    /// Whose hashes and tokens.
    pub key: &'a Keys,
    /// How deep a JSON body may be nested.
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

/// It is a stream of events, and those are decided one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stream of events is decided event by event; give the data of one event, as JSON")]
pub struct EventStream;

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum NoPreview {
    /// It is more than one message.
    #[error(transparent)]
    EventStream(#[from] EventStream),
    /// An outside detector was to be asked, and there is no answer.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
}

impl Asked<'_> {
    /// That it is one message.
    fn is_one(&self, plan: &Plan) -> Result<(), EventStream> {
        let framing = media_type(&self.head.headers).and_then(Framing::of);
        if plan.direction == Direction::ToPerson && framing.is_some() { Err(EventStream) } else { Ok(()) }
    }

    /// What becomes of the body; what is done is noted in `account`.
    fn made(
        &self,
        (plan, verdict): (&Plan, &Verdict),
        outside: Outside<'_>,
        account: &mut Account,
    ) -> Result<Bytes, Refusal> {
        let Self { head, routes, other_bodies, body, key, nesting, .. } = self;
        let rules = Rules { plan, verdict, key, max_depth: *nesting, outside };
        match plan.direction {
            Direction::ToBot => forwarded((head, routes), other_bodies, body.clone(), &rules, account),
            Direction::ToPerson => returned(&head.headers, other_bodies, body.clone(), &rules, account),
        }
    }
}

impl Preview {
    /// Rewrites a message, and asks no outside detector.
    ///
    /// # Errors
    /// When it is more than one.
    pub fn of(plan: Plan, asked: Asked<'_>) -> Result<Self, EventStream> {
        asked.is_one(&plan)?;
        let verdict = plan.verdict(asked.consent, &asked.signals, asked.now, false);
        let mut account = Account::showing();
        let outcome = asked.made((&plan, &verdict), Outside::NOBODY, &mut account);
        Ok(Self { plan, signals: asked.signals, verdict, now: asked.now, account, outcome })
    }

    /// Rewrites a message with what outside detectors say, whom `ask` asks.
    ///
    /// # Errors
    /// When it is more than one message, or there is no answer.
    pub fn asking(
        plan: Plan,
        asked: Asked<'_>,
        ask: impl FnMut(Vec<Question>, &mut Answers) -> Result<(), Unanswered>,
    ) -> Result<Self, NoPreview> {
        asked.is_one(&plan)?;
        let verdict = plan.verdict(asked.consent, &asked.signals, asked.now, false);
        let mut account = Account::showing();
        let make = |outside: Outside<'_>| {
            account = Account::showing();
            asked.made((&plan, &verdict), outside, &mut account)
        };
        let outcome = Answers::new(usize::MAX).settled(make, ask)?.ok_or(Unanswered::Endless)?;
        Ok(Self { plan, signals: asked.signals, verdict, now: asked.now, account, outcome })
    }

    /// The names of the purposes, with their states.
    pub fn purposes(&self) -> impl Iterator<Item = (&Arc<str>, crate::policy::State)> {
        let names = self.plan.policy.purposes.iter().map(|purpose| &purpose.name);
        names.zip(self.verdict.states.iter().copied())
    }

    /// The signals that were there, and what they came to.
    pub fn heard(&self) -> Vec<Heard> {
        Heard::all(&self.plan.policy, &self.signals, &self.verdict)
    }

    /// Whether an outside detector would have been asked about something in it.
    pub fn would_ask(&self) -> bool {
        self.account.lines(&self.plan).iter().any(|line| line.deed == Deed::Unanswered.word())
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
            over: None,
        }
    }
}

/// What the bot gets of a request's body.
fn forwarded(
    (head, routes): (&request::Parts, &Routes<()>),
    other_bodies: &[String],
    body: Bytes,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Bytes, Refusal> {
    let (_, segments) = routes.find(head, None)?;
    let kind =
        media::kind(&head.headers, rules.plan, other_bodies).or_else(|refusal| match body.is_empty() {
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
    other_bodies: &[String],
    body: Bytes,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Bytes, Refusal> {
    let kind = match body.is_empty() {
        true => media::BodyKind::None,
        false => reply::kind(headers, rules.plan, other_bodies)?,
    };
    let plain = media::Plain::of(body, headers, kind, u64::MAX).map_err(reply::as_reply)?;
    let seen = match (kind, &plain.coded) {
        (media::BodyKind::Json | media::BodyKind::Text, None) => Seen::Plain,
        (media::BodyKind::Json | media::BodyKind::Text, Some(_)) => Seen::Decoded,
        _ => Seen::Unread,
    };
    reply::fields(headers, seen, rules, account)?;
    match seen {
        Seen::Unread => Ok(plain.body),
        Seen::Plain | Seen::Decoded if kind == media::BodyKind::Text => reply::text(&plain, rules, account),
        Seen::Plain | Seen::Decoded => reply::json(&plain, rules, account),
    }
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok())
}

/// Hashes and tokens that are not for a bot need no secret, only to differ as the exchange's do: from subject to subject
/// and from policy to policy. Nobody's tokens mean something in one exchange only.
pub fn keys(policy: &Policy, subject: Option<&str>) -> Keys {
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

/// A decision that was made a moment ago.
pub fn said(purpose: &Purpose, kind: DecisionKind, now: Timestamp) -> Decision {
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
