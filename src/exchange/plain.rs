//! A reply in plain text, on its way to the person.
//!
//! The rule: it is one text, and every piece of it is a message of a conversation, decided by what holds when it has come.
//! What would defeat it is a piece that can't go on: there is no place in a text to say why, so it is broken off.

use http_body_util::BodyExt as _;

use super::{conversation::Conversation, stream::STEP};
use crate::{
    message::{
        Body, BodyError, Direction, Outlet,
        coding::{Codings, Decoder},
    },
    refusal::Refusal,
    rewrite::{Rules, account::Account, media, plain::PlainText, reply},
};

/// A text that is being passed on.
struct Passing {
    conversation: Conversation,
    text: PlainText,
    outlet: Outlet,
}

/// Why a text ends before its end.
enum Stopped {
    Refused(Refusal),
    Broken(BodyError),
}

/// The text as the person may get it.
pub(super) fn to_person(conversation: Conversation, codings: Codings, body: Body) -> Body {
    Body::made(move |outlet| async move {
        let mut passing = Passing { conversation, text: PlainText::default(), outlet };
        match passing.all(codings, body).await {
            Ok(()) => Ok(None),
            Err(Stopped::Broken(error)) => Err(error),
            Err(Stopped::Refused(refusal)) => {
                passing.conversation.broken_off(Direction::ToPerson, reply::as_reply(refusal))
            }
        }
    })
}

impl Passing {
    async fn all(&mut self, codings: Codings, mut body: Body) -> Result<(), Stopped> {
        let mut decoder = Decoder::new(&codings, u64::MAX).map_err(media::undecodable)?;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(Stopped::Broken)?.into_data() else { continue };
            for step in data.chunks(STEP) {
                let plain = decoder.push(step).map_err(media::undecodable)?;
                self.go_on(|text, rules, account| text.push(&plain, rules, account)).await?;
            }
        }
        decoder.finish().map_err(media::undecodable)?;
        self.go_on(PlainText::finish).await
    }

    /// Passes on what is made of the text by what holds now. It is tried on a copy, as it may have to be decided again.
    async fn go_on(
        &mut self,
        make: impl Fn(&mut PlainText, &Rules<'_>, &mut Account) -> Result<bytes::Bytes, Refusal> + Sync,
    ) -> Result<(), Stopped> {
        let before = &self.text;
        let made = self.conversation.rewritten(Direction::ToPerson, |rules, _, account| {
            let mut text = before.clone();
            let made = make(&mut text, rules, account)?;
            Ok((made, text))
        });
        // Where no policy speaks of replies any more, tokens stay as they are.
        let Some((made, text)) = made.await? else { return Err(Refusal::Unsettled.into()) };
        self.text = text;
        self.outlet.pass(made).await;
        Ok(())
    }
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
