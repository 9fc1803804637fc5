//! An answer in pieces, as the profile `json-chat` has it: some characters at a time, and the whole once more at the end.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use serde_json::json;
use tokio::time::{Interval, interval};

use super::seen::body;

/// How many characters a piece has: so few that a pseudonym comes in many.
const PIECE: usize = 8;

/// How long the bot thinks about a piece.
const PACE: Duration = Duration::from_millis(60);

/// The events that are still to be said.
pub(super) struct Pieces {
    events: VecDeque<String>,
    pace: Interval,
}

impl Pieces {
    /// This answer to this body.
    pub(super) fn of(reply: &str, text: &str) -> Self {
        Self { events: events(reply, text), pace: interval(PACE) }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        if !this.events.is_empty() {
            ready!(this.pace.poll_tick(cx));
        }
        Poll::Ready(this.events.pop_front().map(|event| Ok(Frame::data(event.into()))))
    }
}

fn events(reply: &str, text: &str) -> VecDeque<String> {
    let letters: Vec<char> = reply.chars().collect();
    let pieces = letters.chunks(PIECE).map(|piece| json!({"delta": piece.iter().collect::<String>()}));
    let end = json!({"done": true, "reply": reply, "saw": body(text)});
    pieces.chain([end]).map(|event| format!("data: {event}\n\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::seen::reply, *};

    #[test]
    fn the_pieces_of_an_answer_come_to_what_is_said_at_the_end() {
        let asked = "{\"text\": \"Which shoes fit me? Größe 42\"}";
        let events = events(&reply(asked), asked);
        let read = |event: &String| -> serde_json::Value {
            serde_json::from_str(event.strip_prefix("data: ").unwrap().trim_end()).unwrap()
        };
        let events: Vec<_> = events.iter().map(read).collect();
        let (end, pieces) = events.split_last().unwrap();
        let told: String = pieces.iter().map(|event| event["delta"].as_str().unwrap()).collect();
        assert_eq!(end["reply"], told);
        assert_eq!(told, "You wrote: Which shoes fit me? Größe 42");
        assert!(pieces.len() > 3, "{pieces:?}");
    }
}
