//! Changes to a text, and changes to what those made of it.

use std::ops::Range;

/// One change to a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes, in bytes of the text.
    pub at: Range<usize>,
    /// What comes in its place.
    pub new: String,
}

/// The text as some edits leave it.
pub(in crate::rewrite) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut made = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        made.push_str(text.get(from..edit.at.start).unwrap_or_default());
        made.push_str(&edit.new);
        from = edit.at.end;
    }
    made.push_str(text.get(from..).unwrap_or_default());
    made
}

/// Those that change something.
pub(super) fn changing(text: &str, mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.retain(|edit| text.get(edit.at.clone()) != Some(&edit.new));
    edits
}

/// What two rounds of edits come to on the text of the first, `length` bytes long. Those of the second are in bytes of what
/// the first made.
pub(super) fn compose(length: usize, first: &[Edit], second: &[Edit]) -> Vec<Edit> {
    let mut between = Between::new(length, first);
    let mut made = Made::default();
    let mut from = 0;
    for edit in second {
        between.copy(from..edit.at.start, &mut made);
        made.put(&edit.new);
        from = edit.at.end;
    }
    between.copy(from..usize::MAX, &mut made);
    made.end(length)
}

/// What the first round made: parts that stand in the text, and new ones.
struct Between<'e> {
    /// Each with where it stands in what was made.
    parts: Vec<(Range<usize>, Part<'e>)>,
    /// Those before this are used up.
    next: usize,
}

#[derive(Clone, Copy)]
enum Part<'e> {
    /// It stands in the text from here on.
    Kept(usize),
    New(&'e str),
}

impl<'e> Between<'e> {
    fn new(length: usize, edits: &'e [Edit]) -> Self {
        let mut between = Self { parts: Vec::with_capacity(edits.len() * 2 + 1), next: 0 };
        let mut from = 0;
        for edit in edits {
            between.add(edit.at.start - from, Part::Kept(from));
            between.add(edit.new.len(), Part::New(&edit.new));
            from = edit.at.end;
        }
        between.add(length - from, Part::Kept(from));
        between
    }

    fn add(&mut self, length: usize, part: Part<'e>) {
        let from = self.parts.last().map_or(0, |(at, _)| at.end);
        self.parts.push((from..from + length, part));
    }

    /// Copies what stands between two places. These only grow.
    fn copy(&mut self, wanted: Range<usize>, made: &mut Made) {
        while let Some((at, part)) = self.parts.get(self.next)
            && at.start < wanted.end
        {
            let cut = at.start.max(wanted.start)..at.end.min(wanted.end);
            if cut.start < cut.end {
                let within = cut.start - at.start..cut.end - at.start;
                match part {
                    Part::Kept(from) => made.keep(from + within.start..from + within.end),
                    Part::New(new) => made.put(new.get(within).unwrap_or_default()),
                }
            }
            if at.end > wanted.end {
                return;
            }
            self.next += 1;
        }
    }
}

/// Edits as they come about: whatever is not kept goes.
#[derive(Default)]
struct Made {
    edits: Vec<Edit>,
    /// Up to where the text is settled.
    settled: usize,
    new: String,
}

impl Made {
    fn put(&mut self, new: &str) {
        self.new.push_str(new);
    }

    fn keep(&mut self, at: Range<usize>) {
        self.change_to(at.start);
        self.settled = at.end;
    }

    fn change_to(&mut self, place: usize) {
        if place > self.settled || !self.new.is_empty() {
            self.edits.push(Edit { at: self.settled..place, new: std::mem::take(&mut self.new) });
        }
    }

    fn end(mut self, length: usize) -> Vec<Edit> {
        self.change_to(length);
        self.edits
    }
}
