//! A socket: a conversation that begins with one request and goes on in messages (RFC 6455; RFC 8441 over HTTP/2).
//!
//! The rule: there are two sockets, one with the person and one with the bot, and nothing crosses from one to the other but
//! messages that were decided about ([`Conversation`]), the codes with which they are closed, and the reasons that may
//! pass as a text. Pings are answered on each side: their content is bytes that nobody reads. What would defeat the rule is
//! a message that is handed on in pieces, so each is put together first, up to the route's limit.
//!
//! The receipt is written when the conversation ends, whoever ends it and however, and before the person's connection is
//! closed in good order.

mod end;
mod farewell;
mod framing;
mod keyword;
mod line;

use std::{sync::Arc, time::Duration};

use http::{Response, StatusCode, Version, request::Parts, response};
use hyper::upgrade::{OnUpgrade, Upgraded};
use tokio::{join, time::timeout};
use yawc::Role;

use super::{
    Reply, Site,
    conversation::{Blocked, Conversation},
    problem,
    record::Record,
    returning::{self, Question},
    served::Served,
};
use crate::{
    message::{
        Body, Direction,
        websocket::{Deflate, Handshake, Opening},
    },
    receipts::{messages::Side, receipt::Ended},
    refusal::Refusal,
    rewrite::message::Part,
    server::{Peer, Tenure},
    upstream::{self, BotSocket},
};
use end::{End, Heard, Lost};
use farewell::{Farewell, Parting};

/// How long the end of a socket waits for its receipt. Where receipts can't be written it is written when they can.
const RECEIPT: Duration = Duration::from_secs(1);

/// A client that asks for a socket.
pub(super) struct Asked {
    /// Our handshake with the bot.
    pub(super) opening: Opening,
    handshake: Handshake,
    /// The head as it came.
    head: Parts,
    version: Version,
    becoming: OnUpgrade,
    tenure: Tenure,
}

/// A client that asked for a socket and a bot that opened one.
pub(super) struct Met {
    pub(super) asked: Box<Asked>,
    pub(super) bot: BotSocket,
    pub(super) question: Question,
}

/// The two ends, once nothing of HTTP is on them any more.
struct Ends {
    person: End,
    bot: End,
    _held: upstream::Held,
}

impl Asked {
    /// Takes a client's handshake out of the head; none where it asks for no socket.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub(super) fn take(head: &mut Parts) -> Result<Option<Box<Self>>, Refusal> {
        // Only who asks for another protocol has a tenure.
        let Some(tenure) = head.extensions.remove::<Tenure>() else { return Ok(None) };
        let Some(becoming) = head.extensions.remove::<OnUpgrade>() else { return Ok(None) };
        let Some(handshake) = Handshake::take(head) else { return Ok(None) };
        let opening = Opening::new(handshake.deflate.is_some()).map_err(|_| Refusal::Internal)?;
        let version = head.version;
        Ok(Some(Box::new(Self { opening, handshake, head: head.clone(), version, becoming, tenure })))
    }

    /// Whether the client would take a reply for an open socket: over HTTP/2 there is no status of its own for that.
    pub(super) fn would_mistake(&self, reply: &Response<Body>) -> bool {
        self.version == Version::HTTP_2 && reply.status().is_success()
    }
}

/// Answers the client, and begins the conversation as soon as the answer is out.
pub(super) async fn begin(
    site: &Arc<Site>,
    met: Met,
    peer: &Arc<Peer>,
    mut record: Record,
) -> Response<Reply> {
    let Met { asked, mut bot, question } = met;
    match returning::fields(site, &question, &bot.head.headers, &mut record).await {
        Ok(fields) => bot.head.headers = fields,
        Err(refusal) => return problem::answer(&refusal, record).await,
    }
    record.answered(StatusCode::SWITCHING_PROTOCOLS.as_u16());
    let answer = answer(&mut bot.head, &asked);
    let Asked { handshake, head, becoming, tenure, .. } = *asked;
    let conversation = Conversation::after(site, peer, Question { head, ..question }, record.converses());
    let sockets = Sockets { becoming, deflate: handshake.deflate, bot };
    tokio::spawn(hold((conversation, record), sockets, tenure));
    answer
}

/// The bot's answer, as one to the client's own handshake.
fn answer(bot: &mut response::Parts, asked: &Asked) -> Response<Reply> {
    let mut response = Response::new(Reply::over(Body::empty()));
    std::mem::swap(response.headers_mut(), &mut bot.headers);
    *response.status_mut() = match asked.version {
        Version::HTTP_2 => StatusCode::OK,
        _ => StatusCode::SWITCHING_PROTOCOLS,
    };
    asked.handshake.answer(response.headers_mut());
    response
}

/// Both sides before their connections have changed protocols.
struct Sockets {
    becoming: OnUpgrade,
    deflate: Option<Deflate>,
    bot: BotSocket,
}

/// The whole conversation, from the change of protocols to the receipt.
async fn hold((conversation, mut record): (Conversation, Record), sockets: Sockets, tenure: Tenure) {
    let ends = match sockets.open(conversation.route()).await {
        Ok(ends) => ends,
        Err(ended) => return finish(&mut record, ended).await,
    };
    let parting = tokio::select! {
        parting = pass_on(&conversation, Direction::ToBot, &ends) => parting,
        parting = pass_on(&conversation, Direction::ToPerson, &ends) => parting,
        () = tenure.over() => Parting::stopping(),
    };
    conversation.settled().await;
    let Parting { closed, ended, to_person, to_bot } = parting;
    closed.into_iter().for_each(|closed| conversation.closed(closed));
    join!(ends.person.part(to_person), ends.bot.part(to_bot));
    finish(&mut record, ended).await;
    join!(ends.person.close(), ends.bot.close());
}

async fn finish(record: &mut Record, ended: Ended) {
    if let Some(written) = record.end(ended) {
        let _ = timeout(RECEIPT, written).await;
    }
}

impl Sockets {
    async fn open(self, route: &Served) -> Result<Ends, Ended> {
        let agreed = self.bot.deflate;
        let (bot, held) = self.bot.connection().await.map_err(|_| Ended::BotGone)?;
        let person = self.becoming.await.map_err(|_| Ended::ClientGone)?;
        let end = |io: Upgraded, role, deflate| End::new(io, role, deflate, &route.limits);
        Ok(Ends {
            person: end(person, Role::Server, self.deflate).map_err(|_| Ended::ClientGone)?,
            bot: end(bot, Role::Client, agreed).map_err(|_| Ended::BotGone)?,
            _held: held,
        })
    }
}

/// Passes messages on in one direction, one at a time, until there will be no more.
async fn pass_on(conversation: &Conversation, direction: Direction, ends: &Ends) -> Parting {
    let (from, to, speaker) = match direction {
        Direction::ToBot => (&ends.person, &ends.bot, Side::Person),
        Direction::ToPerson => (&ends.bot, &ends.person, Side::Bot),
    };
    let listener = match speaker {
        Side::Person => Side::Bot,
        Side::Bot | Side::Assentry => Side::Person,
    };
    loop {
        let (parts, kind) = match from.hear().await {
            Ok(Heard::Message(bytes, kind)) => {
                (framing::parts(conversation.route().framing, bytes, kind), kind)
            }
            Ok(Heard::Close(farewell)) => {
                let passed = farewell_for(conversation, direction, &farewell).await;
                return Parting::closed(speaker, &farewell, passed);
            }
            Err(Lost::TooLarge) => {
                conversation.refused(direction, &Refusal::BodyTooLarge);
                return Parting::refused(direction, &Refusal::BodyTooLarge);
            }
            Err(lost) => return Parting::lost(speaker, lost),
        };
        let parts = match direction {
            Direction::ToPerson => parts,
            Direction::ToBot => match keyword::for_the_bot(conversation, from, parts, kind).await {
                Ok(Some(parts)) => parts,
                Ok(None) => continue,
                Err(parting) => return parting,
            },
        };
        let message = match conversation.pass(direction, &parts, || to.way()).await {
            Ok(message) => message,
            Err(Blocked::Refused(refusal)) => return Parting::refused(direction, &refusal),
            Err(Blocked::NoWay(lost)) => return Parting::lost(listener, lost),
        };
        if let Err(lost) = to.say(message, kind).await {
            return Parting::lost(listener, lost);
        }
    }
}

/// How a close is told to the other side: its code, and its reason where that may pass as a text.
async fn farewell_for(conversation: &Conversation, direction: Direction, heard: &Farewell) -> Farewell {
    if heard.reason.is_empty() {
        return heard.clone();
    }
    let reason = conversation.aside(direction, &[Part::Text(heard.reason.clone())]).await;
    heard.because(reason.unwrap_or_default())
}
