//! Forms of parts: fields, documents and files, decided about one by one.

use crate::{client::raw, house::House, written::Written};

const POLICY: &str = "
policy: shop
version: 1
undeclared: UNDECLARED
purposes:
  support: {title: Answer your question, basis: contract}
  ads: {title: Tailor suggestions to you, basis: consent}
data:
  question: {at: ['form:text', 'file:manual', $.text], for: support}
  mail: {at: ['form:email', $.email], for: ads}
  picture: {at: {at: 'file:*', type: 'image/*'}, for: ads}
  voice: {at: {at: 'file:*', type: 'audio/*'}, for: ads, otherwise: refuse}
  called: {at: 'filename:*', for: ads}
";

async fn house(undeclared: &str) -> House {
    Written::policy(&POLICY.replace("UNDECLARED", undeclared)).open().await
}

/// A form of these parts, each the rest of its disposition, its media type and its content.
fn form(parts: &[(&str, &str, &str)]) -> String {
    let mut form = String::new();
    for (said, media_type, content) in parts {
        form += &format!("--xYz\r\nContent-Disposition: form-data; {said}\r\n");
        if !media_type.is_empty() {
            form += &format!("Content-Type: {media_type}\r\n");
        }
        form += &format!("\r\n{content}\r\n");
    }
    form + "--xYz--\r\n"
}

fn post(form: &str) -> Vec<u8> {
    raw("POST /chat", &["Content-Type: multipart/form-data; boundary=xYz"], form.as_bytes())
}

#[tokio::test]
async fn of_a_form_of_parts_the_bot_gets_what_may_pass_and_every_byte_of_that() {
    let house = house("forward").await;
    let sent = form(&[
        ("name=\"text\"", "", "hi"),
        ("name=\"email\"", "", "ada@example.com"),
        ("name=\"photo\"; filename=\"ada.png\"", "image/png", "png"),
        ("name=\"manual\"; filename=\"ada.pdf\"", "application/pdf", "pdf"),
        ("name=\"doc\"", "application/json", "{\"text\": 1, \"email\": \"ada\"}"),
    ]);
    assert_eq!(house.tell(post(&sent)).await.status, 200);
    let left = form(&[
        ("name=\"text\"", "", "hi"),
        ("name=\"manual\"; filename=\"withheld\"", "application/pdf", "pdf"),
        ("name=\"doc\"", "application/json", "{\"text\": 1}"),
    ]);
    assert_eq!(String::from_utf8_lossy(&house.bot.last().body), left);
    let receipt = house.receipt().await.to_string();
    assert!(receipt.split(|letter: char| !letter.is_alphanumeric()).all(|word| word != "ada"), "{receipt}");
    for place in ["form:email", "file:*", "filename:*", "$.email", "form:text", "file:manual", "$.text"] {
        assert!(receipt.contains(&format!("\"place\":\"{place}\"")), "{place} in {receipt}");
    }
}

#[tokio::test]
async fn an_upload_that_an_entry_refuses_or_nothing_declares_is_refused() {
    for (undeclared, part, status, problem) in [
        ("forward", ("name=a; filename=a", "audio/ogg", "x"), 403, "consent-missing"),
        ("refuse", ("name=a", "", "x"), 403, "undeclared"),
        ("forward", ("name=a; name=b", "", "x"), 400, "unreadable"),
    ] {
        let house = house(undeclared).await;
        let answer = house.tell(post(&form(&[part]))).await;
        house.assert_refused(&answer, status, problem).await;
    }
}
