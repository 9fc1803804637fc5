//! Conditions in filters (RFC 9535, sections 2.3.5 and 2.4), with the types of functions checked.

use super::Parser;
use crate::{
    complaint::did_you_mean,
    selector::{
        SelectorFault, fault,
        filter::{Comparison, Filter, Query, Value},
        parse::{DEEPEST, MOST_DESCENTS, MOST_SEGMENTS},
        regexp::Pattern,
    },
};

/// The functions of the standard.
const FUNCTIONS: [&str; 5] = ["length", "count", "match", "search", "value"];

/// What stands on one side of a comparison, or alone.
enum Operand {
    Value(Value),
    /// A query, and whether it can find one place at most.
    Query(Query, bool),
    /// A function that is true or false.
    Test(Filter),
}

impl Parser<'_> {
    /// A whole condition.
    pub(super) fn condition(&mut self) -> Result<Filter, SelectorFault> {
        self.nested(|parser| {
            let mut parts = vec![parser.conjunction()?];
            while parser.sign("||") {
                parts.push(parser.conjunction()?);
            }
            Ok(alone_or(parts, Filter::Or))
        })
    }

    fn conjunction(&mut self) -> Result<Filter, SelectorFault> {
        let mut parts = vec![self.part()?];
        while self.sign("&&") {
            parts.push(self.part()?);
        }
        Ok(alone_or(parts, Filter::And))
    }

    /// A sign between two parts, with the white space around it; without it, nothing is read.
    fn sign(&mut self, sign: &str) -> bool {
        let before = self.at;
        self.blanks();
        let is_there = self.eat(sign);
        if is_there {
            self.blanks();
        } else {
            self.at = before;
        }
        is_there
    }

    fn part(&mut self) -> Result<Filter, SelectorFault> {
        let negated = self.eat("!");
        if negated {
            self.blanks();
        }
        let part = if self.peek() == Some('(') { self.group()? } else { self.atom(negated)? };
        let part = self.once(part);
        Ok(if negated { Filter::Not(Box::new(part)) } else { part })
    }

    fn group(&mut self) -> Result<Filter, SelectorFault> {
        self.eat("(");
        self.blanks();
        let inside = self.condition()?;
        self.blanks();
        if self.eat(")") { Ok(inside) } else { self.fault("expected `&&`, `||`, a comparison or `)`") }
    }

    /// A comparison, or a query or function alone.
    fn atom(&mut self, negated: bool) -> Result<Filter, SelectorFault> {
        let at = self.at;
        let left = self.operand()?;
        let before = self.at;
        self.blanks();
        let comparison_at = self.at;
        let Some(comparison) = self.comparison()? else {
            self.at = before;
            return alone(left, at);
        };
        if negated {
            return fault(comparison_at, "`!` before a comparison needs brackets: `!(… == …)`");
        }
        self.blanks();
        let left = self.compared(left, at)?;
        let at = self.at;
        let right = self.operand()?;
        let right = self.compared(right, at)?;
        Ok(Filter::Compare(left, comparison, right))
    }

    fn comparison(&mut self) -> Result<Option<Comparison>, SelectorFault> {
        for (sign, comparison) in [
            ("==", Comparison::Equal),
            ("!=", Comparison::Different),
            ("<=", Comparison::AtMost),
            (">=", Comparison::AtLeast),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ] {
            if self.eat(sign) {
                return Ok(Some(comparison));
            }
        }
        if self.rest().starts_with('=') {
            return self.fault("equality is written `==`; for a pattern use `match(…, '…')`");
        }
        Ok(None)
    }

    fn operand(&mut self) -> Result<Operand, SelectorFault> {
        match self.peek() {
            Some('@' | '$') => self.query().map(|(query, singular)| Operand::Query(query, singular)),
            Some('\'' | '"') => self.string().map(|text| Operand::Value(Value::Text(text))),
            Some('-' | '0'..='9') => self.number().map(Operand::Value),
            Some('a'..='z') => self.word(),
            Some(_) | None => self.fault("expected a place (`@…` or `$…`), a value or a function"),
        }
    }

    fn query(&mut self) -> Result<(Query, bool), SelectorFault> {
        let (at, absolute) = (self.at, self.peek() == Some('$'));
        self.at += 1;
        let (segments, singular) = self.segments()?;
        self.descents += segments.iter().filter(|segment| segment.descend).count();
        if segments.len() > MOST_SEGMENTS || self.descents > MOST_DESCENTS {
            return fault(
                at,
                format!(
                    "too much for filters, which may hold {MOST_SEGMENTS} segments in a row and {MOST_DESCENTS} `..` in all"
                ),
            );
        }
        let number = self.segments;
        self.segments += segments.len();
        Ok((Query { absolute, segments, number }, singular))
    }

    /// `true`, `false`, `null`, or a function.
    fn word(&mut self) -> Result<Operand, SelectorFault> {
        let (at, rest) = (self.at, self.rest());
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default().to_owned();
        self.at += length;
        match (word.as_str(), self.peek()) {
            (name, Some('(')) => self.function(name, at),
            ("true", _) => Ok(Operand::Value(Value::Bool(true))),
            ("false", _) => Ok(Operand::Value(Value::Bool(false))),
            ("null", _) => Ok(Operand::Value(Value::Null)),
            (word, _) => fault(
                at,
                format!(
                    "`{word}` is no value; a text stands in quotation marks, and a place begins with `@` or `$`"
                ),
            ),
        }
    }

    fn function(&mut self, name: &str, at: usize) -> Result<Operand, SelectorFault> {
        if !FUNCTIONS.contains(&name) {
            let advice = did_you_mean(name, FUNCTIONS);
            return fault(at, format!("`{name}` is not a function of RFC 9535; {advice}"));
        }
        self.eat("(");
        self.blanks();
        let operand = match name {
            "length" => Operand::Value(Value::Length(Box::new(self.value_argument()?))),
            "count" => Operand::Value(Value::Count(self.query_argument()?)),
            "value" => Operand::Value(Value::Only(self.query_argument()?)),
            name => Operand::Test(self.pattern(name == "match")?),
        };
        self.blanks();
        if self.eat(")") { Ok(operand) } else { self.fault(format!("expected `)`: `{name}` takes no more")) }
    }

    /// The two arguments of `match` and `search`.
    fn pattern(&mut self, whole: bool) -> Result<Filter, SelectorFault> {
        let value = self.value_argument()?;
        self.blanks();
        if !self.eat(",") {
            return self.fault("expected `,` and a pattern");
        }
        self.blanks();
        let at = self.at;
        if !matches!(self.peek(), Some('\'' | '"')) {
            return self.fault(
                "the pattern must be written here, in quotation marks: one that is taken from the message can't be checked",
            );
        }
        let text = self.string()?;
        let pattern = Pattern::new(&text, whole).or_else(|what| fault(at, what))?;
        Ok(Filter::Matches(value, pattern))
    }

    fn value_argument(&mut self) -> Result<Value, SelectorFault> {
        self.nested(|parser| {
            let at = parser.at;
            let operand = parser.operand()?;
            parser.compared(operand, at)
        })
    }

    fn query_argument(&mut self) -> Result<Query, SelectorFault> {
        match self.peek() {
            Some('@' | '$') => self.query().map(|(query, _)| query),
            Some(_) | None => self.fault("this function takes a place, such as `@.items[*]`"),
        }
    }

    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, SelectorFault>,
    ) -> Result<T, SelectorFault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.fault("this is nested too deep");
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// An operand as one value.
    fn compared(&mut self, operand: Operand, at: usize) -> Result<Value, SelectorFault> {
        let value = match operand {
            Operand::Value(value) => value,
            Operand::Query(query, true) => Value::At(query),
            Operand::Query(_, false) => {
                return fault(
                    at,
                    "this can find several places where one value is needed; name one (`@.a['b'][0]`, without blanks in the brackets), or use `value(…)` or `count(…)`",
                );
            }
            Operand::Test(_) => {
                return fault(
                    at,
                    "`match` and `search` are true or false by themselves and can't be compared",
                );
            }
        };
        if !value.is_fixed() || value.is_literal() || matches!(value, Value::Once(..)) {
            return Ok(value);
        }
        self.fixed += 1;
        Ok(Value::Once(self.fixed - 1, Box::new(value)))
    }

    /// A condition that asks nothing of `@` is answered once.
    fn once(&mut self, condition: Filter) -> Filter {
        if !condition.is_fixed() || matches!(condition, Filter::Once(..)) {
            return condition;
        }
        self.fixed += 1;
        Filter::Once(self.fixed - 1, Box::new(condition))
    }
}

/// An operand as a condition of its own.
fn alone(operand: Operand, at: usize) -> Result<Filter, SelectorFault> {
    match operand {
        Operand::Query(query, _) => Ok(Filter::Exists(query)),
        Operand::Test(test) => Ok(test),
        Operand::Value(value) if value.is_literal() => {
            fault(at, "a value alone is no condition; compare it with something")
        }
        Operand::Value(_) => fault(at, "this function gives a value; compare it with something"),
    }
}

fn alone_or(mut parts: Vec<Filter>, together: fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.pop(), parts.is_empty()) {
        (Some(part), true) => part,
        (last, _) => {
            parts.extend(last);
            together(parts)
        }
    }
}
