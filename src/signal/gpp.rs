//! Strings of the IAB's Global Privacy Platform: a header that says which sections follow, and the sections.
//!
//! The rule: a section that might hold an objection and is not understood makes the whole string malformed. What would defeat it
//! is passing over sections of laws that are younger than this program. Passed over are those of which it is known that no
//! field of a policy can be in them: the old European section, the Canadian one, and the platform's own.
//!
//! The layout is that of the "Global Privacy Platform Consent String Specification", version 1.

use super::{
    bits::Bits,
    tcf::Tcf,
    us::{self, Fields},
};

/// Sections of jurisdictions; there are some thirty so far.
const MOST_SECTIONS: usize = 100;

/// What a string says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gpp {
    /// The fields that say no.
    pub(super) objects: Fields,
    /// Its European section, where it has one.
    pub(super) tcf: Option<Tcf>,
}

impl Gpp {
    /// Reads a string; none where it is malformed.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut sections = text.split('~');
        let mut gpp = Self::default();
        for id in ids(sections.next()?)? {
            gpp.section(id, sections.next()?)?;
        }
        sections.next().is_none().then_some(gpp)
    }

    fn section(&mut self, id: u32, text: &str) -> Option<()> {
        match id {
            1 | 3 | 4 | 5 => {}
            2 => {
                let read = Tcf::read(text)?;
                self.tcf = Some(self.tcf.map_or(read, |tcf| tcf.and(read)));
            }
            6 => self.objects = self.objects.and(us::privacy(text)?),
            id => self.objects = self.objects.and(us::section(id, text)?),
        }
        Some(())
    }
}

/// The sections' numbers, as the header lists them.
fn ids(header: &str) -> Option<Vec<u32>> {
    let mut bits = Bits::of(header)?;
    if (bits.number(6)?, bits.number(6)?) != (3, 1) {
        return None;
    }
    let (mut ids, mut last) = (Vec::new(), 0u32);
    for _ in 0..bits.number(12)? {
        let is_group = bits.bit()?;
        let first = last + bits.fibonacci()?;
        last = if is_group { first + bits.fibonacci()? } else { first };
        if (last - first) as usize >= MOST_SECTIONS - ids.len().min(MOST_SECTIONS) {
            return None;
        }
        ids.extend(first..=last);
    }
    Some(ids)
}
