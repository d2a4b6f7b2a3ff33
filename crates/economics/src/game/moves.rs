//! The moves that honest nodes and the attacker have.

use super::{Entries, Game, Item, new_task};
use crate::scene::MINIMUM;
use gradual_consensus::{GradualError, TaskParams, rules::schedule::review_round, state::Status};
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    Valid,
    vm::{Refusal, Vm, upgrade_authority},
};
use solana_sdk::instruction::Instruction;

impl Game {
    /// Moves on to slot `offset` of the present round.
    pub fn warp(&mut self, offset: u64) {
        let begin = self.params.starting_slot + self.round * self.params.round_time;
        self.vm.warp_to(begin + offset);
    }

    /// Sends one instruction; whether the program took it.
    fn took(&mut self, instruction: Instruction) -> bool {
        self.vm.run(&[instruction]).is_ok()
    }

    /// Counts a move of the attacker.
    fn count(&mut self, node: usize, taken: bool) -> bool {
        self.moves += u32::from(taken && self.is_attacker(node));
        taken
    }

    /// Counts something that the attacker did, or that the program kept it from, as a move.
    pub fn note(&mut self) {
        self.moves += 1;
    }

    /// Asserts that the program refuses `node`'s opening of a cycle with `error`: the attack ends there.
    pub fn cannot_open(&mut self, node: usize, cycle: u64, error: GradualError) {
        let open = self.valid().open_cycle(node, cycle);
        assert_eq!(self.vm.run(&[open]), Err(Refusal::Custom(error.into())));
        self.note();
    }

    /// Asserts that the program refuses `node`'s challenge of `item` with `error`.
    pub fn cannot_challenge(&mut self, node: usize, item: &Item, error: GradualError) {
        let vote = self.valid().audit(node, item.address, false);
        assert_eq!(self.vm.run(&[vote]), Err(Refusal::Custom(error.into())));
        self.note();
    }

    /// The manager funds the task.
    pub fn fund(&mut self, amount: u64) {
        let fund = self.valid().fund(self.manager, amount);
        assert!(self.took(fund), "the manager funds");
    }

    /// `node` stakes what it has to.
    pub fn stake(&mut self, node: usize) {
        let stake = self.valid().stake(node, self.stakes[node]);
        assert!(self.took(stake), "node {node} stakes");
    }

    /// `node` opens a cycle.
    pub fn open(&mut self, node: usize, cycle: u64) -> bool {
        let open = self.valid().open_cycle(node, cycle);
        let taken = self.took(open);
        if taken {
            self.opened_at.insert(cycle, self.vm.slot());
        }
        taken
    }

    /// `node` submits the work of a cycle, or garbage, which costs nothing.
    pub fn submit(&mut self, node: usize, cycle: u64, is_right: bool) -> bool {
        let Some(opened_at) = self.opened_at.get(&cycle) else {
            return false;
        };
        let is_slow = is_right && self.scene.slow_work;
        if is_slow && self.vm.slot() < opened_at + self.params.round_time {
            return false;
        }
        self.submit_prepared(node, cycle, is_right)
    }

    /// As [`Self::submit`], of work that was done before the cycle was open.
    pub fn submit_prepared(&mut self, node: usize, cycle: u64, is_right: bool) -> bool {
        let submit = self.valid().submit(node, cycle, &[u8::from(is_right); 32]);
        if !self.took(submit) {
            return false;
        }
        self.worked[node] += u64::from(is_right);
        let address = self.valid().submission_address(node, cycle);
        let window = review_round(cycle).expect("a review round");
        self.items.push(Item {
            address,
            author: node,
            cycle,
            window,
            attempt: None,
            is_right,
        });
        self.count(node, !is_right)
    }

    /// Whether `node` has submitted for a cycle.
    pub fn has_submitted(&self, node: usize, cycle: u64) -> bool {
        let address = self.valid().submission_address(node, cycle);
        self.items.iter().any(|item| item.address == address)
    }

    /// `node` challenges an item, or votes on it.
    pub fn vote(&mut self, node: usize, item: &Item, is_valid: bool) -> bool {
        let is_author = item.author == node;
        if is_author || self.votes.contains(&(item.address, node)) {
            return false;
        }
        let vote = self.valid().audit(node, item.address, is_valid);
        let taken = self.took(vote);
        if taken {
            self.votes.insert((item.address, node));
        }
        self.count(node, taken && is_valid != item.is_right)
    }

    /// `node` proposes a list, which honest nodes find wrong where it is not the right one, or not shown.
    pub fn propose(&mut self, node: usize, cycle: u64, entries: Entries, is_shown: bool) -> bool {
        let attempt = u8::try_from(self.round - cycle - 2).expect("an attempt");
        if entries.is_empty() {
            return false;
        }
        let valid = self.valid();
        let propose = valid.propose(node, cycle, attempt, valid.proposal(cycle, &entries));
        let address = valid.list_address(cycle, attempt);
        if !self.took(propose) {
            return false;
        }
        let is_right = is_shown && entries == self.right_list(cycle);
        self.items.push(Item {
            address,
            author: node,
            cycle,
            window: self.round,
            attempt: Some(attempt),
            is_right,
        });
        self.lists.insert((cycle, attempt), entries);
        self.count(node, !is_right);
        true
    }

    /// `node` withdraws all its stake, where it may.
    pub fn leave(&mut self, node: usize) -> bool {
        let stake = self.stake_of(node).map_or(0, |stake| stake.stake.total());
        let withdraw = self.valid().withdraw(node, stake);
        self.took(withdraw)
    }

    /// The attacker parks `node`, where it may.
    pub fn park(&mut self, node: usize) -> bool {
        let park = self.valid().park(node);
        let taken = self.took(park);
        self.moves += u32::from(taken);
        taken
    }

    /// `node` resumes, where it is parked.
    pub fn resume(&mut self, node: usize) {
        if self
            .stake_of(node)
            .is_some_and(|stake| stake.stake.is_parked())
        {
            let resume = self.valid().resume(node);
            assert!(self.took(resume), "a parked node resumes");
        }
    }

    /// The program's admin pauses it, and the manager deactivates the task.
    pub fn stop_everything(&mut self) {
        let pause = instruction::set_paused(upgrade_authority(), true);
        let deactivate = self.valid().set_active(false);
        assert!(self.took(pause) && self.took(deactivate), "they may");
        self.note();
    }

    /// Ends the audit of an item, and pays all who voted on it.
    pub fn resolve(&mut self, item: &Item) {
        if self.subject(item).status() == Status::Challenged {
            let resolve = self.valid().resolve(item.address);
            assert!(self.took(resolve), "anyone resolves");
            let voters = 0..self.nodes.len();
            for voter in voters.filter(|voter| self.votes.contains(&(item.address, *voter))) {
                let close = self.valid().close_vote(item.address, voter);
                assert!(self.vm.run(&[close]).is_ok(), "anyone closes a vote");
            }
        }
    }

    /// Finalizes the list of an attempt, and pays all that it pays.
    pub fn finalize(&mut self, cycle: u64, attempt: u8) {
        let finalize = self.valid().finalize(cycle, attempt);
        assert!(self.took(finalize), "anyone finalizes");
        if self.cycle(cycle).is_some_and(|cycle| cycle.list_accepted()) {
            let entries = self.lists[&(cycle, attempt)].clone();
            for (index, _) in (0..).zip(&entries) {
                let valid = self.valid();
                let pay = valid.payout(cycle, attempt, valid.entry(cycle, &entries, index));
                self.took(pay);
            }
        }
    }

    /// Pays the equal shares of a cycle, where it has failed.
    pub fn pay_equal(&mut self, cycle: u64) {
        for node in 0..self.nodes.len() {
            if self.has_submitted(node, cycle) {
                let pay = self.valid().payout_equal(node, cycle);
                self.took(pay);
            }
        }
    }

    /// Creates a task with short rounds, which the manager moves into this one, and in which the attacker
    /// stakes long before.
    pub fn stake_in_predecessor(&mut self) {
        let params = TaskParams {
            starting_slot: 2,
            round_time: 4,
            submission_window: 1,
            audit_window: 2,
            minimum_stake_amount: MINIMUM,
            ..self.params
        };
        let task = new_task(self.manager, self.tokens.mint, 2, params);
        assert!(self.took(task.create()), "a predecessor");
        self.vm.warp_to(2);
        self.predecessor = Some(task.tokens());
        for node in self.attackers.clone() {
            let stake = self.in_predecessor().stake(node, self.stakes[node]);
            assert!(self.took(stake), "the attacker stakes");
        }
        let migrate = self.in_predecessor().migrate_task(self.tokens.task);
        assert!(self.took(migrate), "the manager migrates");
    }

    fn in_predecessor(&self) -> Valid<'_, Vm> {
        Valid {
            tokens: self.predecessor.expect("a predecessor"),
            ..self.valid()
        }
    }

    /// The attacker joins the task: from its predecessor, where it has one.
    pub fn join(&mut self) {
        for node in self.attackers.clone() {
            if self.predecessor.is_some() {
                let migrate = self.in_predecessor().migrate_stake(node, self.tokens.task);
                assert!(self.took(migrate), "the attacker's stake moves");
            } else {
                self.stake(node);
            }
        }
    }
}
