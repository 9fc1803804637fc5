//! Consent receipts: signed, to be verified by anybody, with the fields of ISO/IEC TS 27560.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};

use super::{desk, visitor::Shows};

const ADA: Shows = Shows::Token("ada");

#[tokio::test]
async fn a_receipt_tells_each_consent_with_its_events_and_is_signed_with_a_published_key() {
    let house = desk().open().await;
    for words in ["grant personalisation", "withdraw personalisation", "grant personalisation"] {
        house.decide("ada", words).await;
    }
    let answer = house.look(&ADA, "/api/receipts/shop").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/jose"),
        "{}",
        answer.text()
    );
    let keys = house.look(&Shows::Nothing, "/.well-known/jwks.json").await;
    assert_eq!(keys.header("content-type"), "application/jwk-set+json");
    let keys: JwkSet = serde_json::from_slice(&keys.body).unwrap();
    let kid = decode_header(answer.text()).unwrap().kid.unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
    let receipt = decode::<Value>(answer.text(), &key, &validation).unwrap().claims;

    assert_eq!(receipt["@type"], "dpv:ConsentReceipt");
    assert_eq!(receipt["dct:conformsTo"], "https://w3id.org/dpv/schema/dpv-27560#receipt");
    let records = receipt["dpv:hasRecordOfActivity"].as_array().unwrap();
    assert_eq!(records.len(), 1, "what needs no consent has no record");
    let record = &records[0];
    let states: Vec<_> =
        record["dpv:hasConsentStatus"].as_array().unwrap().iter().map(|event| &event["@type"]).collect();
    let given = json!(["dpv:ConsentGiven", "dpv:ExpressedConsent"]);
    assert_eq!(states, [&given, &json!("dpv:ConsentWithdrawn"), &given]);
    assert_eq!(record["dpv:hasDataController"][0]["dpv:hasName"], "Example Shop Ltd <b>");
    assert_eq!(record["dpv:hasProcess"]["dpv:hasPersonalData"][0]["dct:title"], "What you bought & <i>");
    assert_eq!(record["dpv:hasLegalBasis"], "eu-gdpr:A6-1-a");
    for required in
        ["dct:identifier", "dct:conformsTo", "dpv:hasDataSubject", "dpv:hasNotice", "dpv:hasRight"]
    {
        assert!(!record[required].is_null(), "{required}");
    }
    assert!(!receipt.to_string().contains("\"ada\""), "a receipt that gets lost names nobody");

    let plain = house.look(&ADA, "/api/receipts/shop?form=json").await;
    assert_eq!(plain.header("content-type"), "application/ld+json");
    let plain: Value = serde_json::from_slice(&plain.body).unwrap();
    assert_eq!(plain["dpv:hasRecordOfActivity"], receipt["dpv:hasRecordOfActivity"]);
    house.look(&ADA, "/api/receipts/bank").await.assert_problem(404, "unknown");
}

#[tokio::test]
async fn the_key_stays_the_same_when_the_proxy_starts_anew() {
    let house = desk().open().await;
    let keys = house.see(&Shows::Nothing, "/.well-known/jwks.json").await;
    let bot = crate::bot::Bot::open().await;
    let house = crate::house::House::of(house.close().await, bot).await;
    assert_eq!(house.see(&Shows::Nothing, "/.well-known/jwks.json").await, keys);
}
