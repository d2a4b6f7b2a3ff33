//! The shortest script that still ends in a divergence.

use super::play::Divergence;
use crate::script::Script;

/// Leaves out all steps that are not needed for `play` to diverge, in ever smaller pieces.
pub fn shrink(script: &Script, play: impl Fn(&Script) -> Option<Divergence>) -> Script {
    let mut best = script.clone();
    if let Some(found) = play(&best) {
        best.steps.truncate(found.step + 1);
    }
    let mut size = best.steps.len() / 2;
    while size >= 1 {
        let mut start = 0;
        while start < best.steps.len() {
            let end = (start + size).min(best.steps.len());
            let mut shorter = best.clone();
            shorter.steps.drain(start..end);
            match play(&shorter) {
                Some(found) => {
                    shorter.steps.truncate(found.step + 1);
                    best = shorter;
                }
                None => start = end,
            }
        }
        size /= 2;
    }
    best
}
