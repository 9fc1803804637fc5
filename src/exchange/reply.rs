//! The reply on its way to the client, with the record that ends with it.
//!
//! The rule: the last byte of a reply leaves only when the receipt is written, so a client that has the whole reply
//! has left a receipt, whatever happens to us next. Everything before the last byte passes unheld.

use std::{
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
    record: Option<Record>,
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
    reply.map(|body| Reply { body, record: Some(record), last: None })
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
        Self { body, record: None, last: None }
    }

    fn end(&mut self, ended: Ended, frame: Option<Result<Frame<Bytes>, BodyError>>) {
        let written = self.record.as_mut().and_then(|record| record.end(ended));
        self.record = None;
        self.last = Some(Last { written, frame });
    }
}

impl Last {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(written) = &mut self.written {
            let _ = ready!(Pin::new(written).poll(cx));
            self.written = None;
        }
        Poll::Ready(self.frame.take())
    }
}

impl http_body::Body for Reply {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        loop {
            if let Some(last) = &mut this.last {
                return last.poll(cx);
            }
            let polled = ready!(Pin::new(&mut this.body).poll_frame(cx));
            match polled {
                Some(Ok(frame)) if this.record.is_none() || !this.body.is_end_stream() => {
                    return Poll::Ready(Some(Ok(frame)));
                }
                Some(Ok(frame)) => this.end(Ended::Complete, Some(Ok(frame))),
                Some(Err(error)) => this.end(Ended::BotGone, Some(Err(error))),
                None => this.end(Ended::Complete, None),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.last {
            Some(last) => last.written.is_none() && last.frame.is_none(),
            None => self.record.is_none() && self.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self.last.as_ref().and_then(|last| last.frame.as_ref()) {
            Some(Ok(frame)) => SizeHint::with_exact(frame.data_ref().map_or(0, Bytes::len) as u64),
            Some(Err(_)) | None => self.body.size_hint(),
        }
    }
}
