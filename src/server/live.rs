//! What can be changed about a server while it serves: certificates, limits and timeouts.
//!
//! The rule: everything is read and checked first ([`Live::prepare`]), and what is prepared can't fail any more
//! ([`Live::adopt`]); connections that are open go on as they began. What would defeat it is a setting that is looked up
//! in the middle of a connection, so each takes its [`Rules`] when it is accepted.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;

use super::{
    ListenerSettings, ServerError, ServerLimits, ServerTimeouts, certificates, connection::Protocol,
};
use crate::tls::{Shown, Tls};

/// The part of a running server that can be changed.
#[derive(Debug)]
pub struct Live {
    /// One for each listener, in their order; none for those without TLS.
    pub(super) tls: Vec<Option<Arc<Tls>>>,
    pub(super) rules: ArcSwap<Rules>,
    /// Room for connections.
    pub(super) room: Arc<Semaphore>,
    /// How many connections the room is for, also where some of it is still to be taken away.
    size: Mutex<usize>,
}

/// How connections are served that are accepted now.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) protocol: Protocol,
    pub(super) handshake: Duration,
    pub(super) drain: Duration,
}

/// Settings that were read, checked and found to be good.
#[derive(Debug)]
pub struct Prepared {
    tls: Vec<Option<Tls>>,
    rules: Rules,
    size: usize,
}

impl Live {
    /// Reads certificates and checks settings; the listeners must be those that are served, in their order.
    ///
    /// # Errors
    /// [`ServerError`] names the address and says what to do.
    pub fn prepare(
        listeners: &[ListenerSettings],
        limits: &ServerLimits,
        timeouts: &ServerTimeouts,
    ) -> Result<Prepared, ServerError> {
        let tls = certificates(listeners, limits)?;
        Ok(Prepared { tls, rules: Rules::new(limits, timeouts), size: size(limits) })
    }

    pub(super) fn new(prepared: Prepared) -> Self {
        let Prepared { tls, rules, size } = prepared;
        Self {
            tls: tls.into_iter().map(|tls| tls.map(Arc::new)).collect(),
            rules: ArcSwap::from_pointee(rules),
            room: Arc::new(Semaphore::new(size)),
            size: Mutex::new(size),
        }
    }

    /// Serves connections from now on as prepared.
    pub fn adopt(&self, prepared: Prepared) {
        let Prepared { tls, rules, size } = prepared;
        for (ours, theirs) in self.tls.iter().zip(&tls) {
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                ours.take_over(theirs);
            }
        }
        self.rules.store(Arc::new(rules));
        self.resize(size);
    }

    /// The certificates of each listener, in their order.
    pub fn certificates(&self) -> Vec<Vec<Shown>> {
        let shown = |tls: &Option<Arc<Tls>>| tls.as_ref().map(|tls| tls.certificates()).unwrap_or_default();
        self.tls.iter().map(shown).collect()
    }

    /// Room that is in use is taken away as soon as it is given back; until then nobody is let in.
    fn resize(&self, to: usize) {
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        let from = std::mem::replace(&mut *size, to);
        self.room.add_permits(to.saturating_sub(from));
        let less = u32::try_from(from.saturating_sub(to)).unwrap_or(u32::MAX);
        if less > 0 {
            let room = Arc::clone(&self.room);
            tokio::spawn(async move {
                if let Ok(taken) = room.acquire_many_owned(less).await {
                    taken.forget();
                }
            });
        }
    }
}

impl Rules {
    fn new(limits: &ServerLimits, timeouts: &ServerTimeouts) -> Self {
        Self {
            protocol: Protocol::new(limits, timeouts),
            handshake: timeouts.handshake.0,
            drain: timeouts.drain.0,
        }
    }
}

/// More than a semaphore or a task that shrinks it can count is as good as no limit.
fn size(limits: &ServerLimits) -> usize {
    limits.connections.min(Semaphore::MAX_PERMITS).min(u32::MAX as usize / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(connections: usize) -> Live {
        let limits = ServerLimits { connections, ..ServerLimits::default() };
        Live::new(prepared(&limits))
    }

    fn prepared(limits: &ServerLimits) -> Prepared {
        let rules = Rules::new(limits, &ServerTimeouts::default());
        Prepared { tls: Vec::new(), rules, size: size(limits) }
    }

    #[tokio::test]
    async fn room_grows_at_once_and_shrinks_as_it_is_given_back() {
        let live = live(3);
        let take = || Arc::clone(&live.room).try_acquire_owned();
        let held: Vec<_> = (0..3).map(|_| take().unwrap()).collect();
        assert!(take().is_err());
        live.resize(4);
        let more = take().unwrap();
        live.resize(2);
        tokio::task::yield_now().await;
        let mut held = held.into_iter();
        drop((more, held.next()));
        tokio::task::yield_now().await;
        assert!(take().is_err(), "two are in use, and there is room for two");
        drop(held.next());
        assert!(take().is_ok());
    }
}
