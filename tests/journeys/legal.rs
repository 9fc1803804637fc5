//! What the law asks, case by case: what was decided, who asks the bot, the verdict, and the article it rests on.
//!
//! The articles are those of Regulation (EU) 2016/679 (GDPR) unless another law is named. They say why the verdict is the one that a
//! controller wants by default; whether a basis fits a purpose is for the controller to say, in the policy.

use std::time::Duration;

use assentry::ledger::{NewDecision, open_for_cli};
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    bot::Bot,
    client::Http,
    house::House,
    ledger::{decision, person},
    signals::token::{taking, token},
    written::Written,
};

const POLICY: &str = "
policy: shop
version: 1
undeclared: forward
purposes:
  support: {title: Answer, basis: contract}
  accounts: {title: Keep books, basis: legal-obligation}
  emergency: {title: Save lives, basis: vital-interests}
  offers: {title: Suggest, basis: consent, notice: 2026-11}
  season: {title: Suggest for a while, basis: consent, notice: 2026-11, expires: 180d}
  device: {title: Read what is stored on the device, basis: consent, notice: 2026-11}
  statistics: {title: Improve, basis: legitimate-interests, objections: [gpc]}
  register: {title: Keep a public register, basis: public-task}
data:
  support: {at: $.support, for: support}
  accounts: {at: $.accounts, for: accounts}
  emergency: {at: $.emergency, for: emergency}
  offers: {at: $.offers, for: offers}
  season: {at: $.season, for: season}
  device: {at: $.device, for: device}
  statistics: {at: $.statistics, for: statistics}
  register: {at: $.register, for: register}
";

/// One case. The story says who decides what, `gpc` for a request whose browser objects, and `wait`. `A` is who logs in and `B` the same person's cookie; `link` and `unlink` are about these two.
struct Case {
    name: &'static str,
    story: &'static [&'static str],
    /// `A` or `B`, with `gpc` where the browser objects, `token` or `old-token` where a signed yes to offers is shown.
    asks: &'static str,
    purpose: &'static str,
    allowed: bool,
    because: &'static str,
    article: &'static str,
}

const fn case(
    name: &'static str,
    (story, asks): (&'static [&'static str], &'static str),
    (purpose, allowed, because): (&'static str, bool, &'static str),
    article: &'static str,
) -> Case {
    Case { name, story, asks, purpose, allowed, because, article }
}

const CASES: &[Case] = &[
    case(
        "silence is no yes",
        (&[], "A"),
        ("offers", false, "no decision yet"),
        "Art. 4(11), 6(1)(a), recital 32",
    ),
    case("a yes allows", (&["A grant offers"], "A"), ("offers", true, "granted"), "Art. 6(1)(a)"),
    case(
        "a yes to one purpose is none to another",
        (&["A grant offers"], "A"),
        ("device", false, "no decision yet"),
        "Art. 4(11), 6(1)(a), recital 43",
    ),
    case(
        "what is stored on a device is read with consent only",
        (&[], "B"),
        ("device", false, "no decision yet"),
        "Directive 2002/58/EC Art. 5(3); TDDDG s. 25(1)",
    ),
    case(
        "a yes that was taken back no longer counts",
        (&["A grant offers", "A withdraw offers"], "A"),
        ("offers", false, "withdrawn"),
        "Art. 7(3)",
    ),
    case(
        "who took a yes back may give it again",
        (&["A grant offers", "A withdraw offers", "A grant offers"], "A"),
        ("offers", true, "granted"),
        "Art. 6(1)(a), 7(3)",
    ),
    case(
        "a no when asked is a no",
        (&["A deny offers"], "A"),
        ("offers", false, "denied"),
        "Art. 4(11), 7(4)",
    ),
    case(
        "a yes to another notice was not informed of this one",
        (&["A grant offers notice=2025-01"], "A"),
        ("offers", false, "granted under another notice"),
        "Art. 4(11), 7(1)",
    ),
    case(
        "a yes that was given until a day ends then",
        (&["A grant season until=2026-01-01T00:00:00Z"], "A"),
        ("season", false, "the grant expired"),
        "Art. 4(11), 5(1)(a); EDPB Guidelines 05/2020, 110-111",
    ),
    case(
        "what the contract needs needs no yes",
        (&[], "A"),
        ("support", true, "the basis needs no consent"),
        "Art. 6(1)(b)",
    ),
    case(
        "an objection does not reach what the contract needs",
        (&["A object support"], "A"),
        ("support", true, "the basis needs no consent"),
        "Art. 6(1)(b), 21(1)",
    ),
    case(
        "legitimate interests hold until somebody objects",
        (&[], "A"),
        ("statistics", true, "nobody objected"),
        "Art. 6(1)(f)",
    ),
    case(
        "an objection stops what rests on legitimate interests",
        (&["A object statistics"], "A"),
        ("statistics", false, "objected"),
        "Art. 21(1)",
    ),
    case(
        "an objection stops what rests on a public task",
        (&["A object register"], "A"),
        ("register", false, "objected"),
        "Art. 6(1)(e), 21(1)",
    ),
    case(
        "a browser objects by automated means, for whom it is known to be",
        (&[], "A gpc"),
        ("statistics", false, "the request carries an objection"),
        "Art. 21(5)",
    ),
    case(
        "a browser objects for whom nobody proved",
        (&[], "B gpc"),
        ("statistics", false, "the request carries an objection"),
        "Art. 21(5)",
    ),
    case(
        "a browser without the signal objects to nothing",
        (&[], "B"),
        ("statistics", true, "nobody objected"),
        "Art. 6(1)(f), 21(5)",
    ),
    case(
        "what a browser objected to is kept, for whom it is known to be",
        (&["A gpc"], "A"),
        ("statistics", false, "objected"),
        "Art. 21(5)",
    ),
    case(
        "what a browser objected to counts for that request alone, for whom nobody proved",
        (&["B gpc"], "B"),
        ("statistics", true, "nobody objected"),
        "Art. 11(2), 21(5)",
    ),
    case(
        "what a browser objected to is the person's",
        (&["link", "A gpc"], "B"),
        ("statistics", false, "objected"),
        "Art. 21(5)",
    ),
    case(
        "a signed yes counts where nothing was decided",
        (&[], "A token"),
        ("offers", true, "granted by a consent token"),
        "Art. 6(1)(a), 7(1)",
    ),
    case(
        "a token from before does not outlive the withdrawal",
        (&["A grant offers", "A withdraw offers"], "A old-token"),
        ("offers", false, "withdrawn"),
        "Art. 7(3)",
    ),
    case(
        "a token from before does not outlive a withdrawal through another id",
        (&["link", "B withdraw offers"], "A old-token"),
        ("offers", false, "withdrawn"),
        "Art. 7(3)",
    ),
    case(
        "a yes signed after the withdrawal is a new yes",
        (&["A withdraw offers", "wait"], "A token"),
        ("offers", true, "granted by a consent token"),
        "Art. 6(1)(a), 7(3)",
    ),
    case(
        "a signed yes does not lift a restriction",
        (&["A restrict", "wait"], "A token"),
        ("offers", false, "processing is restricted"),
        "Art. 18(1), 18(3)",
    ),
    case(
        "a restriction stops what a yes allowed",
        (&["A grant offers", "A restrict"], "A"),
        ("offers", false, "processing is restricted"),
        "Art. 18(1), 18(2)",
    ),
    case(
        "a restriction stops what the contract needs",
        (&["A restrict"], "A"),
        ("support", false, "processing is restricted"),
        "Art. 18(1), 18(2)",
    ),
    case(
        "a restriction leaves what a law demands",
        (&["A restrict"], "A"),
        ("accounts", true, "the basis needs no consent"),
        "Art. 6(1)(c), 18(2)",
    ),
    case(
        "a restriction leaves what saves lives",
        (&["A restrict"], "A"),
        ("emergency", true, "the basis needs no consent"),
        "Art. 6(1)(d), 18(2)",
    ),
    case(
        "a restriction that was lifted stops nothing",
        (&["A grant offers", "A restrict", "A lift"], "A"),
        ("offers", true, "granted"),
        "Art. 18(3)",
    ),
    case(
        "an objection made before the login holds after it",
        (&["B object statistics", "link"], "A"),
        ("statistics", false, "objected"),
        "Art. 21(1)",
    ),
    case(
        "where a person's ids disagree a later yes of one does not undo the other's no",
        (&["B deny offers", "A grant offers", "link"], "A"),
        ("offers", false, "denied"),
        "Art. 4(11), 7(1)",
    ),
    case(
        "a restriction asked for through one id is the person's",
        (&["A grant offers", "B restrict", "link"], "A"),
        ("offers", false, "processing is restricted"),
        "Art. 18(1)",
    ),
    case(
        "a withdrawal through one id covers the other",
        (&["B grant offers", "link", "A withdraw offers"], "B"),
        ("offers", false, "withdrawn"),
        "Art. 7(3)",
    ),
    case(
        "a yes given as one person undoes the other id's older no",
        (&["B deny offers", "link", "A grant offers"], "B"),
        ("offers", true, "granted"),
        "Art. 6(1)(a)",
    ),
    case(
        "parted, an id's own no is restored",
        (&["B deny offers", "link", "A grant offers", "unlink"], "B"),
        ("offers", false, "denied"),
        "Art. 4(11), 7(1)",
    ),
    case(
        "parted, who said yes keeps it",
        (&["B deny offers", "link", "A grant offers", "unlink"], "A"),
        ("offers", true, "granted"),
        "Art. 6(1)(a)",
    ),
    case(
        "parted, a no that came through the link does not lapse",
        (&["B grant offers", "link", "A withdraw offers", "unlink"], "B"),
        ("offers", false, "withdrawn"),
        "Art. 7(3)",
    ),
    case(
        "parted, an objection that came through the link does not lapse",
        (&["link", "A object statistics", "unlink"], "B"),
        ("statistics", false, "objected"),
        "Art. 21(1)",
    ),
];

/// `A` or `B` of one case.
fn who(word: &str, number: usize) -> String {
    if word == "A" { format!("login:a{number}") } else { format!("visitor:b{number}") }
}

/// `grant offers notice=2025-01`
fn said(words: &str) -> NewDecision {
    let mut new = decision(&words.split(' ').take(2).collect::<Vec<_>>().join(" "));
    for (key, value) in words.split(' ').filter_map(|word| word.split_once('=')) {
        match key {
            "notice" => new.notice = Some(value.to_owned()),
            _ => new.expires = value.parse().ok(),
        }
    }
    new
}

async fn happens(house: &House, step: &str, number: usize) {
    let (a, b) = (who("A", number), who("B", number));
    match step.split_once(' ') {
        None if step == "link" => house.link(&a, &b).await,
        None if step == "wait" => sleep(Duration::from_millis(1_100)).await, // tokens tell whole seconds
        None => house.unlink(&a, &b).await,
        Some((word, "gpc")) => objects(house, word, number).await,
        Some((word, words)) => {
            let mut channel = open_for_cli(&house.folder.load().ledger).await.unwrap();
            channel.decide(&person(&who(word, number)), "shop", said(words)).await.unwrap();
        }
    }
}

/// A browser objects, and the ledger has it where it is to be written down.
async fn objects(house: &House, word: &str, number: usize) {
    assert_eq!(house.ask(request(&format!("{word} gpc"), "statistics", number)).await.status, 200);
    let ledger = open_for_cli(&house.folder.load().ledger).await.unwrap();
    let (mut ledger, who) = (ledger, person(&who(word, number)));
    let mut looks = 0;
    while ledger.history(&who, "shop").await.unwrap().is_empty() && looks < 50 {
        looks += 1; // an id that nobody proved is looked for in vain
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(looks < 50, word == "A");
}

fn request(asks: &str, purpose: &str, number: usize) -> Request<Full<bytes::Bytes>> {
    let builder = Request::post("/chat").header("content-type", "application/json");
    let builder = match asks.starts_with('A') {
        true => builder.header("x-user-id", format!("a{number}")),
        false => builder.header("cookie", format!("visitor=b{number}")),
    };
    let builder = if asks.ends_with("gpc") { builder.header("sec-gpc", "1") } else { builder };
    let now = jiff::Timestamp::now().as_second();
    let signed = |at: i64| {
        token(&json!({"sub": format!("a{number}"), "iat": at, "exp": now + 600, "grant": ["offers"]}))
    };
    let builder = match asks.split_once(' ') {
        Some((_, "token")) => builder.header("assentry-consent", signed(now)),
        Some((_, "old-token")) => builder.header("assentry-consent", signed(now - 60)),
        _ => builder,
    };
    builder.body(Full::from(format!(r#"{{"{purpose}":1}}"#))).unwrap()
}

#[tokio::test]
async fn each_case_gets_the_verdict_that_the_article_asks_for() {
    let subjects = "- header: {name: x-user-id, from: [127.0.0.0/8], namespace: login}\n\
                    - cookie: {name: visitor, namespace: visitor}";
    let written = Written::policy(POLICY).route(&taking(", grants: true"));
    let house = written.subjects(subjects).before(Bot::open().await).await;
    let mut connection = house.connect(Http::One).await;
    for (number, case) in CASES.iter().enumerate() {
        assert!(case.article.contains("Art. "), "{} rests on something", case.name);
        for step in case.story {
            happens(&house, step, number).await;
        }
        let asked = house.bot.begun();
        let answer = connection.ask(request(case.asks, case.purpose, number)).await;
        assert_eq!(answer.status, 200, "{}", case.name);
        let expected = if case.allowed { format!(r#"{{"{}":1}}"#, case.purpose) } else { "{}".to_owned() };
        assert_eq!(house.bot.last().text(), expected, "{} ({})", case.name, case.article);
        let receipts = house.receipts_soon(asked + 1).await;
        let states = receipts[asked]["purposes"].as_array().unwrap();
        let state = states.iter().find(|state| state["purpose"] == case.purpose).unwrap();
        let expected: [Value; 2] = [case.allowed.into(), case.because.into()];
        assert_eq!(
            [&state["allowed"], &state["because"]],
            expected.each_ref(),
            "{} ({})",
            case.name,
            case.article
        );
    }
}
