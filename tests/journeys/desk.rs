//! The desk: people see what is known about them, decide, and ask for what is theirs; and nobody else does it in their name.

mod attacks;
mod entered;
mod journey;
mod linked;
mod receipts;
mod shown;
mod visitor;

use crate::{people::TOKENS, written::Written};

/// A purpose whose words are an attack on pages that don't escape them.
pub const POLICY: &str = "
policy: shop
version: 3
controller: 'Example Shop Ltd <b>'
undeclared: forward
purposes:
  support: {title: Answer your question, basis: contract}
  personalisation:
    title: 'Tailor <script>alert(1)</script> to you'
    description: 'What you bought \" onmouseover=\"x'
    basis: consent
    notice: 2026-11
  analytics: {title: Improve the assistant, basis: legitimate-interests, objections: [gpc]}
data:
  question: {title: What you ask, at: $.text, for: support}
  purchases: {title: 'What you bought & <i>', at: $.context.purchases, for: personalisation, otherwise: drop}
  usage: {title: Which pages you came from, at: ['header:referer'], for: analytics, otherwise: drop}
  secret: {title: Your card number, at: $.card, otherwise: redact}
";

const DESK: &str = "desk: {address: '127.0.0.1:0', url: 'https://localhost:8445/', contact: privacy@shop.test, \
     tls: {certificates: [{certificate: certs/server.pem, key: certs/server.key}]}, \
     frame_ancestors: ['https://shop.test'], elsewhere: [{title: Orders, contact: orders@shop.test}]}\n";

const ADMIN: &str = "admin: {address: '127.0.0.1:0', tls: {certificates: [{certificate: certs/server.pem, key: certs/server.key}], client_certificate: required, client_authority: certs/authority.pem}}\n";

/// A proxy with a desk, whose people show signed tokens; a cookie is a claim.
pub fn desk() -> Written {
    let claimed = "- cookie: {name: who, namespace: visitor}";
    Written::policy(POLICY).subjects(&format!("{TOKENS}\n{claimed}")).more(&format!("{DESK}{ADMIN}"))
}
