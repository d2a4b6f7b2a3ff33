//! Random terms and steps. Steps look at the model, so that scripts get deep: most do something that
//! somebody would do now, some miss by a little, some are hostile.
//!
//! A new instruction is one method of [`step::Step`] in [`work`] or [`govern`], and one arm of the choice
//! there: of [`Step::play`] in an active task, of [`Step::leave`] in one that ends, of [`Step::govern`].

mod dice;
mod govern;
mod step;
mod terms;
mod work;

pub use dice::Dice;
pub use terms::terms;

use crate::{
    model::{Model, TASKS},
    script::Op,
};
use step::Step;

/// What happens next.
pub fn generate_step(model: &Model, dice: &mut Dice) -> Op {
    let first = model.tasks.get(&0);
    let start = first.map_or(0, |task| task.terms.starting_slot);
    if model.slot < start && dice.chance(30) {
        return Op::Warp { slot: start };
    }
    let mut step = Step::new(model.clone(), dice);
    step.any().unwrap_or_else(|| step.warp())
}

impl Step<'_> {
    /// In half of all worlds tasks come and go; in the others one task is played with more depth.
    const fn is_governed(&self) -> bool {
        self.model.seed.is_multiple_of(2)
    }

    fn any(&mut self) -> Option<Op> {
        match self.dice.below(100) {
            0..14 => Some(self.warp()),
            14..15 => {
                let donation = Op::Donate {
                    to_stake: self.dice.chance(50),
                    amount: self.dice.between(1, 50),
                };
                Some(donation.about(self.number))
            }
            15..18 => self.together(),
            18..22 => Some(Op::Mangled {
                op: Box::new(self.plain()?),
                position: self.dice.small(0, 9),
                other: self.dice.small(0, 500),
            }),
            _ => self.plain(),
        }
    }

    fn together(&mut self) -> Option<Op> {
        let mut after = self.model.clone();
        let mut ops = vec![];
        for _ in 0..self.dice.between(2, 4) {
            let op = Step::new(after.clone(), self.dice).plain()?;
            // Now and then the same twice.
            let times = 1 + usize::from(self.dice.chance(15));
            for _ in 0..times {
                let _ = after.apply(&op);
                ops.push(op.clone());
            }
        }
        Some(Op::Together { ops })
    }

    /// Mostly something that the protocol allows now, so that scripts get deep; where nothing comes up,
    /// time passes.
    fn plain(&mut self) -> Option<Op> {
        for _ in 0..8 {
            let Some(op) = self.candidate() else { continue };
            let mut after = self.model.clone();
            if self.dice.chance(15) || after.apply(&op).is_ok() {
                return Some(op);
            }
        }
        None
    }

    fn candidate(&mut self) -> Option<Op> {
        let is_there = self.model.tasks.contains_key(&self.number);
        if !is_there || self.is_governed() && self.dice.chance(7) {
            return self.govern();
        }
        let leaves = self.task().migrated.is_some() || !self.task().is_active;
        let op = if self.is_governed() && leaves && self.dice.chance(60) {
            self.leave()
        } else {
            self.play()
        };
        // Now and then about a task that is not there.
        let at = if self.is_governed() && self.dice.chance(1) {
            TASKS - 1
        } else {
            self.number
        };
        op.map(|op| op.about(at))
    }
}
