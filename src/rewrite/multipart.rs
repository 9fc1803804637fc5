//! Rewrites a `multipart/form-data` body (RFC 7578) while it is read.
//!
//! The rule: fields are decided about like those of any other form, parts that are JSON like a JSON body, files by their
//! part's name and media type, and each of them before a byte of it leaves. A part that goes takes its delimiter along,
//! so that the rest reads as if it had never been there; a part that stays keeps its bytes. What would defeat the rule is a
//! part that one reader takes for a field and another for a file: so what may be either is found as both.
//!
//! Fields and documents are held until they end, up to a limit; files pass as they come.

mod boundary;
mod fields;
mod head;
mod splitter;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

pub use boundary::Boundary;
pub(super) use fields::fields;
use head::{Changes, Head};
use splitter::{Splitter, Token};

use super::{
    Rules,
    account::Account,
    field::{self, Decision},
    leaf::WITHHELD,
    whole_json,
};
use crate::{policy::Undeclared, refusal::Refusal, selector::FieldKind};

/// The field that says in which charset the others are (RFC 7578, section 4.6).
const CHARSET: &str = "_charset_";

/// Rewrites one form under one verdict.
#[derive(Debug)]
pub struct MultipartRewriter<'p> {
    splitter: Splitter,
    form: Form<'p>,
}

/// The state between two tokens.
#[derive(Debug)]
struct Form<'p> {
    delimiter: Vec<u8>,
    rules: Rules<'p>,
    account: &'p mut Account,
    /// The longest field or document.
    most_held: usize,
    part: Part,
    out: Vec<u8>,
}

/// What becomes of the part that is being read.
#[derive(Debug)]
enum Part {
    /// It passes as it comes.
    Passes,
    /// It goes.
    Goes,
    /// It is decided about when all of it is there.
    Held { head: Vec<u8>, content: Vec<u8> },
}

impl<'p> MultipartRewriter<'p> {
    /// A rewriter for one body; what it does is noted in `account`. Fields and documents are held up to `most_held` bytes each.
    pub fn new(boundary: &Boundary, rules: &Rules<'p>, most_held: usize, account: &'p mut Account) -> Self {
        let delimiter = boundary.delimiter().to_vec();
        let form = Form { delimiter, rules: *rules, account, most_held, part: Part::Goes, out: Vec::new() };
        Self { splitter: Splitter::new(boundary), form }
    }

    /// Reads the next piece and gives what can be sent on by now.
    ///
    /// # Errors
    /// When the body is not a form that can be read in one way only, or must not be sent on.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<u8>, Refusal> {
        let Self { splitter, form } = self;
        splitter.push(piece, |token| form.token(token))?;
        Ok(std::mem::take(&mut form.out))
    }

    /// The body is over: gives what is left of it.
    ///
    /// # Errors
    /// When the body can't end here.
    pub fn finish(mut self) -> Result<Vec<u8>, Refusal> {
        self.splitter.finish()?;
        let Form { out, delimiter, .. } = &mut self.form;
        out.extend_from_slice(delimiter);
        out.extend_from_slice(if self.splitter.ends_with_a_line() { b"--\r\n" } else { b"--" });
        Ok(std::mem::take(&mut self.form.out))
    }

    /// What was done so far.
    pub fn account(&self) -> &Account {
        self.form.account
    }
}

/// Rewrites a form that is all there.
///
/// # Errors
/// As [`MultipartRewriter::push`].
pub(super) fn whole(
    boundary: &Boundary,
    body: &[u8],
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Vec<u8>, Refusal> {
    let mut rewriter = MultipartRewriter::new(boundary, rules, body.len(), account);
    let mut made = rewriter.push(body)?;
    made.extend_from_slice(&rewriter.finish()?);
    Ok(made)
}

impl Form<'_> {
    fn token(&mut self, token: Token<'_>) -> Result<(), Refusal> {
        match token {
            Token::Head(raw) => {
                let head = Head::read(raw)?;
                self.part = self.begin(&head, raw)?;
            }
            Token::Data(data) => match &mut self.part {
                Part::Passes => self.out.extend_from_slice(data),
                Part::Goes => {}
                Part::Held { content, .. } => {
                    if content.len() + data.len() > self.most_held {
                        return Err(Refusal::BodyTooLarge);
                    }
                    content.extend_from_slice(data);
                }
            },
            Token::End => match std::mem::replace(&mut self.part, Part::Goes) {
                Part::Passes => self.out.extend_from_slice(b"\r\n"),
                Part::Goes => {}
                Part::Held { head, content } => self.release(&head, &content)?,
            },
        }
        Ok(())
    }

    /// What becomes of a part, as far as its header tells.
    fn begin(&mut self, head: &Head<'_>, raw: &[u8]) -> Result<Part, Refusal> {
        self.refuse_ambiguous(head.name)?;
        let (is_file, is_json) = (head.is_file(), head.is_json());
        self.refuse_other_kinds(is_file, is_json)?;
        if !is_file && !is_json {
            let matters = self.rules.plan.undeclared != Undeclared::Forward
                || !self.rules.plan.fields(FieldKind::Form).is_empty();
            if !matters {
                self.write_head(head, &Changes::default(), raw)?;
                return Ok(Part::Passes);
            }
            return Ok(Part::Held { head: raw.to_vec(), content: Vec::new() });
        }
        let kind = if is_file { FieldKind::File } else { FieldKind::Form };
        let said = head.media_type().filter(|said| !said.eq_ignore_ascii_case("application/octet-stream"));
        match field::decide_whole(kind, head.name, said, &self.rules, self.account)? {
            Decision::Keep if is_json => Ok(Part::Held { head: raw.to_vec(), content: Vec::new() }),
            Decision::Keep => {
                let changes = Changes { file_name: self.file_name(head)?, ..Changes::default() };
                self.write_head(head, &changes, raw)?;
                Ok(Part::Passes)
            }
            Decision::Drop | Decision::Replace(_) => Ok(Part::Goes),
        }
    }

    /// A field or a document is all there.
    fn release(&mut self, raw: &[u8], content: &[u8]) -> Result<(), Refusal> {
        let head = Head::read(raw)?;
        let made = match head.is_json() {
            true => self.document(content)?,
            false => self.field(&head, content)?,
        };
        let Some(made) = made else { return Ok(()) };
        let file_name = if head.is_file() { self.file_name(&head)? } else { None };
        // Also where this content stayed as it was: its length in the header must not tell that.
        let length = self.rules.may_change_a_body() || matches!(made, Cow::Owned(_));
        self.write_head(&head, &Changes { file_name, length, undeclared: false }, raw)?;
        self.out.extend_from_slice(&made);
        self.out.extend_from_slice(b"\r\n");
        Ok(())
    }

    fn document<'a>(&mut self, content: &'a [u8]) -> Result<Option<Cow<'a, [u8]>>, Refusal> {
        let made = whole_json(content, None, &self.rules, self.account)?;
        Ok(Some(made.map_or(Cow::Borrowed(content), Cow::Owned)))
    }

    /// What a field becomes; none where it goes.
    fn field<'a>(&mut self, head: &Head<'_>, content: &'a [u8]) -> Result<Option<Cow<'a, [u8]>>, Refusal> {
        let value = std::str::from_utf8(content).ok();
        let is_utf8 = || value.is_some_and(|value| ["utf-8", "utf8"].contains(&&*value.to_ascii_lowercase()));
        if head.name.eq_ignore_ascii_case(CHARSET) && !is_utf8() {
            return Err(unreadable("the charset of the form is not UTF-8"));
        }
        Ok(match field::decide(FieldKind::Form, head.name, value, &self.rules, self.account)? {
            Decision::Keep => Some(Cow::Borrowed(content)),
            Decision::Drop => None,
            Decision::Replace(text) => Some(text.into_bytes())
                .filter(|made| memchr::memmem::find(made, &self.delimiter).is_none())
                .map(Cow::Owned),
        })
    }

    /// What a file is to be called instead of what it was called; none where that stays. Without a name it would be no
    /// file to the bot, so a name that goes becomes a word.
    fn file_name(&mut self, head: &Head<'_>) -> Result<Option<String>, Refusal> {
        if !head.has_file_name() {
            return Ok(None);
        }
        let kind = FieldKind::FileName;
        Ok(match field::decide(kind, head.name, head.file_name(), &self.rules, self.account)? {
            Decision::Keep => None,
            Decision::Drop => Some(FILE.to_owned()),
            Decision::Replace(text) if text == WITHHELD => Some(FILE.to_owned()),
            Decision::Replace(text) => Some(text),
        })
    }

    fn write_head(&mut self, head: &Head<'_>, changes: &Changes, raw: &[u8]) -> Result<(), Refusal> {
        let undeclared = head.has_more_than_a_form_needs()
            && match self.rules.plan.undeclared {
                Undeclared::Forward => false,
                Undeclared::Drop => true,
                Undeclared::Refuse => return Err(Refusal::Undeclared),
            };
        self.out.extend_from_slice(&self.delimiter);
        self.out.extend_from_slice(b"\r\n");
        if undeclared || changes.length || changes.file_name.is_some() {
            self.out.extend_from_slice(&head.written(&Changes { undeclared, ..changes.clone() }));
        } else {
            self.out.extend_from_slice(raw);
        }
        Ok(())
    }

    /// A bot may undo `%` in names: what it then finds must not be what an entry asks for.
    fn refuse_ambiguous(&self, name: &str) -> Result<(), Refusal> {
        let decoded = percent_decode_str(name).decode_utf8_lossy();
        let is_same = |kind| {
            let fields = self.rules.plan.fields(kind);
            fields.find(name) == fields.find(&decoded)
        };
        if decoded == name || is_same(FieldKind::Form) && is_same(FieldKind::File) {
            return Ok(());
        }
        Err(unreadable("the name of a part can be read in two ways"))
    }

    /// What a policy withholds from one kind of part could be sent as another, to a bot that reads both.
    fn refuse_other_kinds(&self, is_file: bool, is_json: bool) -> Result<(), Refusal> {
        let plan = self.rules.plan;
        if plan.undeclared != Undeclared::Forward {
            return Ok(());
        }
        if is_json && plan.reads_forms && !plan.reads_json {
            return Err(Refusal::MediaType("the policy speaks of forms only"));
        }
        if !is_json && !is_file && plan.reads_json && !plan.reads_forms {
            return Err(Refusal::MediaType("the policy speaks of JSON only"));
        }
        Ok(())
    }
}

/// What a file is called whose name is withheld.
const FILE: &str = "withheld";

fn unreadable(what: &'static str) -> Refusal {
    Refusal::Unreadable { what, at: 0 }
}

#[cfg(test)]
mod tests;
