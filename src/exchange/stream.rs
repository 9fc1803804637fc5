//! A reply that is a row of events, on its way to the person.
//!
//! The rule: every event is a message of a conversation. It is decided about by what holds when it has come, and leaves
//! then, whatever follows; nothing is gathered but the one event that is not whole yet. What would defeat it: what stands
//! between events, in which a bot could write anything; so comments leave empty, and fields that clients don't know not at
//! all. A stream that can't go on ends with an event that says why.

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use http_body_util::BodyExt as _;

use super::{
    conversation::{Blocked, Conversation},
    problem,
};
use crate::{
    message::{
        Body, BodyError, Direction, Made, Outlet,
        coding::{Codings, Decoder},
    },
    refusal::Refusal,
    rewrite::{
        events::{Event, Framer, Framing, Item},
        media,
        message::Part,
        reply,
    },
};

/// How a stream comes.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// How it is divided into events.
    pub(super) framing: Framing,
    /// How it was coded.
    pub(super) codings: Codings,
    /// Data that is no JSON and passes: it says that the stream is over.
    pub(super) sentinels: Arc<[Bytes]>,
}

/// Why a stream ends before its end.
enum Stopped {
    /// An event may not go on.
    Refused(Refusal),
    /// The bot's side broke off.
    Broken(BodyError),
}

/// A stream that is being passed on.
struct Passing {
    conversation: Arc<Conversation>,
    shape: Shape,
    outlet: Outlet,
}

/// The events of a reply, each as the person may get it.
pub(super) fn passed(conversation: Arc<Conversation>, shape: Shape, body: Body) -> Body {
    Body::made(move |outlet| async move {
        let mut passing = Passing { conversation, shape, outlet };
        match passing.all(body).await {
            Ok(()) => Ok(None),
            Err(stopped) => passing.stop(stopped).await,
        }
    })
}

impl Passing {
    async fn all(&mut self, mut body: Body) -> Result<(), Stopped> {
        let limit = self.conversation.route().limits.message;
        let mut framer = Framer::new(self.shape.framing, usize::try_from(limit).unwrap_or(usize::MAX));
        let mut decoder = self.decoder()?;
        while let Some(frame) = body.frame().await {
            // Trailers come when everything else has been decided; they have no place in a stream of events.
            let Ok(data) = frame.map_err(Stopped::Broken)?.into_data() else { continue };
            let data = match &mut decoder {
                None => data,
                Some(decoder) => decoder.push(&data).map_err(damaged)?,
            };
            let mut items = framer.push(&data);
            while let Some(item) = items.next() {
                self.item(item.map_err(|_| too_large())?).await?;
            }
        }
        if let Some(decoder) = decoder {
            decoder.finish().map_err(damaged)?;
        }
        let mut rest = framer.finish();
        while let Some(item) = rest.next() {
            match item.map_err(|_| too_large())? {
                // A client that keeps to the rules drops the half of an event.
                Item::Event(event) if !is_json(&event.data()) => {}
                item => self.item(item).await?,
            }
        }
        Ok(())
    }

    async fn item(&mut self, item: Item) -> Result<(), Stopped> {
        match item {
            Item::Aside(aside) => self.outlet.pass(aside.bare()).await,
            Item::Event(event) => self.event(event.without_asides()).await?,
        }
        Ok(())
    }

    async fn event(&mut self, event: Event) -> Result<(), Stopped> {
        let data = event.data();
        if self.shape.sentinels.contains(&data) {
            self.outlet.pass(event.raw().clone()).await;
            return Ok(());
        }
        let parts = [Part::Text(data)];
        let made =
            self.conversation.pass(Direction::ToPerson, &parts, async || Ok::<_, Infallible>(())).await;
        match made {
            Ok(made) => self.outlet.pass(event.with_data(&made.into_message())).await,
            Err(Blocked::Refused(refusal)) => return Err(Stopped::Refused(reply::as_reply(refusal))),
            Err(Blocked::NoWay(never)) => match never {},
        }
        Ok(())
    }

    fn decoder(&self) -> Result<Option<Decoder>, Stopped> {
        if self.shape.codings.is_empty() {
            return Ok(None);
        }
        Decoder::new(&self.shape.codings, u64::MAX).map(Some).map_err(damaged)
    }

    /// Tells the client why there will be no more.
    async fn stop(&mut self, stopped: Stopped) -> Made {
        match stopped {
            Stopped::Broken(error) => Err(error),
            Stopped::Refused(refusal) => {
                self.conversation.refused(Direction::ToPerson, &refusal);
                let problem = problem::document(&refusal, Some(self.conversation.id()));
                self.outlet.pass(self.shape.framing.closing(&problem)).await;
                Ok(None)
            }
        }
    }
}

fn too_large() -> Stopped {
    Stopped::Refused(Refusal::ReplyUnreadable("an event is larger than may be held"))
}

fn damaged(fault: crate::message::coding::Fault) -> Stopped {
    Stopped::Refused(reply::as_reply(media::undecodable(fault)))
}

fn is_json(data: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(data).is_ok()
}
