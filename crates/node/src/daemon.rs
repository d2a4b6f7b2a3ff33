//! A node that plays for as long as its task exists: a [`NodeRunner`] in a loop that sleeps until there
//! may be something to do, tells what it does, and lets nothing stop it but its operator.

mod endpoint;
mod metrics;
mod pace;

pub use endpoint::serve;
pub use metrics::{Metrics, Phase};

use crate::{
    logic::TaskLogic,
    runner::{Action, NodeRunner, RunnerError, RunnerOptions, Step},
};
use gradual_consensus::state::{NodeStake, Task};
use gradual_consensus_client::{
    account, address,
    compute::instruction_name,
    ledger::{Filter, Ledger, LedgerError, Receipt},
};
use pace::{LONGEST_PAUSE, Pace};
use solana_sdk::{
    account::Account,
    instruction::Instruction,
    native_token::LAMPORTS_PER_SOL,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::{
    cell::RefCell,
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tracing::{debug, info, warn};

/// The first pause after the ledger did not answer; each further one is twice as long, up to
/// [`LONGEST_PAUSE`].
const FIRST_BACKOFF: Duration = Duration::from_millis(250);
/// How many looks in a row must find a task gone that was there: one may have asked a node of the
/// cluster that is behind.
const LOOKS_AT_NOTHING: u32 = 3;

/// What the operator of a running node may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The runner's.
    pub options: RunnerOptions,
    /// Warn below this many lamports.
    pub low_lamports: u64,
    /// Warn below this much active stake, in base units, and always below the task's minimum.
    pub low_stake: u64,
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

/// Plays `node` in `task` until `stop` is set or the task is closed. `sleep` lets time pass; it may
/// return early. A transaction in flight is finished before the node stops.
///
/// # Errors
/// [`RunnerError::NoTask`] where there was no task from the beginning. Everything else is told, and
/// tried again.
pub fn run<L: Ledger, T: TaskLogic>(
    ledger: &L,
    (task, node): (Pubkey, Keypair),
    logic: T,
    settings: &Settings,
    metrics: &Metrics,
    stop: &AtomicBool,
    sleep: impl FnMut(Duration),
) -> Result<End, RunnerError> {
    let watched = Watched {
        ledger,
        metrics,
        stop,
        pace: RefCell::default(),
    };
    let key = node.pubkey();
    let mut node = Node {
        runner: NodeRunner::new(&watched, task, node, logic, settings.options),
        ledger: &watched,
        task,
        key,
        settings,
        sleep,
        told: HashSet::new(),
        told_in_round: None,
        told_bounty: false,
        seen: false,
        has_ended: false,
        failures: 0,
    };
    info!(%task, node = %key, "the node begins");
    let end = node.play();
    if let Ok(end) = end {
        info!(?end, "the node ends");
    }
    end
}

/// A ledger, with an eye on what is done with it.
struct Watched<'a, L> {
    ledger: &'a L,
    metrics: &'a Metrics,
    stop: &'a AtomicBool,
    pace: RefCell<Pace>,
}

impl<L> Watched<'_, L> {
    fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn count<R>(&self, answer: Result<R, LedgerError>) -> Result<R, LedgerError> {
        if matches!(answer, Err(LedgerError::Unavailable(_))) {
            self.metrics.unavailable();
        }
        answer
    }
}

impl<L: Ledger> Ledger for Watched<'_, L> {
    fn slot(&self) -> Result<u64, LedgerError> {
        let slot = self.count(self.ledger.slot())?;
        let now = Instant::now();
        let mut pace = self.pace.borrow_mut();
        pace.saw(now, slot);
        self.metrics.saw_slot(slot, now, pace.slot_time());
        Ok(slot)
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        self.count(self.ledger.accounts(addresses))
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        most: Option<usize>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        self.count(self.ledger.program_accounts(filters, most))
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        if self.stopping() {
            return Err(LedgerError::Unavailable("the node is stopping".into()));
        }
        let receipt = self.count(self.ledger.send(instructions, signers))?;
        for instruction in instructions {
            let name = instruction_name(&instruction.data).unwrap_or("other");
            self.metrics.sent(name);
            let (slot, compute_units) = (receipt.slot, receipt.compute_units);
            info!(instruction = name, slot, compute_units, "confirmed");
        }
        let times = receipt.broadcasts.saturating_sub(1);
        if times > 0 {
            self.metrics.sent_again(times);
            info!(times, slot = receipt.slot, "sent again");
        }
        Ok(receipt)
    }
}

/// Something that is told once a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Told {
    LowSol,
    LowStake,
    Failed(Action),
}

struct Node<'a, L, T, S> {
    runner: NodeRunner<'a, Watched<'a, L>, T>,
    ledger: &'a Watched<'a, L>,
    task: Pubkey,
    key: Pubkey,
    settings: &'a Settings,
    sleep: S,
    told: HashSet<Told>,
    told_in_round: Option<u64>,
    /// Whether the bounty's end was told, since it was last enough for a round.
    told_bounty: bool,
    /// Whether the task was there at any time.
    seen: bool,
    /// Whether the task took no more work when the node's stake was last seen.
    has_ended: bool,
    /// Turns that failed since the last that did not.
    failures: u32,
}

impl<L: Ledger, T: TaskLogic, S: FnMut(Duration)> Node<'_, L, T, S> {
    fn play(&mut self) -> Result<End, RunnerError> {
        while !self.ledger.stopping() {
            let error = match self.turn() {
                Ok(None) => continue,
                Ok(Some(end)) => return Ok(end),
                Err(error) => error,
            };
            if self.ledger.stopping() {
                break;
            }
            match error {
                RunnerError::NoTask(_) if !self.seen => return Err(error),
                RunnerError::NoTask(_) if self.failures >= LOOKS_AT_NOTHING => {
                    return Ok(End::TaskGone);
                }
                // What closed the stake account landed, but the ledger did not say so.
                RunnerError::NotStaked(_) if self.has_ended => return Ok(End::Left),
                _ => self.back_off(&error),
            }
        }
        Ok(End::Stopped)
    }

    fn back_off(&mut self, error: &RunnerError) {
        self.failures = self.failures.saturating_add(1);
        let failures = self.failures;
        // Told ever more rarely, as long as it lasts.
        if failures.is_power_of_two() {
            warn!(%error, failures, "the node waits and tries again");
        }
        let doublings = failures.saturating_sub(1).min(8);
        let pause = FIRST_BACKOFF.saturating_mul(1 << doublings);
        (self.sleep)(pause.min(LONGEST_PAUSE));
    }

    /// Looks, does what is due, and sleeps until there may be more; or says why there is no more.
    fn turn(&mut self) -> Result<Option<End>, RunnerError> {
        self.observe()?;
        let step = self.runner.step()?;
        for (action, reason) in &step.failed {
            self.tell_failure(*action, reason);
        }
        debug!(slot = step.slot, wake_at = step.wake_at, done = ?step.done, "stepped");
        if self.failures > 0 {
            info!(failures = self.failures, "the node goes on");
            self.failures = 0;
        }
        if step.done.contains(&Action::CloseStake) {
            return Ok(Some(End::Left));
        }
        // What was sent changed the stake, and SOL was paid for it.
        let (slot, task, stake) = self.observe()?;
        self.work_ahead(slot, &task, &stake, &step);
        self.sleep_until(step.wake_at)?;
        Ok(None)
    }

    /// Reads what the metrics tell and the operator must know.
    fn observe(&mut self) -> Result<(u64, Task, NodeStake), RunnerError> {
        let slot = self.ledger.slot()?;
        let stake = address::node_stake(&self.task, &self.key);
        let found = self.ledger.accounts(&[self.task, stake, self.key])?;
        let [task, stake, node] = found.as_slice() else {
            let message = "the ledger answered with another number of accounts";
            return Err(LedgerError::Unavailable(message.into()).into());
        };
        let task: Task =
            (task.as_ref().and_then(account::decode)).ok_or(RunnerError::NoTask(self.task))?;
        self.seen = true;
        let stake: NodeStake =
            (stake.as_ref().and_then(account::decode)).ok_or(RunnerError::NotStaked(self.key))?;
        self.has_ended = task.is_active == 0;
        let lamports = node.as_ref().map_or(0, |node| node.lamports);
        self.ledger
            .metrics
            .saw_accounts(slot, &task, &stake, lamports);
        self.tell_low(slot, &task, &stake, lamports);
        self.tell_bounty(&task);
        Ok((slot, task, stake))
    }

    fn tell_low(&mut self, slot: u64, task: &Task, stake: &NodeStake, lamports: u64) {
        let round = task.current_round(slot);
        if self.told_in_round != Some(round) {
            self.told.clear();
            self.told_in_round = Some(round);
            let phase = Phase::at(&task.schedule, slot).name();
            info!(round, phase, slot, earned = stake.earned, "round");
        }
        if lamports < self.settings.low_lamports && self.told.insert(Told::LowSol) {
            let (sol, node) = (sol(lamports), self.key);
            warn!("the node has only {sol} SOL left for fees and rent: send some to {node}");
        }
        // Looked at from the round in which a deposit of now is active: what warms up is not missing.
        let mut timeline = stake.stake;
        timeline.roll_to(round.saturating_add(2));
        let (enough, minimum) = (self.settings.low_stake, task.minimum_stake_amount);
        let active = timeline.active();
        if active < enough.max(minimum) && self.told.insert(Told::LowStake) {
            let effect = if active < minimum {
                "the node takes no part"
            } else {
                "one slash may end the node's part"
            };
            warn!(
                "only {active} base units are staked, the task's minimum is {minimum}: {effect} \
                 until more is staked"
            );
        }
    }

    /// Tells once that the bounty is less than a round's, until it was more again.
    fn tell_bounty(&mut self, task: &Task) {
        let (available, wanted) = (task.bounty_available, task.bounty_amount_per_round);
        let is_low = available < wanted;
        if is_low && !self.told_bounty {
            let effect = if self.settings.options.accepts_bounty_of(task) {
                "rounds pay what is there"
            } else {
                "the node submits nothing until more is funded (--unpaid works on)"
            };
            warn!("the bounty has {available} base units, a round pays {wanted}: {effect}");
        } else if self.told_bounty && !is_low {
            info!(available, "the bounty is enough again");
        }
        self.told_bounty = is_low;
    }

    fn tell_failure(&mut self, action: Action, reason: &str) {
        let name = action_name(action);
        self.ledger.metrics.failed(name);
        if !self.told.insert(Told::Failed(action)) {
            debug!(action = name, reason, "failed again");
        } else if anyone_may(action) {
            info!(
                action = name,
                reason, "failed; another node may have done it"
            );
        } else {
            warn!(action = name, reason, "failed");
        }
    }

    /// With nothing else to do until the next round, does the work that is handed in then.
    fn work_ahead(&mut self, slot: u64, task: &Task, stake: &NodeStake, step: &Step) {
        let Some(round) = task.schedule.round_at(slot) else {
            return;
        };
        let Some(next) = round.checked_add(1) else {
            return;
        };
        let is_idle = task.schedule.boundary(next) == Some(step.wake_at);
        let takes_part = task.takes_submissions(next)
            && self.settings.options.accepts_bounty_of(task)
            && task.weight_in(&stake.stake, next).is_some();
        if !is_idle || !takes_part {
            return;
        }
        let begun = Instant::now();
        match self.runner.work_ahead(round) {
            Ok(()) => debug!(
                round,
                seconds = begun.elapsed().as_secs_f64(),
                "work is done"
            ),
            Err(error) => self.tell_failure(Action::Submit { cycle: round }, &error.to_string()),
        }
    }

    fn sleep_until(&mut self, wake_at: u64) -> Result<(), RunnerError> {
        while !self.ledger.stopping() {
            let slot = self.ledger.slot()?;
            let Some(left) = wake_at.checked_sub(slot).filter(|&left| left > 0) else {
                break;
            };
            let pause = self.ledger.pace.borrow().pause(left);
            (self.sleep)(pause);
        }
        Ok(())
    }
}

/// Lamports in SOL, to the last digit.
fn sol(lamports: u64) -> String {
    let whole = lamports.checked_div(LAMPORTS_PER_SOL).unwrap_or_default();
    let rest = lamports.checked_rem(LAMPORTS_PER_SOL).unwrap_or_default();
    format!("{whole}.{rest:09}")
}

const fn action_name(action: Action) -> &'static str {
    match action {
        Action::Submit { .. } => "submit",
        Action::Audit { .. } => "audit",
        Action::Resolve { .. } => "resolve_audit",
        Action::Propose { .. } => "submit_distribution_list",
        Action::Finalize { .. } => "finalize_distribution",
        Action::Payout { .. } => "payout",
        Action::CloseVote { .. } => "close_vote",
        Action::CloseSubject { .. } => "close_subject",
        Action::CloseCycle { .. } => "close_cycle",
        Action::Claim => "claim_reward",
        Action::Compound => "compound",
        Action::CloseStake => "close_stake",
    }
}

/// Whether several nodes do this at the same time, of whom only the first succeeds.
const fn anyone_may(action: Action) -> bool {
    !matches!(
        action,
        Action::Submit { .. }
            | Action::Audit { .. }
            | Action::Claim
            | Action::Compound
            | Action::CloseStake
    )
}
