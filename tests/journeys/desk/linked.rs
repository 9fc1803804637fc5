//! One person with several ids sees, decides and is erased as one.

use assentry::ledger::{NewLink, Proof, open_for_cli};
use http::Request;
use http_body_util::Full;

use super::{
    desk,
    visitor::{Shows, purpose},
};
use crate::{
    ledger::person,
    people::{claims, token},
};

#[tokio::test]
async fn what_was_done_under_every_linked_id_is_seen_and_a_no_counts_for_all() {
    let house = desk().open().await;
    for who in ["ada", "ada.work"] {
        let request =
            Request::post("/chat").header("authorization", format!("Bearer {}", token(&claims(who))));
        house.ask(request.header("content-type", "application/json").body(Full::from("{}")).unwrap()).await;
    }
    house.receipts_soon(2).await;
    let ada = Shows::Token("ada");
    assert_eq!(house.see(&ada, "/api/exchanges").await["exchanges"].as_array().unwrap().len(), 1);
    let mut channel = open_for_cli(&house.folder.load().ledger).await.unwrap();
    let link =
        NewLink { proof: Some(Proof::Operator), by: Some("test".to_owned()), source: "journey".to_owned() };
    channel.link([&person("ada"), &person("ada.work")], link).await.unwrap();
    assert_eq!(house.see(&ada, "/api/exchanges").await["exchanges"].as_array().unwrap().len(), 2);
    house.decide("ada.work", "withdraw personalisation").await;
    let overview = house.see(&ada, "/api/overview").await;
    assert_eq!(purpose(&overview, "personalisation")["because"], "withdrawn");
    let history = house.see(&ada, "/api/decisions").await;
    assert_eq!(history["decisions"][0]["by_another_id"], true);
}
