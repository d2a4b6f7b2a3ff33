//! What is not urgent waits for this node's next submission and shares its transaction: its own payouts,
//! closings and claims. So a node sends about one transaction a cycle.
//!
//! Each of them may fail, since anybody may pay and close for this node. Then the whole transaction fails, and
//! `send` sends the submission again at once, alone. So they ride only while more than half of the submission
//! window is left, and with no submission that failed before or is not known to have landed.
//!
//! The proof of a payout from a long list, or a long proof of work, leaves no room for all of them. What is left over goes
//! in a transaction of its own; a claim is not worth one, and waits for some rounds.

use super::{Action, CycleLook, NodeRunner, Plan, TaskView, send::Due};
use crate::logic::TaskLogic;
use gradual_consensus::rules::schedule::review_round;
use gradual_consensus_client::{ledger::Ledger, packing::packed};

/// A claim, or a compounding, that would take a transaction of its own is sent in one of so many rounds.
pub const ROUNDS_TO_CLAIM: u64 = 8;

/// Whether a payout of `plan` would ride with a submission.
fn pays(plan: &Plan) -> bool {
    let is_payout = |action| matches!(action, Action::Payout { .. } | Action::PayoutEqual { .. });
    plan.due
        .iter()
        .any(|due| due.rides && is_payout(due.action))
}

/// Whether this node's submission in `cycle` may still be paid.
fn is_to_be_paid(cycle: &CycleLook) -> bool {
    cycle
        .own
        .is_some_and(|own| own.data.subject.status().is_payable())
}

/// Whether the cycle of the present round may still be opened.
fn may_open(view: &TaskView, plan: &Plan) -> bool {
    let window = view.task.schedule.opening_window(view.round);
    plan.cycle(view.round).is_none() && view.takes_cycles() && view.is_open(window)
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Takes out of `plan` what waits for this node's next submission. What is left of it goes with the
    /// submission that is due, or alone where no submission is to come.
    pub(super) fn hold_back(&self, view: &TaskView, cycles: &[CycleLook], plan: &mut Plan) {
        let submits = plan.due.iter().find_map(|due| match due.action {
            Action::Submit { cycle } => Some(cycle),
            _ => None,
        });
        let waits = match submits {
            Some(cycle) => !self.takes_riders(view, cycle),
            None => self.submits_later(view, cycles, plan),
        };
        if waits {
            plan.due.retain(|due| !due.rides);
            return;
        }
        if (submits.is_some() || may_open(view, plan)) && self.claims_later(view, plan) {
            plan.due.retain(|due| !due.action.takes_rewards());
        }
        if submits.is_none() && !pays(plan) && cycles.iter().any(is_to_be_paid) {
            // After its last submission a node still has payouts to take: closings wait for the next of them.
            plan.due
                .retain(|due| !due.rides || !due.action.is_closing());
        }
    }

    /// Whether the claim of `plan` waits for the next submission, since it would take a transaction of its own: each node has
    /// rounds of its own in which it does not wait.
    fn claims_later(&self, view: &TaskView, plan: &Plan) -> bool {
        let node = self.node();
        let [own, ..] = node.to_bytes();
        if (view.round.wrapping_add(own.into())).is_multiple_of(ROUNDS_TO_CLAIM) {
            return false;
        }
        let shares = |due: &&Due| due.rides || matches!(due.action, Action::Submit { .. });
        let transactions = |with_claim: bool| {
            let shared = plan.due.iter().filter(shares);
            let shared = shared.filter(|due| with_claim || !due.action.takes_rewards());
            packed(&node, shared.map(|due| due.instruction.clone()).collect()).len()
        };
        transactions(true) > transactions(false)
    }

    /// Whether the submission for `cycle`, which is due, may share its transaction.
    fn takes_riders(&self, view: &TaskView, cycle: u64) -> bool {
        let window = view.task.schedule.submission_window(view.round);
        let half = view.task.schedule.submission_window / 2;
        let last = window.and_then(|window| window.start.checked_add(half));
        let action = Action::Submit { cycle };
        last.is_some_and(|last| view.slot <= last)
            && !self.backoff.has_failed(action)
            && !self.outcomes.is_open(action)
    }

    /// Whether this node is to submit later in this round, or in the next one.
    fn submits_later(&self, view: &TaskView, cycles: &[CycleLook], plan: &Plan) -> bool {
        let window = view.task.schedule.submission_window(view.round);
        let is_missing = |cycle: &CycleLook| {
            review_round(cycle.number()) == Some(view.round)
                && cycle.own.is_none()
                && self.accepts(view, plan, cycle.number(), cycle.account.data.bounty)
        };
        if view.may_take_part() && cycles.iter().any(is_missing) {
            // A node that missed its submission may miss the next one too: nothing waits for that.
            return !view.is_over(window);
        }
        let next = view.round.checked_add(1);
        plan.step.work == Some(view.round) && next.is_some_and(|next| view.counts_in(next))
    }
}
