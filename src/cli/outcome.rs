//! How a verb ended: what becomes the exit code.

/// How a verb ended. Of two, the later in this list counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Done, and nothing found.
    #[default]
    Done,
    /// Something is wrong with what was looked at.
    Found,
    /// It could not run.
    CouldNotRun,
}

impl Outcome {
    /// The exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Found => 3,
            Self::CouldNotRun => 1,
        }
    }
}
