//! What every instruction tells the outside world. Amounts are base units; where money or stake
//! moves, the values before and after are named.

use crate::state::SubjectKind;
use anchor_lang::{Event, prelude::*};

/// Writes `event` to the transaction's log as Anchor's `emit!` does, and also where the program runs
/// natively, in which `emit!` says nothing.
pub fn emit(event: &impl Event) {
    let data = event.data();
    #[cfg(target_os = "solana")]
    anchor_lang::solana_program::log::sol_log_data(&[&data]);
    #[cfg(not(target_os = "solana"))]
    solana_sysvar::program_stubs::sol_log_data(&[&data]);
}

/// The program was given its config.
#[event]
pub struct ConfigInitialized {
    /// The admin, who is the program's upgrade authority.
    pub admin: Pubkey,
    /// The first manager.
    pub manager: Pubkey,
}

/// The config was closed.
#[event]
pub struct ConfigClosed {
    /// The last admin.
    pub admin: Pubkey,
}

/// The admin offered the config to another, or took the offer back.
#[event]
pub struct AdminProposed {
    /// The admin.
    pub admin: Pubkey,
    /// Who may accept now; all zeros where nobody may.
    pub pending_admin: Pubkey,
}

/// The config has another admin.
#[event]
pub struct AdminAccepted {
    /// The admin before.
    pub admin_before: Pubkey,
    /// The admin now.
    pub admin_after: Pubkey,
}

/// The program was paused, or goes on.
#[event]
pub struct PausedSet {
    /// Whether it was paused before.
    pub paused_before: bool,
    /// Whether it is paused now.
    pub paused_after: bool,
}

/// The config has one manager more.
#[event]
pub struct ManagerInserted {
    /// The new manager.
    pub manager: Pubkey,
    /// Managers now.
    pub managers: u8,
}

/// The config has one manager less.
#[event]
pub struct ManagerRemoved {
    /// Who is a manager no more.
    pub manager: Pubkey,
    /// Managers now.
    pub managers: u8,
}

/// A manager of the config allowlisted a task, or took that back.
#[event]
pub struct TaskAllowlisted {
    /// The task.
    pub task: Pubkey,
    /// The manager.
    pub manager: Pubkey,
    /// Whether the task was allowlisted before.
    pub allowlisted_before: bool,
    /// Whether it is now.
    pub allowlisted_after: bool,
}

/// A task's manager offered it to another, or took the offer back.
#[event]
pub struct ManagerProposed {
    /// The task.
    pub task: Pubkey,
    /// Its manager.
    pub manager: Pubkey,
    /// Who may accept now; all zeros where nobody may.
    pub pending_manager: Pubkey,
}

/// A task has another manager.
#[event]
pub struct ManagerAccepted {
    /// The task.
    pub task: Pubkey,
    /// The manager before.
    pub manager_before: Pubkey,
    /// The manager now.
    pub manager_after: Pubkey,
}

/// The available bounty of a task moved to its successor.
#[event]
pub struct TaskMigrated {
    /// The task, inactive for good.
    pub task: Pubkey,
    /// Its successor.
    pub successor: Pubkey,
    /// What moved.
    pub amount: u64,
    /// The task's available bounty before.
    pub available_before: u64,
    /// The task's available bounty after: 0.
    pub available_after: u64,
    /// The successor's available bounty after.
    pub successor_available_after: u64,
}

/// A node moved its stake to its task's successor.
#[event]
pub struct StakeMigrated {
    /// The task.
    pub task: Pubkey,
    /// Its successor.
    pub successor: Pubkey,
    /// The node.
    pub node: Pubkey,
    /// What moved: the node's whole stake in the task.
    pub amount: u64,
    /// The successor's round from which it is active.
    pub active_from_round: u64,
    /// The node's whole stake in the successor before.
    pub stake_before: u64,
    /// The node's whole stake in the successor after.
    pub stake_after: u64,
}

/// A task was closed.
#[event]
pub struct TaskClosed {
    /// The task.
    pub task: Pubkey,
    /// The token account that got what was left.
    pub destination: Pubkey,
    /// What was left in the stake pot: donations.
    pub from_stake_pot: u64,
    /// What was left in the bounty pot: the rest of the bounty, and donations.
    pub from_bounty_pot: u64,
}

/// A task was created.
#[event]
pub struct TaskCreated {
    /// The task.
    pub task: Pubkey,
    /// Its creator and first manager.
    pub creator: Pubkey,
    /// Its mint.
    pub mint: Pubkey,
    /// Hash (sha256) over its terms, mint and texts.
    pub terms_hash: [u8; 32],
    /// First slot of its round 0.
    pub starting_slot: u64,
}

/// A task's bounty grew.
#[event]
pub struct TaskFunded {
    /// The task.
    pub task: Pubkey,
    /// Who paid.
    pub funder: Pubkey,
    /// What was paid.
    pub amount: u64,
    /// The available bounty before.
    pub available_before: u64,
    /// The available bounty after.
    pub available_after: u64,
}

/// A task was activated or deactivated.
#[event]
pub struct TaskActiveSet {
    /// The task.
    pub task: Pubkey,
    /// Whether it was active before.
    pub active_before: bool,
    /// Whether it is active now.
    pub active_after: bool,
}

/// A node staked.
#[event]
pub struct Staked {
    /// The task.
    pub task: Pubkey,
    /// The node.
    pub node: Pubkey,
    /// What was staked.
    pub amount: u64,
    /// The node's whole stake before.
    pub stake_before: u64,
    /// The node's whole stake after.
    pub stake_after: u64,
    /// The round from which the deposit is active.
    pub active_from_round: u64,
}

/// A node withdrew stake.
#[event]
pub struct Withdrawn {
    /// The task.
    pub task: Pubkey,
    /// The node.
    pub node: Pubkey,
    /// What was withdrawn.
    pub amount: u64,
    /// The node's whole stake before.
    pub stake_before: u64,
    /// The node's whole stake after.
    pub stake_after: u64,
}

/// An idle node's stake was parked: without an answer it leaves the electorate.
#[event]
pub struct StakeParked {
    /// The task.
    pub task: Pubkey,
    /// The node.
    pub node: Pubkey,
    /// What was parked: the node's whole stake.
    pub amount: u64,
    /// The last round in which the node was active.
    pub last_active_round: u64,
    /// The node's active stake before: in this round, the next, and all later ones.
    pub active_before: [u64; 3],
    /// The node's active stake after, in the same rounds.
    pub active_after: [u64; 3],
    /// The round from which the stake is active no more.
    pub inactive_from_round: u64,
}

/// A node ended the parking of its stake.
#[event]
pub struct StakeResumed {
    /// The task.
    pub task: Pubkey,
    /// The node.
    pub node: Pubkey,
    /// What was parked: the node's whole stake.
    pub amount: u64,
    /// The node's active stake before: in this round, the next, and all later ones.
    pub active_before: [u64; 3],
    /// The node's active stake after, in the same rounds.
    pub active_after: [u64; 3],
    /// The round from which the whole stake is active again.
    pub active_from_round: u64,
}

/// A node opened a cycle, and its bounty was set aside.
#[event]
pub struct CycleOpened {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub cycle: u64,
    /// The node that opened it.
    pub opener: Pubkey,
    /// What was set aside.
    pub bounty: u64,
    /// The available bounty before.
    pub available_before: u64,
    /// The available bounty after.
    pub available_after: u64,
}

/// A node submitted a proof.
#[event]
pub struct Submitted {
    /// The task.
    pub task: Pubkey,
    /// The node.
    pub node: Pubkey,
    /// The cycle's number.
    pub cycle: u64,
    /// Submissions in the cycle, this one included.
    pub submissions: u32,
    /// First slot at which the node's stake can be withdrawn.
    pub locked_until_slot: u64,
}

/// A node opened an audit, or voted in one.
#[event]
pub struct Audited {
    /// The task.
    pub task: Pubkey,
    /// The submission or list.
    pub subject: Pubkey,
    /// The number of its cycle.
    pub cycle: u64,
    /// The node that voted.
    pub voter: Pubkey,
    /// Whether this vote opened the audit.
    pub opened: bool,
    /// What the voter holds of the subject.
    pub is_valid: bool,
    /// The weight for the subject, this vote included.
    pub weight_valid: u64,
    /// The weight against it, this vote included.
    pub weight_invalid: u64,
}

/// An audit was decided.
#[event]
pub struct AuditResolved {
    /// The task.
    pub task: Pubkey,
    /// The submission or list.
    pub subject: Pubkey,
    /// The number of its cycle.
    pub cycle: u64,
    /// Which of the two it is.
    pub kind: SubjectKind,
    /// 1: upheld; 2: dismissed; 3: undecided.
    pub outcome: u8,
    /// Whether the subject stands.
    pub stands: bool,
    /// The node that lost stake, if one did.
    pub slashed_node: Option<Pubkey>,
    /// Its whole stake before.
    pub stake_before: u64,
    /// Its whole stake after.
    pub stake_after: u64,
    /// Part of the slash credited to the party in the right.
    pub to_winner: u64,
    /// Part of it that the voters in the right share.
    pub to_voters: u64,
    /// Part of it that went to the bounty.
    pub to_bounty: u64,
}

/// A list was proposed.
#[event]
pub struct DistributionListSubmitted {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub cycle: u64,
    /// The attempt, from 0.
    pub attempt: u8,
    /// The node that proposed.
    pub proposer: Pubkey,
    /// Sum of the list.
    pub total: u64,
    /// Entries of the list.
    pub count: u32,
}

/// A list was accepted or rejected.
#[event]
pub struct DistributionFinalized {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub cycle: u64,
    /// The attempt, from 0.
    pub attempt: u8,
    /// Whether the list was accepted.
    pub accepted: bool,
    /// The available bounty before.
    pub available_before: u64,
    /// The available bounty after: more by what an accepted list does not use.
    pub available_after: u64,
}

/// One entry of a list was credited.
#[event]
pub struct PaidOut {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub cycle: u64,
    /// The node.
    pub node: Pubkey,
    /// What was credited.
    pub amount: u64,
    /// The node's available balance before.
    pub balance_before: u64,
    /// The node's available balance after.
    pub balance_after: u64,
}

/// A submission of a failed cycle was credited its equal share.
#[event]
pub struct EqualSharePaid {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub cycle: u64,
    /// The node.
    pub node: Pubkey,
    /// What was credited.
    pub amount: u64,
    /// The node's available balance before.
    pub balance_before: u64,
    /// The node's available balance after.
    pub balance_after: u64,
}

/// A node took its rewards out.
#[event]
pub struct RewardClaimed {
    /// The task.
    pub task: Pubkey,
    /// The node.
    pub node: Pubkey,
    /// What was claimed: the whole balance, so that 0 is left.
    pub amount: u64,
}

/// A node turned its rewards into stake.
#[event]
pub struct Compounded {
    /// The task.
    pub task: Pubkey,
    /// The node.
    pub node: Pubkey,
    /// What was compounded: the whole balance, so that 0 is left.
    pub amount: u64,
    /// The node's whole stake before.
    pub stake_before: u64,
    /// The node's whole stake after.
    pub stake_after: u64,
    /// The round from which the new stake is active.
    pub active_from_round: u64,
}

/// A vote was closed, and its share of a slash credited.
#[event]
pub struct VoteClosed {
    /// The task.
    pub task: Pubkey,
    /// The submission or list voted on.
    pub subject: Pubkey,
    /// The node that had voted.
    pub voter: Pubkey,
    /// What it was credited.
    pub share: u64,
    /// The node's available balance before.
    pub balance_before: u64,
    /// The node's available balance after.
    pub balance_after: u64,
}

/// A submission or list was closed.
#[event]
pub struct SubjectClosed {
    /// The task.
    pub task: Pubkey,
    /// The submission or list.
    pub subject: Pubkey,
    /// Which of the two it was.
    pub kind: SubjectKind,
}

/// A cycle was closed.
#[event]
pub struct CycleClosed {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub cycle: u64,
    /// Submissions made in it.
    pub submissions: u32,
    /// Submissions found invalid.
    pub invalid: u32,
    /// Submissions paid.
    pub paid_submissions: u32,
    /// What they were paid.
    pub paid: u64,
    /// What of the bounty was still reserved, and is available again.
    pub unpaid: u64,
    /// The available bounty before.
    pub available_before: u64,
    /// The available bounty after.
    pub available_after: u64,
}

/// A node left a task.
#[event]
pub struct StakeClosed {
    /// The task.
    pub task: Pubkey,
    /// The node.
    pub node: Pubkey,
}
