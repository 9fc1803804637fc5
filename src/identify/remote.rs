//! A key set that is fetched, again and again.
//!
//! The rule: what was fetched last is what counts, also when it has fewer keys than before; when fetching fails, the
//! last set stays good for a stated time and no longer; without one, tokens are refused (503), never passed over. A
//! request never waits for a fetch: a token with an unknown key sets one off, at most every 30 seconds, and is told to
//! come back. What would defeat the rule is a set that an outage keeps alive for ever.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use tokio::{sync::Notify, time::timeout};

use crate::{
    identify::{
        fault::Fault,
        fetch::{FetchError, Fetcher},
        key_set::KeySet,
        settings::Algorithm,
    },
    quantity::Span,
};

/// A fetched key set and when to fetch it again.
pub(super) struct Remote {
    fetcher: Fetcher,
    /// Whether an earlier identifier fetched from here, or tried to.
    known: AtomicBool,
    algorithm: Algorithm,
    pace: Pace,
    held: ArcSwapOption<Held>,
    doubt: Mutex<Doubt>,
    wake: Notify,
}

/// How often to fetch and how long to keep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Between two fetches that succeed.
    pub(super) refresh: Duration,
    /// Between two that fail, and between two that unknown keys set off.
    pub(super) again: Duration,
    /// How long a set is good for.
    pub(super) keep: Duration,
}

struct Held {
    keys: Arc<KeySet>,
    since: Instant,
}

/// What is known about keys that the held set lacks.
#[derive(Default)]
struct Doubt {
    asked: Option<Instant>,
    under_way: bool,
    failed: bool,
}

impl Remote {
    pub(super) fn new(
        url: &str,
        algorithm: Algorithm,
        refresh: Option<Span>,
        keep: Option<Span>,
    ) -> Result<Self, Fault> {
        if algorithm == Algorithm::HS256 {
            return Err(Fault::FetchedSecret);
        }
        let again = Duration::from_secs(30);
        let refresh = refresh.unwrap_or(Span::seconds(600)).0;
        let keep = keep.unwrap_or(Span::seconds(86_400)).0;
        if refresh < again || keep < refresh {
            return Err(Fault::Pace);
        }
        Ok(Self::with(Fetcher::new(url)?, algorithm, Pace { refresh, again, keep }))
    }

    pub(super) fn with(fetcher: Fetcher, algorithm: Algorithm, pace: Pace) -> Self {
        let (held, doubt, wake) = (ArcSwapOption::empty(), Mutex::default(), Notify::new());
        Self { fetcher, known: AtomicBool::new(false), algorithm, pace, held, doubt, wake }
    }

    /// Where it fetches from, for people.
    pub(super) fn host(&self) -> &str {
        self.fetcher.host()
    }

    /// Takes over what another fetched, with its age, if that is what this one would fetch.
    pub(super) fn take_over(&self, other: &Self) {
        if self.algorithm != other.algorithm || !self.fetcher.is_like(&other.fetcher) {
            return;
        }
        self.known.store(true, Relaxed);
        if let Some(held) = other.held.load_full() {
            self.held.store(Some(held));
        }
    }

    /// Whether somebody tried to fetch from here before.
    pub(super) fn is_known(&self) -> bool {
        self.known.load(Relaxed)
    }

    /// The set, unless there is none that is still good.
    pub(super) fn current(&self) -> Option<Arc<KeySet>> {
        let held = self.held.load();
        held.as_ref().filter(|held| held.since.elapsed() < self.pace.keep).map(|held| held.keys.clone())
    }

    /// Whether an unknown key may be one that was not fetched yet; if so, a fetch is under way or was tried in vain.
    pub(super) fn may_be_behind(&self) -> bool {
        let mut doubt = self.doubt.lock().unwrap_or_else(PoisonError::into_inner);
        if doubt.asked.is_some_and(|asked| asked.elapsed() < self.pace.again) {
            return doubt.under_way || doubt.failed;
        }
        *doubt = Doubt { asked: Some(Instant::now()), under_way: true, failed: false };
        self.wake.notify_one();
        true
    }

    /// Fetches for ever, the first time when what is held is old enough.
    pub(super) async fn follow(&self) {
        let mut pause = match &*self.held.load() {
            Some(held) => self.pace.refresh.saturating_sub(held.since.elapsed()),
            None => self.pace.again,
        };
        loop {
            let _ = timeout(pause, self.wake.notified()).await;
            pause = if self.refresh().await { self.pace.refresh } else { self.pace.again };
        }
    }

    /// Fetches once; says whether that went well.
    pub(super) async fn refresh(&self) -> bool {
        let fetched = self.fetch().await;
        let failed = fetched.is_err();
        match fetched {
            Ok(keys) => {
                self.held.store(Some(Arc::new(Held { keys: Arc::new(keys), since: Instant::now() })));
            }
            Err(error) => {
                tracing::warn!(host = self.host(), %error, "the keys for tokens could not be fetched");
            }
        }
        let mut doubt = self.doubt.lock().unwrap_or_else(PoisonError::into_inner);
        (doubt.under_way, doubt.failed) = (false, failed);
        !failed
    }

    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let text = self.fetcher.fetch().await?;
        KeySet::parse(&text, self.algorithm).ok_or(FetchError::NoKeySet)
    }
}
