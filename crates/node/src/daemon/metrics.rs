//! What a node tells of itself: Prometheus' text, and whether it is well.

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

/// Which of a round's windows a slot lies in. Submissions of one cycle and the list of the one before
/// share them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before the task's first slot.
    NotStarted,
    /// Submissions and lists are handed in.
    Submit,
    /// They are challenged, and voted on.
    Challenge,
    /// They are voted on.
    Vote,
    /// Nothing can be handed in or audited until the next round.
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
}

/// What the node's stake account says, in base units.
#[derive(Clone, Copy, Debug, Default)]
struct Stake {
    active: u64,
    warming: u64,
    available: u64,
    earned: u64,
    slashed: u64,
}

/// What a node tells of itself. The node writes it, whoever asks reads it.
#[derive(Debug)]
pub struct Metrics {
    labels: String,
    stale_after: Duration,
    state: Mutex<State>,
}

impl Metrics {
    /// Of `node` in `task`. The node is stale when it saw no new slot for `stale_after`.
    pub fn new(task: &Pubkey, node: &Pubkey, stale_after: Duration) -> Self {
        Self {
            labels: format!("task=\"{task}\",node=\"{node}\""),
            stale_after,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is one assignment: what a panic left behind is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn saw_slot(&self, slot: u64, now: Instant, slot_time: Option<Duration>) {
        let mut state = self.state();
        if state.slot.is_none_or(|(last, _)| last != slot) {
            state.slot = Some((slot, now));
        }
        state.slot_time = slot_time;
    }

    pub(super) fn saw_accounts(&self, slot: u64, task: &Task, stake: &NodeStake, lamports: u64) {
        let mut timeline = stake.stake;
        timeline.roll_to(task.current_round(slot));
        let mut state = self.state();
        state.schedule = Some(task.schedule);
        state.lamports = lamports;
        state.stake = Stake {
            active: timeline.active(),
            warming: timeline.total().saturating_sub(timeline.active()),
            available: stake.available_balance,
            earned: stake.earned,
            slashed: stake.slashed,
        };
    }

    pub(super) fn sent(&self, instruction: &'static str) {
        count(self.state().sent.entry(instruction).or_default());
    }

    pub(super) fn failed(&self, action: &'static str) {
        count(self.state().failed.entry(action).or_default());
    }

    pub(super) fn sent_again(&self, times: u32) {
        let mut state = self.state();
        state.sent_again = state.sent_again.saturating_add(times.into());
    }

    pub(super) fn unavailable(&self) {
        count(&mut self.state().unavailable);
    }

    /// One line, and whether all is well: `ok`, or `stale` with why.
    pub fn health(&self) -> (bool, String) {
        let Some((slot, seen)) = self.state().slot else {
            return (false, "stale: the ledger has not answered yet".into());
        };
        let since = seen.elapsed();
        if since > self.stale_after {
            let line = format!("stale: no new slot since {slot}, {} s ago", since.as_secs());
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
        let [gauge, counter] = ["gauge", "counter"];
        text.one(
            "healthy",
            gauge,
            "1 while new slots are seen.",
            u8::from(healthy),
        );
        if let Some((slot, _)) = state.slot {
            text.one("slot", gauge, "Last slot seen.", slot);
            if let Some(schedule) = &state.schedule {
                let round = schedule.round_at(slot).unwrap_or_default();
                text.one("round", gauge, "Round that the slot lies in.", round);
                let now = Phase::at(schedule, slot);
                let phases = Phase::ALL.map(|phase| (phase.name(), u64::from(phase == now)));
                text.each(
                    "phase",
                    gauge,
                    "1 for the round's present phase.",
                    "phase",
                    phases,
                );
            }
        }
        if let Some(slot_time) = state.slot_time {
            text.one(
                "slot_seconds",
                gauge,
                "How long a slot takes.",
                slot_time.as_secs_f64(),
            );
        }
        let stake = state.stake;
        let amounts = [("active", stake.active), ("warming", stake.warming)];
        text.each("stake", gauge, "Stake, in base units.", "state", amounts);
        text.one(
            "available",
            gauge,
            "Rewards to claim, in base units.",
            stake.available,
        );
        text.one(
            "earned_total",
            counter,
            "Ever earned, in base units.",
            stake.earned,
        );
        text.one(
            "slashed_total",
            counter,
            "Ever slashed, in base units.",
            stake.slashed,
        );
        text.one(
            "lamports",
            gauge,
            "The node's SOL, in lamports.",
            state.lamports,
        );
        let by = |counts: &BTreeMap<&'static str, u64>| -> Vec<(&'static str, u64)> {
            counts.iter().map(|(&name, &count)| (name, count)).collect()
        };
        let (sent, failed) = (by(&state.sent), by(&state.failed));
        let help = "Instructions sent and confirmed.";
        text.each("sent_total", counter, help, "instruction", sent);
        let help = "Actions that were due and failed.";
        text.each("failed_total", counter, help, "action", failed);
        let help = "Broadcasts of transactions beyond their first.";
        text.one("sent_again_total", counter, help, state.sent_again);
        let help = "Times that the ledger did not answer.";
        text.one("unavailable_total", counter, help, state.unavailable);
        text.text
    }
}

const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

struct Text<'a> {
    labels: &'a str,
    text: String,
}

impl Text<'_> {
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
