use crate::{
    constants::TASK_SEED,
    error::GradualError,
    rules::{
        schedule::Schedule,
        verdict::Voting,
        warming::{Electorate, StakeTimeline},
    },
};
use anchor_lang::prelude::*;

/// A task: its terms, and the book-keeping of its two pots.
///
/// Seeds: `["task", creator, task_id LE]`. The terms never change; whoever staked under them keeps
/// them. The hot instructions only read this account.
#[account(zero_copy)]
#[derive(Debug, PartialEq, Eq)]
pub struct Task {
    /// Who created the task; part of its address.
    pub creator: Pubkey,
    /// Who may activate and deactivate it.
    pub manager: Pubkey,
    /// The mint that stakes and bounties are counted in.
    pub mint: Pubkey,
    /// The token program that owns the mint.
    pub token_program: Pubkey,
    /// Token account that holds all stake; its authority is this account.
    pub stake_pot: Pubkey,
    /// Token account that holds the bounty and all that is owed to nodes; authority likewise.
    pub bounty_pot: Pubkey,
    /// The creator's own number for the task; part of its address.
    pub task_id: u64,
    /// When what is allowed.
    pub schedule: Schedule,
    /// Least active stake, in base units, with which a node takes part.
    pub minimum_stake_amount: u64,
    /// Most that one cycle's list may pay, in base units.
    pub bounty_amount_per_round: u64,
    /// Rounds after a list's acceptance in which its payouts can be made for sure.
    pub claim_window: u64,

    /// Sum of all stake, warming included, in base units (I3).
    pub total_stake: u64,
    /// Stake and nodes that can vote, now and in the rounds to come (I3).
    pub electorate: Electorate,
    /// Stake accounts that exist.
    pub node_count: u64,
    /// All that was ever funded, in base units.
    pub bounty_funded: u64,
    /// Part of the bounty pot that no list has reserved and no node is owed, in base units.
    pub bounty_available: u64,
    /// Sum of the totals of lists that are pending or accepted and not closed, in base units.
    pub bounty_reserved: u64,
    /// Sum of what closed lists have paid, in base units; open lists' own `paid` comes on top.
    pub bounty_paid: u64,
    /// All that slashes ever added to `bounty_available`, in base units.
    pub bounty_from_slashes: u64,

    /// Share of the electorate that must vote for a verdict, in basis points.
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
    /// 1 while nodes may stake and submit.
    pub is_active: u8,
    /// Decimals of the mint.
    pub mint_decimals: u8,
    /// Canonical bump of this address.
    pub bump: u8,
    /// Unused, 0.
    pub padding: [u8; 1],
}

impl Task {
    /// Size of the account, discriminator included, in bytes.
    pub const SPACE: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();

    /// How this task's votes are weighed.
    pub const fn voting(&self) -> Voting {
        match self.voting_rule {
            0 => Voting::PerNode,
            _ => Voting::ByStake,
        }
    }

    /// The present round; before the start, round 0.
    pub fn current_round(&self, slot: u64) -> u64 {
        self.schedule.round_at(slot).unwrap_or_default()
    }

    /// # Errors
    /// [`GradualError::TaskInactive`] unless the task is active.
    pub fn require_active(&self) -> Result<()> {
        require!(self.is_active == 1, GradualError::TaskInactive);
        Ok(())
    }

    /// The voting weight of `stake` in `round`, `None` where its active part is below the minimum.
    pub fn weight_in(&self, stake: &StakeTimeline, round: u64) -> Option<u64> {
        let mut stake = *stake;
        stake.roll_to(round);
        (stake.active() >= self.minimum_stake_amount).then(|| self.voting().weight(stake.active()))
    }

    /// The weight of all who can vote in `round`, by this task's voting rule.
    pub fn electorate_in(&self, round: u64) -> u64 {
        let mut electorate = self.electorate;
        electorate.roll_to(round);
        let (stake, nodes) = electorate.now();
        match self.voting() {
            Voting::PerNode => nodes,
            Voting::ByStake => stake,
        }
    }

    /// Applies `change` to one node's stake as of `round`, and carries it over into the task's
    /// totals (I3): the only way stake ever changes.
    ///
    /// # Errors
    /// [`GradualError::Overflow`] where a sum does not fit; otherwise what `change` returns.
    pub fn change_stake(
        &mut self,
        stake: &mut StakeTimeline,
        round: u64,
        change: impl FnOnce(&mut StakeTimeline) -> Result<()>,
    ) -> Result<()> {
        stake.roll_to(round);
        self.electorate.roll_to(round);
        let before = *stake;
        change(stake)?;
        self.electorate
            .replace(&before, stake, self.minimum_stake_amount)
            .ok_or(GradualError::Overflow)?;
        self.total_stake = self
            .total_stake
            .checked_sub(before.total())
            .and_then(|rest| rest.checked_add(stake.total()))
            .ok_or(GradualError::Overflow)?;
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
            bump: [self.bump],
        }
    }
}

/// The seeds of a task's address, kept apart so that the account itself need not stay borrowed
/// while the program signs for it.
pub struct TaskSigner {
    creator: Pubkey,
    task_id: [u8; 8],
    bump: [u8; 1],
}

impl TaskSigner {
    /// The seeds, bump included.
    pub fn seeds(&self) -> [&[u8]; 4] {
        [TASK_SEED, self.creator.as_ref(), &self.task_id, &self.bump]
    }
}
