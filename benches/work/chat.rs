//! Chat requests: a context with ids, purchases and places, and the conversation so far.
//!
//! The rule: what makes JSON slow is there in the amounts in which people send it: short members beside long texts,
//! numbers, some escapes (line breaks, quotation marks, `\u`), some characters beyond ASCII. A request grows as chats grow: by messages.

/// The sizes at which requests are measured.
pub const SIZES: [(&str, usize); 4] =
    [("1 KB", 1 << 10), ("16 KB", 16 << 10), ("64 KB", 64 << 10), ("1 MB", 1 << 20)];

const WORDS: [&str; 48] = [
    "the",
    "order",
    "I",
    "placed",
    "on",
    "Monday",
    "has",
    "not",
    "arrived",
    "yet",
    "could",
    "you",
    "please",
    "check",
    "where",
    "it",
    "is",
    "and",
    "tell",
    "me",
    "whether",
    "delivery",
    "before",
    "weekend",
    "still",
    "possible",
    "thank",
    "für",
    "colour",
    "of",
    "shoes",
    "was",
    "different",
    "from",
    "picture",
    "schöne",
    "Größe",
    "returning",
    "them",
    "within",
    "fourteen",
    "days",
    "costs",
    "€20",
    "receipt",
    "attached",
    "naïve",
    "best",
];

/// A request of about so many bytes, never more.
pub fn request(bytes: usize) -> Vec<u8> {
    let mut dice = Dice(0x5eed);
    let head = head();
    let (close, mut messages) = (br#"],"stream":true}"#.len(), String::new());
    for n in 0.. {
        let next = message(n, &mut dice);
        let size = head.len() + messages.len() + next.len() + close + 1;
        if size > bytes {
            break;
        }
        if n > 0 {
            messages.push(',');
        }
        messages.push_str(&next);
    }
    format!(r#"{head}{messages}],"stream":true}}"#).into_bytes()
}

fn head() -> String {
    concat!(
        r#"{"conversation":"c_01JD7Z5Q8V","user":{"id":"u-829301","name":"Ada Müller","#,
        r#""email":"ada@example.com","phone":"+49 30 901820"},"context":{"locale":"de-DE","session":"9f1c27e4b0","#,
        r#""geo":{"lat":52.520008,"lon":13.404954,"city":"Berlin"},"device":{"ip":"192.0.2.77"},"#,
        r#""purchases":[{"sku":"A-1001","price":49.90,"count":1},{"sku":"B-2040","price":129.00,"count":2}],"#,
        r#""loyalty":{"points":18250},"referrer":"https://shop.example/shoes"},"messages":["#,
    )
    .to_owned()
}

fn message(number: u32, dice: &mut Dice) -> String {
    let role = if number.is_multiple_of(2) { "user" } else { "assistant" };
    let words = match number {
        0..2 => 34,
        _ if role == "user" => 10 + dice.below(40),
        _ => 60 + dice.below(190),
    };
    let mut text = String::new();
    for n in 0..words {
        let break_up = match dice.below(60) {
            0 => "\\n",
            1 => " \\\"",
            2 if number.is_multiple_of(8) => " \\u2013 ",
            _ if n == 0 => "",
            _ => " ",
        };
        text.push_str(break_up);
        text.push_str(WORDS[dice.below(WORDS.len())]);
    }
    format!(r#"{{"id":"m{number:06}","role":"{role}","content":"{text}"}}"#)
}

/// A small generator (Knuth's constants), so that every run says the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}
