//! Whether every account of the task says what the model says.

use super::sides::Duel;
use crate::model::{self, Cycle, Model, Subject, TASKS};
use gradual_consensus::{
    rules::warming::Electorate,
    state::{self, NodeStake, Task},
};
use gradual_consensus_client::{address, books::Books};
use solana_sdk::pubkey::Pubkey;
use std::{collections::BTreeMap, fmt::Debug};

/// The first things that program and model see differently; `None` where they agree on everything
/// and I1 to I6 hold on both sides.
pub fn differences(duel: &Duel) -> Option<String> {
    let mut wrong = duel.model.violations();
    let mut world = Findings::of(duel);
    world.config();
    world.wallets();
    wrong.append(&mut world.wrong);
    for number in 0..TASKS {
        let mut found = Findings::of(duel);
        let books = Books::read(&duel.arena.vm, &duel.tokens(number, &duel.model.known).task).expect("a ledger");
        match (books, duel.model.tasks.get(&number)) {
            (Some(books), Some(task)) => {
                found.task(number, task, &books.task.data);
                found.pots(task, &books);
                found.stakes(task, &books);
                found.cycles(task, &books);
                found.wrong.extend(books.violations());
            }
            (books, task) => found.same(|| "there".into(), books.is_some(), task.is_some()),
        }
        let found = found.wrong.into_iter();
        wrong.extend(found.map(|what| format!("task {number}: {what}")));
    }
    (!wrong.is_empty()).then(|| wrong.join("; "))
}

struct Findings<'a> {
    duel: &'a Duel,
    model: &'a Model,
    wrong: Vec<String>,
}

impl<'a> Findings<'a> {
    const fn of(duel: &'a Duel) -> Self {
        Self {
            duel,
            model: &duel.model,
            wrong: vec![],
        }
    }

    fn same<T: PartialEq + Debug>(&mut self, what: impl FnOnce() -> String, program: T, model: T) {
        if program != model {
            let what = what();
            self.wrong
                .push(format!("{what}: program {program:?}, model {model:?}"));
        }
    }

    fn key(&self, person: usize) -> Pubkey {
        self.duel.key(person)
    }

    fn keys(&self, people: impl IntoIterator<Item = usize>) -> Vec<Pubkey> {
        people.into_iter().map(|one| self.key(one)).collect()
    }

    fn config(&mut self) {
        let kept = self.duel.arena.find::<state::Config>(&address::config());
        let program = kept.map(|kept| {
            let mut managers = kept.managers().to_vec();
            managers.sort_unstable();
            (
                kept.admin,
                kept.pending_admin,
                managers,
                kept.is_paused == 1,
            )
        });
        let model = self.model.config.as_ref().map(|config| {
            let mut managers = self.keys(config.managers.iter().copied());
            managers.sort_unstable();
            let pending = config.pending_admin.map(|one| self.key(one));
            let admin = self.key(config.admin);
            (
                admin,
                pending.unwrap_or_default(),
                managers,
                config.is_paused,
            )
        });
        self.same(|| "config".into(), program, model);
    }

    fn wallets(&mut self) {
        let arena = &self.duel.arena;
        let people = arena.nodes.iter().chain([&arena.manager]);
        let wallets: Vec<_> = people.map(|one| arena.vm.tokens(&one.wallet)).collect();
        self.same(|| "wallets".into(), &wallets, &self.model.wallets);
    }

    fn task(&mut self, number: usize, model: &model::Task, task: &Task) {
        let reserved = model.reserved();
        let staked: u64 = model.stakes.values().map(model::Stake::total).sum();
        let says = |what: &'static str| move || what.to_owned();
        self.same(says("active"), task.is_active == 1, model.is_active);
        let governed = (task.manager, task.pending_manager, task.is_allowlisted == 1);
        let pending = model.pending_manager.map(|one| self.key(one));
        let said = (
            self.key(model.manager),
            pending.unwrap_or_default(),
            model.is_allowlisted,
        );
        self.same(says("manager"), governed, said);
        let creator = self.key(self.model.creator(number));
        self.same(says("creator"), task.creator, creator);
        let successor = model.migrated.map(|(number, terms)| {
            let there = BTreeMap::from([(number, terms)]);
            self.duel.tokens(number, &there).task
        });
        let moved = (task.migrated_to, task.bounty_migrated);
        let said = (successor.unwrap_or_default(), model.migrated_bounty);
        self.same(says("successor"), moved, said);
        let parking = (task.idle_rounds, task.equal_shares == 1);
        let said = (model.terms.idle_rounds, model.terms.equal_shares);
        self.same(says("terms"), parking, said);
        self.same(says("total stake"), task.total_stake, staked);
        let nodes = model.stakes.len() as u64;
        self.same(says("nodes"), task.node_count, nodes);
        self.same(says("funded"), task.bounty_funded, model.funded);
        self.same(says("available"), task.bounty_available, model.available);
        self.same(says("reserved"), task.bounty_reserved, reserved);
        self.same(says("paid"), task.bounty_paid, model.paid_by_closed);
        self.same(
            says("from slashes"),
            task.bounty_from_slashes,
            model.from_slashes,
        );
        let now = model.round(self.model.slot);
        for round in now..now + 4 {
            let mut electorate: Electorate = task.electorate;
            electorate.roll_to(round);
            let (stake, nodes) = electorate.now();
            let weight = if model.terms.by_stake { stake } else { nodes };
            let what = || format!("electorate of round {round}");
            self.same(what, weight, model.electorate(round));
        }
    }

    fn pots(&mut self, model: &model::Task, books: &Books) {
        let says = |what: &'static str| move || what.to_owned();
        self.same(says("stake pot"), books.stake_pot, model.stake_pot);
        self.same(says("bounty pot"), books.bounty_pot, model.bounty_pot);
    }

    fn stakes(&mut self, model: &model::Task, books: &Books) {
        self.same(|| "stakes".into(), books.stakes.len(), model.stakes.len());
        for (&node, stake) in &model.stakes {
            let key = self.key(node);
            let Some(kept) = books.stakes.iter().find(|one| one.data.node == key) else {
                self.wrong.push(format!("node {node} has no stake"));
                continue;
            };
            let kept: &NodeStake = &kept.data;
            let now = model.round(self.model.slot);
            for round in now..now + 4 {
                let mut timeline = kept.stake;
                timeline.roll_to(round);
                let what = || format!("stake of {node} in {round}");
                self.same(what, timeline.active(), stake.active(round));
            }
            let program = [
                kept.stake.total(),
                kept.stake.parked,
                kept.last_active_round,
                kept.deposited,
                kept.withdrawn,
                kept.slashed,
                kept.available_balance,
                kept.earned,
                kept.claimed,
                kept.compounded,
                kept.locked_until_slot,
                u64::from(kept.open_audits),
                u64::from(kept.open_challenges),
                u64::from(kept.open_accounts),
            ];
            let model = [
                stake.total(),
                stake.parked(),
                stake.last_active,
                stake.deposited,
                stake.withdrawn,
                stake.slashed,
                stake.balance,
                stake.earned,
                stake.claimed,
                stake.compounded,
                stake.locked_until,
                model.audits_of(node) as u64,
                model.challenges_of(node) as u64,
                model.accounts_of(node) as u64,
            ];
            self.same(|| format!("node {node}"), program, model);
        }
    }

    fn cycles(&mut self, model: &model::Task, books: &Books) {
        self.same(|| "cycles".into(), books.cycles.len(), model.cycles.len());
        let submissions = model.cycles.values().map(|one| one.submissions.len());
        self.same(
            || "submissions".into(),
            books.submissions.len(),
            submissions.sum(),
        );
        let lists = model.cycles.values().map(|one| one.lists.len());
        self.same(|| "lists".into(), books.lists.len(), lists.sum());
        for (&number, cycle) in &model.cycles {
            let Some(kept) = books.cycles.iter().find(|one| one.data.number == number) else {
                self.wrong.push(format!("no cycle {number}"));
                continue;
            };
            self.cycle(number, cycle, &kept.data);
            self.subjects(number, cycle, books, &kept.address);
        }
    }

    fn cycle(&mut self, number: u64, cycle: &Cycle, kept: &state::Cycle) {
        let accepted =
            (kept.list_accepted == 1).then_some((kept.accepted_attempt, kept.accepted_in_round));
        let program = (
            kept.submissions,
            kept.invalid,
            kept.paid_submissions,
            accepted,
            kept.entropy,
        );
        let model = (
            cycle.count,
            cycle.invalid,
            cycle.paid_submissions,
            cycle.accepted,
            cycle.entropy,
        );
        self.same(|| format!("cycle {number}"), program, model);
        let money = |bounty, owed, paid, entries: u32| [bounty, owed, paid, entries.into()];
        let program = money(kept.bounty, kept.owed, kept.paid, kept.entries);
        let model = money(cycle.bounty, cycle.owed, cycle.paid, cycle.expected);
        self.same(|| format!("money of cycle {number}"), program, model);
        let opener = self.key(cycle.opener);
        self.same(|| format!("opener of {number}"), kept.opener, opener);
    }

    fn subjects(&mut self, number: u64, cycle: &Cycle, books: &Books, address: &Pubkey) {
        for (&node, submission) in &cycle.submissions {
            let key = self.key(node);
            let kept = books.submissions.iter().find(|one| {
                let subject = &one.data.header.subject;
                subject.cycle == *address && subject.author == key
            });
            let what = format!("submission of {node} in {number}");
            let Some(kept) = kept else {
                self.wrong.push(format!("no {what}"));
                continue;
            };
            let header = &kept.data.header;
            self.same(
                || what.clone(),
                header.has_proposed == 1,
                submission.has_proposed,
            );
            self.subject(&what, &submission.subject, &header.subject);
        }
        for (&attempt, list) in &cycle.lists {
            let kept = books
                .lists
                .iter()
                .find(|one| one.data.subject.cycle == *address && one.data.attempt == attempt);
            let what = format!("list {attempt} of {number}");
            let Some(kept) = kept else {
                self.wrong.push(format!("no {what}"));
                continue;
            };
            let kept = &kept.data;
            self.same(|| what.clone(), kept.total, list.total);
            self.subject(&what, &list.subject, &kept.subject);
        }
    }

    fn subject(&mut self, what: &str, model: &Subject, kept: &state::Subject) {
        let program = (
            kept.author,
            kept.cycle_number,
            kept.window_round,
            kept.status(),
        );
        let said = (
            self.key(model.author),
            model.cycle,
            model.round,
            model.status,
        );
        self.same(|| what.to_owned(), program, said);
        let Some(audit) = &model.audit else {
            self.same(
                || format!("audit of {what}"),
                kept.audit,
                state::Audit::default(),
            );
            return;
        };
        let kept = &kept.audit;
        let program = (
            kept.challenger,
            kept.verdict(),
            kept.open_votes as usize,
            [
                kept.electorate,
                kept.author_weight,
                kept.weight_valid,
                kept.weight_invalid,
                kept.slashed,
                kept.voter_pool,
                kept.voter_pool_left,
            ],
        );
        let said = (
            self.key(audit.challenger),
            audit.verdict,
            audit.open_votes(),
            [
                audit.electorate,
                audit.author_weight,
                audit.cast(true),
                audit.cast(false),
                audit.slashed,
                audit.pool,
                audit.pool_left,
            ],
        );
        self.same(|| format!("audit of {what}"), program, said);
    }
}
