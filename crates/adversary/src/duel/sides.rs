//! The two sides of a duel: the program's world and the model's.

use crate::{
    arena::{Arena, config_manager},
    model::{Model, Person},
    script::Terms,
    vm::upgrade_authority,
};
use gradual_consensus_client::{address, instruction::TaskTokens, ledger::Ledger};
use gradual_consensus_testkit::terms as testkit_terms;
use solana_sdk::pubkey::Pubkey;
use std::collections::BTreeMap;

/// How often which kind of step came to what.
pub type Tally = BTreeMap<(&'static str, String), u64>;

/// The terms of tasks, by their number in the model: they decide where a task lives.
pub(super) type Known = BTreeMap<usize, Terms>;

/// The creator's number for task number `number` of the model. The first two have one between them: only
/// their terms keep them apart.
pub(super) const fn task_id(number: usize) -> u64 {
    if number < 2 { 1 } else { 2 }
}

/// The program and the model side by side.
pub struct Duel {
    /// The program's side.
    pub arena: Arena,
    /// The model's side.
    pub model: Model,
    /// What came of the steps so far.
    pub tally: Tally,
    /// What the first task was created on.
    terms: Terms,
}

/// The number of a task that nobody creates.
const NEVER: u64 = u64::MAX;

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
            terms,
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

    /// Task number `number`, whether it exists or not, where `known` are the terms of all.
    pub(super) fn tokens(&self, number: usize, known: &Known) -> TaskTokens {
        let first = self.arena.tasks[0];
        let creator = self.key(self.model.creator(number));
        // One that never was lives where the first one's terms would put it.
        let terms = known.get(&number).unwrap_or(&self.terms).params();
        let texts = testkit_terms::named("task");
        let terms_hash = gradual_consensus::terms_hash(&terms, &first.mint, &texts);
        let id = if known.contains_key(&number) {
            task_id(number)
        } else {
            NEVER
        };
        TaskTokens {
            task: address::task(&creator, id, &terms_hash),
            ..first
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
