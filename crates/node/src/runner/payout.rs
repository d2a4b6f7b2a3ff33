//! Payouts: this node's own entry of an accepted list, or its equal share of a cycle that failed, and in
//! the last round of the claim window those of absent nodes, which nobody could pay later.

use super::{
    Action, NodeRunner, Plan, RunnerError, TaskView,
    look::{CycleLook, fetch_passing},
    send::Due,
};
use crate::logic::TaskLogic;
use gradual_consensus::state::{Cycle, DistributionList, Status, Task};
use gradual_consensus_client::{
    account, instruction,
    ledger::{Ledger, LedgerError},
};
use solana_sdk::pubkey::Pubkey;

/// The last round of the claim window of `cycle`, once its list was accepted or its last attempt was made.
fn last_round(cycle: &Cycle, task: &Task) -> Option<u64> {
    let first = if cycle.list_accepted() {
        Some(cycle.accepted_in_round)
    } else {
        task.last_attempt_round(cycle.number)
    };
    first?.checked_add(task.claim_window)
}

/// Whether a payout of `cycle` may wait for the next round: then others do not pay for absent nodes yet.
fn may_wait(cycle: &Cycle, task: &Task, round: u64) -> bool {
    last_round(cycle, task).is_some_and(|last| round < last)
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Has this node paid, and absent nodes in the last round in which they can be.
    pub(super) fn take_payouts(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let account = &cycle.account.data;
        let (task, now) = (&view.task, view.round);
        if account.list_accepted() {
            let mut lists = cycle.lists.iter().map(|list| list.data);
            let accepted = lists.find(|list| list.subject.status() == Status::Accepted);
            if let Some(list) = accepted {
                self.pay_entries(view, cycle, &list, plan)?;
            }
        } else if task.equal_shares()
            && account.has_failed(task, now)
            && !account.is_claim_window_over(task, now)
            && account.equal_share() > 0
        {
            let number = cycle.number();
            let (own, waits) = (self.node(), may_wait(account, task, now));
            let all = account.submissions.saturating_sub(account.invalid);
            for node in self.unpaid(view, cycle, all, plan)? {
                let payout = instruction::payout_equal(self.task, number, node);
                let cycle = number;
                let due = Due::anytime(Action::PayoutEqual { cycle, node }, payout);
                let rides = node == own && waits;
                plan.add(due.of(account.equal_share()).riding(rides));
            }
        }
        Ok(())
    }

    fn pay_entries(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
        list: &DistributionList,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let unpaid = self.unpaid(view, cycle, list.count, plan)?;
        let Some(&first) = unpaid.first() else {
            return Ok(());
        };
        let number = cycle.number();
        let action = |node| Action::Payout {
            cycle: number,
            node,
        };
        let first = action(first);
        if plan.has_failed(first) {
            return Ok(());
        }
        let entries = match self.proven(view, cycle, list, &unpaid)? {
            Some(entries) => entries,
            None => {
                let built = self.list_for(first, view, (cycle, Some(list)), plan)?;
                let built = built.filter(|built| built.matches(list));
                built.map_or_else(Vec::new, |built| built.entries_of(&unpaid))
            }
        };
        let waits = may_wait(&cycle.account.data, &view.task, view.round);
        let self_action = action(self.node());
        for entry in entries {
            let (action, amount) = (action(entry.node), entry.amount);
            let payout = instruction::payout(self.task, number, list.attempt, entry);
            let rides = action == self_action && waits;
            plan.add(Due::anytime(action, payout).of(amount).riding(rides));
        }
        Ok(())
    }

    /// The nodes of `cycle` that this node has paid now, itself first, as far as their submissions stand
    /// and were not paid. `all` are paid in the end.
    fn unpaid(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
        all: u32,
        plan: &mut Plan,
    ) -> Result<Vec<Pubkey>, RunnerError> {
        let own = self.node();
        let own_subject = cycle.own.as_ref().map(|one| &one.data.subject);
        let is_payable = own_subject.is_some_and(|own| own.status().is_payable());
        let mut unpaid: Vec<Pubkey> = is_payable.then_some(own).into_iter().collect();
        let is_own: u32 = is_payable.into();
        let has_absent = cycle.account.data.paid_submissions.saturating_add(is_own) < all;
        if has_absent && self.pays_for_absent(view, cycle, plan) {
            let (ledger, account) = (self.ledger, cycle.account);
            // What was paid is not read.
            let payable = [Status::Pending, Status::Standing].map(account::with_status);
            let read = || -> Result<Vec<_>, LedgerError> {
                let listed = payable.map(|status| fetch_passing(ledger, &account.address, status));
                listed.into_iter().collect()
            };
            let listed = self.listing.list(view.slot, read)?;
            let listed = listed.into_iter().flatten().flatten();
            let mut absent: Vec<Pubkey> = listed.map(|one| one.data.subject.author).collect();
            absent.retain(|author| *author != own);
            absent.sort_unstable();
            unpaid.extend(absent);
        }
        Ok(unpaid)
    }

    /// Whether it is this node's turn to have absent nodes of `cycle` paid. Half of a window passes first
    /// in that round: those that are not absent have paid themselves by then.
    fn pays_for_absent(&self, view: &TaskView, cycle: &CycleLook, plan: &mut Plan) -> bool {
        if last_round(&cycle.account.data, &view.task) != Some(view.round) {
            return false;
        }
        let schedule = &view.task.schedule;
        let turn = schedule
            .boundary(view.round)
            .zip(self.wait(view, cycle, &cycle.account.address))
            .and_then(|(start, wait)| {
                start
                    .checked_add(wait)?
                    .checked_add(schedule.submission_window / 2)
            });
        let has_come = turn.is_some_and(|turn| turn <= view.slot);
        if let Some(turn) = turn.filter(|_| !has_come) {
            plan.look_at(turn);
        }
        has_come
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    #[test]
    fn the_last_round_of_a_claim_window_is_the_last_in_which_the_program_pays() {
        let mut task = Task::zeroed();
        task.schedule.round_time = 10;
        task.schedule.submission_window = 4;
        task.schedule.audit_window = 4;
        task.allowed_failed_distributions = 1;
        for claim_window in [0, 1, 3] {
            task.claim_window = claim_window;
            let mut cycle = Cycle {
                number: 5,
                submissions: 2,
                ..Cycle::zeroed()
            };
            for accepted in [false, true] {
                cycle.list_accepted = u8::from(accepted);
                cycle.accepted_in_round = 7;
                let last = last_round(&cycle, &task).unwrap();
                assert!(!cycle.is_claim_window_over(&task, last));
                assert!(cycle.is_claim_window_over(&task, last + 1));
            }
        }
    }
}
