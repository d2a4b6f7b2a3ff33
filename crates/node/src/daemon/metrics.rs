//! The metrics of a node in Prometheus' text format, and whether it is healthy.

use super::Exposed;
use crate::runner::{Action, Missed, RunnerError, Slash, Step};
use gradual_consensus::{
    rules::schedule::Schedule,
    state::{NodeStake, Task},
};
use gradual_consensus_client::amount::Unit;
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

/// Rounds after the one in which a subject was audited for which a slash makes a node unhealthy, and after the
/// one in which a window was missed.
const ROUNDS_UNWELL: u64 = 3;
/// Turns in a row that fail before the node is unhealthy: one or two are a matter of moments.
const MOST_FAILURES: u32 = 4;

#[derive(Debug, Default)]
struct State {
    slot: Option<(u64, Instant)>,
    slot_time: Option<Duration>,
    schedule: Option<Schedule>,
    unit: Option<Unit>,
    stake: Stake,
    lamports: u64,
    sent: BTreeMap<&'static str, u64>,
    failed: BTreeMap<&'static str, u64>,
    sent_again: u64,
    unavailable: u64,
    slashes: u64,
    last_slash: Option<Slash>,
    missed: BTreeMap<&'static str, u64>,
    last_missed: Option<Missed>,
    last_submitted: Option<u64>,
    unsettled: u64,
    /// Slots by which what the ledger shows is older than the present.
    lag: u64,
    /// Turns in a row that failed, and why the last did.
    failures: u32,
    trouble: String,
    is_behind: bool,
    /// Why the node can do only a part of its duties.
    degraded: Option<String>,
    /// When the logic began to work, if it does.
    logic_since: Option<Instant>,
    logic_until: Option<Instant>,
    logic_time: Duration,
    /// Whether a transaction is sent and waited for, and when that was last over.
    is_sending: bool,
    sent_until: Option<Instant>,
    /// Submissions on which the logic failed though it answered on others.
    silent: u64,
}

impl State {
    /// The last slash, while it makes the node unhealthy.
    fn recent_slash(&self) -> Option<&Slash> {
        let (slot, _) = self.slot?;
        let round = self.schedule.as_ref()?.round_at(slot)?;
        let slash = self.last_slash.as_ref();
        slash.filter(|slash| round <= slash.round.saturating_add(ROUNDS_UNWELL))
    }

    /// The last window that was missed, while it makes the node unhealthy: for some rounds, and a submission
    /// until a later one lands.
    fn recent_miss(&self) -> Option<&Missed> {
        let (slot, _) = self.slot?;
        let round = self.schedule.as_ref()?.round_at(slot)?;
        let missed = self.last_missed.as_ref()?;
        let is_made_good = match missed.action {
            Action::Submit { cycle } => self.last_submitted > Some(cycle),
            _ => false,
        };
        let is_recent = round <= missed.round.saturating_add(ROUNDS_UNWELL);
        (is_recent && !is_made_good).then_some(missed)
    }

    /// Whether the logic has worked for longer than a round.
    fn logic_is_stuck(&self) -> Option<Duration> {
        let working = self.logic_since?.elapsed();
        let rounds = u32::try_from(self.schedule?.round_time).unwrap_or(u32::MAX);
        let round = self.slot_time?.saturating_mul(rounds);
        (working > round).then_some(working)
    }
}

/// What is missing of `missed`, in words.
fn miss_line(missed: &Missed) -> String {
    let why = &missed.why;
    match missed.action {
        Action::Submit { cycle } => format!("missed: no submission for cycle {cycle}: {why}"),
        Action::Audit { subject, .. } => {
            let round = missed.round;
            format!("missed: no vote on {subject} in round {round}: {why}")
        }
        action => format!("missed: {} in round {}: {why}", action.name(), missed.round),
    }
}

impl State {
    fn note_done(&mut self, action: Action) {
        if let Action::Submit { cycle } = action {
            self.last_submitted = self.last_submitted.max(Some(cycle));
        }
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
        state.unit = Some(Unit::of(task));
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

    /// A turn came to its end: what was done in it, and what was missed.
    pub(super) fn record_step(&self, step: &Step) {
        let mut state = self.state();
        let done = step.done_before.iter().chain(&step.done);
        for action in done.chain(&step.found) {
            state.note_done(*action);
        }
        for action in step.found.iter().filter(|found| !found.is_contested()) {
            count(state.sent.entry(action.name()).or_default());
        }
        for missed in &step.missed {
            count(state.missed.entry(missed.action.name()).or_default());
            state.last_missed = Some(missed.clone());
        }
        let unsettled = u64::try_from(step.unsettled.len()).unwrap_or(u64::MAX);
        state.unsettled = state.unsettled.saturating_add(unsettled);
        state.degraded.clone_from(&step.unlisted);
        state.failures = 0;
        state.is_behind = false;
    }

    /// So many turns in a row failed, the last with `error`.
    pub(super) fn record_trouble(&self, failures: u32, error: &RunnerError) {
        let mut state = self.state();
        state.failures = failures;
        state.trouble = error.to_string();
        state.is_behind = matches!(error, RunnerError::Older { .. });
    }

    pub(super) fn record_lag(&self, lag: u64) {
        self.state().lag = lag;
    }

    pub(super) fn logic_begins(&self) {
        self.state().logic_since = Some(Instant::now());
    }

    pub(super) fn logic_ends(&self) {
        let mut state = self.state();
        let since = state.logic_since.take();
        let time = since.map_or(Duration::ZERO, |since| since.elapsed());
        state.logic_time = state.logic_time.saturating_add(time);
        state.logic_until = Some(Instant::now());
    }

    pub(super) fn sending_begins(&self) {
        self.state().is_sending = true;
    }

    pub(super) fn sending_ends(&self) {
        let mut state = self.state();
        if std::mem::take(&mut state.is_sending) {
            state.sent_until = Some(Instant::now());
        }
    }

    pub(super) fn count_silent(&self) {
        count(&mut self.state().silent);
    }

    pub(super) fn count_unavailable(&self) {
        count(&mut self.state().unavailable);
    }

    /// Whether the node is healthy, and one line: `ok`, or what is wrong and why: `stale`, `stuck`, `failing`,
    /// `behind`, `slashed`, `missed` or `degraded`.
    pub fn health(&self) -> (bool, String) {
        let state = self.state();
        let Some((slot, seen)) = state.slot else {
            return (false, "stale: the ledger has not answered yet".into());
        };
        if let Some(working) = state.logic_is_stuck() {
            let line = format!(
                "stuck: the logic works since {} s, longer than a round",
                working.as_secs()
            );
            return (false, line);
        }
        // While the logic works or a transaction is waited for, no slot is looked for.
        let ends = [state.logic_until, state.sent_until].into_iter().flatten();
        let since = ends.fold(seen, Instant::max).elapsed();
        let is_busy = state.logic_since.is_some() || state.is_sending;
        if since > self.stale_after && !is_busy {
            let line = format!("stale: no new slot since {slot}, {} s ago", since.as_secs());
            return (false, line);
        }
        if let Some(slash) = state.recent_slash() {
            let (cycle, reason) = (slash.cycle, slash.reason());
            let lost = state.unit.map(|unit| unit.show(slash.amount));
            let lost = lost.unwrap_or_default();
            let line = format!("slashed: lost {lost} in cycle {cycle}: {reason}");
            return (false, line);
        }
        if state.failures >= MOST_FAILURES {
            let kind = if state.is_behind { "behind" } else { "failing" };
            return (false, format!("{kind}: {}", state.trouble));
        }
        if let Some(missed) = state.recent_miss() {
            return (false, miss_line(missed));
        }
        if let Some(why) = &state.degraded {
            let line = format!(
                "degraded: the node neither audits nor proposes lists: {why}: use another RPC"
            );
            return (false, line);
        }
        let works = state.logic_since.map(|since| since.elapsed().as_secs());
        let works = works.filter(|&seconds| seconds > 0);
        let works = works.map_or_else(String::new, |seconds| {
            format!(", the logic works since {seconds} s")
        });
        (true, format!("ok: slot {slot}{works}"))
    }

    /// All of it in Prometheus' text format.
    pub fn text(&self) -> String {
        let (healthy, _) = self.health();
        let state = self.state();
        let mut text = Text {
            labels: &self.labels,
            text: String::new(),
        };
        let help = "1 while the node plays as it should; /health says what is wrong.";
        text.one("healthy", GAUGE, help, u8::from(healthy));
        text.time(&state);
        text.money(&state);
        text.counts(&state);
        text.game(&state);
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

    /// Amounts are in whole tokens, exact in the text: a gauge beside them names the unit.
    fn money(&mut self, state: &State) {
        let help = "The node's SOL.";
        let sol = Unit::SOL.number(state.lamports);
        self.one("sol", GAUGE, help, sol);
        let (stake, Some(unit)) = (state.stake, state.unit) else {
            return;
        };
        let name = unit.name();
        let help = "1; the label names the token of stake and rewards.";
        self.each("unit", GAUGE, help, "unit", [(name.as_str(), 1)]);
        let number = |units: u64| unit.number(units);
        let amounts = [
            ("active", number(stake.active)),
            ("warming", number(stake.warming)),
            ("parked", number(stake.parked)),
        ];
        let help = format!("Stake, in {name}.");
        self.each("stake", GAUGE, &help, "state", amounts);
        let help = format!("Rewards to claim, in {name}.");
        self.one("available", GAUGE, &help, number(stake.available));
        let help = format!("Ever earned, in {name}.");
        self.one("earned_total", COUNTER, &help, number(stake.earned));
        let help = format!("Ever slashed, in {name}.");
        self.one("slashed_total", COUNTER, &help, number(stake.slashed));
        let help = "Slashes that this process has told.";
        self.one("slashes_total", COUNTER, help, state.slashes);
        if let Some(slash) = &state.last_slash {
            let help = "Cycle of the last slash that this process has told.";
            self.one("last_slash_cycle", GAUGE, help, slash.cycle);
        }
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

    fn game(&mut self, state: &State) {
        if let Some(cycle) = state.last_submitted {
            let help = "Last cycle that this process has submitted for.";
            self.one("last_submitted_cycle", GAUGE, help, cycle);
        }
        let help = "Windows that closed without what the node should have done in them.";
        self.each("missed_total", COUNTER, help, "action", by(&state.missed));
        if let Some(missed) = &state.last_missed {
            let help = "Round of the last window that was missed.";
            self.one("last_missed_round", GAUGE, help, missed.round);
        }
        let help = "Actions that were sent and not known to have landed.";
        self.one("unsettled_total", COUNTER, help, state.unsettled);
        let help = "1 while a slash is recent.";
        let is_slashed = u8::from(state.recent_slash().is_some());
        self.one("slashed", GAUGE, help, is_slashed);
        let help = "1 while a missed window is recent.";
        let has_missed = u8::from(state.recent_miss().is_some());
        self.one("missing", GAUGE, help, has_missed);
        let help = "Turns in a row that failed.";
        self.one("failures", GAUGE, help, state.failures);
        let help = "1 while the RPC shows what is older than what it showed.";
        self.one("behind", GAUGE, help, u8::from(state.is_behind));
        let help = "Slots by which what the RPC shows is older than the present.";
        self.one("lag_slots", GAUGE, help, state.lag);
        let help = "1 while the RPC does not offer what all of a node's duties need.";
        self.one("degraded", GAUGE, help, u8::from(state.degraded.is_some()));
        let help = "1 while the logic works.";
        let works = u8::from(state.logic_since.is_some());
        self.one("logic_working", GAUGE, help, works);
        let help = "Time that the logic has worked, in seconds.";
        let seconds = state.logic_time.as_secs_f64();
        self.one("logic_seconds_total", COUNTER, help, seconds);
        let help = "Submissions on which the logic failed though it answered on others.";
        self.one("logic_silent_total", COUNTER, help, state.silent);
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

    fn each<'v>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'v str, impl Display)>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use gradual_consensus_client::ledger::LedgerError;

    /// The metrics of a node at slot 250, in round 2 of rounds of 100 slots.
    fn metrics(stale_after: Duration) -> Metrics {
        let (task, node) = (Pubkey::new_unique(), Pubkey::new_unique());
        let metrics = Metrics::new(&task, &node, stale_after);
        let mut task = Task::zeroed();
        task.schedule.round_time = 100;
        task.schedule.submission_window = 40;
        task.schedule.audit_window = 40;
        at(&metrics, 250);
        metrics.record_accounts(250, &task, &NodeStake::zeroed(), 0);
        metrics
    }

    fn at(metrics: &Metrics, slot: u64) {
        metrics.record_slot(slot, Instant::now(), Some(Duration::from_millis(400)));
    }

    fn line(metrics: &Metrics) -> String {
        let (healthy, line) = metrics.health();
        assert_eq!(healthy, line.starts_with("ok: "), "{line}");
        line
    }

    const LONG: Duration = Duration::from_secs(600);

    fn missed(action: Action) -> Step {
        Step {
            missed: vec![Missed {
                action,
                round: 2,
                why: "the line was down".into(),
            }],
            ..Step::default()
        }
    }

    #[test]
    fn a_logic_that_works_is_no_stale_ledger() {
        let metrics = metrics(Duration::ZERO);
        assert!(line(&metrics).starts_with("stale: "));
        metrics.logic_begins();
        assert_eq!(line(&metrics), "ok: slot 250");
        metrics.logic_ends();
        assert!(line(&metrics).starts_with("stale: "));
        // Rounds that take no time: it works for longer than one.
        metrics.record_slot(251, Instant::now(), Some(Duration::ZERO));
        metrics.logic_begins();
        assert!(line(&metrics).starts_with("stuck: "));
    }

    #[test]
    fn a_transaction_that_is_waited_for_is_no_stale_ledger() {
        let metrics = metrics(Duration::ZERO);
        metrics.sending_begins();
        assert_eq!(line(&metrics), "ok: slot 250");
        metrics.sending_ends();
        assert!(line(&metrics).starts_with("stale: "));
        let long = super::tests::metrics(LONG);
        long.sending_ends();
        assert_eq!(
            line(&long),
            "ok: slot 250",
            "an error of a read ends nothing"
        );
    }

    #[test]
    fn a_missed_submission_is_made_good_by_a_later_one() {
        let metrics = metrics(LONG);
        metrics.record_step(&missed(Action::Submit { cycle: 1 }));
        assert_eq!(
            line(&metrics),
            "missed: no submission for cycle 1: the line was down"
        );
        let submits = |cycle| Step {
            done: vec![Action::Submit { cycle }],
            ..Step::default()
        };
        metrics.record_step(&submits(1));
        assert!(line(&metrics).starts_with("missed: "));
        metrics.record_step(&submits(2));
        assert_eq!(line(&metrics), "ok: slot 250");
    }

    #[test]
    fn a_missed_vote_is_told_for_some_rounds() {
        let metrics = metrics(LONG);
        let subject = Pubkey::new_unique();
        let is_valid = false;
        metrics.record_step(&missed(Action::Audit { subject, is_valid }));
        assert!(line(&metrics).starts_with(&format!("missed: no vote on {subject} in round 2: ")));
        at(&metrics, 599);
        assert!(line(&metrics).starts_with("missed: "));
        at(&metrics, 600);
        assert_eq!(line(&metrics), "ok: slot 600");
    }

    #[test]
    fn turns_that_keep_failing_are_told_and_so_is_an_rpc_that_is_behind() {
        let metrics = metrics(LONG);
        let down = RunnerError::from(LedgerError::Unavailable("no answer".into()));
        metrics.record_trouble(MOST_FAILURES - 1, &down);
        assert_eq!(line(&metrics), "ok: slot 250");
        metrics.record_trouble(MOST_FAILURES, &down);
        assert_eq!(line(&metrics), "failing: ledger unavailable: no answer");
        let older = RunnerError::Older { slot: 1, seen: 2 };
        metrics.record_trouble(MOST_FAILURES + 1, &older);
        assert!(line(&metrics).starts_with("behind: "));
        metrics.record_step(&Step::default());
        assert_eq!(line(&metrics), "ok: slot 250");
    }

    #[test]
    fn a_node_that_can_do_a_part_only_is_degraded() {
        let metrics = metrics(LONG);
        let step = Step {
            unlisted: Some("no getProgramAccounts".into()),
            ..Step::default()
        };
        metrics.record_step(&step);
        assert!(line(&metrics).starts_with("degraded: "));
        assert!(
            metrics
                .text()
                .lines()
                .any(|line| { line.starts_with("gradual_degraded{") && line.ends_with(" 1") })
        );
        metrics.record_step(&Step::default());
        assert_eq!(line(&metrics), "ok: slot 250");
    }
}
