//! Valid instructions of one task, whatever ledger it is on and whoever plays: tests change one thing
//! of them. Every harness builds its instructions here.

use crate::{
    people::Party,
    tree::{self, Share},
};
use gradual_consensus::{
    ListProposal,
    rules::merkle::MerkleTree,
    state::{AuditVote, Cycle, DistributionList, NodeStake, Subject, Submission, Task},
};
use gradual_consensus_client::{
    account::{self, Stored},
    address,
    instruction::{self, Entry, TaskTokens},
    ledger::Ledger,
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// One task on a ledger, and who plays in it.
pub struct Valid<'a, L> {
    /// The ledger.
    pub ledger: &'a L,
    /// The task, its mint and token program.
    pub tokens: TaskTokens,
    /// The task's manager.
    pub manager: Party,
    /// The nodes; instructions name them by their position.
    pub nodes: Vec<Party>,
    /// Who pays the rent of what is opened; every node its own where there is none.
    pub payer: Option<Pubkey>,
}

/// The submission or list at `subject`.
///
/// # Panics
/// Where there is neither.
pub fn subject(ledger: &impl Ledger, subject: &Pubkey) -> Subject {
    let found = ledger.accounts(&[*subject]).expect("a ledger");
    let [Some(account)] = &found[..] else {
        panic!("no account at {subject}");
    };
    let submission = account::decode::<Submission>(account).map(|one| one.subject);
    submission
        .or_else(|| account::decode::<DistributionList>(account).map(|one| one.subject))
        .expect("a submission or a list")
}

// Addresses and accounts.
impl<L: Ledger> Valid<'_, L> {
    /// The key of node number `node`.
    pub fn node(&self, node: usize) -> Pubkey {
        self.nodes[node].key
    }

    fn payer_of(&self, node: usize) -> Pubkey {
        self.payer.unwrap_or_else(|| self.node(node))
    }

    /// The account at `address`, which must be a `T`.
    pub fn fetch<T: Stored>(&self, address: &Pubkey) -> T {
        account::fetch(self.ledger, address)
            .expect("a ledger")
            .expect("an account")
    }

    /// What the task account holds.
    pub fn task(&self) -> Task {
        self.fetch(&self.tokens.task)
    }

    /// Where a node keeps its stake.
    pub fn stake_address(&self, node: usize) -> Pubkey {
        address::node_stake(&self.tokens.task, &self.node(node))
    }

    /// What a node has staked and earned.
    pub fn node_stake(&self, node: usize) -> NodeStake {
        self.fetch(&self.stake_address(node))
    }

    /// Where a cycle lives.
    pub fn cycle_address(&self, cycle: u64) -> Pubkey {
        address::cycle(&self.tokens.task, cycle)
    }

    /// What the account of a cycle holds.
    pub fn cycle(&self, cycle: u64) -> Cycle {
        self.fetch(&self.cycle_address(cycle))
    }

    /// Where the submission of `node` in `cycle` lives.
    pub fn submission_address(&self, node: usize, cycle: u64) -> Pubkey {
        address::submission(&self.cycle_address(cycle), &self.node(node))
    }

    /// The fixed part of that submission.
    pub fn submission(&self, node: usize, cycle: u64) -> Submission {
        self.fetch(&self.submission_address(node, cycle))
    }

    /// Where the list of `attempt` in `cycle` lives.
    pub fn list_address(&self, cycle: u64, attempt: u8) -> Pubkey {
        address::list(&self.cycle_address(cycle), attempt)
    }

    /// The submission or list at `address`.
    pub fn subject(&self, address: &Pubkey) -> Subject {
        subject(self.ledger, address)
    }

    /// Where the vote of `node` on `subject` lives.
    pub fn vote_address(&self, subject: &Pubkey, node: usize) -> Pubkey {
        address::vote(subject, &self.node(node))
    }

    /// The node among `nodes` that may propose first in `attempt` for `cycle`, and the slot.
    pub fn first_proposer(&self, nodes: &[usize], cycle: u64, attempt: u8) -> (usize, u64) {
        let (task, state) = (self.task(), self.cycle(cycle));
        let turns = nodes.iter().map(|&node| {
            let slot = state.proposal_slot(&task, &self.node(node), attempt);
            (node, slot.expect("a turn"))
        });
        turns.min_by_key(|(_, slot)| *slot).expect("a node")
    }
}

// The task and stakes.
impl<L: Ledger> Valid<'_, L> {
    /// `fund_task`, by `funder`.
    pub fn fund(&self, funder: Party, amount: u64) -> Instruction {
        instruction::fund_task(self.tokens, funder.key, funder.wallet, amount)
    }

    /// `set_active`, by the manager.
    pub fn set_active(&self, is_active: bool) -> Instruction {
        instruction::set_active(self.tokens.task, self.manager.key, is_active)
    }

    /// `migrate_task`, by the manager.
    pub fn migrate_task(&self, successor: Pubkey) -> Instruction {
        instruction::migrate_task(self.tokens, successor, self.manager.key)
    }

    /// `close_task`, into the manager's wallet.
    pub fn close_task(&self) -> Instruction {
        let Party { key, wallet } = self.manager;
        instruction::close_task(self.tokens.task, &self.task(), key, wallet)
    }

    /// `stake`, from the node's wallet.
    pub fn stake(&self, node: usize, amount: u64) -> Instruction {
        self.stake_at(node, amount, None)
    }

    /// `stake`, by a node that may be reached at `endpoint`.
    pub fn stake_at(&self, node: usize, amount: u64, endpoint: Option<String>) -> Instruction {
        let (Party { key, wallet }, payer) = (self.nodes[node], self.payer_of(node));
        instruction::stake(self.tokens, key, payer, wallet, amount, endpoint)
    }

    /// `withdraw`, to the node's wallet.
    pub fn withdraw(&self, node: usize, amount: u64) -> Instruction {
        let Party { key, wallet } = self.nodes[node];
        instruction::withdraw(self.tokens, key, wallet, amount)
    }

    /// `park_stake`.
    pub fn park(&self, node: usize) -> Instruction {
        instruction::park_stake(self.tokens.task, self.node(node))
    }

    /// `resume_stake`.
    pub fn resume(&self, node: usize) -> Instruction {
        instruction::resume_stake(self.tokens.task, self.node(node))
    }

    /// `migrate_stake`.
    pub fn migrate_stake(&self, node: usize, successor: Pubkey) -> Instruction {
        let payer = self.payer_of(node);
        instruction::migrate_stake(self.tokens, successor, self.node(node), payer)
    }

    /// `claim_reward`, to the node's wallet.
    pub fn claim(&self, node: usize) -> Instruction {
        let Party { key, wallet } = self.nodes[node];
        instruction::claim_reward(self.tokens, key, wallet)
    }

    /// `compound`.
    pub fn compound(&self, node: usize) -> Instruction {
        instruction::compound(self.tokens, self.node(node))
    }

    /// `close_stake`, by the node.
    pub fn close_stake(&self, node: usize) -> Instruction {
        let key = self.node(node);
        instruction::close_stake(self.tokens.task, key, self.node_stake(node).payer, key)
    }
}

// Work, audits, distribution.
impl<L: Ledger> Valid<'_, L> {
    /// `open_cycle`.
    pub fn open_cycle(&self, node: usize, cycle: u64) -> Instruction {
        let (task, payer) = (self.tokens.task, self.payer_of(node));
        instruction::open_cycle(task, self.node(node), payer, cycle)
    }

    /// `submit`.
    pub fn submit(&self, node: usize, cycle: u64, value: &[u8]) -> Instruction {
        let (task, payer) = (self.tokens.task, self.payer_of(node));
        instruction::submit(task, self.node(node), payer, cycle, value.to_vec())
    }

    /// `audit`: a vote, or a challenge.
    pub fn audit(&self, node: usize, subject: Pubkey, is_valid: bool) -> Instruction {
        let author = self.subject(&subject).author;
        let (task, payer) = (self.tokens.task, self.payer_of(node));
        instruction::audit(task, subject, author, self.node(node), payer, is_valid)
    }

    /// `resolve_audit`.
    pub fn resolve(&self, subject: Pubkey) -> Instruction {
        instruction::resolve_audit(self.tokens, subject, &self.subject(&subject))
    }

    /// `close_vote`.
    pub fn close_vote(&self, subject: Pubkey, voter: usize) -> Instruction {
        let vote: AuditVote = self.fetch(&self.vote_address(&subject, voter));
        instruction::close_vote(self.tokens.task, &vote)
    }

    /// The shares of a list that pays each of these nodes its amount.
    pub fn shares(&self, entries: &[(usize, u64)]) -> Vec<Share> {
        let shares = entries
            .iter()
            .map(|&(node, amount)| (self.node(node), amount));
        shares.collect()
    }

    /// The Merkle tree of that list.
    pub fn tree(&self, cycle: u64, entries: &[(usize, u64)]) -> MerkleTree {
        tree::tree(&self.tokens.task, cycle, &self.shares(entries))
    }

    /// What a proposer says of that list.
    pub fn proposal(&self, cycle: u64, entries: &[(usize, u64)]) -> ListProposal {
        let tree = self.tree(cycle, entries);
        tree::proposal(&tree, &self.shares(entries))
    }

    /// Entry number `index` of that list, with its proof.
    pub fn entry(&self, cycle: u64, entries: &[(usize, u64)], index: u32) -> Entry {
        tree::entry(&self.tree(cycle, entries), &self.shares(entries), index)
    }

    /// `submit_distribution_list`.
    pub fn propose(
        &self,
        node: usize,
        cycle: u64,
        attempt: u8,
        proposal: ListProposal,
    ) -> Instruction {
        let (task, key, payer) = (self.tokens.task, self.node(node), self.payer_of(node));
        instruction::submit_distribution_list(task, cycle, attempt, key, payer, proposal)
    }

    /// `finalize_distribution`.
    pub fn finalize(&self, cycle: u64, attempt: u8) -> Instruction {
        instruction::finalize_distribution(self.tokens.task, cycle, attempt)
    }

    /// `payout` of `entry`.
    pub fn payout(&self, cycle: u64, attempt: u8, entry: Entry) -> Instruction {
        instruction::payout(self.tokens.task, cycle, attempt, entry)
    }

    /// `payout_equal` of the submission of `node`.
    pub fn payout_equal(&self, node: usize, cycle: u64) -> Instruction {
        instruction::payout_equal(self.tokens.task, cycle, self.node(node))
    }

    /// `close_subject`.
    pub fn close_subject(&self, subject: Pubkey) -> Instruction {
        instruction::close_subject(subject, &self.subject(&subject))
    }

    /// `close_cycle`.
    pub fn close_cycle(&self, cycle: u64) -> Instruction {
        instruction::close_cycle(&self.cycle(cycle))
    }
}
