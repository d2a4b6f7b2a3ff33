//! The claiming or compounding of this node's rewards.

use super::{Action, NodeRunner, Plan, Rewards, RunnerError, TaskView, send::Due};
use crate::logic::TaskLogic;
use gradual_consensus::state::Task;
use gradual_consensus_client::{
    instruction::{self, TaskTokens},
    ledger::Ledger,
};
use solana_sdk::account::Account;

/// Bytes of a token account that hold its mint, and the place of its state.
const MINT: std::ops::Range<usize> = 0..32;
const STATE: usize = 108;
/// Bytes of a token account without extensions.
const TOKEN_ACCOUNT: usize = 165;
/// The state of an account that is neither new nor frozen.
const INITIALIZED: u8 = 1;

/// What is wrong with `account` as a destination of `tokens`.
fn fault(account: Option<&Account>, tokens: &TaskTokens) -> Option<&'static str> {
    let Some(account) = account else {
        return Some("there is no account");
    };
    if account.owner != tokens.token_program {
        return Some("it is no token account of the mint's token program");
    }
    let data = &account.data;
    if data.len() < TOKEN_ACCOUNT || data.get(MINT) != Some(tokens.mint.as_ref()) {
        return Some("it is no token account of the task's mint");
    }
    (data.get(STATE) != Some(&INITIALIZED)).then_some("it is frozen or not initialised")
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Refuses a destination of rewards that cannot take them.
    ///
    /// # Errors
    /// [`RunnerError::Destination`], or the ledger's.
    pub(crate) fn require_destination(&self, task: &Task) -> Result<(), RunnerError> {
        let Rewards::Claim(address) = self.options.rewards else {
            return Ok(());
        };
        let found = self.ledger.accounts(&[address])?;
        let account = found.first().ok_or_else(RunnerError::wrong_count)?;
        let tokens = TaskTokens::of(self.task, task);
        match fault(account.as_ref(), &tokens) {
            Some(why) => Err(RunnerError::Destination {
                address,
                mint: tokens.mint,
                why,
            }),
            None => Ok(()),
        }
    }

    /// Does with this node's available balance what its operator chose: with all that is in it once what is
    /// planned is done.
    pub(super) fn take_rewards(
        &mut self,
        view: &TaskView,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let node = self.node();
        // Its own payouts that are sent before, in the same transaction.
        let paid = plan
            .due
            .iter()
            .filter(|due| due.rides)
            .map(|due| match due.action {
                Action::Payout { .. } | Action::PayoutEqual { .. } => {
                    due.amount.unwrap_or_default()
                }
                _ => 0,
            });
        let amount = paid.fold(view.stake.available_balance, u64::saturating_add);
        if amount == 0 {
            return Ok(());
        }
        // What a vote brings is not known before it is closed.
        let is_vote = |due: &Due| due.rides && matches!(due.action, Action::CloseVote { .. });
        let is_known = !plan.due.iter().any(is_vote);
        let tokens = TaskTokens::of(self.task, &view.task);
        let due = |action, instruction| {
            let due = Due::anytime(action, instruction).riding(true);
            if is_known { due.of(amount) } else { due }
        };
        match self.options.rewards {
            Rewards::Claim(destination) => {
                let claim = instruction::claim_reward(tokens, node, destination);
                plan.add(due(Action::Claim, claim));
            }
            Rewards::Compound if view.task.is_active() && !view.is_paused() => {
                let compound = instruction::compound(tokens, node);
                plan.add(due(Action::Compound, compound));
            }
            Rewards::Compound | Rewards::Keep => {}
        }
        Ok(())
    }
}
