//! Sections 4 and 9: creating, funding, switching, handing over, moving and closing a task.

use crate::{
    model::{
        at::TaskAt,
        fault::{Fault, Faults},
        state::{Person, Task},
    },
    script::Terms,
};
use gradual_consensus::GradualError as E;

impl TaskAt<'_> {
    pub(in crate::model) fn create_task(&mut self, terms: Terms) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        self.require_running(&mut faults);
        faults.unless(!self.world.tasks.contains_key(&self.number), E::TaskExists);
        faults.unless(terms.starting_slot > self.world.slot, E::StartInPast);
        let task = Task::new(terms, self.world.creator(self.number));
        faults.or(|| {
            self.world.known.insert(self.number, terms);
            self.world.tasks.insert(self.number, task);
        })
    }

    /// Puts tokens into a pot past the program.
    pub(in crate::model) fn donate(&mut self, to_stake: bool, amount: u64) {
        let pot = if to_stake {
            &mut self.task_mut().stake_pot
        } else {
            &mut self.task_mut().bounty_pot
        };
        *pot += amount;
        self.task_mut().donated += amount;
        self.world.made += amount;
    }

    pub(in crate::model) fn fund(&mut self, amount: u64) -> Result<(), Vec<Fault>> {
        let manager = self.world.manager();
        let mut faults = Faults::default();
        faults.unless(amount > 0, E::ZeroAmount);
        faults.unless(self.world.wallets[manager] >= amount, Fault::Poor);
        faults.unless(
            self.task().funded.checked_add(amount).is_some(),
            E::Overflow,
        );
        faults.or(|| {
            self.world.wallets[manager] -= amount;
            self.task_mut().bounty_pot += amount;
            self.task_mut().available += amount;
            self.task_mut().funded += amount;
        })
    }

    pub(in crate::model) fn set_active(
        &mut self,
        who: Person,
        active: bool,
    ) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(who == self.task().manager, E::NotManager);
        faults.unless(self.task().migrated.is_none(), E::TaskMigrated);
        faults.or(|| self.task_mut().is_active = active)
    }

    pub(in crate::model) fn propose_manager(
        &mut self,
        who: Person,
        to: Option<Person>,
    ) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(who == self.task().manager, E::NotManager);
        faults.or(|| self.task_mut().pending_manager = to)
    }

    pub(in crate::model) fn accept_manager(&mut self, who: Person) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(
            self.task().pending_manager == Some(who),
            E::NotPendingManager,
        );
        faults.or(|| {
            let task = self.task_mut();
            (task.manager, task.pending_manager) = (who, None);
        })
    }

    pub(in crate::model) fn migrate_task(
        &mut self,
        who: Person,
        to: usize,
    ) -> Result<(), Vec<Fault>> {
        let Some(successor) = self.world.tasks.get(&to) else {
            return Err(vec![Fault::Missing]);
        };
        let mut faults = Faults::default();
        faults.unless(who == self.task().manager, E::NotManager);
        faults.unless(who == successor.manager, E::NotManager);
        faults.unless(to != self.number, E::OwnSuccessor);
        let there = (to, successor.terms);
        match self.task().migrated {
            Some(moved_to) => faults.unless(moved_to == there, E::WrongSuccessor),
            None => {
                let may_create = [self.world.creator(self.number), self.task().manager];
                let creator = self.world.creator(to);
                faults.unless(may_create.contains(&creator), E::SuccessorCreator);
                faults.unless(successor.migrated.is_none(), E::SuccessorMigrated);
            }
        }
        faults.or(|| {
            // What cycles in flight need is set aside already.
            self.task_mut().is_active = false;
            self.task_mut().migrated = Some(there);
            let amount = std::mem::take(&mut self.task_mut().available);
            self.task_mut().bounty_pot -= amount;
            self.task_mut().migrated_bounty += amount;
            let successor = self.world.tasks.get_mut(&to).expect("looked at before");
            successor.available += amount;
            successor.bounty_pot += amount;
            successor.funded += amount;
        })
    }

    pub(in crate::model) fn close_task(
        &mut self,
        who: Person,
        destination: Person,
    ) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(who == self.task().manager, E::NotManager);
        faults.unless(!self.task().is_active, E::TaskActive);
        let is_empty = self.task().stakes.is_empty() && self.task().cycles.is_empty();
        faults.unless(is_empty, E::TaskInUse);
        faults.or(|| {
            let left = self.task().stake_pot + self.task().bounty_pot;
            self.world.wallets[destination] += left;
            self.world.tasks.remove(&self.number);
        })
    }
}
