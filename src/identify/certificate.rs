//! The id in a client certificate.
//!
//! The rule: exactly one subject alternative name of the configured kind; the common name is never looked at (RFC 9525,
//! section 2). The TLS handshake has verified the chain before this sees the leaf. What would defeat the rule is
//! taking the first of several names: the holder of a certificate for two people could choose.

use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use crate::{
    identify::{credential::Shown, settings::San},
    refusal::Refusal,
};

const UNREADABLE: Refusal = Refusal::Credential("the client certificate can't be read");

/// The one name of that kind in the leaf certificate, and the end of the certificate's validity.
pub(super) fn read(leaf: &[u8], san: San) -> Result<Shown, Refusal> {
    let (_, certificate) = X509Certificate::from_der(leaf).map_err(|_| UNREADABLE)?;
    let last = u64::try_from(certificate.validity().not_after.timestamp()).unwrap_or_default();
    // Its last second is still good (RFC 5280, section 4.1.2.5).
    Ok(Shown::until(name(&certificate, san)?.into_bytes(), last.saturating_add(1)))
}

fn name(certificate: &X509Certificate<'_>, san: San) -> Result<String, Refusal> {
    let extension = certificate.subject_alternative_name().map_err(|_| UNREADABLE)?;
    let names = extension.as_ref().map_or(&[][..], |extension| &extension.value.general_names);
    if names.iter().any(|name| matches!(name, GeneralName::Invalid(..))) {
        return Err(UNREADABLE);
    }
    let mut fitting = names.iter().filter_map(|name| of_kind(name, san));
    match (fitting.next(), fitting.next()) {
        (Some(name), None) => Ok(name.to_owned()),
        (None, _) => Err(Refusal::Credential("the client certificate has no name of the expected kind")),
        (Some(_), Some(_)) => {
            Err(Refusal::Credential("the client certificate has several names of the expected kind"))
        }
    }
}

fn of_kind<'a>(name: &GeneralName<'a>, san: San) -> Option<&'a str> {
    match (san, name) {
        (San::Uri, GeneralName::URI(text))
        | (San::Dns, GeneralName::DNSName(text))
        | (San::Email, GeneralName::RFC822Name(text)) => Some(text),
        (San::Uri | San::Dns | San::Email, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::*;

    fn leaf(names: Vec<SanType>) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "ada");
        params.subject_alt_names = names;
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    fn uri(text: &str) -> SanType {
        SanType::URI(text.try_into().unwrap())
    }

    fn dns(text: &str) -> SanType {
        SanType::DnsName(text.try_into().unwrap())
    }

    #[test]
    fn a_certificate_names_one_person_or_is_refused() {
        let mail = SanType::Rfc822Name("ada@example.com".try_into().unwrap());
        let several = leaf(vec![uri("spiffe://shop/ada"), dns("a.example"), dns("b.example"), mail]);
        assert_eq!(read(&several, San::Uri).unwrap().id, b"spiffe://shop/ada");
        assert_eq!(read(&several, San::Email).unwrap().id, b"ada@example.com");
        let mut cut = several.clone();
        cut.truncate(100);
        let table = [
            (several, San::Dns),
            (leaf(vec![]), San::Dns),
            (leaf(vec![dns("a.example")]), San::Uri),
            (leaf(vec![uri("spiffe://a"), uri("spiffe://a")]), San::Uri),
            (cut, San::Uri),
            (vec![], San::Uri),
        ];
        for (der, san) in table {
            assert!(matches!(read(&der, san), Err(Refusal::Credential(_))));
        }
    }
}
