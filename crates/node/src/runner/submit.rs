//! The submission of this node's proof for the cycle whose window is open: only where the cycle was
//! opened, and pays what the operator asks for.

use super::{Action, NodeRunner, Plan, RunnerError, TaskView, send::Due};
use crate::logic::{LogicError, TaskLogic};
use gradual_consensus::state::Submission;
use gradual_consensus_client::{account, address, instruction, ledger::Ledger};

/// How often, in a submission window, a node looks whether its work is done.
const LOOKS: u64 = 32;

/// The last work done. A proof whose sending failed is sent again, not worked out again.
pub(super) struct Work {
    cycle: u64,
    proof: Vec<u8>,
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Begins the work of `cycle` beside everything else, if the logic can. Sends nothing.
    pub fn begin_work(&mut self, cycle: u64) -> bool {
        self.has_worked(cycle) || self.logic.begin_work(cycle)
    }

    /// Ends the work of all cycles before `cycle`, which can be submitted no more.
    pub fn end_work_before(&mut self, cycle: u64) {
        self.logic.end_work_before(cycle);
    }

    /// Does the work of `cycle` before its proof can be submitted, for a caller that has nothing else to
    /// do until then, or looks how far it has come, if it goes on beside everything else. Returns whether it is
    /// done. Sends nothing.
    ///
    /// # Errors
    /// The logic's; it will be asked again when the proof is due.
    pub fn work_ahead(&mut self, cycle: u64) -> Result<bool, LogicError> {
        self.work(cycle).map(|proof| proof.is_some())
    }

    /// The proof of `cycle`; `None` while its work goes on.
    fn work(&mut self, cycle: u64) -> Result<Option<Vec<u8>>, LogicError> {
        if let Some(work) = self.last_work.as_ref().filter(|work| work.cycle == cycle) {
            return Ok(Some(work.proof.clone()));
        }
        let proof = self.logic.try_work(cycle)?;
        if let Some(proof) = &proof {
            self.last_work = Some(Work {
                cycle,
                proof: proof.clone(),
            });
        }
        Ok(proof)
    }

    /// Whether the work of `cycle` is done already.
    pub(super) fn has_worked(&self, cycle: u64) -> bool {
        self.last_work
            .as_ref()
            .is_some_and(|work| work.cycle == cycle)
    }

    /// Submits this node's proof for a cycle that is open and worth its work, unless its submission is on
    /// the ledger already.
    pub(super) fn submit_proof(
        &mut self,
        view: &TaskView,
        plan: &mut Plan,
    ) -> Result<(), RunnerError> {
        let Some(number) = view.round.checked_sub(1) else {
            return Ok(());
        };
        let window = view.task.schedule.submission_window(view.round);
        let Some(cycle) = plan.cycle(number).copied() else {
            return Ok(());
        };
        let action = Action::Submit { cycle: number };
        let is_due = view.is_open(window) && view.may_take_part() && !plan.has_failed(action);
        if !is_due {
            return Ok(());
        }
        let node = self.node();
        let address = address::submission(&cycle.address, &node);
        if account::fetch::<Submission>(self.ledger, &address)?.is_some() {
            return Ok(());
        }
        // Work that is done costs no more than the fee.
        if !self.has_worked(number) && !self.accepts(view, plan, number, cycle.data.bounty) {
            return Ok(());
        }
        match self.work(number) {
            Ok(None) => {
                self.outcomes.wait_for(action, "its work was not done");
                let wait = view.task.schedule.submission_window / LOOKS;
                plan.look_at(view.slot.saturating_add(wait.max(1)));
            }
            Ok(Some(proof)) => {
                let submit = instruction::submit(self.task, node, node, number, proof);
                let share = cycle.data.bounty / u64::from(cycle.data.submissions.saturating_add(1));
                plan.add(Due::within(window, action, submit).worth(share));
            }
            Err(error) => plan.fail(action, &error),
        }
        Ok(())
    }
}
