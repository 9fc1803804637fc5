//! `assentry diff`: what a change of policy would do to requests that were recorded.
//!
//! The rule: what is compared is what the exchange would do, and what is printed is places and deeds: no value of a
//! recorded request, and no name that neither policy names.

mod har;
mod recorded;
mod shown;
mod traffic;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    path::PathBuf,
};

use clap::Args;

pub use self::traffic::Format;
use self::{
    shown::Shown,
    traffic::{Defaults, Recorded, Unusable},
};
use super::{
    Exit, Trouble,
    preview::{self, RequestArgs},
};
use crate::{
    consent::{Consent, DecisionKind},
    contrast::{Circumstances, Contrast, Own, Pair, Sent, sum::Sum},
    identify::Strip,
    refusal::Refusal,
    rewrite::leaf::Keys,
    route::Routes,
    signal::Signals,
};

/// Say what a change of policy would do to recorded requests.
#[derive(Args, Clone, Debug)]
pub struct DiffArgs {
    /// The policy in force
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The policy that may take its place
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// The recorded requests; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub traffic: PathBuf,
    /// How they are recorded; left out: an HTTP archive if the file begins with `{"log":`, else bodies
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Compare twice: where nobody agreed to anything, and where everybody agreed to everything
    #[arg(long, conflicts_with_all = ["grant", "object"])]
    pub each_consent: bool,
    /// Print JSON: a line for each request that differs, and one for the sum
    #[arg(long)]
    pub json: bool,
    /// What the records don't say.
    #[command(flatten)]
    pub request: RequestArgs,
}

/// What is compared, and under what.
struct Comparison<'a> {
    args: &'a DiffArgs,
    pair: Pair,
    keys: [Keys; 2],
    routes: Routes<()>,
    now: jiff::Timestamp,
    cases: Vec<Case>,
    /// How many requests were on another route, and how many could not be used.
    elsewhere: u64,
    unusable: u64,
}

/// One state of consent, and what came of it.
struct Case {
    name: Option<&'static str>,
    consent: Consent,
    sum: Sum,
}

/// Runs the verb.
///
/// # Errors
/// In words, with an exit code.
pub fn run(
    args: &DiffArgs,
    stdin: impl Read,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<Exit, Trouble> {
    let (mut comparison, defaults) = Comparison::new(args)?;
    let failed = |error| (format!("error: can't read `{}`: {error}", args.traffic.display()), Exit::Failed);
    let input: Box<dyn BufRead + '_> = if args.traffic.as_os_str() == "-" {
        Box::new(BufReader::new(stdin))
    } else {
        Box::new(BufReader::new(File::open(&args.traffic).map_err(failed)?))
    };
    let mut shown = Shown { json: args.json, file: args.traffic.display().to_string(), out, err };
    let read = traffic::read(input, args.format, &defaults, |item| comparison.take(item, &mut shown));
    match read.and_then(|()| comparison.end(&mut shown).map_err(Stopped::Printing)) {
        Ok(()) => Ok(comparison.exit()),
        Err(Stopped::Reading(error)) => Err(failed(error)),
        // A reader that has seen enough and goes away is no failure.
        Err(Stopped::Printing(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(comparison.exit()),
        Err(Stopped::Printing(error)) => Err((format!("error: can't print: {error}"), Exit::Failed)),
    }
}

/// What kept it from coming to the end.
enum Stopped {
    Reading(io::Error),
    Printing(io::Error),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Reading(error)
    }
}

impl<'a> Comparison<'a> {
    fn new(args: &'a DiffArgs) -> Result<(Self, Defaults), Trouble> {
        let (old, new) = (preview::load(&args.old)?, preview::load(&args.new)?);
        let (request, now) = (&args.request, args.request.now());
        let case = |name, consent| Case { name, consent, sum: Sum::default() };
        let cases = if args.each_consent {
            let purposes = old.purposes.iter().chain(&new.purposes);
            let yes = |purpose| preview::said(purpose, DecisionKind::Grant, now);
            let mut all = Consent::default();
            for purpose in purposes {
                all.decisions.entry(purpose.name.to_string()).or_insert_with(|| yes(purpose));
            }
            vec![
                case(Some("nobody agreed to anything"), Consent::default()),
                case(Some("everybody agreed to everything"), all),
            ]
        } else {
            vec![case(None, request.consent(&[&old, &new], now)?)]
        };
        let keys = [&old, &new].map(|policy| request.keys(policy));
        let defaults = Defaults { body: request.head()?, request: request.said_head()? };
        let (pair, routes) = (Pair::new(old, new, None, &[]), request.routes()?);
        Ok((Self { args, pair, keys, routes, now, cases, elsewhere: 0, unusable: 0 }, defaults))
    }

    /// Compares the next request.
    fn take<O: Write, E: Write>(
        &mut self,
        item: Result<Recorded, Unusable>,
        shown: &mut Shown<'_, O, E>,
    ) -> Result<(), Stopped> {
        let done = match item {
            Ok(recorded) => self.compare(&recorded, shown),
            Err(unusable) => self.give_up(&unusable, shown),
        };
        done.map_err(Stopped::Printing)
    }

    fn compare<O: Write, E: Write>(
        &mut self,
        recorded: &Recorded,
        shown: &mut Shown<'_, O, E>,
    ) -> io::Result<()> {
        for n in 0..self.cases.len() {
            let Some(case) = self.cases.get(n) else { continue };
            let contrast = match self.contrast(recorded, case) {
                Ok(contrast) => contrast,
                Err(Refusal::NoRoute) => {
                    self.elsewhere += 1;
                    return Ok(());
                }
                Err(refusal) => Contrast::of_refusals(Some(&refusal), Some(&refusal)),
            };
            if let Some(unusable) = unreadable(recorded, &contrast) {
                return self.give_up(&unusable, shown);
            }
            let name = case.name;
            if let Some(case) = self.cases.get_mut(n) {
                case.sum.add(&contrast);
            }
            if contrast.differs() {
                shown.exchange(recorded.at, name, &contrast)?;
            }
        }
        Ok(())
    }

    fn contrast(&self, Recorded { head, body, .. }: &Recorded, case: &Case) -> Result<Contrast, Refusal> {
        let (_, segments) = self.routes.find(head, None)?;
        let strip = Strip::default();
        let sent = Sent {
            head,
            segments: &segments,
            body: Some(body),
            coded: None,
            trailers: None,
            strip: &strip,
            others: &[],
        };
        let at = Circumstances {
            signals: &Signals::read(&head.headers),
            now: self.now,
            report: false,
            max_depth: self.args.request.nesting,
        };
        let [old, new] = [&self.keys[0], &self.keys[1]].map(|key| Own { consent: &case.consent, key });
        Ok(self.pair.contrast(&sent, at, old, new))
    }

    fn give_up<O: Write, E: Write>(
        &mut self,
        unusable: &Unusable,
        shown: &mut Shown<'_, O, E>,
    ) -> io::Result<()> {
        self.unusable += 1;
        shown.unusable(unusable)
    }

    fn end<O: Write, E: Write>(&self, shown: &mut Shown<'_, O, E>) -> io::Result<()> {
        self.cases.iter().try_for_each(|case| shown.sum(case, (self.elsewhere, self.unusable)))
    }

    fn exit(&self) -> Exit {
        let differs = self.cases.iter().any(|case| case.sum.same < case.sum.exchanges);
        match (self.unusable > 0, differs) {
            (true, _) => Exit::Failed,
            (false, true) => Exit::Finding,
            (false, false) => Exit::Done,
        }
    }
}

/// A body that neither policy can read says nothing about them.
fn unreadable(recorded: &Recorded, contrast: &Contrast) -> Option<Unusable> {
    match (&contrast.refused.old, &contrast.refused.new) {
        (Some(Refusal::Unreadable { what, at }), Some(Refusal::Unreadable { .. })) => {
            Some(Unusable { column: Some(at + 1), ..Unusable::new(recorded.at, *what) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
