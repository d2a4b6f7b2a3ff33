//! The submission of this node's proof for the cycle whose window is open.

use super::{Action, NodeRunner, Plan, RunnerError, TaskView, send::Due};
use crate::logic::{LogicError, TaskLogic};
use gradual_consensus::state::{Cycle, Submission};
use gradual_consensus_client::{account, address, instruction, ledger::Ledger};

/// The last work done. A proof whose sending failed is sent again, not worked out again.
pub(super) struct Work {
    cycle: u64,
    proof: Vec<u8>,
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Does the work of `cycle` before its proof can be submitted, for a caller that has nothing else to
    /// do until then. Sends nothing.
    ///
    /// # Errors
    /// The logic's; it will be asked again when the proof is due.
    pub fn work_ahead(&mut self, cycle: u64) -> Result<(), LogicError> {
        self.work(cycle).map(drop)
    }

    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        if let Some(work) = self.last_work.as_ref().filter(|work| work.cycle == cycle) {
            return Ok(work.proof.clone());
        }
        let proof = self.logic.work(cycle)?;
        self.last_work = Some(Work {
            cycle,
            proof: proof.clone(),
        });
        Ok(proof)
    }

    /// Submits this node's proof, unless its submission is on the ledger already.
    pub(super) fn submit_proof(
        &mut self,
        view: &TaskView,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let Some(number) = view.round.checked_sub(1) else {
            return Ok(());
        };
        let window = view.task.schedule.submission_window(view.round);
        let Some(open) = window.filter(|window| window.contains(view.slot)) else {
            return Ok(());
        };
        let is_wanted =
            view.task.takes_submissions(view.round) && self.options.accepts_bounty_of(&view.task);
        if !is_wanted || !view.may_take_part() {
            return Ok(());
        }
        let action = Action::Submit { cycle: number };
        if plan.has_failed(action) {
            return Ok(());
        }
        let node = self.node();
        let cycle = address::cycle(&self.task, number);
        let address = address::submission(&cycle, &node);
        if account::fetch::<Submission>(self.ledger, &address)?.is_some() {
            return Ok(());
        }
        if !view.may_open_cycle(open.start)
            && account::fetch::<Cycle>(self.ledger, &cycle)?.is_none()
        {
            return Ok(());
        }
        match self.work(number) {
            Ok(proof) => {
                let submit = instruction::submit(self.task, node, node, number, proof);
                plan.add(Due::within(window, action, submit));
            }
            Err(error) => plan.fail(action, &error),
        }
        Ok(())
    }
}
