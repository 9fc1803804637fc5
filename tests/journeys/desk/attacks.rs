//! Bad input and attacks: what other people's pages, programs and persons try.

use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};

use super::{
    desk,
    visitor::{ORIGIN, Shows, form_of, purpose},
};
use crate::{
    answer::Answer,
    client::Http,
    people::{claims, token},
    socket::{self, person::Ask},
};

const ADA: Shows = Shows::Token("ada");
const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn nobody_sees_or_changes_anything_of_another_by_any_parameter() {
    let house = desk().open().await;
    house.decide("eve", "grant personalisation").await;
    for query in ["id=eve", "subject=eve", "namespace=login&id=eve", "reference=1", "user=eve"] {
        for path in ["/api/overview", "/api/decisions", "/api/exchanges", "/api/download", "/api/requests"] {
            house.look(&ADA, &format!("{path}?{query}")).await.assert_problem(400, "parameter");
        }
        assert_eq!(house.look(&ADA, &format!("/?{query}")).await.status, 400);
    }
    for document in [json!({"text": "x", "id": "eve"}), json!({"text": "x", "subject": {"id": "eve"}})] {
        house.send(&ADA, "/api/words", &document).await.assert_problem(400, "unreadable");
    }
    house.look(&ADA, "/api/receipts/login:eve").await.assert_problem(404, "unknown");
    let overview = house.see(&ADA, "/api/overview").await;
    assert_eq!(purpose(&overview, "personalisation")["allowed"], false);
    // An exchange of another's as a mark in one's own pages leads to nothing of theirs.
    let request = Request::post("/chat").header("authorization", format!("Bearer {}", token(&claims("eve"))));
    house.ask(request.header("content-type", "application/json").body(Full::from("{}")).unwrap()).await;
    let eves = house.receipt().await["exchange"].as_str().unwrap().to_owned();
    let page = house.see(&ADA, &format!("/api/exchanges?before={}", eves.replace('-', "f"))).await;
    assert_eq!(page["exchanges"], json!([]));
}

#[tokio::test]
async fn somebody_never_seen_and_somebody_well_known_get_answers_of_one_shape() {
    let house = desk().open().await;
    house.decide("eve", "grant personalisation").await;
    let shape = |answer: &Answer| {
        let names = answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let members = body.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        (answer.status, names, members)
    };
    for path in ["/api/overview", "/api/decisions", "/api/exchanges", "/api/requests", "/api/download"] {
        let [known, unknown] = ["eve", "nobody-was-here"].map(Shows::Token);
        let (known, unknown) = (house.look(&known, path).await, house.look(&unknown, path).await);
        assert_eq!(shape(&known), shape(&unknown), "{path}");
    }
    let [known, unknown] = ["eve", "never-seen-yet"].map(|id| json!({"namespace": "login", "id": id}));
    let (known, unknown) = (house.ask_link(&known).await, house.ask_link(&unknown).await);
    assert_eq!(shape(&known), shape(&unknown));
}

#[tokio::test]
async fn another_sites_page_changes_nothing_whatever_it_shows() {
    let house = desk().open().await;
    let cookie = house.enter("ada").await;
    let form = form_of(&house.look(&cookie, "/").await);
    let overview = house.see(&ADA, "/api/overview").await;
    let digest = purpose(&overview, "personalisation")["text_digest"].as_str().unwrap().to_owned();
    let yes =
        json!({"consents": "shop", "purpose": "personalisation", "kind": "grant", "text_digest": digest});
    let foreign: [&[(&str, &str)]; 6] = [
        &[("origin", "https://evil.test")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.test")],
    ];
    for fields in foreign {
        for shows in [&cookie, &ADA] {
            let fields: Vec<_> = fields.iter().copied().chain([JSON]).collect();
            let answer = house.send_with(shows, "/api/decisions", &yes.to_string(), &fields).await;
            answer.assert_problem(403, "cross-site");
            let answer = house.send_with(shows, "/api/erasure", r#"{"confirm":true}"#, &fields).await;
            answer.assert_problem(403, "cross-site");
        }
        let fields: Vec<_> =
            fields.iter().copied().chain([("content-type", "application/x-www-form-urlencoded")]).collect();
        for (path, body) in [
            ("/erase", format!("form={form}&confirm=true")),
            ("/restriction", format!("form={form}&restricted=true")),
            ("/enter", format!("token={}", house.link_for("eve").await)),
        ] {
            assert_eq!(house.send_with(&cookie, path, &body, &fields).await.status, 403, "{path}");
        }
    }
    // A cookie alone, where nobody says whose page asks.
    let answer = house.send_with(&cookie, "/api/decisions", &yes.to_string(), &[JSON]).await;
    answer.assert_problem(403, "cross-site");
    // The desk's own page, without what its forms carry, or with another session's.
    let other = form_of(&house.look(&house.enter("ada").await, "/").await);
    for form in ["", "form=&", "form=AAAA&", &format!("form={other}&")] {
        let answer = house.fill(&cookie, "/restriction", &format!("{form}restricted=true")).await;
        assert_eq!(answer.status, 403, "{form}");
    }
    let overview = house.see(&ADA, "/api/overview").await;
    assert_eq!(
        (&overview["restricted"], house.see(&ADA, "/api/decisions").await["decisions"].clone()),
        (&json!(false), json!([]))
    );
    let fields = [JSON, ("sec-fetch-site", "same-origin"), ("origin", ORIGIN)];
    assert_eq!(house.send_with(&cookie, "/api/decisions", &yes.to_string(), &fields).await.status, 201);
}

#[tokio::test]
async fn every_answer_keeps_others_out_and_only_the_panel_may_be_framed() {
    let house = desk().open().await;
    let cookie = house.enter("ada").await;
    for (path, framed) in [
        ("/", false),
        ("/history", false),
        ("/erase", false),
        ("/enter/x", false),
        ("/panel", true),
        ("/nowhere", false),
        ("/api/overview", false),
        ("/api/nowhere", false),
        ("/openapi.json", false),
        ("/static/desk.css", false),
    ] {
        let answer = house.look(&cookie, path).await;
        let policy = answer.header("content-security-policy");
        let ancestors = if framed { "frame-ancestors https://shop.test" } else { "frame-ancestors 'none'" };
        assert!(policy.starts_with("default-src 'none';") && policy.ends_with(ancestors), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http:"), "{policy}");
        assert_eq!(answer.header("x-frame-options"), if framed { "" } else { "DENY" });
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        let resource = if framed { "cross-origin" } else { "same-origin" };
        assert_eq!(answer.header("cross-origin-resource-policy"), resource);
        let kept = if path.starts_with("/static") { "public, max-age=300" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), kept, "{path}");
        assert!(answer.headers.get("access-control-allow-origin").is_none());
        assert!(answer.header("strict-transport-security").starts_with("max-age="));
    }
}

#[tokio::test]
async fn a_script_in_a_title_or_an_id_is_a_text_on_every_page() {
    let house = desk().open().await;
    let who = r#"<script>alert("x")</script>"#;
    let answer = house.ask_link(&json!({"namespace": "login", "id": who})).await;
    let link: Value = serde_json::from_slice(&answer.body).unwrap();
    let token = link["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let entered = house.fill(&Shows::Nothing, "/enter", &format!("token={token}")).await;
    let session = super::visitor::cookie(&entered);
    for path in ["/", "/?lang=de", "/history", "/erase"] {
        let page = house.look(&session, path).await;
        for hostile in ["<script>alert", "\" onmouseover", "<b>", "& <i>"] {
            assert!(!page.text().contains(hostile), "{path}: {hostile}");
        }
    }
    let page = house.look(&session, "/").await;
    assert!(page.text().contains("Tailor &lt;script&gt;"), "{}", page.text());
    let page = house.look(&Shows::Nothing, "/enter/%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(
        !page.text().contains("<script>alert") && !page.text().contains("\"><script>"),
        "{}",
        page.text()
    );
    let overview = house.look(&session, "/api/overview").await;
    assert_eq!(overview.header("content-type"), "application/json");
    let overview: Value = serde_json::from_slice(&overview.body).unwrap();
    assert_eq!(overview["subject"]["id"], who);
}

#[tokio::test]
async fn what_is_too_large_too_deep_or_of_another_kind_is_refused() {
    let house = desk().open().await;
    let large = json!({"text": "x".repeat(70_000)}).to_string();
    house.send_with(&ADA, "/api/words", &large, &[JSON]).await.assert_problem(413, "body");
    let deep = format!(r#"{{"text":{}1{}}}"#, "[".repeat(2_000), "]".repeat(2_000));
    house.send_with(&ADA, "/api/words", &deep, &[JSON]).await.assert_problem(400, "unreadable");
    for broken in
        ["", "{", "null", "[]", r#"{"text":"a","text":"b"}"#, "{\"text\":\"\u{0}\"}", r#"{"text":1}"#]
    {
        house.send_with(&ADA, "/api/words", broken, &[JSON]).await.assert_problem(400, "unreadable");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json-seq", ""] {
        let answer = house.send_with(&ADA, "/api/words", r#"{"text":"a"}"#, &[("content-type", kind)]).await;
        answer.assert_problem(415, "media-type");
    }
    house.send_with(&ADA, "/api/restriction", "{}", &[JSON]).await.assert_problem(400, "unreadable");
    for query in [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=1e2",
        "limit=+5",
        "limit=99999999999999999999",
        "limit=",
        "before=x",
        "limit=1&limit=2",
    ] {
        house.look(&ADA, &format!("/api/decisions?{query}")).await.assert_problem(400, "parameter");
    }
    for query in
        ["limit=101", "before=%00", "before=", "from=yesterday", "only=everything", "purpose=%ff", "lang=%zz"]
    {
        house.look(&ADA, &format!("/api/exchanges?{query}")).await.assert_problem(400, "parameter");
    }
    assert_eq!(house.look(&ADA, "/history?decided_before=x").await.status, 400);
}

#[tokio::test]
async fn a_method_a_path_or_a_host_that_there_is_not_is_refused() {
    let house = desk().open().await;
    for (method, path, allow) in [
        (Method::PUT, "/api/decisions", "GET, HEAD, POST"),
        (Method::GET, "/api/erasure", "POST"),
        (Method::GET, "/decide", "POST"),
        (Method::POST, "/history", "GET, HEAD"),
        (Method::DELETE, "/static/desk.css", "GET, HEAD"),
        (Method::OPTIONS, "/api/overview", "GET, HEAD"),
    ] {
        let request = Request::builder().method(method).uri(path).header("origin", ORIGIN);
        let answer = house.at_desk(request.body(Full::default()).unwrap()).await;
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{path}");
    }
    for path in [
        "/api/",
        "/api/overview/",
        "/API/overview",
        "/static/../desk.key",
        "/static/",
        "/desk.key",
        "/metrics",
    ] {
        assert_eq!(house.look(&ADA, path).await.status, 404, "{path}");
    }
    let heard = house
        .hear_at_desk(b"GET /openapi.json HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n")
        .await;
    heard.assert_problem(421, "misdirected");
}

#[tokio::test]
async fn a_flood_of_decisions_is_stopped_for_whom_it_is_of_and_for_nobody_else() {
    let house = desk().open().await;
    let overview = house.see(&ADA, "/api/overview").await;
    let digest = purpose(&overview, "personalisation")["text_digest"].clone();
    let no = json!({"consents": "shop", "purpose": "personalisation", "kind": "deny", "text_digest": digest});
    let mut answers = Vec::new();
    for _ in 0..61 {
        answers.push(house.send(&ADA, "/api/decisions", &no).await);
    }
    assert!(answers[..60].iter().all(|answer| answer.status == 201));
    answers[60].assert_problem(429, "flood");
    assert_eq!(answers[60].header("retry-after"), "60");
    assert_eq!(house.send(&Shows::Token("eve"), "/api/decisions", &no).await.status, 201);
    assert_eq!(house.look(&ADA, "/api/overview").await.status, 200);
    assert_eq!(house.look(&house.enter("ada").await, "/").await.status, 200);
}

#[tokio::test]
async fn a_withdrawal_at_the_desk_is_obeyed_by_the_next_message_of_an_open_socket() {
    let (house, echo) = socket::house(desk()).await;
    let ada = format!("Bearer {}", token(&claims("ada")));
    let overview = house.see(&ADA, "/api/overview").await;
    let digest = purpose(&overview, "personalisation")["text_digest"].clone();
    let decide = async |kind: &str| {
        let said =
            json!({"consents": "shop", "purpose": "personalisation", "kind": kind, "text_digest": digest});
        assert_eq!(house.send(&ADA, "/api/decisions", &said).await.status, 201);
    };
    decide("grant").await;
    let mut person = house.socket(&Ask::nobody().with("authorization", &ada).over(Http::One)).await;
    let asked = r#"{"context":{"purchases":[1]}}"#;
    for (kind, expected) in [("grant", asked), ("withdraw", r#"{"context":{}}"#), ("grant", asked)] {
        decide(kind).await;
        assert_eq!(person.asks(asked).await, expected, "{kind}");
    }
    assert_eq!(echo.last(), asked);
}
