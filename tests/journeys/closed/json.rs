//! JSON that two readers could read as two documents, or that is none.

use crate::{client::raw_chat, written::Written};

async fn assert_unreadable(body: impl AsRef<[u8]>) {
    let house = Written::shop().open().await;
    let answer = house.tell(raw_chat(body)).await;
    house.assert_refused(&answer, 400, "unreadable").await;
}

#[tokio::test]
async fn json_that_is_broken_is_refused() {
    for body in ["{", "{'a':1}", "[1,]", "nul", "01", "\"\n\"", " "] {
        assert_unreadable(body).await;
    }
}

#[tokio::test]
async fn a_byte_order_mark_is_refused() {
    assert_unreadable("\u{feff}{}").await;
}

#[tokio::test]
async fn what_is_not_utf_8_is_refused() {
    assert_unreadable(b"\"\xff\"").await;
}

#[tokio::test]
async fn a_name_that_stands_twice_is_refused() {
    assert_unreadable(r#"{"text":"a","text":"b"}"#).await;
}

#[tokio::test]
async fn a_name_that_stands_twice_in_two_spellings_is_refused() {
    assert_unreadable(r#"{"email":"a","em\u0061il":"b"}"#).await;
}

#[tokio::test]
async fn a_lone_surrogate_is_refused() {
    assert_unreadable(r#"{"text":"\ud800"}"#).await;
    assert_unreadable(r#"{"\udc00":1}"#).await;
}

#[tokio::test]
async fn text_after_the_end_is_refused() {
    assert_unreadable("{} {}").await;
}

#[tokio::test]
async fn ten_thousand_nested_arrays_are_refused() {
    assert_unreadable("[".repeat(10_000) + &"]".repeat(10_000)).await;
}

#[tokio::test]
async fn a_form_that_can_be_read_in_two_ways_is_refused() {
    for form in ["email=%zz", "a=1;email=x"] {
        let house = Written::shop().open().await;
        let fields = ["Content-Type: application/x-www-form-urlencoded"];
        let answer = house.tell(crate::client::raw("POST /chat", &fields, form.as_bytes())).await;
        house.assert_refused(&answer, 400, "unreadable").await;
    }
}
