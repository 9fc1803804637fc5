//! Promise: the order of purposes and data entries in a policy changes nothing.

use crate::{client::raw, written::Written};

const HEAD: &str = "policy: shop\nversion: 1\nundeclared: forward\n";
const PURPOSES: [&str; 3] = [
    "  support: {title: Answer, basis: contract}",
    "  personalisation: {title: Tailor, basis: consent}",
    "  analytics: {title: Improve, basis: legitimate-interests}",
];
const DATA: [&str; 6] = [
    "  question: {at: [$.text, $.a.b], for: support}",
    "  all: {at: [$.a, 'header:x-*'], for: personalisation, otherwise: redact}",
    "  part: {at: [$.a.b, 'query:*'], for: personalisation, otherwise: drop}",
    "  mail: {at: [$..email, 'header:x-mail'], for: personalisation, otherwise: {mask: {keep_last: 2}}}",
    "  mails: {at: [$..email, 'cookie:*'], for: personalisation, otherwise: {mask: {keep_last: 1}}}",
    "  pages: {at: [$.page, 'header:referer'], for: analytics, otherwise: drop}",
];

/// What the bot gets under the policy with its parts in this order.
async fn arrives(turn: usize) -> String {
    let (mut purposes, mut data) = (PURPOSES, DATA);
    purposes.rotate_left(turn % 3);
    data.rotate_left(turn);
    if turn % 2 == 1 {
        data.reverse();
    }
    let policy = format!("{HEAD}purposes:\n{}\ndata:\n{}\n", purposes.join("\n"), data.join("\n"));
    let house = Written::policy(&policy).open().await;
    let body =
        r#"{"text":"hi","a":{"b":1,"c":{"email":"x@y"}},"d":[{"email":"ada@example.com"}],"page":"p"}"#;
    let fields =
        ["Content-Type: application/json", "X-Mail: ada", "X-Other: 1", "Referer: r", "Cookie: a=12345; b=2"];
    let answer = house.tell(raw("POST /chat?a=1&b=2", &fields, body.as_bytes())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    house.bot.last().raw
}

#[tokio::test]
async fn a_policy_in_another_order_forwards_the_same_bytes() {
    let first = arrives(0).await;
    assert!(first.contains(r#""page":"p""#) && !first.contains("ada"), "{first}");
    for turn in 1..DATA.len() {
        assert_eq!(arrives(turn).await, first, "turn {turn}");
    }
}
