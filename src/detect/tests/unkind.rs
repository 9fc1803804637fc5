//! Parts of texts that are much work when they are repeated.

pub(super) const UNKIND: [&str; 69] = [
    // Runs of each sign.
    "@",
    "@.",
    "1",
    "(",
    "+",
    "%",
    "%2",
    "%40",
    "&",
    "&#",
    "&#64;",
    "&amp",
    "::",
    "１",
    "\u{200b}",
    // Digits, with what may stand between them.
    "1 ",
    "1-",
    "1.1.",
    "12/",
    "((1",
    "+1",
    "+1 (",
    "1&1&",
    "12 34 56-78/",
    "1 2 3 4 5 １/",
    " ٣",
    "%914",
    "f:1:",
    "4111-",
    "12.03.1984 ",
    ".+49 (0)30 ٣٣",
    // Addresses that are none, within one another, and without an end.
    "a@",
    "aaaa@aaaa@",
    "a.b@c.",
    "\"a@b\"@c.",
    "(at)",
    "ada (at) b (dot) ",
    " at a dot b",
    "a&#x40;b&period;",
    "%25%34%30",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@ ",
    "http://",
    "https://2+2++++2+１@2}",
    "12 Main Street, Flat 3, ",
    // What is announced and does not come, or has no end.
    "passport ",
    "call me ",
    "password: ",
    "password: api_key= secret token: ",
    "AA 1 ",
    "DE89 ",
    "DE89 3704 0044 ",
    "GB82WEST1234",
    "Monday the 1",
    "March 12, ",
    "aged ",
    "eyJ",
    "-----BEGIN ",
    // Names, scripts and letters.
    "JOHN SMITH ",
    "Mr. van der ",
    "aя谢",
    "电话1",
    "a\u{200b}",
    "1\u{200b}\u{200d}\u{2060}",
    "TWFyZ2FyZXQ",
    "YWRhQGV4YW1wbGUuY29t\n",
    // What a search for texts worse than those came upon.
    "009 ٣٣00&tel:1 2 3 4 5 914%2",
    "xoxb-2\u{200b}21A1z2{",
    "2&nbsp;12 12 12 12 12 12 12 12 12 12 20x1FR76 FR76 ",
    "+1@tel:111111111111 dot https://+1+1+1+1+1+1+1+1+1+1+1+1+1٣+1+1",
];

/// Those that are too long to be held back, again and again.
fn too_long() -> impl Iterator<Item = String> {
    let long = ["x@", "http://", "ghp_", "%40", "1"].map(|sign| format!("{sign}{} ", "a".repeat(300)));
    let found = [
        format!(
            "2+++电话\u{200b}555555.%40%40\u{200b}2{}{}-----BEGIN https://",
            "٣".repeat(13),
            "+".repeat(79)
        ),
        format!("{}:eyJ{}{}", "xn--a".repeat(8), "٣".repeat(55), "Z9".repeat(12)),
        format!("{}www.{} ", "sk-".repeat(20), "sk-".repeat(45)),
        format!("{}+Bearer ٣", "%2".repeat(95)),
    ];
    long.into_iter().chain(found)
}

pub(super) fn unkind() -> impl Iterator<Item = String> {
    UNKIND.into_iter().map(str::to_owned).chain(too_long())
}
