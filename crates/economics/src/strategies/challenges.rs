//! False challenges of honest work.

use crate::{
    game::{Game, Item},
    strategy::Strategy,
};

/// Whose submissions are challenged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One honest node's.
    One,
    /// All honest nodes'.
    All,
    /// The biggest honest node's.
    Big,
}

/// Honest submissions are called invalid.
pub struct Challenge {
    /// Which.
    pub target: Target,
    /// Whether all the attacker's nodes challenge, not one small one.
    pub from_all: bool,
    /// Whether all of them vote against what is challenged.
    pub join: bool,
}

impl Challenge {
    /// Opens as many audits as the program lets it.
    pub fn open(&self, game: &mut Game) {
        let mut challengers = game.risked();
        if self.from_all {
            challengers.push(game.rest());
        } else {
            challengers.truncate(1);
        }
        let mut targets = game.under_audit();
        targets.retain(|item| item.attempt.is_none() && !game.is_attacker(item.author));
        if self.target != Target::All {
            targets.truncate(1);
        }
        for item in targets {
            let _ = challengers
                .iter()
                .any(|node| game.vote(*node, &item, false));
        }
    }
}

impl Strategy for Challenge {
    fn late(&self, game: &mut Game) {
        self.open(game);
    }

    fn ballot(&self, game: &Game, item: &Item) -> Option<bool> {
        let is_target = item.attempt.is_none() && !game.is_attacker(item.author);
        match (is_target, self.join) {
            (true, true) => Some(false),
            (true, false) => None,
            (false, _) => Some(item.is_right),
        }
    }
}
