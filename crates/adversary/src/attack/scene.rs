//! Prepared worlds: two tasks on the same terms, played by the same nodes to the same stage. Each is
//! made once and copied.
//!
//! Round `k` begins at slot `100 + 100 k`; its submission window ends 40 slots later, its audit window
//! 80 slots later. Cycle 1 is reviewed in round 2 and distributed in round 3.

use crate::{
    arena::{Arena, Person, config_manager},
    vm::upgrade_authority,
};
use gradual_consensus::{
    ListProposal, TaskParams, VotingRule,
    rules::merkle::MerkleTree,
    state::{Cycle, Subject},
};
use gradual_consensus_client::{
    address,
    instruction::{self, Entry},
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};
use std::{collections::BTreeMap, sync::Mutex};

/// The cycle that everything happens in.
pub const CYCLE: u64 = 1;
/// What each of nodes 0 to 3 stakes first, in base units.
pub const STAKE: u64 = 1_000;
/// What each task is funded with.
pub const BOUNTY: u64 = 100_000;
/// What the list pays.
pub const SHARES: [(usize, u64); 3] = [(0, 4_000), (1, 3_000), (2, 2_000)];
/// The node whose submission falls.
pub const CHEAT: usize = 3;
/// A node that has not staked.
pub const NEWCOMER: usize = 4;

/// Whom the admin and the manager offer their parts to.
pub const PENDING: Pubkey = Pubkey::new_from_array([73; 32]);

/// How far both tasks have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Funded; nodes 0 to 3 have staked. Slot 100.
    Begun,
    /// As `Begun`, and the config is closed.
    Unconfigured,
    /// As `Begun`; a second manager of the config, and [`PENDING`] may become admin and manager.
    Offered,
    /// As `Begun`, with a third and a fourth task, which are to be the successors of the first two.
    Heirs,
    /// The first two have moved to them.
    Migrated,
    /// Their stake is active; the window for cycle 1's submissions begins. Slot 300.
    Active,
    /// Node 0 has submitted, and so opened the round.
    Opened,
    /// The others have submitted too; audits begin. Slot 341.
    Submitted,
    /// Node 0 challenges node 3.
    Challenged,
    /// Nodes 1 and 2 vote against it too, and the window is over. Slot 381.
    Voted,
    /// It was slashed. The last slot in which a list is taken, and every node's turn. Slot 440.
    Resolved,
    /// Node 0 proposed a list; its audit begins. Slot 441.
    Proposed,
    /// Node 1 challenged it, nodes 2 and 3 voted for it, and the window is over. Slot 481.
    Defended,
    /// As `Proposed`, unchallenged, and the window is over. Slot 481.
    Unchallenged,
    /// The list is accepted.
    Accepted,
    /// Everybody in it was paid.
    Paid,
    /// All votes are closed.
    Settled,
    /// Submissions and the list are closed.
    Emptied,
    /// The round is closed, and the nodes have taken all they have. Slot 700.
    Left,
    /// The nodes have closed their stakes, and the tasks are inactive.
    Abandoned,
}

/// The terms of both tasks.
pub fn params() -> TaskParams {
    TaskParams {
        starting_slot: Some(100),
        round_time: 100,
        submission_window: 40,
        audit_window: 40,
        minimum_stake_amount: 100,
        bounty_amount_per_round: 10_000,
        claim_window: 2,
        allowed_failed_distributions: 2,
        voting_rule: VotingRule::ByStake,
        quorum_bps: 3_300,
        slash_bps: 7_000,
        false_challenge_bps: 2_000,
        challenger_bps: 3_000,
        voter_bps: 3_000,
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
    let (before, slot) = match stage {
        Stage::Begun => return begin(),
        Stage::Unconfigured | Stage::Offered | Stage::Heirs => (Stage::Begun, 100),
        Stage::Migrated => (Stage::Heirs, 100),
        Stage::Active => (Stage::Begun, 300),
        Stage::Opened => (Stage::Active, 300),
        Stage::Submitted => (Stage::Opened, 300),
        Stage::Challenged => (Stage::Submitted, 341),
        Stage::Voted => (Stage::Challenged, 350),
        Stage::Resolved => (Stage::Voted, 381),
        Stage::Proposed => (Stage::Resolved, 440),
        Stage::Defended => (Stage::Proposed, 441),
        Stage::Unchallenged => (Stage::Proposed, 481),
        Stage::Accepted => (Stage::Unchallenged, 481),
        Stage::Paid => (Stage::Accepted, 481),
        Stage::Settled => (Stage::Paid, 481),
        Stage::Emptied => (Stage::Settled, 481),
        Stage::Left => (Stage::Emptied, 700),
        Stage::Abandoned => (Stage::Left, 700),
    };
    let mut arena = scene(before);
    arena.vm.warp_to(slot);
    for step in config_steps(&arena, stage) {
        arena.run(&[step]).expect("the world is prepared");
    }
    if stage == Stage::Heirs {
        arena.create_task(params());
        arena.create_task(params());
    }
    for task in 0..2 {
        for step in steps(&arena, stage, task) {
            arena.run(&[step]).expect("the world is prepared");
        }
        // What is owed is only known once the steps before have been taken.
        if stage == Stage::Left {
            leave(&mut arena, task);
        }
    }
    let after = match stage {
        Stage::Submitted => 341,
        Stage::Voted => 381,
        Stage::Resolved => 440,
        Stage::Proposed => 441,
        Stage::Defended => 481,
        _ => slot,
    };
    arena.vm.warp_to(after);
    arena
}

fn begin() -> Arena {
    let mut arena = Arena::new(1, 5, 1_000_000);
    arena.create_task(params());
    arena.create_task(params());
    arena.vm.warp_to(100);
    for task in 0..2 {
        let Person { key, wallet } = arena.manager;
        let fund = instruction::fund_task(arena.tasks[task], key, wallet, BOUNTY);
        arena.run(&[fund]).expect("funds");
        for node in 0..4 {
            let stake = arena.stake(task, node, STAKE);
            arena.run(&[stake]).expect("stakes");
        }
    }
    arena
}

fn steps(arena: &Arena, stage: Stage, task: usize) -> Vec<Instruction> {
    let cheat = arena.submission(task, CHEAT);
    let list = arena.list(task);
    match stage {
        Stage::Begun | Stage::Unconfigured | Stage::Heirs | Stage::Active | Stage::Unchallenged => {
            vec![]
        }
        Stage::Offered => {
            let (task, manager) = (arena.tasks[task].task, arena.manager.key);
            vec![instruction::propose_manager(task, manager, PENDING)]
        }
        Stage::Migrated => vec![arena.migrate_task(task)],
        Stage::Opened => vec![arena.submit(task, 0)],
        Stage::Submitted => (1..4).map(|node| arena.submit(task, node)).collect(),
        Stage::Challenged => vec![arena.audit(task, 0, cheat, false)],
        Stage::Voted => vec![
            arena.audit(task, 1, cheat, false),
            arena.audit(task, 2, cheat, false),
        ],
        Stage::Resolved => vec![arena.resolve(task, cheat)],
        Stage::Proposed => vec![arena.propose(task, 0)],
        Stage::Defended => vec![
            arena.audit(task, 1, list, false),
            arena.audit(task, 2, list, true),
            arena.audit(task, 3, list, true),
        ],
        Stage::Accepted => vec![arena.finalize(task)],
        Stage::Paid => (0..3).map(|index| arena.payout(task, index)).collect(),
        Stage::Settled => (0..3)
            .map(|node| arena.close_vote(task, cheat, node))
            .collect(),
        Stage::Emptied => {
            let submissions = (0..4).map(|node| arena.submission(task, node));
            let subjects = submissions.chain([list]);
            subjects
                .map(|subject| arena.close_subject(subject))
                .collect()
        }
        Stage::Left => vec![arena.close_cycle(task)],
        Stage::Abandoned => {
            let (address, manager) = (arena.tasks[task].task, arena.manager.key);
            let off = instruction::set_active(address, manager, false);
            let stakes = (0..4).map(|node| {
                let node = arena.node(node);
                instruction::close_stake(address, node, manager, node)
            });
            stakes.chain([off]).collect()
        }
    }
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

fn leave(arena: &mut Arena, task: usize) {
    for node in 0..4 {
        let Person { key, wallet } = arena.nodes[node];
        let tokens = arena.tasks[task];
        let stake = arena.stake_of(task, node);
        let all = stake.stake.total();
        let withdraw = instruction::withdraw(tokens, key, wallet, all);
        arena.run(&[withdraw]).expect("leaves");
        if stake.available_balance > 0 {
            let claim = instruction::claim_reward(tokens, key, wallet);
            arena.run(&[claim]).expect("claims");
        }
    }
}

/// The valid instructions of the prepared worlds. The manager pays all rent.
impl Arena {
    /// The node's key.
    pub fn node(&self, node: usize) -> Pubkey {
        self.nodes[node].key
    }

    /// Where the round of [`CYCLE`] lives.
    pub fn cycle_address(&self, task: usize) -> Pubkey {
        address::cycle(&self.tasks[task].task, CYCLE)
    }

    /// Where a node's submission lives.
    pub fn submission(&self, task: usize, node: usize) -> Pubkey {
        address::submission(&self.cycle_address(task), &self.node(node))
    }

    /// Where the first list lives.
    pub fn list(&self, task: usize) -> Pubkey {
        address::list(&self.cycle_address(task), 0)
    }

    /// A node's stake.
    pub fn stake_of(&self, task: usize, node: usize) -> gradual_consensus::state::NodeStake {
        self.fetch(&address::node_stake(
            &self.tasks[task].task,
            &self.node(node),
        ))
    }

    /// What the task account holds.
    pub fn task(&self, task: usize) -> gradual_consensus::state::Task {
        self.fetch(&self.tasks[task].task)
    }

    /// The submission or list at `address`.
    pub fn subject(&self, address: Pubkey) -> Subject {
        let account = self.vm.account(&address).expect("a subject");
        super::subject_of(&account).expect("a subject")
    }

    /// `stake`.
    pub fn stake(&self, task: usize, node: usize, amount: u64) -> Instruction {
        let Person { key, wallet } = self.nodes[node];
        let payer = self.manager.key;
        instruction::stake(self.tasks[task], key, payer, wallet, amount, None)
    }

    /// `migrate_task` of one of the first two tasks to its heir.
    pub fn migrate_task(&self, task: usize) -> Instruction {
        let successor = self.tasks[task + 2].task;
        instruction::migrate_task(self.tasks[task], successor, self.manager.key)
    }

    /// `withdraw`.
    pub fn withdraw(&self, task: usize, node: usize, amount: u64) -> Instruction {
        let Person { key, wallet } = self.nodes[node];
        instruction::withdraw(self.tasks[task], key, wallet, amount)
    }

    /// `submit` for [`CYCLE`].
    pub fn submit(&self, task: usize, node: usize) -> Instruction {
        self.submit_for(task, node, CYCLE)
    }

    /// `submit` for `cycle`.
    pub fn submit_for(&self, task: usize, node: usize, cycle: u64) -> Instruction {
        let (task, payer) = (self.tasks[task].task, self.manager.key);
        instruction::submit(task, self.node(node), payer, cycle, b"proof".to_vec())
    }

    /// `audit`.
    pub fn audit(&self, task: usize, node: usize, subject: Pubkey, valid: bool) -> Instruction {
        let author = self.subject(subject).author;
        let (task, payer) = (self.tasks[task].task, self.manager.key);
        instruction::audit(task, subject, author, self.node(node), payer, valid)
    }

    /// `resolve_audit`.
    pub fn resolve(&self, task: usize, subject: Pubkey) -> Instruction {
        instruction::resolve_audit(self.tasks[task], subject, &self.subject(subject))
    }

    /// The tree of a list.
    pub fn tree(&self, task: usize, cycle: u64, entries: &[(usize, u64)]) -> MerkleTree {
        let list: Vec<_> = entries
            .iter()
            .map(|&(node, amount)| (self.node(node).to_bytes(), amount))
            .collect();
        MerkleTree::of_list(self.tasks[task].task.to_bytes(), cycle, &list).expect("a list")
    }

    /// What a proposer says of a list of [`CYCLE`].
    pub fn proposal(&self, task: usize, entries: &[(usize, u64)]) -> ListProposal {
        let state = self.task(task);
        ListProposal {
            merkle_root: self.tree(task, CYCLE, entries).root(),
            bounty: state.bounty_amount_per_round.min(state.bounty_available),
            total: entries.iter().map(|(_, amount)| amount).sum(),
            count: u32::try_from(entries.len()).expect("few"),
            uri: "list".into(),
        }
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
        let (task, payer) = (self.tasks[task].task, self.manager.key);
        instruction::submit_distribution_list(
            task,
            CYCLE,
            attempt,
            self.node(node),
            payer,
            proposal,
        )
    }

    /// `finalize_distribution` of the first list.
    pub fn finalize(&self, task: usize) -> Instruction {
        instruction::finalize_distribution(self.tasks[task].task, CYCLE, 0)
    }

    /// Entry `index` of [`SHARES`].
    pub fn entry(&self, task: usize, index: u32) -> Entry {
        let (node, amount) = SHARES[index as usize];
        Entry {
            node: self.node(node),
            index,
            amount,
            proof: self
                .tree(task, CYCLE, &SHARES)
                .proof(index)
                .expect("an entry"),
        }
    }

    /// `payout` of entry `index` of [`SHARES`].
    pub fn payout(&self, task: usize, index: u32) -> Instruction {
        instruction::payout(self.tasks[task].task, CYCLE, 0, self.entry(task, index))
    }

    /// `close_vote`.
    pub fn close_vote(&self, task: usize, subject: Pubkey, voter: usize) -> Instruction {
        let vote = address::vote(&subject, &self.node(voter));
        instruction::close_vote(self.tasks[task].task, &self.fetch(&vote))
    }

    /// `close_subject`.
    pub fn close_subject(&self, subject: Pubkey) -> Instruction {
        instruction::close_subject(subject, &self.subject(subject))
    }

    /// `close_cycle` of [`CYCLE`].
    pub fn close_cycle(&self, task: usize) -> Instruction {
        let round: Cycle = self.fetch(&self.cycle_address(task));
        instruction::close_cycle(&round)
    }
}
