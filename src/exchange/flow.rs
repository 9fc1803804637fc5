//! A request's body that is not held: it is read, rewritten and sent on at the same time.
//!
//! The rule: a byte leaves only when it is decided about and the consent it was decided under still holds; and what was
//! done is noted before it leaves, so that the receipt tells it whenever the exchange ends. A body in one piece is decided
//! with its head; one of events as a conversation, event by event. What would defeat it is a request that
//! is complete although its body was not good to the end: so where the body can't be read, may not go on, or the
//! exchange is over, the request to the bot is broken off.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::BodyExt as _;

use super::{
    Site, conversation::Conversation, notes::Notes, reading, record::Record, returning::Question, stream,
};
use crate::{
    message::{
        Body, Outlet,
        coding::{Codings, Decoder},
    },
    policy::Verdict,
    refusal::Refusal,
    rewrite::{
        Outside, Rules, Stamp,
        account::Account,
        events::Framing,
        flowing::{Flowing, Shape},
        media,
    },
    server::Peer,
};

/// A body that flows while it is read.
#[derive(Debug)]
pub(super) struct Flow {
    read: Read,
    codings: Codings,
    /// Taken when the request is sent; until then it can be decided about again.
    source: Arc<Mutex<Option<Source>>>,
}

/// Where the body comes from.
#[derive(Debug)]
pub(super) struct Source {
    /// What was read before it was clear that it flows.
    pub(super) begun: Bytes,
    /// What follows.
    pub(super) rest: Body,
}

/// How a body that flows is read.
#[derive(Clone, Debug)]
pub(super) enum Read {
    /// In one piece.
    Whole(Shape),
    /// As a row of events.
    Events(Framing),
}

/// What a request was decided by.
pub(super) struct Decided {
    pub(super) verdict: Verdict,
    pub(super) stamp: Stamp,
    /// What was done to the head.
    pub(super) account: Account,
}

impl Flow {
    pub(super) fn new(read: Read, codings: Codings, source: Source) -> Self {
        Self { read, codings, source: Arc::new(Mutex::new(Some(source))) }
    }

    /// Whether it goes on without the content codings in which it comes.
    pub(super) fn is_decoded(&self) -> bool {
        !self.codings.is_empty()
    }

    /// The body as it is to be sent; what is done to it is noted in the record.
    pub(super) fn body(
        &self,
        (site, peer): (&Arc<Site>, &Arc<Peer>),
        question: Question,
        decided: Decided,
        record: &mut Record,
    ) -> Body {
        let (codings, source) = (self.codings.clone(), Arc::clone(&self.source));
        match self.read.clone() {
            Read::Whole(shape) => {
                let notes = Arc::new(Notes::of(decided.account.clone()));
                record.flows(Arc::clone(&notes));
                let site = Arc::clone(site);
                Body::made(move |outlet| async move {
                    let passing = Passing { site, question, decided, notes: Arc::clone(&notes), outlet };
                    let passed = match taken(&source) {
                        Some(source) => passing.all(&shape, &codings, source).await,
                        None => Err(Refusal::Internal),
                    };
                    passed.map_or_else(|refusal| notes.refused(refusal), |()| Ok(None))
                })
            }
            Read::Events(framing) => {
                record.rewritten(decided.account);
                let conversation = Conversation::after(site, peer, question, record.converses());
                let from = move || taken(&source).map(|source| source.rest);
                stream::to_bot(conversation, stream::Shape { framing, codings }, from)
            }
        }
    }
}

fn taken(source: &Mutex<Option<Source>>) -> Option<Source> {
    source.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// A body on its way.
struct Passing {
    site: Arc<Site>,
    question: Question,
    decided: Decided,
    notes: Arc<Notes>,
    outlet: Outlet,
}

impl Passing {
    async fn all(self, shape: &Shape, codings: &Codings, source: Source) -> Result<(), Refusal> {
        let Self { site, question: Question { route, keys, .. }, decided, notes, mut outlet } = self;
        let Decided { verdict, stamp, mut account } = decided;
        if route.plan.asks() {
            return Err(Refusal::Internal); // whoever reads bodies holds those that somebody is asked about
        }
        let (max_depth, outside) = (route.limits.nesting, Outside::NOBODY);
        let rules = Rules { plan: &route.plan, verdict: &verdict, key: &keys, max_depth, outside };
        let most_held = usize::try_from(route.limits.hold).unwrap_or(usize::MAX);
        let mut rewriter = Flowing::new(shape, &rules, most_held, &mut account);
        let mut decoder = Decoder::new(codings, route.limits.flow).map_err(media::undecodable)?;
        let Source { begun, mut rest } = source;
        let mut next = Some(begun);
        while let Some(data) = next {
            for step in data.chunks(stream::STEP) {
                let plain = decoder.push(step).map_err(media::undecodable)?;
                let made = rewriter.push(&plain)?;
                if !site.still_holds(&route, &stamp) {
                    return Err(Refusal::Unsettled);
                }
                notes.goes_on(rewriter.account())?;
                outlet.pass(made.into()).await;
            }
            next = piece(&mut rest).await?;
        }
        decoder.finish().map_err(media::undecodable)?;
        let last = rewriter.finish()?;
        if !site.still_holds(&route, &stamp) {
            return Err(Refusal::Unsettled);
        }
        notes.goes_on(&account)?;
        outlet.pass(last.into()).await;
        Ok(())
    }
}

/// The next data; none at the end.
async fn piece(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(reading::refusal)?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}
