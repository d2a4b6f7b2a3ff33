//! What every random step begins with: which task it is about, and who and what is picked.

use super::dice::Dice;
use crate::{
    model::{Model, Status, Task},
    script::{Op, SubjectId},
};

pub(super) struct Step<'a> {
    /// The world before the step.
    pub(super) model: Model,
    /// Number of the task that the step is about.
    pub(super) number: usize,
    pub(super) dice: &'a mut Dice,
}

impl<'a> Step<'a> {
    /// A step about one of the tasks that exist, mostly the first; where there is none, nothing but
    /// [`Step::create_task`] may be asked for.
    pub(super) fn new(model: Model, dice: &'a mut Dice) -> Self {
        let tasks: Vec<usize> = model.tasks.keys().copied().collect();
        let any = dice.pick(&tasks);
        let number = match tasks.first() {
            Some(&first) if dice.chance(50) => first,
            _ => any.unwrap_or_default(),
        };
        Self {
            model,
            number,
            dice,
        }
    }

    /// The task, which must exist.
    pub(super) fn task(&self) -> &Task {
        self.model.task(self.number)
    }

    /// The task's present round.
    pub(super) fn round(&self) -> u64 {
        self.task().round(self.model.slot)
    }

    pub(super) fn node(&mut self) -> usize {
        let nodes = self.model.keys.len() as u64;
        usize::try_from(self.dice.below(nodes)).expect("few nodes")
    }

    /// Mostly up to `most`, now and then nothing, one, or far too much.
    pub(super) fn amount(&mut self, most: u64) -> u64 {
        match self.dice.below(40) {
            0 => 0,
            1 => 1,
            2 => u64::MAX,
            3 => most,
            _ => self.dice.between(1, most.max(1)),
        }
    }

    /// To the next edge of a window, or one slot beside it; now and then far.
    pub(super) fn warp(&mut self) -> Op {
        let model = &self.model;
        let Some(terms) = model.tasks.get(&self.number).map(|task| task.terms) else {
            return Op::Warp {
                slot: model.slot + 1,
            };
        };
        let round = self.round();
        let start = terms.starting_slot + round * terms.round_time;
        let submitted = start + terms.submission_window;
        let stagger = self.dice.below(8) * terms.submission_window / 8;
        let edges = [
            start + stagger,
            submitted,
            submitted + 1,
            submitted + terms.audit_window.div_ceil(2),
            submitted + terms.audit_window.div_ceil(2) + 1,
            submitted + terms.audit_window,
            submitted + terms.audit_window + 1,
            start + terms.round_time - 1,
            start + terms.round_time,
        ];
        let next = edges.into_iter().filter(|&edge| edge > model.slot).min();
        let slot = match self.dice.below(20) {
            0 => model.slot + terms.round_time * self.dice.between(1, 3),
            1..5 => model.slot + 1,
            5 if self.dice.chance(20) => {
                let rounds = 3 + u64::from(terms.allowed_failures) + terms.claim_window;
                model.slot + terms.round_time * rounds
            }
            _ => next.unwrap_or(model.slot + 1),
        };
        Op::Warp { slot }
    }

    /// A subject that `wanted` is true of; now and then any, or one that is not there.
    pub(super) fn subject(&mut self, wanted: impl Fn(Status, u64) -> bool) -> Option<SubjectId> {
        let all: Vec<_> = self
            .task()
            .subjects()
            .map(|(id, one)| (id, one.status, one.round))
            .collect();
        if self.dice.chance(2) {
            return Some(SubjectId::Submission {
                node: self.node(),
                cycle: self.round(),
            });
        }
        let any = self.dice.chance(8);
        let fitting: Vec<_> = all
            .into_iter()
            .filter(|&(_, status, round)| any || wanted(status, round))
            .map(|(id, ..)| id)
            .collect();
        self.dice.pick(&fitting)
    }
}
