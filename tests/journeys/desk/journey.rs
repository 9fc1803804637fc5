//! What people do at the desk, and that it is obeyed.

use assentry::consent::DecisionKind;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};

use super::{
    desk,
    visitor::{Shows, form_of, purpose},
};
use crate::{
    house::House,
    people::{claims, token},
};

const ADA: Shows = Shows::Token("ada");
const EVE: Shows = Shows::Token("eve");
const ASKED: &str = r#"{"text":"hi","context":{"purchases":[1]},"card":"4111"}"#;
const WITHOUT: &str = r#"{"text":"hi","context":{},"card":"[withheld]"}"#;
const WITH: &str = r#"{"text":"hi","context":{"purchases":[1]},"card":"[withheld]"}"#;

async fn chat(house: &House, who: &str) -> String {
    let request = Request::post("/chat")
        .header("authorization", format!("Bearer {}", token(&claims(who))))
        .header("content-type", "application/json")
        .body(Full::from(ASKED))
        .unwrap();
    assert_eq!(house.ask(request).await.status, 200);
    house.bot.last().text().to_owned()
}

fn deciding(overview: &Value, name: &str, kind: &str) -> Value {
    let digest = &purpose(overview, name)["text_digest"];
    json!({"consents": "shop", "purpose": name, "kind": kind, "text_digest": digest})
}

#[tokio::test]
async fn a_person_sees_the_text_says_yes_and_no_and_is_obeyed_at_once() {
    let house = desk().open().await;
    let overview = house.see(&ADA, "/api/overview").await;
    assert_eq!(overview["subject"], json!({"namespace": "login", "id": "ada"}));
    let asked = purpose(&overview, "personalisation");
    assert_eq!((&asked["allowed"], &asked["because"]), (&json!(false), &json!("no decision yet")));
    assert_eq!((&asked["choice"], &asked["basis"]), (&json!("consent"), &json!("consent")));
    assert_eq!(asked["data"][0]["otherwise"], "drop");
    assert_eq!(purpose(&overview, "support")["choice"], "none");
    assert_eq!(purpose(&overview, "analytics")["choice"], "objection");
    assert_eq!(overview["groups"][0]["never"][0]["title"], "Your card number");
    assert_eq!(overview["elsewhere"][0]["title"], "Orders");

    assert_eq!(chat(&house, "ada").await, WITHOUT);
    let yes = house.send(&ADA, "/api/decisions", &deciding(&overview, "personalisation", "grant")).await;
    assert_eq!(yes.status, 201, "{}", yes.text());
    assert_eq!(chat(&house, "ada").await, WITH);
    assert_eq!(chat(&house, "eve").await, WITHOUT, "somebody else's yes");
    let no = house.send(&ADA, "/api/decisions", &deciding(&overview, "personalisation", "withdraw")).await;
    assert_eq!(no.status, 201);
    assert_eq!(chat(&house, "ada").await, WITHOUT);

    let history = house.see(&ADA, "/api/decisions").await;
    let kinds: Vec<_> = history["decisions"].as_array().unwrap().iter().map(|made| &made["kind"]).collect();
    assert_eq!(kinds, ["withdraw", "grant"]);
    assert_eq!(history["decisions"][0]["source"], "desk");
    assert_eq!(house.see(&EVE, "/api/decisions").await["decisions"], json!([]));
}

#[tokio::test]
async fn history_pages_back_to_the_first_decision_and_tells_none_twice() {
    let house = desk().open().await;
    for n in 0..5 {
        house
            .decide("ada", if n % 2 == 0 { "grant personalisation" } else { "withdraw personalisation" })
            .await;
    }
    let (mut seen, mut path) = (Vec::new(), "/api/decisions?limit=2".to_owned());
    for _ in 0..3 {
        let page = house.see(&ADA, &path).await;
        seen.extend(
            page["decisions"].as_array().unwrap().iter().map(|made| made["number"].as_u64().unwrap()),
        );
        path = format!("/api/decisions?limit=2&before={}", page["next"]);
        if page["next"].is_null() {
            break;
        }
    }
    let mut sorted = seen.clone();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    sorted.dedup();
    assert_eq!((seen.len(), &seen), (5, &sorted));
}

#[tokio::test]
async fn a_yes_to_a_text_that_is_not_shown_any_more_is_a_conflict_and_a_no_never_is() {
    let house = desk().open().await;
    let overview = house.see(&ADA, "/api/overview").await;
    let mut stale = deciding(&overview, "personalisation", "grant");
    stale["text_digest"] = json!("0".repeat(64));
    house.send(&ADA, "/api/decisions", &stale).await.assert_problem(409, "text-changed");
    stale["kind"] = json!("deny");
    assert_eq!(house.send(&ADA, "/api/decisions", &stale).await.status, 201);
    for (key, value, status) in [
        ("consents", json!("shap"), 404),
        ("purpose", json!("personalization"), 404),
        ("purpose", json!("support"), 422),
        ("text_digest", json!("0"), 400),
        ("kind", json!("lift"), 400),
        ("subject", json!("eve"), 400),
    ] {
        let mut wrong = deciding(&overview, "personalisation", "grant");
        wrong[key] = value;
        assert_eq!(house.send(&ADA, "/api/decisions", &wrong).await.status, status, "{key}");
    }
    let mut without = deciding(&overview, "personalisation", "withdraw");
    without.as_object_mut().unwrap().remove("text_digest");
    assert_eq!(house.send(&ADA, "/api/decisions", &without).await.status, 400);
}

#[tokio::test]
async fn an_objection_is_obeyed_and_can_be_taken_back() {
    let house = desk().open().await;
    for (kind, allowed, because) in [("object", false, "objected"), ("grant", true, "nobody objected")] {
        let overview = house.see(&ADA, "/api/overview").await;
        let made = house.send(&ADA, "/api/decisions", &deciding(&overview, "analytics", kind)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let overview = house.see(&ADA, "/api/overview").await;
        let analytics = purpose(&overview, "analytics");
        assert_eq!((&analytics["allowed"], &analytics["because"]), (&json!(allowed), &json!(because)));
    }
}

#[tokio::test]
async fn a_restriction_stops_everything_and_its_end_lets_it_go_on() {
    let house = desk().open().await;
    house.decide("ada", "grant personalisation").await;
    let restricted = house.send_with(&ADA, "/api/restriction", "", &[]).await;
    assert_eq!((restricted.status, restricted.text()), (200, r#"{"restricted":true}"#));
    assert_eq!(house.see(&ADA, "/api/overview").await["restricted"], true);
    assert_eq!(chat(&house, "ada").await, r#"{"context":{},"card":"[withheld]"}"#);
    assert_eq!(house.end(&ADA, "/api/restriction").await.text(), r#"{"restricted":false}"#);
    assert_eq!(chat(&house, "ada").await, WITH);
}

#[tokio::test]
async fn what_was_withheld_is_told_in_sentences_in_the_language_that_is_asked_for() {
    let house = desk().open().await;
    chat(&house, "ada").await;
    house.decide("ada", "grant personalisation").await;
    chat(&house, "ada").await;
    chat(&house, "eve").await;
    house.receipts_soon(3).await;
    let all = house.see(&ADA, "/api/exchanges").await;
    assert_eq!((all["kept"].clone(), all["exchanges"].as_array().unwrap().len()), (json!(true), 2));
    let withheld = &all["exchanges"][1]["withheld"];
    assert_eq!((&withheld[0]["data"], &withheld[0]["action"]), (&json!("purchases"), &json!("drop")));
    assert_eq!(withheld[0]["why"][0]["because"], "no decision yet");
    assert_eq!(all["exchanges"][0]["passed"].as_array().unwrap().len(), 2);

    let sentences = |page: &Value| {
        let sentences = page["exchanges"][1]["sentences"].as_array().unwrap();
        sentences.iter().map(|sentence| sentence.as_str().unwrap().to_owned()).collect::<Vec<_>>().join("\n")
    };
    let german = house.see(&ADA, "/api/exchanges?lang=de").await;
    insta::assert_snapshot!(format!("{}\n\n{}", sentences(&all), sentences(&german)));

    let first = house.see(&ADA, "/api/exchanges?limit=1").await;
    let next =
        house.see(&ADA, &format!("/api/exchanges?limit=1&before={}", first["next"].as_str().unwrap())).await;
    assert_eq!((&next["exchanges"][0], &next["next"]), (&all["exchanges"][1], &json!(null)));
    let only = house.see(&ADA, "/api/exchanges?purpose=analytics").await;
    assert_eq!(only["exchanges"], json!([]));
    let time = all["exchanges"][0]["time"].as_str().unwrap();
    let since = house.see(&ADA, &format!("/api/exchanges?from={time}")).await;
    assert_eq!(since["exchanges"].as_array().unwrap().len(), 1);
    assert_eq!(house.see(&Shows::Token("zoe"), "/api/exchanges").await["exchanges"], json!([]));
}

#[tokio::test]
async fn where_receipts_are_not_kept_in_the_database_the_desk_says_so() {
    let house = desk().receipts("database: false").open().await;
    chat(&house, "ada").await;
    house.receipts_soon(1).await;
    let exchanges = house.see(&ADA, "/api/exchanges").await;
    assert_eq!(exchanges, json!({"kept": false, "exchanges": [], "next": null}));
    assert_eq!(house.see(&ADA, "/api/overview").await["receipts_kept"], false);
}

#[tokio::test]
async fn a_download_holds_everything_of_one_person_and_nothing_of_another() {
    let house = desk().open().await;
    house.decide("ada", "grant personalisation").await;
    house.decide("eve", "deny personalisation").await;
    chat(&house, "ada").await;
    chat(&house, "eve").await;
    house.receipts_soon(2).await;
    let told = house.send(&ADA, "/api/words", &json!({"text": "Where are my orders?"})).await;
    assert_eq!(told.status, 201, "{}", told.text());
    let answer = house.look(&ADA, "/api/download").await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"my-data.json\"");
    let everything: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(everything["subject"]["id"], "ada");
    assert_eq!(everything["ledger"]["ids"][0]["decisions"]["shop"].as_array().unwrap().len(), 1);
    assert_eq!(everything["receipts"].as_array().unwrap().len(), 1);
    assert_eq!(everything["ledger"]["requests"][0]["words"], "Where are my orders?");
    assert_eq!(everything["overview"]["groups"][0]["consents"], "shop");
    assert_eq!(everything["elsewhere"][0]["contact"], "orders@shop.test");
    assert!(!answer.text().contains("\"eve\""));
}

#[tokio::test]
async fn a_word_to_the_operator_has_a_deadline_and_its_answer_is_seen() {
    let house = desk().open().await;
    let told = house.send(&ADA, "/api/words", &json!({"text": "Please <b>call</b>"})).await;
    let told: Value = serde_json::from_slice(&told.body).unwrap();
    assert!(told["due"].as_str() > told["at"].as_str(), "{told}");
    assert_eq!(house.see(&ADA, "/api/requests").await["requests"][0], told);
    assert_eq!(house.see(&EVE, "/api/requests").await["requests"], json!([]));
    for text in [String::new(), "  ".to_owned(), "x".repeat(4_001)] {
        house.send(&ADA, "/api/words", &json!({"text": text})).await.assert_problem(400, "unreadable");
    }
}

#[tokio::test]
async fn an_erasure_ends_every_session_and_keeps_every_no() {
    let house = desk().open().await;
    let overview = house.see(&ADA, "/api/overview").await;
    house.send(&ADA, "/api/decisions", &deciding(&overview, "analytics", "object")).await;
    house.decide("ada", "grant personalisation").await;
    chat(&house, "ada").await;
    house.receipts_soon(1).await;
    let (session, unused) = (house.enter("ada").await, house.link_for("ada").await);
    house.send(&ADA, "/api/erasure", &json!({"confirm": false})).await.assert_problem(400, "unreadable");
    assert_eq!(house.look(&session, "/").await.status, 200);
    let erased = house.send(&ADA, "/api/erasure", &json!({"confirm": true})).await;
    assert_eq!(erased.status, 200, "{}", erased.text());
    assert_eq!(house.look(&session, "/").await.status, 401, "the session is over");
    let late = house.fill(&Shows::Nothing, "/enter", &format!("token={unused}")).await;
    assert_eq!(late.status, 403, "a link of before is void");

    let overview = house.see(&ADA, "/api/overview").await;
    assert_eq!(purpose(&overview, "personalisation")["allowed"], false);
    assert_eq!(purpose(&overview, "analytics")["because"], "objected");
    assert_eq!(house.see(&ADA, "/api/exchanges").await["exchanges"], json!([]));
    assert_eq!(chat(&house, "ada").await, WITHOUT);
}

#[tokio::test]
async fn everything_can_be_done_with_forms_and_without_a_script() {
    let house = desk().open().await;
    let ada = house.enter("ada").await;
    let page = house.look(&ada, "/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let form = form_of(&page);
    let overview = house.see(&ADA, "/api/overview").await;
    let digest = purpose(&overview, "personalisation")["text_digest"].as_str().unwrap().to_owned();
    let decide = format!("form={form}&consents=shop&purpose=personalisation&text_digest={digest}&lang=de");
    let sent = house.fill(&ada, "/decide", &format!("{decide}&kind=grant")).await;
    assert_eq!((sent.status, sent.header("location")), (303, "/?lang=de&done=decided"), "{}", sent.text());
    assert_eq!(chat(&house, "ada").await, WITH);
    let page = house.look(&ada, "/?lang=de&done=decided").await;
    assert!(page.text().contains("Aufgeschrieben. Es gilt ab der nächsten Nachricht."), "{}", page.text());
    house.fill(&ada, "/decide", &format!("{decide}&kind=withdraw")).await;
    assert_eq!(chat(&house, "ada").await, WITHOUT);
    for (restricted, expected) in [("true", true), ("false", false)] {
        let sent = house.fill(&ada, "/restriction", &format!("form={form}&restricted={restricted}")).await;
        assert_eq!(sent.status, 303);
        assert_eq!(house.see(&ADA, "/api/overview").await["restricted"], expected);
    }
    let sent = house.fill(&ada, "/words", &format!("form={form}&text=Call+me+%3Cb%3E")).await;
    assert_eq!(sent.header("location"), "/?done=told");
    let page = house.look(&ada, "/").await;
    assert!(page.text().contains("Call me &lt;b&gt;"), "{}", page.text());
    house.receipts_soon(2).await;
    let history = house.look(&ada, "/history?only=withheld").await;
    assert!(history.text().contains("before the assistant saw it"), "{}", history.text());
    assert!(house.look(&ada, "/erase").await.text().contains("I understand, and want this."));
    let sent = house.fill(&ada, "/erase", &format!("form={form}&confirm=true")).await;
    assert_eq!((sent.status, sent.header("location")), (303, "/farewell?erased=all"));
    assert!(sent.header("set-cookie").contains("Max-Age=0"));
    let farewell = house.look(&Shows::Nothing, "/farewell?erased=all").await;
    assert!(farewell.text().contains("is gone."), "{}", farewell.text());
    assert_eq!(house.look(&ada, "/").await.status, 401);
    let decided = house.see(&ADA, "/api/decisions").await;
    let kinds: Vec<_> = decided["decisions"].as_array().unwrap().iter().map(|made| &made["kind"]).collect();
    assert_eq!(kinds, [DecisionKind::Withdraw.as_str()], "the no is kept, the yes is not");
}

#[tokio::test]
async fn who_leaves_is_not_entered_any_more_as_far_as_the_browser_goes() {
    let house = desk().open().await;
    let ada = house.enter("ada").await;
    let form = form_of(&house.look(&ada, "/").await);
    let left = house.fill(&ada, "/leave", &format!("form={form}")).await;
    assert_eq!((left.status, left.header("location")), (303, "/farewell"));
    assert!(left.header("set-cookie").starts_with("__Host-assentry-desk=; "), "{left:?}");
}
