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

/// A task was created.
#[event]
pub struct TaskCreated {
    /// The task.
    pub task: Pubkey,
    /// Its creator and first manager.
    pub creator: Pubkey,
    /// Its mint.
    pub mint: Pubkey,
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

/// The first submission opened a round.
#[event]
pub struct RoundOpened {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub round: u64,
}

/// A node submitted a proof.
#[event]
pub struct Submitted {
    /// The task.
    pub task: Pubkey,
    /// The node.
    pub node: Pubkey,
    /// The cycle's number.
    pub round: u64,
    /// Submissions in the round, this one included.
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
    pub round: u64,
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
    pub round: u64,
    /// Which of the two it is.
    pub kind: SubjectKind,
    /// 1: upheld; 2: dismissed; 3: inconclusive.
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
    pub round: u64,
    /// The attempt, from 0.
    pub attempt: u8,
    /// The node that proposed.
    pub proposer: Pubkey,
    /// Sum of the list.
    pub total: u64,
    /// The available bounty before.
    pub available_before: u64,
    /// The available bounty after.
    pub available_after: u64,
}

/// A list was accepted or rejected.
#[event]
pub struct DistributionFinalized {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub round: u64,
    /// The attempt, from 0.
    pub attempt: u8,
    /// Whether the list was accepted.
    pub accepted: bool,
    /// The available bounty before.
    pub available_before: u64,
    /// The available bounty after: more, where a rejected list gave its total back.
    pub available_after: u64,
}

/// One entry of a list was credited.
#[event]
pub struct PaidOut {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub round: u64,
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
    /// What an accepted list had not paid, and gave back.
    pub unpaid: u64,
    /// The available bounty before.
    pub available_before: u64,
    /// The available bounty after.
    pub available_after: u64,
}

/// A round was closed.
#[event]
pub struct RoundClosed {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub round: u64,
    /// Submissions made in it.
    pub submissions: u32,
    /// Submissions found invalid.
    pub invalid: u32,
    /// Submissions paid.
    pub paid: u32,
}

/// A node left a task.
#[event]
pub struct StakeClosed {
    /// The task.
    pub task: Pubkey,
    /// The node.
    pub node: Pubkey,
}
