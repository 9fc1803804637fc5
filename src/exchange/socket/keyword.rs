//! Keywords that come through a socket: they are obeyed and answered here, and what else came with them goes on.
//!
//! The rule: nothing that the person says after a keyword is heard before its answer has left. What would defeat it is hearing
//! on while the decision is written; so this is waited for.

use std::iter::Peekable;

use super::{
    end::{End, Kind, Lost},
    farewell::Parting,
    framing,
};
use crate::{
    exchange::conversation::Conversation, message::Direction, profile::Socket, receipts::messages::Side,
    refusal::Refusal, rewrite::message::Part,
};

/// The parts of a message that are for the bot; none where it was ours.
///
/// # Errors
/// How the conversation ends.
pub(super) async fn for_the_bot(
    conversation: &Conversation,
    person: &End,
    parts: Vec<Part>,
    kind: Kind,
) -> Result<Option<Vec<Part>>, Parting> {
    let framing = conversation.route().framing;
    let mut rest: Vec<Part> = Vec::new();
    let mut parts = parts.into_iter().peekable();
    let mut ours = false;
    while let Some(part) = parts.next() {
        let heard = match framing::says(framing, rest.last()) {
            true => conversation
                .obeyed(&part, framing)
                .await
                .map_err(|refusal| refused(conversation, &refusal))?,
            false => None,
        };
        let Some(heard) = heard else {
            rest.push(part);
            continue;
        };
        ours = true;
        let answer = framing::answer(framing, rest.last(), &heard.answer);
        person.tell(answer, kind).await.map_err(|lost: Lost| Parting::lost(Side::Person, lost))?;
        take_around(framing, &mut rest, &mut parts);
    }
    Ok(Some(rest).filter(|rest| !ours || !rest.is_empty()))
}

/// What the protocol wrote around a message goes with it.
fn take_around(framing: Socket, before: &mut Vec<Part>, after: &mut Peekable<impl Iterator<Item = Part>>) {
    match framing {
        Socket::Plain => {}
        Socket::EngineIo => drop(before.pop()),
        Socket::SignalR => drop(after.next_if(|part| matches!(part, Part::Frame(_)))),
    }
}

fn refused(conversation: &Conversation, refusal: &Refusal) -> Parting {
    conversation.refused(Direction::ToBot, refusal);
    Parting::refused(Direction::ToBot, refusal)
}
