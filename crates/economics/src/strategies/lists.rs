//! False lists, and lists that are made to fail.

use super::garbage::Help;
use crate::{
    game::{Entries, Game, Item},
    scene::BOUNTY,
    strategy::Strategy,
};

/// What is wrong with a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It pays the attacker everything.
    Overpaying,
    /// It shares out among all others what one honest node has earned.
    Excluding,
    /// As overpaying, and nobody is shown its entries.
    Withheld,
    /// It pays everybody a hundredth less; the rest stays the manager's.
    Short,
}

impl Kind {
    /// The entries of such a list.
    pub fn entries(self, game: &Game, cycle: u64) -> Entries {
        let right = game.right_list(cycle);
        match self {
            Self::Overpaying | Self::Withheld => {
                let own = right.iter().filter(|(node, _)| game.is_attacker(*node));
                let own: Vec<usize> = own.map(|&(node, _)| node).collect();
                let each = BOUNTY / own.len().max(1) as u64;
                own.into_iter().map(|node| (node, each)).collect()
            }
            Self::Excluding => {
                let victim = right.iter().position(|(node, _)| !game.is_attacker(*node));
                let mut entries = right;
                let spoils = victim.map_or(0, |victim| entries.remove(victim).1);
                let each = spoils / entries.len().max(1) as u64;
                entries.iter_mut().for_each(|(_, amount)| *amount += each);
                entries
            }
            Self::Short => {
                let less = |(node, amount)| (node, amount - amount / 100);
                right.into_iter().map(less).collect()
            }
        }
    }
}

/// In every attempt, the first of the risked nodes that may proposes a false list.
pub struct FalseLists {
    /// What is wrong with it.
    pub kind: Kind,
    /// What the attacker's other nodes do about it.
    pub help: Help,
    /// Whether all nodes but one submit garbage first, so that honest nodes use up their challenges.
    pub fill_limit: bool,
}

impl Strategy for FalseLists {
    fn submit(&self, game: &mut Game, cycle: u64) {
        let rest = game.rest();
        for node in game.attackers.clone() {
            game.submit(node, cycle, !self.fill_limit || node == rest);
        }
    }

    fn propose(&self, game: &mut Game, cycle: u64, _: u8) {
        let entries = self.kind.entries(game, cycle);
        let is_shown = self.kind != Kind::Withheld;
        let proposers = if self.fill_limit {
            vec![game.rest()]
        } else {
            game.risked()
        };
        let proposed = |node: &usize| game.propose(*node, cycle, entries.clone(), is_shown);
        let _ = proposers.iter().any(proposed);
    }

    fn early(&self, game: &mut Game) {
        self.help.challenge(game);
    }

    fn ballot(&self, game: &Game, item: &Item) -> Option<bool> {
        self.help.ballot(game, item)
    }
}

/// Every attempt fails: one small node a round proposes false lists, for all cycles at once; the rest
/// challenges them first, so that a part of each slash comes back.
pub struct FailLists {
    /// Whether admin and manager stop all that they can, once the last cycle is open.
    pub stops: bool,
}

impl Strategy for FailLists {
    fn dawn(&self, game: &mut Game) {
        if self.stops && game.round == game.cycles().end {
            game.stop_everything();
        }
    }

    fn propose(&self, game: &mut Game, cycle: u64, _: u8) {
        let entries = Kind::Withheld.entries(game, cycle);
        let proposers = game.risked();
        let proposed = |node: &usize| game.propose(*node, cycle, entries.clone(), false);
        let _ = proposers.iter().any(proposed);
    }

    fn early(&self, game: &mut Game) {
        Help::Challenge.challenge(game);
    }

    fn ballot(&self, game: &Game, item: &Item) -> Option<bool> {
        Help::Challenge.ballot(game, item)
    }
}

/// Right lists are challenged, and all the attacker's nodes vote against them.
pub struct OutvoteLists;

impl Strategy for OutvoteLists {
    fn late(&self, game: &mut Game) {
        let challenger = game.risked()[0];
        for item in game.under_audit() {
            if item.attempt.is_some() {
                game.vote(challenger, &item, false);
            }
        }
    }

    fn ballot(&self, _: &Game, item: &Item) -> Option<bool> {
        Some(item.attempt.is_none() && item.is_right)
    }
}
