//! From accounts and history to facts, without a server and without text: a page and JSON show the same
//! ones.
//!
//! Every facts struct is what `/api` prints. Amounts are base units and decimal strings there, addresses are
//! strings.

mod audit;
mod books;
mod config;
mod cycle;
mod lanes;
mod node;
mod paged;
mod present;
mod stakes;
mod task;
mod tasks;
mod text;

pub use audit::{AuditFacts, AuditPage, Vote, open_audits};
pub use books::{BooksFacts, Rule};
pub use config::ConfigFacts;
pub use cycle::{CycleFacts, Entry, ListFacts, Payment, SubmissionRow, Turn};
pub use lanes::{ABSENT, Kind, Lane, Segment, drawn, lane, lanes};
pub use node::{MovementRow, NodeFacts, OpenAccount};
pub use paged::{PAGE, Paged};
pub use present::Present;
pub use stakes::{NodeRow, NodesFacts, Stakes};
pub use task::{BountyFacts, CycleRow, TaskFacts, TermsFacts};
pub use tasks::{TaskRow, TasksFacts};
pub use text::{clean, link};

use crate::{
    clock::{Clock, Moment},
    snapshot::TaskEntry,
};
use gradual_consensus_client::amount::Unit;
use serde::{Serialize, Serializer};
use solana_sdk::pubkey::Pubkey;

/// An amount in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Units(pub u64);

impl Serialize for Units {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

/// An address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(pub Pubkey);

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl Address {
    /// The address, or `None` where it is all zeros: nobody's.
    pub fn known(key: Pubkey) -> Option<Self> {
        (key != Pubkey::default()).then_some(Self(key))
    }
}

/// Which task a page is about, in what it counts, and as of when.
#[derive(Clone, Debug, Serialize)]
pub struct Head {
    /// The task's address.
    pub task: Address,
    /// The task's name, as its creator wrote it; control characters are left out.
    pub name: String,
    /// What amounts are counted in, for people: `SOL`, or the ends of the mint's address.
    pub unit: String,
    /// Decimals of that unit.
    pub decimals: u8,
    /// The slot as of which the accounts were read.
    pub now: Moment,
    /// The round of that slot; `None` before the task starts.
    pub round: Option<u64>,
    #[serde(skip)]
    counted_in: CountedIn,
}

#[derive(Clone, Copy, Debug)]
struct CountedIn(Unit);

impl Head {
    /// The unit that amounts are shown in.
    pub const fn counted_in(&self) -> Unit {
        self.counted_in.0
    }

    /// The head of every page of `entry` at `clock`.
    pub fn of(entry: &TaskEntry, clock: &Clock) -> Self {
        let unit = Unit::of(&entry.task.data);
        Self {
            task: Address(entry.task.address),
            name: clean(entry.name()),
            unit: unit.name(),
            decimals: unit.decimals(),
            now: clock.now(),
            round: entry.task.data.schedule.round_at(clock.slot),
            counted_in: CountedIn(unit),
        }
    }
}
