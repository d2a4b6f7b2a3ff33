//! Honest nodes are parked while there is nothing to do.

use super::{
    challenges::{Challenge, Target},
    garbage::Help,
    lists::{FalseLists, Kind},
};
use crate::{
    game::{Game, Item},
    scene::SHORT_IDLE_ROUNDS,
    strategy::Strategy,
};

/// Parks every honest node that may be parked; then challenges everything and proposes false lists.
pub struct Park {
    /// Whether it parks right after it has challenged, not at the end of each round.
    pub after_challenge: bool,
}

const EVERYTHING: Challenge = Challenge {
    target: Target::All,
    from_all: true,
    join: true,
};
const LISTS: FalseLists = FalseLists {
    kind: Kind::Overpaying,
    help: Help::Defend,
    fill_limit: false,
};

impl Park {
    fn park_all(game: &mut Game) {
        let honest = game.honest.clone();
        let parked = honest.iter().filter(|node| game.park(**node)).count();
        let is_first_chance = game.round == SHORT_IDLE_ROUNDS + 1;
        assert!(!is_first_chance || parked == honest.len(), "all are idle");
    }
}

impl Strategy for Park {
    fn propose(&self, game: &mut Game, cycle: u64, attempt: u8) {
        LISTS.propose(game, cycle, attempt);
    }

    fn late(&self, game: &mut Game) {
        EVERYTHING.open(game);
        if self.after_challenge {
            Self::park_all(game);
        }
    }

    fn ballot(&self, game: &Game, item: &Item) -> Option<bool> {
        EVERYTHING
            .ballot(game, item)
            .map(|vote| vote || game.is_attacker(item.author))
    }

    fn dusk(&self, game: &mut Game) {
        if !self.after_challenge {
            Self::park_all(game);
        }
    }
}
