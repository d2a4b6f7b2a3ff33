//! The program's config: who may do what.

use super::{Address, Moment};
use crate::snapshot::Snapshot;
use serde::Serialize;

/// The program's config.
#[derive(Clone, Debug, Serialize)]
pub struct ConfigFacts {
    /// The slot as of which it was read.
    pub now: Moment,
    /// The program's address.
    pub program: Address,
    /// Whether there is a config. Without one the program is as if paused.
    pub exists: bool,
    /// Whether nobody may create tasks, stake, compound or open cycles.
    pub is_paused: bool,
    /// Who may pause, and hand the config over.
    pub admin: Option<Address>,
    /// Who may become the admin by accepting.
    pub pending_admin: Option<Address>,
    /// Who may allowlist tasks.
    pub managers: Vec<Address>,
    /// Tasks that they allowlisted.
    pub allowlisted: Vec<Address>,
    /// How many tasks there are.
    pub tasks: usize,
}

impl ConfigFacts {
    /// The config in `snapshot`.
    pub fn of(snapshot: &Snapshot) -> Self {
        let config = snapshot.config.as_ref();
        let managers = config.map(|config| config.managers()).unwrap_or_default();
        let tasks = snapshot.tasks.values().map(|entry| &entry.task);
        Self {
            now: snapshot.clock.now(),
            program: Address(gradual_consensus::ID),
            exists: config.is_some(),
            is_paused: config.is_none_or(|config| config.is_paused()),
            admin: config.map(|config| Address(config.admin)),
            pending_admin: config.and_then(|config| Address::known(config.pending_admin)),
            managers: managers.iter().copied().map(Address).collect(),
            allowlisted: tasks
                .filter(|task| task.data.is_allowlisted())
                .map(|task| Address(task.address))
                .collect(),
            tasks: snapshot.tasks.len(),
        }
    }
}
