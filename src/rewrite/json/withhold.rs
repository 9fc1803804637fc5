//! Withholding one value: leaving it out, or writing what stands for it.
//!
//! The rule: where something acts, no byte of the value is copied, also when what acts can make nothing of it: then it is
//! redacted.

use std::ops::Range;

use super::{ScalarState, Walk, acting::Acting};
use crate::{
    json::{HELD_MAX, Piece, Scalar, escape_into, unescape},
    policy::{Plan, action::Action},
    rewrite::leaf::{self, Keys, Leaf, Outcome, WITHHELD},
};

impl Walk<'_> {
    /// Leaves a place out, or writes what stands for it; the caller skips to its end.
    pub(super) fn withhold(&mut self, piece: Piece<'_>, acting: &Acting, is_text: bool, at: usize) {
        let action = acting.action(self.plan);
        self.note_acted(acting, action.name());
        match action {
            Action::Redact(value) => {
                self.keep_child();
                self.output.copy_to(piece, at);
                self.output.write(&replacement(value.as_ref(), is_text));
            }
            _ => self.drop_child(piece),
        }
    }

    /// A held value is complete: the action makes something of it.
    pub(super) fn release(&mut self, piece: Piece<'_>, place: Range<usize>, scalar: Scalar, acting: &Acting) {
        let action = acting.action(self.plan);
        let raw = self.output.original(piece, place.start, place.end);
        let made = if raw.len() > HELD_MAX {
            None
        } else {
            made_of(action, scalar, &raw, (self.rules.key, name_of(acting, self.plan)))
        };
        let name = if made.is_some() { action.name() } else { "redact" };
        self.note_acted(acting, name);
        let made = made.unwrap_or_else(|| replacement(None, scalar == Scalar::Text));
        if made != raw {
            self.output.copy_to(piece, place.start);
            self.output.write(&made);
            self.output.skip_to(place.end);
        }
    }

    /// What is too long to be held is redacted, whatever the action would have made of it.
    pub(super) fn redact_what_grows_too_long(&mut self, piece: Piece<'_>, end: usize) {
        let ScalarState::Hold { start, scalar, acting } = &self.scalar else { return };
        if end - start > HELD_MAX {
            let (start, is_text, acting) = (*start, *scalar == Scalar::Text, acting.clone());
            self.note_acted(&acting, "redact");
            self.output.copy_to(piece, start);
            self.output.write(&replacement(None, is_text));
            self.scalar = ScalarState::Skip;
        }
    }
}

/// In whose name something acts; the credential's are gone anyway.
fn name_of<'p>(acting: &Acting, plan: &'p Plan) -> &'p str {
    plan.entry(acting.entry).map_or("", |entry| &entry.name)
}

/// What a value action makes of a scalar, in JSON; none where it does not fit.
fn made_of(action: &Action, scalar: Scalar, raw: &[u8], (key, name): (&Keys, &str)) -> Option<Vec<u8>> {
    let text = match scalar {
        Scalar::Text => unescape(raw)?,
        Scalar::Number => String::from_utf8(raw.to_vec()).ok()?,
        Scalar::Bool | Scalar::Null => String::new(),
    };
    let leaf = match scalar {
        Scalar::Text => Leaf::Text(&text),
        Scalar::Number => Leaf::Number(&text),
        Scalar::Bool | Scalar::Null => Leaf::Other,
    };
    match leaf::act(action, leaf, key, name) {
        Outcome::Text(text) => {
            let mut quoted = Vec::with_capacity(text.len() + 2);
            escape_into(&text, &mut quoted);
            Some(quoted)
        }
        Outcome::Number(number) => Some(number.into_bytes()),
        Outcome::Unfit => None,
    }
}

/// What stands for a redacted value.
fn replacement(value: Option<&serde_json::Value>, is_text: bool) -> Vec<u8> {
    match value {
        Some(value) => value.to_string().into_bytes(),
        None if is_text => format!("\"{WITHHELD}\"").into_bytes(),
        None => b"null".to_vec(),
    }
}
