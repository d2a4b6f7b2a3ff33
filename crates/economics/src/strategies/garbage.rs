//! Garbage for work.

use crate::{
    game::{Game, Item},
    strategy::Strategy,
};

/// What the attacker's other nodes do about its wrong subject.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Help {
    /// They do not vote on it.
    None,
    /// One challenges it before any honest node can, and all vote against it: their part of the slash comes
    /// back.
    Challenge,
    /// All vote for it.
    Defend,
}

impl Help {
    /// Challenges what is the attacker's own and wrong.
    pub fn challenge(self, game: &mut Game) {
        if self == Self::Challenge {
            let rest = game.rest();
            for item in game.under_audit() {
                if !item.is_right && game.is_attacker(item.author) {
                    game.vote(rest, &item, false);
                }
            }
        }
    }

    /// The vote on `item`.
    pub fn ballot(self, game: &Game, item: &Item) -> Option<bool> {
        if !game.is_attacker(item.author) || item.is_right {
            return Some(item.is_right);
        }
        match self {
            Self::None => None,
            Self::Challenge => Some(false),
            Self::Defend => Some(true),
        }
    }
}

/// The attacker submits garbage, and so saves the work.
pub struct Garbage {
    /// What its other nodes do.
    pub help: Help,
    /// Whether all its nodes submit garbage, not one.
    pub everywhere: bool,
}

impl Strategy for Garbage {
    fn submit(&self, game: &mut Game, cycle: u64) {
        let lazy = game.risked()[0];
        for node in game.attackers.clone() {
            game.submit(node, cycle, !self.everywhere && node != lazy);
        }
    }

    fn early(&self, game: &mut Game) {
        self.help.challenge(game);
    }

    fn ballot(&self, game: &Game, item: &Item) -> Option<bool> {
        self.help.ballot(game, item)
    }
}
