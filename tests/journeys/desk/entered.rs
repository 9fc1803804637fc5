//! How people enter, and how nobody else does in their name.

use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};

use super::{
    desk,
    visitor::{ORIGIN, Shows, cookie},
};
use crate::{
    answer::Answer,
    client::operator_by,
    people::{claims, token},
    written::Written,
};

/// What an answer says, but for the moment it was written.
fn said(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let fields = answer.headers.iter().filter(|(name, _)| *name != "date");
    let fields = fields.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (answer.status, answer.text().to_owned(), fields.collect())
}

#[tokio::test]
async fn a_link_opens_the_desk_once_and_looking_at_it_does_not_use_it_up() {
    let house = desk().open().await;
    let link = house.link_for("ada").await;
    for _ in 0..3 {
        let page = house.look(&Shows::Nothing, &format!("/enter/{link}")).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains(&format!(r#"name="token" value="{link}""#)));
        assert!(page.headers.get("set-cookie").is_none());
    }
    let entered = house.fill(&Shows::Nothing, "/enter", &format!("token={link}&lang=de")).await;
    assert_eq!((entered.status, entered.header("location")), (303, "/?lang=de"));
    let set = entered.header("set-cookie");
    assert!(set.starts_with("__Host-assentry-desk="), "{set}");
    for part in ["; Path=/", "; Max-Age=1", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
        assert!(set.contains(part), "{part}: {set}");
    }
    let shown = house.look(&cookie(&entered), "/").await;
    assert!(shown.text().contains("You are here as ada."), "{}", shown.text());
    assert_eq!(house.fill(&Shows::Nothing, "/enter", &format!("token={link}")).await.status, 403);
}

#[tokio::test]
async fn a_link_that_is_forged_used_cut_or_of_another_door_gets_one_and_the_same_answer() {
    let house = desk().open().await;
    let link = house.link_for("ada").await;
    let entered = house.send(&Shows::Nothing, "/api/session", &json!({"token": link})).await;
    assert_eq!(entered.status, 201, "{}", entered.text());
    let entered: Value = serde_json::from_slice(&entered.body).unwrap();
    let session = entered["session"].as_str().unwrap().trim_start_matches("desk.").to_owned();
    let fresh = house.link_for("eve").await;
    let mut forged = fresh.clone().into_bytes();
    forged[40] = if forged[40] == b'A' { b'B' } else { b'A' };
    let wrong = [
        link.clone(),
        String::from_utf8(forged).unwrap(),
        fresh[..fresh.len() - 1].to_owned(),
        session,
        "x".to_owned(),
        "a".repeat(4_096),
    ];
    let mut answers = Vec::new();
    for token in &wrong {
        let document = house.send(&Shows::Nothing, "/api/session", &json!({"token": token})).await;
        document.assert_problem(403, "link");
        let page = house.fill(&Shows::Nothing, "/enter", &format!("token={token}")).await;
        assert_eq!(page.status, 403);
        answers.push((said(&document), said(&page)));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(house.send(&Shows::Nothing, "/api/session", &json!({"token": fresh})).await.status, 201);
}

#[tokio::test]
async fn of_many_who_use_one_link_at_the_same_time_one_enters() {
    let house = desk().open().await;
    let link = house.link_for("ada").await;
    let form = format!("token={link}");
    let enter = || house.fill(&Shows::Nothing, "/enter", &form);
    let answers = tokio::join!(enter(), enter(), enter(), enter(), enter(), enter());
    let answers = [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5];
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 403).count(), 5);
}

#[tokio::test]
async fn a_session_in_authorization_is_its_persons_and_ends_when_forged() {
    let house = desk().open().await;
    let link = house.link_for("ada").await;
    let entered = house.send(&Shows::Nothing, "/api/session", &json!({"token": link})).await;
    let entered: Value = serde_json::from_slice(&entered.body).unwrap();
    let session = entered["session"].as_str().unwrap();
    let overview = house.see(&Shows::Bearer(session.to_owned()), "/api/overview").await;
    assert_eq!(overview["subject"]["id"], "ada");
    assert_eq!(house.end(&Shows::Bearer(session.to_owned()), "/api/session").await.status, 204);
    for wrong in [format!("{session}A"), "desk.".to_owned(), format!("desk.{link}")] {
        house.look(&Shows::Bearer(wrong), "/api/overview").await.assert_problem(401, "credential");
    }
    for wrong in [format!("__Host-assentry-desk={link}"), "__Host-assentry-desk=".to_owned()] {
        let answer = house.look(&Shows::Cookie(wrong), "/").await;
        assert_eq!(answer.status, 401);
        assert!(answer.header("set-cookie").contains("Max-Age=0"), "the browser forgets it");
    }
}

#[tokio::test]
async fn only_who_is_proven_is_somebody_and_what_does_not_hold_is_not_passed_over() {
    let house = desk().open().await;
    let asks = [
        (Shows::Nothing, 401, "not-entered"),
        (Shows::Cookie("who=ada".to_owned()), 403, "not-proven"),
        (Shows::Bearer("nonsense".to_owned()), 401, "credential"),
        (Shows::Bearer(format!("{}x", token(&claims("ada")))), 401, "credential"),
    ];
    for path in ["/api/overview", "/api/decisions", "/api/exchanges", "/api/download", "/api/receipts/shop"] {
        for (shows, status, slug) in &asks {
            house.look(shows, path).await.assert_problem(*status, slug);
        }
    }
    for path in ["/", "/history", "/erase"] {
        for (shows, status, _) in &asks {
            assert_eq!(house.look(shows, path).await.status, *status);
        }
    }
    let mut expired = claims("ada");
    expired["exp"] = json!(1);
    house.look(&Shows::Bearer(token(&expired)), "/api/overview").await.assert_problem(401, "credential");
}

#[tokio::test]
async fn links_are_made_for_an_operators_program_with_a_certificate_and_nobody_else() {
    let house = desk().open().await;
    let panel = house.ask_link(&json!({"namespace": "login", "id": "ada", "to": "/panel"})).await;
    let panel: Value = serde_json::from_slice(&panel.body).unwrap();
    assert!(panel["url"].as_str().unwrap().starts_with(&format!("{ORIGIN}/panel#")), "{panel}");
    assert!(!panel["url"].as_str().unwrap().contains("ada"));
    for (wanted, status) in [
        (json!({"namespace": "logon", "id": "zuzanna"}), 422),
        (json!({"namespace": "login", "id": "zuzanna\u{7}"}), 422),
        (json!({"namespace": "login", "id": "zuzanna", "to": "//evil.test"}), 400),
        (json!({"namespace": "login", "id": "zuzanna", "zuzanna": 1}), 400),
        (json!({"namespace": "login"}), 400),
    ] {
        let answer = house.ask_link(&wanted).await;
        assert_eq!(answer.status, status, "{wanted}: {}", answer.text());
        assert!(!answer.text().contains("zuzanna"));
    }
    let open = Written::shop().more("admin: {address: '127.0.0.1:0'}").open().await;
    let answer = operator_by("POST", open.admin.unwrap(), "/desk/links").await;
    answer.assert_problem(403, "certificate-missing");
    let get = operator_by("GET", open.admin.unwrap(), "/desk/links").await;
    assert_eq!((get.status, get.header("allow")), (405, "POST"));
}

#[tokio::test]
async fn a_refusal_that_a_yes_would_have_prevented_leads_a_proven_person_into_the_desk() {
    let refusing = super::POLICY
        .replace("for: personalisation, otherwise: drop", "for: personalisation, otherwise: refuse");
    let house = {
        let claimed = "- cookie: {name: who, namespace: visitor}";
        let written = Written::policy(&refusing).subjects(&format!("{}\n{claimed}", crate::people::TOKENS));
        written.more(&format!("{}{}", super::DESK, super::ADMIN)).open().await
    };
    let ask = async |name: &str, value: String| {
        let request = Request::post("/chat").header(name, value).header("content-type", "application/json");
        house.ask(request.body(Full::from(r#"{"context":{"purchases":[1]}}"#)).unwrap()).await
    };
    let claimed = ask("cookie", "who=ada".to_owned()).await;
    claimed.assert_problem(403, "consent-missing");
    assert_eq!(claimed.problem()["decide_at"], format!("{ORIGIN}/"));
    let proven = ask("authorization", format!("Bearer {}", token(&claims("ada")))).await;
    let at = proven.problem()["decide_at"].as_str().unwrap().to_owned();
    let link = at.strip_prefix(&format!("{ORIGIN}/enter/")).unwrap_or_else(|| panic!("{at}"));
    let entered = house.fill(&Shows::Nothing, "/enter", &format!("token={link}")).await;
    assert_eq!(entered.status, 303);
    assert!(house.look(&cookie(&entered), "/").await.text().contains("You are here as ada."));
    let receipts = house.receipts_soon(2).await;
    assert!(!json!(receipts).to_string().contains(link), "it stands in no receipt");
}
