//! How findings are labelled for other programs.
//!
//! The rule: where analyzers have a common name for a kind, it is that name (those of Microsoft Presidio's recognizers, which
//! evaluation sets use, too); any other kind is called by its own word, in capitals.

use crate::detect::Kind;

/// What a kind of this name is called among analyzers.
pub(super) fn label(kind: &str) -> String {
    Kind::from_word(kind)
        .and_then(common)
        .map_or_else(|| kind.to_uppercase().replace('-', "_"), str::to_owned)
}

fn common(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Email => "EMAIL_ADDRESS",
        Kind::Phone => "PHONE_NUMBER",
        Kind::PaymentCard => "CREDIT_CARD",
        Kind::Iban => "IBAN_CODE",
        Kind::CryptoWallet => "CRYPTO",
        Kind::UrlPersonal => "URL",
        Kind::DriverLicense => "US_DRIVER_LICENSE",
        Kind::Date => "DATE_TIME",
        Kind::PersonName => "PERSON",
        Kind::PostalAddress => "STREET_ADDRESS",
        Kind::Nationality => "NRP",
        Kind::EsDni => "ES_NIF",
        Kind::ItVat => "IT_VAT_CODE",
        Kind::SgNric => "SG_NRIC_FIN",
        Kind::FiHetu => "FI_PERSONAL_IDENTITY_CODE",
        Kind::ThId => "TH_TNIN",
        Kind::TrTckn => "TR_NATIONAL_ID",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_those_that_analyzers_share() {
        let labels = [Kind::PersonName, Kind::UsSsn, Kind::PaymentCard, Kind::IpAddress, Kind::NlBsn]
            .map(|kind| label(kind.as_str()));
        assert_eq!(labels, ["PERSON", "US_SSN", "CREDIT_CARD", "IP_ADDRESS", "NL_BSN"]);
    }

    #[test]
    fn only_links_share_a_label() {
        let mut labels: Vec<String> = Kind::ALL.into_iter().map(|kind| label(kind.as_str())).collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), Kind::ALL.len() - 1);
    }
}
