//! The closing of accounts: this node's own, what others left behind in a cycle that this node opened,
//! and in the end its stake account.

use super::{Action, CycleView, NodeRunner, Plan, RunnerError, TaskView, send::Due};
use crate::logic::TaskLogic;
use gradual_consensus::state::{AuditVote, Status, Subject};
use gradual_consensus_client::{
    account::{self, Keyed},
    instruction,
    ledger::Ledger,
};
use solana_sdk::pubkey::Pubkey;

/// Rounds that others have for closing their accounts in a cycle, after its last attempt could begin.
const ROUNDS_TO_CLOSE: u64 = 4;

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Closes votes, submissions and lists of `cycle`, and after the last of them the cycle.
    pub(super) fn close_accounts(
        &mut self,
        view: &TaskView,
        cycle: &CycleView,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let (node, account) = (self.node(), &cycle.account.data);
        let attempts = u64::from(view.task.allowed_failed_distributions);
        let left_behind_from = account
            .number
            .saturating_add(attempts)
            .saturating_add(ROUNDS_TO_CLOSE);
        let is_left_behind = account.opener == node && view.round >= left_behind_from;
        let closes_for = |owner: Pubkey| owner == node || is_left_behind;

        self.close_votes(cycle, closes_for, plan)?;
        if !account.is_settled(&view.task, view.slot) {
            return Ok(());
        }
        for (address, subject) in cycle.subjects() {
            let is_closable =
                subject.audit.open_votes == 0 && subject.status() != Status::Challenged;
            if is_closable && closes_for(subject.author) {
                let action = Action::CloseSubject { subject: address };
                plan.add(Due::anytime(
                    action,
                    instruction::close_subject(address, subject),
                ));
            }
        }
        if account.open_subjects == 0 && account.opener == node {
            let action = Action::CloseCycle {
                cycle: account.number,
            };
            plan.add(Due::anytime(action, instruction::close_cycle(account)));
        }
        Ok(())
    }

    fn close_votes(
        &self,
        cycle: &CycleView,
        closes_for: impl Fn(Pubkey) -> bool,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let has_closable =
            |subject: &Subject| subject.audit.verdict().is_some() && subject.audit.open_votes > 0;
        for (subject, _) in cycle
            .subjects()
            .filter(|(_, subject)| has_closable(subject))
        {
            let votes: Vec<Keyed<AuditVote>> =
                account::fetch_all(self.ledger, account::votes_on(&subject))?;
            for vote in votes.iter().map(|vote| &vote.data) {
                let voter = vote.voter;
                if closes_for(voter) {
                    let action = Action::CloseVote { subject, voter };
                    plan.add(Due::anytime(
                        action,
                        instruction::close_vote(self.task, vote),
                    ));
                }
            }
        }
        Ok(())
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
