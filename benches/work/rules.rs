//! Policies of any size: the ten entries that find something, and as many more as wanted that do not.

use assentry::detect::Kind;

/// What the ten entries ask for.
const FOUND: [&str; 10] = [
    "$.user.email",
    "$..phone",
    "$.user['name','title']",
    "$.context.geo.lat",
    "$.context.geo.lon",
    "$.context.purchases[*].price",
    "$..ip",
    "$.context.*.points",
    "$.context.referrer",
    "$.context.purchases[1:].sku",
];

/// So many selectors, of all kinds: paths, wildcards, unions, slices, descendants.
pub fn selectors(entries: usize) -> Vec<String> {
    let more = (0..entries.saturating_sub(FOUND.len())).map(|n| match n % 8 {
        0 => format!("$.user.field{n}"),
        1 => format!("$..personal{n}"),
        2 => format!("$.context.area{}.field{n}", n % 40),
        3 => format!("$.messages[*].meta{n}"),
        4 => format!("$.context['left{n}','right{n}']"),
        5 => format!("$.context.*.detail{n}"),
        6 => format!("$.context.purchases[{}:].tag{n}", n % 5),
        _ => format!("$..item{}..part{n}", n % 20),
    });
    FOUND.iter().map(|text| (*text).to_owned()).chain(more).collect()
}

/// The same, with ten more that find nothing in place of the ten that find something.
pub fn absent(entries: usize) -> Vec<String> {
    let mut selectors = selectors(entries + FOUND.len());
    selectors.drain(..FOUND.len());
    selectors
}

/// The policy file with these selectors.
pub fn file(selectors: &[String]) -> String {
    let mut text = String::from(concat!(
        "policy: bench\nversion: 1\nundeclared: forward\n",
        "purposes:\n  extras: {title: Everything more, basis: consent}\ndata:\n",
    ));
    for (n, selector) in selectors.iter().enumerate() {
        text += &format!("  d{n}: {{at: \"{selector}\", for: extras, otherwise: drop}}\n");
    }
    text
}

/// The same, and all that people write is searched for some kinds.
pub fn file_of_texts(selectors: &[String], kinds: &[Kind]) -> String {
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    format!(
        "{}  texts: {{in_text: [{}], for: extras, otherwise: redact}}\n",
        file(selectors),
        kinds.join(", ")
    )
}
