//! Every instruction, valid in its prepared world, and what guards its accounts where that is not what
//! guards accounts of their names elsewhere. One file a room, as in the program.

mod audit;
mod config;
mod distribution;
mod stake;
mod task;
mod work;

use super::fixture::Fixture;
use std::sync::LazyLock;

/// All of them, by room.
pub fn all() -> &'static [Fixture] {
    static ALL: LazyLock<Vec<Fixture>> = LazyLock::new(|| {
        [
            config::all(),
            task::all(),
            stake::all(),
            work::all(),
            audit::all(),
            distribution::all(),
        ]
        .into_iter()
        .flatten()
        .collect()
    });
    &ALL
}
