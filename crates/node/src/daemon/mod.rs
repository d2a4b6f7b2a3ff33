//! A node that plays for as long as its task exists: a [`NodeRunner`] in a loop that sleeps until there
//! may be something to do, and that goes on after every failure until its operator stops it.

mod endpoint;
mod indexes;
mod log;
mod metrics;
mod notice;
mod pace;
mod watch;
mod work;

pub use endpoint::{Exposed, serve};
pub use log::Log;
pub use metrics::{Metrics, Phase};

use crate::{
    index::Indexes,
    logic::TaskLogic,
    runner::{
        Action, NodeRunner, RunnerError, RunnerOptions, Step, TaskCache, decode_stake, decode_task,
    },
};
use gradual_consensus::{
    rules::schedule::{Schedule, Window, review_round},
    state::{NodeStake, Task},
};
use gradual_consensus_client::{
    address,
    amount::Amount,
    ledger::{Ledger, Tapped},
};
use notice::Notices;
use pace::LONGEST_PAUSE;
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tracing::{debug, info, warn};
use watch::{Watch, Watched};
use work::Timed;

/// The first pause after the ledger did not answer; each further one is twice as long, up to
/// [`LONGEST_PAUSE`].
const FIRST_BACKOFF: Duration = Duration::from_millis(250);
/// How many looks in a row must find no task, and nothing else be wrong, before it counts as closed: one look
/// may have asked a node of the cluster that is behind.
const LOOKS_AT_NO_TASK: u32 = 3;

/// What the operator of a running node may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The options of its runner.
    pub options: RunnerOptions,
    /// Warn below this many lamports.
    pub low_lamports: u64,
    /// Warn below this much active stake, and always below the task's minimum.
    pub low_stake: Amount,
}

/// Which node plays, and in which task.
#[derive(Debug)]
pub struct Player {
    /// The task.
    pub task: Pubkey,
    /// The node's key.
    pub node: Keypair,
    /// What it shares with other nodes of the task in this process.
    pub cache: TaskCache,
    /// The servers that tell it what was submitted.
    pub indexes: Indexes,
}

impl From<(Pubkey, Keypair)> for Player {
    /// A node that shares nothing, and asks nobody but the ledger.
    fn from((task, node): (Pubkey, Keypair)) -> Self {
        Self {
            task,
            node,
            cache: TaskCache::default(),
            indexes: Indexes::default(),
        }
    }
}

/// Why a node stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was asked to.
    Stopped,
    /// Its task was closed.
    TaskGone,
    /// Its task has ended, and the node has taken everything out and closed its stake account.
    Left,
}

/// Sleeps for `pause`, or until `stop` is set.
pub fn sleep_unless(stop: &AtomicBool, pause: Duration) {
    const PIECE: Duration = Duration::from_millis(50);
    let until = Instant::now() + pause;
    while !stop.load(Ordering::Relaxed) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        std::thread::sleep(left.min(PIECE));
    }
}

/// Plays `player` until `stop` is set, the task is closed, or the node has left it. `sleep` lets
/// time pass; it may return early. A transaction in flight is finished before the node stops.
///
/// # Errors
/// [`RunnerError::NoTask`] if there was no task from the beginning, [`RunnerError::NoTime`] if the ledger
/// shows what is too old for the task's windows, [`RunnerError::Destination`] if rewards cannot be claimed as
/// the operator chose. Every other error is logged, and the node tries again.
pub fn run<L: Ledger, T: TaskLogic>(
    ledger: &L,
    player: impl Into<Player>,
    logic: T,
    settings: &Settings,
    metrics: &Metrics,
    stop: &AtomicBool,
    sleep: impl FnMut(Duration),
) -> Result<End, RunnerError> {
    let watched = Tapped {
        ledger,
        tap: Watch::new(metrics, stop),
    };
    let Player {
        task,
        node,
        cache,
        indexes,
    } = player.into();
    let key = node.pubkey();
    let logic = Timed::new(logic, metrics);
    let mut node = Node {
        runner: NodeRunner::new(&watched, task, node, logic, settings.options)
            .sharing(cache)
            .asking(indexes),
        ledger: &watched,
        settings,
        sleep,
        notices: Notices::default(),
        task_was_found: false,
        may_begin: false,
        task_has_ended: false,
        failures: 0,
        looks_at_no_task: 0,
    };
    info!(%task, node = %key, "the node begins");
    let end = node.play();
    if let Ok(end) = end {
        info!(?end, "the node ends");
    }
    end
}

/// Slots in which a transaction is made, sent and confirmed.
const SLOTS_TO_LAND: u64 = 8;

/// What a ledger shows that is `lag` slots old must leave time in every window of `schedule`: what others
/// did in its first slot is seen so many slots later, and what this node does about it lands in two
/// transactions, each of which it sees as late.
fn require_time(schedule: &Schedule, lag: u64) -> Result<(), RunnerError> {
    let length = |window: Window| window.end.saturating_sub(window.start).saturating_add(1);
    let audits = schedule.audit_window(0).map_or(0, length);
    let challenges = schedule.challenge_window(0).map_or(0, length);
    let votes = audits.saturating_sub(challenges);
    let window = challenges.min(votes).min(schedule.submission_window);
    if lag > 0 && window < lag.saturating_mul(2).saturating_add(SLOTS_TO_LAND) {
        return Err(RunnerError::NoTime { lag, window });
    }
    Ok(())
}

/// A node that plays, and what it knows of how that goes.
struct Node<'a, L, T, S> {
    runner: NodeRunner<'a, Watched<'a, L>, Timed<'a, T>>,
    ledger: &'a Watched<'a, L>,
    settings: &'a Settings,
    sleep: S,
    notices: Notices,
    /// Whether the task was there at any time.
    task_was_found: bool,
    /// Whether what can be checked of the operator's choices was checked.
    may_begin: bool,
    /// Whether the task took no more work when the node's stake was last read.
    task_has_ended: bool,
    /// Turns that failed since the last one that succeeded.
    failures: u32,
    /// Looks in a row that found no task.
    looks_at_no_task: u32,
}

impl<L: Ledger, T: TaskLogic, S: FnMut(Duration)> Node<'_, L, T, S> {
    fn play(&mut self) -> Result<End, RunnerError> {
        while !self.ledger.tap.is_stopping() {
            let error = match self.turn() {
                Ok(None) => continue,
                Ok(Some(end)) => return Ok(end),
                Err(error) => error,
            };
            if self.ledger.tap.is_stopping() {
                break;
            }
            self.looks_at_no_task = match error {
                RunnerError::NoTask(_) => self.looks_at_no_task.saturating_add(1),
                _ => 0,
            };
            match error {
                RunnerError::NoTask(_) if !self.task_was_found => return Err(error),
                RunnerError::NoTime { .. } | RunnerError::Destination { .. } => return Err(error),
                RunnerError::NoTask(_) if self.looks_at_no_task >= LOOKS_AT_NO_TASK => {
                    return Ok(End::TaskGone);
                }
                // The stake account was closed, but the ledger did not confirm it.
                RunnerError::NotStaked(_) if self.task_has_ended => return Ok(End::Left),
                _ => self.back_off(&error),
            }
        }
        Ok(End::Stopped)
    }

    fn back_off(&mut self, error: &RunnerError) {
        self.failures = self.failures.saturating_add(1);
        let failures = self.failures;
        self.ledger.tap.metrics.record_trouble(failures, error);
        // The longer it lasts, the more rarely it is written.
        if failures.is_power_of_two() {
            warn!(%error, failures, "the node waits and tries again");
        }
        let doublings = failures.saturating_sub(1).min(8);
        let pause = FIRST_BACKOFF.saturating_mul(1 << doublings);
        (self.sleep)(pause.min(LONGEST_PAUSE));
    }

    /// Makes one step and sleeps until there may be more to do. Returns why the node is done, if it is.
    fn turn(&mut self) -> Result<Option<End>, RunnerError> {
        self.look()?;
        let step = self.runner.step()?;
        for (action, reason) in &step.failed {
            self.record_failure(*action, reason);
        }
        self.notices.outcomes(&step);
        debug!(slot = step.slot, wake_at = step.wake_at, done = ?step.done, "stepped");
        self.ledger.tap.metrics.record_step(&step);
        self.looks_at_no_task = 0;
        if self.failures > 0 {
            info!(failures = self.failures, "the node goes on");
            self.failures = 0;
        }
        if step.done.contains(&Action::CloseStake) {
            return Ok(Some(End::Left));
        }
        // The step may have changed the stake and spent SOL.
        let (task, stake) = self.look()?;
        self.notices.step(&task, &stake, &step);
        for slash in &step.slashes {
            self.ledger.tap.metrics.record_slash(slash);
        }
        self.work_ahead(&task, &step);
        self.sleep_until(step.wake_at)?;
        Ok(None)
    }

    /// Reads the task and the node's accounts for the metrics and the log.
    fn look(&mut self) -> Result<(Task, NodeStake), RunnerError> {
        let slot = self.ledger.slot()?;
        let (task, node) = (self.runner.task(), self.runner.node());
        let stake = address::node_stake(&task, &node);
        let found = self.ledger.accounts(&[task, stake, node])?;
        let [task_account, stake, wallet] = found.as_slice() else {
            return Err(RunnerError::wrong_count());
        };
        let task = decode_task(task, task_account.as_ref())?;
        self.task_was_found = true;
        let lag = self.ledger.lag()?;
        if !self.may_begin {
            require_time(&task.schedule, lag)?;
            self.runner.require_destination(&task)?;
            self.may_begin = true;
        }
        let stake = decode_stake(node, stake.as_ref())?;
        self.task_has_ended = !task.is_active();
        let lamports = wallet.as_ref().map_or(0, |wallet| wallet.lamports);
        let metrics = self.ledger.tap.metrics;
        metrics.record_accounts(slot, &task, &stake, lamports);
        metrics.record_lag(lag);
        self.notices
            .look((slot, &task), &stake, lamports, self.settings);
        Ok((task, stake))
    }

    fn record_failure(&mut self, action: Action, reason: &str) {
        self.ledger.tap.metrics.count_failed(action.name());
        self.notices.failure(action, reason);
    }

    /// Begins the work of the present cycle, if the logic works beside everything else; otherwise does it, if
    /// there is nothing else to do until its proof is submitted in the next round. Work whose window is over is
    /// ended.
    fn work_ahead(&mut self, task: &Task, step: &Step) {
        let review = task.current_round(step.slot);
        let window = task.schedule.submission_window(review);
        let is_over = window.is_some_and(|window| window.end < step.slot);
        let first = review.saturating_sub(u64::from(!is_over));
        self.runner.end_work_before(first);
        let Some(cycle) = step.work else {
            return;
        };
        let is_beside = self.runner.begin_work(cycle);
        let review = review_round(cycle).and_then(|review| task.schedule.boundary(review));
        if !is_beside && review != Some(step.wake_at) {
            return;
        }
        let begun = Instant::now();
        match self.runner.work_ahead(cycle) {
            Ok(is_done) => debug!(
                cycle,
                is_done,
                seconds = begun.elapsed().as_secs_f64(),
                "the work was looked at"
            ),
            Err(error) => {
                self.record_failure(Action::Submit { cycle }, &error.to_string());
                if is_beside {
                    // At once, and not when the node wakes up next: that may be a window away.
                    self.runner.begin_work(cycle);
                }
            }
        }
    }

    fn sleep_until(&mut self, wake_at: u64) -> Result<(), RunnerError> {
        while !self.ledger.tap.is_stopping() {
            let slot = self.ledger.slot()?;
            let Some(left) = wake_at.checked_sub(slot).filter(|&left| left > 0) else {
                break;
            };
            (self.sleep)(self.ledger.tap.pause(left));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_late_needs_long_windows() {
        let schedule = |submission_window, audit_window| Schedule {
            starting_slot: 0,
            round_time: 1_500,
            submission_window,
            audit_window,
        };
        let refused = |schedule, lag| match require_time(&schedule, lag) {
            Err(RunnerError::NoTime { window, .. }) => Some(window),
            Err(error) => panic!("{error}"),
            Ok(()) => None,
        };
        // A ledger that shows the present has time in any window.
        assert_eq!(refused(schedule(1, 2), 0), None);
        assert_eq!(refused(schedule(350, 350), 32), None);
        assert_eq!(refused(schedule(71, 350), 32), Some(71));
        assert_eq!(refused(schedule(72, 350), 32), None);
        // Half of the audit window is left for votes.
        assert_eq!(refused(schedule(350, 143), 32), Some(71));
        assert_eq!(refused(schedule(350, 144), 32), None);
        assert_eq!(refused(schedule(16, 32), 32), Some(16));
    }
}
