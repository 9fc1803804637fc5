//! A request's body on its way to the backend, when it flows: is it still coming, and did it break on the client's
//! side?

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

use bytes::Bytes;
use http::Request;
use http_body::Frame;

use crate::message::{Body, End, Witness};

/// What is known of a flowing request body.
#[derive(Debug, Default)]
pub(super) struct Upload {
    frames: AtomicU64,
    broken: AtomicBool,
}

struct Watcher(Arc<Upload>);

impl Upload {
    /// Watches the body if it flows; one that is whole is sent as fast as the backend takes it.
    pub(super) fn watch(request: Request<Body>) -> (Option<Arc<Self>>, Request<Body>) {
        if !request.body().is_flowing() {
            return (None, request);
        }
        let upload = Arc::new(Self::default());
        let request = request.map(|body| body.witnessed(Watcher(Arc::clone(&upload))));
        (Some(upload), request)
    }

    /// How many frames went up so far.
    pub(super) fn frames(&self) -> u64 {
        self.frames.load(Relaxed)
    }

    /// Whether the client broke off.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Relaxed)
    }
}

impl Witness for Watcher {
    fn passed(&mut self, _: &Frame<Bytes>) {
        self.0.frames.fetch_add(1, Relaxed);
    }

    fn over(&mut self, end: End) {
        self.0.broken.store(end == End::Broken, Relaxed);
    }
}
