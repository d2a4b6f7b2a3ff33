use super::{SubjectKind, Task};
use crate::{
    checked::{add, count_down, count_up},
    constants::STAKE_SEED,
    error::GradualError,
    pda::{self, NewAccount, canonical_bump},
    rules::{money::most_open_challenges, warming::StakeTimeline},
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
    /// The stake, in base units: active, warming, parked.
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
    /// The last round in which the node staked, resumed, opened a cycle, submitted, voted or proposed.
    pub last_active_round: u64,
    /// Open audits against this node or opened by it; they hold the whole stake.
    pub open_audits: u32,
    /// Those of them that the node opened, of submissions.
    pub open_challenges: u32,
    /// Accounts this node opened that still exist: submissions, votes, lists, cycles.
    pub open_accounts: u32,
    /// Canonical bump of this address.
    pub bump: u8,
    /// Bytes of `endpoint` in use.
    pub endpoint_len: u8,
    /// Unused, 0.
    pub padding: [u8; 2],
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

    /// The bump with which the stake account of `node` in `task` is to be opened; `None` where it exists.
    ///
    /// # Errors
    /// [`GradualError::WrongAddress`] where another address would be opened;
    /// [`GradualError::WrongNode`] and [`GradualError::WrongTask`] where another account exists.
    pub fn bump_to_open(account: &AccountInfo, task: &Pubkey, node: &Pubkey) -> Result<Option<u8>> {
        if pda::is_free(account) {
            let seeds = [STAKE_SEED, task.as_ref(), node.as_ref()];
            return canonical_bump(account.key, &seeds).map(Some);
        }
        let stake = pda::load::<Self>(account).ok_or(GradualError::WrongNode)?;
        require_keys_eq!(stake.task, *task, GradualError::WrongTask);
        require_keys_eq!(stake.node, *node, GradualError::WrongNode);
        Ok(None)
    }

    /// Opens an empty stake account of `node` in the task at `task`, and counts it there.
    ///
    /// # Errors
    /// The system program's where the payer cannot pay.
    pub fn open<'info>(
        account: &AccountInfo<'info>,
        payer: &AccountInfo<'info>,
        (task, of): (Pubkey, &mut Task),
        node: Pubkey,
        bump: u8,
    ) -> Result<()> {
        NewAccount {
            address: account,
            payer,
            seeds: &[STAKE_SEED, task.as_ref(), node.as_ref(), &[bump]],
        }
        .create(&[], |stake: &mut Self| {
            stake.task = task;
            stake.node = node;
            stake.payer = *payer.key;
            stake.bump = bump;
        })?;
        add(&mut of.node_count, 1)
    }

    /// `stake` after a deposit of `amount` in `round` (section 5), which ends parking.
    ///
    /// # Errors
    /// [`GradualError::ZeroAmount`], `too_little` where the whole stake would still be below the minimum,
    /// [`GradualError::Overflow`].
    pub fn after_deposit(
        stake: &StakeTimeline,
        task: &Task,
        round: u64,
        amount: u64,
        too_little: GradualError,
    ) -> Result<StakeTimeline> {
        require!(amount > 0, GradualError::ZeroAmount);
        let mut after = stake.at(round);
        after.deposit(amount).ok_or(GradualError::Overflow)?;
        if after.total() < task.minimum_stake_amount {
            return Err(too_little.into());
        }
        Ok(after)
    }

    /// Sets the stake to what it is `after` a deposit.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn deposit(&mut self, task: &mut Task, after: StakeTimeline) -> Result<()> {
        let amount = after.total().checked_sub(self.stake.total());
        self.last_active_round = after.as_of_round;
        task.replace_stake(&mut self.stake, after)?;
        add(&mut self.deposited, amount.ok_or(GradualError::Overflow)?)
    }

    /// The stake after `amount` was taken out of it, warming stake first (section 5).
    ///
    /// # Errors
    /// [`GradualError::ZeroAmount`], [`GradualError::StakeInAudit`], [`GradualError::StakeLocked`],
    /// [`GradualError::InsufficientStake`], and [`GradualError::RemainderBelowMinimum`] where
    /// less than the minimum would be left, unless that is nothing, or just the active stake as it was.
    pub fn after_withdrawal(&self, task: &Task, slot: u64, amount: u64) -> Result<StakeTimeline> {
        require!(amount > 0, GradualError::ZeroAmount);
        self.require_unlocked(slot)?;
        let mut after = self.stake.at(task.current_round(slot));
        let active = after.active();
        after
            .withdraw(amount)
            .ok_or(GradualError::InsufficientStake)?;
        let left = after.total();
        require!(
            left == 0 || left >= task.minimum_stake_amount || left == active,
            GradualError::RemainderBelowMinimum
        );
        Ok(after)
    }

    /// Sets the stake to what it is `after` a withdrawal.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn withdraw(&mut self, task: &mut Task, after: StakeTimeline) -> Result<()> {
        let amount = self.stake.total().checked_sub(after.total());
        task.replace_stake(&mut self.stake, after)?;
        add(&mut self.withdrawn, amount.ok_or(GradualError::Overflow)?)
    }

    /// # Errors
    /// [`GradualError::StakeInAudit`], [`GradualError::StakeLocked`] or
    /// [`GradualError::NothingToMigrate`], unless the stake may move to the successor (section 9).
    pub fn require_movable(&self, slot: u64) -> Result<()> {
        self.require_unlocked(slot)?;
        require!(self.stake.total() > 0, GradualError::NothingToMigrate);
        Ok(())
    }

    /// # Errors
    /// Unless the stake may be parked in the round of `slot` (section 5):
    /// [`GradualError::StakeInAudit`], [`GradualError::StakeLocked`], [`GradualError::NothingToPark`],
    /// [`GradualError::AlreadyParked`], [`GradualError::NotIdle`].
    pub fn require_parkable(&self, task: &Task, slot: u64) -> Result<()> {
        self.require_unlocked(slot)?;
        require!(self.stake.total() > 0, GradualError::NothingToPark);
        require!(!self.stake.is_parked(), GradualError::AlreadyParked);
        let idle_until = self.last_active_round.saturating_add(task.idle_rounds);
        require!(
            task.idle_rounds > 0 && task.current_round(slot) > idle_until,
            GradualError::NotIdle
        );
        Ok(())
    }

    /// Parks the whole stake, with notice: it stays active in `round` and the next.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn park(&mut self, task: &mut Task, round: u64) -> Result<()> {
        let mut after = self.stake.at(round);
        after.park();
        task.replace_stake(&mut self.stake, after)
    }

    /// Ends parking, if the stake is parked, as a deposit made in `round` would; the node is active in it.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn resume(&mut self, task: &mut Task, round: u64) -> Result<()> {
        self.last_active_round = round;
        if !self.stake.is_parked() {
            return Ok(());
        }
        let mut after = self.stake.at(round);
        after.resume();
        task.replace_stake(&mut self.stake, after)
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
        let mut after = self.stake.at(round);
        after.slash(amount).ok_or(GradualError::InsufficientStake)?;
        task.replace_stake(&mut self.stake, after)?;
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

    /// The balance, which must be something.
    ///
    /// # Errors
    /// [`GradualError::NothingToClaim`] when it is 0.
    pub fn require_balance(&self) -> Result<u64> {
        require!(self.available_balance > 0, GradualError::NothingToClaim);
        Ok(self.available_balance)
    }

    /// Keeps the whole stake where it is until slot `until`, when what the node does in `round` can no
    /// longer be punished or disputed (section 5); never shortens an earlier lock.
    pub fn lock(&mut self, round: u64, until: u64) {
        self.last_active_round = round;
        self.locked_until_slot = self.locked_until_slot.max(until);
    }

    /// Locks the stake for a vote on, or a proposal of, a subject of window round `round`.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn lock_for_round(&mut self, task: &Task, round: u64) -> Result<()> {
        let until = task.schedule.unlock_after_round(round);
        self.lock(round, until.ok_or(GradualError::Overflow)?);
        Ok(())
    }

    /// # Errors
    /// [`GradualError::TooManyChallenges`] unless the stake pays for one more open challenge of a
    /// submission.
    pub fn require_challenge_covered(&self, task: &Task) -> Result<()> {
        let most = most_open_challenges(task.false_challenge_bps);
        require!(
            most.is_none_or(|most| self.open_challenges < most),
            GradualError::TooManyChallenges
        );
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

    /// Counts an audit that this node opens.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn challenge_opened(&mut self, kind: SubjectKind) -> Result<()> {
        if kind == SubjectKind::Submission {
            count_up(&mut self.open_challenges)?;
        }
        self.audit_opened()
    }

    /// Counts an audit that this node opened as resolved.
    ///
    /// # Errors
    /// [`GradualError::Overflow`].
    pub fn challenge_resolved(&mut self, kind: SubjectKind) -> Result<()> {
        if kind == SubjectKind::Submission {
            count_down(&mut self.open_challenges)?;
        }
        self.audit_resolved()
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    fn task() -> Task {
        let mut task = Task::zeroed();
        task.schedule.round_time = 10;
        task.minimum_stake_amount = 50;
        task.idle_rounds = 3;
        task.false_challenge_bps = 2_000;
        task
    }

    /// A stake of 100, deposited in round 2.
    fn staked(task: &mut Task) -> NodeStake {
        let mut stake = NodeStake::zeroed();
        let too_little = GradualError::StakeBelowMinimum;
        let after = NodeStake::after_deposit(&stake.stake, task, 2, 100, too_little).unwrap();
        stake.deposit(task, after).unwrap();
        stake
    }

    #[test]
    fn a_stake_is_parked_only_once_its_node_was_idle_for_long() {
        let mut task = task();
        let mut stake = staked(&mut task);
        let parkable = |stake: &NodeStake, task: &Task, round: u64| {
            stake.require_parkable(task, round * 10).is_ok()
        };
        assert!(!parkable(&stake, &task, 5));
        assert!(parkable(&stake, &task, 6));
        stake.lock(4, 75);
        assert!(!parkable(&stake, &task, 7), "active in round 4");
        assert!(
            parkable(&stake, &task, 8),
            "idle, and unlocked since slot 75"
        );
        stake.locked_until_slot = 81;
        assert!(!parkable(&stake, &task, 8));
        stake.locked_until_slot = 0;
        stake.open_audits = 1;
        assert!(!parkable(&stake, &task, 8));
        stake.open_audits = 0;
        task.idle_rounds = 0;
        assert!(!parkable(&stake, &task, 100), "a task that never parks");
    }

    #[test]
    fn parked_stake_leaves_the_electorate_with_notice_and_stays_the_nodes() {
        let mut task = task();
        let mut stake = staked(&mut task);
        stake.park(&mut task, 6).unwrap();
        assert_eq!(task.total_stake, 100);
        assert_eq!([6, 7, 8].map(|round| task.electorate_in(round)), [1, 1, 0]);
        assert!(stake.require_parkable(&task, 100).is_err(), "once");
        let after = stake.after_withdrawal(&task, 80, 100).unwrap();
        assert_eq!(after.total(), 0);

        stake.resume(&mut task, 8).unwrap();
        assert_eq!(stake.last_active_round, 8);
        assert_eq!([8, 9, 10].map(|round| task.electorate_in(round)), [0, 0, 1]);
    }

    #[test]
    fn a_stake_covers_its_open_challenges_of_submissions() {
        let mut task = task();
        let mut stake = staked(&mut task);
        for _ in 0..5 {
            stake.require_challenge_covered(&task).unwrap();
            stake.challenge_opened(SubjectKind::Submission).unwrap();
        }
        assert!(stake.require_challenge_covered(&task).is_err());
        stake.challenge_resolved(SubjectKind::Submission).unwrap();
        stake.challenge_opened(SubjectKind::List).unwrap();
        assert!(stake.require_challenge_covered(&task).is_ok());
        task.false_challenge_bps = 10_000;
        assert!(stake.require_challenge_covered(&task).is_err());
        task.false_challenge_bps = 0;
        assert!(stake.require_challenge_covered(&task).is_ok());
    }
}
