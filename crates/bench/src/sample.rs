//! Figures, and what is read from them.

use crate::case::Case;
use std::collections::BTreeMap;

/// Compute units of one attempt of a bump search.
pub const SEARCH_UNITS: u64 = 1_500;

/// What one transaction took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Compute units of the instruction.
    pub units: u64,
    /// Attempts of bump searches among them.
    pub attempts: u64,
    /// The readings that a bench build logged: the section that ended, and the units left then.
    pub marks: Vec<(String, u64)>,
    /// Units that were left before the instruction.
    pub limit: u64,
    /// Units that the token program took of them.
    pub by_token_program: u64,
}

impl Sample {
    /// Compute units without bump searches.
    pub fn base(&self) -> u64 {
        self.units
            .saturating_sub(self.attempts.saturating_mul(SEARCH_UNITS))
    }
}

/// Every sample, by case.
pub type Samples = BTreeMap<Case, Vec<Sample>>;

/// Least, middle and most of some figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// The least.
    pub min: u64,
    /// The middle one; of an even number, the lower of the two in the middle.
    pub median: u64,
    /// The most.
    pub max: u64,
}

impl Spread {
    /// Of `figures`; all 0 where there are none.
    pub fn of(figures: impl IntoIterator<Item = u64>) -> Self {
        let mut figures: Vec<u64> = figures.into_iter().collect();
        figures.sort_unstable();
        let middle = figures.len().saturating_sub(1) / 2;
        Self {
            min: figures.first().copied().unwrap_or_default(),
            median: figures.get(middle).copied().unwrap_or_default(),
            max: figures.last().copied().unwrap_or_default(),
        }
    }
}
