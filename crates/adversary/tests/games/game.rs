//! What the games need: a task, its players, and what each of them is worth.

use gradual_consensus::{GradualError, ListProposal, TaskParams, state::Cycle};
use gradual_consensus_adversary::{
    arena::{Arena, Person},
    attack::scene,
    vm::Refusal,
};
use gradual_consensus_client::{
    address,
    instruction::{self, Entry},
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// What everybody begins with.
pub const WALLET: u64 = 1_000_000;

/// A task and its players.
pub struct Game {
    pub arena: Arena,
}

impl Game {
    /// A task on changed terms; node `n` stakes `stakes[n]` in round 0.
    pub fn new(change: impl Fn(&mut TaskParams), stakes: &[u64]) -> Self {
        Self::funded(100_000, change, stakes)
    }

    /// As [`Self::new`], with so large a bounty in all.
    pub fn funded(bounty: u64, change: impl Fn(&mut TaskParams), stakes: &[u64]) -> Self {
        let mut terms = scene::params();
        change(&mut terms);
        let nodes = u8::try_from(stakes.len()).unwrap();
        let mut arena = Arena::new(1, nodes, WALLET);
        arena.create_task(terms);
        let mut game = Self { arena };
        game.fund(bounty);
        game.warp(100);
        for (node, &amount) in stakes.iter().enumerate() {
            if amount > 0 {
                game.stake(node, amount);
            }
        }
        game
    }

    pub fn task(&self) -> Pubkey {
        self.arena.tasks[0].task
    }

    pub fn warp(&mut self, slot: u64) {
        self.arena.vm.warp_to(slot);
    }

    /// To slot `offset` of round `round`.
    pub fn warp_in(&mut self, round: u64, offset: u64) {
        self.warp(100 + 100 * round + offset);
    }

    #[track_caller]
    pub fn done(&mut self, instruction: Instruction) {
        assert_eq!(self.arena.run(&[instruction]), Ok(()));
    }

    #[track_caller]
    pub fn refused(&mut self, instruction: Instruction, expected: GradualError) {
        let result = self.arena.run(&[instruction]);
        assert_eq!(result, Err(Refusal::Custom(expected.into())));
    }

    #[track_caller]
    pub fn fund(&mut self, amount: u64) {
        let Person { key, wallet } = self.arena.manager;
        let tokens = self.arena.tasks[0];
        self.done(instruction::fund_task(tokens, key, wallet, amount));
    }

    #[track_caller]
    pub fn stake(&mut self, node: usize, amount: u64) {
        let stake = self.arena.stake(0, node, amount);
        self.done(stake);
    }

    pub fn open_ix(&self, node: usize, cycle: u64) -> Instruction {
        self.arena.open_cycle(0, node, cycle)
    }

    /// `node` opens `cycle` in its work round.
    #[track_caller]
    pub fn open(&mut self, node: usize, cycle: u64) {
        let begins = 100 + 100 * cycle;
        if self.arena.vm.slot() < begins {
            self.warp(begins);
        }
        let open = self.open_ix(node, cycle);
        self.done(open);
    }

    /// What is set aside for a cycle, and what became of it.
    pub fn cycle(&self, cycle: u64) -> Option<Cycle> {
        self.arena.find(&address::cycle(&self.task(), cycle))
    }

    /// These nodes submit for `cycle`, in the first slot of its window; the first of them opens it, where
    /// nobody has.
    #[track_caller]
    pub fn submit(&mut self, cycle: u64, nodes: &[usize]) {
        if self.cycle(cycle).is_none() {
            self.open(nodes[0], cycle);
        }
        self.warp_in(cycle + 1, 0);
        for &node in nodes {
            let submit = self.arena.submit_for(0, node, cycle);
            self.done(submit);
        }
    }

    pub fn submission(&self, cycle: u64, node: usize) -> Pubkey {
        let cycle = address::cycle(&self.task(), cycle);
        address::submission(&cycle, &self.arena.node(node))
    }

    pub fn list(&self, cycle: u64, attempt: u8) -> Pubkey {
        address::list(&address::cycle(&self.task(), cycle), attempt)
    }

    pub fn vote_ix(&self, node: usize, subject: Pubkey, valid: bool) -> Instruction {
        self.arena.audit(0, node, subject, valid)
    }

    /// These votes on `subject`, at the beginning of the audit window of round `round`.
    #[track_caller]
    pub fn vote(&mut self, round: u64, subject: Pubkey, votes: &[(usize, bool)]) {
        self.warp_in(round, 41);
        for &(node, valid) in votes {
            let vote = self.vote_ix(node, subject, valid);
            self.done(vote);
        }
    }

    /// Resolves an audit of round `round`, and closes these votes.
    #[track_caller]
    pub fn resolve(&mut self, round: u64, subject: Pubkey, voters: &[usize]) {
        self.warp_in(round, 81);
        let resolve = self.arena.resolve(0, subject);
        self.done(resolve);
        for &voter in voters {
            let close = self.arena.close_vote(0, subject, voter);
            self.done(close);
        }
    }

    pub fn proposal(&self, cycle: u64, entries: &[(usize, u64)]) -> ListProposal {
        ListProposal {
            merkle_root: self.arena.tree(0, cycle, entries).root(),
            ..self.arena.proposal(0, entries)
        }
    }

    pub fn propose_ix(
        &self,
        node: usize,
        cycle: u64,
        attempt: u8,
        proposal: ListProposal,
    ) -> Instruction {
        let (key, payer) = (self.arena.node(node), self.arena.manager.key);
        instruction::submit_distribution_list(self.task(), cycle, attempt, key, payer, proposal)
    }

    /// `node` proposes these entries, when everybody may.
    #[track_caller]
    pub fn propose(&mut self, node: usize, cycle: u64, attempt: u8, entries: &[(usize, u64)]) {
        self.warp_in(cycle + 2 + u64::from(attempt), 40);
        let proposal = self.proposal(cycle, entries);
        let propose = self.propose_ix(node, cycle, attempt, proposal);
        self.done(propose);
    }

    #[track_caller]
    pub fn finalize(&mut self, cycle: u64, attempt: u8) {
        self.warp_in(cycle + 2 + u64::from(attempt), 81);
        let finalize = instruction::finalize_distribution(self.task(), cycle, attempt);
        self.done(finalize);
    }

    pub fn payout_ix(
        &self,
        cycle: u64,
        attempt: u8,
        entries: &[(usize, u64)],
        index: u32,
    ) -> Instruction {
        let (node, amount) = entries[index as usize];
        let entry = Entry {
            node: self.arena.node(node),
            index,
            amount,
            proof: self.arena.tree(0, cycle, entries).proof(index).unwrap(),
        };
        instruction::payout(self.task(), cycle, attempt, entry)
    }

    #[track_caller]
    pub fn pay_all(&mut self, cycle: u64, attempt: u8, entries: &[(usize, u64)]) {
        for (index, _) in (0..).zip(entries) {
            let payout = self.payout_ix(cycle, attempt, entries, index);
            self.done(payout);
        }
    }

    /// All of these are paid equal shares of a cycle whose attempts have failed.
    #[track_caller]
    pub fn pay_equally(&mut self, cycle: u64, nodes: &[usize]) {
        let failures = u64::from(self.arena.params[0].allowed_failed_distributions);
        self.warp_in(cycle + 3 + failures, 0);
        for &node in nodes {
            let pay = self.equal_ix(cycle, node);
            self.done(pay);
        }
    }

    pub fn equal_ix(&self, cycle: u64, node: usize) -> Instruction {
        instruction::payout_equal(self.task(), cycle, self.arena.node(node))
    }

    /// Closes everything of a settled cycle: the submissions of `nodes`, the lists of `attempts`, itself.
    #[track_caller]
    pub fn close(&mut self, cycle: u64, nodes: &[usize], attempts: &[u8]) {
        let submissions = nodes.iter().map(|&node| self.submission(cycle, node));
        let lists = attempts.iter().map(|&attempt| self.list(cycle, attempt));
        for subject in submissions.chain(lists).collect::<Vec<_>>() {
            let close = self.arena.close_subject(subject);
            self.done(close);
        }
        let state = self.cycle(cycle).unwrap();
        self.done(instruction::close_cycle(&state));
    }

    /// What all of `nodes` own: in wallets, staked, and to claim.
    pub fn worth(&self, nodes: &[usize]) -> u64 {
        let of = |node: usize| {
            let wallet = self.arena.vm.tokens(&self.arena.nodes[node].wallet);
            let address = address::node_stake(&self.task(), &self.arena.node(node));
            let stake = self
                .arena
                .find::<gradual_consensus::state::NodeStake>(&address);
            wallet + stake.map_or(0, |one| one.stake.total() + one.available_balance)
        };
        nodes.iter().map(|&node| of(node)).sum()
    }

    /// What `nodes` have won since the beginning, in base units; less than 0 is lost.
    pub fn gain(&self, nodes: &[usize]) -> i64 {
        let began = WALLET * nodes.len() as u64;
        i64::try_from(self.worth(nodes)).unwrap() - i64::try_from(began).unwrap()
    }

    pub fn available(&self) -> u64 {
        self.arena.task(0).bounty_available
    }
}

/// The honest list: equal shares of 10,000.
pub fn equal(nodes: &[usize]) -> Vec<(usize, u64)> {
    let share = 10_000 / nodes.len() as u64;
    nodes.iter().map(|&node| (node, share)).collect()
}
