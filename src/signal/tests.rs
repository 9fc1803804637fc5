//! Strings that people's browsers send, and strings that nobody should.

mod hostile;
mod places;
mod strings;

use super::*;

/// Whether a TCF string objects to a purpose.
fn tcf(text: &str, purpose: u8, takes_consent: bool) -> bool {
    let mut signals = Signals::default();
    signals.hear_tcf(text.as_bytes());
    signals.objects(ObjectionSignal::Tcf(purpose), takes_consent)
}

/// What a GPP string comes to.
fn gpp(text: &str) -> Signals {
    let mut signals = Signals::default();
    signals.hear_gpp(text.as_bytes());
    signals
}

/// The names of the fields in which a GPP string says no; `malformed` where it can't be read.
fn noes(text: &str) -> Vec<&'static str> {
    let signals = gpp(text);
    if signals.is_malformed(Kind::Gpp) {
        return vec!["malformed"];
    }
    let says_no = |field: &Field| signals.objects(ObjectionSignal::Gpp(*field), false);
    Field::ALL.into_iter().filter(says_no).map(Field::as_str).collect()
}

/// Writes bits as the strings do.
#[derive(Clone, Default)]
struct Written(Vec<bool>);

impl Written {
    fn number(mut self, number: u32, bits: u32) -> Self {
        self.0.extend((0..bits).rev().map(|bit| number >> bit & 1 == 1));
        self
    }

    fn zeros(self, bits: usize) -> Self {
        (0..bits).fold(self, |written, _| written.number(0, 1))
    }

    fn purposes(self, purposes: &[u32]) -> Self {
        (1..=24).fold(self, |written, n| written.number(u32::from(purposes.contains(&n)), 1))
    }

    fn fibonacci(mut self, number: u32) -> Self {
        let mut weights = vec![1, 2];
        while weights[weights.len() - 1] <= number {
            weights.push(weights[weights.len() - 1] + weights[weights.len() - 2]);
        }
        let (mut rest, mut bits) = (number, Vec::new());
        for weight in weights.into_iter().rev() {
            let fits = weight <= rest;
            rest -= if fits { weight } else { 0 };
            if fits || !bits.is_empty() {
                bits.push(fits);
            }
        }
        self.0.extend(bits.into_iter().rev());
        self.number(1, 1)
    }

    fn text(&self) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let letter = |six: &[bool]| {
            let padded = six.iter().copied().chain([false; 6]).take(6);
            char::from(LETTERS[padded.fold(0, |number, bit| number << 1 | usize::from(bit))])
        };
        self.0.chunks(6).map(letter).collect()
    }
}

/// A whole core string with these consents and legitimate interests.
fn core(consents: &[u32], interests: &[u32]) -> Written {
    let head = Written::default().number(2, 6).zeros(146).purposes(consents).purposes(interests);
    head.zeros(13).zeros(17).zeros(17).zeros(12)
}

/// The header of a GPP string with these sections.
fn header(ids: &[u32]) -> String {
    let mut written =
        Written::default().number(3, 6).number(1, 6).number(u32::try_from(ids.len()).unwrap(), 12);
    let mut last = 0;
    for id in ids {
        written = written.number(0, 1).fibonacci(id - last);
        last = *id;
    }
    written.text()
}

#[test]
fn global_privacy_control_is_heard_also_when_it_is_malformed() {
    for (values, expected) in [
        (&["1"][..], true),
        (&[], false),
        (&["0"], false),
        (&["yes"], true),
        (&["0", "1"], true),
        (&["1", "0"], true),
        (&[""], true),
    ] {
        let headers: HeaderMap = values.iter().map(|value| (SEC_GPC, value.parse().unwrap())).collect();
        let signals = Signals::read(&headers);
        assert_eq!(signals.objects(ObjectionSignal::Gpc, false), expected, "{values:?}");
        assert_eq!(signals.has(Kind::Gpc), !values.is_empty());
        assert_eq!(signals.is_malformed(Kind::Gpc), ["yes", ""].iter().any(|odd| values.contains(odd)));
    }
}

#[test]
fn what_was_objected_to_before_holds_whatever_comes_later() {
    let mut first = Signals::default();
    first.hear_gpc(b"1");
    first.hear_tcf(core(&[1], &[]).text().as_bytes());
    let mut later = Signals::default();
    later.hear_gpc(b"0");
    later.hear_tcf(core(&[2], &[]).text().as_bytes());
    let both = later.after(&first);
    assert!(both.objects(ObjectionSignal::Gpc, false));
    for purpose in 1..=3 {
        assert!(both.objects(ObjectionSignal::Tcf(purpose), true), "{purpose}");
    }
    assert_eq!(later.after(&Signals::default()), later);
    assert_eq!(Signals::default().after(&first), first);
}

#[test]
fn a_token_that_is_not_there_any_more_says_no_as_before_and_yes_no_longer() {
    let moment = jiff::Timestamp::UNIX_EPOCH;
    let names = |name: &str| vec![name.to_owned()];
    let token = ConsentToken {
        grants: names("ads"),
        denies: names("news"),
        notice: None,
        issued: moment,
        until: jiff::Timestamp::MAX,
    };
    let first = Signals::default().with_token(Some(token.clone()));
    let later = Signals::default().after(&first);
    let left = later.token().unwrap();
    assert!(left.denies("news") && left.grants("ads", None, moment).is_none());
    assert_eq!(first.after(&Signals::default()).token(), Some(&token));
}
