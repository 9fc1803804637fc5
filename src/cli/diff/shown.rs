//! What `diff` prints.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::{
    Case,
    traffic::{At, Unusable},
};
use crate::{
    contrast::{Contrast, Difference, Fate, sum::Sum},
    refusal::Refusal,
};

/// Where to print, and how.
pub(super) struct Shown<'a, O, E> {
    pub(super) json: bool,
    pub(super) file: String,
    pub(super) out: &'a mut O,
    pub(super) err: &'a mut E,
}

impl<O: Write, E: Write> Shown<'_, O, E> {
    /// A request that differs.
    pub(super) fn exchange(&mut self, at: At, case: Option<&str>, contrast: &Contrast) -> io::Result<()> {
        if self.json {
            let said = serde_json::to_value(contrast).unwrap_or_default();
            return writeln!(self.out, "{}", placed(at, case, said));
        }
        let case = case.map(|case| format!(", {case}")).unwrap_or_default();
        writeln!(self.out, "{at}{case}")?;
        refusals(contrast).into_iter().try_for_each(|line| writeln!(self.out, "  {line}"))?;
        let width = contrast.differences.iter().map(|one| one.place.chars().count()).max().unwrap_or(0);
        contrast.differences.iter().try_for_each(|one| writeln!(self.out, "  {}", line(one, width)))?;
        writeln!(self.out)
    }

    /// A request that can't be used.
    pub(super) fn unusable(&mut self, unusable: &Unusable) -> io::Result<()> {
        if self.json {
            writeln!(self.out, "{}", placed(unusable.at, None, json!({"unusable": unusable.what})))
        } else {
            writeln!(self.err, "{}\n", unusable.show(&self.file))
        }
    }

    /// What came of all of them.
    pub(super) fn sum(&mut self, case: &Case, (elsewhere, unusable): (u64, u64)) -> io::Result<()> {
        let Case { name, sum, .. } = case;
        if self.json {
            let mut document = json!({"sum": sum, "not_on_the_route": elsewhere, "unusable": unusable});
            if let (Some(members), Some(name)) = (document.as_object_mut(), name) {
                members.insert("consents".to_owned(), json!(name));
            }
            return writeln!(self.out, "{document}");
        }
        if let Some(name) = name {
            writeln!(self.out, "{name}:")?;
        }
        writeln!(self.out, "{}", in_words(sum))?;
        self.entries(sum)?;
        for (count, what) in [(elsewhere, "not on the route"), (unusable, "could not be used")] {
            if count > 0 {
                writeln!(self.out, "{count} {what}")?;
            }
        }
        Ok(())
    }

    /// A table of the data entries.
    fn entries(&mut self, sum: &Sum) -> io::Result<()> {
        let width = sum.data.keys().map(|name| name.chars().count()).max().unwrap_or(0);
        for (name, tally) in &sum.data {
            let counts = [
                (tally.reveals_more, "reveals more"),
                (tally.withholds_more, "withholds more"),
                (tally.otherwise, "otherwise different"),
            ];
            let counts: Vec<String> = counts
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{what} in {}", many(*count, "place", "places")))
                .collect();
            writeln!(self.out, "  {name:width$}  {}", counts.join(", "))?;
        }
        Ok(())
    }
}

fn placed(at: At, case: Option<&str>, said: Value) -> Value {
    let place = match at {
        At::Line(number) => ("line".to_owned(), json!(number)),
        At::Entry(number) => ("entry".to_owned(), json!(number)),
    };
    let case = case.map(|case| ("consents".to_owned(), json!(case)));
    let Value::Object(said) = said else { return said };
    Value::Object([place].into_iter().chain(case).chain(said).collect::<Map<_, _>>())
}

fn refusals(contrast: &Contrast) -> Vec<String> {
    let kind = |refusal: &Refusal| refusal.slug();
    match (contrast.refused.old.as_ref().map(kind), contrast.refused.new.as_ref().map(kind)) {
        (None, Some(new)) => vec![format!("newly refused: {new}")],
        (Some(old), None) => vec![format!("no longer refused: {old}")],
        (Some(old), Some(new)) => vec![format!("refused otherwise: {old} → {new}")],
        (None, None) => Vec::new(),
    }
}

fn line(Difference { place, change, count, old, new }: &Difference, width: usize) -> String {
    let times = if *count == 1 { String::new() } else { format!(" ×{count}") };
    let deeds = match (old.data == new.data, &old.within, &new.within) {
        (true, None, None) if old.action == new.action => {
            format!("{} with other settings{times}{}", old.action, names(old))
        }
        (true, None, None) => format!("{} → {}{times}{}", old.action, new.action, names(old)),
        _ => format!("{} → {}{times}", fate(old), fate(new)),
    };
    format!("{:19}  {place:width$}  {deeds}", change.words())
}

fn fate(fate: &Fate) -> String {
    let within = fate.within.as_ref().map(|around| format!(" with {around}")).unwrap_or_default();
    format!("{}{within}{}", fate.action, names(fate))
}

fn names(fate: &Fate) -> String {
    if fate.data.is_empty() { String::new() } else { format!(" ({})", fate.data.join(", ")) }
}

fn in_words(sum: &Sum) -> String {
    let Sum {
        exchanges, same, reveal_more, withhold_more, otherwise, newly_refused, no_longer_refused, ..
    } = sum;
    let mut parts = vec![format!("{same} the same")];
    for (count, one, more) in [
        (*reveal_more, "reveals more", "reveal more"),
        (*withhold_more, "withholds more", "withhold more"),
        (*otherwise, "differs otherwise", "differ otherwise"),
        (*newly_refused, "newly refused", "newly refused"),
        (*no_longer_refused, "no longer refused", "no longer refused"),
    ] {
        if count > 0 {
            parts.push(many(count, one, more));
        }
    }
    format!("{}: {}", many(*exchanges, "request", "requests"), parts.join(", "))
}

fn many(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
