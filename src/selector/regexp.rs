//! Patterns in filters: I-Regexp (RFC 9485), matched by `regex`.
//!
//! The rule: a pattern is read by its own grammar, compiled when the policy is loaded, and means what RFC 9485 says. What
//! would defeat it is handing it to another dialect as it stands: there `^`, `&&` or `\d` mean something, here they are
//! characters or mistakes. Matching takes at most the text times the size of the compiled pattern, which is bounded.

use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
    iter::Peekable,
    str::Chars,
};

/// What a compiled pattern may take up, in bytes.
const LARGEST: usize = 64 << 10;
/// How deep groups may be nested.
const DEEPEST: usize = 64;

/// General categories of Unicode, by the letters that RFC 9485 knows.
const CATEGORIES: [(char, &str); 7] = [
    ('L', "lmotu"),
    ('M', "cen"),
    ('N', "dlo"),
    ('P', "cdefios"),
    ('Z', "lps"),
    ('S', "ckmo"),
    ('C', "cfno"),
];

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    whole: bool,
    regex: regex::Regex,
}

impl Pattern {
    /// Compiles a pattern, which matches a text as a `whole` (`match`) or any part of it (`search`).
    ///
    /// # Errors
    /// In words, when it is no I-Regexp, or is too large.
    pub fn new(text: &str, whole: bool) -> Result<Self, String> {
        let mut reader = Reader { rest: text.chars().peekable(), out: String::new(), depth: 0 };
        reader.alternatives()?;
        if reader.rest.peek().is_some() {
            return Err("a `)` closes nothing in this pattern; write `\\)` for the character".to_owned());
        }
        let out = if whole { format!(r"\A(?:{})\z", reader.out) } else { reader.out };
        let built = regex::RegexBuilder::new(&out).size_limit(LARGEST).build();
        let regex = built.map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "this pattern is too large".to_owned(),
            _ => "a range in this pattern ends before it begins, or a repetition counts too far".to_owned(),
        })?;
        Ok(Self { text: text.to_owned(), whole, regex })
    }

    /// Whether the pattern matches.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    fn key(&self) -> (&str, bool) {
        (&self.text, self.whole)
    }
}

/// Reads an I-Regexp and writes the same for `regex`.
struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    depth: usize,
}

impl Reader<'_> {
    fn alternatives(&mut self) -> Result<(), String> {
        loop {
            while self.rest.peek().is_some_and(|next| !matches!(next, '|' | ')')) {
                self.atom()?;
                self.quantifier()?;
            }
            if !self.eat('|') {
                return Ok(());
            }
            self.out.push('|');
        }
    }

    fn atom(&mut self) -> Result<(), String> {
        match self.rest.next() {
            Some('(') => self.group(),
            Some('[') => self.class(),
            Some('.') => {
                self.out.push_str(r"[^\n\r]");
                Ok(())
            }
            Some('\\') => self.escape().map(|written| self.out.push_str(&written)),
            Some(c @ ('*' | '+' | '?' | '{' | '}' | ']')) => Err(format!(
                "`{c}` repeats or closes nothing in this pattern; write `\\{c}` for the character"
            )),
            // RFC 9485 takes them for characters, most readers of it for anchors: either way somebody would be wrong.
            Some('^') => Err(anchor("^", r"\^")),
            Some('$') => Err(anchor("$", "[$]")),
            Some(c) => {
                self.out.push_str(&literal(c));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn group(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the groups of this pattern are nested too deep".to_owned());
        }
        self.out.push_str("(?:");
        self.alternatives()?;
        if !self.eat(')') {
            return Err("a `(` is not closed in this pattern".to_owned());
        }
        self.out.push(')');
        self.depth -= 1;
        Ok(())
    }

    fn quantifier(&mut self) -> Result<(), String> {
        if let Some(sign) = self.rest.next_if(|next| matches!(next, '*' | '+' | '?')) {
            self.out.push(sign);
        } else if self.eat('{') {
            let mut range = self.digits()?;
            if self.eat(',') {
                range.push(',');
                if self.rest.peek().is_some_and(char::is_ascii_digit) {
                    range.push_str(&self.digits()?);
                }
            }
            if !self.eat('}') {
                return Err("a repetition is written `{2}`, `{2,}` or `{2,5}`".to_owned());
            }
            self.out.push_str(&format!("{{{range}}}"));
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<String, String> {
        let mut digits = String::new();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        if digits.is_empty() {
            return Err("a repetition is written `{2}`, `{2,}` or `{2,5}`".to_owned());
        }
        Ok(digits)
    }

    /// What stands between brackets.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.eat('^') {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            match self.rest.next() {
                Some(']') if !first => break,
                Some('-') if first || self.rest.peek() == Some(&']') => self.out.push_str(&literal('-')),
                Some(c) => self.range(c)?,
                None => return Err("a `[` is not closed in this pattern".to_owned()),
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    fn range(&mut self, from: char) -> Result<(), String> {
        let (written, single) = self.in_class(from)?;
        self.out.push_str(&written);
        let mut ahead = self.rest.clone();
        if single && ahead.next() == Some('-') && ahead.peek() != Some(&']') {
            self.rest.next();
            let Some(to) = self.rest.next() else {
                return Err("a `[` is not closed in this pattern".to_owned());
            };
            let (written, single) = self.in_class(to)?;
            if !single {
                return Err("a range ends with a character, not with a class".to_owned());
            }
            self.out.push_str(&format!("-{written}"));
        }
        Ok(())
    }

    /// One member of a class, and whether it is a single character.
    fn in_class(&mut self, c: char) -> Result<(String, bool), String> {
        match c {
            '\\' => {
                let category = matches!(self.rest.peek(), Some('p' | 'P'));
                Ok((self.escape()?, !category))
            }
            '[' | ']' | '-' => {
                Err(format!("`{c}` has no meaning in a class; write `\\{c}` for the character"))
            }
            c => Ok((literal(c), true)),
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<String, String> {
        match self.rest.next() {
            Some('n') => Ok(literal('\n')),
            Some('r') => Ok(literal('\r')),
            Some('t') => Ok(literal('\t')),
            Some(c @ ('('..='+' | '-' | '.' | '?' | '['..='^' | '{'..='}')) => Ok(literal(c)),
            Some(c @ ('p' | 'P')) => self.category(c),
            Some(c) => Err(format!("`\\{c}` is not in RFC 9485; for a digit write `[0-9]` or `\\p{{Nd}}`")),
            None => Err("the pattern ends with `\\`; write `\\\\` for the character".to_owned()),
        }
    }

    fn category(&mut self, sign: char) -> Result<String, String> {
        let unknown =
            || "a category is written `\\p{L}` or `\\p{Lu}`, with one that RFC 9485 knows".to_owned();
        let main =
            self.rest.next().filter(|c| *c == '{').and_then(|_| self.rest.next()).ok_or_else(unknown)?;
        let (_, minor) = CATEGORIES.iter().find(|(known, _)| *known == main).ok_or_else(unknown)?;
        let mut name = String::from(main);
        name.extend(self.rest.next_if(|next| minor.contains(*next)));
        if self.eat('}') { Ok(format!("\\{sign}{{{name}}}")) } else { Err(unknown()) }
    }

    fn eat(&mut self, c: char) -> bool {
        self.rest.next_if_eq(&c).is_some()
    }
}

fn anchor(sign: &str, character: &str) -> String {
    format!(
        "`{sign}` is no anchor here: `match` compares the whole text, `search` any part of it; for the character write `{character}`"
    )
}

/// A character that means itself.
fn literal(c: char) -> String {
    format!("\\x{{{:x}}}", u32::from(c))
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl Ord for Pattern {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Pattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_their_standard_says() {
        for (pattern, text, matches, found) in [
            ("a.c", "abc", true, true),
            ("a.c", "a\nc", false, false),
            ("a.c", "a\u{2028}c", true, true),
            ("b", "abc", false, true),
            (r"\^b", "^b", true, true),
            ("a[$]", "a$", true, true),
            ("a|bc", "bc", true, true),
            ("a|bc", "xbcx", false, true),
            ("(a|b)*", "abba", true, true),
            ("", "", true, true),
            ("a|", "", true, true),
            ("[a-c]{2}", "ab", true, true),
            ("[a-c]{2,3}", "abca", false, true),
            ("x{2,}", "xxx", true, true),
            ("[^a]", "b", true, true),
            ("[^a]", "a", false, false),
            ("[-a]", "-", true, true),
            ("[a-]", "-", true, true),
            ("[--]", "-", true, true),
            ("[a^]", "^", true, true),
            ("[a&&b]", "&", true, true),
            ("[a~~b]", "~", true, true),
            (r"[\]\[]", "]", true, true),
            (r"\p{Lu}+", "ÄB", true, true),
            (r"\P{L}", "1", true, true),
            (r"[\p{Nd}x]+", "١x2", true, true),
            (r"\p{Cn}", "\u{378}", true, true),
            (r"\.\\\(", ".\\(", true, true),
            (r"\n", "\n", true, true),
            ("a b#c", "a b#c", true, true),
            ("ä", "ä", true, true),
        ] {
            assert_eq!(Pattern::new(pattern, true).unwrap().matches(text), matches, "{pattern} is {text:?}");
            assert_eq!(Pattern::new(pattern, false).unwrap().matches(text), found, "{pattern} in {text:?}");
        }
    }

    #[test]
    fn what_is_no_i_regexp_is_an_error_that_says_what_to_write() {
        let deep = format!("{}{}", "(".repeat(65), ")".repeat(65));
        let patterns = [
            "(",
            ")",
            "a)",
            "[",
            "[]",
            "[^]",
            "[a-",
            "[a-\\p{L}]",
            "[z-a]",
            "[a[b]",
            "[a-c-e]",
            "a**",
            "a+?",
            "*",
            "^a",
            "a$",
            "{2}",
            "a{}",
            "a{,2}",
            "a{2",
            "a{3,2}",
            "a{100000}{2",
            "((a{1000}){1000})",
            r"\d",
            r"\w",
            r"\b",
            r"\u0041",
            r"\p{Greek}",
            r"\p{Cs}",
            r"\p{L",
            r"\",
            "]",
            "}",
            "(?i)a",
            "(?:a)",
            &deep,
        ];
        let report: Vec<String> = patterns
            .iter()
            .map(|pattern| {
                let shown: String = pattern.chars().take(20).collect();
                format!("{shown}  →  {}", Pattern::new(pattern, false).expect_err(pattern))
            })
            .collect();
        insta::assert_snapshot!(report.join("\n"));
    }
}
