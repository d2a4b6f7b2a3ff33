//! The claiming or compounding of this node's rewards.

use super::{Action, NodeRunner, Plan, Rewards, RunnerError, TaskView, send::Due};
use crate::logic::TaskLogic;
use gradual_consensus_client::{
    instruction::{self, TaskTokens},
    ledger::Ledger,
};

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Does with this node's available balance what its operator chose.
    pub(super) fn take_rewards(
        &mut self,
        view: &TaskView,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        if view.stake.available_balance == 0 {
            return Ok(());
        }
        let (tokens, node) = (TaskTokens::of(self.task, &view.task), self.node());
        match self.options.rewards {
            Rewards::Claim(destination) => {
                let claim = instruction::claim_reward(tokens, node, destination);
                plan.add(Due::anytime(Action::Claim, claim));
            }
            Rewards::Compound if view.task.is_active() && !view.is_paused() => {
                let compound = instruction::compound(tokens, node);
                plan.add(Due::anytime(Action::Compound, compound));
            }
            Rewards::Compound | Rewards::Keep => {}
        }
        Ok(())
    }
}
