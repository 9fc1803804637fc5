//! A body in plain text: one text, whole or, on its way to the person, in pieces.
//!
//! The rule: what is sought in texts is sought here, and tokens are turned back. What would defeat it: letters that are cut in two, so their
//! beginnings are held back; and bytes that are no text. Where something is sought, those don't go on; where only tokens would
//! be turned back, they are passed on as they come.

use std::mem::take;

use bytes::Bytes;

use super::{
    Rules,
    account::{Account, Place, ROOT},
    saying::Saying,
    speech::{Notes, Speech},
    streamed::TOO_MUCH_HELD,
    text,
};
use crate::refusal::Refusal;

/// What is wrong with bytes that can't be searched.
const NO_TEXT: &str = "the text is not UTF-8";

/// A plain text on its way to the person.
#[derive(Clone, Debug, Default)]
pub struct PlainText {
    saying: Option<Saying>,
    /// The beginning of a letter.
    cut: Vec<u8>,
    /// It turned out to be no text.
    is_none: bool,
}

impl PlainText {
    /// Takes the next piece, and gives what can go on by now.
    ///
    /// # Errors
    /// When it must not be sent on in any form.
    pub fn push(&mut self, piece: &[u8], rules: &Rules<'_>, account: &mut Account) -> Result<Bytes, Refusal> {
        let speech = Speech::of(rules);
        let bytes = [&take(&mut self.cut), piece].concat();
        if self.is_none {
            return self.unread(bytes, speech.as_ref());
        }
        let (said, rest) = match std::str::from_utf8(&bytes) {
            Ok(said) => (said, &[][..]),
            Err(wrong) if wrong.error_len().is_none() => {
                let (said, rest) = bytes.split_at(wrong.valid_up_to());
                (std::str::from_utf8(said).unwrap_or_default(), rest)
            }
            Err(_) => {
                let before = self.finish(rules, account)?;
                self.is_none = true;
                let rest = self.unread(bytes, speech.as_ref())?;
                return Ok([before, rest].concat().into());
            }
        };
        let mut notes = notes(account);
        let saying = self.saying.get_or_insert_with(|| Saying::begin(speech.as_ref(), false));
        let made = saying.push(said, speech.as_ref(), &mut notes);
        if saying.held() > rules.outside.most_held() {
            return Err(TOO_MUCH_HELD);
        }
        self.cut = rest.to_vec();
        notes.allowed(speech.as_ref())?;
        Ok(made.into())
    }

    /// The text is over: gives the rest.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn finish(&mut self, rules: &Rules<'_>, account: &mut Account) -> Result<Bytes, Refusal> {
        let speech = Speech::of(rules);
        let mut notes = notes(account);
        let saying = self.saying.take();
        let mut made = saying
            .map_or_else(String::new, |mut saying| saying.finish(speech.as_ref(), &mut notes))
            .into_bytes();
        notes.allowed(speech.as_ref())?;
        let cut = take(&mut self.cut);
        if !cut.is_empty() {
            made.extend_from_slice(&self.unread(cut, speech.as_ref())?);
        }
        Ok(made.into())
    }

    fn unread(&self, bytes: Vec<u8>, speech: Option<&Speech<'_>>) -> Result<Bytes, Refusal> {
        match speech {
            Some(speech) if speech.seeks() => Err(Refusal::ReplyUnreadable(NO_TEXT)),
            Some(_) | None => Ok(bytes.into()),
        }
    }
}

/// A text that is all there, as it may be sent on; none where nothing changes.
///
/// # Errors
/// When it must not be sent on in any form.
pub(super) fn whole(
    bytes: &[u8],
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Option<Vec<u8>>, Refusal> {
    let Some(speech) = Speech::of(rules) else { return Ok(None) };
    let said = match std::str::from_utf8(bytes) {
        Ok(said) => said,
        Err(wrong) if speech.seeks() => {
            return Err(Refusal::Unreadable { what: NO_TEXT, at: wrong.valid_up_to() as u64 });
        }
        Err(_) => return Ok(None),
    };
    let mut notes = notes(account);
    let edits = speech.edits(said, &mut notes);
    notes.allowed(Some(&speech))?;
    Ok((!edits.is_empty()).then(|| text::apply(said, &edits).into_bytes()))
}

fn notes(account: &mut Account) -> Notes<'_> {
    Notes { account, place: Place::Body(ROOT), refused: None }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::{
        complaint::Source,
        consent::Consent,
        policy::{Plan, Policy},
        pseudonym::{Kind, Pseudonyms, Style},
        rewrite::{Outside, leaf::Keys},
        signal::Signals,
    };

    const PSEUDONYMS: &str = "
policy: p
version: 1
undeclared: forward
purposes: {no: {title: N, basis: consent}}
data:
  contact: {in_text: email, for: no, otherwise: pseudonymise}
";
    const FOUND: &str = "  found: {to_person: {in_text: [email]}, for: no, otherwise: redact}\n";

    /// What becomes of a text that comes in these pieces; `{}` is a token.
    fn told(policy: &str, said: impl Fn(&str) -> Vec<Vec<u8>>) -> Result<Vec<u8>, Refusal> {
        let policy = Arc::new(Policy::parse(Source::new("p", policy)).unwrap());
        let pseudonyms = Pseudonyms::of_nobody("p").unwrap();
        let token = pseudonyms.token(Style::Stable, &Kind::of("email"), "ada@example.com").unwrap();
        let plan = Plan::to_person(&policy, None);
        let key = Keys::new(&[0; 32]).with_pseudonyms(pseudonyms, &Arc::default());
        let verdict = plan.verdict(&Consent::default(), &Signals::default(), Timestamp::UNIX_EPOCH, false);
        let rules =
            Rules { plan: &plan, verdict: &verdict, key: &key, max_depth: 64, outside: Outside::NOBODY };
        let (mut text, mut account, mut made) = (PlainText::default(), Account::default(), Vec::new());
        for piece in said(&token) {
            made.extend_from_slice(&text.push(&piece, &rules, &mut account)?);
        }
        made.extend_from_slice(&text.finish(&rules, &mut account)?);
        Ok(made)
    }

    #[test]
    fn tokens_come_back_and_what_is_sought_goes_wherever_the_text_is_cut() {
        let both = format!("{PSEUDONYMS}{FOUND}");
        for (policy, expected) in
            [(PSEUDONYMS, "é ada@example.com é eve@evil.test é"), (&both, "é ada@example.com é [email] é")]
        {
            let said = |token: &str| format!("é {token} é eve@evil.test é").into_bytes();
            for at in 0..140 {
                let made = told(policy, |token| {
                    let said = said(token);
                    let (one, two) = said.split_at(at.min(said.len()));
                    vec![one.to_vec(), two.to_vec()]
                });
                assert_eq!(String::from_utf8(made.unwrap()).unwrap(), expected, "cut at {at}");
            }
            let bytes = told(policy, |token| said(token).chunks(1).map(<[u8]>::to_vec).collect());
            assert_eq!(String::from_utf8(bytes.unwrap()).unwrap(), expected);
        }
    }

    #[test]
    fn what_passes_makes_no_finding_larger_in_pieces_either() {
        let policy =
            "policy: p\nversion: 1\nundeclared: forward\npurposes: {yes: {title: Y, basis: contract}}\ndata:
  a: {to_person: {in_text: [email]}, otherwise: redact}
  b: {to_person: {in_text: [badge, phone]}, for: yes}
detection: {kinds: {badge: {pattern: 'B-[a-z]{3}@?'}}}\n";
        let said = b"to +1 (212) 555-0143@example.com, x@B-eve.example.org B-ada";
        let expected = "to +1 (212) [email], [email] B-ada";
        for size in [1, 2, 7, said.len()] {
            let made = told(policy, |_| said.chunks(size).map(<[u8]>::to_vec).collect()).unwrap();
            assert_eq!(String::from_utf8(made).unwrap(), expected, "{size}");
        }
    }

    #[test]
    fn what_is_no_text_passes_where_nothing_is_sought() {
        let odd = |_: &str| vec![b"psn-em".to_vec(), b"a\xff\xc3".to_vec(), b"b\xc3".to_vec()];
        assert_eq!(told(PSEUDONYMS, odd).unwrap(), b"psn-ema\xff\xc3b\xc3");
        let sought = told(&format!("{PSEUDONYMS}{FOUND}"), odd);
        assert_eq!(sought, Err(Refusal::ReplyUnreadable("the text is not UTF-8")));
        let cut = told(&format!("{PSEUDONYMS}{FOUND}"), |_| vec![b"a\xc3".to_vec()]);
        assert!(cut.is_err(), "nor does half a letter");
    }
}
