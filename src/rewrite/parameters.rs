//! Rewrites the parameters of a query, or of a form body, leaving the others their bytes and their order.
//!
//! The rule: names are compared after percent-decoding, and what can't be decoded is refused where a name matters. What
//! would defeat it: a backend that also splits at `;`. So where a part behind a `;` bears a name that an entry asks
//! for, the whole is refused as ambiguous.

use std::{borrow::Cow, sync::Arc};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    Rules,
    account::Account,
    field::{self, Decision},
};
use crate::{
    policy::Undeclared,
    query::{self, Fate, Malformed, Pair},
    refusal::Refusal,
    selector::FieldKind,
};

/// What is wrong with parameters that can be read in two ways.
const MALFORMED: &str = "a `%` is not followed by two hexadecimal digits";
const NOT_TEXT: &str = "the name of a parameter is not text";
const AMBIGUOUS: &str = "a parameter with `;` in it can be read in two ways";

/// Rewrites parameters; borrowed where nothing changed. `unwanted` are the (decoded) names of credentials to remove.
///
/// # Errors
/// When an entry refuses one of them, or they can be read in two ways.
pub(super) fn rewrite<'a>(
    kind: FieldKind,
    raw: &'a [u8],
    unwanted: &[Arc<str>],
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Cow<'a, [u8]>, Refusal> {
    let matters = !rules.plan.fields(kind).is_empty() || rules.plan.undeclared != Undeclared::Forward;
    if !matters && unwanted.is_empty() {
        return Ok(Cow::Borrowed(raw));
    }
    query::rewrite(raw, |pair| fate(kind, pair, raw, unwanted, rules, account))
}

/// What becomes of one parameter.
fn fate(
    kind: FieldKind,
    pair: &Pair<'_>,
    raw: &[u8],
    unwanted: &[Arc<str>],
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Fate, Refusal> {
    let whole = raw.get(pair.span.clone()).unwrap_or_default();
    refuse_hidden_names(kind, whole, unwanted, rules)?;
    let name = name(kind, pair.raw_name)?;
    if unwanted.iter().any(|unwanted| **unwanted == *name) {
        return Ok(Fate::Goes);
    }
    let value = text(pair.raw_value).map_err(|Malformed| malformed(kind, MALFORMED))?;
    Ok(match field::decide(kind, &name, value.as_deref(), rules, account)? {
        Decision::Keep => Fate::Stays,
        Decision::Drop => Fate::Goes,
        Decision::Replace(value) => {
            Fate::Becomes(utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string().into_bytes())
        }
    })
}

/// A backend that also splits at `;` must not find there what we withhold.
fn refuse_hidden_names(
    kind: FieldKind,
    piece: &[u8],
    unwanted: &[Arc<str>],
    rules: &Rules<'_>,
) -> Result<(), Refusal> {
    for pair in piece.split(|byte| *byte == b';').skip(1).filter_map(|part| query::pairs(part).next()) {
        let name = name(kind, pair.raw_name)?;
        let matters = rules.plan.undeclared != Undeclared::Forward
            || !rules.plan.fields(kind).find(&name).is_empty()
            || unwanted.iter().any(|unwanted| **unwanted == *name);
        if matters {
            return Err(malformed(kind, AMBIGUOUS));
        }
    }
    Ok(())
}

/// A decoded name. One that is not text, or has control characters, is another name to some backends.
fn name(kind: FieldKind, raw: &[u8]) -> Result<String, Refusal> {
    let decoded = query::decode(raw).map_err(|Malformed| malformed(kind, MALFORMED))?;
    let name = String::from_utf8(decoded.into_owned()).ok().filter(|name| !name.contains(char::is_control));
    name.ok_or_else(|| malformed(kind, NOT_TEXT))
}

/// A decoded value; none where it is not text. One with its bytes replaced would be another than the bot reads.
fn text(raw: &[u8]) -> Result<Option<String>, Malformed> {
    query::decode(raw).map(|bytes| String::from_utf8(bytes.into_owned()).ok())
}

fn malformed(kind: FieldKind, what: &'static str) -> Refusal {
    match kind {
        FieldKind::Form | FieldKind::File | FieldKind::FileName => Refusal::Unreadable { what, at: 0 },
        FieldKind::Query | FieldKind::Header | FieldKind::Cookie | FieldKind::Path => Refusal::Target(what),
    }
}
