//! The bot's diary as it is written, an event for each line, for whoever looks over its shoulder.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// The lines to come.
pub(super) struct Lines(Next);

type Next = Pin<Box<dyn Future<Output = (Result<String, RecvError>, Receiver<String>)> + Send>>;

impl Lines {
    pub(super) fn of(receiver: Receiver<String>) -> Self {
        Self(Box::pin(next(receiver)))
    }
}

async fn next(mut receiver: Receiver<String>) -> (Result<String, RecvError>, Receiver<String>) {
    (receiver.recv().await, receiver)
}

impl Body for Lines {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        loop {
            let (line, receiver) = ready!(self.0.as_mut().poll(context));
            self.0 = Box::pin(next(receiver));
            match line {
                Ok(line) => return Poll::Ready(Some(Ok(Frame::data(format!("data: {line}\n\n").into())))),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Poll::Ready(None),
            }
        }
    }
}
