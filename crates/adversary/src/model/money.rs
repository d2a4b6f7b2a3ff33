//! Sections 4 and 5: funding, staking, leaving.

use super::{Fault, Faults, Model, Node};
use gradual_consensus::GradualError as E;

/// Base units outside the program.
pub type Wallet = u64;

/// One node's stake and earnings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stake {
    /// Deposits, the earliest first: the round from which each is active, and what is left of it.
    pub deposits: Vec<(u64, u64)>,
    /// First slot at which work in cycles no longer locks the stake.
    pub locked_until: u64,
    /// Rewards and shares of slashes, not taken yet.
    pub balance: u64,
    /// All that was ever staked.
    pub deposited: u64,
    /// All that was ever withdrawn.
    pub withdrawn: u64,
    /// All that was ever slashed.
    pub slashed: u64,
    /// All that was ever credited.
    pub earned: u64,
    /// All that was ever claimed.
    pub claimed: u64,
    /// All that was ever compounded.
    pub compounded: u64,
}

impl Stake {
    /// The whole stake.
    pub fn total(&self) -> u64 {
        self.deposits.iter().map(|(_, amount)| amount).sum()
    }

    /// What of it is active in `round`.
    pub fn active(&self, round: u64) -> u64 {
        let active = self.deposits.iter().filter(|(from, _)| *from <= round);
        active.map(|(_, amount)| amount).sum()
    }

    fn take<'a>(deposits: impl Iterator<Item = &'a mut (u64, u64)>, mut amount: u64) {
        for (_, left) in deposits {
            let part = amount.min(*left);
            *left -= part;
            amount -= part;
        }
    }

    fn deposit(&mut self, round: u64, amount: u64) {
        self.arrive(round + 2, amount);
    }

    /// Adds stake that is active from round `from` on.
    pub(super) fn arrive(&mut self, from: u64, amount: u64) {
        self.deposits.push((from, amount));
        self.deposits.sort_by_key(|&(from, _)| from);
        self.deposited += amount;
    }

    pub(super) fn withdraw(&mut self, amount: u64) {
        Self::take(self.deposits.iter_mut().rev(), amount);
        self.withdrawn += amount;
    }

    pub(super) fn slash(&mut self, amount: u64) {
        Self::take(self.deposits.iter_mut(), amount);
        self.slashed += amount;
    }

    pub(super) fn credit(&mut self, amount: u64) {
        self.balance += amount;
        self.earned += amount;
    }
}

impl Model {
    /// Puts tokens into a pot past the program.
    pub(super) fn donate(&mut self, to_stake: bool, amount: u64) {
        let pot = if to_stake {
            &mut self.stake_pot
        } else {
            &mut self.bounty_pot
        };
        *pot += amount;
        self.donated += amount;
        self.made += amount;
    }

    pub(super) fn fund(&mut self, amount: u64) -> Result<(), Vec<Fault>> {
        let manager = self.manager();
        let mut faults = Faults::default();
        faults.unless(amount > 0, E::ZeroAmount);
        faults.unless(self.wallets[manager] >= amount, Fault::Poor);
        faults.unless(self.funded.checked_add(amount).is_some(), E::Overflow);
        faults.or(|| {
            self.wallets[manager] -= amount;
            self.bounty_pot += amount;
            self.available += amount;
            self.funded += amount;
        })
    }

    /// What `node` weighs in `round`, if it may vote, submit and propose there.
    pub fn weight(&self, node: Node, round: u64) -> Option<u64> {
        let active = self.stakes.get(&node)?.active(round);
        let weight = if self.terms.by_stake { active } else { 1 };
        (active >= self.terms.minimum_stake).then_some(weight)
    }

    pub(super) fn stake(&mut self, node: Node, amount: u64) -> Result<(), Vec<Fault>> {
        let before = self.stakes.get(&node).map_or(0, Stake::total);
        let mut faults = Faults::default();
        self.require_running(&mut faults);
        self.require_open(self.is_active, &mut faults);
        faults.unless(amount > 0, E::ZeroAmount);
        match before.checked_add(amount) {
            None => faults.unless(false, E::Overflow),
            Some(after) => faults.unless(after >= self.terms.minimum_stake, E::StakeBelowMinimum),
        }
        let ever = self.stakes.get(&node).map_or(0, |stake| stake.deposited);
        faults.unless(ever.checked_add(amount).is_some(), E::Overflow);
        let others: u64 = self.stakes.values().map(Stake::total).sum();
        faults.unless(others.checked_add(amount).is_some(), E::Overflow);
        faults.unless(self.wallets[node] >= amount, Fault::Poor);
        let round = self.round();
        faults.or(|| {
            self.wallets[node] -= amount;
            self.stake_pot += amount;
            self.stakes.entry(node).or_default().deposit(round, amount);
        })
    }

    pub(super) fn withdraw(&mut self, node: Node, amount: u64) -> Result<(), Vec<Fault>> {
        let round = self.round();
        let Some(stake) = self.stakes.get(&node) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        faults.unless(amount > 0, E::ZeroAmount);
        faults.unless(self.audits_of(node) == 0, E::StakeInAudit);
        faults.unless(self.slot >= stake.locked_until, E::StakeLocked);
        match stake.total().checked_sub(amount) {
            None => faults.unless(false, E::InsufficientStake),
            Some(left) => faults.unless(
                left == 0 || left >= self.terms.minimum_stake || left == stake.active(round),
                E::RemainderBelowMinimum,
            ),
        }
        faults.or(|| {
            self.stakes
                .get_mut(&node)
                .expect("looked at before")
                .withdraw(amount);
            self.stake_pot -= amount;
            self.wallets[node] += amount;
        })
    }

    pub(super) fn claim(&mut self, node: Node) -> Result<(), Vec<Fault>> {
        let Some(stake) = self.stakes.get(&node) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        faults.unless(stake.balance > 0, E::NothingToClaim);
        faults.or(|| {
            let stake = self.stakes.get_mut(&node).expect("looked at before");
            let amount = std::mem::take(&mut stake.balance);
            stake.claimed += amount;
            self.bounty_pot -= amount;
            self.wallets[node] += amount;
        })
    }

    pub(super) fn compound(&mut self, node: Node) -> Result<(), Vec<Fault>> {
        let round = self.round();
        let Some(stake) = self.stakes.get(&node) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        self.require_running(&mut faults);
        self.require_open(self.is_active, &mut faults);
        faults.unless(stake.balance > 0, E::NothingToClaim);
        let after = stake.total() + stake.balance;
        faults.unless(after >= self.terms.minimum_stake, E::StakeBelowMinimum);
        faults.or(|| {
            let stake = self.stakes.get_mut(&node).expect("looked at before");
            let amount = std::mem::take(&mut stake.balance);
            stake.compounded += amount;
            stake.deposit(round, amount);
            self.bounty_pot -= amount;
            self.stake_pot += amount;
        })
    }

    pub(super) fn close_stake(&mut self, node: Node, closer: Node) -> Result<(), Vec<Fault>> {
        let Some(stake) = self.stakes.get(&node) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        faults.unless(closer == node || !self.is_active, E::TaskActive);
        let is_empty = stake.total() == 0 && stake.balance == 0;
        faults.unless(is_empty, E::StakeNotEmpty);
        faults.unless(self.accounts_of(node) == 0, E::NodeAccountsOpen);
        faults.unless(self.audits_of(node) == 0, E::NodeAccountsOpen);
        faults.or(|| {
            self.stakes.remove(&node);
        })
    }
}
