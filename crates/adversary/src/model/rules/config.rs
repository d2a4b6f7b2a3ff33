//! Section 9: the config, and who vouches for tasks.

use crate::model::{
    at::TaskAt,
    fault::{Fault, Faults},
    state::{Config, Person},
};
use gradual_consensus::GradualError as E;

impl TaskAt<'_> {
    pub(in crate::model) fn initialize_config(
        &mut self,
        who: Person,
        manager: Person,
    ) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(who == self.world.authority(), E::NotUpgradeAuthority);
        faults.unless(self.world.config.is_none(), E::ConfigExists);
        faults.or(|| self.world.config = Some(Config::new(who, manager)))
    }

    pub(in crate::model) fn close_config(&mut self, who: Person) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        faults.unless(who == self.world.authority(), E::NotUpgradeAuthority);
        faults.unless(self.world.config.is_some(), Fault::Missing);
        faults.or(|| self.world.config = None)
    }

    /// Does `change` to the config, where it exists and nothing of what `faults` finds is against it.
    fn change_config(
        &mut self,
        faults: impl FnOnce(&Config, &mut Faults),
        change: impl FnOnce(&mut Config),
    ) -> Result<(), Vec<Fault>> {
        let Some(config) = &mut self.world.config else {
            return Err(vec![Fault::Missing]);
        };
        let mut found = Faults::default();
        faults(config, &mut found);
        found.or(|| change(config))
    }

    pub(in crate::model) fn propose_admin(
        &mut self,
        who: Person,
        to: Option<Person>,
    ) -> Result<(), Vec<Fault>> {
        self.change_config(
            |config, faults| faults.unless(who == config.admin, E::NotAdmin),
            |config| config.pending_admin = to,
        )
    }

    pub(in crate::model) fn accept_admin(&mut self, who: Person) -> Result<(), Vec<Fault>> {
        self.change_config(
            |config, faults| faults.unless(config.pending_admin == Some(who), E::NotPendingAdmin),
            |config| (config.admin, config.pending_admin) = (who, None),
        )
    }

    pub(in crate::model) fn set_paused(
        &mut self,
        who: Person,
        paused: bool,
    ) -> Result<(), Vec<Fault>> {
        self.change_config(
            |config, faults| faults.unless(who == config.admin, E::NotAdmin),
            |config| config.is_paused = paused,
        )
    }

    pub(in crate::model) fn insert_manager(
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

    pub(in crate::model) fn remove_manager(
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

    pub(in crate::model) fn allowlist(
        &mut self,
        who: Person,
        listed: bool,
    ) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::default();
        match &self.world.config {
            None => faults.unless(false, Fault::Missing),
            Some(config) => faults.unless(config.managers.contains(&who), E::NotConfigManager),
        }
        faults.or(|| self.task_mut().is_allowlisted = listed)
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
