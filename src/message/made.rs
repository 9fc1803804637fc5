//! A body that is made while it is taken: a future writes it, piece by piece.
//!
//! The rule: the future runs only while somebody waits for the next piece, and has at most one piece lying ready. So a
//! slow reader slows whatever is read to make the body, and memory stays what the future holds. What would defeat it: a
//! future that gathers. It ends the body with trailers or none, or breaks it off.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;

use super::BodyError;

/// How the making ended.
pub type Made = Result<Option<HeaderMap>, BodyError>;

/// Where the pieces of a body go.
#[derive(Debug)]
pub struct Outlet(Ready);

/// The one piece that lies ready. Maker and taker run in turns within one task, so the lock is never waited for.
type Ready = Arc<Mutex<Option<Bytes>>>;

/// A body in the making.
pub(super) struct Making {
    ready: Ready,
    /// Behind a lock for its type's sake only: what is not shared need not be `Sync`.
    maker: Option<Mutex<Pin<Box<dyn Future<Output = Made> + Send>>>>,
    last: Option<HeaderMap>,
}

impl Outlet {
    /// Passes a piece on, and waits until it is taken.
    pub async fn pass(&mut self, piece: Bytes) {
        if piece.is_empty() {
            return;
        }
        *lock(&self.0) = Some(piece);
        poll_fn(|_| if lock(&self.0).is_some() { Poll::Pending } else { Poll::Ready(()) }).await;
    }
}

impl Making {
    /// A body that `make` writes.
    pub(super) fn new<F>(make: impl FnOnce(Outlet) -> F) -> Self
    where
        F: Future<Output = Made> + Send + 'static,
    {
        let ready = Ready::default();
        let maker = Mutex::new(Box::pin(make(Outlet(Arc::clone(&ready)))) as Pin<Box<_>>);
        Self { ready, maker: Some(maker), last: None }
    }

    /// Whether nothing comes any more.
    pub(super) fn is_over(&self) -> bool {
        self.maker.is_none() && self.last.is_none()
    }

    /// The next piece, or the trailers.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(maker) = &mut self.maker {
            let maker = maker.get_mut().unwrap_or_else(PoisonError::into_inner);
            let polled = maker.as_mut().poll(cx);
            if let Poll::Ready(made) = polled {
                self.maker = None;
                match made {
                    Ok(trailers) => self.last = trailers,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
            }
            if let Some(piece) = lock(&self.ready).take() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            if self.maker.is_some() {
                return Poll::Pending;
            }
        }
        Poll::Ready(self.last.take().map(|trailers| Ok(Frame::trailers(trailers))))
    }
}

impl fmt::Debug for Making {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Making").field("is_over", &self.is_over()).finish_non_exhaustive()
    }
}

fn lock(ready: &Mutex<Option<Bytes>>) -> std::sync::MutexGuard<'_, Option<Bytes>> {
    ready.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::super::Body;
    use super::*;

    #[tokio::test]
    async fn a_made_body_brings_every_piece_and_its_trailers_in_order() {
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", http::HeaderValue::from_static("1"));
        let mut body = Body::made(|mut outlet| async move {
            for piece in ["a", "", "b", "c"] {
                outlet.pass(Bytes::from_static(piece.as_bytes())).await;
            }
            Ok(Some(trailers))
        });
        let mut shown = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.unwrap();
            shown.push(match frame.into_data() {
                Ok(data) => String::from_utf8(data.to_vec()).unwrap(),
                Err(frame) => format!("{} trailer", frame.into_trailers().unwrap().len()),
            });
        }
        assert_eq!(shown, ["a", "b", "c", "1 trailer"]);
    }

    #[tokio::test]
    async fn nothing_is_made_before_somebody_asks_and_never_more_than_one_piece() {
        let made = Arc::new(Mutex::new(0));
        let count = Arc::clone(&made);
        let mut body = Body::made(|mut outlet| async move {
            for _ in 0..10 {
                *count.lock().unwrap() += 1;
                outlet.pass(Bytes::from_static(b"x")).await;
            }
            Ok(None)
        });
        assert_eq!(*made.lock().unwrap(), 0);
        for taken in 1..=10 {
            body.frame().await.unwrap().unwrap();
            assert_eq!(*made.lock().unwrap(), taken);
        }
        assert!(body.frame().await.is_none());
        assert!(http_body::Body::is_end_stream(&body));
    }

    #[tokio::test]
    async fn a_body_that_is_broken_off_ends_in_an_error() {
        let mut body = Body::made(|mut outlet| async move {
            outlet.pass(Bytes::from_static(b"x")).await;
            Err(BodyError::TooLarge)
        });
        assert!(body.frame().await.unwrap().is_ok());
        assert!(matches!(body.frame().await, Some(Err(BodyError::TooLarge))));
        assert!(body.frame().await.is_none());
    }
}
