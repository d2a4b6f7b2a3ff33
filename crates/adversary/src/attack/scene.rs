//! Prepared worlds: two tasks on the same terms, played by the same nodes to the same stage. Each is
//! made once and copied.

use crate::{
    arena::{Arena, config_manager},
    vm::upgrade_authority,
};
use gradual_consensus::{
    ListProposal, TaskParams,
    rules::merkle::MerkleTree,
    state::{NodeStake, Subject, Task},
};
use gradual_consensus_client::instruction::{self, Entry};
use gradual_consensus_testkit::stages::{self, PROOF};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};
use std::{collections::BTreeMap, sync::Mutex};

pub use gradual_consensus_testkit::stages::{
    BOUNTY, CHEAT, CYCLE, IDLER, NEWCOMER, PENDING, SHARES, STAKE, Stage, params,
};

/// The same terms for a task that begins later than any world is prepared.
pub fn later() -> TaskParams {
    TaskParams {
        starting_slot: 10_000,
        ..params()
    }
}

/// A copy of the world at `stage`.
pub fn scene(stage: Stage) -> Arena {
    static MADE: Mutex<BTreeMap<Stage, Arena>> = Mutex::new(BTreeMap::new());
    if let Some(arena) = MADE.lock().unwrap().get(&stage) {
        return arena.clone();
    }
    let made = make(stage);
    MADE.lock().unwrap().entry(stage).or_insert(made).clone()
}

fn make(stage: Stage) -> Arena {
    let Some(leg) = stage.leg() else {
        return begin();
    };
    let mut arena = scene(leg.from);
    arena.vm.warp_to(leg.slot);
    for step in config_steps(&arena, stage) {
        arena.run(&[step]).expect("the world is prepared");
    }
    if stage == Stage::Heirs {
        for _ in 0..2 {
            arena.create_task(TaskParams {
                starting_slot: 200,
                ..params()
            });
        }
    }
    for task in 0..2 {
        let successor = arena.tasks.get(task + 2).map(|heir| heir.task);
        for step in stage.steps(&arena.valid(task), successor) {
            arena.run(&[step]).expect("the world is prepared");
        }
    }
    arena.vm.warp_to(leg.until);
    arena
}

fn begin() -> Arena {
    let mut arena = Arena::new(1, 5, 1_000_000);
    arena.create_task(params());
    arena.create_task(params());
    arena.vm.warp_to(100);
    for task in 0..2 {
        let fund = arena.valid(task).fund(arena.manager, BOUNTY);
        arena.run(&[fund]).expect("funds");
        for node in 0..4 {
            let stake = arena.stake(task, node, STAKE);
            arena.run(&[stake]).expect("stakes");
        }
    }
    arena
}

/// What happens to the config on the way to `stage`.
fn config_steps(arena: &Arena, stage: Stage) -> Vec<Instruction> {
    let authority = upgrade_authority();
    match stage {
        Stage::Unconfigured => vec![instruction::close_config(authority, arena.manager.key)],
        Stage::Offered => vec![
            instruction::insert_manager(config_manager(0), None, config_manager(1)),
            instruction::propose_admin(authority, PENDING),
        ],
        _ => vec![],
    }
}

/// The valid instructions of the prepared worlds. The manager pays all rent.
impl Arena {
    /// The node's key.
    pub fn node(&self, node: usize) -> Pubkey {
        self.nodes[node].key
    }

    /// Where [`CYCLE`] lives.
    pub fn cycle_address(&self, task: usize) -> Pubkey {
        self.valid(task).cycle_address(CYCLE)
    }

    /// Where a node's submission lives.
    pub fn submission(&self, task: usize, node: usize) -> Pubkey {
        self.valid(task).submission_address(node, CYCLE)
    }

    /// Where the first list lives.
    pub fn list(&self, task: usize) -> Pubkey {
        self.valid(task).list_address(CYCLE, 0)
    }

    /// A node's stake.
    pub fn stake_of(&self, task: usize, node: usize) -> NodeStake {
        self.valid(task).node_stake(node)
    }

    /// What the task account holds.
    pub fn task(&self, task: usize) -> Task {
        self.valid(task).task()
    }

    /// The submission or list at `address`.
    pub fn subject(&self, address: Pubkey) -> Subject {
        gradual_consensus_testkit::valid::subject(&self.vm, &address)
    }

    /// `stake`.
    pub fn stake(&self, task: usize, node: usize, amount: u64) -> Instruction {
        self.valid(task).stake(node, amount)
    }

    /// `migrate_task` of one of the first two tasks to its heir.
    pub fn migrate_task(&self, task: usize) -> Instruction {
        self.valid(task).migrate_task(self.tasks[task + 2].task)
    }

    /// `withdraw`.
    pub fn withdraw(&self, task: usize, node: usize, amount: u64) -> Instruction {
        self.valid(task).withdraw(node, amount)
    }

    /// `open_cycle`.
    pub fn open_cycle(&self, task: usize, node: usize, cycle: u64) -> Instruction {
        self.valid(task).open_cycle(node, cycle)
    }

    /// `submit` for [`CYCLE`].
    pub fn submit(&self, task: usize, node: usize) -> Instruction {
        self.submit_for(task, node, CYCLE)
    }

    /// `submit` for `cycle`.
    pub fn submit_for(&self, task: usize, node: usize, cycle: u64) -> Instruction {
        self.valid(task).submit(node, cycle, PROOF)
    }

    /// `audit`.
    pub fn audit(&self, task: usize, node: usize, subject: Pubkey, valid: bool) -> Instruction {
        self.valid(task).audit(node, subject, valid)
    }

    /// `resolve_audit`.
    pub fn resolve(&self, task: usize, subject: Pubkey) -> Instruction {
        self.valid(task).resolve(subject)
    }

    /// The tree of a list.
    pub fn tree(&self, task: usize, cycle: u64, entries: &[(usize, u64)]) -> MerkleTree {
        self.valid(task).tree(cycle, entries)
    }

    /// What a proposer says of a list of [`CYCLE`].
    pub fn proposal(&self, task: usize, entries: &[(usize, u64)]) -> ListProposal {
        stages::listed(&self.valid(task), entries)
    }

    /// `submit_distribution_list` of [`SHARES`] in the first attempt.
    pub fn propose(&self, task: usize, node: usize) -> Instruction {
        self.propose_list(task, node, 0, self.proposal(task, &SHARES))
    }

    /// `submit_distribution_list`.
    pub fn propose_list(
        &self,
        task: usize,
        node: usize,
        attempt: u8,
        proposal: ListProposal,
    ) -> Instruction {
        self.valid(task).propose(node, CYCLE, attempt, proposal)
    }

    /// `finalize_distribution` of the first list.
    pub fn finalize(&self, task: usize) -> Instruction {
        self.valid(task).finalize(CYCLE, 0)
    }

    /// Entry `index` of [`SHARES`].
    pub fn entry(&self, task: usize, index: u32) -> Entry {
        self.valid(task).entry(CYCLE, &SHARES, index)
    }

    /// `payout` of entry `index` of [`SHARES`].
    pub fn payout(&self, task: usize, index: u32) -> Instruction {
        self.valid(task).payout(CYCLE, 0, self.entry(task, index))
    }

    /// `payout_equal` of a node's submission for [`CYCLE`].
    pub fn payout_equal(&self, task: usize, node: usize) -> Instruction {
        self.valid(task).payout_equal(node, CYCLE)
    }

    /// `close_vote`.
    pub fn close_vote(&self, task: usize, subject: Pubkey, voter: usize) -> Instruction {
        self.valid(task).close_vote(subject, voter)
    }

    /// `close_subject`.
    pub fn close_subject(&self, subject: Pubkey) -> Instruction {
        instruction::close_subject(subject, &self.subject(subject))
    }

    /// `close_cycle` of [`CYCLE`].
    pub fn close_cycle(&self, task: usize) -> Instruction {
        self.valid(task).close_cycle(CYCLE)
    }
}
