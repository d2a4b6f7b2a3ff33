//! The two sides of a duel: the program's world and the model's.

use crate::{
    arena::{Arena, config_manager},
    model::{Model, Person},
    script::Terms,
    vm::upgrade_authority,
};
use gradual_consensus_client::{address, instruction::TaskTokens, ledger::Ledger};
use solana_sdk::pubkey::Pubkey;
use std::collections::BTreeMap;

/// How often which kind of step came to what.
pub type Tally = BTreeMap<(&'static str, String), u64>;

/// The program and the model side by side.
pub struct Duel {
    /// The program's side.
    pub arena: Arena,
    /// The model's side.
    pub model: Model,
    /// What came of the steps so far.
    pub tally: Tally,
}

impl Duel {
    /// Both sides before the first step: a task nobody has funded.
    pub fn new(terms: Terms) -> Self {
        let mut arena = Arena::new(terms.seed, terms.nodes, terms.wallet);
        arena.create_task(terms.params());
        let keys = arena.nodes.iter().map(|node| node.key.to_bytes()).collect();
        let model = Model::new(terms, keys, arena.vm.slot());
        Self {
            arena,
            model,
            tally: Tally::new(),
        }
    }

    /// Anybody's key.
    pub fn key(&self, person: Person) -> Pubkey {
        let others = [
            self.arena.manager.key,
            upgrade_authority(),
            config_manager(0),
            config_manager(1),
        ];
        match self.arena.nodes.get(person) {
            Some(node) => node.key,
            None => others[person - self.arena.nodes.len()],
        }
    }

    pub(super) fn wallet(&self, person: Person) -> Pubkey {
        let node = self.arena.nodes.get(person);
        node.unwrap_or(&self.arena.manager).wallet
    }

    /// Task number `task`, whether it exists or not.
    pub fn tokens(&self, task: usize) -> TaskTokens {
        TaskTokens {
            task: address::task(&self.key(self.model.creator(task)), task as u64 + 1),
            ..self.arena.tasks[0]
        }
    }

    /// Every account of the program.
    pub(super) fn known_accounts(&self) -> Vec<Pubkey> {
        let all = self
            .arena
            .vm
            .program_accounts(&[], None)
            .unwrap_or_default();
        all.into_iter().map(|(address, _)| address).collect()
    }
}
