//! What the model keeps: maps and integers. Rules live beside it, in [`super::rules`].

use crate::script::{SubjectId, Terms};
pub use gradual_consensus::{rules::verdict::Verdict, state::Status};
use std::collections::BTreeMap;

/// A node, by its number in the world.
pub type Node = usize;

/// Anybody: the nodes come first, then the manager of the first task, the program's upgrade authority,
/// and the two that an arena knows as managers of the config.
pub type Person = usize;

/// How many tasks there may be at a time.
pub const TASKS: usize = 3;

/// The program's config, all tasks, and all who play in them.
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
    /// The terms on which the last task of each number was created: they decide where it lives, or lived.
    pub known: BTreeMap<usize, Terms>,
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
            known: BTreeMap::from([(0, terms)]),
            keys,
        };
        // Every world is given its config in the runtime's first slot.
        model.config = Some(Config::new(model.authority(), model.config_manager()));
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

    /// Task number `number`, which must exist.
    pub fn task(&self, number: usize) -> &Task {
        self.tasks.get(&number).expect("a task that exists")
    }

    /// The same, to change it.
    pub fn task_mut(&mut self, number: usize) -> &mut Task {
        self.tasks.get_mut(&number).expect("a task that exists")
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
    /// Its successor: the number, and the terms, without which an address stands for no task.
    pub migrated: Option<(usize, Terms)>,
    /// What has moved there.
    pub migrated_bounty: u64,
    /// Whether nodes may stake.
    pub is_active: bool,
    /// Base units in the stake pot.
    pub stake_pot: u64,
    /// Base units in the bounty pot.
    pub bounty_pot: u64,
    /// Base units that anyone put into the pots past the program.
    pub donated: u64,
    /// Part of the bounty that is set aside for no cycle and that nobody is owed.
    pub available: u64,
    /// All that was ever funded.
    pub funded: u64,
    /// What cycles that were closed have paid.
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
    pub(super) const fn new(terms: Terms, manager: Person) -> Self {
        Self {
            terms,
            manager,
            pending_manager: None,
            is_allowlisted: false,
            migrated: None,
            migrated_bounty: 0,
            is_active: true,
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

    pub(super) fn subject_mut(&mut self, id: SubjectId) -> &mut Subject {
        match id {
            SubjectId::Submission { node, cycle } => {
                let cycle = self.cycle_mut(cycle);
                let submission = cycle.submissions.get_mut(&node);
                &mut submission.expect("looked at before").subject
            }
            SubjectId::List { cycle, attempt } => {
                let cycle = self.cycle_mut(cycle);
                let list = cycle.lists.get_mut(&attempt);
                &mut list.expect("looked at before").subject
            }
        }
    }

    /// The cycle of this number, which a rule has looked at before.
    pub(super) fn cycle_mut(&mut self, number: u64) -> &mut Cycle {
        self.cycles.get_mut(&number).expect("looked at before")
    }

    /// The stake of `node`, which a rule has looked at before.
    pub(super) fn stake_mut(&mut self, node: Node) -> &mut Stake {
        self.stakes.get_mut(&node).expect("looked at before")
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
        let opened = self.cycles.values().filter(|one| one.opener == node);
        let authored = self.subjects().filter(|(_, one)| one.author == node);
        let votes = self.subjects().filter(|(_, one)| {
            let audit = one.audit.as_ref();
            audit.is_some_and(|audit| audit.votes.get(&node).is_some_and(|vote| vote.is_open))
        });
        opened.count() + authored.count() + votes.count()
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

    /// Challenges of submissions that `node` opened and that are not resolved.
    pub fn challenges_of(&self, node: Node) -> usize {
        let challenged = self
            .subjects()
            .filter(|(_, one)| one.status == Status::Challenged);
        challenged
            .filter(|(id, one)| {
                let audit = one.audit.as_ref();
                let is_its_own = audit.is_some_and(|audit| audit.challenger == node);
                matches!(id, SubjectId::Submission { .. }) && is_its_own
            })
            .count()
    }

    /// What is set aside for cycles that are open, what they have paid included.
    pub fn reserved(&self) -> u64 {
        self.cycles.values().map(|cycle| cycle.owed).sum()
    }

    /// What `node` weighs in `round`, if it may vote, submit and propose there.
    pub fn weight(&self, node: Node, round: u64) -> Option<u64> {
        let active = self.stakes.get(&node)?.active(round);
        let weight = if self.terms.by_stake { active } else { 1 };
        (active >= self.terms.minimum_stake).then_some(weight)
    }

    /// All who can vote in `round`.
    pub fn electorate(&self, round: u64) -> u64 {
        let nodes = self.stakes.keys();
        nodes.filter_map(|&node| self.weight(node, round)).sum()
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
        let unpaid: u64 = self.cycles.values().map(|one| one.owed - one.paid).sum();
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
        expect(
            self.funded + self.from_slashes
                == self.available + self.reserved() + self.paid_by_closed + self.migrated_bounty,
            "I2 of the bounty's ways",
        );
        for cycle in self.cycles.values() {
            let bounty = self.terms.bounty_per_round;
            let is_whole = cycle.bounty == bounty;
            let is_paid = cycle.paid <= cycle.owed && cycle.owed <= cycle.bounty;
            expect(is_whole && is_paid, "I5");
            let accepted = cycle.lists.values();
            let mut accepted = accepted.filter(|list| list.subject.status == Status::Accepted);
            expect(
                accepted.all(|list| list.total == cycle.owed),
                "I5 of the accepted list",
            );
        }
        wrong
    }
}

/// One node's vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// What it weighs.
    pub weight: u64,
    /// Which way.
    pub valid: bool,
    /// Whether its account still exists.
    pub is_open: bool,
}

/// One audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Who opened it.
    pub challenger: Node,
    /// E: weight of all who could vote when it was opened, the author included.
    pub electorate: u64,
    /// A: the author's weight then.
    pub author_weight: u64,
    /// Every vote ever cast.
    pub votes: BTreeMap<Node, Vote>,
    /// What it came to.
    pub verdict: Option<Verdict>,
    /// What was slashed.
    pub slashed: u64,
    /// What the voters in the right share.
    pub pool: u64,
    /// What of it they have not collected.
    pub pool_left: u64,
}

impl Audit {
    /// Weight of all votes for that side.
    pub fn cast(&self, valid: bool) -> u64 {
        let side = self.votes.values().filter(|vote| vote.valid == valid);
        side.map(|vote| vote.weight).sum()
    }

    /// Votes whose accounts still exist.
    pub fn open_votes(&self) -> usize {
        self.votes.values().filter(|vote| vote.is_open).count()
    }
}

/// What submissions and lists have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Who handed it in.
    pub author: Node,
    /// The cycle.
    pub cycle: u64,
    /// The round in whose windows it lives.
    pub round: u64,
    /// How far it has come.
    pub status: Status,
    /// Its audit, once opened.
    pub audit: Option<Audit>,
}

/// A submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// As of any subject.
    pub subject: Subject,
    /// Whether its node has proposed a list for the cycle.
    pub has_proposed: bool,
}

/// A distribution list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// As of any subject.
    pub subject: Subject,
    /// Who is to be paid what.
    pub entries: Vec<(Node, u64)>,
    /// What its proposer says that all entries add up to.
    pub total: u64,
}

/// A cycle that somebody opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cycle {
    /// Who opened it.
    pub opener: Node,
    /// What was set aside for it.
    pub bounty: u64,
    /// What it owes: the bounty, until a list is accepted, and that list's total from then on.
    pub owed: u64,
    /// What of it was paid.
    pub paid: u64,
    /// How many entries the accepted list has.
    pub expected: u32,
    /// Decides who proposes when.
    pub entropy: [u8; 32],
    /// Submissions ever made.
    pub count: u32,
    /// Submissions found invalid.
    pub invalid: u32,
    /// Submissions paid.
    pub paid_submissions: u32,
    /// The attempt that was accepted, and the round in which it was.
    pub accepted: Option<(u8, u64)>,
    /// Submissions that exist.
    pub submissions: BTreeMap<Node, Submission>,
    /// Lists that exist.
    pub lists: BTreeMap<u8, List>,
}

impl Cycle {
    /// Whether a list waits for `finalize_distribution`.
    pub(super) fn list_is_unfinished(&self) -> bool {
        let mut lists = self.lists.values();
        lists.any(|list| !matches!(list.subject.status, Status::Accepted | Status::Rejected))
    }

    /// What each submission that stands is owed where all lists have failed.
    pub fn equal_share(&self) -> u64 {
        let share = self.bounty.checked_div(u64::from(self.count));
        share.unwrap_or_default()
    }
}

/// Base units outside the program.
pub type Wallet = u64;

/// What is left of one deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Base units.
    pub amount: u64,
    /// The round from which it is active.
    pub from: u64,
    /// The round from which it is out of the electorate, where it was parked.
    pub out: Option<u64>,
    /// The round from which it is active again, where it was resumed too late to stay so.
    pub back: Option<u64>,
}

impl Deposit {
    const fn is_active(&self, round: u64) -> bool {
        let is_out = match (self.out, self.back) {
            (None, _) => false,
            (Some(out), None) => round >= out,
            (Some(out), Some(back)) => round >= out && round < back,
        };
        round >= self.from && !is_out
    }
}

/// One node's stake and earnings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stake {
    /// Deposits, the earliest first.
    pub deposits: Vec<Deposit>,
    /// The last round in which the node opened, submitted, voted, proposed, staked or resumed.
    pub last_active: u64,
    /// First slot at which work in cycles no longer locks the stake.
    pub locked_until: u64,
    /// Rewards and shares of slashes, not taken yet.
    pub balance: u64,
    /// All that was ever staked.
    pub deposited: u64,
    /// All that was ever withdrawn.
    pub withdrawn: u64,
    /// All that was ever slashed.
    pub slashed: u64,
    /// All that was ever credited.
    pub earned: u64,
    /// All that was ever claimed.
    pub claimed: u64,
    /// All that was ever compounded.
    pub compounded: u64,
}

impl Stake {
    /// The whole stake, parked or not.
    pub fn total(&self) -> u64 {
        self.deposits.iter().map(|one| one.amount).sum()
    }

    /// What of it is active in `round`.
    pub fn active(&self, round: u64) -> u64 {
        let active = self.deposits.iter().filter(|one| one.is_active(round));
        active.map(|one| one.amount).sum()
    }

    /// What of it is parked: all of it, or nothing.
    pub fn parked(&self) -> u64 {
        let parked = self.deposits.iter().filter(|one| one.back.is_none());
        let parked = parked.filter(|one| one.out.is_some());
        parked.map(|one| one.amount).sum()
    }

    fn take<'a>(deposits: impl Iterator<Item = &'a mut Deposit>, mut amount: u64) {
        for one in deposits {
            let part = amount.min(one.amount);
            one.amount -= part;
            amount -= part;
        }
    }

    /// A deposit made in `round`: it is active two rounds later, and ends that the stake is parked.
    pub(super) fn deposit(&mut self, round: u64, amount: u64) {
        self.resume(round);
        self.deposits.push(Deposit {
            amount,
            from: round + 2,
            out: None,
            back: None,
        });
        self.deposited += amount;
    }

    /// Parked in `round`, the stake is out of the electorate two rounds later.
    pub(super) fn park(&mut self, round: u64) {
        for one in &mut self.deposits {
            (one.out, one.back) = (Some(round + 2), None);
        }
    }

    /// Resumed in `round`: what is still active stays so, what is out is active as a deposit made now would be.
    pub(super) fn resume(&mut self, round: u64) {
        self.last_active = round;
        let parked = self.deposits.iter_mut().filter(|one| one.back.is_none());
        for one in parked {
            match one.out {
                Some(out) if out > round => one.out = None,
                Some(_) => one.back = Some(round + 2),
                None => (),
            }
        }
    }

    pub(super) fn withdraw(&mut self, amount: u64) {
        Self::take(self.deposits.iter_mut().rev(), amount);
        self.deposits.retain(|one| one.amount > 0);
        self.withdrawn += amount;
    }

    pub(super) fn slash(&mut self, amount: u64) {
        Self::take(self.deposits.iter_mut(), amount);
        self.deposits.retain(|one| one.amount > 0);
        self.slashed += amount;
    }

    pub(super) fn credit(&mut self, amount: u64) {
        self.balance += amount;
        self.earned += amount;
    }
}

/// The program's config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Who may pause, and hand the config over.
    pub admin: Person,
    /// To whom it is offered.
    pub pending_admin: Option<Person>,
    /// Who may vouch for tasks.
    pub managers: Vec<Person>,
    /// Whether everything that begins something is stopped.
    pub is_paused: bool,
}

impl Config {
    /// As it is initialised.
    pub fn new(admin: Person, manager: Person) -> Self {
        Self {
            admin,
            pending_admin: None,
            managers: vec![manager],
            is_paused: false,
        }
    }
}
