use crate::{
    constants::TASK_SEED,
    error::GradualError,
    rules::{
        schedule::{Schedule, last_attempt_round},
        verdict::VotingRule,
        warming::{Electorate, StakeTimeline},
    },
};
use anchor_lang::prelude::*;

/// A task: its terms, and the book-keeping of its two pots.
///
/// Seeds: `["task", creator, task_id LE, terms hash]`. The terms never change, and an address stands for
/// its terms for ever. The hot instructions only read this account.
#[account(zero_copy)]
#[derive(Debug, PartialEq, Eq)]
pub struct Task {
    /// Who created the task; part of its address.
    pub creator: Pubkey,
    /// Who may activate, deactivate, migrate and close it.
    pub manager: Pubkey,
    /// Who may become the manager by accepting; all zeros where nobody may.
    pub pending_manager: Pubkey,
    /// The task that succeeds this one; all zeros while none does.
    pub migrated_to: Pubkey,
    /// The mint that stakes and bounties are counted in.
    pub mint: Pubkey,
    /// The token program that owns the mint.
    pub token_program: Pubkey,
    /// Token account that holds all stake; its authority is this account.
    pub stake_pot: Pubkey,
    /// Token account that holds the bounty and all that is owed to nodes; its authority too is this
    /// account.
    pub bounty_pot: Pubkey,
    /// Hash (sha256) over the terms, the mint and the texts; part of the address. See
    /// [`terms_hash`](crate::terms_hash).
    pub terms_hash: [u8; 32],
    /// The creator's own number for the task; part of its address.
    pub task_id: u64,
    /// When what is allowed.
    pub schedule: Schedule,
    /// Least active stake, in base units, with which a node takes part.
    pub minimum_stake_amount: u64,
    /// What is set aside for a cycle when it is opened, in base units.
    pub bounty_amount_per_round: u64,
    /// Rounds in which payouts can be made for sure, after a list's acceptance or the last attempt at one.
    pub claim_window: u64,
    /// Rounds without an act of a node after which its stake may be parked; 0: never.
    pub idle_rounds: u64,

    /// Sum of all stake, warming and parked included, in base units (I3).
    pub total_stake: u64,
    /// Stake and nodes that can vote, now and in the rounds to come (I3).
    pub electorate: Electorate,
    /// Stake accounts that exist.
    pub node_count: u64,
    /// All that ever came in from outside, in base units: funded, or moved here by migrations.
    pub bounty_funded: u64,
    /// Part of the bounty pot that is set aside for no cycle and that no node is owed, in base units.
    pub bounty_available: u64,
    /// Sum of what open cycles owe, in base units, with what they have paid of it; see
    /// [`Cycle::owed`](super::Cycle::owed).
    pub bounty_reserved: u64,
    /// Sum of what closed cycles have paid, in base units; what open cycles have paid comes on top.
    pub bounty_paid: u64,
    /// All that slashes ever added to `bounty_available`, in base units.
    pub bounty_from_slashes: u64,
    /// All that ever moved to the successor, in base units.
    pub bounty_migrated: u64,

    /// Share of the electorate that must call a submission invalid for it to fall undecided, in basis
    /// points.
    pub quorum_bps: u16,
    /// Share of its stake that the author of an invalid subject loses, in basis points.
    pub slash_bps: u16,
    /// Share of its stake that a false challenger loses, in basis points.
    pub false_challenge_bps: u16,
    /// Share of a slash that goes to the party in the right, in basis points.
    pub challenger_bps: u16,
    /// Share of a slash that goes to the voters in the right, in basis points.
    pub voter_bps: u16,
    /// Attempts at a list that may fail before the cycle fails.
    pub allowed_failed_distributions: u8,
    /// 0: one vote a node; 1: by active stake. See [`Task::voting`].
    pub voting_rule: u8,
    /// 1 while nodes may stake and open cycles.
    pub is_active: u8,
    /// Decimals of the mint.
    pub mint_decimals: u8,
    /// Canonical bump of this address.
    pub bump: u8,
    /// 1 where a manager of the config vouches for the task.
    pub is_allowlisted: u8,
    /// 1 where the submissions of a failed cycle are paid in equal shares.
    pub equal_shares: u8,
    /// Unused, 0.
    pub padding: [u8; 7],
}

impl Task {
    /// Size of the account, discriminator included, in bytes.
    pub const SPACE: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();

    /// How this task's votes are weighed.
    pub const fn voting(&self) -> VotingRule {
        VotingRule::from_byte(self.voting_rule)
    }

    /// Whether nodes may stake and open cycles.
    pub const fn is_active(&self) -> bool {
        self.is_active == 1
    }

    /// Whether a manager of the config vouches for the task.
    pub const fn is_allowlisted(&self) -> bool {
        self.is_allowlisted == 1
    }

    /// Whether the submissions of a failed cycle are paid in equal shares.
    pub const fn equal_shares(&self) -> bool {
        self.equal_shares == 1
    }

    /// The present round; before the start, round 0.
    pub fn current_round(&self, slot: u64) -> u64 {
        self.schedule.round_at(slot).unwrap_or_default()
    }

    /// # Errors
    /// [`GradualError::TaskInactive`] unless the task is active, [`GradualError::TaskMigrated`] where it
    /// never will be again.
    pub fn require_active(&self) -> Result<()> {
        require!(!self.has_migrated(), GradualError::TaskMigrated);
        require!(self.is_active(), GradualError::TaskInactive);
        Ok(())
    }

    /// The round of the last attempt at the list of cycle `cycle`.
    pub const fn last_attempt_round(&self, cycle: u64) -> Option<u64> {
        last_attempt_round(cycle, self.allowed_failed_distributions)
    }

    /// Whether the task has a successor.
    pub fn has_migrated(&self) -> bool {
        self.migrated_to != Pubkey::default()
    }

    /// # Errors
    /// Unless `successor`, which lives at `address`, may be this task's successor:
    /// [`GradualError::WrongSuccessor`] where there is another,
    /// [`GradualError::SuccessorCreator`] unless this task's creator or manager created it,
    /// [`GradualError::SuccessorMigrated`] where it has a successor of its own: so chains of them never
    /// close to a ring.
    pub fn require_successor(&self, address: &Pubkey, successor: &Self) -> Result<()> {
        if self.has_migrated() {
            require_keys_eq!(self.migrated_to, *address, GradualError::WrongSuccessor);
            return Ok(());
        }
        require!(
            [self.creator, self.manager].contains(&successor.creator),
            GradualError::SuccessorCreator
        );
        require!(!successor.has_migrated(), GradualError::SuccessorMigrated);
        Ok(())
    }

    /// Deactivates this task for good, in favour of the successor at `address`.
    pub const fn migrate_to(&mut self, address: Pubkey) {
        self.migrated_to = address;
        self.is_active = 0;
    }

    /// How many rounds the available bounty pays in full.
    pub fn funded_rounds(&self) -> u64 {
        self.bounty_available
            .checked_div(self.bounty_amount_per_round)
            .unwrap_or_default()
    }

    /// The voting weight of `stake` in `round`, `None` where its active part is below the minimum.
    pub fn weight_in(&self, stake: &StakeTimeline, round: u64) -> Option<u64> {
        let active = stake.at(round).active();
        (active >= self.minimum_stake_amount).then(|| self.voting().weight(active))
    }

    /// The weight of all who can vote in `round`, by this task's voting rule.
    pub fn electorate_in(&self, round: u64) -> u64 {
        let mut electorate = self.electorate;
        electorate.roll_to(round);
        let (stake, nodes) = electorate.now();
        match self.voting() {
            VotingRule::PerNode => nodes,
            VotingRule::ByStake => stake,
        }
    }

    /// Puts `after` in the place of one node's `stake`, in the task's totals too (I3): the only way stake
    /// ever changes.
    ///
    /// # Errors
    /// [`GradualError::Overflow`] where a sum does not fit.
    pub fn replace_stake(&mut self, stake: &mut StakeTimeline, after: StakeTimeline) -> Result<()> {
        let before = stake.at(after.as_of_round);
        self.electorate.roll_to(after.as_of_round);
        self.electorate
            .replace(&before, &after, self.minimum_stake_amount)
            .ok_or(GradualError::Overflow)?;
        self.total_stake = self
            .total_stake
            .checked_sub(before.total())
            .and_then(|rest| rest.checked_add(after.total()))
            .ok_or(GradualError::Overflow)?;
        *stake = after;
        Ok(())
    }

    /// # Errors
    /// [`GradualError::PotAsDestination`] where tokens would leave a pot for a pot.
    pub fn require_no_pot(&self, destination: &Pubkey) -> Result<()> {
        require!(
            *destination != self.stake_pot && *destination != self.bounty_pot,
            GradualError::PotAsDestination
        );
        Ok(())
    }

    /// What the program signs with as this task.
    pub fn signer(&self) -> TaskSigner {
        TaskSigner {
            creator: self.creator,
            task_id: self.task_id.to_le_bytes(),
            terms_hash: self.terms_hash,
            bump: [self.bump],
        }
    }
}

/// The seeds of a task's address, kept apart so that the account itself need not stay borrowed
/// while the program signs for it.
pub struct TaskSigner {
    creator: Pubkey,
    task_id: [u8; 8],
    terms_hash: [u8; 32],
    bump: [u8; 1],
}

impl TaskSigner {
    /// The seeds, bump included.
    pub fn seeds(&self) -> [&[u8]; 5] {
        [
            TASK_SEED,
            self.creator.as_ref(),
            &self.task_id,
            &self.terms_hash,
            &self.bump,
        ]
    }
}
