//! Sections 4, 5 and 9: staking, earning, moving stake, leaving.

use crate::model::{
    at::TaskAt,
    fault::{Fault, Faults},
    state::{Node, Stake},
};
use gradual_consensus::GradualError as E;

impl TaskAt<'_> {
    pub(in crate::model) fn stake(&mut self, node: Node, amount: u64) -> Result<(), Vec<Fault>> {
        let before = self.task().stakes.get(&node).map_or(0, Stake::total);
        let mut faults = Faults::default();
        self.require_running(&mut faults);
        self.require_active(&mut faults);
        faults.unless(amount > 0, E::ZeroAmount);
        match before.checked_add(amount) {
            None => faults.unless(false, E::Overflow),
            Some(after) => faults.unless(
                after >= self.task().terms.minimum_stake,
                E::StakeBelowMinimum,
            ),
        }
        let ever = self
            .task()
            .stakes
            .get(&node)
            .map_or(0, |stake| stake.deposited);
        faults.unless(ever.checked_add(amount).is_some(), E::Overflow);
        let others: u64 = self.task().stakes.values().map(Stake::total).sum();
        faults.unless(others.checked_add(amount).is_some(), E::Overflow);
        faults.unless(self.world.wallets[node] >= amount, Fault::Poor);
        let round = self.round();
        faults.or(|| {
            self.world.wallets[node] -= amount;
            self.task_mut().stake_pot += amount;
            self.task_mut()
                .stakes
                .entry(node)
                .or_default()
                .deposit(round, amount);
        })
    }

    pub(in crate::model) fn withdraw(&mut self, node: Node, amount: u64) -> Result<(), Vec<Fault>> {
        let round = self.round();
        let Some(stake) = self.task().stakes.get(&node) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        faults.unless(amount > 0, E::ZeroAmount);
        faults.unless(self.task().audits_of(node) == 0, E::StakeInAudit);
        faults.unless(self.world.slot >= stake.locked_until, E::StakeLocked);
        match stake.total().checked_sub(amount) {
            None => faults.unless(false, E::InsufficientStake),
            Some(left) => faults.unless(
                left == 0 || left >= self.task().terms.minimum_stake || left == stake.active(round),
                E::RemainderBelowMinimum,
            ),
        }
        faults.or(|| {
            self.task_mut().stake_mut(node).withdraw(amount);
            self.task_mut().stake_pot -= amount;
            self.world.wallets[node] += amount;
        })
    }

    pub(in crate::model) fn claim(&mut self, node: Node) -> Result<(), Vec<Fault>> {
        let Some(stake) = self.task().stakes.get(&node) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        faults.unless(stake.balance > 0, E::NothingToClaim);
        faults.or(|| {
            let stake = self.task_mut().stake_mut(node);
            let amount = std::mem::take(&mut stake.balance);
            stake.claimed += amount;
            self.task_mut().bounty_pot -= amount;
            self.world.wallets[node] += amount;
        })
    }

    pub(in crate::model) fn compound(&mut self, node: Node) -> Result<(), Vec<Fault>> {
        let round = self.round();
        let Some(stake) = self.task().stakes.get(&node) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        self.require_running(&mut faults);
        self.require_active(&mut faults);
        faults.unless(stake.balance > 0, E::NothingToClaim);
        let after = stake.total() + stake.balance;
        faults.unless(
            after >= self.task().terms.minimum_stake,
            E::StakeBelowMinimum,
        );
        faults.or(|| {
            let stake = self.task_mut().stake_mut(node);
            let amount = std::mem::take(&mut stake.balance);
            stake.compounded += amount;
            stake.deposit(round, amount);
            self.task_mut().bounty_pot -= amount;
            self.task_mut().stake_pot += amount;
        })
    }

    pub(in crate::model) fn close_stake(
        &mut self,
        node: Node,
        closer: Node,
    ) -> Result<(), Vec<Fault>> {
        let Some(stake) = self.task().stakes.get(&node) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        faults.unless(closer == node || !self.task().is_active, E::TaskActive);
        let is_empty = stake.total() == 0 && stake.balance == 0;
        faults.unless(is_empty, E::StakeNotEmpty);
        faults.unless(self.task().accounts_of(node) == 0, E::NodeAccountsOpen);
        faults.unless(self.task().audits_of(node) == 0, E::NodeAccountsOpen);
        faults.or(|| {
            self.task_mut().stakes.remove(&node);
        })
    }

    pub(in crate::model) fn migrate_stake(
        &mut self,
        node: Node,
        to: usize,
    ) -> Result<(), Vec<Fault>> {
        let stake = self.task().stakes.get(&node).cloned();
        let (Some(stake), Some(successor)) = (stake, self.world.tasks.get(&to)) else {
            return Err(vec![Fault::Missing]);
        };
        let there = successor.stakes.get(&node);
        let after = there.map_or(0, Stake::total) + stake.total();
        let ever = there.map_or(0, |there| there.deposited);
        let minimum = successor.terms.minimum_stake;
        let mut faults = Faults::default();
        match self.task().migrated {
            None => faults.unless(false, E::TaskNotMigrated),
            Some(moved_to) => {
                faults.unless(moved_to == (to, successor.terms), E::WrongSuccessor);
            }
        }
        faults.unless(self.task().audits_of(node) == 0, E::StakeInAudit);
        faults.unless(self.world.slot >= stake.locked_until, E::StakeLocked);
        faults.unless(stake.total() > 0, E::NothingToMigrate);
        faults.unless(after >= minimum, E::BelowSuccessorMinimum);
        faults.unless(ever.checked_add(stake.total()).is_some(), E::Overflow);
        let round = successor.round(self.world.slot);
        faults.or(|| {
            let amount = stake.total();
            let left = self.task_mut().stake_mut(node);
            left.withdraw(amount);
            self.task_mut().stake_pot -= amount;
            let successor = self.world.tasks.get_mut(&to).expect("looked at before");
            successor.stake_pot += amount;
            let moved = successor.stakes.entry(node).or_default();
            moved.deposit(round, amount);
        })
    }

    /// Anybody parks the stake of a node that has been idle for long.
    pub(in crate::model) fn park(&mut self, node: Node) -> Result<(), Vec<Fault>> {
        let Some(stake) = self.task().stakes.get(&node) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        let round = self.round();
        let patience = u128::from(self.task().terms.idle_rounds);
        let idle_from = u128::from(stake.last_active) + patience;
        let is_idle = patience > 0 && u128::from(round) > idle_from;
        faults.unless(is_idle, E::NotIdle);
        faults.unless(self.task().audits_of(node) == 0, E::StakeInAudit);
        faults.unless(self.world.slot >= stake.locked_until, E::StakeLocked);
        faults.unless(stake.parked() == 0, E::AlreadyParked);
        faults.unless(stake.total() > 0, E::NothingToPark);
        faults.or(|| self.task_mut().stake_mut(node).park(round))
    }

    pub(in crate::model) fn resume(&mut self, node: Node) -> Result<(), Vec<Fault>> {
        let Some(stake) = self.task().stakes.get(&node) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        let round = self.round();
        faults.unless(stake.parked() > 0, E::NotParked);
        faults.or(|| self.task_mut().stake_mut(node).resume(round))
    }
}
