//! Attacks that are written out: what only makes sense for some instructions. Each is a function that is
//! named after what is tried, and stands in a table by class and instruction.

mod act;
mod audits;
mod lists;
mod money;
mod scope;
mod stakes;
mod windows;

use super::case::Attack;

/// All of them.
pub fn attacks() -> Vec<Attack> {
    [
        windows::attacks(),
        audits::attacks(),
        stakes::attacks(),
        lists::attacks(),
        money::attacks(),
        scope::attacks(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
