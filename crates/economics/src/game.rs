//! One task on the machine, its honest nodes and its attacker, and the moves that both have.

use crate::scene::{BOUNTY, CYCLES, MINIMUM, Scene};
use gradual_consensus::{
    GradualError, TaskParams, TaskTexts,
    rules::schedule::review_round,
    state::{Cycle, NodeStake, Status, Subject},
};
use gradual_consensus_client::{
    account::{self, Stored},
    address,
    books::Books,
    instruction::{self, TaskTokens},
};
use gradual_consensus_testkit::{
    LAMPORTS, NewTask, Party, Valid, config_manager,
    people::{keyless, settle},
    terms,
    vm::{Refusal, Vm, upgrade_authority},
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey, signature::Signer};
use std::collections::{BTreeMap, BTreeSet};

/// What everybody begins with, in base units.
const WALLET: u64 = 100_000_000;

/// A list: whom it pays, and what.
pub type Entries = Vec<(usize, u64)>;

/// A submission or a list, and whether it is right: honest nodes find out.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Where it lives.
    pub address: Pubkey,
    /// The node that handed it in.
    pub author: usize,
    /// Its cycle.
    pub cycle: u64,
    /// The round of its windows.
    pub window: u64,
    /// The attempt, where it is a list.
    pub attempt: Option<u8>,
    /// Whether it is what the protocol asks for.
    pub is_right: bool,
}

/// One game.
pub struct Game {
    /// What is out of the ordinary.
    pub scene: Scene,
    /// The present round.
    pub round: u64,
    /// Honest nodes that are online.
    pub honest: Vec<usize>,
    /// The attacker's nodes; the last holds the rest of its stake.
    pub attackers: Vec<usize>,
    /// What was handed in.
    pub items: Vec<Item>,
    /// Votes that were cast.
    pub votes: BTreeSet<(Pubkey, usize)>,
    /// Lists as they were proposed.
    pub lists: BTreeMap<(u64, u8), Entries>,
    /// Cycles opened too late for slow work.
    pub opened_late: BTreeSet<u64>,
    vm: Vm,
    tokens: TaskTokens,
    params: TaskParams,
    manager: Party,
    nodes: Vec<Party>,
    stakes: Vec<u64>,
    /// Cycles that each node did the work of.
    worked: Vec<u64>,
    predecessor: Option<TaskTokens>,
    moves: u32,
}

/// What a game came to, in base units.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the attacker won.
    pub attacker: i64,
    /// What each honest node won that was online.
    pub honest: Vec<i64>,
    /// Moves of the attacker that the program took.
    pub moves: u32,
}

fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

// How a game begins, and what it comes to.
impl Game {
    /// A task in `scene`, in whose round 0 nobody has staked. The attacker has `share` per cent of the stake,
    /// and so many honest nodes are online that they hold about `turnout` per cent of the honest stake.
    pub fn new(scene: Scene, share: u64, turnout: u64) -> Self {
        let honest = scene.honest_stakes(share);
        let all = honest.len();
        let online = (all * usize::try_from(turnout).unwrap_or(100) + 50) / 100;
        let stakes = [honest, scene.attacker_stakes(share)].concat();
        let mut vm = Vm::new(1);
        let mint = keyless("mint", 0);
        vm.set_mint(mint, keyless("mint authority", 0), None);
        let person = |name, number| settle(&vm, &mint, keyless(name, number), WALLET);
        let manager = person("manager", 0);
        let nodes = (0u8..).zip(&stakes).map(|(node, _)| person("node", node));
        let nodes = nodes.collect();
        vm.give(manager.key, 1_000 * LAMPORTS);
        let authority = upgrade_authority();
        let admin =
            instruction::initialize_config(authority, manager.key, config_manager(0).pubkey());
        vm.run(&[admin]).expect("a config");
        let params = scene.params();
        let task = new_task(manager, mint, 1, params);
        vm.run(&[task.create()]).expect("a task");
        Self {
            scene,
            round: 0,
            honest: (0..online).collect(),
            attackers: (all..stakes.len()).collect(),
            items: vec![],
            votes: BTreeSet::new(),
            lists: BTreeMap::new(),
            opened_late: BTreeSet::new(),
            tokens: task.tokens(),
            vm,
            params,
            manager,
            worked: vec![0; stakes.len()],
            nodes,
            stakes,
            predecessor: None,
            moves: 0,
        }
    }

    /// What everybody has won.
    pub fn outcome(&self) -> Outcome {
        let books = Books::read(&self.vm, &self.tokens.task).expect("a ledger");
        assert_eq!(books.expect("a task").violations(), Vec::<String>::new());
        let gains = |nodes: &[usize]| nodes.iter().map(|&node| self.gain(node)).collect();
        let attackers: Vec<i64> = gains(&self.attackers);
        let mut attacker: i64 = attackers.iter().sum();
        if self.scene.manager {
            attacker += self.managers_gain();
        }
        Outcome {
            attacker,
            honest: gains(&self.honest),
            moves: self.moves,
        }
    }

    /// What `node` owns more than at the beginning, less what its work cost it.
    fn gain(&self, node: usize) -> i64 {
        let wallet = self.vm.tokens(&self.nodes[node].wallet);
        let tasks = [Some(self.tokens), self.predecessor].into_iter().flatten();
        let held = tasks.map(|tokens| {
            let stake = address::node_stake(&tokens.task, &self.nodes[node].key);
            let stake = self.find::<NodeStake>(&stake);
            stake.map_or(0, |one| one.stake.total() + one.available_balance)
        });
        let cost = self.worked[node] * self.work_cost(node);
        signed(wallet + held.sum::<u64>()) - signed(WALLET + cost)
    }

    /// What the manager has: its wallet and what of the bounty nobody is owed, and the work it got for it.
    fn managers_gain(&self) -> i64 {
        let owed = (0..self.nodes.len()).filter_map(|node| self.stake_of(node));
        let owed: u64 = owed.map(|stake| stake.available_balance).sum();
        let pot = self.vm.tokens(&address::bounty_pot(&self.tokens.task));
        let wallet = self.vm.tokens(&self.manager.wallet);
        let nodes = self.worked.iter().enumerate();
        let work: u64 = nodes
            .map(|(node, cycles)| cycles * self.work_cost(node))
            .sum();
        signed(wallet + pot + work) - signed(WALLET + owed)
    }

    /// What a node's work in a cycle costs it, and is worth to the manager: all that it is paid for it where
    /// everybody is honest.
    fn work_cost(&self, node: usize) -> u64 {
        let online = self.honest.iter().chain(&self.attackers);
        let all: u64 = online.map(|&one| self.pay_weight(one)).sum();
        BOUNTY * self.pay_weight(node) / all
    }

    fn pay_weight(&self, node: usize) -> u64 {
        self.scene.pay_weight(self.attackers.contains(&node))
    }
}

// What is known.
impl Game {
    /// The cycles that are worked.
    pub fn cycles(&self) -> std::ops::Range<u64> {
        let first = self.scene.first_cycle();
        first..first + CYCLES
    }

    /// Attempts at a list, the first included.
    pub const fn attempts(&self) -> u8 {
        self.params.allowed_failed_distributions + 1
    }

    fn find<T: Stored>(&self, address: &Pubkey) -> Option<T> {
        account::fetch(&self.vm, address).expect("a ledger")
    }

    fn valid(&self) -> Valid<'_, Vm> {
        Valid {
            ledger: &self.vm,
            tokens: self.tokens,
            manager: self.manager,
            nodes: self.nodes.clone(),
            payer: Some(self.manager.key),
        }
    }

    /// A cycle, where it is open.
    pub fn cycle(&self, cycle: u64) -> Option<Cycle> {
        self.find(&address::cycle(&self.tokens.task, cycle))
    }

    /// A node's stake, where it has staked.
    pub fn stake_of(&self, node: usize) -> Option<NodeStake> {
        self.find(&address::node_stake(
            &self.tokens.task,
            &self.nodes[node].key,
        ))
    }

    /// The audit and status of an item.
    pub fn subject(&self, item: &Item) -> Subject {
        self.valid().subject(&item.address)
    }

    /// What is audited in this round, lists first: honest nodes judge them first.
    pub fn under_audit(&self) -> Vec<Item> {
        let items = self.items.iter().filter(|item| item.window == self.round);
        let mut items: Vec<Item> = items.copied().collect();
        items.sort_by_key(|item| item.attempt.is_none());
        items
    }

    /// Whether `node` is the attacker's.
    pub fn is_attacker(&self, node: usize) -> bool {
        self.attackers.contains(&node)
    }

    /// The attacker's nodes that it risks; in this round it risks the first of them.
    pub fn risked(&self) -> Vec<usize> {
        let count = self.attackers.len().saturating_sub(1).max(1);
        let mut risked = self.attackers[..count].to_vec();
        let turn = usize::try_from(self.round).unwrap_or_default() % count;
        risked.rotate_left(turn);
        risked
    }

    /// The attacker's node that holds the rest of its stake.
    pub fn rest(&self) -> usize {
        self.attackers[self.attackers.len() - 1]
    }

    /// The list that the protocol asks for.
    pub fn right_list(&self, cycle: u64) -> Entries {
        let submissions = self.items.iter().filter(|item| {
            let is_one = item.cycle == cycle && item.attempt.is_none();
            is_one && self.subject(item).status().is_payable()
        });
        let nodes: Vec<usize> = submissions.map(|item| item.author).collect();
        let all: u64 = nodes.iter().map(|&node| self.pay_weight(node)).sum();
        let share = |node| BOUNTY * self.pay_weight(node) / all;
        nodes.iter().map(|&node| (node, share(node))).collect()
    }
}

// Moves.
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
        if taken && self.scene.late_bounty {
            self.opened_late.insert(cycle);
        }
        taken
    }

    /// `node` submits the work of a cycle, or garbage, which costs nothing.
    pub fn submit(&mut self, node: usize, cycle: u64, is_right: bool) -> bool {
        let late = self.scene.slow_work && self.opened_late.contains(&cycle);
        if self.cycle(cycle).is_none() || late && is_right {
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
            let address = self.valid().submission_address(node, cycle);
            if self.items.iter().any(|item| item.address == address) {
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

fn new_task(manager: Party, mint: Pubkey, task_id: u64, params: TaskParams) -> NewTask {
    NewTask {
        creator: manager.key,
        task_id,
        mint,
        token_program: spl_token_interface::ID,
        params,
        texts: TaskTexts {
            ..terms::named("task")
        },
    }
}
