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
use solana_pubkey::Pubkey;

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

/// The program's events among a transaction's logs, in order. What other programs log is none of them: a stranger
/// may log the bytes of an event in a transaction that names a task.
pub fn events(logs: &[String]) -> impl Iterator<Item = Event> {
    let mut running = Running::default();
    logs.iter().filter_map(move |line| {
        running.follow(line);
        if !running.is_ours() {
            return None;
        }
        let line = line.strip_prefix(NATIVE_PREFIX).unwrap_or(line);
        let data = BASE64_STANDARD
            .decode(line.strip_prefix(EVENT_PREFIX)?)
            .ok()?;
        decode(&data)
    })
}

/// The programs that run, the innermost last, as a log tells.
#[derive(Default)]
struct Running(Vec<Pubkey>);

impl Running {
    /// Notes the program that begins or ends with `line`, if one does.
    fn follow(&mut self, line: &str) {
        let rest = line.strip_prefix("Program ");
        let Some((program, what)) = rest.and_then(|rest| rest.split_once(' ')) else {
            return;
        };
        // What a program says itself stands behind `log:` or `data:`, which is no address.
        let Ok(program) = program.parse::<Pubkey>() else {
            return;
        };
        let depth = what.strip_prefix("invoke [");
        if let Some(depth) = depth.and_then(|rest| rest.strip_suffix(']')) {
            let depth = depth.parse::<usize>().unwrap_or(1);
            self.0.truncate(depth.saturating_sub(1));
            self.0.push(program);
        } else if self.0.last() == Some(&program)
            && (what == "success" || what.starts_with("failed"))
        {
            self.0.pop();
        }
    }

    /// Whether this program says the present line. On the native build a call ends the name of the caller too, so
    /// lines under no name are its own; a cluster's log has none.
    fn is_ours(&self) -> bool {
        let innermost = self.0.last();
        innermost.is_none_or(|program| *program == gradual_consensus::ID)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::Event as _;

    #[test]
    fn what_another_program_logs_is_no_event() {
        let (own, other) = (gradual_consensus::ID, Pubkey::new_from_array([7; 32]));
        let data = PausedSet {
            paused_before: false,
            paused_after: true,
        }
        .data();
        let event = format!("{EVENT_PREFIX}{}", BASE64_STANDARD.encode(data));
        let begins = |program: Pubkey, depth: u8| format!("Program {program} invoke [{depth}]");
        let ends = |program: Pubkey| format!("Program {program} success");
        let count = |lines: &[String]| events(lines).count();
        assert_eq!(count(&[begins(own, 1), event.clone(), ends(own)]), 1);
        assert_eq!(count(&[begins(other, 1), event.clone(), ends(other)]), 0);
        // The other program calls this one, and logs before and after.
        let called = [
            begins(other, 1),
            event.clone(),
            begins(own, 2),
            event.clone(),
            ends(own),
            event.clone(),
            ends(other),
        ];
        assert_eq!(count(&called), 1);
        // It says that this one begins.
        let feigned = format!("Program log: {}", begins(own, 1));
        assert_eq!(count(&[begins(other, 1), feigned, event]), 0);
    }
}
