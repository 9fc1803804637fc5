//! A body that is a row of events, on its way: a reply to the person, or what a client sends to the bot as a stream.
//!
//! The rule: every event is a message of a conversation. It is decided about by what holds when it has come, and leaves
//! then, whatever follows; nothing is gathered but the one event that is not whole yet. What would defeat it: what stands
//! around their data, in which anybody could write anything; so comments leave empty, fields that readers don't know not at
//! all, and to a bot nothing of it where only what is declared may pass. A reply that can't go on ends with an event that says why; a request that can't is broken off, so that it never
//! completes.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use uuid::Uuid;

use super::{conversation::Conversation, problem, reading};
use crate::{
    message::{
        Body, BodyError, Direction, Made, Outlet,
        coding::{Codings, Decoder, Fault},
    },
    profile::{Socket, StreamShape},
    refusal::Refusal,
    rewrite::{
        Rules,
        account::Account,
        events::{Event, Framer, Framing, Item},
        media,
        message::Part,
        reply, rows,
        streamed::Streamed,
    },
};

/// How much is read at a time: what comes out of a decoder for so little is bounded, too.
pub(super) const STEP: usize = 16 << 10;

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
    /// Whoever sends it broke off.
    Broken(BodyError),
}

/// A stream that is being passed on.
struct Passing {
    conversation: Conversation,
    direction: Direction,
    shape: Shape,
    texts: Streamed,
    /// Sentinels where no profile names them.
    unknown: StreamShape,
    outlet: Outlet,
}

/// The events of a reply, each as the person may get it. The last one, where it can't go on, names the exchange.
pub(super) fn to_person(conversation: Conversation, shape: Shape, (body, exchange): (Body, Uuid)) -> Body {
    Body::made(move |outlet| async move {
        let route = conversation.route();
        let texts = Streamed::new(route.profile.clone(), route.limits.nesting);
        let mut passing = Passing::new(conversation, Direction::ToPerson, (shape, texts), outlet);
        match passing.all(body, u64::MAX).await {
            Ok(()) => Ok(None),
            Err(Stopped::Broken(error)) => Err(error),
            Err(Stopped::Refused(refusal)) => passing.say_why(reply::as_reply(refusal), exchange).await,
        }
    })
}

/// The events of a request, each as the bot may get it; `from` is asked when the request is sent. Their texts are whole.
pub(super) fn to_bot(
    conversation: Conversation,
    shape: Shape,
    from: impl FnOnce() -> Option<Body> + Send + 'static,
) -> Body {
    Body::made(move |outlet| async move {
        let limits = conversation.route().limits;
        let texts = Streamed::new(None, limits.nesting);
        let mut passing = Passing::new(conversation, Direction::ToBot, (shape, texts), outlet);
        let passed = match from() {
            Some(body) => passing.all(body, limits.flow).await,
            None => Err(Stopped::Refused(Refusal::Internal)),
        };
        let refusal = match passed {
            Ok(()) => return Ok(None),
            Err(Stopped::Broken(error)) => reading::refusal(error),
            Err(Stopped::Refused(refusal)) => refusal,
        };
        passing.conversation.broken_off(Direction::ToBot, refusal)
    })
}

impl Passing {
    fn new(
        conversation: Conversation,
        direction: Direction,
        (shape, texts): (Shape, Streamed),
        outlet: Outlet,
    ) -> Self {
        Self { conversation, direction, shape, texts, unknown: StreamShape::unknown(), outlet }
    }

    /// Passes on all of it; at most `limit` bytes may come out of its codings.
    async fn all(&mut self, mut body: Body, limit: u64) -> Result<(), Stopped> {
        let most_held = usize::try_from(self.conversation.route().limits.message).unwrap_or(usize::MAX);
        let mut framer = Framer::new(self.shape.framing, most_held);
        let mut decoder = self.decoder(limit)?;
        while let Some(frame) = body.frame().await {
            // Trailers come when everything else has been decided; they have no place in a stream of events.
            let Ok(data) = frame.map_err(Stopped::Broken)?.into_data() else { continue };
            for step in data.chunks(STEP) {
                let plain =
                    decoder.as_mut().map(|decoder| decoder.push(step)).transpose().map_err(damaged)?;
                for item in framer.push(plain.as_deref().unwrap_or(step)) {
                    self.item(item.map_err(|_| self.too_large())?).await?;
                }
            }
        }
        if let Some(decoder) = decoder {
            decoder.finish().map_err(damaged)?;
        }
        for item in framer.finish() {
            match item.map_err(|_| self.too_large())? {
                // A client that keeps to the rules drops the half of an event. Of what a client sent, nothing is lost in silence.
                Item::Event(event) if self.direction == Direction::ToPerson && !is_json(&event.data()) => {}
                item => self.item(item).await?,
            }
        }
        self.end_texts().await
    }

    async fn item(&mut self, item: Item) -> Result<(), Stopped> {
        let undeclared = self.conversation.undeclared(self.direction).map_err(Stopped::Refused)?;
        match rows::around(item, undeclared).map_err(Stopped::Refused)? {
            Item::Aside(aside) => self.outlet.pass(aside.raw).await,
            Item::Event(event) => self.event(event).await?,
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
        if self.direction == Direction::ToBot && self.is_obeyed(data).await? {
            return Ok(());
        }
        let passed =
            self.go_on(|texts, rules, others, account| texts.event(&event, rules, others, account)).await?;
        if !passed {
            self.outlet.pass(event.raw().clone()).await;
        }
        Ok(())
    }

    /// Whether an event was a keyword. Nobody can be told so here: the reply is the bot's. Somebody who could be anybody
    /// is told to sign in, in place of the reply.
    async fn is_obeyed(&self, data: Bytes) -> Result<bool, Stopped> {
        let heard = self.conversation.obeyed(&Part::Text(data), Socket::Plain).await;
        match heard.map_err(Stopped::Refused)? {
            Some(heard) if !heard.obeyed => Err(Stopped::Refused(Refusal::NotSignedIn)),
            heard => Ok(heard.is_some()),
        }
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
        make: impl Fn(&mut Streamed, &Rules<'_>, &[String], &mut Account) -> Result<Vec<Bytes>, Refusal> + Sync,
    ) -> Result<bool, Stopped> {
        let before = &self.texts;
        let made = self.conversation.rewritten(self.direction, |rules, others, account| {
            let mut texts = before.clone();
            let made = make(&mut texts, rules, others, account)?;
            Ok((made, texts))
        });
        let Some((made, texts)) = made.await.map_err(Stopped::Refused)? else { return Ok(false) };
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

    fn decoder(&self, limit: u64) -> Result<Option<Decoder>, Stopped> {
        if self.shape.codings.is_empty() {
            return Ok(None);
        }
        Decoder::new(&self.shape.codings, limit).map(Some).map_err(damaged)
    }

    fn too_large(&self) -> Stopped {
        Stopped::Refused(match self.direction {
            Direction::ToBot => Refusal::BodyTooLarge,
            Direction::ToPerson => Refusal::ReplyUnreadable("an event is larger than may be held"),
        })
    }

    /// Tells the client why there will be no more.
    async fn say_why(&mut self, refusal: Refusal, exchange: Uuid) -> Made {
        self.conversation.refused(self.direction, &refusal);
        let problem = problem::document(&refusal, Some(exchange));
        self.outlet.pass(self.shape.framing.closing(&problem)).await;
        Ok(None)
    }
}

fn damaged(fault: Fault) -> Stopped {
    Stopped::Refused(media::undecodable(fault))
}

fn is_json(data: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(data).is_ok()
}
