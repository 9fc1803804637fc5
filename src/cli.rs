//! The command line: one file per verb.
//!
//! The rule: exit code 0 for done, 1 for what could not run, 2 for wrong usage, 3 for a finding (a policy is wrong, a test
//! failed, a request would be refused). What a verb finds goes to standard output, what is wrong to standard error.

pub mod certs;
pub mod consent;
pub mod demo;
pub mod explain;
pub mod preview;
pub mod rewrite;
pub mod serve;

/// How a verb ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Done,
    /// It could not run.
    Failed,
    /// It was asked in a way that makes no sense.
    Usage,
    /// It found something.
    Finding,
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Finding => 3,
        }
    }
}
