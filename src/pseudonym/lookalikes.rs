//! What a client typed that looks like a brief token.
//!
//! The rule: on its way to the bot it becomes a brief token itself, of the kind `text`, which stands for what was typed. So
//! every brief token that a bot sees is ours, and what was typed comes back as it was. What would defeat it: finding less here
//! than the [`super::Restorer`] does, so both read the same shapes.

use std::collections::BTreeSet;

use super::{
    Kind, Pseudonyms, Style,
    shape::{Body, Shape, Token, read},
};
use crate::text::{Edge, Found, Scanner};

/// Finds look-alikes, and gives the token to write instead.
#[derive(Clone, Debug)]
pub struct Lookalikes {
    pseudonyms: Pseudonyms,
    kinds: BTreeSet<Kind>,
}

impl Lookalikes {
    pub(super) fn new(pseudonyms: Pseudonyms, kinds: impl IntoIterator<Item = Kind>) -> Self {
        Self { pseudonyms, kinds: kinds.into_iter().chain([Kind::typed()]).collect() }
    }

    fn stand_in(&self, token: &Token, typed: &str) -> Option<String> {
        match token.body {
            Body::Brief(_) if self.kinds.contains(&Kind::of(&token.kind)) => {
                self.pseudonyms.token(Style::Brief, &Kind::typed(), typed).ok()
            }
            Body::Brief(_) | Body::Stable(..) => None,
        }
    }
}

impl Scanner for Lookalikes {
    type What = String;

    fn scan(&mut self, text: &str, edge: Edge, found: &mut Vec<Found<String>>) -> usize {
        let mut at = 0;
        while let Some(next) = text.get(at..).and_then(|rest| rest.find(['[', '%'])) {
            at += next;
            let rest = text.get(at..).unwrap_or_default();
            match read(rest) {
                Shape::Cut if edge == Edge::Open => return at,
                Shape::None | Shape::Cut => at += 1,
                Shape::Token(token) => {
                    let end = at + token.length;
                    let typed = text.get(at..end).unwrap_or_default();
                    let stand_in = self.stand_in(&token, typed);
                    found.extend(stand_in.map(|what| Found { at: at..end, what }));
                    at = end;
                }
            }
        }
        text.len()
    }
}
