//! A JSONPath, read: segments of steps.

use super::{SelectorFault, filter::Filter, folded, parse};

/// Places in a JSON body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BodySelector {
    /// The selector as it was written.
    pub text: String,
    /// Its segments, outermost first.
    pub segments: Vec<Segment>,
    /// Whether member names match in any case.
    pub ignore_case: bool,
    /// Whether it names one place only: a singular query (RFC 9535, section 2.3.5.1).
    pub is_singular: bool,
}

/// One segment of a path: the children it selects, of one node or of everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Segment {
    /// Whether it also looks into every descendant (`..`).
    pub descend: bool,
    /// What it selects, in the order of the text.
    pub steps: Vec<Step>,
}

/// One way to choose children.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Every member or element.
    Any,
    /// The member of this name.
    Name(String),
    /// The elements from `start` up to, not including, `end`, each `step`-th.
    Elements {
        /// The first index.
        start: u64,
        /// The index to stop before; none for the end of the array.
        end: Option<u64>,
        /// The distance between two elements, at least 1.
        step: u64,
    },
    /// Elements that are told only when the length of the array is known.
    Slice(Slice),
    /// The members and elements of which this is true.
    Filter(Box<Filter>),
}

/// A slice with a bound counted from the end, or a step backwards (RFC 9535, section 2.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slice {
    /// The first index; none for the end that the step begins at.
    pub start: Option<i64>,
    /// The index to stop before; none for the other end.
    pub end: Option<i64>,
    /// The distance and direction, never 0.
    pub step: i64,
}

impl BodySelector {
    /// Reads a JSONPath.
    ///
    /// # Errors
    /// When RFC 9535 has no such path, or it can never find anything.
    pub fn parse(text: &str, ignore_case: bool) -> Result<Self, SelectorFault> {
        let (mut segments, is_singular) = parse::path(text, ignore_case)?;
        if ignore_case {
            segments.iter_mut().flat_map(|segment| &mut segment.steps).for_each(Step::fold);
        }
        Ok(Self { text: text.to_owned(), segments, ignore_case, is_singular })
    }

    /// Whether it takes more than the way from the root to tell what it finds.
    pub fn looks_ahead(&self) -> bool {
        self.segments.iter().flat_map(|segment| &segment.steps).any(Step::looks_ahead)
    }
}

impl Step {
    /// Whether the element at `index` is selected, of an array whose length does not matter.
    #[inline]
    pub fn has(&self, index: u64) -> bool {
        match self {
            Self::Any => true,
            Self::Elements { start, end, step } => {
                index >= *start && end.is_none_or(|end| index < end) && (index - start).is_multiple_of(*step)
            }
            Self::Name(_) | Self::Slice(_) | Self::Filter(_) => false,
        }
    }

    fn looks_ahead(&self) -> bool {
        match self {
            Self::Any | Self::Name(_) | Self::Elements { .. } => false,
            Self::Slice(_) | Self::Filter(_) => true,
        }
    }

    fn fold(&mut self) {
        if let Self::Name(name) = self {
            *name = folded(name);
        }
    }
}

impl Slice {
    /// The one element that is `back` from the end.
    pub(super) fn index(back: i64) -> Self {
        Self { start: Some(back), end: (back != -1).then_some(back + 1), step: 1 }
    }

    /// Whether the element at `index` is selected, of an array of this length (RFC 9535, section 2.3.4.2.2).
    pub fn selects(self, index: i64, length: i64) -> bool {
        let absolute = |at: i64| if at >= 0 { at } else { length.saturating_add(at) };
        let (start, end, step) = (self.start.map(absolute), self.end.map(absolute), self.step);
        if step > 0 {
            let lower = start.unwrap_or(0).clamp(0, length);
            let upper = end.unwrap_or(length).clamp(0, length);
            lower <= index && index < upper && (index - lower) % step == 0
        } else {
            let upper = start.unwrap_or(length - 1).clamp(-1, length - 1);
            let lower = end.unwrap_or(-1).clamp(-1, length - 1);
            lower < index && index <= upper && (upper - index) % step == 0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_select_what_the_standard_tells_of_an_array_of_seven() {
        let all: Vec<i64> = (0..7).collect();
        for (start, end, step, expected) in [
            (Some(1), Some(-1), 1, &all[1..6]),
            (Some(-2), None, 1, &[5, 6]),
            (Some(-9), Some(2), 1, &[0, 1]),
            (Some(-9), Some(-8), 1, &[]),
            (None, None, -1, &all),
            (Some(5), Some(1), -2, &[3, 5]),
            (Some(50), Some(1), -2, &[2, 4, 6]),
            (None, Some(-3), -1, &[5, 6]),
            (Some(-6), None, -3, &[1]),
            (Some(0), Some(-9), -1, &[0]),
            (Some(3), Some(-1), 9_007_199_254_740_991, &[3]),
        ] {
            let slice = Slice { start, end, step };
            let found: Vec<i64> = all.iter().copied().filter(|index| slice.selects(*index, 7)).collect();
            assert_eq!(found, expected, "{slice:?}");
        }
        assert!(!Slice { start: None, end: None, step: -1 }.selects(0, 0));
    }

    #[test]
    fn an_index_from_the_end_is_one_element_or_none() {
        for length in 0..5 {
            for back in -6..0 {
                let found: Vec<i64> =
                    (0..length).filter(|index| Slice::index(back).selects(*index, length)).collect();
                let expected: Vec<i64> =
                    Some(length + back).into_iter().filter(|index| *index >= 0).collect();
                assert_eq!(found, expected, "{back} of {length}");
            }
        }
    }
}
