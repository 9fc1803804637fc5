//! Sockets: each message is decided about by what holds when it leaves.

pub mod bot;
mod door;
mod ends;
mod messages;
mod moved;
pub mod person;

use crate::{house::House, written::Written};
use bot::Echo;

/// A proxy before a bot of sockets.
pub async fn house(written: Written) -> (House, Echo) {
    let (bot, echo) = Echo::open().await;
    (written.before(bot).await, echo)
}
