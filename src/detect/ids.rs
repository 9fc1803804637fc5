//! Numbers that states and insurers give to people, and makers to vehicles.
//!
//! The rule: one reader reads the run of letters and digits once, with what stands between its groups, and asks a table of forms, by length:
//! do the characters fit, are the check digits right, is it written as only such a number is? Where that says too little, a word
//! beside it must say what it is. What would defeat it: a number whose issuer is not in the tables (`ids/`).

mod americas;
mod east;
mod europe;
mod form;
mod loose;
mod run;

use std::sync::LazyLock;

use smallvec::SmallVec;

use super::{
    Kind, Kinds,
    certainty::Certainty,
    context::{self, Said},
    cursor::Cursor,
    fold::latin,
    number::Gap,
    rule::Sightings,
    site::{Before, Site, is_escape},
    unit,
};
use form::{Alone, Form};
use run::{Part, Run};

/// What is found here.
pub(super) const KINDS: &[Kind] = &[
    Kind::Vin,
    Kind::VehiclePlate,
    Kind::Passport,
    Kind::DriverLicense,
    Kind::HealthRecord,
    Kind::UsNpi,
    Kind::UsMbi,
    Kind::UkNino,
    Kind::UsSsn,
    Kind::UsItin,
    Kind::UkNhs,
    Kind::DeTaxId,
    Kind::DeIdCard,
    Kind::FrNir,
    Kind::EsDni,
    Kind::EsNie,
    Kind::ItFiscalCode,
    Kind::ItVat,
    Kind::NlBsn,
    Kind::BeNationalNumber,
    Kind::SePersonnummer,
    Kind::FiHetu,
    Kind::NoFodselsnummer,
    Kind::DkCpr,
    Kind::PlPesel,
    Kind::CzBirthNumber,
    Kind::PtNif,
    Kind::IePps,
    Kind::ChAhv,
    Kind::AtSvnr,
    Kind::GrAmka,
    Kind::RoCnp,
    Kind::BgEgn,
    Kind::TrTckn,
    Kind::InAadhaar,
    Kind::InPan,
    Kind::InGstin,
    Kind::SgNric,
    Kind::AuTfn,
    Kind::AuAbn,
    Kind::AuMedicare,
    Kind::NzIrd,
    Kind::CaSin,
    Kind::BrCpf,
    Kind::BrCnpj,
    Kind::MxCurp,
    Kind::MxRfc,
    Kind::ArCuit,
    Kind::ArDni,
    Kind::ClRut,
    Kind::CoCedula,
    Kind::ZaId,
    Kind::KrRrn,
    Kind::JpMyNumber,
    Kind::CnResidentId,
    Kind::ThId,
    Kind::IlId,
];

/// How many characters a token can have before its first digit.
const LEAD: usize = 34;

/// The most letters of a group that stands before the first digit.
const CAPITALS: usize = 6;

/// The most such groups.
const GROUPS: usize = 3;

/// The forms, by how many characters they have: first those that digits alone may fit, then those that letters do as well.
static FORMS: LazyLock<Vec<[Vec<&'static Form>; 2]>> = LazyLock::new(|| {
    let all = || europe::FORMS.iter().chain(americas::FORMS).chain(east::FORMS);
    let of = |length: usize, digits: bool| {
        all().filter(|form| form.shape.len() == length && form.may_fit(digits)).collect()
    };
    (0..=run::LONGEST).map(|length| [of(length, true), of(length, false)]).collect()
});

/// The forms that such characters may fit.
fn forms(compact: &[u8]) -> &'static [&'static Form] {
    let Some([of_digits, of_letters]) = FORMS.get(compact.len()) else { return &[] };
    if compact.iter().all(u8::is_ascii_digit) { of_digits } else { of_letters }
}

/// Makes the table, so that nothing need be made while a text is looked through.
pub(super) fn prepare() {
    LazyLock::force(&FORMS);
}

/// From the beginning of the word that the first digit is in.
pub(super) fn read(cursor: &mut Cursor<'_>, wanted: Kinds, out: &mut Sightings) {
    let Some(start) = first_digit(cursor) else { return };
    read_from(cursor, start, wanted, out);
}

/// From the beginning of each group of capitals that stands before: `QQ 12 34 56 C`.
pub(super) fn read_led(cursor: &mut Cursor<'_>, wanted: Kinds, out: &mut Sightings) {
    let Some(word) = first_digit(cursor) else { return };
    for start in groups(cursor.site(), cursor.floor(), cursor.at()) {
        if start < word {
            read_from(cursor, start, wanted, out);
        }
    }
}

/// Where the word begins, if the sign is its first digit.
fn first_digit(cursor: &mut Cursor<'_>) -> Option<usize> {
    if !cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    let at = cursor.at();
    match token(cursor.site(), cursor.floor(), at) {
        Some((_, true)) => None,
        Some((start, false)) => Some(start),
        None => Some(at),
    }
}

/// Where a word begins that ends at a place and has no digit yet.
pub(super) fn lead(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    token(site, floor, at).filter(|(_, has_digit)| !has_digit).map(|(start, _)| start)
}

/// Where the word begins that ends at a place, and whether it has a digit.
pub(super) fn token(site: &Site<'_>, floor: usize, at: usize) -> Option<(usize, bool)> {
    let floor = site.found.last_end_before(at).map_or(floor, |end| end.max(floor));
    let (mut start, mut units, mut chars) = (at, 0, 0);
    while let Some(unit) = unit::last(site.text, start).filter(|unit| start >= floor + unit.len()) {
        (units, chars) = (units + 1, chars + unit.chars());
        let is_of_word = is_alphanumeric(unit.c) && !is_of_escape(site, start - unit.len(), unit.c);
        if units > LEAD || chars > site.room / 2 || !is_of_word {
            break;
        }
        start -= unit.len();
        if unit.c.is_ascii_digit() {
            return Some((start, true));
        }
    }
    // What began before the text was read then, and has or is a number.
    let Before(nearer, farther) = site.before(0);
    let is_within = site.decided(is_alphanumeric) > 0 && !is_escape(farther, nearer);
    let began = start == 0 && is_within;
    (began || start < at).then_some((start, began))
}

/// Where the first of the groups of capitals begins that stand before a place, with a gap behind each.
pub(super) fn capitals(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    groups(site, floor, at).pop()
}

/// Where each of them begins, the nearest first.
fn groups(site: &Site<'_>, floor: usize, at: usize) -> SmallVec<[usize; GROUPS]> {
    let mut place = token(site, floor, at).filter(|(_, has_digit)| !has_digit).map_or(at, |(start, _)| start);
    let mut groups = SmallVec::new();
    while groups.len() < GROUPS
        && let Some(gap) = unit::last(site.text, place).filter(|unit| is_gap(unit.c))
        && let Some(start) = group(site, floor, place.saturating_sub(gap.len()))
        && site.chars(start..at) <= site.room / 2
    {
        place = start;
        groups.push(start);
    }
    groups
}

/// Where a word of a few capitals begins that ends at a place.
fn group(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    let (start, has_digit) = token(site, floor, at)?;
    let (mut place, mut letters) = (at, 0);
    while place > start {
        let unit = unit::last(site.text, place).filter(|unit| latin(unit.c).is_ascii_uppercase())?;
        place = place.checked_sub(unit.len())?;
        letters += 1;
    }
    (!has_digit && letters <= CAPITALS).then_some(start)
}

/// Whether it is a plain letter or digit, or looks like one.
pub(super) fn is_alphanumeric(c: char) -> bool {
    latin(c).is_ascii_alphanumeric()
}

/// Whether a letter belongs to an escape that ends here.
fn is_of_escape(site: &Site<'_>, at: usize, letter: char) -> bool {
    matches!(letter, 'n' | 'r' | 't') && is_escape(site.before(at).0, letter)
}

fn is_gap(c: char) -> bool {
    c == '/' || Gap::of(c).is_some()
}

fn read_from(cursor: &mut Cursor<'_>, start: usize, wanted: Kinds, out: &mut Sightings) {
    cursor.restart(start);
    if !run::begins(cursor) {
        return;
    }
    let mut run = Run::default();
    run.read(cursor);
    let mut announced = Announced::default();
    let mut done = Kinds::NONE;
    for part in run.parts() {
        for form in forms(part.compact).iter().filter(|form| wanted.contains(form.kind)) {
            let alone = match form.alone {
                Alone::Always => part.is_joined() || form.is_written(part.written) && !part.goes_on(),
                Alone::Written => form.is_written(part.written) && !part.goes_on(),
                Alone::Never => false,
            };
            let alone = alone || is_at_home(cursor, form, &part);
            let may_be = alone || announced.may_be(cursor, start, form.kind.into());
            if !may_be || done.contains(form.kind) || !form.fits(part.compact) {
                continue;
            }
            let certainty = match (alone, announced.by(cursor, start, form.kind, alone)) {
                (_, true) if form.is_checked => Certainty::ANNOUNCED,
                (_, true) => Certainty::CONTEXT,
                (true, false) if form.is_checked => Certainty::CHECKSUM,
                (true, false) => Certainty::FORM,
                (false, false) => continue,
            };
            done = done.union(form.kind.into());
            out.push((start..part.end, form.kind, certainty));
        }
    }
    loose::read(cursor, &run, wanted, &mut announced, start, out);
}

/// Where it is given, a number with check digits needs no word beside it.
fn is_at_home(cursor: &Cursor<'_>, form: &Form, part: &Part<'_>) -> bool {
    let is_whole = part.is_joined() || form.is_written(part.written);
    form.is_checked && cursor.site().tuning.regions.give(form.kind) && is_whole && !part.goes_on()
}

/// What the words beside a number say, asked for once.
#[derive(Default)]
struct Announced {
    said: Option<Said>,
    /// What the word behind says; every part of a run ends before the same one.
    after: Option<Kinds>,
}

impl Announced {
    /// Whether they may yet say that it is of some of these kinds: those before do, or leave it to the one that follows.
    fn may_be(&mut self, cursor: &Cursor<'_>, start: usize, kinds: Kinds) -> bool {
        let said = *self.said.get_or_insert_with(|| context::before(cursor, start));
        said.all.meets(kinds) || said.is_nothing()
    }

    /// Whether they say that it is of some kind. Where it need not be said, only the words before are asked.
    fn by(&mut self, cursor: &mut Cursor<'_>, start: usize, kind: Kind, alone: bool) -> bool {
        let said = *self.said.get_or_insert_with(|| context::before(cursor, start));
        let mut after = || *self.after.get_or_insert_with(|| context::after(cursor));
        said.all.contains(kind) || !alone && said.is_nothing() && after().contains(kind)
    }

    /// Whether the nearest words do.
    fn nearly_by(&mut self, cursor: &mut Cursor<'_>, start: usize, kind: Kind) -> bool {
        self.by(cursor, start, kind, false)
            && self.said.is_some_and(|said| said.is_nothing() || said.near.contains(kind))
    }
}

#[cfg(test)]
pub(super) mod tests;
