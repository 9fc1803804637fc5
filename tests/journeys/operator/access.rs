//! Who may look at the operator's pages, and who may not.

use std::net::SocketAddr;

use assentry::cli::certs::client;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::operator_over;
use crate::{
    answer::Answer,
    client::{SURELY, operator, raw, showing, trusting},
    house::House,
    program::Program,
    written::Written,
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub const ADMIN: &str = "admin: {address: '127.0.0.1:0', token: {algorithm: HS256, key: {inline: 0123456789abcdef0123456789abcdef}, issuer: 'https://id.test', audience: assentry, require: {amr: mfa}, leeway: 0s}}";
const COOKIE: &str = "__Host-assentry-operator";

/// A token that opens the pages, with `more` laid over it; null takes a claim away.
pub fn token(more: &Value) -> String {
    signed(more, Algorithm::HS256, SECRET)
}

fn signed(more: &Value, algorithm: Algorithm, secret: &str) -> String {
    let now = jiff::Timestamp::now().as_second();
    let mut claims =
        json!({"iss": "https://id.test", "aud": "assentry", "amr": ["pwd", "mfa"], "exp": now + 600});
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    encode(&Header::new(algorithm), &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

/// What the operator is told, asking like this.
pub async fn ask(admin: SocketAddr, line: &str, fields: &[&str], body: &str) -> Answer {
    let mut stream = TcpStream::connect(admin).await.unwrap();
    stream.write_all(&raw(line, fields, body.as_bytes())).await.unwrap();
    let mut heard = Vec::new();
    timeout(SURELY, stream.read_to_end(&mut heard)).await.expect("there is an answer in time").unwrap();
    Answer::parse(&heard).unwrap()
}

/// The same with a token.
pub async fn ask_with(admin: SocketAddr, line: &str, token: &str) -> Answer {
    ask(admin, line, &[&format!("Authorization: Bearer {token}")], "").await
}

/// Signs in; the cookie's pair.
async fn signed_in(admin: SocketAddr, token: &str) -> String {
    let answer = ask(admin, "POST /sign-in", &[], &format!("next=%2Frules&token={token}")).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/rules"), "{}", answer.text());
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn look(admin: SocketAddr, cookie: &str) -> Answer {
    ask(admin, "GET /", &[&format!("Cookie: {cookie}")], "").await
}

#[tokio::test]
async fn a_token_opens_the_pages_and_nothing_less_than_a_whole_one_does() {
    let house = Written::shop().more(ADMIN).open().await;
    let admin = house.admin.unwrap();
    assert_eq!(ask_with(admin, "GET /", &token(&json!({}))).await.status, 200);
    assert_eq!(ask_with(admin, "GET /", &token(&json!({"amr": "mfa"}))).await.status, 200);
    let none = {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let claims =
            json!({"iss": "https://id.test", "aud": "assentry", "amr": ["mfa"], "exp": 4_000_000_000_u64});
        format!("{}.{}.", part(json!({"alg": "none"})), part(claims))
    };
    let bad = [
        (token(&json!({"amr": null})), 403, "the token's `amr` is not, or does not contain, `mfa`"),
        (token(&json!({"amr": ["pwd"]})), 403, "sign in again"),
        (token(&json!({"aud": "shop"})), 401, "another audience"),
        (token(&json!({"aud": null})), 401, "lacks"),
        (token(&json!({"iss": "https://evil.test"})), 401, "another issuer"),
        (token(&json!({"exp": 1_700_000_000})), 401, "expired"),
        (token(&json!({"exp": null})), 401, "lacks"),
        (token(&json!({"nbf": 4_000_000_000_u64})), 401, "not good yet"),
        (signed(&json!({}), Algorithm::HS256, "x0123456789abcdef0123456789abcde"), 401, "signature"),
        (signed(&json!({}), Algorithm::HS512, SECRET), 401, "another algorithm"),
        (none, 401, "another algorithm"),
        ("nonsense".to_owned(), 401, "malformed"),
    ];
    for (token, status, words) in bad {
        for line in ["GET /", "GET /report.json", "GET /rules", "GET /explain", "POST /decisions"] {
            let answer = ask_with(admin, line, &token).await;
            assert_eq!(answer.status, status, "{line}: {}", answer.text());
            assert!(!answer.text().contains(&token));
        }
        let answer = ask_with(admin, "GET /", &token).await;
        assert!(answer.text().contains(words), "{words} in {}", answer.text());
        assert!(answer.header("www-authenticate").starts_with("Bearer error="), "{answer:?}");
        let signing_in = ask(admin, "POST /sign-in", &[], &format!("token={token}")).await;
        assert_eq!(signing_in.status, status);
        assert!(signing_in.header("set-cookie").is_empty() && !signing_in.text().contains(&token));
    }
    for path in
        ["/", "/report", "/report.csv", "/rules", "/policies", "/policy?name=shop", "/requests", "/explain"]
    {
        let answer = operator(admin, path).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"), "{path}");
        assert!(answer.text().contains("action=\"/sign-in\"") && !answer.text().contains("shop"), "{path}");
    }
    assert_eq!(operator(admin, "/metrics").await.status, 200, "the machine itself may ask");
    assert_eq!(operator(admin, "/health/ready").await.status, 200);
}

#[tokio::test]
async fn a_token_lets_a_program_write_decisions_and_a_browsers_session_does_not() {
    let house = Written::shop().more(ADMIN).open().await;
    let admin = house.admin.unwrap();
    let no = json!({"namespace": "login", "id": "ada", "consents": "shop", "kind": "deny", "purpose": "personalisation"});
    let bearer = format!("Authorization: Bearer {}", token(&json!({})));
    let json = "Content-Type: application/json";
    assert_eq!(ask(admin, "POST /decisions", &[&bearer, json], &no.to_string()).await.status, 201);
    let evil = [&*bearer, json, "Origin: https://evil.test"];
    ask(admin, "POST /decisions", &evil, &no.to_string()).await.assert_problem(403, "cross-site");
    let cookie = format!("Cookie: {}", signed_in(admin, &token(&json!({}))).await);
    ask(admin, "POST /decisions", &[&cookie, json], &no.to_string())
        .await
        .assert_problem(401, "credential-missing");
    let whose = json!({"namespace": "login", "id": "ada"}).to_string();
    let answer = ask(admin, "POST /desk/links", &[&bearer, json], &whose).await;
    answer.assert_problem(404, "no-desk"); // it was let in, and there is none
    ask(admin, "POST /desk/links", &[&cookie, json], &whose).await.assert_problem(401, "credential-missing");
}

#[tokio::test]
async fn a_session_stands_for_the_token_until_it_is_ended_and_its_cookie_opens_nothing_afterwards() {
    let house = Written::shop().more(ADMIN).open().await;
    let (admin, shown) = (house.admin.unwrap(), token(&json!({})));
    let answer =
        ask(admin, "POST /sign-in", &["Sec-Fetch-Site: same-origin"], &format!("token={shown}")).await;
    let set = answer.header("set-cookie");
    assert!(set.starts_with(COOKIE) && set.contains("; Path=/; Max-Age="), "{set}");
    assert!(set.ends_with("; Secure; HttpOnly; SameSite=Strict") && !set.contains("Domain"), "{set}");
    let claims = shown.split('.').nth(1).unwrap();
    assert!(!set.contains(&shown) && !set.contains(claims), "{set}");
    let cookie = set.split(';').next().unwrap().to_owned();
    assert!(look(admin, &cookie).await.text().contains("Sign out"));
    assert_eq!(look(admin, &format!("{cookie}; {cookie}")).await.status, 401, "two are none");
    assert_eq!(look(admin, &cookie[..cookie.len() - 1]).await.status, 401);
    let bearer = "Authorization: Bearer nonsense";
    let both = ask(admin, "GET /", &[bearer, &format!("Cookie: {cookie}")], "").await;
    assert_eq!(both.status, 401, "what is there and does not hold is refused, whatever else is there");

    let fields = [&*format!("Cookie: {cookie}"), "Sec-Fetch-Site: same-origin"];
    let answer = ask(admin, "POST /sign-out", &fields, "").await;
    assert_eq!(answer.status, 303);
    assert!(answer.header("set-cookie").starts_with(&format!("{COOKIE}=; Path=/; Max-Age=0;")));
    assert_eq!(look(admin, &cookie).await.status, 401);
}

#[tokio::test]
async fn a_session_ends_with_the_token_that_began_it() {
    let house = Written::shop().more(ADMIN).open().await;
    let admin = house.admin.unwrap();
    let exp = jiff::Timestamp::now().as_second() + 2;
    let cookie = signed_in(admin, &token(&json!({"exp": exp}))).await;
    let ended = async { while look(admin, &cookie).await.status != 401 {} };
    timeout(SURELY, ended).await.expect("it ends");
    assert!(jiff::Timestamp::now().as_second() >= exp, "and not before the token");
    assert_eq!(look(admin, &cookie).await.status, 401, "its cookie opens nothing afterwards");
}

#[tokio::test]
async fn what_another_sites_page_sends_is_refused() {
    let house = Written::shop().more(ADMIN).open().await;
    let (admin, shown) = (house.admin.unwrap(), token(&json!({})));
    let cookie = format!("Cookie: {}", signed_in(admin, &shown).await);
    let ours = "Origin: http://localhost";
    for (line, body) in [
        ("POST /explain", "body=%7B%7D"),
        ("POST /sign-out", ""),
        ("POST /sign-in", &*format!("token={shown}")),
    ] {
        for theirs in [
            "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Site: same-site",
            "Origin: https://evil.test",
            "Origin: http://localhost:1",
            "Origin: null",
        ] {
            let answer = ask(admin, line, &[&cookie, theirs], body).await;
            assert_eq!(answer.status, 403, "{line} {theirs}");
            assert!(answer.text().contains("another site") && answer.header("set-cookie").is_empty());
        }
    }
    assert_eq!(
        ask(admin, "POST /explain", &[&cookie], "body=%7B%7D").await.status,
        403,
        "a browser would say whose"
    );
    assert_eq!(ask(admin, "POST /explain", &[&cookie, ours], "body=%7B%7D").await.status, 200);
    let bearer = format!("Authorization: Bearer {shown}");
    assert_eq!(
        ask(admin, "POST /explain", &[&bearer], "body=%7B%7D").await.status,
        200,
        "a program need not say"
    );
}

#[tokio::test]
async fn a_token_in_an_address_is_refused_though_another_one_is_where_it_belongs() {
    let house = Written::shop().more(ADMIN).open().await;
    let (admin, shown) = (house.admin.unwrap(), token(&json!({})));
    for line in [
        format!("GET /?access_token={shown}"),
        format!("GET /rules?x={shown}"),
        format!("GET /metrics?token={shown}"),
        format!("POST /decisions?token={shown}"),
        format!("POST /sign-in?token={shown}"),
    ] {
        for bearer in [format!("Authorization: Bearer {shown}"), "X-No: bearer".to_owned()] {
            let answer = ask(admin, &line, &[&bearer], "").await;
            assert_eq!(answer.status, 400, "{line}");
            assert!(answer.text().contains("hold that one for lost") && !answer.text().contains(&shown));
        }
    }
}

#[tokio::test]
async fn where_nobody_can_show_who_they_are_there_are_no_pages_and_it_is_said_why() {
    let house = Written::shop().more("admin: {address: '127.0.0.1:0'}").open().await;
    let admin = house.admin.unwrap();
    for path in ["/", "/report.json", "/explain"] {
        let answer = operator(admin, path).await;
        assert_eq!(answer.status, 403);
        assert!(answer.text().contains("give `admin` a `tls` with `client_authority`, or a `token`"));
    }
    let answer = ask(admin, "POST /sign-in", &[], "token=x").await;
    assert_eq!(answer.status, 403);
    assert_eq!(operator(admin, "/metrics").await.status, 200);
}

#[tokio::test]
async fn a_client_certificate_opens_the_pages_and_so_does_a_token_where_none_is_required() {
    let tls = "certificates: [{certificate: certs/server.pem, key: certs/server.key}], client_certificate: optional, client_authority: certs/authority.pem";
    let admin = ADMIN.replace("token:", &format!("tls: {{{tls}}}, token:"));
    let house = Written::shop().more(&admin).open().await;
    let made = client(&house.folder.path("certs"), "operator", false).unwrap();
    let shown = |line: &str, fields: &[&str]| raw(line, fields, b"");
    let page = shown("GET /policies", &[]);
    let heard = operator_over(&house, showing(&house.folder, &made.certificate, &made.key), &page).await;
    assert!(heard.starts_with("HTTP/1.1 200") && heard.contains("Policies in force"), "{heard}");
    assert!(operator_over(&house, trusting(&house.folder), &page).await.starts_with("HTTP/1.1 401"));
    let bearer = format!("Authorization: Bearer {}", token(&json!({})));
    let page = shown("GET /policies", &[&bearer]);
    assert!(operator_over(&house, trusting(&house.folder), &page).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_key_that_is_replaced_counts_from_the_next_reload_on_and_what_tokens_must_be_like_stays() {
    let admin = ADMIN.replace(&format!("inline: {SECRET}"), "file: operators.key");
    let folder = Written::shop().more(&admin).write(([127, 0, 0, 1], 9).into());
    let key = folder.path("operators.key");
    std::fs::write(&key, SECRET).unwrap();
    let program = Program::serve(&folder).await;
    let (admin, shown) = (program.admin(), token(&json!({})));
    assert_eq!(ask_with(admin, "GET /", &shown).await.status, 200);
    let other = "another-secret-of-32-bytes-or-more";
    std::fs::write(&key, other).unwrap();
    let reload = async || {
        let output = Program::run(&["reload", "--config", folder.config().to_str().unwrap()]).await;
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(reload().await.0, Some(0));
    assert_eq!(ask_with(admin, "GET /", &shown).await.status, 401);
    assert_eq!(ask_with(admin, "GET /", &signed(&json!({}), Algorithm::HS256, other)).await.status, 200);
    let text = std::fs::read_to_string(folder.config()).unwrap();
    std::fs::write(folder.config(), text.replace("amr: mfa", "amr: pwd")).unwrap();
    let (code, said) = reload().await;
    assert!(code != Some(0) && said.contains("`admin.token` can't change while assentry runs"), "{said}");
}

#[tokio::test]
async fn tokens_over_a_network_in_the_clear_are_an_error_at_load() {
    let admin = ADMIN.replace("127.0.0.1:0", "0.0.0.0:0");
    let folder = Written::shop().more(&admin).write(([127, 0, 0, 1], 9).into());
    let (code, said) = Program::fails(&folder).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("would get tokens over plain HTTP") && !said.contains("listening"), "{said}");
}

/// Asks a house for a page with a good token.
pub async fn page(house: &House, path: &str) -> Answer {
    ask_with(house.admin.unwrap(), &format!("GET {path}"), &token(&json!({}))).await
}
