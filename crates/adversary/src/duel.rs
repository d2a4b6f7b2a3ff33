//! The program and the model through the same scripts: after each step the same result and the same
//! state, to the last base unit, or the script is a finding.
//!
//! A new instruction is added in four places: [`crate::script::Op`] says it, [`crate::model`] rules on it,
//! `send` builds it for the program, and `generate` draws it. What it keeps in accounts, `compare` looks at.

mod compare;
mod generate;
mod play;
mod refusal;
mod send;
mod shrink;
mod sides;

pub use compare::differences;
pub use generate::{Dice, generate_step, terms};
pub use play::Divergence;
pub use shrink::shrink;
pub use sides::{Duel, Tally};

use crate::script::Script;

/// Steps in one random world: enough for a dozen cycles, few enough for its accounts to stay few.
pub const STEPS: usize = 600;

/// Plays `steps` random steps in the world that `seed` makes, up to the first divergence.
pub fn random(seed: u64, steps: usize) -> (Script, Duel, Option<Divergence>) {
    let mut dice = Dice::new(seed);
    let mut script = Script {
        terms: terms(&mut dice),
        steps: vec![],
    };
    let mut duel = Duel::new(script.terms);
    for step in 0..steps {
        let op = generate_step(&duel.model, &mut dice);
        script.steps.push(op.clone());
        if let Some(what) = duel.step(&op) {
            return (script, duel, Some(Divergence { step, what }));
        }
    }
    (script, duel, None)
}
