//! The program and the model through the same scripts: after each step the same result and the same
//! state, to the last base unit, or the script is a finding.

mod compare;
mod generate;
mod op;
mod play;
mod send;
mod shrink;

pub use compare::differences;
pub use generate::{Dice, generate_step, terms};
pub use op::{Op, Payout, Proposal, Script, SubjectId, Terms, value};
pub use play::{Divergence, Duel, Tally};
pub use shrink::shrink;

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
