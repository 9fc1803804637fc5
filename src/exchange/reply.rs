//! The reply on its way to the client, with the record that ends with it.
//!
//! The rule: the last byte of a reply leaves only when the receipt is written, so a client that has the whole reply
//! has left a receipt, whatever happens to us next. Everything before the last byte passes unheld; where the last byte
//! is there together with the head, as with most short replies, both leave in one piece.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::Response;
use http_body::{Body as _, Frame, SizeHint};

use super::record::Record;
use crate::{
    message::{Body, BodyError},
    receipts::{Written, receipt::Ended},
};

/// A reply's body and its record.
pub struct Reply {
    body: Body,
    record: Option<Box<Record>>,
    /// A frame that was there with the head and is not the last one.
    early: Option<Frame<Bytes>>,
    last: Option<Last>,
}

/// The last frame, or none, and what it waits for.
struct Last {
    written: Option<Written>,
    frame: Option<Result<Frame<Bytes>, BodyError>>,
}

/// The bot's reply, accompanied by its record to the end.
pub(super) async fn accompanied(reply: Response<Body>, mut record: Record) -> Response<Reply> {
    record.answered(reply.status().as_u16());
    if reply.body().is_end_stream() {
        finish(&mut record).await;
        return reply.map(Reply::over);
    }
    told(reply, record).await
}

/// A reply with its record, which says already what was done.
pub(super) async fn told(reply: Response<Body>, record: Record) -> Response<Reply> {
    let record = Some(Box::new(record));
    let mut reply = reply.map(|body| Reply { body, record, early: None, last: None });
    poll_fn(|cx| reply.body_mut().begin(cx)).await;
    reply
}

/// Waits until the receipt is written; its loss is told by whoever writes receipts.
pub(super) async fn finish(record: &mut Record) {
    if let Some(written) = record.end(Ended::Complete) {
        let _ = written.await;
    }
}

impl Reply {
    /// A body whose receipt is written already.
    pub(super) fn over(body: Body) -> Self {
        Self { body, record: None, early: None, last: None }
    }

    /// Looks whether the body is there already. A last frame then waits for its receipt here, before the head leaves.
    fn begin(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.last.is_none() {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(polled) => self.early = self.passed(polled),
                Poll::Pending => {}
            }
        }
        self.last.as_mut().map_or(Poll::Ready(()), |last| last.written(cx))
    }

    /// A frame to pass on at once; the last one stays here.
    fn passed(&mut self, polled: Option<Result<Frame<Bytes>, BodyError>>) -> Option<Frame<Bytes>> {
        let ended = match &polled {
            Some(Ok(_)) if self.record.is_none() || !self.body.is_end_stream() => {
                return polled.and_then(Result::ok);
            }
            Some(Ok(_)) | None => Ended::Complete,
            Some(Err(_)) => Ended::BotGone,
        };
        let written = self.record.take().and_then(|mut record| record.end(ended));
        self.last = Some(Last { written, frame: polled });
        // Its connection is free for others while this one waits.
        self.body = Body::empty();
        None
    }
}

impl Last {
    fn written(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(written) = &mut self.written {
            let _ = ready!(Pin::new(written).poll(cx));
            self.written = None;
        }
        Poll::Ready(())
    }
}

impl http_body::Body for Reply {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(frame) = self.early.take() {
            return Poll::Ready(Some(Ok(frame)));
        }
        if self.last.is_none() {
            let polled = ready!(Pin::new(&mut self.body).poll_frame(cx));
            if let Some(frame) = self.passed(polled) {
                return Poll::Ready(Some(Ok(frame)));
            }
        }
        let Some(last) = &mut self.last else { return Poll::Ready(None) };
        ready!(last.written(cx));
        Poll::Ready(last.frame.take())
    }

    fn is_end_stream(&self) -> bool {
        match &self.last {
            Some(last) => last.written.is_none() && last.frame.is_none(),
            None => self.early.is_none() && self.record.is_none() && self.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        let last = self.last.as_ref().and_then(|last| last.frame.as_ref()?.as_ref().ok());
        let held = self.early.as_ref().or(last).and_then(Frame::data_ref).map_or(0, Bytes::len) as u64;
        let mut hint = self.body.size_hint();
        if let Some(upper) = hint.upper().and_then(|upper| upper.checked_add(held)) {
            hint.set_upper(upper);
        }
        hint.set_lower(hint.lower().saturating_add(held));
        hint
    }
}
