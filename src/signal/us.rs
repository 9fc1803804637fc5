//! The sections of the Global Privacy Platform for the United States: which fields say no.
//!
//! Every section has a version, then numbers of two bits: some notices, the opt-outs, a list for sensitive data, a list for known
//! children, and in many one more consent. Whatever stands behind that (who signed which agreement) says nothing about the
//! person. In each of these fields 1 is the no ("opted out", "no consent"), 2 is none, 0 is "not applicable".
//!
//! The rule: a field that holds anything else, a version that is not in the table, or an unknown section is malformed.
//!
//! The layouts are those of the specifications in the IAB Tech Lab's repository `Global-Privacy-Platform`, folder `Sections`.

use super::bits::Bits;

/// A field by which a person can say no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Opt-out of the sale of personal data.
    SaleOptOut,
    /// Opt-out of sharing for advertising across contexts.
    SharingOptOut,
    /// Opt-out of targeted advertising.
    TargetedAdvertisingOptOut,
    /// A no to the processing of sensitive data of any category.
    SensitiveDataProcessing,
    /// A no for a known child, of any age and to any use.
    KnownChildSensitiveDataConsents,
    /// No consent to data that is not needed for the disclosed purposes.
    PersonalDataConsents,
    /// No consent to processing beyond what was disclosed.
    AdditionalDataProcessingConsent,
    /// Global Privacy Control, as the string tells it.
    Gpc,
}

use Field::{
    AdditionalDataProcessingConsent, Gpc, KnownChildSensitiveDataConsents, PersonalDataConsents, SaleOptOut,
    SensitiveDataProcessing, SharingOptOut, TargetedAdvertisingOptOut,
};

/// A set of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields(u8);

/// One edition of one section: its number, its version, its notices, and its fields with how many numbers each has.
struct Layout(u32, u32, usize, &'static [(Field, usize)]);

const LAYOUTS: [Layout; 18] = [
    Layout(7, 1, 6, &NATIONAL_1),
    Layout(7, 2, 6, &NATIONAL_2),
    Layout(8, 1, 3, &CALIFORNIA),
    Layout(9, 1, 3, &state(8, 1)),
    Layout(10, 1, 3, &state(7, 1)),
    Layout(11, 1, 4, &state(8, 1)),
    Layout(12, 1, 3, &state(8, 3)),
    Layout(13, 1, 3, &later(8, 3)),
    Layout(14, 1, 3, &later(8, 3)),
    Layout(15, 1, 3, &later(11, 3)),
    Layout(16, 1, 3, &later(8, 1)),
    Layout(17, 1, 3, &later(9, 5)),
    Layout(18, 1, 4, &state(8, 1)),
    Layout(19, 1, 3, &later(8, 1)),
    Layout(20, 1, 3, &later(8, 3)),
    Layout(21, 1, 3, &later(10, 5)),
    Layout(22, 1, 3, &later(8, 1)),
    Layout(23, 1, 3, &later(8, 1)),
];

const NATIONAL_1: [(Field, usize); 6] = national(12, 2);
const NATIONAL_2: [(Field, usize); 6] = national(16, 3);
const CALIFORNIA: [(Field, usize); 5] = [
    (SaleOptOut, 1),
    (SharingOptOut, 1),
    (SensitiveDataProcessing, 9),
    (KnownChildSensitiveDataConsents, 2),
    (PersonalDataConsents, 1),
];

const fn national(sensitive: usize, children: usize) -> [(Field, usize); 6] {
    [
        (SaleOptOut, 1),
        (SharingOptOut, 1),
        (TargetedAdvertisingOptOut, 1),
        (SensitiveDataProcessing, sensitive),
        (KnownChildSensitiveDataConsents, children),
        (PersonalDataConsents, 1),
    ]
}

const fn state(sensitive: usize, children: usize) -> [(Field, usize); 4] {
    [
        (SaleOptOut, 1),
        (TargetedAdvertisingOptOut, 1),
        (SensitiveDataProcessing, sensitive),
        (KnownChildSensitiveDataConsents, children),
    ]
}

const fn later(sensitive: usize, children: usize) -> [(Field, usize); 5] {
    [
        (SaleOptOut, 1),
        (TargetedAdvertisingOptOut, 1),
        (SensitiveDataProcessing, sensitive),
        (KnownChildSensitiveDataConsents, children),
        (AdditionalDataProcessingConsent, 1),
    ]
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 8] = [
        SaleOptOut,
        SharingOptOut,
        TargetedAdvertisingOptOut,
        SensitiveDataProcessing,
        KnownChildSensitiveDataConsents,
        PersonalDataConsents,
        AdditionalDataProcessingConsent,
        Gpc,
    ];

    /// Its name in the specifications, and in policies.
    pub fn as_str(self) -> &'static str {
        match self {
            SaleOptOut => "SaleOptOut",
            SharingOptOut => "SharingOptOut",
            TargetedAdvertisingOptOut => "TargetedAdvertisingOptOut",
            SensitiveDataProcessing => "SensitiveDataProcessing",
            KnownChildSensitiveDataConsents => "KnownChildSensitiveDataConsents",
            PersonalDataConsents => "PersonalDataConsents",
            AdditionalDataProcessingConsent => "AdditionalDataProcessingConsent",
            Gpc => "Gpc",
        }
    }
}

impl Fields {
    /// These fields and those.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a field is among them.
    pub fn has(self, field: Field) -> bool {
        self.0 & Self::of(field).0 != 0
    }

    fn of(field: Field) -> Self {
        Self(1 << field as u8)
    }
}

/// The fields of a section that say no; none where it is malformed.
pub(super) fn section(id: u32, text: &str) -> Option<Fields> {
    let mut segments = text.split('.');
    let core = core(id, Bits::of(segments.next()?)?)?;
    segments.try_fold(core, |fields, text| Some(fields.and(control(text)?)))
}

fn core(id: u32, mut bits: Bits<'_>) -> Option<Fields> {
    let version = bits.number(6)?;
    let Layout(.., notices, layout) = LAYOUTS.iter().find(|known| (known.0, known.1) == (id, version))?;
    bits.skip(notices * 2)?;
    layout.iter().try_fold(Fields::default(), |fields, (field, count)| {
        let says_no = (0..*count).try_fold(false, |no, _| Some(answer(&mut bits)? || no))?;
        Some(if says_no { fields.and(Fields::of(*field)) } else { fields })
    })
}

/// Whether a number of two bits is the no.
fn answer(bits: &mut Bits<'_>) -> Option<bool> {
    match bits.number(2)? {
        0 | 2 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// The segment behind the core: Global Privacy Control.
fn control(text: &str) -> Option<Fields> {
    let mut bits = Bits::of(text)?;
    if bits.number(2)? != 1 {
        return None;
    }
    Some(if bits.bit()? { Fields::of(Gpc) } else { Fields::default() })
}

/// The old section in plain letters (`1YNN`): a version, whether there was a notice, the opt-out of sale, an agreement.
pub(super) fn privacy(text: &str) -> Option<Fields> {
    let [b'1', rest @ ..] = text.as_bytes() else { return None };
    let &[_, sale, _] = rest else { return None };
    let known = rest.iter().all(|letter| matches!(letter.to_ascii_uppercase(), b'Y' | b'N' | b'-'));
    let says_no = sale.eq_ignore_ascii_case(&b'Y');
    known.then(|| if says_no { Fields::of(SaleOptOut) } else { Fields::default() })
}
