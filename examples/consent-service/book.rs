//! The decisions, and the file that keeps them.

use std::{
    error::Error,
    fs::{File, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub type Failed = Box<dyn Error + Send + Sync>;

/// One decision, as it is exported.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The digest that Assentry knows the person by.
    pub subject: String,
    group: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_digest: Option<String>,
    at: Timestamp,
    /// Where it stands in time, if not at `at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    jurisdiction: Option<String>,
}

/// A line of the file; with the key of the question that brought it, so that a question asked twice is obeyed once.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    line: Line,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl Line {
    fn moment(&self) -> Timestamp {
        self.order.unwrap_or(self.at)
    }

    /// Whether both are one decision, wherever they stand.
    fn is(&self, other: &Self) -> bool {
        Self { order: None, ..self.clone() } == Self { order: None, ..other.clone() }
    }

    fn is_no(&self) -> bool {
        !matches!(&*self.kind, "grant" | "lift")
    }

    /// As the answers to `consents`, `decisions` and `history` have it.
    pub fn told(&self, generation: usize) -> Value {
        let mut told = json!(self);
        if let Some(members) = told.as_object_mut() {
            ["subject", "group", "order"].into_iter().for_each(|name| drop(members.remove(name)));
            members.insert("generation".to_owned(), json!(generation));
        }
        told
    }
}

/// All decisions, in the order in which they came.
pub struct Book(Vec<Kept>, File);

impl Book {
    pub fn open(path: &Path) -> Result<Self, Failed> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let lines = BufReader::new(file.try_clone()?).lines();
        let kept = lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect::<Result<_, Failed>>()?;
        Ok(Self(kept, file))
    }

    /// What somebody decided in a group, with the numbers.
    pub fn of<'a>(&'a self, subject: &'a str, group: &'a str) -> impl Iterator<Item = (usize, &'a Line)> {
        let numbered = self.0.iter().enumerate().map(|(n, kept)| (n + 1, &kept.line));
        numbered.filter(move |(_, line)| line.subject == subject && line.group == group)
    }

    /// The newest decision for each purpose. Of two at one moment a no counts, and then the one that came last.
    pub fn consents(&self, subject: &str, group: &str) -> Value {
        let mut newest: Vec<(usize, &Line)> = Vec::new();
        for (number, line) in self.of(subject, group) {
            match newest.iter_mut().find(|(_, held)| held.purpose == line.purpose) {
                None => newest.push((number, line)),
                Some(held) if (line.moment(), line.is_no()) >= (held.1.moment(), held.1.is_no()) => {
                    *held = (number, line);
                }
                Some(_) => {}
            }
        }
        let (about_one, about_all): (Vec<_>, Vec<_>) =
            newest.into_iter().partition(|(_, line)| line.purpose.is_some());
        let generation = about_one.iter().chain(&about_all).map(|(number, _)| *number).max().unwrap_or(0);
        let decisions: Vec<Value> = about_one.iter().map(|(number, line)| line.told(*number)).collect();
        let restricted = about_all.iter().any(|(_, line)| line.is_no());
        let mut said = json!({"generation": generation, "decisions": decisions, "restricted": restricted});
        if let (Some((_, line)), Some(members)) = (about_all.last(), said.as_object_mut()) {
            members.insert("restriction_moved".to_owned(), json!(line.at));
        }
        said
    }

    /// Writes a decision down, after all that this person decided before.
    pub fn decide(
        &mut self,
        subject: &str,
        group: &str,
        key: &str,
        mut wish: Value,
    ) -> Result<Value, Failed> {
        if let Some(n) = self.0.iter().position(|kept| kept.key.as_deref() == Some(key)) {
            return Ok(self.0.get(n).map(|kept| kept.line.told(n + 1)).into());
        }
        let now = Timestamp::from_microsecond(Timestamp::now().as_microsecond())?;
        let last = self.of(subject, group).map(|(_, line)| line.moment().as_microsecond() + 1).max();
        let moment = Timestamp::from_microsecond(now.as_microsecond().max(last.unwrap_or(0)))?;
        let members = wish.as_object_mut().ok_or("the decision is no object")?;
        members.extend([("subject".to_owned(), json!(subject)), ("group".to_owned(), json!(group))]);
        members.insert("at".to_owned(), json!(now));
        let line: Line = serde_json::from_value(wish)?;
        let line = Line { order: (moment != now).then_some(moment), ..line };
        self.keep(vec![Kept { line: line.clone(), key: Some(key.to_owned()) }])?;
        Ok(line.told(self.0.len()))
    }

    /// Takes over what is not there yet.
    pub fn import(&mut self, lines: &[u8]) -> Result<Vec<Line>, Failed> {
        let lines = serde_json::Deserializer::from_slice(lines).into_iter::<Line>();
        let mut new: Vec<Line> = Vec::new();
        for line in lines {
            let line = line?;
            if !new.iter().chain(self.0.iter().map(|kept| &kept.line)).any(|held| held.is(&line)) {
                new.push(line);
            }
        }
        self.keep(new.iter().map(|line| Kept { line: line.clone(), key: None }).collect())?;
        Ok(new)
    }

    pub fn export(&self, group: Option<&str>) -> Result<Vec<u8>, Failed> {
        let mut lines: Vec<&Line> = self.0.iter().map(|kept| &kept.line).collect();
        lines.retain(|line| group.is_none_or(|group| line.group == group));
        lines.sort_by_key(|line| (line.moment(), &line.subject, line.is_no()));
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        Ok(text)
    }

    /// On disk first: what is acknowledged must outlive a power cut.
    fn keep(&mut self, new: Vec<Kept>) -> Result<(), Failed> {
        let mut text = Vec::new();
        for kept in &new {
            serde_json::to_writer(&mut text, kept)?;
            text.push(b'\n');
        }
        self.1.write_all(&text)?;
        self.1.sync_data()?;
        self.0.extend(new);
        Ok(())
    }
}
