//! How the nodes of the run play.

use clap::ValueEnum;
use std::fmt;

/// How a node plays.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Does its work, and votes what it finds.
    Honest,
    /// Hands in wrong proofs; else honest.
    WrongProof,
    /// Proposes lists that pay itself everything; else honest.
    Overpay,
}

impl Behaviour {
    /// Its name, for arguments and people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::WrongProof => "wrong-proof",
            Self::Overpay => "overpay",
        }
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.pad(self.name())
    }
}
