//! The service may only say no.

use super::{ASKED, Service, WITHOUT, house, wish};
use crate::{client::chat, house::House, ledger::person};

/// What the bot gets of Ada's purchases, and why.
async fn passes(house: &House) -> (String, String) {
    let before = house.receipts().len();
    assert_eq!(house.ask(chat(ASKED)).await.status, 200);
    let receipts = house.receipts_soon(before + 1).await;
    let because = receipts[before]["purposes"][1]["because"].as_str().unwrap().to_owned();
    (house.bot.last().text().to_owned(), because)
}

/// Ada decides something here, which makes us forget what the service said of her.
async fn turn(house: &House) {
    house.decide("ada", "grant analytics").await;
}

async fn begin() -> (House, Service, String) {
    let (house, service) = house("veto", "max_age: 60s").await;
    let folder = &house.folder;
    let key = folder.load().ledger.key_path();
    let digest = digest(&key, "ada");
    (house, service, digest)
}

/// As README says that digests are made.
pub fn digest(key: &std::path::Path, id: &str) -> String {
    use aws_lc_rs::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &std::fs::read(key).unwrap());
    let mut context = hmac::Context::with_key(&key);
    for part in ["subject", "login", id] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    context.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_purpose_is_allowed_only_if_both_allow_it_and_no_record_is_no_no() {
    let (house, service, ada) = begin().await;
    let granted = |what: &str| (what.to_owned(), "granted".to_owned());
    house.decide("ada", "grant personalisation").await;
    assert_eq!(passes(&house).await, granted(ASKED), "the service knows nothing of her");
    service.decide(&ada, wish("grant")).await;
    turn(&house).await;
    assert_eq!(passes(&house).await, granted(ASKED));
    for (kind, because) in [("deny", "denied"), ("withdraw", "withdrawn"), ("object", "objected")] {
        service.decide(&ada, wish(kind)).await;
        turn(&house).await;
        assert_eq!(passes(&house).await, (WITHOUT.to_owned(), because.to_owned()));
    }
    service.decide(&ada, wish("grant")).await;
    service.decide(&ada, wish("restrict")).await;
    turn(&house).await;
    assert_eq!(passes(&house).await, (WITHOUT.to_owned(), "processing is restricted".to_owned()));
    service.decide(&ada, wish("lift")).await;
    house.decide("ada", "withdraw personalisation").await;
    assert_eq!(
        passes(&house).await,
        (WITHOUT.to_owned(), "withdrawn".to_owned()),
        "her yes there is not enough"
    );
}

#[tokio::test]
async fn decisions_stay_here() {
    let (house, service, _) = begin().await;
    house.decide("ada", "grant personalisation").await;
    assert_eq!(service.kept().len(), 0);
    let folder = house.close().await;
    assert_eq!(folder.ledger().await.history(&person("ada"), "shop").await.unwrap().len(), 1);
}
