//! Attacks that are written out: what only makes sense for some instructions.

use super::Attack;

/// All of them.
pub fn attacks() -> Vec<Attack> {
    vec![]
}
