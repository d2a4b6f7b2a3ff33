//! The decisions of a cycle: audits that can be resolved, and lists that can be finalized. Nodes take
//! turns, drawn as those of proposers are, so that one node sends a decision and only it pays the fee.

use super::{Action, NodeRunner, Plan, RunnerError, TaskView, look::CycleLook, send::Due};
use crate::logic::TaskLogic;
use gradual_consensus::{
    rules::selection::{score, stagger},
    state::{Status, Subject},
};
use gradual_consensus_client::{
    instruction::{self, TaskTokens},
    ledger::Ledger,
};
use solana_sdk::pubkey::Pubkey;

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Decides audits and lists of `cycle` from this node's turn on.
    pub(super) fn decide(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let tokens = TaskTokens::of(self.task, &view.task);
        // What is not decided in this round is missing in the next.
        let next = (view.round.checked_add(1)).and_then(|next| view.task.schedule.boundary(next));
        let hurry = next.and_then(|next| next.checked_sub(1));
        let at_stake = cycle.account.data.bounty;
        for (address, subject) in cycle.subjects() {
            if subject.status() == Status::Challenged {
                let action = Action::Resolve { subject: address };
                let resolve = instruction::resolve_audit(tokens, address, subject);
                let turn = self.turn(view, cycle, &address, subject);
                let due = Due::anytime(action, resolve).by(hurry).worth(at_stake);
                plan.add_at_turn(view.slot, turn, due);
            }
        }
        for list in &cycle.lists {
            let status = list.data.subject.status();
            if status.is_payable() || status == Status::Invalid {
                let (number, attempt) = (cycle.number(), list.data.attempt);
                let action = Action::Finalize {
                    cycle: number,
                    attempt,
                };
                let finalize = instruction::finalize_distribution(self.task, number, attempt);
                let turn = self.turn(view, cycle, &list.address, &list.data.subject);
                let due = Due::anytime(action, finalize).by(hurry).worth(at_stake);
                plan.add_at_turn(view.slot, turn, due);
            }
        }
        Ok(())
    }

    /// The slot from which this node decides `subject`, unless another node has decided it before. A
    /// challenger decides its own challenges at once: while they are open, it may open no more than a few.
    fn turn(
        &self,
        view: &TaskView,
        cycle: &CycleLook,
        address: &Pubkey,
        subject: &Subject,
    ) -> Option<u64> {
        let schedule = &view.task.schedule;
        let audits = schedule.audit_window(subject.window_round)?;
        let first = audits.end.checked_add(1)?;
        if subject.status() == Status::Challenged && subject.audit.challenger == self.node() {
            return Some(first);
        }
        first.checked_add(self.wait(view, cycle, address)?)
    }

    /// Slots that this node leaves to others for what any node of `cycle` may do about the account at
    /// `address`: half of a submission window at most.
    pub(super) fn wait(&self, view: &TaskView, cycle: &CycleLook, address: &Pubkey) -> Option<u64> {
        let score = score(&address.to_bytes(), 0, &self.node().to_bytes());
        stagger(
            score,
            cycle.account.data.submissions,
            view.task.schedule.submission_window / 2,
        )
    }
}
