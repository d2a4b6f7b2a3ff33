//! Judgements: from facts to findings, without asking anybody.

use super::sol;
use crate::cli::{
    amount,
    fees::Fees,
    pace::{self, SLOTS_A_DAY},
};
use gradual_consensus::state::{NodeStake, Task};
#[cfg(feature = "geyser")]
use gradual_consensus_geyser::APART;
use gradual_consensus_node::status::Upkeep;
use serde_json::{Value, json};
use solana_commitment_config::CommitmentLevel;
use std::time::Duration;

/// How good a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grade {
    /// As it should be.
    Ok,
    /// A node plays, but something may cost it.
    Warn,
    /// A node does not play.
    Fail,
}

impl Grade {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What was found at one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) grade: Grade,
    /// What was looked at: a stable word.
    pub(super) check: &'static str,
    /// Of which RPC, key or node.
    pub(super) about: String,
    said: String,
    /// What to do.
    advice: String,
}

impl Finding {
    pub(super) fn ok(check: &'static str, about: &str, said: impl Into<String>) -> Self {
        Self::new(Grade::Ok, check, about, said, "")
    }

    pub(super) fn warn(
        check: &'static str,
        about: &str,
        said: impl Into<String>,
        advice: &str,
    ) -> Self {
        Self::new(Grade::Warn, check, about, said, advice)
    }

    pub(super) fn fail(
        check: &'static str,
        about: &str,
        said: impl Into<String>,
        advice: &str,
    ) -> Self {
        Self::new(Grade::Fail, check, about, said, advice)
    }

    fn new(
        grade: Grade,
        check: &'static str,
        about: &str,
        said: impl Into<String>,
        advice: &str,
    ) -> Self {
        Self {
            grade,
            check,
            about: about.to_owned(),
            said: said.into(),
            advice: advice.to_owned(),
        }
    }

    /// For people.
    pub(super) fn line(&self) -> String {
        let about = match self.about.as_str() {
            "" => String::new(),
            about => format!("{about}: "),
        };
        let advice = match self.advice.as_str() {
            "" => String::new(),
            advice => format!("\n{:<18}-> {advice}", ""),
        };
        format!(
            "{:<4}  {:<10}  {about}{}{advice}",
            self.grade.name(),
            self.check,
            self.said
        )
    }

    /// For programs.
    pub(super) fn facts(&self) -> Value {
        json!({
            "grade": self.grade.name(), "check": self.check, "about": self.about,
            "said": self.said, "advice": self.advice,
        })
    }
}

/// A key file that others may read is no secret. `mode` is `None` for what is no file.
pub(super) fn permissions(source: &str, mode: Option<u32>) -> Option<Finding> {
    let mode = mode? & 0o777;
    Some(if mode & 0o077 == 0 {
        Finding::ok(
            "key file",
            source,
            format!("only its owner may use it ({mode:o})"),
        )
    } else {
        let said = format!("others than its owner may use it ({mode:o})");
        let advice = format!("chmod 600 {source}");
        Finding::warn("key file", source, said, &advice)
    })
}

/// What an RPC told about itself.
#[derive(Clone, Debug)]
pub(super) struct RpcFacts {
    pub(super) name: String,
    /// Its slot, or why there is none.
    pub(super) slot: Result<u64, String>,
    /// The hash of its genesis block: which cluster it is.
    pub(super) genesis: Option<String>,
    /// What a node needs of it, with how long it took, or why it does not do it.
    pub(super) capabilities: Vec<(&'static str, Result<Duration, String>)>,
    /// Whether it tells slots by itself.
    pub(super) websocket: Result<(), String>,
}

/// A call that takes longer than this makes a node slow.
const SLOW: Duration = Duration::from_secs(3);

/// The RPCs, each by itself and against the others.
pub(super) fn rpcs(all: &[RpcFacts], max_lag: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_alone = all.len() < 2;
    for rpc in all {
        let slot = match &rpc.slot {
            Ok(slot) => *slot,
            Err(said) => {
                let advice = "check the address and its key, or name another with --url";
                // Where another one answers, a node changes over.
                let others_answer = all.iter().any(|other| other.slot.is_ok());
                let grade = if others_answer {
                    Grade::Warn
                } else {
                    Grade::Fail
                };
                findings.push(Finding::new(grade, "rpc", &rpc.name, said, advice));
                continue;
            }
        };
        findings.push(slot_of(rpc, slot, all, max_lag));
        for (what, answer) in &rpc.capabilities {
            let does = |other: &RpcFacts| {
                let mut known = other.capabilities.iter();
                other.slot.is_ok() && known.any(|(name, answer)| name == what && answer.is_ok())
            };
            let another_does = all.iter().any(does);
            findings.push(capability(&rpc.name, what, answer, another_does));
        }
        findings.push(websocket(rpc));
    }
    findings.extend(same_cluster(all));
    if is_alone {
        let advice = "name a second one with another --url, or in rpc of the file";
        let said = "there is one only: when it fails, the node waits";
        findings.push(Finding::warn("rpcs", "", said, advice));
    }
    findings
}

fn slot_of(rpc: &RpcFacts, slot: u64, all: &[RpcFacts], max_lag: u64) -> Finding {
    let newest = all
        .iter()
        .filter_map(|other| other.slot.as_ref().ok())
        .max();
    let lag = newest.map_or(0, |newest| newest.saturating_sub(slot));
    if lag > max_lag {
        let said = format!("slot {slot}, {lag} slots behind another");
        let advice = "it is not trusted until it has caught up: put another one first";
        return Finding::warn("rpc", &rpc.name, said, advice);
    }
    let said = match all.len() {
        0 | 1 => format!("slot {slot}"),
        _ => format!("slot {slot}, {lag} slots behind the newest"),
    };
    Finding::ok("rpc", &rpc.name, said)
}

fn capability(
    name: &str,
    what: &'static str,
    answer: &Result<Duration, String>,
    another_does: bool,
) -> Finding {
    match answer {
        Ok(took) if *took > SLOW => {
            let said = format!("{what} takes {:.1} s", took.as_secs_f64());
            let advice = "a busy or distant RPC makes a node miss windows: choose another";
            Finding::warn("rpc", name, said, advice)
        }
        Ok(took) => Finding::ok("rpc", name, format!("{what} in {} ms", took.as_millis())),
        Err(said) => {
            let advice = "a node needs it: choose an RPC that has it";
            let grade = if another_does {
                Grade::Warn
            } else {
                Grade::Fail
            };
            Finding::new(grade, "rpc", name, format!("no {what}: {said}"), advice)
        }
    }
}

fn websocket(rpc: &RpcFacts) -> Finding {
    match &rpc.websocket {
        Ok(()) => Finding::ok("websocket", &rpc.name, "slots arrive by themselves"),
        Err(said) => {
            let advice =
                "the node asks for each slot, which costs calls: name the right one with --ws";
            Finding::warn("websocket", &rpc.name, said, advice)
        }
    }
}

/// An index, which may be of no use: why.
pub(super) fn index(name: &str, looked: Result<u64, String>) -> Finding {
    match looked {
        Ok(slot) => Finding::ok("index", name, format!("slot {slot}")),
        Err(why) => {
            let advice =
                "the node asks its RPC instead: name another with --index, or in index of the file";
            Finding::warn("index", name, why, advice)
        }
    }
}

/// A geyser, whose first block has a slot, or which is of no use: why. The RPC is at `rpc`.
#[cfg(feature = "geyser")]
pub(super) fn geyser(name: &str, first: Result<u64, String>, rpc: Option<u64>) -> Finding {
    let advice =
        "the node asks its RPC instead: name another with --geyser, or in geyser of the file";
    match (first, rpc) {
        (Ok(slot), Some(rpc)) if slot.abs_diff(rpc) > APART => {
            let said = format!(
                "it is at slot {slot}, and the RPC at slot {rpc}: it may be of another cluster"
            );
            Finding::warn("geyser", name, said, advice)
        }
        (Ok(slot), _) => Finding::ok("geyser", name, format!("slot {slot}")),
        (Err(why), _) => Finding::warn("geyser", name, why, advice),
    }
}

/// RPCs of different clusters would show a node different chains.
fn same_cluster(all: &[RpcFacts]) -> Option<Finding> {
    let known = all.iter().filter_map(|rpc| {
        let genesis = rpc.genesis.as_ref()?;
        Some((genesis, &rpc.name))
    });
    let known: Vec<(&String, &String)> = known.collect();
    let [(first, name), others @ ..] = known.as_slice() else {
        return None;
    };
    let other = others.iter().find(|(genesis, _)| genesis != first)?;
    let said = format!("{name} and {} are of different clusters", other.1);
    let advice = "a node would see two chains at once: name RPCs of one cluster";
    Some(Finding::fail("rpcs", "", said, advice))
}

pub(super) fn program(place: &str, is_there: bool) -> Finding {
    if is_there {
        return Finding::ok("program", place, gradual_consensus::ID.to_string());
    }
    let said = format!("{} is not deployed there", gradual_consensus::ID);
    Finding::fail(
        "program",
        place,
        said,
        "check --url, or run gradual program deploy",
    )
}

/// Seconds that clocks may differ.
const CLOCK_DRIFT: u64 = 60;

/// The machine's clock against the chain's, in seconds since 1970.
pub(super) fn clock(chain: Option<i64>, own: i64) -> Finding {
    let Some(chain) = chain else {
        let advice = "nothing depends on it: look at the machine's clock yourself";
        return Finding::warn("clock", "", "the chain does not tell the time", advice);
    };
    let ahead = own.saturating_sub(chain);
    let seconds = ahead.unsigned_abs();
    let side = if ahead < 0 { "behind" } else { "ahead of" };
    let said = format!("{seconds} s {side} the chain's");
    if seconds > CLOCK_DRIFT {
        let advice = "nodes count slots, but logs and TLS need the time: set the clock (NTP)";
        return Finding::warn("clock", "", said, advice);
    }
    Finding::ok("clock", "", said)
}

pub(super) fn fees(fees: Result<Fees, String>) -> Finding {
    let advice = "the node pays the base fee only until they are told";
    let fees = match fees {
        Ok(fees) => fees,
        Err(said) => return Finding::warn("fees", "", said, advice),
    };
    let said = format!(
        "{} micro-lamports a compute unit asked, {} paid: {} a quiet round",
        fees.asked,
        fees.paid,
        sol(Upkeep::at(fees.paid).fees)
    );
    if fees.asked > fees.paid {
        let advice = "transactions may land late: raise --with-compute-unit-price while it lasts";
        return Finding::warn("fees", "", said, advice);
    }
    Finding::ok("fees", "", said)
}

/// The SOL of a node that plays in tasks whose rounds take `round_times` slots.
pub(super) fn money(node: &str, lamports: u64, upkeep: Upkeep, round_times: &[u64]) -> Finding {
    let tasks = u64::try_from(round_times.len()).unwrap_or(u64::MAX).max(1);
    let rounds = upkeep.rounds(lamports.checked_div(tasks).unwrap_or_default());
    let shortest = round_times.iter().copied().min().unwrap_or(1_500).max(1);
    let lasts = pace::rounds(rounds, shortest);
    let of = if tasks == 1 {
        String::new()
    } else {
        format!(" of {tasks} tasks")
    };
    let said = format!("{} for {lasts}{of}", sol(lamports));
    let advice = "fees are gone, rent comes back after some rounds: send it SOL";
    if rounds == 0 {
        return Finding::fail("sol", node, said, advice);
    }
    if rounds.saturating_mul(shortest) < SLOTS_A_DAY {
        return Finding::warn("sol", node, said, advice);
    }
    Finding::ok("sol", node, said)
}

/// Whether the task takes part in anything.
pub(super) fn task(id: &str, task: &Task, is_paused: bool) -> Finding {
    if task.has_migrated() {
        let said = format!("it has moved to {}", task.migrated_to);
        let advice = "gradual stake migrate moves the stake; run a node for the successor";
        return Finding::warn("task", id, said, advice);
    }
    if !task.is_active() {
        let advice = "no cycle is opened until its manager activates it";
        return Finding::warn("task", id, "it is inactive", advice);
    }
    if is_paused {
        let advice = "no cycle is opened until its admin resumes it";
        return Finding::warn("task", id, "the program is paused", advice);
    }
    let rounds = task.funded_rounds();
    let said = format!("active, its bounty pays for {rounds} cycles");
    if rounds == 0 {
        let advice = "no cycle is opened until somebody funds it (gradual task fund)";
        return Finding::warn("task", id, said, advice);
    }
    Finding::ok("task", id, said)
}

/// Whether the node's stake takes part.
pub(super) fn stake(id: &str, task: &Task, stake: Option<&NodeStake>, round: u64) -> Finding {
    let Some(stake) = stake else {
        let advice = "gradual stake TASK AMOUNT; it is active two rounds later";
        return Finding::fail("stake", id, "the node has no stake in it", advice);
    };
    let timeline = stake.stake.at(round);
    let money = |units| amount::show(units, task);
    let (total, minimum) = (timeline.total(), task.minimum_stake_amount);
    if timeline.is_parked() {
        let said = format!("{} is parked", money(timeline.parked));
        let advice = "a node that runs resumes it by itself; it is active two rounds later";
        return Finding::warn("stake", id, said, advice);
    }
    if total < minimum {
        let said = format!("{} of a minimum of {}", money(total), money(minimum));
        let advice = "the node takes no part until more is staked";
        return Finding::fail("stake", id, said, advice);
    }
    if timeline.active() < minimum {
        let said = format!("{} is warming up", money(total));
        let advice = "it is active within two rounds: start the node by then";
        return Finding::warn("stake", id, said, advice);
    }
    Finding::ok("stake", id, format!("{} active", money(timeline.active())))
}

/// Slots that a finalized block is behind the newest, about.
const FINALIZED_LAG: u64 = 32;

/// Whether what the node sees is new enough for the task's windows.
pub(super) fn windows(id: &str, task: &Task, commitment: CommitmentLevel) -> Finding {
    let schedule = &task.schedule;
    let shortest = schedule.submission_window.min(schedule.audit_window);
    let said = format!(
        "the shortest has {shortest} slots ({}), at commitment {commitment}",
        pace::about(shortest)
    );
    match commitment {
        CommitmentLevel::Finalized if shortest < FINALIZED_LAG.saturating_mul(3) => {
            let advice =
                "finalized state is about 32 slots old, and such a window is missed: use confirmed";
            Finding::warn("windows", id, said, advice)
        }
        CommitmentLevel::Processed => {
            let advice = "a processed block may be dropped again: use confirmed";
            Finding::warn("windows", id, said, advice)
        }
        _ if shortest < FINALIZED_LAG => {
            let advice = "such a window is missed in a short outage: expect missed cycles";
            Finding::warn("windows", id, said, advice)
        }
        _ => Finding::ok("windows", id, said),
    }
}

/// What the logic said to a harmless question.
pub(super) fn logic(id: &str, answer: Result<Duration, String>) -> Finding {
    match answer {
        Ok(took) => Finding::ok(
            "logic",
            id,
            format!("it answers in {} ms", took.as_millis()),
        ),
        Err(said) => {
            let advice = "a node without its logic earns nothing: run the command by hand (docs/external-logic.md)";
            Finding::fail("logic", id, said, advice)
        }
    }
}

/// An RPC that did not show the accounts that a node's checks need.
pub(super) fn unread(about: &str, said: &str) -> Finding {
    let advice = "the node's own checks wait for an RPC that answers";
    Finding::fail("read", about, said, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use gradual_consensus::rules::warming::StakeTimeline;

    const MS: Duration = Duration::from_millis(1);

    fn rpc(name: &str, slot: u64) -> RpcFacts {
        RpcFacts {
            name: name.into(),
            slot: Ok(slot),
            genesis: Some("mainnet".into()),
            capabilities: vec![("getProgramAccounts", Ok(MS))],
            websocket: Ok(()),
        }
    }

    fn grades(findings: &[Finding]) -> Vec<Grade> {
        findings.iter().map(|finding| finding.grade).collect()
    }

    fn worst(findings: &[Finding]) -> Grade {
        let of = |grade| findings.iter().any(|finding| finding.grade == grade);
        match (of(Grade::Fail), of(Grade::Warn)) {
            (true, _) => Grade::Fail,
            (_, true) => Grade::Warn,
            _ => Grade::Ok,
        }
    }

    #[cfg(feature = "geyser")]
    #[test]
    fn a_geyser_is_warned_about_where_it_is_of_no_use() {
        for (first, rpc, grade, expected) in [
            (Ok(100), Some(103), Grade::Ok, "slot 100"),
            (Ok(100), None, Grade::Ok, "slot 100"),
            (
                Ok(400_000_000),
                Some(103),
                Grade::Warn,
                "of another cluster",
            ),
            (Err("refused".to_owned()), Some(103), Grade::Warn, "refused"),
        ] {
            let found = geyser("https://host", first, rpc);
            assert_eq!(found.grade, grade);
            assert!(found.line().contains(expected), "{}", found.line());
        }
    }

    #[test]
    fn two_good_rpcs_are_good_and_one_alone_is_warned_about() {
        let two = rpcs(&[rpc("a", 100), rpc("b", 90)], 50);
        assert_eq!(worst(&two), Grade::Ok, "{two:?}");
        let one = rpcs(&[rpc("a", 100)], 50);
        assert_eq!(worst(&one), Grade::Warn);
        assert!(one.last().unwrap().line().contains("there is one only"));
    }

    #[test]
    fn an_rpc_fails_a_node_only_where_no_other_does_its_work() {
        let down = RpcFacts {
            slot: Err("refused".into()),
            genesis: None,
            ..rpc("a", 0)
        };
        let lacks = RpcFacts {
            capabilities: vec![("getProgramAccounts", Err("disabled".into()))],
            ..rpc("a", 100)
        };
        for bad in [down.clone(), lacks.clone()] {
            assert_eq!(worst(&rpcs(std::slice::from_ref(&bad), 50)), Grade::Fail);
            assert_eq!(worst(&rpcs(&[bad, rpc("b", 100)], 50)), Grade::Warn);
        }
        assert_eq!(
            worst(&rpcs(&[lacks.clone(), lacks.clone()], 50)),
            Grade::Fail
        );
        assert_eq!(worst(&rpcs(&[down, lacks], 50)), Grade::Fail);
    }

    #[test]
    fn an_rpc_that_lags_is_slow_or_is_silent_is_warned_about() {
        let lags = rpcs(&[rpc("a", 49), rpc("b", 100)], 50);
        assert_eq!(worst(&lags), Grade::Warn);
        assert!(lags[0].line().contains("51 slots behind"), "{lags:?}");
        let slow = RpcFacts {
            capabilities: vec![("getMultipleAccounts", Ok(SLOW + MS))],
            ..rpc("a", 100)
        };
        let silent = RpcFacts {
            websocket: Err("no slot within 8 s".into()),
            ..rpc("a", 100)
        };
        for bad in [slow, silent] {
            assert_eq!(worst(&rpcs(&[bad, rpc("b", 100)], 50)), Grade::Warn);
        }
    }

    #[test]
    fn rpcs_of_two_clusters_fail() {
        let other = RpcFacts {
            genesis: Some("devnet".into()),
            ..rpc("b", 100)
        };
        assert_eq!(worst(&rpcs(&[rpc("a", 100), other], 50)), Grade::Fail);
    }

    #[test]
    fn a_key_that_others_may_read_is_warned_about() {
        let of = |mode| permissions("id.json", mode).map(|finding| finding.grade);
        assert_eq!(of(Some(0o100_600)), Some(Grade::Ok));
        assert_eq!(of(Some(0o100_400)), Some(Grade::Ok));
        assert_eq!(of(Some(0o100_640)), Some(Grade::Warn));
        assert_eq!(of(Some(0o100_604)), Some(Grade::Warn));
        assert_eq!(of(None), None);
        let line = permissions("id.json", Some(0o644)).unwrap().line();
        assert!(line.contains("-> chmod 600 id.json"), "{line}");
    }

    #[test]
    fn a_clock_that_is_far_off_is_warned_about() {
        let of = |chain, own| clock(chain, own).grade;
        assert_eq!(of(Some(1_000), 1_060), Grade::Ok);
        assert_eq!(of(Some(1_000), 940), Grade::Ok);
        assert_eq!(of(Some(1_000), 1_061), Grade::Warn);
        assert_eq!(of(Some(1_000), 939), Grade::Warn);
        assert_eq!(of(None, 1_000), Grade::Warn);
        let an_hour_back = clock(Some(3_600), 0).line();
        assert!(
            an_hour_back.contains("3600 s behind the chain's"),
            "{an_hour_back}"
        );
        assert!(
            an_hour_back.contains("set the clock (NTP)"),
            "{an_hour_back}"
        );
        assert_eq!(of(Some(i64::MIN), i64::MAX), Grade::Warn);
    }

    #[test]
    fn fees_above_the_cap_are_warned_about() {
        let of = |asked, paid| {
            let cap = Some(paid);
            fees(Ok(Fees { asked, paid, cap })).grade
        };
        assert_eq!((of(5, 5), of(6, 5)), (Grade::Ok, Grade::Warn));
        assert_eq!(fees(Err("no".into())).grade, Grade::Warn);
    }

    #[test]
    fn sol_is_judged_by_how_long_it_lasts() {
        let upkeep = Upkeep::at(0);
        let of = |lamports, round_times: &[u64]| money("n", lamports, upkeep, round_times).grade;
        assert_eq!(of(0, &[1_500]), Grade::Fail);
        let first = upkeep.least + upkeep.rent + upkeep.fees;
        assert_eq!(of(first - 1, &[1_500]), Grade::Fail);
        assert_eq!(of(first, &[1_500]), Grade::Warn);
        assert_eq!(of(first, &[SLOTS_A_DAY]), Grade::Ok, "a round a day");
        assert_eq!(of(first, &[1_500, 1_500]), Grade::Fail, "shared by two");
        assert_eq!(of(1_000_000_000, &[1_500, 9_000]), Grade::Ok);
    }

    fn a_task() -> Task {
        let mut task = Task::zeroed();
        task.is_active = 1;
        task.minimum_stake_amount = 100;
        task.bounty_amount_per_round = 10;
        task.bounty_available = 10;
        task.schedule.submission_window = 96;
        task.schedule.audit_window = 100;
        task
    }

    #[test]
    fn a_task_that_opens_no_cycle_is_warned_about() {
        let of = |change: fn(&mut Task), is_paused| {
            let mut changed = a_task();
            change(&mut changed);
            task("t", &changed, is_paused).grade
        };
        assert_eq!(of(|_| (), false), Grade::Ok);
        assert_eq!(of(|_| (), true), Grade::Warn);
        assert_eq!(of(|task| task.is_active = 0, false), Grade::Warn);
        assert_eq!(of(|task| task.bounty_available = 9, false), Grade::Warn);
        let moved = |task: &mut Task| task.migrated_to = gradual_consensus::ID;
        assert_eq!(of(moved, false), Grade::Warn);
    }

    #[test]
    fn a_stake_is_judged_by_whether_it_takes_part() {
        let of = |amounts, parked| {
            let mut own = NodeStake::zeroed();
            own.stake = StakeTimeline {
                as_of_round: 5,
                amounts,
                parked,
            };
            stake("n", &a_task(), Some(&own), 5).grade
        };
        assert_eq!(stake("n", &a_task(), None, 5).grade, Grade::Fail);
        assert_eq!(of([100; 3], 0), Grade::Ok);
        assert_eq!(of([99; 3], 0), Grade::Fail);
        assert_eq!(of([0, 0, 100], 0), Grade::Warn, "warming up");
        assert_eq!(of([0, 0, 0], 100), Grade::Warn, "parked");
    }

    #[test]
    fn a_commitment_that_is_too_old_for_the_windows_is_warned_about() {
        let of = |shortest, commitment| {
            let mut task = a_task();
            task.schedule.submission_window = shortest;
            windows("t", &task, commitment).grade
        };
        assert_eq!(of(96, CommitmentLevel::Finalized), Grade::Ok);
        assert_eq!(of(95, CommitmentLevel::Finalized), Grade::Warn);
        assert_eq!(of(32, CommitmentLevel::Confirmed), Grade::Ok);
        assert_eq!(of(31, CommitmentLevel::Confirmed), Grade::Warn);
        assert_eq!(of(96, CommitmentLevel::Processed), Grade::Warn);
    }

    #[test]
    fn every_finding_that_is_not_ok_says_what_to_do() {
        let all = [
            rpcs(&[rpc("a", 0), rpc("b", 99)], 50),
            rpcs(&[rpc("a", 100)], 50),
            vec![
                program("x", false),
                clock(None, 0),
                fees(Err("no".into())),
                logic("t", Err("no".into())),
                stake("n", &a_task(), None, 0),
                unread("x", "no"),
            ],
        ]
        .concat();
        for finding in &all {
            let is_ok = finding.grade == Grade::Ok;
            assert_eq!(finding.advice.is_empty(), is_ok, "{finding:?}");
        }
        assert!(grades(&all).contains(&Grade::Fail));
    }
}
