//! A reader of event streams that follows the standard's steps one by one, and sees a whole body at once.

use super::Event;

/// An event as a client's program gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) data: String,
    /// The last event id that the client remembers then.
    pub(super) id: String,
}

impl Seen {
    /// Our event, as far as it tells by itself.
    pub(super) fn of(event: &Event) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { name: text(event.name().unwrap_or(b"message")), data: text(&event.data()), id: String::new() }
    }
}

/// The events of a body.
pub(super) fn seen(body: &[u8]) -> Vec<Seen> {
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n").replace('\r', "\n");
    let (mut events, mut data, mut name, mut id) = (Vec::new(), String::new(), String::new(), String::new());
    let Some((lines, _unfinished)) = text.rsplit_once('\n') else { return events };
    for line in lines.split('\n') {
        if line.is_empty() {
            if let Some(data) = data.strip_suffix('\n') {
                let name = if name.is_empty() { "message" } else { &name };
                events.push(Seen { name: name.to_owned(), data: data.to_owned(), id: id.clone() });
            }
            data.clear();
            name.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut name),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut id),
            _ => {}
        }
    }
    events
}
