//! The program's events, read from what a transaction logged.

use anchor_lang::{AnchorDeserialize, Discriminator};
use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus::events::{
    AuditResolved, Audited, Compounded, DistributionFinalized, DistributionListSubmitted, PaidOut,
    RewardClaimed, RoundClosed, RoundOpened, StakeClosed, Staked, SubjectClosed, Submitted,
    TaskActiveSet, TaskCreated, TaskFunded, VoteClosed, Withdrawn,
};

/// What events begin with in the log.
pub(crate) const EVENT_PREFIX: &str = "Program data: ";
/// What a natively run program's own lines begin with: there, events are such lines.
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
    /// A task was created.
    TaskCreated,
    /// A bounty grew.
    TaskFunded,
    /// A task was activated or deactivated.
    TaskActiveSet,
    /// A node staked.
    Staked,
    /// A node withdrew.
    Withdrawn,
    /// A round was opened.
    RoundOpened,
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
    /// A node was credited.
    PaidOut,
    /// A node claimed.
    RewardClaimed,
    /// A node compounded.
    Compounded,
    /// A vote was closed.
    VoteClosed,
    /// A submission or list was closed.
    SubjectClosed,
    /// A round was closed.
    RoundClosed,
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
