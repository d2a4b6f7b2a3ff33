use super::{Subject, Task};
use crate::{
    checked::{add, count_down, count_up},
    error::GradualError,
    rules::warming::StakeTimeline,
};
use anchor_lang::prelude::*;

/// One node's stake in one task, and what it has earned there.
///
/// Seeds: `["stake", task, node]`. `deposited = stake + slashed + withdrawn` (I6) and
/// `earned = available_balance + claimed + compounded`, always.
#[account(zero_copy)]
#[derive(Debug, PartialEq, Eq)]
pub struct NodeStake {
    /// The task staked in.
    pub task: Pubkey,
    /// The node; it alone may withdraw and claim.
    pub node: Pubkey,
    /// Who paid this account's rent.
    pub payer: Pubkey,
    /// The stake, in base units, active and warming.
    pub stake: StakeTimeline,
    /// All that ever came in, in base units: staked, compounded, or moved here from a task that this
    /// one succeeds.
    pub deposited: u64,
    /// All that ever left by the node's will, in base units: withdrawn, or moved to the successor.
    pub withdrawn: u64,
    /// All that was ever slashed, in base units.
    pub slashed: u64,
    /// Rewards and shares of slashes to claim or compound, in base units, held in the bounty pot.
    pub available_balance: u64,
    /// All rewards and shares of slashes ever credited, in base units.
    pub earned: u64,
    /// All that was ever claimed, in base units.
    pub claimed: u64,
    /// All that was ever compounded, in base units.
    pub compounded: u64,
    /// First slot at which the stake may be withdrawn, as far as work in cycles goes.
    pub locked_until_slot: u64,
    /// Open audits against this node or opened by it; they hold the whole stake.
    pub open_audits: u32,
    /// Accounts this node opened that still exist: submissions, votes, lists, rounds.
    pub open_accounts: u32,
    /// Canonical bump of this address.
    pub bump: u8,
    /// Bytes of `endpoint` in use.
    pub endpoint_len: u8,
    /// Unused, 0.
    pub padding: [u8; 6],
    /// Where the node can be reached, UTF-8.
    pub endpoint: [u8; 64],
}

impl NodeStake {
    /// Size of the account, discriminator included, in bytes.
    pub const SPACE: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();

    /// Where the node can be reached; empty where it is not said.
    pub fn endpoint(&self) -> &str {
        super::text(&self.endpoint, self.endpoint_len)
    }

    /// Adds `amount` as warming stake (section 5).
    ///
    /// # Errors
    /// [`GradualError::ZeroAmount`], [`GradualError::StakeBelowMinimum`] where the whole stake would
    /// still be below the minimum, [`GradualError::Overflow`].
    pub fn deposit(&mut self, task: &mut Task, round: u64, amount: u64) -> Result<()> {
        require!(amount > 0, GradualError::ZeroAmount);
        let minimum = task.minimum_stake_amount;
        task.change_stake(&mut self.stake, round, |stake| {
            stake.deposit(amount).ok_or(GradualError::Overflow)?;
            require!(stake.total() >= minimum, GradualError::StakeBelowMinimum);
            Ok(())
        })?;
        add(&mut self.deposited, amount)
    }

    /// Takes `amount` out of unlocked stake, warming stake first (section 5).
    ///
    /// # Errors
    /// [`GradualError::ZeroAmount`], [`GradualError::StakeInAudit`], [`GradualError::StakeLocked`],
    /// [`GradualError::InsufficientStake`], and [`GradualError::RemainderBelowMinimum`] where
    /// less than the minimum would be left, unless that is nothing, or just the active stake as it was.
    pub fn withdraw(&mut self, task: &mut Task, slot: u64, amount: u64) -> Result<()> {
        require!(amount > 0, GradualError::ZeroAmount);
        self.require_unlocked(slot)?;
        let (round, minimum) = (task.current_round(slot), task.minimum_stake_amount);
        task.change_stake(&mut self.stake, round, |stake| {
            let active = stake.active();
            stake
                .withdraw(amount)
                .ok_or(GradualError::InsufficientStake)?;
            let left = stake.total();
            require!(
                left == 0 || left >= minimum || left == active,
                GradualError::RemainderBelowMinimum
            );
            Ok(())
        })?;
        add(&mut self.withdrawn, amount)
    }

    /// Takes the whole unlocked stake out, to be moved to the successor (section 9); returns it as it
    /// was.
    ///
    /// # Errors
    /// [`GradualError::StakeInAudit`], [`GradualError::StakeLocked`],
    /// [`GradualError::NothingToMigrate`].
    pub fn leave(&mut self, task: &mut Task, slot: u64) -> Result<StakeTimeline> {
        self.require_unlocked(slot)?;
        let (before, total) = (self.stake, self.stake.total());
        require!(total > 0, GradualError::NothingToMigrate);
        let round = task.current_round(slot);
        task.change_stake(&mut self.stake, round, |stake| {
            Ok(stake.withdraw(total).ok_or(GradualError::Overflow)?)
        })?;
        add(&mut self.withdrawn, total)?;
        Ok(before)
    }

    /// Adds stake that moved here, active in `amounts` from `round` on (section 9).
    ///
    /// # Errors
    /// [`GradualError::BelowSuccessorMinimum`] where the whole stake would still be below the minimum,
    /// [`GradualError::Overflow`].
    pub fn arrive(&mut self, task: &mut Task, round: u64, amounts: [u64; 3]) -> Result<()> {
        let minimum = task.minimum_stake_amount;
        let before = self.stake.total();
        task.change_stake(&mut self.stake, round, |stake| {
            stake.arrive(amounts).ok_or(GradualError::Overflow)?;
            require!(
                stake.total() >= minimum,
                GradualError::BelowSuccessorMinimum
            );
            Ok(())
        })?;
        let moved = self.stake.total().checked_sub(before);
        add(&mut self.deposited, moved.ok_or(GradualError::Overflow)?)
    }

    fn require_unlocked(&self, slot: u64) -> Result<()> {
        require!(self.open_audits == 0, GradualError::StakeInAudit);
        require!(slot >= self.locked_until_slot, GradualError::StakeLocked);
        Ok(())
    }

    /// Takes `amount` away from the stake, locked or not (section 6).
    ///
    /// # Errors
    /// [`GradualError::InsufficientStake`] where it is more than the whole stake.
    pub fn slash(&mut self, task: &mut Task, round: u64, amount: u64) -> Result<()> {
        task.change_stake(&mut self.stake, round, |stake| {
            stake.slash(amount).ok_or(GradualError::InsufficientStake)?;
            Ok(())
        })?;
        add(&mut self.slashed, amount)
    }

    /// Credits a reward or a share of a slash.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn credit(&mut self, amount: u64) -> Result<()> {
        add(&mut self.available_balance, amount)?;
        add(&mut self.earned, amount)
    }

    /// Empties `available_balance` and returns what was in it.
    ///
    /// # Errors
    /// [`GradualError::NothingToClaim`] when it is 0.
    pub fn take_available(&mut self) -> Result<u64> {
        let amount = std::mem::take(&mut self.available_balance);
        require!(amount > 0, GradualError::NothingToClaim);
        Ok(amount)
    }

    /// Keeps the whole stake where it is until what this node does now can no longer be punished
    /// (section 5): never shortens an earlier lock.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn lock_for(&mut self, task: &Task, subject: &Subject) -> Result<()> {
        let until = task
            .schedule
            .unlock_slot(subject.cycle_number, subject.window_round)
            .ok_or(GradualError::Overflow)?;
        self.locked_until_slot = self.locked_until_slot.max(until);
        Ok(())
    }

    /// The node's voting weight in `round`.
    ///
    /// # Errors
    /// [`GradualError::InsufficientActiveStake`] below the task's minimum.
    pub fn require_weight(&self, task: &Task, round: u64) -> Result<u64> {
        let weight = task.weight_in(&self.stake, round);
        Ok(weight.ok_or(GradualError::InsufficientActiveStake)?)
    }

    /// Counts an audit opened against this node, or by it; it holds the whole stake.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn audit_opened(&mut self) -> Result<()> {
        count_up(&mut self.open_audits)
    }

    /// Counts such an audit as resolved.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn audit_resolved(&mut self) -> Result<()> {
        count_down(&mut self.open_audits)
    }

    /// Counts an account this node opened.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn account_opened(&mut self) -> Result<()> {
        count_up(&mut self.open_accounts)
    }

    /// Counts an account this node had opened and that is now closed.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn account_closed(&mut self) -> Result<()> {
        count_down(&mut self.open_accounts)
    }

    /// # Errors
    /// [`GradualError::NodeAccountsOpen`] or [`GradualError::StakeNotEmpty`] while the account still
    /// holds or answers for anything.
    pub fn require_empty(&self) -> Result<()> {
        require!(
            self.stake.total() == 0 && self.available_balance == 0,
            GradualError::StakeNotEmpty
        );
        require!(
            self.open_accounts == 0 && self.open_audits == 0,
            GradualError::NodeAccountsOpen
        );
        Ok(())
    }
}
