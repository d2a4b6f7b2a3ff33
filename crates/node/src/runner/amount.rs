//! The one place where an amount of the task's token becomes text.

use std::fmt::{self, Display};

/// An amount of the task's token, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(pub u64);

impl Display for Amount {
    fn fmt(&self, text: &mut fmt::Formatter) -> fmt::Result {
        write!(text, "{} base units", self.0)
    }
}
