//! What the desk shows to anybody: its description, its texts, its files.

use http::Request;
use http_body_util::Full;

use super::{desk, visitor::Shows};

#[tokio::test]
async fn every_operation_that_is_described_is_there() {
    let house = desk().open().await;
    let document = house.see(&Shows::Nothing, "/openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let request =
                Request::builder().method(&*method.to_uppercase()).uri(path.replace("{consents}", "shop"));
            let request = request.header("origin", super::visitor::ORIGIN);
            let answer = house.at_desk(request.body(Full::default()).unwrap()).await;
            assert!(![404, 405].contains(&answer.status), "{method} {path}: {}", answer.status);
            let status = answer.status.to_string();
            assert!(
                described["responses"].as_object().unwrap().contains_key(&status),
                "{method} {path}: {status}"
            );
            operations += 1;
        }
    }
    assert!(operations >= 15, "{operations}");
}

#[tokio::test]
async fn pages_speak_the_language_that_is_asked_for() {
    let house = desk().open().await;
    let ask = async |path: &str, accept: &str| {
        let request = Request::get(path).header("accept-language", accept);
        house.at_desk(request.body(Full::default()).unwrap()).await
    };
    for (path, accept, expected) in [
        ("/", "de-AT, en;q=0.5", r#"<html lang="de">"#),
        ("/", "fr", r#"<html lang="en">"#),
        ("/?lang=de", "en", "Sie sind nicht eingetreten."),
        ("/?lang=xx", "de", r#"<html lang="de">"#),
    ] {
        let page = ask(path, accept).await;
        assert!(page.text().contains(expected), "{path} {accept}: {}", page.text());
        assert_eq!(page.header("vary"), "Accept-Language, Authorization, Cookie");
    }
}

#[tokio::test]
async fn the_files_of_pages_come_with_the_program() {
    let house = desk().open().await;
    for (path, media_type) in [
        ("/static/desk.css", "text/css; charset=utf-8"),
        ("/static/desk.js", "text/javascript; charset=utf-8"),
        ("/static/panel.js", "text/javascript; charset=utf-8"),
    ] {
        let file = house.look(&Shows::Nothing, path).await;
        assert_eq!((file.status, file.header("content-type")), (200, media_type));
        assert!(!file.body.is_empty());
    }
    let panel = house.look(&Shows::Nothing, "/static/panel.js").await;
    assert_eq!(panel.header("cross-origin-resource-policy"), "cross-origin");
}

#[tokio::test]
async fn a_reload_changes_what_can_change_and_refuses_what_can_not() {
    let house = desk().open().await;
    let config = house.folder.config();
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("privacy@shop.test", "hello@shop.test")).unwrap();
    for _ in 0..400 {
        let overview = house.see(&Shows::Token("ada"), "/api/overview").await;
        if overview["contact"] == "hello@shop.test" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the contact did not change");
}
