//! Strings and numbers, as selectors write them (RFC 9535, sections 2.3.1 and 2.3.5.1).

use super::Parser;
use crate::selector::{SelectorFault, decimal::Decimal, filter::Value};

impl Parser<'_> {
    /// A quoted string.
    pub(super) fn string(&mut self) -> Result<String, SelectorFault> {
        let quote = self.next().unwrap_or('"');
        let mut text = String::new();
        loop {
            let at = self.at;
            match self.next() {
                Some(c) if c == quote => return Ok(text),
                Some('\\') => text.push(self.escape(quote)?),
                Some(c) if c < ' ' => {
                    self.at = at;
                    return self.fault("a control character is written as an escape, such as `\\n`");
                }
                Some(c) => text.push(c),
                None => return self.fault(format!("the quotation mark {quote} is not closed")),
            }
        }
    }

    fn escape(&mut self, quote: char) -> Result<char, SelectorFault> {
        let at = self.at - 1;
        let escaped = match self.next() {
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some(c @ ('/' | '\\')) => Some(c),
            Some('u') => self.unicode(),
            Some(c) => (c == quote).then_some(c),
            None => None,
        };
        escaped.map_or_else(
            || {
                self.at = at;
                self.fault("not an escape of RFC 9535")
            },
            Ok,
        )
    }

    /// The four digits after `\u`, and those of a low surrogate after a high one.
    fn unicode(&mut self) -> Option<char> {
        match self.hexadecimal()? {
            high @ 0xd800..=0xdbff => {
                let low = if self.eat("\\u") { self.hexadecimal()? } else { 0 };
                let is_low = (0xdc00..=0xdfff).contains(&low);
                char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + low.checked_sub(0xdc00)?)
                    .filter(|_| is_low)
            }
            unit => char::from_u32(unit),
        }
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|d| d.is_ascii_hexdigit()))?;
        let unit = u32::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(unit)
    }

    /// A number, which may have a fraction and an exponent.
    pub(super) fn number(&mut self) -> Result<Value, SelectorFault> {
        let rest = self.rest();
        let digits =
            |from: usize| rest.get(from..).unwrap_or_default().bytes().take_while(u8::is_ascii_digit).count();
        let minus = usize::from(rest.starts_with('-'));
        let whole = digits(minus);
        let mut end = minus + whole;
        if whole == 0 || whole > 1 && rest.get(minus..).is_some_and(|rest| rest.starts_with('0')) {
            return self.fault("not a number; it has digits, and no leading zero");
        }
        let after = |end: usize| rest.get(end..).unwrap_or_default();
        if after(end).starts_with('.') {
            let fraction = digits(end + 1);
            if fraction == 0 {
                return self.fault("not a number; digits are missing after the point");
            }
            end += 1 + fraction;
        }
        if after(end).starts_with(['e', 'E']) {
            let sign = usize::from(after(end + 1).starts_with(['+', '-']));
            let power = digits(end + 1 + sign);
            if power == 0 {
                return self.fault("not a number; digits are missing in the exponent");
            }
            end += 1 + sign + power;
        }
        let number = Decimal::read(rest.get(..end).unwrap_or_default());
        self.at += end;
        Ok(Value::Number(number))
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }
}
