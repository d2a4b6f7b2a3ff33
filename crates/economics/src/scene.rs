//! What a game begins with: the terms, who has which part of the stake, and what is out of the ordinary.

use gradual_consensus::{TaskParams, VotingRule};
use gradual_consensus_testkit::default_params;

/// Least stake of a node, in base units.
pub const MINIMUM: u64 = 10_000;
/// Bounty of a cycle, in base units.
pub const BOUNTY: u64 = 10_000;
/// All stake, in base units.
pub const TOTAL: u64 = 10_000_000;
/// Cycles that are worked, and attacked, in a game.
pub const CYCLES: u64 = 2;
/// Honest nodes, where stake votes.
const HONEST: u64 = 6;
/// Nodes in all, where each has one vote.
const VOTERS: u64 = 100;
/// The attacker's smallest nodes, which it risks, beside the one that holds the rest.
pub const SMALL: usize = 8;
/// The attacker's nodes where it splits its stake evenly.
const SWARM: u64 = 31;
/// Rounds without an act after which stake may be parked: about a day, in rounds of 1,500 slots.
const IDLE_ROUNDS: u64 = 144;
/// The same, where the game waits for it.
pub const SHORT_IDLE_ROUNDS: u64 = 3;

/// What is out of the ordinary in a game. The attacker's honest play is measured in the same scene.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scene {
    /// The attacker splits its stake into equal nodes, not into small ones and one with the rest.
    pub swarm: bool,
    /// One honest node has half of the honest stake.
    pub big_author: bool,
    /// Each node has one vote, and all stake the minimum.
    pub per_node: bool,
    /// The attacker's nodes earn a third of what the others do.
    pub unequal: bool,
    /// The task's term `equal_shares` is off.
    pub by_list: bool,
    /// The attacker is the task's manager too.
    pub manager: bool,
    /// The attacker stakes in round 1, not in round 0.
    pub late: bool,
    /// Nothing is worked until long after stake may be parked.
    pub quiet: bool,
    /// Honest nodes withdraw everything as soon as they may.
    pub leaving: bool,
    /// A cycle's bounty comes just before its opening window ends.
    pub late_bounty: bool,
    /// Work takes a whole round.
    pub slow_work: bool,
}

impl Scene {
    /// The terms: the command's defaults, with rounds of 100 slots.
    pub fn params(&self) -> TaskParams {
        let idle_rounds = if self.quiet {
            SHORT_IDLE_ROUNDS
        } else {
            IDLE_ROUNDS
        };
        let voting_rule = if self.per_node {
            VotingRule::PerNode
        } else {
            VotingRule::ByStake
        };
        TaskParams {
            minimum_stake_amount: MINIMUM,
            bounty_amount_per_round: BOUNTY,
            claim_window: 8,
            allowed_failed_distributions: 3,
            idle_rounds,
            voting_rule,
            equal_shares: !self.by_list,
            ..default_params()
        }
    }

    /// Whether so many nodes play that a game takes long.
    pub const fn is_large(&self) -> bool {
        self.swarm || self.per_node
    }

    /// The first cycle that is worked.
    pub const fn first_cycle(&self) -> u64 {
        if self.quiet {
            2 * SHORT_IDLE_ROUNDS + 2
        } else {
            1
        }
    }

    /// What each honest node stakes, where the attacker has `share` per cent.
    pub fn honest_stakes(&self, share: u64) -> Vec<u64> {
        if self.per_node {
            return vec![MINIMUM; count(VOTERS - share)];
        }
        let all = TOTAL - TOTAL / 100 * share;
        if self.big_author {
            let others = vec![all / 2 / (HONEST - 1); count(HONEST - 1)];
            return [vec![all / 2], others].concat();
        }
        vec![all / HONEST; count(HONEST)]
    }

    /// What each of the attacker's nodes stakes, where it has `share` per cent.
    pub fn attacker_stakes(&self, share: u64) -> Vec<u64> {
        let all = TOTAL / 100 * share;
        if self.per_node {
            return vec![MINIMUM; count(share)];
        }
        if self.swarm {
            let nodes = SWARM.min(all / MINIMUM);
            return vec![all / nodes; count(nodes)];
        }
        let rest = all - SMALL as u64 * MINIMUM;
        [vec![MINIMUM; SMALL], vec![rest]].concat()
    }

    /// What the work of one of the attacker's nodes, or of another's, weighs in its pay.
    pub const fn pay_weight(&self, is_attacker: bool) -> u64 {
        if self.unequal && !is_attacker { 3 } else { 1 }
    }
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or_default()
}
