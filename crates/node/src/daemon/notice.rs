//! What a node writes to its log about its task, its stake and its failures. Each warning is written once
//! a round.

use super::{Phase, Settings};
use crate::runner::{Action, Slash, Step, tell};
use gradual_consensus::state::{NodeStake, Task};
use gradual_consensus_client::amount::Unit;
use solana_sdk::pubkey::Pubkey;
use std::collections::HashSet;
use tracing::{info, warn};

/// A warning that is written once a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Notice {
    LowSol,
    LowStake,
    Declined,
    Unlisted,
    Warming,
    Failed(Action),
}

/// The warnings that were written.
#[derive(Debug, Default)]
pub(super) struct Notices {
    round: Option<u64>,
    of_round: HashSet<Notice>,
    /// Whether the bounty was less than a cycle's at the last look.
    bounty_is_low: bool,
    /// What the node had ever lost, in base units, when its stake was last looked at.
    slashed: Option<u64>,
    untold: Untold,
}

/// What the stake has lost beyond what steps told, in base units; below 0, what steps told before the stake
/// showed it.
#[derive(Debug, Default)]
struct Untold(i128);

impl Untold {
    /// The stake has `lost` so much more, of which the step `told`. Returns what no step will tell any more. The
    /// stake is read after the step, so what is lost between the two is told by the next step.
    fn note(&mut self, lost: u64, told: u64) -> i128 {
        let before = self.0;
        self.0 = before
            .saturating_add(lost.into())
            .saturating_sub(told.into());
        let late = self.0.min(before).max(0);
        self.0 = self.0.saturating_sub(late);
        late
    }
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
            let earned = Unit::of(task).show(stake.earned);
            info!(round, phase, slot, earned, "round");
        }
        if lamports < settings.low_lamports && self.of_round.insert(Notice::LowSol) {
            warn_of_low_sol(lamports, stake.node);
        }
        // Stake that is warming up is not missing, nor what is parked: the node resumes it.
        let (staked, minimum) = (stake.stake.total(), task.minimum_stake_amount);
        let wanted = settings.low_stake.limit(Unit::of(task)).max(minimum);
        if staked < wanted && self.of_round.insert(Notice::LowStake) {
            warn_of_low_stake(staked, task);
        }
        if let Some((round, slot)) = counts_from(task, stake, slot)
            && self.of_round.insert(Notice::Warming)
        {
            let amount = Unit::of(task).show(stake.stake.total());
            info!(
                from_round = round,
                from_slot = slot,
                "the stake of {amount} does not count yet: the node takes part from round {round} on"
            );
        }
        self.look_at_bounty(task);
    }

    /// Tells what became of what a step or one before it sent, and what was missed.
    pub(super) fn outcomes(&mut self, step: &Step) {
        for action in &step.found {
            let instruction = action.name();
            if action.is_contested() {
                tell!(
                    info,
                    *action,
                    instruction,
                    "done, by this node or by another one"
                );
            } else {
                let slot = step.slot;
                tell!(info, *action, instruction, slot, "confirmed");
            }
        }
        for (action, reason) in &step.unsettled {
            let name = action.name();
            tell!(
                info,
                *action,
                action = name,
                reason,
                "sent, and not known yet to have landed"
            );
        }
        for missed in &step.missed {
            let (name, round, reason) = (missed.action.name(), missed.round, &missed.why);
            tell!(
                warn,
                missed.action,
                action = name,
                round,
                reason,
                "missed: its window is over"
            );
        }
        if let Some(reason) =
            (step.unlisted.as_ref()).filter(|_| self.of_round.insert(Notice::Unlisted))
        {
            warn!(
                reason,
                "the RPC lists no accounts: this node submits, claims and closes what is its own, and neither \
                 audits nor proposes lists; use an RPC with getProgramAccounts"
            );
        }
    }

    /// Tells what a step found out: what the node lost, and that its cycle promises too little.
    pub(super) fn step(&mut self, task: &Task, stake: &NodeStake, step: &Step) {
        for slash in &step.slashes {
            warn_of_slash(slash, stake, task);
        }
        let told: u64 = step.slashes.iter().map(|slash| slash.amount).sum();
        let before = self.slashed.replace(stake.slashed);
        // The first look at the stake shows what the first step told: nothing of it is still to be seen.
        let untold = before.map_or(0, |before| {
            self.untold.note(stake.slashed.saturating_sub(before), told)
        });
        if untold > 0 {
            let unit = Unit::of(task);
            let (lost, left) = (unit.show(untold), unit.show(stake.stake.total()));
            warn!(
                lost,
                left,
                "this node was slashed for a subject that is closed by now: compare its logic and its data \
                 with those of other nodes"
            );
        }
        if let Some(cycle) = step
            .declined
            .filter(|_| self.of_round.insert(Notice::Declined))
        {
            info!(
                cycle,
                "the cycle promises less than --min-reward: the node does not work for it"
            );
        }
    }

    /// Warns once when the bounty falls below a cycle's, and writes when it is enough again.
    fn look_at_bounty(&mut self, task: &Task) {
        let (available, wanted) = (task.bounty_available, task.bounty_amount_per_round);
        let is_low = available < wanted;
        let [available, wanted] = [available, wanted].map(|units| Unit::of(task).show(units));
        if is_low && !self.bounty_is_low {
            warn!(
                "the bounty has {available} available, a cycle sets aside {wanted}: no cycle is \
                 opened until the task is funded"
            );
        } else if self.bounty_is_low && !is_low {
            info!(available, "the bounty is enough again");
        }
        self.bounty_is_low = is_low;
    }

    /// Writes that `action` failed.
    pub(super) fn failure(&mut self, action: Action, reason: &str) {
        let name = action.name();
        if !self.of_round.insert(Notice::Failed(action)) {
            tell!(debug, action, action = name, reason, "failed again");
        } else if action.is_contested() {
            let told = "failed; another node may have done it";
            tell!(info, action, action = name, reason, "{told}");
        } else {
            tell!(warn, action, action = name, reason, "failed");
        }
    }
}

/// The round from which `stake` counts, and its first slot, if it does not yet.
fn counts_from(task: &Task, stake: &NodeStake, slot: u64) -> Option<(u64, u64)> {
    let now = task.current_round(slot);
    let counts = |round: u64| task.weight_in(&stake.stake, round).is_some();
    if counts(now) {
        return None;
    }
    // A deposit warms up for two rounds; what was parked comes back as late.
    let round = (1..=3)
        .map(|later| now.saturating_add(later))
        .find(|&round| counts(round))?;
    Some((round, task.schedule.boundary(round)?))
}

fn warn_of_slash(slash: &Slash, stake: &NodeStake, task: &Task) {
    let amounts = [slash.amount, stake.stake.total(), task.minimum_stake_amount];
    let [lost, left, minimum] = amounts.map(|units| Unit::of(task).show(units));
    let (cycle, subject, advice) = (slash.cycle, slash.subject, slash.advice());
    warn!(
        %subject,
        cycle,
        lost,
        left,
        minimum,
        "this node was slashed: {}; {advice}",
        slash.reason()
    );
}

fn warn_of_low_sol(lamports: u64, node: Pubkey) {
    let sol = Unit::SOL.show(lamports);
    warn!("the node has only {sol} left for fees and rent: send some to {node}");
}

fn warn_of_low_stake(staked: u64, task: &Task) {
    let effect = if staked < task.minimum_stake_amount {
        "the node takes no part"
    } else {
        "one slash may end the node's part"
    };
    let amounts = [staked, task.minimum_stake_amount];
    let [staked, minimum] = amounts.map(|units| Unit::of(task).show(units));
    warn!(
        "only {staked} are staked, the task's minimum is {minimum}: {effect} until more is \
         staked"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_next_step_tells_is_not_told_twice() {
        let notes = |losses: &[(u64, u64)]| {
            let mut untold = Untold::default();
            let late = losses.iter().map(|&(lost, told)| untold.note(lost, told));
            late.collect::<Vec<_>>()
        };
        assert_eq!(notes(&[(0, 0), (7, 7), (0, 0)]), [0, 0, 0]);
        assert_eq!(
            notes(&[(7, 0), (0, 7), (0, 0)]),
            [0, 0, 0],
            "read in between"
        );
        assert_eq!(
            notes(&[(0, 7), (7, 0), (0, 0)]),
            [0, 0, 0],
            "seen by the step first"
        );
        assert_eq!(
            notes(&[(7, 0), (0, 0), (0, 0)]),
            [0, 7, 0],
            "closed by then"
        );
        assert_eq!(notes(&[(7, 0), (5, 5), (0, 0)]), [0, 7, 0], "one of two");
    }
}
