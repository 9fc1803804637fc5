//! A person's consent receipt: what they agreed to, for them to keep.
//!
//! The fields are those of ISO/IEC TS 27560:2023 in the terms of the W3C's Data Privacy Vocabulary (DPV 2), as the Community Group's
//! guide "Consent Records and Receipts as per ISO/IEC TS 27560:2023 using DPV" maps them: of the receipt, schema version
//! (`dct:conformsTo`), identifier (`dpv:hasIdentifier`), creation (`dct:created`), and one consent record for each purpose that rests
//! on consent (`dpv:hasRecordOfActivity`); of a record, its identifier, data subject, controllers with a contact, purpose with its title and
//! description (`dpv:hasPurpose`), legal basis (`eu-gdpr:A6-1-a`), personal data by what people are told it is called, recipients, the notice
//! (`dpv:hasNotice`: its edition and the digest of its text), where consent is withdrawn (`dpv:hasRight`, `eu-gdpr:A7-3`), and each event
//! with its state, time, duration, who it is of and how it came (`dpv:hasConsentStatus`).
//!
//! The rule: a field that Assentry knows nothing about (storage, jurisdiction of the processing, impact assessments) is left out, not
//! guessed. The person stands there by the ledger's reference, so a receipt that gets lost names nobody.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Builder;

use super::{
    overview::{self, ShownPurpose},
    place::Place,
    problem::Problem,
    rules::Rules,
    shown::group,
    texts::Texts,
};
use crate::{
    consent::{Decision, DecisionKind},
    exchange::Site,
    policy::Basis,
    subject::Subject,
};

/// What a receipt conforms to.
const RECEIPT: &str = "https://w3id.org/dpv/schema/dpv-27560#receipt";
/// What a record conforms to.
const RECORD: &str = "https://w3id.org/dpv/schema/dpv-27560#record";

/// The receipt for the consents of this name.
///
/// # Errors
/// [`Problem::Unknown`] when there are none; or the ledger's.
pub(super) async fn of(
    (site, place, rules): (&Site, &Place, &Rules),
    subject: &Subject,
    consents: &str,
    texts: &Texts,
) -> Result<Value, Problem> {
    group(&site.routes(), consents).ok_or(Problem::Unknown)?;
    let overview = overview::of(site, rules, subject, texts).await?;
    let shown =
        overview.groups.into_iter().find(|group| group.consents == consents).ok_or(Problem::Unknown)?;
    let history = site.ledger.history(subject, consents).await?;
    let reference = site.ledger.reference(subject).await?.unwrap_or_default();
    let controllers: Vec<Value> = shown.controllers.iter().map(|name| controller(name, rules)).collect();
    let about = shown.purposes.iter().filter(|purpose| purpose.basis == Basis::Consent.as_str());
    let records = about.map(|purpose| {
        let whose = [reference.as_bytes(), consents.as_bytes(), purpose.name.as_bytes()];
        let id = site.ledger.derive_key("consent record", &whose);
        let id = uuid(id.first_chunk().copied().unwrap_or_default());
        let mut record = record(purpose, &id, (place, texts));
        put(&mut record, "dpv:hasDataSubject", subject_of(&reference));
        put(&mut record, "dpv:hasDataController", json!(controllers));
        put(&mut record, "dpv:hasConsentStatus", json!(events(purpose, &history)));
        record
    });
    let records: Vec<Value> = records.collect();
    let mut id = [0; 16];
    aws_lc_rs::rand::fill(&mut id).map_err(|_| Problem::Internal)?;
    let id = uuid(id);
    Ok(json!({
        "@context": {
            "dpv": "https://w3id.org/dpv#",
            "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
            "dct": "http://purl.org/dc/terms/",
            "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "schema": "https://schema.org/",
        },
        "@id": format!("urn:uuid:{id}"),
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": RECEIPT,
        "dpv:hasIdentifier": id,
        "dct:created": Timestamp::now(),
        "dct:language": texts.language,
        "dct:publisher": place.page("/"),
        "schema:recipient": "dpv:DataSubject",
        "dct:subject": consents,
        "dpv:hasRecordOfActivity": records,
    }))
}

/// The record of one purpose, but for whose it is, who is responsible and what happened.
fn record(purpose: &ShownPurpose, id: &str, (place, texts): (&Place, &Texts)) -> Value {
    let data: Vec<Value> = purpose
        .data
        .iter()
        .map(|data| json!({"@type": "dpv:PersonalData", "dct:title": data.title}))
        .collect();
    let mut aim = json!({"@type": "dpv:Purpose", "dct:identifier": purpose.name, "dct:title": purpose.title});
    let mut notice = json!({
        "@type": "dpv:ConsentNotice",
        "schema:url": place.page("/"),
        "dct:language": texts.language,
        "dct:identifier": format!("sha256:{}", purpose.text_digest),
    });
    put(&mut aim, "dct:description", purpose.description.clone());
    put(&mut notice, "dct:hasVersion", purpose.notice.clone());
    json!({
        "@id": format!("urn:uuid:{id}"),
        "@type": "dpv:ConsentRecord",
        "dct:identifier": id,
        "dct:conformsTo": RECORD,
        "dpv:hasApplicableLaw": "eu-gdpr:GDPR",
        "dpv:hasLegalBasis": "eu-gdpr:A6-1-a",
        "dpv:hasProcess": {
            "@type": "dpv:Process",
            "dpv:hasPurpose": aim,
            "dpv:hasPersonalData": data,
            "dpv:hasRecipient": purpose.recipients,
        },
        "dpv:hasNotice": notice,
        "dpv:hasRight": [{
            "@type": ["dpv:DataSubjectRight", "eu-gdpr:A7-3"],
            "dpv:isExercisedAt": place.page("/"),
        }],
    })
}

fn subject_of(reference: &str) -> Value {
    json!({"@id": format!("urn:assentry:subject:{reference}"), "@type": "dpv:DataSubject"})
}

fn controller(name: &str, rules: &Rules) -> Value {
    let mut controller =
        json!({"@type": "dpv:DataController", "dpv:hasName": name, "dpv:hasIdentifier": name});
    put(&mut controller, "dpv:hasContact", rules.contact.as_deref().map(str::to_owned));
    controller
}

/// What happened to one purpose, oldest first, and whether it still counts.
fn events(purpose: &ShownPurpose, history: &[Decision]) -> Vec<Value> {
    let about = history.iter().filter(|decision| decision.purpose.as_deref() == Some(&purpose.name));
    let mut events: Vec<Value> = about.map(|decision| event(decision, purpose)).collect();
    if events.is_empty() {
        events.push(json!({"@type": "dpv:ConsentUnknown"}));
    }
    if !purpose.allowed && purpose.because == crate::policy::Why::Expired.words() {
        events.push(json!({"@type": "dpv:ConsentExpired"}));
    }
    events
}

fn event(decision: &Decision, purpose: &ShownPurpose) -> Value {
    let state = match decision.kind {
        DecisionKind::Grant => json!(["dpv:ConsentGiven", "dpv:ExpressedConsent"]),
        DecisionKind::Deny => json!("dpv:ConsentRefused"),
        DecisionKind::Withdraw | DecisionKind::Object | DecisionKind::Restrict => {
            json!("dpv:ConsentWithdrawn")
        }
        DecisionKind::Lift => json!("dpv:ConsentUnknown"),
    };
    let mut event = json!({
        "@type": state,
        "dpv:isIndicatedAtTime": decision.at,
        "dpv:isIndicatedBy": "dpv:DataSubject",
        "dpv:hasIndicationMethod": decision.source,
        "dct:identifier": decision.generation,
    });
    put(&mut event, "dct:hasVersion", decision.notice.clone());
    put(&mut event, "dct:references", decision.text_digest.as_ref().map(|digest| format!("sha256:{digest}")));
    if decision.kind == DecisionKind::Grant {
        let until = decision.expires.or(purpose.expires.filter(|_| purpose.decided_at == Some(decision.at)));
        let duration = match until {
            Some(until) => json!({"@type": "dpv:UntilTimeDuration", "rdf:value": until}),
            None => json!({"@type": "dpv:UntilEventDuration", "rdf:value": "withdrawal"}),
        };
        put(&mut event, "dpv:hasDuration", duration);
    }
    event
}

/// Adds a member, unless there is nothing to say.
fn put(document: &mut Value, name: &str, value: impl Into<Value>) {
    if let (Some(members), value) = (document.as_object_mut(), value.into())
        && !value.is_null()
    {
        members.insert(name.to_owned(), value);
    }
}

/// Random or derived bytes in the form of a version 4 UUID (RFC 9562, section 5.4).
fn uuid(bytes: [u8; 16]) -> String {
    Builder::from_random_bytes(bytes).into_uuid().to_string()
}
