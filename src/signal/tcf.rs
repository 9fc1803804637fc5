//! Strings of the IAB's Transparency and Consent Framework, version 2 (2.0 to 2.3 write the same core).
//!
//! Of the core string two fields count: for which of the framework's purposes there is a consent, and for which a
//! legitimate interest that the person was told of and has not objected to. Vendors, publisher restrictions and the publisher's
//! own segment are walked over and not asked: the policy's question is about purposes.
//!
//! The rule: a string is read to the end of its core or it is malformed. What would defeat it is one that is cut off behind the
//! purposes, or that makes a reader list the vendors of a range; so ranges are passed over, never spelled out.
//!
//! The layout is that of the "IAB Tech Lab Consent string and vendor list format", Transparency and Consent Framework v2.

use super::bits::Bits;

/// The framework's purposes are numbered from 1 to this.
pub const PURPOSES: u8 = 11;

/// Purposes that may rest on a legitimate interest: 2 and 7 to 11 (since version 2.2; 1 could never, 3 to 6 no longer).
const INTEREST_ALLOWED: u32 = 1 << 2 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11;

/// What one or more strings say no to, as bits by the purposes' numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tcf {
    without_consent: u32,
    without_ground: u32,
}

impl Tcf {
    /// Reads a string; none where it is malformed.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut segments = text.split('.');
        let core = core(Bits::of(segments.next()?)?)?;
        segments.try_for_each(segment)?;
        Some(core)
    }

    /// What either says no to.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            without_consent: self.without_consent | other.without_consent,
            without_ground: self.without_ground | other.without_ground,
        }
    }

    /// Whether there is a no to a purpose: no consent and, unless it takes one, no legitimate interest either.
    pub(super) fn objects(self, purpose: u8, takes_consent: bool) -> bool {
        let noes = if takes_consent { self.without_consent } else { self.without_ground };
        noes >> u32::from(purpose).min(31) & 1 == 1
    }
}

fn core(mut bits: Bits<'_>) -> Option<Tcf> {
    if bits.number(6)? != 2 {
        return None;
    }
    // Created, LastUpdated, CmpId, CmpVersion, ConsentScreen, ConsentLanguage, VendorListVersion, TcfPolicyVersion,
    // IsServiceSpecific, UseNonStandardTexts, SpecialFeatureOptIns
    bits.skip(36 + 36 + 12 + 12 + 6 + 12 + 12 + 6 + 1 + 1 + 12)?;
    let (consents, interests) = (purposes(&mut bits)?, purposes(&mut bits)?);
    bits.skip(1 + 12)?; // PurposeOneTreatment, PublisherCC
    vendors(&mut bits)?; // with consent
    vendors(&mut bits)?; // with a legitimate interest
    for _ in 0..bits.number(12)? {
        bits.skip(6 + 2)?; // a purpose, and how the publisher restricts it
        ranges(&mut bits)?;
    }
    let without_consent = !consents;
    Some(Tcf { without_consent, without_ground: without_consent & !(interests & INTEREST_ALLOWED) })
}

/// Another segment: vendors that were disclosed (1) or allowed (2), the publisher's own purposes (3). Nothing in them counts.
fn segment(text: &str) -> Option<()> {
    (1..=3).contains(&Bits::of(text)?.number(3)?).then_some(())
}

/// A field of 24 purposes, purpose 1 first, as bits by their numbers.
fn purposes(bits: &mut Bits<'_>) -> Option<u32> {
    Some(bits.number(24)?.reverse_bits() >> 7)
}

/// Passes over a set of vendors.
fn vendors(bits: &mut Bits<'_>) -> Option<()> {
    let most = bits.number(16)? as usize;
    if bits.bit()? { ranges(bits) } else { bits.skip(most) }
}

/// Passes over a list of ranges.
fn ranges(bits: &mut Bits<'_>) -> Option<()> {
    for _ in 0..bits.number(12)? {
        let width = if bits.bit()? { 32 } else { 16 };
        bits.skip(width)?;
    }
    Some(())
}
