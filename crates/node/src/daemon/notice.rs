//! What a node writes to its log about its task, its stake and its failures. Each warning is written once
//! a round.

use super::{Phase, Settings};
use crate::runner::Action;
use gradual_consensus::state::{NodeStake, Task};
use solana_sdk::{native_token::LAMPORTS_PER_SOL, pubkey::Pubkey};
use std::collections::HashSet;
use tracing::{debug, info, warn};

/// A warning that is written once a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Notice {
    LowSol,
    LowStake,
    Failed(Action),
}

/// The warnings that were written.
#[derive(Debug, Default)]
pub(super) struct Notices {
    round: Option<u64>,
    of_round: HashSet<Notice>,
    /// Whether the bounty was less than a cycle's at the last look.
    bounty_is_low: bool,
}

impl Notices {
    /// Writes that a new round has begun, and warns of too little SOL and stake.
    pub(super) fn look(
        &mut self,
        (slot, task): (u64, &Task),
        stake: &NodeStake,
        lamports: u64,
        settings: &Settings,
    ) {
        let round = task.current_round(slot);
        if self.round != Some(round) {
            self.of_round.clear();
            self.round = Some(round);
            let phase = Phase::at(&task.schedule, slot).name();
            info!(round, phase, slot, earned = stake.earned, "round");
        }
        if lamports < settings.low_lamports && self.of_round.insert(Notice::LowSol) {
            warn_of_low_sol(lamports, stake.node);
        }
        // A deposit is active two rounds later. Stake that is warming up is not missing.
        let mut timeline = stake.stake;
        timeline.roll_to(round.saturating_add(2));
        let (active, minimum) = (timeline.active(), task.minimum_stake_amount);
        if active < settings.low_stake.max(minimum) && self.of_round.insert(Notice::LowStake) {
            warn_of_low_stake(active, minimum);
        }
        self.look_at_bounty(task, settings);
    }

    /// Warns once when the bounty falls below a cycle's, and writes when it is enough again.
    fn look_at_bounty(&mut self, task: &Task, settings: &Settings) {
        let (available, wanted) = (task.bounty_available, task.bounty_amount_per_round);
        let is_low = available < wanted;
        if is_low && !self.bounty_is_low {
            let effect = if settings.options.accepts_bounty_of(task) {
                "the next cycle pays what is left"
            } else {
                "the node submits nothing until the task is funded (--unpaid submits all the same)"
            };
            warn!("the bounty has {available} base units, a cycle pays {wanted}: {effect}");
        } else if self.bounty_is_low && !is_low {
            info!(available, "the bounty is enough again");
        }
        self.bounty_is_low = is_low;
    }

    /// Writes that `action` failed.
    pub(super) fn failure(&mut self, action: Action, reason: &str) {
        let name = action.name();
        if !self.of_round.insert(Notice::Failed(action)) {
            debug!(action = name, reason, "failed again");
        } else if action.is_contested() {
            info!(
                action = name,
                reason, "failed; another node may have done it"
            );
        } else {
            warn!(action = name, reason, "failed");
        }
    }
}

fn warn_of_low_sol(lamports: u64, node: Pubkey) {
    let sol = sol(lamports);
    warn!("the node has only {sol} SOL left for fees and rent: send some to {node}");
}

fn warn_of_low_stake(active: u64, minimum: u64) {
    let effect = if active < minimum {
        "the node takes no part"
    } else {
        "one slash may end the node's part"
    };
    warn!(
        "only {active} base units are staked, the task's minimum is {minimum}: {effect} until more is \
         staked"
    );
}

/// Lamports in SOL, to the last digit.
fn sol(lamports: u64) -> String {
    let whole = lamports.checked_div(LAMPORTS_PER_SOL).unwrap_or_default();
    let rest = lamports.checked_rem(LAMPORTS_PER_SOL).unwrap_or_default();
    format!("{whole}.{rest:09}")
}
