//! Votes on submissions and lists that are audited now. A node sends nothing about a subject that is
//! valid and that nobody has challenged.

use super::{Action, CycleView, NodeRunner, Plan, RunnerError, TaskView, send::Due};
use crate::logic::TaskLogic;
use gradual_consensus::{
    rules::schedule::Window,
    state::{Status, Subject},
};
use gradual_consensus_client::{address, instruction, ledger::Ledger};
use solana_sdk::pubkey::Pubkey;
use std::collections::{HashMap, HashSet};

/// The logic's answers on subjects that are audited in one round, so that it is asked once about each.
#[derive(Default)]
pub(super) struct Opinions {
    round: u64,
    is_valid: HashMap<Pubkey, bool>,
}

impl Opinions {
    /// Forgets all of them when `round` is another round.
    pub(super) fn keep(&mut self, round: u64) {
        if self.round != round {
            self.is_valid.clear();
            self.round = round;
        }
    }
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Votes on the subjects of `cycle`, and challenges those that are not valid.
    pub(super) fn audit_subjects(
        &mut self,
        view: &TaskView,
        cycle: &CycleView,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let schedule = &view.task.schedule;
        let audits = schedule.audit_window(view.round);
        let challenges = schedule.challenge_window(view.round);
        if !is_open(audits, view.slot) || !view.may_take_part() {
            return Ok(());
        }
        let node = self.node();
        let audited = self.votable(view, cycle, is_open(challenges, view.slot));
        let voted = self.voted(&audited)?;
        let mut has_due = false;
        for (address, subject) in audited {
            let is_challenged = subject.status() == Status::Challenged;
            if is_challenged && voted.contains(&address) {
                continue;
            }
            // The logic may take long: its first answer is sent before it is asked more.
            if has_due && !self.opinions.is_valid.contains_key(&address) {
                continue;
            }
            let Some(is_valid) = self.opinion(view, cycle, address, plan)? else {
                continue;
            };
            if is_challenged || !is_valid {
                let action = Action::Audit {
                    subject: address,
                    is_valid,
                };
                let author = subject.author;
                let vote = instruction::audit(self.task, address, author, node, node, is_valid);
                let window = if is_challenged { audits } else { challenges };
                plan.add(Due::within(window, action, vote));
                has_due = true;
            }
        }
        Ok(())
    }

    /// The subjects of `cycle` that this node may vote on now. Those that nobody has challenged are among
    /// them while they `may_be_challenged`.
    fn votable<'c>(
        &self,
        view: &TaskView,
        cycle: &'c CycleView,
        may_be_challenged: bool,
    ) -> Vec<(Pubkey, &'c Subject)> {
        let is_votable = |subject: &Subject| match subject.status() {
            Status::Pending => may_be_challenged,
            Status::Challenged => true,
            _ => false,
        };
        let subjects = cycle.subjects().filter(|(_, subject)| {
            subject.window_round == view.round
                && subject.author != self.node()
                && is_votable(subject)
        });
        subjects.collect()
    }

    /// Those challenged subjects that this node has voted on.
    fn voted(&self, audited: &[(Pubkey, &Subject)]) -> Result<HashSet<Pubkey>, RunnerError> {
        let challenged: Vec<Pubkey> = audited
            .iter()
            .filter(|(_, subject)| subject.status() == Status::Challenged)
            .map(|(address, _)| *address)
            .collect();
        let votes: Vec<Pubkey> = challenged
            .iter()
            .map(|subject| address::vote(subject, &self.node()))
            .collect();
        let found = self.ledger.accounts(&votes)?;
        let voted = challenged
            .into_iter()
            .zip(found)
            .filter_map(|(subject, vote)| vote.map(|_| subject));
        Ok(voted.collect())
    }

    /// Whether this node holds the subject at `address` valid; `None` if its logic cannot say.
    fn opinion(
        &mut self,
        view: &TaskView,
        cycle: &CycleView,
        address: Pubkey,
        plan: &mut Plan,
    ) -> Result<Option<bool>, RunnerError> {
        if let Some(&is_valid) = self.opinions.is_valid.get(&address) {
            return Ok(Some(is_valid));
        }
        let action = Action::Audit {
            subject: address,
            is_valid: false,
        };
        if plan.has_failed(action) {
            return Ok(None);
        }
        let list = cycle.lists.iter().find(|list| list.address == address);
        let opinion = if let Some(list) = list {
            let built = self.build_list(view, cycle, list.data.bounty)?;
            built.map(|built| built.is_some_and(|built| built.matches(&list.data)))
        } else {
            self.values.read(self.ledger, cycle)?;
            let Some(proof) = cycle.proof(&self.values, &address) else {
                return Ok(None);
            };
            self.logic.audit(&proof)
        };
        Ok(match opinion {
            Ok(is_valid) => {
                self.opinions.is_valid.insert(address, is_valid);
                Some(is_valid)
            }
            Err(error) => {
                plan.fail(action, &error);
                None
            }
        })
    }
}

fn is_open(window: Option<Window>, slot: u64) -> bool {
    window.is_some_and(|window| window.contains(slot))
}
