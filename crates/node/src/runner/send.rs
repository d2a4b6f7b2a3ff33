//! The sending of what is due, in few transactions, each instruction within its window.

use super::{Action, NodeRunner, RunnerError, Step, TaskView, tell};
use crate::logic::TaskLogic;
use gradual_consensus::rules::schedule::Window;
use gradual_consensus_client::{
    amount::Unit,
    ledger::{Ledger, LedgerError, Receipt, Urgency},
    packing::packed,
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};
use std::collections::BTreeMap;

/// Wrapped SOL, whose base unit is the lamport.
const NATIVE_MINTS: [Pubkey; 2] = [
    Pubkey::from_str_const("So11111111111111111111111111111111111111112"),
    Pubkey::from_str_const("9pan9bMn5HatX4EJdBwg9VgCa7Uz5HL8N1m5D3NdXej9"),
];

/// An instruction that is to be sent now.
pub(super) struct Due {
    pub(super) action: Action,
    pub(super) instruction: Instruction,
    /// The last slot at which it may be sent: the logic may have taken long since the slot was read.
    pub(super) until: Option<u64>,
    /// The last slot at which it should land, if it is worth a bid.
    hurry: Option<u64>,
    /// What is at stake, in base units; 0 if that is not known.
    at_stake: u64,
    /// What it moves, in base units.
    pub(super) amount: Option<u64>,
    /// Whether it may wait for this node's next submission and share its transaction.
    pub(super) rides: bool,
}

impl Due {
    /// Due until it is sent.
    pub(super) const fn anytime(action: Action, instruction: Instruction) -> Self {
        Self {
            action,
            instruction,
            until: None,
            hurry: None,
            at_stake: 0,
            amount: None,
            rides: false,
        }
    }

    /// Due up to the end of `window`.
    pub(super) fn within(window: Option<Window>, action: Action, instruction: Instruction) -> Self {
        let until = window.map(|window| window.end);
        Self {
            until,
            hurry: until,
            ..Self::anytime(action, instruction)
        }
    }

    /// Worth a bid to land by slot `hurry`.
    pub(super) const fn by(mut self, hurry: Option<u64>) -> Self {
        self.hurry = hurry;
        self
    }

    /// So many base units are lost, to this node or to the task, if it does not land.
    pub(super) const fn worth(mut self, at_stake: u64) -> Self {
        self.at_stake = at_stake;
        self
    }

    /// It may wait for this node's next submission and share its transaction, if `rides`.
    pub(super) const fn riding(mut self, rides: bool) -> Self {
        self.rides = rides;
        self
    }

    /// It moves so many base units.
    pub(super) const fn of(mut self, amount: u64) -> Self {
        self.amount = Some(amount);
        self
    }

    fn tell(&self, unit: Unit, receipt: &Receipt) {
        let (slot, compute_units) = (receipt.slot, receipt.compute_units);
        let amount = self.amount.map(|units| unit.show(units));
        let amount = amount.map(tracing::field::display);
        let instruction = self.action.name();
        tell!(
            info,
            self.action,
            instruction,
            amount,
            slot,
            compute_units,
            "confirmed"
        );
    }
}

/// What those of `batch` that must land in time may cost together, where `mint` is the task's; `None` if
/// there are none.
fn urgency(batch: &[Due], mint: &Pubkey) -> Option<Urgency> {
    let until = batch.iter().filter_map(|due| due.hurry).min()?;
    let at_stake = batch
        .iter()
        .map(|due| due.at_stake)
        .fold(0, u64::saturating_add);
    let is_known = at_stake > 0 && NATIVE_MINTS.contains(mint);
    Some(Urgency {
        until,
        at_stake: is_known.then_some(at_stake),
    })
}

/// What shares transactions, in the order in which it is sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// What only this node can do, and what rides with its submission.
    Own {
        /// Whether it has no window.
        is_lasting: bool,
    },
    /// What another may do first: it would fail whatever shares its transaction.
    Contested {
        /// Whether it has no window.
        is_lasting: bool,
    },
    /// What would ride with a submission, if one were due.
    Rest,
}

/// `due` in few transactions that `payer` sends, each [`Group`] in its order.
fn batches(payer: &Pubkey, due: Vec<Due>) -> Vec<Vec<Due>> {
    let submits = |due: &Due| matches!(due.action, Action::Submit { .. });
    let has_submission = due.iter().any(submits);
    let mut groups: BTreeMap<Group, Vec<Due>> = BTreeMap::new();
    for due in due {
        let is_lasting = due.until.is_none();
        let group = match (due.rides, due.action.is_contested()) {
            (true, _) if has_submission => Group::Own { is_lasting: false },
            (true, _) => Group::Rest,
            (false, false) => Group::Own { is_lasting },
            (false, true) => Group::Contested { is_lasting },
        };
        groups.entry(group).or_default().push(due);
    }
    let mut batches = Vec::new();
    for group in groups.into_values() {
        let instructions = group.iter().map(|due| due.instruction.clone()).collect();
        let mut group = group.into_iter();
        for batch in packed(payer, instructions) {
            batches.push(group.by_ref().take(batch.len()).collect());
        }
    }
    batches
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// Sends what is due in few transactions. If a new round begins meanwhile it stops: the windows of that
    /// round come first.
    pub(super) fn send_all(
        &self,
        view: &TaskView,
        step: &mut Step,
        due: Vec<Due>,
    ) -> Result<(), RunnerError> {
        let mut batches = batches(&self.node(), due).into_iter().peekable();
        while let Some(batch) = batches.next() {
            self.send(view, step, batch)?;
            let has_more = batches.peek().is_some();
            if has_more && view.task.current_round(self.ledger.slot()?) != view.round {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends one transaction. If it is refused, what it must not lose is sent again at once without what only
    /// rides with it. Otherwise an instruction that the program refuses, most often because another node was
    /// faster, is noted in `step`, and the others are sent without it.
    fn send(
        &self,
        view: &TaskView,
        step: &mut Step,
        mut batch: Vec<Due>,
    ) -> Result<(), RunnerError> {
        loop {
            self.leave_out_late(step, &mut batch)?;
            if batch.is_empty() {
                return Ok(());
            }
            let instructions: Vec<_> = batch.iter().map(|due| due.instruction.clone()).collect();
            let signers = [&self.keypair];
            let sent = match urgency(&batch, &view.task.mint) {
                Some(urgency) => self.ledger.send_urgent(&instructions, &signers, &urgency),
                None => self.ledger.send(&instructions, &signers),
            };
            let error = match sent {
                Ok(receipt) => {
                    let unit = Unit::of(&view.task);
                    batch.iter().for_each(|due| due.tell(unit, &receipt));
                    step.done.extend(batch.iter().map(|due| due.action));
                    return Ok(());
                }
                Err(LedgerError::Unsettled(why)) => {
                    let sent = batch.iter().map(|due| (due.action, why.clone()));
                    step.unsettled.extend(sent);
                    return Ok(());
                }
                Err(error @ LedgerError::Unavailable(_)) => {
                    // It may have got through.
                    let why = error.to_string();
                    let sent = batch.iter().map(|due| (due.action, why.clone()));
                    step.unsettled.extend(sent);
                    return Err(error.into());
                }
                Err(error) => error,
            };
            if batch.iter().any(|due| due.rides) && !batch.iter().all(|due| due.rides) {
                let (riding, own) = batch.into_iter().partition(|due| due.rides);
                self.send(view, step, own)?;
                return self.send(view, step, riding);
            }
            let culprit = match error {
                _ if batch.len() == 1 => 0,
                LedgerError::Program { instruction, .. } if instruction < batch.len() => {
                    instruction
                }
                // The error does not tell which instruction failed: each is sent alone.
                _ => {
                    let mut alone = batch.into_iter();
                    return alone.try_for_each(|due| self.send(view, step, vec![due]));
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
        let slot = self.ledger.slot()?.saturating_add(self.ledger.lag()?);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The actions of each transaction in which `due` is sent.
    fn actions(due: Vec<Due>) -> Vec<Vec<Action>> {
        let batches = batches(&Pubkey::new_unique(), due).into_iter();
        let actions = batches.map(|batch| batch.iter().map(|due| due.action).collect());
        actions.collect()
    }

    #[test]
    fn what_another_may_do_first_shares_no_transaction_with_what_only_this_node_can() {
        let instruction = || Instruction::new_with_bytes(Pubkey::default(), &[], vec![]);
        let window = Some(Window { start: 0, end: 9 });
        let closing = |cycle| Due::anytime(Action::CloseCycle { cycle }, instruction());
        let (submit, open) = (Action::Submit { cycle: 5 }, Action::Open { cycle: 6 });
        let all = vec![
            closing(1),
            Due::within(window, open, instruction()),
            closing(2),
            Due::within(window, submit, instruction()),
        ];
        let actions = actions(all);
        let closed = [1, 2].map(|cycle| Action::CloseCycle { cycle }).to_vec();
        assert_eq!(actions, [vec![submit], vec![open], closed]);
    }

    #[test]
    fn what_rides_shares_the_submissions_transaction_or_goes_last() {
        let instruction = || Instruction::new_with_bytes(Pubkey::default(), &[], vec![]);
        let window = Some(Window { start: 0, end: 9 });
        let (submit, node) = (Action::Submit { cycle: 5 }, Pubkey::default());
        let (payout, open) = (Action::Payout { cycle: 3, node }, Action::Open { cycle: 6 });
        let all = |submits: bool| {
            let submit = submits.then(|| Due::within(window, submit, instruction()));
            let others = [
                Due::within(window, open, instruction()),
                Due::anytime(payout, instruction()).riding(true),
                Due::anytime(Action::Claim, instruction()).riding(true),
            ];
            submit.into_iter().chain(others).collect()
        };
        let riding = vec![payout, Action::Claim];
        assert_eq!(
            actions(all(true)),
            [[vec![submit], riding.clone()].concat(), vec![open]]
        );
        assert_eq!(actions(all(false)), [vec![open], riding]);
    }

    #[test]
    fn a_bid_is_bounded_by_what_is_at_stake_where_that_is_sol() {
        let instruction = || Instruction::new_with_bytes(Pubkey::default(), &[], vec![]);
        let window = |end| Some(Window { start: 0, end });
        let vote = |end, worth| {
            Due::within(window(end), Action::Submit { cycle: 1 }, instruction()).worth(worth)
        };
        let claim = || Due::anytime(Action::Claim, instruction());
        assert_eq!(urgency(&[claim()], &NATIVE_MINTS[0]), None);
        let of = |batch: &[Due], mint: &Pubkey| {
            let urgency = urgency(batch, mint).unwrap();
            (urgency.until, urgency.at_stake)
        };
        let both = [vote(9, 10), claim(), vote(7, 5)];
        assert_eq!(of(&both, &NATIVE_MINTS[0]), (7, Some(15)));
        assert_eq!(of(&both, &Pubkey::default()), (7, None), "another token");
        assert_eq!(of(&[vote(9, 0)], &NATIVE_MINTS[0]), (9, None));
    }
}
