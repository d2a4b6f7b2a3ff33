//! The protocol once more, small enough to be obviously right: maps and integers, no accounts, no
//! bumps, no shifted timelines. Written from `docs/protocol.md`, section by section; of the program
//! it takes nothing but the names of its errors.
//!
//! [`Model::apply`] lists *every* reason against an operation. The program reports one of them, the
//! one it looks at first; which one is no part of the protocol.

mod cycle;
mod governance;
mod money;
mod schedule;

pub use cycle::{Audit, Cycle, List, Status, Subject, Submission, Verdict, Vote};
pub use governance::Config;
pub use money::{Stake, Wallet};

use crate::duel::{Op, SubjectId, Terms};
use gradual_consensus::GradualError;
use std::{
    collections::BTreeMap,
    ops::{Deref, DerefMut},
};

/// A node, by its number in the world.
pub type Node = usize;

/// Anybody: the nodes come first, then the manager of the first task, the program's upgrade authority,
/// and the two that an arena knows as managers of the config.
pub type Person = usize;

/// How many tasks there may be at a time.
pub const TASKS: usize = 3;

/// Why the protocol refuses an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A rule of the program.
    Rule(GradualError),
    /// What the operation speaks of does not exist.
    Missing,
    /// There are fewer tokens than are to be moved.
    Poor,
    /// What is to be created is there.
    Taken,
}

impl From<GradualError> for Fault {
    fn from(error: GradualError) -> Self {
        Self::Rule(error)
    }
}

/// The reasons against an operation, gathered.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn unless(&mut self, holds: bool, fault: impl Into<Fault>) {
        if !holds {
            self.0.push(fault.into());
        }
    }

    fn or(self, done: impl FnOnce()) -> Result<(), Vec<Fault>> {
        if self.0.is_empty() {
            done();
            Ok(())
        } else {
            Err(self.0)
        }
    }
}

/// The program's config, all tasks, and all who play in them.
///
/// It dereferences to the task that is spoken of, which must exist.
#[derive(Clone, Debug)]
pub struct Model {
    /// Decides slot hashes.
    pub seed: u64,
    /// The present slot.
    pub slot: u64,
    /// Keys of the nodes, as bytes.
    pub keys: Vec<[u8; 32]>,
    /// Base units that each began with.
    pub wallet: u64,
    /// Base units outside the program: the nodes', then the manager's.
    pub wallets: Vec<Wallet>,
    /// Base units that anyone ever made and put into a pot past the program.
    pub made: u64,
    /// The config, where it is initialised.
    pub config: Option<Config>,
    /// The tasks that exist, by number.
    pub tasks: BTreeMap<usize, Task>,
    /// Number of the task that is spoken of.
    pub at: usize,
}

/// One task.
#[derive(Clone, Debug)]
pub struct Task {
    /// The terms.
    pub terms: Terms,
    /// Who manages it.
    pub manager: Person,
    /// To whom it is offered.
    pub pending_manager: Option<Person>,
    /// Whether a manager of the config vouches for it.
    pub is_allowlisted: bool,
    /// Its successor, and the round in which it moved there.
    pub migrated: Option<(usize, u64)>,
    /// What has moved there.
    pub migrated_bounty: u64,
    /// Whether nodes may stake.
    pub is_active: bool,
    /// What it was when each round began in which it changed.
    pub was_active: BTreeMap<u64, bool>,
    /// Base units in the stake pot.
    pub stake_pot: u64,
    /// Base units in the bounty pot.
    pub bounty_pot: u64,
    /// Base units that anyone put into the pots past the program.
    pub donated: u64,
    /// Part of the bounty that nobody has reserved and nobody is owed.
    pub available: u64,
    /// All that was ever funded.
    pub funded: u64,
    /// What lists that were closed have paid.
    pub paid_by_closed: u64,
    /// All that slashes ever gave to the bounty.
    pub from_slashes: u64,
    /// Stake accounts.
    pub stakes: BTreeMap<Node, Stake>,
    /// Cycles that are open.
    pub cycles: BTreeMap<u64, Cycle>,
}

impl Task {
    /// A task on `terms` before anybody has funded it or staked.
    const fn new(terms: Terms, manager: Person) -> Self {
        Self {
            terms,
            manager,
            pending_manager: None,
            is_allowlisted: false,
            migrated: None,
            migrated_bounty: 0,
            is_active: true,
            was_active: BTreeMap::new(),
            stake_pot: 0,
            bounty_pot: 0,
            donated: 0,
            available: 0,
            funded: 0,
            paid_by_closed: 0,
            from_slashes: 0,
            stakes: BTreeMap::new(),
            cycles: BTreeMap::new(),
        }
    }

    /// The subject, if it exists.
    pub fn subject(&self, id: SubjectId) -> Option<&Subject> {
        match id {
            SubjectId::Submission { node, cycle } => {
                let cycle = self.cycles.get(&cycle)?;
                cycle.submissions.get(&node).map(|one| &one.subject)
            }
            SubjectId::List { cycle, attempt } => {
                let cycle = self.cycles.get(&cycle)?;
                cycle.lists.get(&attempt).map(|one| &one.subject)
            }
        }
    }

    fn subject_mut(&mut self, id: SubjectId) -> &mut Subject {
        match id {
            SubjectId::Submission { node, cycle } => {
                let cycle = self.cycles.get_mut(&cycle).expect("looked at before");
                let submission = cycle.submissions.get_mut(&node);
                &mut submission.expect("looked at before").subject
            }
            SubjectId::List { cycle, attempt } => {
                let cycle = self.cycles.get_mut(&cycle).expect("looked at before");
                let list = cycle.lists.get_mut(&attempt);
                &mut list.expect("looked at before").subject
            }
        }
    }

    /// Every submission and list that exists.
    pub fn subjects(&self) -> impl Iterator<Item = (SubjectId, &Subject)> {
        self.cycles.iter().flat_map(|(&cycle, state)| {
            let submissions = state.submissions.iter().map(move |(&node, one)| {
                let id = SubjectId::Submission { node, cycle };
                (id, &one.subject)
            });
            let lists = state.lists.iter().map(move |(&attempt, one)| {
                let id = SubjectId::List { cycle, attempt };
                (id, &one.subject)
            });
            submissions.chain(lists)
        })
    }

    /// Accounts that `node` opened and that still exist.
    pub fn accounts_of(&self, node: Node) -> usize {
        let rounds = self.cycles.values().filter(|one| one.opener == node);
        let authored = self.subjects().filter(|(_, one)| one.author == node);
        let votes = self.subjects().filter(|(_, one)| {
            let audit = one.audit.as_ref();
            audit.is_some_and(|audit| audit.votes.get(&node).is_some_and(|vote| vote.is_open))
        });
        rounds.count() + authored.count() + votes.count()
    }

    /// Open audits against `node` or opened by it.
    pub fn audits_of(&self, node: Node) -> usize {
        let challenged = self
            .subjects()
            .filter(|(_, one)| one.status == Status::Challenged);
        challenged
            .filter(|(_, one)| {
                let audit = one.audit.as_ref();
                one.author == node || audit.is_some_and(|audit| audit.challenger == node)
            })
            .count()
    }

    /// Lists whose total is reserved.
    pub fn lists(&self) -> impl Iterator<Item = &List> {
        let lists = self.cycles.values().flat_map(|one| one.lists.values());
        lists.filter(|list| list.subject.status != Status::Rejected)
    }

    /// The bounty that a list proposed now divides.
    pub fn present_bounty(&self) -> u64 {
        self.terms.bounty_per_round.min(self.available)
    }

    /// What every rule of the book-keeping (section 4) says of this state that does not hold.
    fn violations(&self) -> Vec<&'static str> {
        let mut wrong = vec![];
        let mut expect = |holds: bool, what| {
            if !holds {
                wrong.push(what);
            }
        };
        let staked: u64 = self.stakes.values().map(Stake::total).sum();
        let balances: u64 = self.stakes.values().map(|one| one.balance).sum();
        let unpaid: u64 = self.lists().map(|list| list.total - list.paid).sum();
        let pools = self.subjects().filter_map(|(_, one)| one.audit.as_ref());
        let pools: u64 = pools.map(|audit| audit.pool_left).sum();
        expect(self.stake_pot >= staked, "I1");
        expect(
            self.bounty_pot >= self.available + unpaid + balances + pools,
            "I2",
        );
        expect(
            self.stake_pot + self.bounty_pot
                == staked + self.available + unpaid + balances + pools + self.donated,
            "a base unit that nobody is owed",
        );
        for stake in self.stakes.values() {
            expect(
                stake.deposited == stake.total() + stake.slashed + stake.withdrawn,
                "I6",
            );
            expect(
                stake.earned == stake.balance + stake.claimed + stake.compounded,
                "I6 of earnings",
            );
        }
        for cycle in self.cycles.values() {
            for list in cycle.lists.values() {
                expect(
                    list.paid <= list.total && list.total <= self.terms.bounty_per_round,
                    "I5",
                );
            }
        }
        wrong
    }
}

impl Deref for Model {
    type Target = Task;

    fn deref(&self) -> &Task {
        self.tasks.get(&self.at).expect("a task that exists")
    }
}

impl DerefMut for Model {
    fn deref_mut(&mut self) -> &mut Task {
        self.tasks.get_mut(&self.at).expect("a task that exists")
    }
}

impl Model {
    /// A task, number 0, on `terms`, before anybody has funded it or staked.
    pub fn new(terms: Terms, keys: Vec<[u8; 32]>, slot: u64) -> Self {
        let people = keys.len() + 1;
        let mut model = Self {
            seed: terms.seed,
            slot,
            wallet: terms.wallet,
            wallets: vec![terms.wallet; people],
            made: 0,
            config: None,
            tasks: BTreeMap::new(),
            at: 0,
            keys,
        };
        // Every world is given its config in the runtime's first slot.
        model.config = Some(Config::new(model.authority(), model.config_manager(), 1));
        let task = Task::new(terms, model.manager());
        model.tasks.insert(0, task);
        model
    }

    /// The creator of tasks 0 and 1, at first their manager.
    pub const fn manager(&self) -> Person {
        self.keys.len()
    }

    /// The program's upgrade authority, at first the config's admin.
    pub const fn authority(&self) -> Person {
        self.keys.len() + 1
    }

    /// At first the config's manager.
    pub const fn config_manager(&self) -> Person {
        self.keys.len() + 2
    }

    /// How many people there are.
    pub const fn people(&self) -> usize {
        self.keys.len() + 4
    }

    /// Who creates task number `task`: the last one is a node's.
    pub const fn creator(&self, task: usize) -> Person {
        if task + 1 < TASKS { self.manager() } else { 0 }
    }

    /// Does `op`, or says everything that is against it and changes nothing.
    ///
    /// # Errors
    /// All faults.
    pub fn apply(&mut self, op: &Op) -> Result<(), Vec<Fault>> {
        match *op {
            Op::Warp { slot } => {
                self.slot = self.slot.max(slot);
                Ok(())
            }
            Op::Together { ref ops } => {
                let mut next = self.clone();
                for op in ops {
                    next.apply(op)?;
                }
                *self = next;
                Ok(())
            }
            // Whatever a transaction with a wrong account in it does, it is nothing or the right thing.
            Op::Mangled { ref op, .. } => self.apply(op),
            Op::In { task, ref op } => {
                let before = std::mem::replace(&mut self.at, task);
                let result = self.apply(op);
                self.at = before;
                result
            }
            Op::InitializeConfig { who, manager } => self.initialize_config(who, manager),
            Op::CloseConfig { who } => self.close_config(who),
            Op::ProposeAdmin { who, to } => self.propose_admin(who, to),
            Op::AcceptAdmin { who } => self.accept_admin(who),
            Op::SetPaused { paused, who } => {
                self.set_paused(who.unwrap_or_else(|| self.authority()), paused)
            }
            Op::InsertManager {
                first,
                second,
                manager,
            } => self.insert_manager(first, second, manager),
            Op::RemoveManager {
                first,
                second,
                manager,
            } => self.remove_manager(first, second, manager),
            Op::CreateTask { terms } => self.create_task(terms),
            _ if !self.tasks.contains_key(&self.at) => {
                Err(vec![Fault::Missing, GradualError::WrongSubject.into()])
            }
            Op::AllowlistTask { who, listed } => self.allowlist(who, listed),
            Op::ProposeManager { who, to } => self.propose_manager(who, to),
            Op::AcceptManager { who } => self.accept_manager(who),
            Op::MigrateTask { who, to } => self.migrate_task(who, to),
            Op::MigrateStake { node, to } => self.migrate_stake(node, to),
            Op::CloseTask { who, destination } => self.close_task(who, destination),
            Op::SetActive { active, who } => {
                self.set_active(who.unwrap_or_else(|| self.manager()), active)
            }
            Op::Donate { to_stake, amount } => {
                self.donate(to_stake, amount);
                Ok(())
            }
            Op::Fund { amount } => self.fund(amount),
            Op::Stake { node, amount } => self.stake(node, amount),
            Op::Withdraw { node, amount } => self.withdraw(node, amount),
            Op::Claim { node } => self.claim(node),
            Op::Compound { node } => self.compound(node),
            Op::CloseStake { node, closer } => self.close_stake(node, closer.unwrap_or(node)),
            Op::Submit {
                node,
                cycle,
                length,
            } => self.submit(node, cycle, length),
            Op::Audit {
                node,
                subject,
                valid,
            } => self.audit(node, subject, valid),
            Op::Resolve { subject } => self.resolve(subject),
            Op::Propose(ref proposal) => self.propose(proposal),
            Op::Finalize { cycle, attempt } => self.finalize(cycle, attempt),
            Op::Payout(ref payout) => self.payout(payout),
            Op::CloseVote { subject, voter } => self.close_vote(subject, voter),
            Op::CloseSubject { subject } => self.close_subject(subject),
            Op::CloseCycle { cycle } => self.close_cycle(cycle),
        }
    }

    /// Whether nodes may submit in the present round: as it was when the round began.
    pub fn takes_submissions(&self) -> bool {
        let began = self.was_active.get(&self.round());
        began.copied().unwrap_or(self.is_active)
    }

    /// What every rule of the book-keeping says of this state that does not hold.
    pub fn violations(&self) -> Vec<String> {
        let mut wrong = vec![];
        for (number, task) in &self.tasks {
            let found = task.violations().into_iter();
            wrong.extend(found.map(|what| format!("{what} in task {number}")));
        }
        let outside: u64 = self.wallets.iter().sum();
        let tasks = self.tasks.values();
        let inside: u64 = tasks.map(|task| task.stake_pot + task.bounty_pot).sum();
        if outside + inside != self.wallet * self.wallets.len() as u64 + self.made {
            wrong.push("a base unit made or lost".into());
        }
        wrong
    }
}
