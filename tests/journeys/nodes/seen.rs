//! What reached the bot under somebody's yes, and when: the checker of the proof.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// The ways in which messages come.
pub const WAYS: [&str; 3] = ["request", "socket", "stream"];

/// Every message with data that takes a yes, by whose it is.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<HashMap<String, Vec<Message>>>>);

/// One such message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub node: usize,
    pub way: String,
    pub at: Instant,
}

/// What somebody says on one way through one node.
pub fn said(who: &str, node: usize, way: &str) -> String {
    format!(r#"{{"who":"{who}","node":{node},"way":"{way}","context":{{"purchases":[1]}}}}"#)
}

impl Seen {
    /// Looks at one message as it arrived.
    pub fn arrived(&self, text: &str) {
        let message: serde_json::Value = serde_json::from_str(text).unwrap();
        if message["context"].get("purchases").is_none() {
            return;
        }
        let (who, way) = (message["who"].as_str().unwrap(), message["way"].as_str().unwrap());
        let node = usize::try_from(message["node"].as_u64().unwrap()).unwrap();
        let message = Message { node, way: way.to_owned(), at: Instant::now() };
        self.0.lock().unwrap().entry(who.to_owned()).or_default().push(message);
    }

    /// Whether somebody's messages have come through every one of these nodes in every way since a moment.
    pub fn through(&self, who: &str, nodes: &[usize], since: Instant) -> bool {
        let messages = self.of(who);
        let came = |node, way| {
            messages.iter().any(|message| message.node == node && message.way == way && message.at >= since)
        };
        nodes.iter().all(|node| WAYS.iter().all(|way| came(*node, *way)))
    }

    /// How long after a moment the last of somebody's messages came.
    pub fn lateness(&self, who: &str, since: Instant) -> Duration {
        let last = self.of(who).into_iter().map(|message| message.at).max();
        last.map_or(Duration::ZERO, |last| last.saturating_duration_since(since))
    }

    /// The messages that came later than this after a moment: there must be none.
    pub fn strays(&self, who: &str, since: Instant, bound: Duration) -> Vec<Message> {
        let mut messages = self.of(who);
        messages.retain(|message| message.at.saturating_duration_since(since) > bound);
        messages
    }

    fn of(&self, who: &str) -> Vec<Message> {
        self.0.lock().unwrap().get(who).cloned().unwrap_or_default()
    }
}

#[test]
fn the_checker_sees_a_single_stray_message_and_nothing_else() {
    let (seen, since) = (Seen::default(), Instant::now());
    for (node, way) in (0..3).flat_map(|node| WAYS.map(|way| (node, way))) {
        assert!(!seen.through("ada", &[0, 1, 2], since));
        seen.arrived(&said("ada", node, way));
    }
    assert!(seen.through("ada", &[0, 1, 2], since));
    let bound = Duration::from_millis(300);
    std::thread::sleep(bound + Duration::from_millis(100));
    seen.arrived(&said("ada", 1, "socket").replace(r#""purchases":[1]"#, ""));
    seen.arrived(&said("bob", 1, "socket"));
    assert_eq!(seen.strays("ada", since, bound), []);
    seen.arrived(&said("ada", 2, "stream"));
    let strays = seen.strays("ada", since, bound);
    assert_eq!((strays.len(), strays[0].node, strays[0].way.as_str()), (1, 2, "stream"));
    assert!(seen.lateness("ada", since) > bound && !seen.through("ada", &[0], Instant::now()));
}
