//! A report as a table, as JSON and as CSV. Nothing is counted here; sums are of what is printed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    Format, Report,
    gathered::{Told, totals},
    groups::Group,
    opted::OptIn,
    read::Figure,
};

const HEADING: &str = "section,day,group,figure,direction,name,action,people,nearly_all,of\r\n";

/// A figure in words: what it is, which way, of what, by which action.
struct Words<'a> {
    figure: &'static str,
    way: &'static str,
    name: &'a str,
    action: &'a str,
}

impl Report {
    pub(super) fn printed(&self, format: Format) -> String {
        match format {
            Format::Table => self.table(),
            Format::Json => format!("{:#}\n", self.json()),
            Format::Csv => self.csv(),
        }
    }

    fn table(&self) -> String {
        let k = self.k;
        let mut text = format!(
            "Groups of fewer than {k} people are left out, and so is what nobody met. Numbers are rounded down to {k}s.\n"
        );
        text.push_str("\nWho says yes, now, of those who decided\n");
        for OptIn { group, purpose, decided, yes } in &self.opt_in {
            let yes = yes.map_or_else(|| format!("fewer than {k}"), |yes| shown(yes, k));
            let _ = writeln!(text, "  {group} {purpose}: {yes} of {decided}");
        }
        if self.opt_in.is_empty() {
            text.push_str("  nothing may be said\n");
        }
        let (from, to) = (self.asked.from, self.asked.to);
        let _ = writeln!(text, "\nPeople by day (UTC) and route, {from} to {to}");
        for Told { day, route, people, figures } in &self.told {
            let _ = writeln!(text, "  {day} {route}: {people}");
            for (figure, group) in figures {
                let _ = writeln!(text, "    {}: {}", figure.words().line(), shown(*group, k));
            }
        }
        if self.told.is_empty() {
            text.push_str("  nothing may be said\n");
        }
        text.push_str("\nSums of the above by route, each person once a day\n");
        for (route, (people, figures)) in totals(&self.told) {
            let _ = writeln!(text, "  {route}: {people}");
            for (figure, people) in figures {
                let _ = writeln!(text, "    {}: {people}", figure.words().line());
            }
        }
        text
    }

    fn json(&self) -> Value {
        let opt_in: Vec<Value> = self.opt_in.iter().map(opt_in_json).collect();
        let days: Vec<Value> = self.told.iter().map(day_json).collect();
        let sum = |(route, (people, figures)): (String, (u64, _))| {
            let figures: std::collections::BTreeMap<Figure, u64> = figures;
            let figures: Vec<Value> =
                figures.iter().map(|(figure, people)| figure.words().json(*people, None)).collect();
            json!({"route": route, "people": people, "figures": figures})
        };
        json!({
            "k": self.k,
            "from": self.asked.from.to_string(),
            "to": self.asked.to.to_string(),
            "opt_in": opt_in,
            "days": days,
            "sums": totals(&self.told).into_iter().map(sum).collect::<Vec<_>>(),
            "unread": {"damaged": self.unread.damaged, "crowded_out": self.unread.crowded_out},
        })
    }

    fn csv(&self) -> String {
        let mut text = HEADING.to_owned();
        for OptIn { group, purpose, decided, yes } in &self.opt_in {
            let (people, nearly_all) =
                yes.map_or_else(Default::default, |yes| (yes.people.to_string(), yes.nearly_all.to_string()));
            let decided = decided.to_string();
            line(&mut text, ["opt-in", "", group, "yes", "", purpose, "", &people, &nearly_all, &decided]);
        }
        for Told { day, route, people, figures } in &self.told {
            let (day, of) = (day.to_string(), people.to_string());
            line(&mut text, ["day", &day, route, "people", "", "", "", &of, "", ""]);
            for (figure, group) in figures {
                let Words { figure, way, name, action } = figure.words();
                let (people, nearly_all) = (group.people.to_string(), group.nearly_all.to_string());
                line(&mut text, ["day", &day, route, figure, way, name, action, &people, &nearly_all, &of]);
            }
        }
        text
    }
}

impl Figure {
    fn words(&self) -> Words<'_> {
        match self {
            Self::Allowed(purpose) => Words { figure: "allowed", way: "", name: purpose, action: "" },
            Self::Passed(way, data) => Words { figure: "passed", way: way.word(), name: data, action: "" },
            Self::Withheld(way, data, action) => {
                Words { figure: "withheld", way: way.word(), name: data, action }
            }
            Self::Refused(problem) => Words { figure: "refused", way: "", name: problem, action: "" },
        }
    }
}

impl Words<'_> {
    fn line(&self) -> String {
        let words = [self.figure, self.name, self.action, self.way];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    fn json(&self, people: u64, nearly_all: Option<bool>) -> Value {
        let mut value = json!({"figure": self.figure, "name": self.name, "people": people});
        let action = (!self.action.is_empty()).then(|| json!(self.action));
        let way = (!self.way.is_empty()).then(|| json!(self.way));
        let nearly_all = nearly_all.map(Value::from);
        if let Some(members) = value.as_object_mut() {
            for (name, value) in [("action", action), ("direction", way), ("nearly_all", nearly_all)] {
                members.extend(value.map(|value| (name.to_owned(), value)));
            }
        }
        value
    }
}

fn opt_in_json(OptIn { group, purpose, decided, yes }: &OptIn) -> Value {
    let mut value = json!({"group": group, "purpose": purpose, "decided": decided, "yes": null});
    if let (Some(yes), Some(members)) = (yes, value.as_object_mut()) {
        members.insert("yes".to_owned(), json!({"people": yes.people, "nearly_all": yes.nearly_all}));
    }
    value
}

fn day_json(Told { day, route, people, figures }: &Told) -> Value {
    let one = |(figure, group): &(Figure, Group)| figure.words().json(group.people, Some(group.nearly_all));
    let figures: Vec<Value> = figures.iter().map(one).collect();
    json!({"day": day.to_string(), "route": route, "people": people, "figures": figures})
}

fn shown(group: Group, k: u64) -> String {
    if group.nearly_all { format!("all, or all but fewer than {k}") } else { group.people.to_string() }
}

/// A text that a spreadsheet would take for a formula begins with an apostrophe.
fn line(text: &mut String, cells: [&str; 10]) {
    let quoted = |cell: &str| {
        let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        match cell.contains([',', '"', '\r', '\n']) {
            true => format!("\"{guard}{}\"", cell.replace('"', "\"\"")),
            false => format!("{guard}{cell}"),
        }
    };
    text.push_str(&cells.map(quoted).join(","));
    text.push_str("\r\n");
}
