//! A reply that is a row of events, on its way to the person.
//!
//! The rule: every event is a message of a conversation. It is decided about by what holds when it has come, and leaves
//! then, whatever follows; nothing is gathered but the one event that is not whole yet. What would defeat it: what stands
//! between events, in which a bot could write anything; so comments leave empty, and fields that clients don't know not at
//! all. A stream that can't go on ends with an event that says why.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt as _;

use super::{conversation::Conversation, problem};
use crate::{
    message::{
        Body, BodyError, Direction, Made, Outlet,
        coding::{Codings, Decoder},
    },
    profile::StreamShape,
    refusal::Refusal,
    rewrite::{
        Rules,
        account::Account,
        events::{Event, Framer, Framing, Item},
        media, reply,
        streamed::Streamed,
    },
};

/// How a stream comes.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// How it is divided into events.
    pub(super) framing: Framing,
    /// How it was coded.
    pub(super) codings: Codings,
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
    texts: Streamed,
    /// Sentinels where no profile names them.
    unknown: StreamShape,
    outlet: Outlet,
}

/// The events of a reply, each as the person may get it.
pub(super) fn passed(conversation: Arc<Conversation>, shape: Shape, body: Body) -> Body {
    Body::made(move |outlet| async move {
        let route = conversation.route();
        let texts = Streamed::new(route.profile.clone(), route.limits.nesting);
        let unknown = StreamShape::unknown();
        let mut passing = Passing { conversation, shape, texts, unknown, outlet };
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
            for item in framer.push(&data) {
                self.item(item.map_err(|_| too_large())?).await?;
            }
        }
        if let Some(decoder) = decoder {
            decoder.finish().map_err(damaged)?;
        }
        for item in framer.finish() {
            match item.map_err(|_| too_large())? {
                // A client that keeps to the rules drops the half of an event.
                Item::Event(event) if !is_json(&event.data()) => {}
                item => self.item(item).await?,
            }
        }
        self.end_texts().await
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
        if self.is_sentinel(&data) {
            self.end_texts().await?;
            self.outlet.pass(event.raw().clone()).await;
            return Ok(());
        }
        let passed =
            self.go_on(|texts, rules, others, account| texts.event(&event, rules, others, account)).await?;
        if !passed {
            self.outlet.pass(event.raw().clone()).await;
        }
        Ok(())
    }

    /// No text goes on.
    async fn end_texts(&mut self) -> Result<(), Stopped> {
        if self.texts.is_idle() {
            return Ok(());
        }
        self.go_on(|texts, rules, _, account| texts.finish(rules, account)).await?;
        Ok(())
    }

    /// Passes on what is made of the texts by what holds now; false where no policy speaks of them any more. They are tried
    /// on a copy, as it may have to be decided again.
    async fn go_on(
        &mut self,
        make: impl Fn(&mut Streamed, &Rules<'_>, &[String], &mut Account) -> Result<Vec<Bytes>, Refusal>,
    ) -> Result<bool, Stopped> {
        let before = &self.texts;
        let made = self.conversation.rewritten(Direction::ToPerson, |rules, others, account| {
            let mut texts = before.clone();
            let made = make(&mut texts, rules, others, account)?;
            Ok((made, texts))
        });
        let Some((made, texts)) = made.await.map_err(unsent)? else { return Ok(false) };
        self.texts = texts;
        for event in made {
            self.outlet.pass(event).await;
        }
        Ok(true)
    }

    fn is_sentinel(&self, data: &[u8]) -> bool {
        let profile = self.conversation.route().profile.as_ref();
        profile.map_or(&self.unknown, |profile| &profile.stream).is_sentinel(data)
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

fn unsent(refusal: Refusal) -> Stopped {
    Stopped::Refused(reply::as_reply(refusal))
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
