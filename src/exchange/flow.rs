//! A request's body that is too large to be held: it is read, rewritten and sent on at the same time.
//!
//! The rule: a byte leaves only when it is decided about and the consent it was decided under still holds; and what was
//! done is noted before it leaves, so that the receipt tells it whenever the exchange ends. What would defeat it is a request that
//! is complete although its body was not good to the end: so where the body can't be read, may not go on, or the
//! exchange is over, the request to the bot is broken off.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::BodyExt as _;

use super::{Site, reading, served::Served};
use crate::{
    message::{
        Body, BodyError, Made, Outlet,
        coding::{Codings, Decoder},
    },
    policy::Verdict,
    refusal::Refusal,
    rewrite::{
        Rules, Stamp,
        account::Account,
        flowing::{Flowing, Shape},
        leaf::Keys,
        media,
    },
};

/// How much is read at a time: what comes out of a decoder for so little is bounded, too.
const STEP: usize = 16 << 10;

/// A body that flows while it is read.
#[derive(Debug)]
pub(super) struct Flow {
    shape: Shape,
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

/// What a request was decided by.
pub(super) struct Decided {
    pub(super) site: Arc<Site>,
    pub(super) route: Arc<Served>,
    pub(super) verdict: Verdict,
    pub(super) key: Keys,
    pub(super) stamp: Stamp,
    /// What was done to the head.
    pub(super) account: Account,
}

/// What is known of a body that flows: shared by whoever sends it and the receipt.
#[derive(Debug, Default)]
pub(super) struct Notes(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    account: Account,
    refusal: Option<Refusal>,
    closed: bool,
}

impl Flow {
    pub(super) fn new(shape: Shape, codings: Codings, source: Source) -> Self {
        Self { shape, codings, source: Arc::new(Mutex::new(Some(source))) }
    }

    /// Whether it goes on without the content codings in which it comes.
    pub(super) fn is_decoded(&self) -> bool {
        !self.codings.is_empty()
    }

    /// The body as it is to be sent, and what will be known of it.
    pub(super) fn body(&self, decided: Decided) -> (Body, Arc<Notes>) {
        let notes = Arc::new(Notes::default());
        notes.note(&decided.account);
        let (shape, codings, source) = (self.shape.clone(), self.codings.clone(), Arc::clone(&self.source));
        let ours = Arc::clone(&notes);
        let body = Body::made(move |outlet| async move {
            let source = lock(&source).take();
            let passing = Passing { decided, notes: Arc::clone(&ours), outlet };
            let passed = match source {
                Some(source) => passing.all(&shape, &codings, source).await,
                None => Err(Refusal::Internal),
            };
            passed.map_or_else(|refusal| ours.refused(refusal), |()| Ok(None))
        });
        (body, notes)
    }
}

/// A body on its way.
struct Passing {
    decided: Decided,
    notes: Arc<Notes>,
    outlet: Outlet,
}

impl Passing {
    async fn all(self, shape: &Shape, codings: &Codings, source: Source) -> Result<(), Refusal> {
        let Self { decided: Decided { site, route, verdict, key, stamp, mut account }, notes, mut outlet } =
            self;
        let rules =
            Rules { plan: &route.plan, verdict: &verdict, key: &key, max_depth: route.limits.nesting };
        let most_held = usize::try_from(route.limits.hold).unwrap_or(usize::MAX);
        let mut rewriter = Flowing::new(shape, &rules, most_held, &mut account);
        let mut decoder = Decoder::new(codings, route.limits.flow).map_err(media::undecodable)?;
        let Source { begun, mut rest } = source;
        let mut next = Some(begun);
        while let Some(data) = next {
            for step in data.chunks(STEP) {
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

impl Notes {
    /// Why the body was broken off.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        lock(&self.0).refusal.clone()
    }

    /// The exchange is over: nothing more is sent. Gives what was done.
    pub(super) fn close(&self) -> Account {
        let mut noted = lock(&self.0);
        noted.closed = true;
        std::mem::take(&mut noted.account)
    }

    fn note(&self, account: &Account) {
        lock(&self.0).account.clone_from(account);
    }

    /// Notes what was done, unless the exchange is over.
    fn goes_on(&self, account: &Account) -> Result<(), Refusal> {
        let mut noted = lock(&self.0);
        if noted.closed {
            return Err(Refusal::BodyBroken);
        }
        noted.account.clone_from(account);
        Ok(())
    }

    fn refused(&self, refusal: Refusal) -> Made {
        lock(&self.0).refusal = Some(refusal);
        Err(BodyError::Withheld)
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
