//! The bot's end of a socket: it answers each text with one.

use std::{future::poll_fn, pin::Pin};

use futures_sink::Sink as _;
use serde_json::json;
use yawc::{Frame, HttpWebSocket, OpCode};

use super::seen::{Diary, body, reply};

/// Talks until the other end closes or is gone. The library answers pings and closes.
pub(super) async fn talk(mut socket: HttpWebSocket, diary: &Diary) {
    while let Ok(frame) = socket.next_frame().await {
        if frame.opcode() != OpCode::Text {
            continue;
        }
        let text = String::from_utf8_lossy(frame.payload());
        diary.note(&json!({"message": body(&text)}));
        let answer = json!({"reply": reply(&text), "saw": body(&text)});
        if say(&mut socket, Frame::text(answer.to_string())).await.is_err() {
            return;
        }
    }
}

async fn say(socket: &mut HttpWebSocket, frame: Frame) -> yawc::Result<()> {
    poll_fn(|cx| Pin::new(&mut *socket).poll_ready(cx)).await?;
    Pin::new(&mut *socket).start_send(frame)?;
    poll_fn(|cx| Pin::new(&mut *socket).poll_flush(cx)).await
}
