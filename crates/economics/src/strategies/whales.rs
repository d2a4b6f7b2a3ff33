//! Stake that comes when there is something to vote on.

use super::challenges::{Challenge, Target};
use crate::{
    game::{Game, Item},
    strategy::Strategy,
};
use gradual_consensus::GradualError;

/// Stakes in round 1, and challenges everything as soon as it may.
pub struct Whale {
    /// Whether the stake comes from a predecessor, where it was active long ago.
    pub by_predecessor: bool,
}

const EVERYTHING: Challenge = Challenge {
    target: Target::All,
    from_all: true,
    join: true,
};

impl Strategy for Whale {
    fn fund(&self, game: &mut Game) {
        if self.by_predecessor {
            game.stake_in_predecessor();
        }
        crate::strategy::Honest.fund(game);
    }

    fn late(&self, game: &mut Game) {
        // What is staked in round 1 is active in round 3.
        let warming = game.round < 3;
        if let Some(item) = game.under_audit().first().filter(|_| warming) {
            let node = game.rest();
            game.cannot_challenge(node, item, GradualError::InsufficientActiveStake);
        } else {
            EVERYTHING.open(game);
        }
    }

    fn ballot(&self, game: &Game, item: &Item) -> Option<bool> {
        EVERYTHING.ballot(game, item)
    }
}
