//! The sending of what is due, in few transactions, each instruction within its window.

use super::{Action, NodeRunner, RunnerError, Step, TaskView};
use crate::logic::TaskLogic;
use gradual_consensus::rules::schedule::Window;
use gradual_consensus_client::{
    ledger::{Ledger, LedgerError},
    packing::packed,
};
use solana_sdk::instruction::Instruction;

/// An instruction that is to be sent now.
pub(super) struct Due {
    pub(super) action: Action,
    instruction: Instruction,
    /// The last slot at which it may be sent: the logic may have taken long since the slot was read.
    pub(super) until: Option<u64>,
}

impl Due {
    /// Due until it is sent.
    pub(super) const fn anytime(action: Action, instruction: Instruction) -> Self {
        Self {
            action,
            instruction,
            until: None,
        }
    }

    /// Due up to the end of `window`.
    pub(super) fn within(window: Option<Window>, action: Action, instruction: Instruction) -> Self {
        Self {
            action,
            instruction,
            until: window.map(|window| window.end),
        }
    }
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Sends what is due in as few transactions as possible. If a new round begins meanwhile it stops:
    /// the windows of that round come first.
    pub(super) fn send_all(
        &self,
        view: &TaskView,
        step: &mut Step,
        mut due: Vec<Due>,
    ) -> Result<(), RunnerError> {
        let instructions = due.iter().map(|due| due.instruction.clone()).collect();
        for batch in packed(&self.node(), instructions) {
            let rest = due.split_off(batch.len().min(due.len()));
            self.send(step, std::mem::replace(&mut due, rest))?;
            if !due.is_empty() && view.task.current_round(self.ledger.slot()?) != view.round {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends one transaction. An instruction that the program refuses, most often because another node
    /// was faster, is noted in `step`, and the others are sent without it.
    fn send(&self, step: &mut Step, mut batch: Vec<Due>) -> Result<(), RunnerError> {
        loop {
            self.leave_out_late(step, &mut batch)?;
            if batch.is_empty() {
                return Ok(());
            }
            let instructions: Vec<_> = batch.iter().map(|due| due.instruction.clone()).collect();
            let error = match self.ledger.send(&instructions, &[&self.keypair]) {
                Ok(_) => {
                    step.done.extend(batch.iter().map(|due| due.action));
                    return Ok(());
                }
                Err(error @ LedgerError::Unavailable(_)) => return Err(error.into()),
                Err(error) => error,
            };
            let culprit = match error {
                _ if batch.len() == 1 => 0,
                LedgerError::Program { instruction, .. } if instruction < batch.len() => {
                    instruction
                }
                // The error does not tell which instruction failed: each is sent alone.
                _ => {
                    let mut alone = batch.into_iter();
                    return alone.try_for_each(|due| self.send(step, vec![due]));
                }
            };
            let refused = batch.remove(culprit);
            step.failed.push((refused.action, error.to_string()));
        }
    }

    /// Takes out what is past its window, and notes it in `step`.
    fn leave_out_late(&self, step: &mut Step, batch: &mut Vec<Due>) -> Result<(), RunnerError> {
        if batch.iter().all(|due| due.until.is_none()) {
            return Ok(());
        }
        let slot = self.ledger.slot()?;
        batch.retain(|due| match due.until.filter(|&until| slot > until) {
            None => true,
            Some(until) => {
                let late = format!("its window closed at slot {until}, before the node was ready");
                step.failed.push((due.action, late));
                false
            }
        });
        Ok(())
    }
}
