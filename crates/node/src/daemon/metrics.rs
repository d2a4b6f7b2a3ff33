//! The metrics of a node in Prometheus' text format, and whether it is healthy.

use super::Exposed;
use crate::runner::Slash;
use gradual_consensus::{
    rules::schedule::Schedule,
    state::{NodeStake, Task},
};
use solana_sdk::pubkey::Pubkey;
use std::{
    collections::BTreeMap,
    fmt::{Display, Write},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Which of a round's windows a slot lies in. The submissions of one cycle and the list of the cycle before
/// share them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before the task's first slot.
    NotStarted,
    /// Nodes submit proofs and propose lists.
    Submit,
    /// Nodes challenge them, and vote on those that were challenged.
    Challenge,
    /// Nodes vote on those that were challenged.
    Vote,
    /// Nothing can be submitted, proposed or audited until the next round.
    Rest,
}

impl Phase {
    /// All of them, in the order of time.
    pub const ALL: [Self; 5] = [
        Self::NotStarted,
        Self::Submit,
        Self::Challenge,
        Self::Vote,
        Self::Rest,
    ];

    /// Of `slot`.
    pub fn at(schedule: &Schedule, slot: u64) -> Self {
        let Some(round) = schedule.round_at(slot) else {
            return Self::NotStarted;
        };
        let windows = [
            (schedule.submission_window(round), Self::Submit),
            (schedule.challenge_window(round), Self::Challenge),
            (schedule.audit_window(round), Self::Vote),
        ];
        let open = windows
            .into_iter()
            .find(|(window, _)| window.is_some_and(|window| window.contains(slot)));
        open.map_or(Self::Rest, |(_, phase)| phase)
    }

    /// Its name in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Submit => "submit",
            Self::Challenge => "challenge",
            Self::Vote => "vote",
            Self::Rest => "rest",
        }
    }
}

/// Rounds after the one in which a subject was audited for which a slash makes a node unhealthy.
const ROUNDS_UNWELL: u64 = 3;

#[derive(Debug, Default)]
struct State {
    slot: Option<(u64, Instant)>,
    slot_time: Option<Duration>,
    schedule: Option<Schedule>,
    stake: Stake,
    lamports: u64,
    sent: BTreeMap<&'static str, u64>,
    failed: BTreeMap<&'static str, u64>,
    sent_again: u64,
    unavailable: u64,
    slashes: u64,
    last_slash: Option<Slash>,
}

impl State {
    /// The last slash, while it makes the node unhealthy.
    fn recent_slash(&self) -> Option<&Slash> {
        let (slot, _) = self.slot?;
        let round = self.schedule.as_ref()?.round_at(slot)?;
        let slash = self.last_slash.as_ref();
        slash.filter(|slash| round <= slash.round.saturating_add(ROUNDS_UNWELL))
    }
}

/// The node's stake account, in base units.
#[derive(Clone, Copy, Debug, Default)]
struct Stake {
    active: u64,
    warming: u64,
    parked: u64,
    available: u64,
    earned: u64,
    slashed: u64,
}

/// The metrics of a node. The node writes them, the metrics endpoint reads them.
#[derive(Debug)]
pub struct Metrics {
    labels: String,
    stale_after: Duration,
    state: Mutex<State>,
}

impl Metrics {
    /// The metrics of `node` in `task`. The node is stale when it saw no new slot for `stale_after`.
    pub fn new(task: &Pubkey, node: &Pubkey, stale_after: Duration) -> Self {
        Self {
            labels: format!("task=\"{task}\",node=\"{node}\""),
            stale_after,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is one assignment: a panic leaves nothing half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn record_slot(&self, slot: u64, now: Instant, slot_time: Option<Duration>) {
        let mut state = self.state();
        if state.slot.is_none_or(|(last, _)| last != slot) {
            state.slot = Some((slot, now));
        }
        state.slot_time = slot_time;
    }

    pub(super) fn record_accounts(&self, slot: u64, task: &Task, stake: &NodeStake, lamports: u64) {
        let mut timeline = stake.stake;
        timeline.roll_to(task.current_round(slot));
        let mut state = self.state();
        state.schedule = Some(task.schedule);
        state.lamports = lamports;
        state.stake = Stake {
            active: timeline.active(),
            warming: (timeline.total())
                .saturating_sub(timeline.active())
                .saturating_sub(timeline.parked),
            parked: timeline.parked,
            available: stake.available_balance,
            earned: stake.earned,
            slashed: stake.slashed,
        };
    }

    pub(super) fn count_sent(&self, instruction: &'static str) {
        count(self.state().sent.entry(instruction).or_default());
    }

    pub(super) fn count_failed(&self, action: &'static str) {
        count(self.state().failed.entry(action).or_default());
    }

    pub(super) fn count_sent_again(&self, times: u32) {
        let mut state = self.state();
        state.sent_again = state.sent_again.saturating_add(times.into());
    }

    pub(super) fn record_slash(&self, slash: &Slash) {
        let mut state = self.state();
        count(&mut state.slashes);
        let last = state.last_slash.map_or(0, |last| last.round);
        if slash.round >= last {
            state.last_slash = Some(*slash);
        }
    }

    pub(super) fn count_unavailable(&self) {
        count(&mut self.state().unavailable);
    }

    /// Whether the node is healthy, and one line: `ok`, or `stale` or `slashed` and why.
    pub fn health(&self) -> (bool, String) {
        let state = self.state();
        let Some((slot, seen)) = state.slot else {
            return (false, "stale: the ledger has not answered yet".into());
        };
        let since = seen.elapsed();
        if since > self.stale_after {
            let line = format!("stale: no new slot since {slot}, {} s ago", since.as_secs());
            return (false, line);
        }
        if let Some(slash) = state.recent_slash() {
            let (amount, cycle, reason) = (slash.amount, slash.cycle, slash.reason());
            let line = format!("slashed: lost {amount} base units in cycle {cycle}: {reason}");
            return (false, line);
        }
        (true, format!("ok: slot {slot}"))
    }

    /// All of it in Prometheus' text format.
    pub fn text(&self) -> String {
        let (healthy, _) = self.health();
        let state = self.state();
        let mut text = Text {
            labels: &self.labels,
            text: String::new(),
        };
        let help = "1 while new slots are seen and no slash is recent.";
        text.one("healthy", GAUGE, help, u8::from(healthy));
        text.time(&state);
        text.money(&state);
        text.counts(&state);
        text.text
    }
}

impl Exposed for Metrics {
    fn text(&self) -> String {
        self.text()
    }

    fn health(&self) -> (bool, String) {
        self.health()
    }
}

const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

fn by(counts: &BTreeMap<&'static str, u64>) -> impl Iterator<Item = (&'static str, u64)> {
    counts.iter().map(|(&name, &count)| (name, count))
}

const GAUGE: &str = "gauge";
const COUNTER: &str = "counter";

struct Text<'a> {
    labels: &'a str,
    text: String,
}

impl Text<'_> {
    fn time(&mut self, state: &State) {
        if let Some((slot, _)) = state.slot {
            self.one("slot", GAUGE, "Last slot seen.", slot);
            if let Some(schedule) = &state.schedule {
                let round = schedule.round_at(slot).unwrap_or_default();
                self.one("round", GAUGE, "Round that the slot lies in.", round);
                let now = Phase::at(schedule, slot);
                let phases = Phase::ALL.map(|phase| (phase.name(), u64::from(phase == now)));
                let help = "1 for the round's present phase.";
                self.each("phase", GAUGE, help, "phase", phases);
            }
        }
        if let Some(slot_time) = state.slot_time {
            let seconds = slot_time.as_secs_f64();
            self.one("slot_seconds", GAUGE, "How long a slot takes.", seconds);
        }
    }

    fn money(&mut self, state: &State) {
        let stake = state.stake;
        let amounts = [
            ("active", stake.active),
            ("warming", stake.warming),
            ("parked", stake.parked),
        ];
        self.each("stake", GAUGE, "Stake, in base units.", "state", amounts);
        let help = "Rewards to claim, in base units.";
        self.one("available", GAUGE, help, stake.available);
        let help = "Ever earned, in base units.";
        self.one("earned_total", COUNTER, help, stake.earned);
        let help = "Ever slashed, in base units.";
        self.one("slashed_total", COUNTER, help, stake.slashed);
        let help = "Slashes that this process has told.";
        self.one("slashes_total", COUNTER, help, state.slashes);
        if let Some(slash) = &state.last_slash {
            let help = "Cycle of the last slash that this process has told.";
            self.one("last_slash_cycle", GAUGE, help, slash.cycle);
        }
        let help = "The node's SOL, in lamports.";
        self.one("lamports", GAUGE, help, state.lamports);
    }

    fn counts(&mut self, state: &State) {
        let help = "Instructions sent and confirmed.";
        self.each("sent_total", COUNTER, help, "instruction", by(&state.sent));
        let help = "Actions that were due and failed.";
        self.each("failed_total", COUNTER, help, "action", by(&state.failed));
        let help = "Broadcasts of transactions beyond their first.";
        self.one("sent_again_total", COUNTER, help, state.sent_again);
        let help = "Times that the ledger did not answer.";
        self.one("unavailable_total", COUNTER, help, state.unavailable);
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP gradual_{name} {help}"));
        self.line(format_args!("# TYPE gradual_{name} {kind}"));
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.head(name, kind, help);
        let labels = self.labels;
        self.line(format_args!("gradual_{name}{{{labels}}} {value}"));
    }

    fn each(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'static str, u64)>,
    ) {
        self.head(name, kind, help);
        let labels = self.labels;
        for (which, value) in values {
            self.line(format_args!(
                "gradual_{name}{{{labels},{label}=\"{which}\"}} {value}"
            ));
        }
    }

    fn line(&mut self, line: std::fmt::Arguments) {
        // Writing to a string cannot fail.
        let _written = writeln!(self.text, "{line}");
    }
}
