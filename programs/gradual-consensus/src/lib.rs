//! # Gradual Consensus
//!
//! Tasks on Solana, as Koii's K2 runs them: nodes stake, work off chain, submit a proof each round,
//! audit one another, agree on a distribution list, and get paid. Act quickly, react faster, reward
//! slowly.
//!
//! - [`rules`]: the game's pure rules, free of accounts and clocks; the client decides by them too.
//! - [`state`]: the accounts, one a file, with their transitions as methods.
//! - [`instructions`]: one file an instruction.
//!
//! `docs/protocol.md` is the whole protocol; section numbers in these docs are its sections.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::expect_used,
        clippy::panic
    )
)]
// `#[program]` and `#[derive(Accounts)]` generate items without docs; the other modules are held to
// theirs below.
#![allow(missing_docs)]
#![cfg_attr(test, allow(clippy::cast_possible_truncation))]

#[warn(missing_docs)]
pub(crate) mod calls;
#[warn(missing_docs)]
pub mod checked;
#[warn(missing_docs)]
pub mod constants;
#[warn(missing_docs)]
pub mod error;
#[warn(missing_docs)]
pub mod events;
pub mod instructions;
pub(crate) mod meter;
#[warn(missing_docs)]
pub mod pda;
pub(crate) mod phases;
#[warn(missing_docs)]
pub mod pots;
#[warn(missing_docs)]
pub mod rules;
#[cfg(not(feature = "no-entrypoint"))]
mod security;
#[warn(missing_docs)]
pub mod state;

use anchor_lang::prelude::*;
pub use constants::*;
pub use error::GradualError;
pub use instructions::*;
pub use rules::verdict::VotingRule;

declare_id!("6xCq6wdtLUFs4xrmpKCFjmvsU7efr8Kifp6UMVQM7NQ2");

/// The program, called as a library of the host: [`entry`] would print the errors to its standard output.
///
/// # Errors
/// Those of the instruction.
#[cfg(not(target_os = "solana"))]
pub fn call<'info>(
    program_id: &'info Pubkey,
    accounts: &'info [AccountInfo<'info>],
    data: &'info [u8],
) -> anchor_lang::solana_program::entrypoint::ProgramResult {
    Ok(try_entry(program_id, accounts, data)?)
}

/// The program's instructions. Each lists what it promises; every promise has its test.
#[program]
pub mod gradual_consensus {
    use super::*;

    /// Gives the program its config on this cluster (section 9). The signer becomes its admin, and
    /// `manager` the first of its managers.
    ///
    /// Specification:
    /// - `initialize_config.1` Only the upgrade authority that the loader keeps of this program may.
    /// - `initialize_config.2` Once: a second config is refused.
    /// - `initialize_config.3` Without a config nobody can create tasks, stake, compound or open cycles.
    /// - `initialize_config.4` Lamports sent to the config's address beforehand block nothing.
    pub fn initialize_config(ctx: Context<InitializeConfig>, manager: Pubkey) -> Result<()> {
        instructions::config::initialize_config::handle(ctx, manager)
    }

    /// Closes the config (section 9): for a program that is given up, or whose admin or managers have lost
    /// their keys. Until `initialize_config` is sent again, the program behaves as if it were paused.
    ///
    /// Specification:
    /// - `close_config.1` Only the upgrade authority may; the rent goes back to its payer.
    /// - `close_config.2` It stops only what a pause stops.
    pub fn close_config(ctx: Context<CloseConfig>) -> Result<()> {
        instructions::config::close_config::handle(ctx)
    }

    /// Offers the config to another admin (section 9); all zeros take the offer back.
    ///
    /// Specification:
    /// - `propose_admin.1` Only the admin may; it stays the admin until the other accepts.
    /// - `propose_admin.2` Another offer takes the place of the last one.
    pub fn propose_admin(ctx: Context<ProposeAdmin>, pending_admin: Pubkey) -> Result<()> {
        instructions::config::propose_admin::handle(ctx, pending_admin)
    }

    /// Makes the signer the admin (section 9).
    ///
    /// Specification:
    /// - `accept_admin.1` Only the key that the admin proposed may, once.
    pub fn accept_admin(ctx: Context<AcceptAdmin>) -> Result<()> {
        instructions::config::accept_admin::handle(ctx)
    }

    /// Pauses the whole program, or lets it go on (section 9).
    ///
    /// Specification:
    /// - `set_paused.1` Only the admin may.
    /// - `set_paused.2` A paused program creates no task, opens no cycle, and takes no stake and no
    ///   compounding.
    /// - `set_paused.3` A cycle that is open goes on: a pause blocks no submission, audit, resolution, list,
    ///   payout and closing of it.
    /// - `set_paused.4` A pause blocks no claim, withdrawal, parking, resuming or migration.
    pub fn set_paused(ctx: Context<SetPaused>, is_paused: bool) -> Result<()> {
        instructions::config::set_paused::handle(ctx, is_paused)
    }

    /// Adds a manager to the config (section 9).
    ///
    /// Specification:
    /// - `insert_manager.1` Two different managers sign, or the only one.
    /// - `insert_manager.2` A key that is a manager already is refused, and a 17th manager.
    pub fn insert_manager(ctx: Context<ChangeManagers>, manager: Pubkey) -> Result<()> {
        instructions::config::insert_manager::handle(ctx, manager)
    }

    /// Takes a manager out of the config (section 9).
    ///
    /// Specification:
    /// - `remove_manager.1` Two different managers sign; one of them may be the manager that is removed.
    /// - `remove_manager.2` A key that is no manager is refused, and the last manager stays.
    pub fn remove_manager(ctx: Context<ChangeManagers>, manager: Pubkey) -> Result<()> {
        instructions::config::remove_manager::handle(ctx, manager)
    }

    /// Creates a task with its texts and its two pots (sections 3 and 4). The signer becomes its
    /// creator and manager, and the task is active at once.
    ///
    /// Specification:
    /// - `create_task.1` The terms are stored as given.
    /// - `create_task.2` A start that is not after the present slot, and windows that do not fit a round,
    ///   are refused.
    /// - `create_task.3` Shares out of range, amounts or a claim window of 0, and more than 15 failed
    ///   attempts are refused.
    /// - `create_task.4` Texts longer than their fields are refused.
    /// - `create_task.5` Both pots are token accounts of the mint whose authority is the task.
    /// - `create_task.6` The address is derived from creator, id and the hash over terms, mint and texts:
    ///   other terms have another address, and no second task is created at one that is in use.
    /// - `create_task.7` Mints of SPL Token and of Token-2022 are accepted, the latter with the
    ///   extensions that `docs/tokens.md` names and no others.
    pub fn create_task(
        ctx: Context<CreateTask>,
        task_id: u64,
        params: TaskParams,
        texts: TaskTexts,
    ) -> Result<()> {
        instructions::task::create_task::handle(ctx, task_id, params, texts)
    }

    /// Adds `amount` base units to a task's bounty (section 4).
    ///
    /// Specification:
    /// - `fund_task.1` Anyone may fund; the amount moves from the funder's account to the bounty pot
    ///   and is available.
    /// - `fund_task.2` An amount of 0 is refused.
    pub fn fund_task(ctx: Context<FundTask>, amount: u64) -> Result<()> {
        instructions::task::fund_task::handle(ctx, amount)
    }

    /// Activates or deactivates a task (section 9).
    ///
    /// Specification:
    /// - `set_active.1` Only the manager may.
    /// - `set_active.2` An inactive task takes no stake and no compounding, and opens no cycle.
    /// - `set_active.3` A cycle that is open goes on, and deactivation blocks no withdrawal, claim, parking,
    ///   resuming or closing.
    /// - `set_active.4` A task that has a successor stays inactive.
    pub fn set_active(ctx: Context<SetActive>, is_active: bool) -> Result<()> {
        instructions::task::set_active::handle(ctx, is_active)
    }

    /// Sets whether the managers of the config vouch for a task (section 9). No rule of the program depends
    /// on it: people and programs that choose tasks read it.
    ///
    /// Specification:
    /// - `allowlist_task.1` One manager of the config may, for any task, and take it back.
    pub fn allowlist_task(ctx: Context<AllowlistTask>, is_allowlisted: bool) -> Result<()> {
        instructions::config::allowlist_task::handle(ctx, is_allowlisted)
    }

    /// Offers a task to another manager (section 9); all zeros take the offer back.
    ///
    /// Specification:
    /// - `propose_manager.1` Only the manager may; it stays the manager until the other accepts.
    /// - `propose_manager.2` Another offer takes the place of the last one.
    pub fn propose_manager(ctx: Context<ProposeManager>, pending_manager: Pubkey) -> Result<()> {
        instructions::task::propose_manager::handle(ctx, pending_manager)
    }

    /// Makes the signer the task's manager (section 9).
    ///
    /// Specification:
    /// - `accept_manager.1` Only the key that the manager proposed may, once.
    pub fn accept_manager(ctx: Context<AcceptManager>) -> Result<()> {
        instructions::task::accept_manager::handle(ctx)
    }

    /// Moves a task to its successor, a task with other terms (section 9). The task is deactivated for
    /// good, and its available bounty moves. Sent again, it moves what became available since.
    ///
    /// Specification:
    /// - `migrate_task.1` The manager of both tasks signs.
    /// - `migrate_task.2` The successor is another task of the same mint, created by this one's creator
    ///   or manager, and has no successor itself.
    /// - `migrate_task.3` The task is inactive from then on.
    /// - `migrate_task.4` The whole available bounty moves; what open cycles have reserved stays.
    /// - `migrate_task.5` Sent again it moves what became available since, to the same successor only.
    pub fn migrate_task(ctx: Context<MigrateTask>) -> Result<()> {
        instructions::task::migrate_task::handle(ctx)
    }

    /// Stakes `amount` base units (section 5). The first deposit opens the node's stake account.
    /// `endpoint` says where the node can be reached; where it is left out, it stays as it was.
    ///
    /// Specification:
    /// - `stake.1` The amount moves from the node's token account to the stake pot.
    /// - `stake.2` It is active from the second round after this one on.
    /// - `stake.3` A top-up warms up in the same way and leaves earlier stake as it is, but for parked stake,
    ///   which it resumes.
    /// - `stake.4` An amount of 0 is refused, and one that leaves the stake below the minimum.
    /// - `stake.5` An endpoint longer than 64 bytes is refused.
    /// - `stake.6` Lamports sent to the stake account's address beforehand block nothing.
    pub fn stake(ctx: Context<Stake>, amount: u64, endpoint: Option<String>) -> Result<()> {
        instructions::stake::stake::handle(ctx, amount, endpoint)
    }

    /// Takes `amount` base units of unlocked stake out (section 5).
    ///
    /// Specification:
    /// - `withdraw.1` The amount moves from the stake pot to the token account that the node names, which
    ///   is no pot of the task; warming stake leaves first.
    /// - `withdraw.2` Stake stays after a submission until the audit window of the last attempt at the
    ///   cycle's list is over, after a vote or a proposal until that subject's round is over.
    /// - `withdraw.3` Stake held by an open audit stays until it is resolved, on either side.
    /// - `withdraw.4` What is left is 0, the minimum or above, or just the active stake as it was.
    /// - `withdraw.5` 0, and more than the stake, are refused.
    /// - `withdraw.6` Warming and parked stake without a lock leaves at once.
    pub fn withdraw(ctx: Context<Withdraw>, amount: u64) -> Result<()> {
        instructions::stake::withdraw::handle(ctx, amount)
    }

    /// Moves a node's whole unlocked stake to its task's successor (section 9). Rewards stay, to be
    /// claimed.
    ///
    /// Specification:
    /// - `migrate_stake.1` The whole stake moves from pot to pot, by the node's signature; the successor
    ///   may itself have moved on.
    /// - `migrate_stake.2` Only to the successor that is stored in the task.
    /// - `migrate_stake.3` Not while the stake is locked, or held by an open audit.
    /// - `migrate_stake.4` It arrives as a deposit made now: active from the successor's second round after
    ///   this one on, whatever its age here; parked stake too.
    /// - `migrate_stake.5` Less than the successor's minimum is refused, what is staked there included.
    /// - `migrate_stake.6` Lamports sent to the new stake account's address beforehand block nothing.
    pub fn migrate_stake(ctx: Context<MigrateStake>) -> Result<()> {
        instructions::stake::migrate_stake::handle(ctx)
    }

    /// Parks an idle node's whole stake, with notice (section 5): it leaves the electorate two rounds later,
    /// unless its node resumes it.
    ///
    /// Specification:
    /// - `park_stake.1` Anyone may, once the node has not been active for more than `idle_rounds`; never
    ///   where these are 0.
    /// - `park_stake.2` The stake stays active in this round and the next, and is in no electorate after
    ///   them.
    /// - `park_stake.3` Not while the stake is locked, or held by an open audit.
    /// - `park_stake.4` An account without stake, and stake that is parked already, are refused.
    /// - `park_stake.5` Parked stake is its node's: it counts for slashes, and can be withdrawn and
    ///   migrated.
    pub fn park_stake(ctx: Context<ParkStake>) -> Result<()> {
        instructions::stake::park_stake::handle(ctx)
    }

    /// Ends the parking of a node's stake (section 5).
    ///
    /// Specification:
    /// - `resume_stake.1` Only the node may, at any time; the stake must be parked.
    /// - `resume_stake.2` The stake is active as a deposit made now would be: from the second round after
    ///   this one on. Stake that is resumed in the round in which it was parked, or in the next, stays active
    ///   throughout.
    /// - `resume_stake.3` The node counts as active in this round.
    pub fn resume_stake(ctx: Context<ResumeStake>) -> Result<()> {
        instructions::stake::resume_stake::handle(ctx)
    }

    /// Opens cycle `cycle_number` at the start of the round in which it is worked, and sets its bounty aside
    /// (section 4).
    ///
    /// Specification:
    /// - `open_cycle.1` Accepted exactly in `B(r) ..= B(r) + submission_window`, once a cycle.
    /// - `open_cycle.2` The node's stake is active in round `r+1`, and at least the minimum there.
    /// - `open_cycle.3` The task is active, and the program is not paused.
    /// - `open_cycle.4` Exactly the task's bounty per round moves from the available to the reserved bounty;
    ///   with less available no cycle opens.
    /// - `open_cycle.5` The node counts as active, and parked stake resumes.
    /// - `open_cycle.6` Lamports sent to the cycle's address beforehand block nothing.
    pub fn open_cycle(ctx: Context<OpenCycle>, cycle_number: u64) -> Result<()> {
        instructions::work::open_cycle::handle(ctx, cycle_number)
    }

    /// Submits the proof `value` of the work done for cycle `cycle_number` (sections 2, 5 and 7).
    ///
    /// Specification:
    /// - `submit.1` Accepted exactly in `B(r+1) ..= B(r+1) + submission_window`.
    /// - `submit.2` The value is stored as given, at its own length; an empty one and one of more
    ///   than 512 bytes are refused.
    /// - `submit.3` Needs active stake of at least the minimum.
    /// - `submit.4` Once a node and cycle: a second submission is refused, with any value.
    /// - `submit.5` Only for a cycle that was opened; pause and deactivation do not matter.
    /// - `submit.6` Locks the node's whole stake until the audit window of the last attempt at the cycle's
    ///   list is over.
    /// - `submit.7` Stirs the cycle's entropy.
    /// - `submit.8` Lamports sent to the new address beforehand block nothing.
    pub fn submit(ctx: Context<Submit>, cycle_number: u64, value: Vec<u8>) -> Result<()> {
        instructions::work::submit::handle(ctx, cycle_number, value)
    }

    /// Votes on a submission or list (section 6). The first vote must call it invalid: it opens the
    /// audit, and its voter is the challenger.
    ///
    /// Specification:
    /// - `audit.1` Accepted exactly in the subject's audit window.
    /// - `audit.2` An audit is opened only in the window's first half, rounded up.
    /// - `audit.3` On an unchallenged subject only `is_valid = false` is accepted.
    /// - `audit.4` The author does not vote.
    /// - `audit.5` Needs active stake of at least the minimum; the task may be inactive.
    /// - `audit.6` One vote a node: a second one is refused, either way.
    /// - `audit.7` A vote weighs 1 or the voter's active stake, by the task's voting rule.
    /// - `audit.8` The audit notes the weight of all who can vote when it is opened, the author included,
    ///   and the author's; nothing changes them later. Opening holds the stake of author and challenger.
    /// - `audit.9` Voting locks the voter's stake until the subject's round is over.
    /// - `audit.10` Submissions and lists are audited alike.
    /// - `audit.11` A node has as many challenges of submissions open as its stake pays for, at least one;
    ///   lists are not limited, nor where a false challenge costs nothing.
    pub fn audit(ctx: Context<AuditSubject>, is_valid: bool) -> Result<()> {
        instructions::audit::audit::handle(ctx, is_valid)
    }

    /// Decides an audit once its window is over (section 6).
    ///
    /// Specification:
    /// - `resolve_audit.1` Anyone may, once, after the audit window.
    /// - `resolve_audit.2` Upheld, by over half of the electorate: the author loses `slash_bps` of its
    ///   stake; the challenger, the voters' pool and the bounty share it; the subject is invalid.
    /// - `resolve_audit.3` Dismissed, by over half of the electorate, the author included, and a majority of
    ///   the votes: the challenger loses `false_challenge_bps` of its stake; the author, the voters' pool
    ///   and the bounty share it; the subject stands.
    /// - `resolve_audit.4` Undecided: nobody is slashed. A submission falls where at least the quorum calls
    ///   it invalid, and more than its author and defenders; a list stands only if more was cast for it
    ///   than against, or if its author and defenders are over half of the electorate.
    /// - `resolve_audit.5` The slashed amount moves from the stake pot to the bounty pot at once.
    /// - `resolve_audit.6` Both stakes are released from the audit.
    /// - `resolve_audit.7` A slash is a share of the whole stake; where each node has one vote, of the
    ///   minimum stake at most.
    pub fn resolve_audit(ctx: Context<ResolveAudit>) -> Result<()> {
        instructions::audit::resolve_audit::handle(ctx)
    }

    /// Proposes the distribution list of a cycle (sections 7 and 8).
    ///
    /// Specification:
    /// - `submit_distribution_list.1` Accepted exactly in the attempt's window, and not before the
    ///   proposer's stagger slot in it.
    /// - `submit_distribution_list.2` The proposer submitted in this cycle, its submission is neither
    ///   invalid nor in dispute, and its active stake is at least the minimum.
    /// - `submit_distribution_list.3` A node proposes once a cycle.
    /// - `submit_distribution_list.4` Only while no list of the cycle is pending or accepted, and
    ///   within the allowed attempts.
    /// - `submit_distribution_list.5` The total is at most the bounty that was set aside for the cycle.
    /// - `submit_distribution_list.6` At least one entry, at most as many as submissions, each of at
    ///   least 1 base unit.
    /// - `submit_distribution_list.7` Locks the proposer's stake until the attempt's round is over.
    /// - `submit_distribution_list.8` Lamports sent to the list's address beforehand block nothing.
    pub fn submit_distribution_list(
        ctx: Context<SubmitDistributionList>,
        attempt: u8,
        proposal: ListProposal,
    ) -> Result<()> {
        instructions::distribution::submit_distribution_list::handle(ctx, attempt, proposal)
    }

    /// Accepts or rejects a list once its audit window is over (section 8).
    ///
    /// Specification:
    /// - `finalize_distribution.1` Anyone may, once, after the audit window.
    /// - `finalize_distribution.2` An unchallenged or standing list is accepted.
    /// - `finalize_distribution.3` A list that fell is rejected, and the next attempt is open to other
    ///   nodes.
    /// - `finalize_distribution.4` An open audit must be resolved first.
    /// - `finalize_distribution.5` At acceptance the part of the bounty that the list does not use is
    ///   available again.
    pub fn finalize_distribution(ctx: Context<FinalizeDistribution>) -> Result<()> {
        instructions::distribution::finalize_distribution::handle(ctx)
    }

    /// Credits entry `index` of an accepted list to its node (section 8).
    ///
    /// Specification:
    /// - `payout.1` Anyone may, for any node, with a proof of exactly that node, index and amount.
    /// - `payout.2` A node is paid once a cycle.
    /// - `payout.3` An invalid submission is not paid, nor one whose audit is unresolved.
    /// - `payout.4` Only an accepted list pays.
    /// - `payout.5` What is paid never exceeds the list's total.
    pub fn payout(
        ctx: Context<Payout>,
        index: u32,
        amount: u64,
        proof: Vec<[u8; 32]>,
    ) -> Result<()> {
        instructions::distribution::payout::handle(ctx, index, amount, proof)
    }

    /// Credits a submission of a failed cycle its equal share of the bounty (section 8).
    ///
    /// Specification:
    /// - `payout_equal.1` Anyone may, for any submission that stands, where the task pays equal shares.
    /// - `payout_equal.2` Only once every attempt at a list has failed: the last one's round is over, and no
    ///   list was accepted or waits to be finalized. No list is accepted after that.
    /// - `payout_equal.3` The share is the bounty over all submissions, rounded down; one of 0 is refused.
    /// - `payout_equal.4` A node is paid once a cycle; an invalid submission is not paid, nor one whose
    ///   audit is unresolved.
    /// - `payout_equal.5` Within `claim_window` rounds after the last attempt's.
    pub fn payout_equal(ctx: Context<PayoutEqual>) -> Result<()> {
        instructions::distribution::payout_equal::handle(ctx)
    }

    /// Pays a node's whole available balance to a token account of its choice (section 8).
    ///
    /// Specification:
    /// - `claim_reward.1` The whole balance moves from the bounty pot to the account named, which is no
    ///   pot of the task.
    /// - `claim_reward.2` A balance of 0 is refused.
    pub fn claim_reward(ctx: Context<ClaimReward>) -> Result<()> {
        instructions::stake::claim_reward::handle(ctx)
    }

    /// Turns a node's whole available balance into warming stake (section 8).
    ///
    /// Specification:
    /// - `compound.1` The whole balance moves from the bounty pot to the stake pot and warms up like a
    ///   deposit.
    /// - `compound.2` A balance of 0 is refused, and a deposit that leaves the stake below the
    ///   minimum.
    pub fn compound(ctx: Context<Compound>) -> Result<()> {
        instructions::stake::compound::handle(ctx)
    }

    /// Closes a vote of a resolved audit and credits its share of the voters' pool (section 6).
    ///
    /// Specification:
    /// - `close_vote.1` Anyone may, once the audit is resolved; the rent goes back to its payer.
    /// - `close_vote.2` A vote for the side in the right is credited its share, pro rata by weight; any other
    ///   vote is credited nothing.
    /// - `close_vote.3` The last vote leaves what rounding left to the bounty.
    pub fn close_vote(ctx: Context<CloseVote>) -> Result<()> {
        instructions::audit::close_vote::handle(ctx)
    }

    /// Closes a submission or list of a settled cycle (section 8).
    ///
    /// Specification:
    /// - `close_subject.1` Anyone may, once the cycle is settled; the rent goes back to its payer.
    /// - `close_subject.2` Not while an audit of it is open, or a vote on it.
    pub fn close_subject(ctx: Context<CloseSubject>) -> Result<()> {
        instructions::distribution::close_subject::handle(ctx)
    }

    /// Closes a settled cycle whose submissions and lists are closed (section 8).
    ///
    /// Specification:
    /// - `close_cycle.1` Anyone may; the rent goes back to its payer.
    /// - `close_cycle.2` Settled means: all that is owed is paid, the claim window is over, every attempt
    ///   has failed where there are no equal shares, or nobody submitted and the review is over.
    /// - `close_cycle.3` Not while a submission or list of it is open.
    /// - `close_cycle.4` What of the bounty was not paid is available again.
    pub fn close_cycle(ctx: Context<CloseCycle>) -> Result<()> {
        instructions::distribution::close_cycle::handle(ctx)
    }

    /// Closes an empty stake account (section 5).
    ///
    /// Specification:
    /// - `close_stake.1` The node may, and anyone once the task is inactive; the rent goes back to its
    ///   payer.
    /// - `close_stake.2` Not while it holds stake, parked stake included, or a balance.
    /// - `close_stake.3` Not while accounts that the node opened exist.
    pub fn close_stake(ctx: Context<CloseStake>) -> Result<()> {
        instructions::stake::close_stake::handle(ctx)
    }

    /// Closes a task with its texts and its pots (section 9). All that is left in both pots, donations
    /// too, goes to the token account that the manager names, all rent to the creator.
    ///
    /// Specification:
    /// - `close_task.1` Only the manager may.
    /// - `close_task.2` Not while the task is active.
    /// - `close_task.3` Not while a stake account exists: so nothing is staked, reserved or owed.
    /// - `close_task.4` Both pots are emptied into a token account of the mint, which is no pot of the
    ///   task.
    /// - `close_task.5` The rent of task, texts and pots goes back to the creator, who paid it.
    pub fn close_task(ctx: Context<CloseTask>) -> Result<()> {
        instructions::task::close_task::handle(ctx)
    }
}
