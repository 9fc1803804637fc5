//! Where requests wait for their turn.
//!
//! The rule: so many exchanges at a time, so many waiting for so long, and everyone in the order they came; more are
//! refused at once. A place is held until the reply's body ends, not only its head.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::refusal::Refusal;

/// A place among the exchanges under way; dropping it makes room.
pub(super) type Room = OwnedSemaphorePermit;

/// Where requests wait for their turn.
pub(super) struct Queue {
    room: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
    patience: Duration,
}

impl Queue {
    pub(super) fn new(at_a_time: usize, most_waiting: usize, patience: Duration) -> Self {
        let room = Arc::new(Semaphore::new(at_a_time.min(Semaphore::MAX_PERMITS)));
        Self { room, waiting: AtomicUsize::new(0), most_waiting, patience }
    }

    /// Waits for a place.
    pub(super) async fn enter(&self) -> Result<Room, Refusal> {
        if let Ok(room) = Arc::clone(&self.room).try_acquire_owned() {
            return Ok(room);
        }
        let _place = self.stand_in_line().ok_or(Refusal::Overloaded)?;
        match timeout(self.patience, Arc::clone(&self.room).acquire_owned()).await {
            Ok(Ok(room)) => Ok(room),
            Ok(Err(_)) | Err(_) => Err(Refusal::Overloaded),
        }
    }

    fn stand_in_line(&self) -> Option<Place<'_>> {
        let before = self.waiting.fetch_add(1, Relaxed);
        let place = Place(&self.waiting);
        (before < self.most_waiting).then_some(place)
    }
}

/// A place in the line, given up when dropped: also by a client that goes away.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
