//! What an attacker may do differently from an honest node.

use crate::{
    game::{Game, Item},
    scene::{BOUNTY, CYCLES},
};

/// An attacker's play. What it does not say, its nodes do as honest nodes do: they submit good work and vote
/// the truth.
pub trait Strategy: Sync {
    /// Before round 0, what the manager does: it funds every cycle.
    fn fund(&self, game: &mut Game) {
        if !game.scene.late_bounty {
            game.fund(CYCLES * BOUNTY);
        }
    }

    /// At the beginning of a round, before the honest nodes open its cycle.
    fn dawn(&self, _: &mut Game) {}

    /// As soon as a late bounty has come, before the honest nodes open the cycle.
    fn funded(&self, _: &mut Game) {}

    /// In the submission window.
    fn submit(&self, game: &mut Game, cycle: u64) {
        for node in game.attackers.clone() {
            game.submit(node, cycle, true);
        }
    }

    /// When every node may propose the list, before any honest node does.
    fn propose(&self, _: &mut Game, _cycle: u64, _attempt: u8) {}

    /// In the first slot in which audits may be opened, before any honest node opens one.
    fn early(&self, _: &mut Game) {}

    /// In the last slot in which audits may be opened.
    fn late(&self, _: &mut Game) {}

    /// How the attacker's nodes vote on what is challenged, after all honest nodes have; they do not where
    /// there is no answer.
    fn ballot(&self, _: &Game, item: &Item) -> Option<bool> {
        Some(item.is_right)
    }

    /// At the end of a round; honest nodes answer in it.
    fn dusk(&self, _: &mut Game) {}
}

/// Honest play: what every strategy is measured by.
pub struct Honest;

impl Strategy for Honest {}
