//! One task on the machine, its honest nodes and its attacker.

mod moves;

use crate::scene::{BOUNTY, CYCLES, Scene};
use gradual_consensus::{
    TaskParams,
    state::{Cycle, NodeStake, Subject},
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
    vm::{Vm, upgrade_authority},
};
use solana_sdk::{pubkey::Pubkey, signature::Signer};
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
    /// The slots in which cycles were opened.
    pub opened_at: BTreeMap<u64, u64>,
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
            opened_at: BTreeMap::new(),
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

fn new_task(manager: Party, mint: Pubkey, task_id: u64, params: TaskParams) -> NewTask {
    NewTask {
        creator: manager.key,
        task_id,
        mint,
        token_program: spl_token_interface::ID,
        params,
        texts: terms::named("task"),
    }
}
