//! The command line: one file per verb.
//!
//! The rule: exit code 0 for done, 1 for what could not run, 2 for wrong usage, 3 for a finding (a policy is wrong, a test
//! failed, a request would be refused). What a verb finds goes to standard output, what is wrong to standard error.

mod asked;
pub mod certs;
pub mod check;
pub mod consent;
pub mod demo;
pub mod diff;
pub mod explain;
pub mod find;
pub mod keys;
mod policy_files;
pub mod preview;
pub mod reload;
pub mod report;
pub mod rewrite;
pub mod schema;
pub mod serve;
pub mod test;

/// Why a verb did nothing, in words, and with which exit code.
pub type Trouble = (String, Exit);

/// How a verb ended. Of two, the later in this list counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// It did what was asked, and found nothing.
    #[default]
    Done,
    /// It found something.
    Finding,
    /// It was asked in a way that makes no sense.
    Usage,
    /// It could not run.
    Failed,
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
