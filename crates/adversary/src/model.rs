//! The protocol once more, small enough to be obviously right: maps and integers, no accounts, no
//! bumps, no shifted timelines. Written from `docs/protocol.md`, section by section; of the program
//! it takes only names: those of its errors, statuses and verdicts. Every rule is written again here.
//!
//! [`Model::apply`] lists *every* reason against an operation. The program reports one of them, the
//! one it looks at first; which one is no part of the protocol.
//!
//! A new instruction needs one rule here: a method of `TaskAt` in that file of `rules` whose room the
//! instruction stands in, and one line in `TaskAt::apply_in_task` that calls it. What it keeps is a field
//! in `state`, which [`crate::duel`] compares with the program's accounts.

mod at;
mod fault;
mod rules;
mod schedule;
mod state;

pub use fault::Fault;
pub use state::{
    Audit, Config, Cycle, Deposit, List, Model, Node, Person, Stake, Status, Subject, Submission, TASKS,
    Task, Verdict, Vote, Wallet,
};

use crate::script::Op;
use at::TaskAt;
use gradual_consensus::GradualError;

impl Model {
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
            // A transaction with a wrong account in it does nothing, or the right thing.
            Op::Mangled { ref op, .. } => self.apply(op),
            Op::In { task, ref op } => self.at(task).apply(op),
            ref op => self.at(0).apply(op),
        }
    }

    const fn at(&mut self, number: usize) -> TaskAt<'_> {
        TaskAt {
            world: self,
            number,
        }
    }
}

impl TaskAt<'_> {
    /// Does what is about no task that exists already; everything else needs one.
    fn apply(&mut self, op: &Op) -> Result<(), Vec<Fault>> {
        match *op {
            Op::Warp { .. } | Op::Together { .. } | Op::Mangled { .. } | Op::In { .. } => {
                self.world.apply(op)
            }
            Op::InitializeConfig { who, manager } => self.initialize_config(who, manager),
            Op::CloseConfig { who } => self.close_config(who),
            Op::ProposeAdmin { who, to } => self.propose_admin(who, to),
            Op::AcceptAdmin { who } => self.accept_admin(who),
            Op::SetPaused { paused, who } => {
                self.set_paused(who.unwrap_or_else(|| self.world.authority()), paused)
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
            _ if !self.world.tasks.contains_key(&self.number) => {
                Err(vec![Fault::Missing, GradualError::WrongSubject.into()])
            }
            ref op => self.apply_in_task(op),
        }
    }

    /// Does what is about the task, which exists.
    fn apply_in_task(&mut self, op: &Op) -> Result<(), Vec<Fault>> {
        match *op {
            Op::AllowlistTask { who, listed } => self.allowlist(who, listed),
            Op::ProposeManager { who, to } => self.propose_manager(who, to),
            Op::AcceptManager { who } => self.accept_manager(who),
            Op::MigrateTask { who, to } => self.migrate_task(who, to),
            Op::MigrateStake { node, to } => self.migrate_stake(node, to),
            Op::CloseTask { who, destination } => self.close_task(who, destination),
            Op::SetActive { active, who } => {
                self.set_active(who.unwrap_or_else(|| self.world.manager()), active)
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
            Op::Park { node } => self.park(node),
            Op::Resume { node } => self.resume(node),
            Op::CloseStake { node, closer } => self.close_stake(node, closer.unwrap_or(node)),
            Op::OpenCycle { node, cycle } => self.open_cycle(node, cycle),
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
            Op::PayoutEqual { node, cycle } => self.payout_equal(node, cycle),
            Op::CloseVote { subject, voter } => self.close_vote(subject, voter),
            Op::CloseSubject { subject } => self.close_subject(subject),
            Op::CloseCycle { cycle } => self.close_cycle(cycle),
            _ => unreachable!("it is about no task"),
        }
    }
}
