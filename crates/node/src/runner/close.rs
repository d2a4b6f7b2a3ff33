//! The closing of accounts: this node's own, what others left behind in a cycle that this node opened, all
//! that is left of a cycle whose opener does not close it, and in the end its stake account.

use super::{
    Action, CycleView, NodeRunner, Plan, RunnerError, TaskView, look::CycleLook, send::Due,
};
use crate::logic::TaskLogic;
use gradual_consensus::state::{AuditVote, Status, Subject};
use gradual_consensus_client::{
    account::{self, Keyed},
    address, instruction,
    ledger::Ledger,
};
use solana_sdk::pubkey::Pubkey;

/// Rounds that others have for closing their accounts in a cycle, after its last attempt could begin. The
/// opener has as many again: then any node closes the cycle, since an open one holds the rest of its bounty.
pub(super) const ROUNDS_TO_CLOSE: u64 = 4;

/// Plans the closing of those of `subjects` on which no audit and no vote is open; they may wait if they
/// may ride with a submission.
fn close_subjects<'s>(
    subjects: impl Iterator<Item = (Pubkey, &'s Subject)>,
    rides: bool,
    plan: &mut Plan,
) {
    for (address, subject) in subjects {
        if subject.audit.open_votes == 0 && subject.status() != Status::Challenged {
            let action = Action::CloseSubject { subject: address };
            let close = instruction::close_subject(address, subject);
            plan.add(Due::anytime(action, close).riding(rides));
        }
    }
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Closes votes, submissions and lists of `cycle`, and after the last of them the cycle.
    pub(super) fn close_accounts(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let (node, account) = (self.node(), &cycle.account.data);
        let attempts = u64::from(view.task.allowed_failed_distributions);
        let last_attempt = account.number.saturating_add(attempts);
        let is_opener = account.opener == node;
        let left_behind_from = last_attempt.saturating_add(ROUNDS_TO_CLOSE);
        let is_left_behind = if is_opener {
            view.round >= left_behind_from
        } else {
            let left = left_behind_from.saturating_add(ROUNDS_TO_CLOSE);
            self.sweeps(
                view,
                cycle,
                left.saturating_add(view.task.claim_window),
                plan,
            )
        };
        let closes_for = |owner: Pubkey| owner == node || is_left_behind;

        self.close_votes(view, cycle, is_left_behind, plan)?;
        if !account.is_settled(&view.task, view.slot) {
            return Ok(());
        }
        let listed = if is_left_behind && account.open_subjects > 0 {
            let (ledger, account) = (self.ledger, cycle.account);
            let read = || CycleView::read(ledger, account);
            self.listing.list(view.slot, read)?
        } else {
            None
        };
        match &listed {
            Some(listed) => close_subjects(listed.subjects(), false, plan),
            // Others' submissions that were audited are remembered though they are closed.
            None if account.open_subjects == 0 => {}
            None => {
                let own = cycle
                    .subjects()
                    .filter(|(_, subject)| closes_for(subject.author));
                close_subjects(own, !is_left_behind, plan);
            }
        }
        if account.open_subjects == 0 && closes_for(account.opener) {
            let action = Action::CloseCycle {
                cycle: account.number,
            };
            plan.add(Due::anytime(action, instruction::close_cycle(account)));
        }
        Ok(())
    }

    /// Whether this node closes what everybody left of `cycle`: from round `from` on, at its turn in the
    /// round.
    fn sweeps(&self, view: &TaskView, cycle: &CycleLook, from: u64, plan: &mut Plan) -> bool {
        if view.round < from || !cycle.account.data.is_settled(&view.task, view.slot) {
            return false;
        }
        let wait = self.wait(view, cycle, &cycle.account.address);
        let start = view.task.schedule.boundary(view.round);
        let turn = start
            .zip(wait)
            .and_then(|(start, wait)| start.checked_add(wait));
        let has_come = turn.is_some_and(|turn| turn <= view.slot);
        if let Some(turn) = turn.filter(|_| !has_come) {
            plan.look_at(turn);
        }
        has_come
    }

    /// Closes this node's votes in decided audits of `cycle`; everybody's where they were left behind.
    fn close_votes(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
        is_left_behind: bool,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let has_closable =
            |subject: &Subject| subject.audit.verdict().is_some() && subject.audit.open_votes > 0;
        let decided = cycle
            .subjects()
            .filter(|(_, subject)| has_closable(subject));
        let decided: Vec<Pubkey> = decided.map(|(address, _)| address).collect();
        for vote in self.votes_on(view, &decided, is_left_behind)? {
            let (subject, voter) = (vote.subject, vote.voter);
            let action = Action::CloseVote { subject, voter };
            let close = instruction::close_vote(self.task, &vote);
            plan.add(Due::anytime(action, close).riding(!is_left_behind));
        }
        Ok(())
    }

    /// The votes on `subjects`: this node's own, read in one call, or all of them, a list for each subject,
    /// as far as the ledger lists them.
    fn votes_on(
        &mut self,
        view: &TaskView,
        subjects: &[Pubkey],
        all: bool,
    ) -> Result<Vec<AuditVote>, RunnerError> {
        let (ledger, node) = (self.ledger, self.node());
        let (mut votes, mut own) = (Vec::new(), Vec::new());
        for subject in subjects {
            let listed: Option<Vec<Keyed<AuditVote>>> = if all {
                self.listing.list(view.slot, || {
                    account::fetch_all(ledger, account::votes_on(subject))
                })?
            } else {
                None
            };
            match listed {
                Some(listed) => votes.extend(listed.into_iter().map(|vote| vote.data)),
                None => own.push(address::vote(subject, &node)),
            }
        }
        if !own.is_empty() {
            let found = ledger.accounts(&own)?;
            let found = found.iter().flatten();
            votes.extend(found.filter_map(account::decode::<AuditVote>));
        }
        Ok(votes)
    }

    /// Closes this node's stake account once its task takes no more work and the account is empty.
    pub(super) fn leave(&mut self, view: &TaskView, plan: &mut Plan) -> Result<(), RunnerError> {
        if !view.task.is_active() && view.stake.require_empty().is_ok() {
            let (node, payer) = (self.node(), view.stake.payer);
            let close = instruction::close_stake(self.task, node, payer, node);
            plan.add(Due::anytime(Action::CloseStake, close));
        }
        Ok(())
    }
}
