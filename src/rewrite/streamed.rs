//! The texts of one stream of events: each comes in pieces, in several events, and is looked through as if it were whole.
//!
//! The rule: what the pieces of a text come to is what the whole text would have become, however it was cut; of each text
//! no more is held back than could still become something, and that is released before the event that ends the text, in an event
//! like the last one that held a piece of it. What would defeat it: a text that never ends, of which the tail would stay here; so
//! the end of the stream ends every text. And texts without end: their number is bounded.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;

use super::{
    Rules,
    account::{Account, Place, PlaceStep, ROOT},
    events::Event,
    json::JsonRewriter,
    message::{self, Part},
    saying::Saying,
    speech::{Notes, Speech},
};
use crate::{
    json::{Tokeniser, escape_into, unescape},
    policy::Plan,
    profile::{Delta, Inside, Profile, Reading, TextKey},
    refusal::Refusal,
    selector::Document,
};

/// Why a text can't be held until all of it is there.
pub(super) const TOO_MUCH_HELD: Refusal =
    Refusal::ReplyUnreadable("a text that must be there as a whole is longer than may be held");

/// More texts at a time than this are nobody's answer.
const MOST_TEXTS: usize = 1_024;

/// The texts of one stream.
#[derive(Clone, Debug)]
pub struct Streamed {
    profile: Option<Arc<Profile>>,
    texts: HashMap<TextKey, Text>,
    /// How many events were added, by which those behind them count on.
    added: u64,
    max_depth: usize,
}

/// A text that has not ended.
#[derive(Clone, Debug)]
struct Text {
    saying: Saying,
    /// The last event with a piece of it, and its data as it was sent.
    last: Option<(Event, Bytes)>,
}

/// A piece as it goes on.
struct Piece {
    delta: Delta,
    text: String,
}

impl Streamed {
    /// A stream of messages of this shape; where none is known, every text is whole in its event.
    pub fn new(profile: Option<Arc<Profile>>, max_depth: usize) -> Self {
        Self { profile, texts: HashMap::new(), added: 0, max_depth }
    }

    /// The events that go on in place of one: mostly one. What is done is noted in `account`; `others` lists the media types that
    /// may pass unread.
    ///
    /// # Errors
    /// When it must not be sent on in any form.
    pub fn event(
        &mut self,
        event: &Event,
        rules: &Rules<'_>,
        others: &[String],
        account: &mut Account,
    ) -> Result<Vec<Bytes>, Refusal> {
        let data = event.data();
        let speech = Speech::of(rules);
        let profile = self.profile.clone().filter(|_| speech.is_some() || !self.texts.is_empty());
        let read = profile.and_then(|profile| Some((self.read(&profile, rules.plan, &data)?, profile)));
        let Some((reading, profile)) = read else {
            let made = message::message(&[Part::Text(data)], rules, others, account)?.into_bytes();
            return Ok(vec![event.with_data(&made)]);
        };
        let starts: Vec<usize> = reading.deltas.iter().map(|delta| delta.at.start).collect();
        let made = pieces_aside(&data, &starts, rules, account)?;
        // Where pieces stand now: something around them may be gone.
        let Some(reading) = self.read(&profile, rules.plan, &made) else { return Err(Refusal::Internal) };
        let mut out = self.released(&reading, speech.as_ref(), (rules.plan, account))?;
        let made = self.passed(&made, &reading, speech.as_ref(), account)?;
        let made = self.counted(made, &profile, rules.plan);
        for delta in reading.deltas.iter().filter(|delta| !delta.opens) {
            if let Some(text) = self.texts.get_mut(&delta.key) {
                text.last = Some((event.clone(), made.clone()));
            }
        }
        self.texts.retain(|key, _| !reading.ends.iter().any(|ending| ending.ends(key)));
        out.push(event.with_data(&made));
        match self.texts.values().map(|text| text.saying.held()).sum::<usize>() > rules.outside.most_held() {
            true => Err(TOO_MUCH_HELD),
            false => Ok(out),
        }
    }

    /// The stream is over, or says that it is: what is left of every text.
    ///
    /// # Errors
    /// When it must not be sent on in any form.
    pub fn finish(&mut self, rules: &Rules<'_>, account: &mut Account) -> Result<Vec<Bytes>, Refusal> {
        let speech = Speech::of(rules);
        let keys: Vec<TextKey> = self.texts.keys().cloned().collect();
        self.release(keys, speech.as_ref(), (rules.plan, account))
    }

    /// Whether no text has begun that has not ended.
    pub fn is_idle(&self) -> bool {
        self.texts.is_empty()
    }

    fn read(&self, profile: &Profile, plan: &Plan, data: &[u8]) -> Option<Reading> {
        let mut tokeniser = Tokeniser::new(plan.hasher.clone(), self.max_depth);
        let document = Document::read(data, &mut tokeniser).ok()?;
        Some(profile.stream.read(&document))
    }

    /// What is held back of texts that end with this event and have no piece in it.
    fn released(
        &mut self,
        reading: &Reading,
        speech: Option<&Speech<'_>>,
        noting: (&Plan, &mut Account),
    ) -> Result<Vec<Bytes>, Refusal> {
        let is_here = |key: &TextKey| reading.deltas.iter().any(|delta| delta.key == *key);
        let ends = |key: &&TextKey| !is_here(key) && reading.ends.iter().any(|ending| ending.ends(key));
        let keys: Vec<TextKey> = self.texts.keys().filter(ends).cloned().collect();
        self.release(keys, speech, noting)
    }

    fn release(
        &mut self,
        mut keys: Vec<TextKey>,
        speech: Option<&Speech<'_>>,
        (plan, account): (&Plan, &mut Account),
    ) -> Result<Vec<Bytes>, Refusal> {
        let Some(profile) = self.profile.clone() else { return Ok(Vec::new()) };
        keys.sort();
        let mut out = Vec::new();
        for key in keys {
            let Some(mut text) = self.texts.remove(&key) else { continue };
            let mut notes = notes(account);
            let rest = text.saying.finish(speech, &mut notes);
            notes.allowed(speech)?;
            let Some((event, data)) = text.last.filter(|_| !rest.is_empty()) else { continue };
            let Some(reading) = self.read(&profile, plan, &data) else { continue };
            let Some(more) = reading.again(&data, &key, &rest) else { continue };
            let more = self.renumbered(more.into(), &profile, plan, 1);
            self.added += 1;
            out.push(event.another(&more));
        }
        Ok(out)
    }

    /// The event's data with its pieces as they go on.
    fn passed(
        &mut self,
        data: &Bytes,
        reading: &Reading,
        speech: Option<&Speech<'_>>,
        account: &mut Account,
    ) -> Result<Bytes, Refusal> {
        let mut pieces = Vec::new();
        for delta in &reading.deltas {
            let raw = data.get(delta.at.clone()).unwrap_or_default();
            let Some(said) = unescape(raw) else { return Err(Refusal::Internal) };
            let ends = delta.opens || reading.ends.iter().any(|ending| ending.ends(&delta.key));
            let mut notes = notes(account);
            let text = self.text(delta, speech)?;
            let mut made = text.saying.push(&said, speech, &mut notes);
            if ends {
                made += &text.saying.finish(speech, &mut notes);
                self.texts.remove(&delta.key);
            }
            notes.allowed(speech)?;
            if made != said {
                pieces.push(Piece { delta: delta.clone(), text: made });
            }
        }
        Ok(spliced(data, &pieces))
    }

    /// The text that a piece belongs to.
    fn text(&mut self, delta: &Delta, speech: Option<&Speech<'_>>) -> Result<&mut Text, Refusal> {
        if self.texts.len() >= MOST_TEXTS && !self.texts.contains_key(&delta.key) {
            return Err(Refusal::ReplyUnreadable("there are too many texts at a time"));
        }
        let json = delta.inside == Inside::Json;
        let begun = || Text { saying: Saying::begin(speech, json), last: None };
        Ok(self.texts.entry(delta.key.clone()).or_insert_with(begun))
    }

    /// The data, counted on by the events that were added.
    fn counted(&self, data: Bytes, profile: &Profile, plan: &Plan) -> Bytes {
        if self.added == 0 { data } else { self.renumbered(data, profile, plan, self.added) }
    }

    fn renumbered(&self, data: Bytes, profile: &Profile, plan: &Plan, more: u64) -> Bytes {
        let at = self.read(profile, plan, &data).and_then(|reading| reading.sequence);
        let Some(at) = at else { return data };
        let number =
            data.get(at.clone()).and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u64>().ok());
        let Some(number) = number else { return data };
        let (before, after) =
            (data.get(..at.start).unwrap_or_default(), data.get(at.end..).unwrap_or_default());
        [before, (number + more).to_string().as_bytes(), after].concat().into()
    }
}

/// The data rewritten, but for the pieces of texts that begin at these places.
fn pieces_aside(
    data: &Bytes,
    starts: &[usize],
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Bytes, Refusal> {
    let rewriter = JsonRewriter::new(rules, None, account).without_pieces(starts);
    let made = super::finished(rewriter.whole(data), rules)?;
    Ok(made.map_or_else(|| data.clone(), Bytes::from))
}

/// The data with other strings in the places of pieces.
fn spliced(data: &Bytes, pieces: &[Piece]) -> Bytes {
    if pieces.is_empty() {
        return data.clone();
    }
    let mut out = Vec::with_capacity(data.len());
    let mut copied = 0;
    for Piece { delta, text } in pieces {
        out.extend_from_slice(data.get(copied..delta.at.start).unwrap_or_default());
        escape_into(text, &mut out);
        copied = delta.at.end;
    }
    out.extend_from_slice(data.get(copied..).unwrap_or_default());
    out.into()
}

/// What is done in texts that come in pieces is noted in one place: a piece has none of its own.
fn notes(account: &mut Account) -> Notes<'_> {
    let place = Place::Body(account.below(ROOT, PlaceStep::Streamed));
    Notes { account, place, refused: None }
}

#[cfg(test)]
mod tests;
