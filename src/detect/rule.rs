//! What makes a kind: a sign, a reader, and what goes on.

use std::ops::Range;

use super::{Kind, aws, card, cursor::Cursor, email, github, phone, slack, ssn};

/// How one kind, or one way of writing it, is recognised.
#[derive(Debug)]
pub(super) struct Rule {
    /// What it finds.
    pub kind: Kind,
    /// Where to look closer.
    pub sign: Sign,
    /// Reads a candidate from its sign on, and says where it is. It must not look farther than it needs.
    pub read: fn(&mut Cursor<'_>) -> Option<Range<usize>>,
    /// What may follow inside of one that is longer than can be held back.
    pub goes_on: fn(char) -> bool,
}

/// What is sought quickly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// `@`. The candidate may begin before it.
    At,
    /// A digit without one before it, a plus sign, an opening parenthesis.
    Number,
    /// One of these words.
    Words(&'static [&'static str]),
}

/// All rules there are.
pub(super) static RULES: [Rule; 8] = [
    Rule { kind: Kind::Email, sign: Sign::At, read: email::read, goes_on: email::goes_on },
    Rule { kind: Kind::Phone, sign: Sign::Number, read: phone::read, goes_on: never },
    Rule { kind: Kind::UsSsn, sign: Sign::Number, read: ssn::read, goes_on: never },
    Rule { kind: Kind::PaymentCard, sign: Sign::Number, read: card::read, goes_on: never },
    Rule { kind: Kind::AwsKey, sign: Sign::Words(aws::ID_WORDS), read: aws::read_id, goes_on: never },
    Rule { kind: Kind::AwsKey, sign: Sign::Words(aws::SECRET_WORDS), read: aws::read_secret, goes_on: never },
    Rule {
        kind: Kind::GithubKey,
        sign: Sign::Words(github::WORDS),
        read: github::read,
        goes_on: github::goes_on,
    },
    Rule {
        kind: Kind::SlackKey,
        sign: Sign::Words(slack::WORDS),
        read: slack::read,
        goes_on: slack::goes_on,
    },
];

/// For what is always short.
fn never(_: char) -> bool {
    false
}
