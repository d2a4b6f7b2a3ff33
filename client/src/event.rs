//! The program's events, read from a transaction's log.

use anchor_lang::{AnchorDeserialize, Discriminator};
use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus::events::{
    AdminAccepted, AdminProposed, AuditResolved, Audited, Compounded, ConfigClosed,
    ConfigInitialized, CycleClosed, CycleOpened, DistributionFinalized, DistributionListSubmitted,
    EqualSharePaid, ManagerAccepted, ManagerInserted, ManagerProposed, ManagerRemoved, PaidOut,
    PausedSet, RewardClaimed, StakeClosed, StakeMigrated, StakeParked, StakeResumed, Staked,
    SubjectClosed, Submitted, TaskActiveSet, TaskAllowlisted, TaskClosed, TaskCreated, TaskFunded,
    TaskMigrated, VoteClosed, Withdrawn,
};

/// The prefix of an event's line in the log.
pub const EVENT_PREFIX: &str = "Program data: ";
/// The prefix of such a line when the program runs natively.
const NATIVE_PREFIX: &str = "Program log: ";

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// One event of the program.
        pub enum Event {
            $($(#[$doc])* $name($name)),+
        }

        fn decode(data: &[u8]) -> Option<Event> {
            $(if let Some(body) = data.strip_prefix($name::DISCRIMINATOR) {
                return $name::try_from_slice(body).ok().map(Event::$name);
            })+
            None
        }
    };
}

events! {
    /// The program was given its config.
    ConfigInitialized,
    /// The config was closed.
    ConfigClosed,
    /// The config was offered to another admin.
    AdminProposed,
    /// The config has another admin.
    AdminAccepted,
    /// The program was paused or resumed.
    PausedSet,
    /// The config has one manager more.
    ManagerInserted,
    /// The config has one manager less.
    ManagerRemoved,
    /// A task was created.
    TaskCreated,
    /// A bounty grew.
    TaskFunded,
    /// A task was activated or deactivated.
    TaskActiveSet,
    /// A task was put on the allowlist or taken off it.
    TaskAllowlisted,
    /// A task was offered to another manager.
    ManagerProposed,
    /// A task has another manager.
    ManagerAccepted,
    /// The available bounty moved to a task's successor.
    TaskMigrated,
    /// A task was closed.
    TaskClosed,
    /// A node staked.
    Staked,
    /// A node withdrew.
    Withdrawn,
    /// A node's stake moved to its task's successor.
    StakeMigrated,
    /// A node's stake was parked.
    StakeParked,
    /// A node's stake resumed.
    StakeResumed,
    /// A cycle was opened.
    CycleOpened,
    /// A node submitted.
    Submitted,
    /// A node voted.
    Audited,
    /// An audit was decided.
    AuditResolved,
    /// A list was proposed.
    DistributionListSubmitted,
    /// A list was accepted or rejected.
    DistributionFinalized,
    /// A node was credited an entry of a list.
    PaidOut,
    /// A node was credited an equal share.
    EqualSharePaid,
    /// A node claimed.
    RewardClaimed,
    /// A node compounded.
    Compounded,
    /// A vote was closed.
    VoteClosed,
    /// A submission or list was closed.
    SubjectClosed,
    /// A cycle was closed.
    CycleClosed,
    /// A node left.
    StakeClosed,
}

/// The program's events among a transaction's logs, in order.
pub fn events(logs: &[String]) -> impl Iterator<Item = Event> {
    logs.iter().filter_map(|line| {
        let line = line.strip_prefix(NATIVE_PREFIX).unwrap_or(line);
        let data = BASE64_STANDARD
            .decode(line.strip_prefix(EVENT_PREFIX)?)
            .ok()?;
        decode(&data)
    })
}
