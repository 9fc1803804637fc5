//! JSONPath as RFC 9535 writes it, read into segments.
//!
//! The rule: the grammar of the standard's appendix, no more and no less, with every fault at its byte. What would defeat
//! it is leniency: a blank too many, taken for part of a name, makes a rule that finds nothing. Where something can never be
//! found, that is a fault, too.

mod condition;
mod literal;

use super::{
    SelectorFault, fault,
    path::{Segment, Slice, Step},
};

/// The longest selector, in bytes.
const LONGEST: usize = 8 << 10;
/// How deep filters, groups and functions may be nested.
const DEEPEST: usize = 32;
/// The most segments of a query in a filter, and the most `..` in all filters of a selector.
const MOST_SEGMENTS: usize = 128;
const MOST_DESCENTS: usize = 16;
/// The largest index and the largest step: integers that every JSON reader keeps exactly (RFC 7493).
const LARGEST: u64 = (1 << 53) - 1;

/// Reads a whole path.
pub(super) fn path(text: &str, ignore_case: bool) -> Result<(Vec<Segment>, IsSingular), SelectorFault> {
    if text.len() > LONGEST {
        return fault(LONGEST, "this selector is too long");
    }
    let mut parser = Parser { text, at: 0, depth: 0, ignore_case, segments: 0, descents: 0, fixed: 0 };
    if !parser.eat("$") {
        return fault(0, "a JSONPath begins with `$`");
    }
    let path = parser.segments()?;
    match parser.peek() {
        None => Ok(path),
        Some(_) if parser.rest().chars().all(is_blank) => {
            parser.fault("a selector does not end with white space")
        }
        Some(c) if is_blank(c) => {
            parser.fault("no white space here; a name that holds some is written `['…']`")
        }
        Some(_) => parser.fault("not a JSONPath (RFC 9535) from here on; after a name come `.`, `..` or `[`"),
    }
}

/// Reads on from some byte.
struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    ignore_case: bool,
    /// How many segments the queries in filters have so far.
    segments: usize,
    /// How many of them begin with `..`.
    descents: usize,
    /// How many conditions and values that ask nothing of `@` there are so far.
    fixed: usize,
}

/// Whether this is a singular query by its spelling (RFC 9535, section 2.3.5.1): one name or index in each segment, and no blanks in
/// brackets.
pub(super) type IsSingular = bool;

impl<'a> Parser<'a> {
    /// Reads the segments that follow `$` or `@`, and no white space behind them.
    fn segments(&mut self) -> Result<(Vec<Segment>, IsSingular), SelectorFault> {
        let (mut segments, mut singular) = (Vec::new(), true);
        loop {
            let before = self.at;
            self.blanks();
            if !matches!(self.peek(), Some('.' | '[')) {
                self.at = before;
                return Ok((segments, singular));
            }
            let (segment, is_one) = self.segment()?;
            singular &= is_one;
            segments.push(segment);
        }
    }

    fn segment(&mut self) -> Result<(Segment, IsSingular), SelectorFault> {
        let descend = self.eat("..");
        if self.peek() == Some('[') {
            let (steps, is_one) = self.brackets()?;
            return Ok((Segment { descend, steps }, is_one && !descend));
        }
        if !descend {
            self.eat(".");
        }
        let step = if self.eat("*") { Step::Any } else { Step::Name(self.shorthand(descend)?) };
        let is_one = !descend && step != Step::Any;
        Ok((Segment { descend, steps: vec![step] }, is_one))
    }

    /// A name after `.` or `..`.
    fn shorthand(&mut self, descend: bool) -> Result<String, SelectorFault> {
        let rest = self.rest();
        let is_first = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
        let end = rest.find(|c: char| !is_first(c) && !c.is_ascii_digit()).unwrap_or(rest.len());
        match (rest.get(..end), rest.chars().next()) {
            (Some(name), Some(first)) if is_first(first) => {
                self.at += end;
                Ok(name.to_owned())
            }
            (_, first) => self.fault(match first {
                Some('.') if descend => "three dots mean nothing; write one, or two for every place below",
                Some('\'' | '"') => "a quoted name stands in brackets: `['name']`",
                Some(c) if is_blank(c) => "no white space after a dot",
                Some(_) | None => {
                    "a name or `*` is missing here; names of other characters are written `['…']`"
                }
            }),
        }
    }

    fn brackets(&mut self) -> Result<(Vec<Step>, IsSingular), SelectorFault> {
        let from = self.at;
        self.eat("[");
        let (mut steps, mut one) = (Vec::new(), true);
        loop {
            self.blanks();
            let (step, is_one) = self.step()?;
            one &= is_one && steps.is_empty();
            steps.push(step);
            self.blanks();
            if self.eat("]") {
                let inside = self.text.get(from + 1..self.at - 1).unwrap_or_default();
                return Ok((steps, one && inside.trim_matches(is_blank) == inside));
            }
            if !self.eat(",") {
                return self.fault("expected `,` or `]`");
            }
        }
    }

    fn step(&mut self) -> Result<(Step, IsSingular), SelectorFault> {
        match self.peek() {
            Some('\'' | '"') => self.string().map(|name| (Step::Name(name), true)),
            Some('*') => {
                self.eat("*");
                Ok((Step::Any, false))
            }
            Some('?') => self.filter().map(|filter| (filter, false)),
            Some(':' | '-' | '0'..='9') => self.elements(),
            Some(_) | None => {
                self.fault("expected a quoted name, a number, `*`, a slice such as `0:3`, or a filter `?…`")
            }
        }
    }

    fn filter(&mut self) -> Result<Step, SelectorFault> {
        if self.ignore_case {
            return self.fault(
                "a filter compares names exactly, so it can't stand in a selector with `ignore_case`; write the names as they are sent",
            );
        }
        self.eat("?");
        self.blanks();
        Ok(Step::Filter(Box::new(self.condition()?)))
    }

    /// An index or a slice.
    fn elements(&mut self) -> Result<(Step, IsSingular), SelectorFault> {
        let from = self.at;
        let start = self.integer()?;
        let after_start = self.at;
        self.blanks();
        if !self.eat(":") {
            self.at = after_start;
            return Ok(match start {
                Some(index) => (one(index), true),
                None => return self.fault("expected a number or `:`"),
            });
        }
        self.blanks();
        let end = self.integer()?;
        let before_step = self.at;
        self.blanks();
        let step = if self.eat(":") {
            self.blanks();
            self.integer()?
        } else {
            self.at = before_step;
            None
        };
        match slice(start, end, step.unwrap_or(1)) {
            Some(slice) => Ok((slice, false)),
            None => fault(from, "this slice selects nothing"),
        }
    }

    /// A number that is an index, a bound or a step.
    fn integer(&mut self) -> Result<Option<i64>, SelectorFault> {
        let rest = self.rest();
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        let sign = rest.len() - digits.len();
        if length == 0 {
            return if sign == 0 { Ok(None) } else { self.fault("a number is missing after `-`") };
        }
        let digits = digits.get(..length).unwrap_or_default();
        if digits.starts_with('0') && (length > 1 || sign > 0) {
            return self.fault("a number here has no leading zero, and zero has no sign");
        }
        let Some(size) = digits.parse().ok().filter(|size: &u64| *size <= LARGEST) else {
            return self.fault("this number is too large; RFC 9535 allows up to 9007199254740991");
        };
        self.at += sign + length;
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        Ok(Some(if sign > 0 { -size } else { size }))
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, sign: &str) -> bool {
        let eaten = self.rest().starts_with(sign);
        self.at += if eaten { sign.len() } else { 0 };
        eaten
    }

    fn blanks(&mut self) {
        self.at += self.rest().chars().take_while(|c| is_blank(*c)).count();
    }

    fn fault<T>(&self, what: impl Into<String>) -> Result<T, SelectorFault> {
        fault(self.at, what)
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn one(index: i64) -> Step {
    match u64::try_from(index) {
        Ok(start) => Step::Elements { start, end: Some(start + 1), step: 1 },
        Err(_) => Step::Slice(Slice::index(index)),
    }
}

/// A slice; none where it selects nothing, however long the array is.
fn slice(start: Option<i64>, end: Option<i64>, step: i64) -> Option<Step> {
    let never = match (start, end, step) {
        (_, _, 0) => true,
        (start, Some(end), 1..) => {
            end == 0 || start.is_some_and(|start| (start < 0) == (end < 0) && end <= start)
        }
        (start, Some(end), _) => {
            end == -1 || start.is_some_and(|start| (start < 0) == (end < 0) && end >= start)
        }
        (_, None, _) => false,
    };
    if never {
        return None;
    }
    let forward =
        (u64::try_from(start.unwrap_or(0)), end.map(u64::try_from).transpose(), u64::try_from(step));
    Some(match forward {
        (Ok(start), Ok(end), Ok(step)) => Step::Elements { start, end, step },
        _ if (start, end, step) == (None, None, -1) => Step::Elements { start: 0, end: None, step: 1 },
        _ => Step::Slice(Slice { start, end, step }),
    })
}
