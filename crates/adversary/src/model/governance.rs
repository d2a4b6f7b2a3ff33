//! Section 9: the config, and the life of a task.

use super::{Fault, Faults, Model, Node, Person, Stake, Task};
use crate::duel::Terms;
use gradual_consensus::GradualError as E;

/// The program's config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Who may pause, and hand the config over.
    pub admin: Person,
    /// To whom it is offered.
    pub pending_admin: Option<Person>,
    /// Who may vouch for tasks.
    pub managers: Vec<Person>,
    /// Whether everything that begins something is stopped.
    pub is_paused: bool,
    /// When the last pause ended, or when it was initialised.
    pub running_since: u64,
}

impl Config {
    /// As it is initialised.
    pub fn new(admin: Person, manager: Person, slot: u64) -> Self {
        Self {
            admin,
            pending_admin: None,
            managers: vec![manager],
            is_paused: false,
            running_since: slot,
        }
    }
}

impl Model {
    /// What everything begins with that a pause stops.
    pub(super) fn require_running(&self, faults: &mut Faults) {
        match &self.config {
            None => faults.unless(false, E::NoConfig),
            Some(config) => faults.unless(!config.is_paused, E::Paused),
        }
    }

    /// What opening a round begins with, whose submissions are taken from slot `start` on.
    pub(super) fn require_running_since(&self, start: u128, faults: &mut Faults) {
        self.require_running(faults);
        if let Some(config) = &self.config {
            let since = u128::from(config.running_since);
            faults.unless(since <= start, E::PausedInWindow);
        }
    }

    /// What everything begins with that an inactive task stops.
    pub(super) fn require_open(&self, is_open: bool, faults: &mut Faults) {
        let fault = match self.migrated {
            Some(_) => E::TaskMigrated,
            None => E::TaskInactive,
        };
        faults.unless(is_open, fault);
    }

    pub(super) fn initialize_config(
        &mut self,
        who: Person,
        manager: Person,
    ) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(who == self.authority(), E::NotUpgradeAuthority);
        faults.unless(self.config.is_none(), E::ConfigExists);
        let slot = self.slot;
        faults.or(|| self.config = Some(Config::new(who, manager, slot)))
    }

    pub(super) fn close_config(&mut self, who: Person) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(who == self.authority(), E::NotUpgradeAuthority);
        faults.unless(self.config.is_some(), Fault::Missing);
        faults.or(|| self.config = None)
    }

    /// Does `change` to the config, where it exists and nothing of what `faults` finds is against it.
    fn change_config(
        &mut self,
        faults: impl FnOnce(&Config, &mut Faults),
        change: impl FnOnce(&mut Config),
    ) -> Result<(), Vec<Fault>> {
        let Some(config) = &mut self.config else {
            return Err(vec![Fault::Missing]);
        };
        let mut found = Faults::default();
        faults(config, &mut found);
        found.or(|| change(config))
    }

    pub(super) fn propose_admin(
        &mut self,
        who: Person,
        to: Option<Person>,
    ) -> Result<(), Vec<Fault>> {
        self.change_config(
            |config, faults| faults.unless(who == config.admin, E::NotAdmin),
            |config| config.pending_admin = to,
        )
    }

    pub(super) fn accept_admin(&mut self, who: Person) -> Result<(), Vec<Fault>> {
        self.change_config(
            |config, faults| faults.unless(config.pending_admin == Some(who), E::NotPendingAdmin),
            |config| (config.admin, config.pending_admin) = (who, None),
        )
    }

    pub(super) fn set_paused(&mut self, who: Person, paused: bool) -> Result<(), Vec<Fault>> {
        let slot = self.slot;
        self.change_config(
            |config, faults| faults.unless(who == config.admin, E::NotAdmin),
            |config| {
                if config.is_paused && !paused {
                    config.running_since = slot;
                }
                config.is_paused = paused;
            },
        )
    }

    pub(super) fn insert_manager(
        &mut self,
        first: Person,
        second: Option<Person>,
        manager: Person,
    ) -> Result<(), Vec<Fault>> {
        self.change_config(
            |config, faults| {
                require_managers(config, first, second, faults);
                faults.unless(!config.managers.contains(&manager), E::AlreadyManager);
                faults.unless(config.managers.len() < 16, E::TooManyManagers);
            },
            |config| config.managers.push(manager),
        )
    }

    pub(super) fn remove_manager(
        &mut self,
        first: Person,
        second: Option<Person>,
        manager: Person,
    ) -> Result<(), Vec<Fault>> {
        self.change_config(
            |config, faults| {
                require_managers(config, first, second, faults);
                faults.unless(config.managers.contains(&manager), E::UnknownManager);
                faults.unless(config.managers.len() > 1, E::LastManager);
            },
            |config| config.managers.retain(|&one| one != manager),
        )
    }

    pub(super) fn create_task(&mut self, terms: Terms) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        self.require_running(&mut faults);
        faults.unless(!self.tasks.contains_key(&self.at), Fault::Taken);
        faults.unless(terms.starting_slot >= self.slot, E::StartInPast);
        let task = Task::new(terms, self.creator(self.at));
        faults.or(|| {
            self.tasks.insert(self.at, task);
        })
    }

    pub(super) fn allowlist(&mut self, who: Person, listed: bool) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        match &self.config {
            None => faults.unless(false, Fault::Missing),
            Some(config) => faults.unless(config.managers.contains(&who), E::NotConfigManager),
        }
        faults.or(|| self.is_allowlisted = listed)
    }

    pub(super) fn propose_manager(
        &mut self,
        who: Person,
        to: Option<Person>,
    ) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(who == self.manager, E::NotManager);
        faults.or(|| self.pending_manager = to)
    }

    pub(super) fn accept_manager(&mut self, who: Person) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(self.pending_manager == Some(who), E::NotPendingManager);
        faults.or(|| (self.manager, self.pending_manager) = (who, None))
    }

    pub(super) fn set_active(&mut self, who: Person, active: bool) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(who == self.manager, E::NotManager);
        faults.unless(self.migrated.is_none(), E::TaskMigrated);
        faults.or(|| self.activate(active))
    }

    fn activate(&mut self, active: bool) {
        let (round, before) = (self.round(), self.is_active);
        self.was_active.entry(round).or_insert(before);
        self.is_active = active;
    }

    /// What of the bounty no cycle in flight may need.
    fn free_bounty(&self) -> u64 {
        let (_, last) = self.migrated.expect("it has moved");
        // Submitted in the round after its own, its last list in that round's second next or later.
        let may_need = |cycle: u64| {
            cycle < last && self.round() <= cycle + 2 + u64::from(self.terms.allowed_failures)
        };
        let oldest = self.round().saturating_sub(300);
        let cycles = (oldest..last).filter(|&cycle| may_need(cycle)).count() as u128;
        let kept = cycles * u128::from(self.terms.bounty_per_round);
        let free = u128::from(self.available).saturating_sub(kept);
        u64::try_from(free).expect("a part of it")
    }

    pub(super) fn migrate_task(&mut self, who: Person, to: usize) -> Result<(), Vec<Fault>> {
        let Some(heir) = self.tasks.get(&to) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        faults.unless(who == self.manager, E::NotManager);
        faults.unless(who == heir.manager, E::NotManager);
        faults.unless(to != self.at, E::OwnSuccessor);
        match self.migrated {
            Some((successor, _)) => faults.unless(successor == to, E::WrongSuccessor),
            None => {
                let may_create = [self.creator(self.at), self.manager];
                let creator = self.creator(to);
                faults.unless(may_create.contains(&creator), E::SuccessorCreator);
                faults.unless(heir.migrated.is_none(), E::SuccessorMigrated);
            }
        }
        faults.or(|| {
            if self.migrated.is_none() {
                self.activate(false);
                self.migrated = Some((to, self.round()));
            }
            let amount = self.free_bounty();
            self.available -= amount;
            self.bounty_pot -= amount;
            self.migrated_bounty += amount;
            let heir = self.tasks.get_mut(&to).expect("looked at before");
            heir.available += amount;
            heir.bounty_pot += amount;
            heir.funded += amount;
        })
    }

    /// The same, seen from another task.
    fn in_task<T>(&mut self, task: usize, see: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.at, task);
        let seen = see(self);
        self.at = before;
        seen
    }

    pub(super) fn migrate_stake(&mut self, node: Node, to: usize) -> Result<(), Vec<Fault>> {
        let stake = self.stakes.get(&node).cloned();
        let (Some(stake), Some(heir)) = (stake, self.tasks.get(&to)) else {
            return Err(vec![Fault::Missing]);
        };
        let there = heir.stakes.get(&node);
        let after = there.map_or(0, Stake::total) + stake.total();
        let ever = there.map_or(0, |there| there.deposited);
        let minimum = heir.terms.minimum_stake;
        let mut faults = Faults::default();
        match self.migrated {
            None => faults.unless(false, E::TaskNotMigrated),
            Some((successor, _)) => faults.unless(successor == to, E::WrongSuccessor),
        }
        faults.unless(self.audits_of(node) == 0, E::StakeInAudit);
        faults.unless(self.slot >= stake.locked_until, E::StakeLocked);
        faults.unless(stake.total() > 0, E::NothingToMigrate);
        faults.unless(after >= minimum, E::BelowSuccessorMinimum);
        faults.unless(ever.checked_add(stake.total()).is_some(), E::Overflow);
        let arrivals = self.arrivals(&stake, to);
        faults.or(|| {
            let amount = stake.total();
            let left = self.stakes.get_mut(&node).expect("looked at before");
            left.withdraw(amount);
            self.stake_pot -= amount;
            let heir = self.tasks.get_mut(&to).expect("looked at before");
            heir.stake_pot += amount;
            let moved = heir.stakes.entry(node).or_default();
            for (from, amount) in arrivals {
                moved.arrive(from, amount);
            }
        })
    }

    /// What becomes active in task `to` from which of its rounds on, if `stake` moves there now: it
    /// keeps its age, but joins no round that has begun, and is no later than a new deposit.
    fn arrivals(&mut self, stake: &Stake, to: usize) -> [(u64, u64); 3] {
        let (next, slots) = self.in_task(to, |heir| {
            let has_begun = heir.slot >= heir.terms.starting_slot;
            let next = if has_begun { heir.round() + 1 } else { 0 };
            let slot = |round: u64| heir.boundary(round.into());
            (next, [slot(next), slot(next + 1)])
        });
        let active = slots.map(|slot| {
            let passed = slot.saturating_sub(self.terms.starting_slot.into());
            let round = passed / u128::from(self.terms.round_time);
            stake.active(u64::try_from(round).expect("a round to come"))
        });
        let has_begun = next > 0;
        let (first, total) = (active[0], stake.total());
        // A deposit made in round k is active from round k + 2 on; before the start, k is 0.
        let second = if has_begun { total } else { active[1] };
        [
            (next, first),
            (next + 1, second - first),
            (next + 2, total - second),
        ]
    }

    pub(super) fn close_task(
        &mut self,
        who: Person,
        destination: Person,
    ) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(who == self.manager, E::NotManager);
        faults.unless(!self.is_active, E::TaskActive);
        let is_empty = self.stakes.is_empty() && self.lists().next().is_none();
        faults.unless(is_empty, E::TaskInUse);
        faults.or(|| {
            let left = self.stake_pot + self.bounty_pot;
            self.wallets[destination] += left;
            self.tasks.remove(&self.at);
        })
    }
}

/// Two managers, or the only one.
fn require_managers(config: &Config, first: Person, second: Option<Person>, faults: &mut Faults) {
    faults.unless(config.managers.contains(&first), E::NotConfigManager);
    match second {
        Some(second) => {
            faults.unless(second != first, E::SameManagerTwice);
            faults.unless(config.managers.contains(&second), E::NotConfigManager);
        }
        None => faults.unless(config.managers.len() == 1, E::SecondManagerMissing),
    }
}
