//! What browsers and companies say about consent, in strings and tokens: it is heard, obeyed, and goes no further.

mod strings;
pub mod token;
mod told;

use crate::written::{SHOP, Written};

/// Consent to purposes 1 to 3 of the framework, to no other.
pub const TCF: &str = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA";
/// Consent to nothing.
pub const TCF_NO: &str = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA";
/// California: nobody opted out, and the browser sends Global Privacy Control.
pub const GPP_GPC: &str = "DBABBg~BVqqqqpY.YA";
/// California: opted out of everything.
pub const GPP_NO: &str = "DBABBg~BVVVVVVY";

/// The shop's policy, whose analytics somebody may object to in all these ways.
pub fn policy() -> String {
    SHOP.replace("objections: [gpc]", "objections: [gpc, {tcf: 3}, {gpp: SaleOptOut}]")
}

/// The shop, with a route that hears them.
pub fn heard(more: &str) -> Written {
    let places = "tcf: {cookie: euconsent-v2, query: gdpr_consent}, gpp: {header: x-gpp, query: gpp}";
    Written::policy(&policy()).route(&format!("path: /chat, signals: {{{places}{more}}}"))
}
