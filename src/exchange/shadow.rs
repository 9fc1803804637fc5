//! A candidate policy beside the one in force: what it would have done, for the receipt.
//!
//! The rule: a shadow sees what the exchange sees and touches nothing. Its rewrite goes over the request as received and is
//! thrown away; whether its consents can be read or not, the exchange goes on. What would defeat it: an exchange that
//! waits for it. So it is cast while the bot is at work, and is given up soon after the bot has answered.

use std::{
    borrow::Cow,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::{task::yield_now, time::timeout};

use super::{
    Site,
    record::Record,
    served::{Served, subjects_key},
};
use crate::{
    consent::Consent,
    contrast::{Circumstances, Own, Pair, Sent},
    identify::Identified,
    policy::{Plan, Policy},
    profile::Profile,
    receipts::receipt::Cast,
    rewrite::{Received, ReceivedBody, leaf::Keys},
    selector::BodySelector,
    signal::Signals,
};

/// How long an exchange waits for its shadow when the bot has answered.
const PATIENCE: Duration = Duration::from_millis(50);

/// A candidate policy beside the one in force.
#[derive(Debug)]
pub(super) struct Shadow {
    pair: Pair,
}

/// What an exchange was decided by.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) route: &'a Served,
    pub(super) received: Received<'a>,
    /// The body, empty where there is none; not there where it flows by.
    pub(super) held: Option<&'a Bytes>,
    pub(super) who: &'a Identified,
    pub(super) signals: &'a Signals,
    pub(super) consent: &'a Arc<Consent>,
    pub(super) key: &'a Keys,
    pub(super) now: Timestamp,
}

impl Shadow {
    /// Compiles the candidate beside the policy in force.
    pub(super) fn new(
        enforced: &Policy,
        candidate: Policy,
        profile: Option<&Profile>,
        places: &[(usize, BodySelector)],
    ) -> Self {
        Self { pair: Pair::new(enforced.clone(), candidate, profile, places) }
    }

    /// The candidate.
    pub(super) fn candidate(&self) -> &Plan {
        &self.pair.new
    }

    /// Forwards, or refuses, and meanwhile casts the shadow.
    pub(super) async fn beside<T>(
        &self,
        site: &Site,
        scene: Scene<'_>,
        record: &mut Record,
        mut forwarding: Pin<Box<impl Future<Output = T>>>,
    ) -> T {
        let mut cast = pin!(async { record.shadowed(self.cast(site, scene).await) });
        tokio::select! {
            biased;
            done = &mut forwarding => {
                let _ = timeout(PATIENCE, cast).await;
                done
            }
            () = &mut cast => forwarding.await,
        }
    }

    async fn cast(&self, site: &Site, scene: Scene<'_>) -> Cast {
        // The request goes first.
        yield_now().await;
        if matches!(scene.received.body, ReceivedBody::Flowing { .. }) {
            return Cast::Undecided("the body was not held");
        }
        if scene.route.plan.asks() || self.candidate().asks() {
            return Cast::Undecided("an outside detector would have to be asked");
        }
        let Some(consent) = self.consent(site, scene).await else {
            return Cast::Undecided("the consents of its group can't be read");
        };
        let (key, old) = (self.key(site, scene), Own { consent: scene.consent, key: scene.key });
        let new = Own { consent: &consent, key: &key };
        Cast::Decided(self.pair.contrast(&scene.sent(), scene.circumstances(), old, new))
    }

    /// What the subject agreed to among the consents of the candidate's group, if that can be read.
    async fn consent(&self, site: &Site, scene: Scene<'_>) -> Option<Arc<Consent>> {
        let group = &self.candidate().policy.group;
        match &scene.who.subject {
            Some(subject) if *group != scene.route.plan.policy.group => {
                site.ledger.consent(subject, group).await.ok()
            }
            Some(_) | None => Some(Arc::clone(scene.consent)),
        }
    }

    /// The candidate's key of the `hash` action. Nobody's key is the same for both, since it is another for every exchange.
    fn key<'a>(&self, site: &Site, scene: Scene<'a>) -> Cow<'a, Keys> {
        match &scene.who.subject {
            Some(subject) if self.candidate().hashes => {
                let key = subjects_key(&site.ledger, &self.candidate().policy, subject);
                Cow::Owned(key.with_pseudonyms_of(scene.key))
            }
            Some(_) | None => Cow::Borrowed(scene.key),
        }
    }
}

impl<'a> Scene<'a> {
    fn sent(&self) -> Sent<'a> {
        let Received { head, segments, trailers, strip, coded, body: _ } = self.received;
        Sent { head, segments, body: self.held, coded, trailers, strip, others: &self.route.other_bodies }
    }

    fn circumstances(&self) -> Circumstances<'a> {
        let Self { route, signals, now, .. } = *self;
        Circumstances { signals, now, report: route.only_reports(now), max_depth: route.limits.nesting }
    }
}
