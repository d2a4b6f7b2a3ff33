//! Why the protocol refuses an operation.

use gradual_consensus::GradualError;

/// Why the protocol refuses an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A rule of the program.
    Rule(GradualError),
    /// What the operation speaks of does not exist.
    Missing,
    /// There are fewer tokens than are to be moved.
    Poor,
}

impl From<GradualError> for Fault {
    fn from(error: GradualError) -> Self {
        Self::Rule(error)
    }
}

/// The reasons against an operation, gathered.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    pub(super) fn unless(&mut self, holds: bool, fault: impl Into<Fault>) {
        if !holds {
            self.0.push(fault.into());
        }
    }

    pub(super) fn or(self, done: impl FnOnce()) -> Result<(), Vec<Fault>> {
        if self.0.is_empty() {
            done();
            Ok(())
        } else {
            Err(self.0)
        }
    }
}
