//! Bounties that are not there, or that come late.

use crate::{
    game::Game,
    scene::{BOUNTY, CYCLES},
    strategy::Strategy,
};
use gradual_consensus::GradualError;

/// The manager funds every other cycle.
pub struct Underfund;

impl Strategy for Underfund {
    fn fund(&self, game: &mut Game) {
        game.fund(CYCLES * BOUNTY / 2);
        game.note();
    }
}

/// The manager funds a hundredth of a bounty for each cycle.
pub struct Dust;

impl Strategy for Dust {
    fn fund(&self, game: &mut Game) {
        game.fund(CYCLES * BOUNTY / 100);
    }

    fn dawn(&self, game: &mut Game) {
        if game.cycles().contains(&game.round) {
            let (node, cycle) = (game.rest(), game.round);
            game.cannot_open(node, cycle, GradualError::BountyTooSmall);
        }
    }
}

/// Opens the cycle in the very slot in which its bounty comes, the last but one of the opening window; its
/// own work was done before.
pub struct OpenAlone;

impl Strategy for OpenAlone {
    fn funded(&self, game: &mut Game) {
        let (node, cycle) = (game.rest(), game.round);
        if game.open(node, cycle) {
            game.note();
        }
    }

    fn submit(&self, game: &mut Game, cycle: u64) {
        for node in game.attackers.clone() {
            game.submit_prepared(node, cycle, true);
        }
    }
}
