//! One task at a glance.

use super::{
    ABSENT, Address, AuditFacts, Clock, Head, Lane, Moment, Present, Stakes, Units, clean,
    lanes::lanes, link, open_audits, present::present,
};
use crate::{
    history::{History, HistoryError, PastCycle},
    snapshot::TaskEntry,
};
use gradual_consensus::{VotingRule, rules::schedule::Schedule, state::Task};
use gradual_consensus_client::{books::Books, stage::Stage};
use serde::Serialize;
use std::collections::BTreeMap;

/// Cycles in a task's table and in its pictures.
const CYCLES: u32 = 24;
/// Points of the bounty's picture.
const POINTS: u32 = 400;
/// Audits in a task's list.
const AUDITS: u32 = 20;

/// `active`, `inactive` or `migrated`.
pub(super) const fn state(task: &Task) -> &'static str {
    if task.is_active() {
        "active"
    } else if is_zero(&task.migrated_to.to_bytes()) {
        "inactive"
    } else {
        "migrated"
    }
}

const fn is_zero(bytes: &[u8; 32]) -> bool {
    let mut rest = bytes.as_slice();
    while let [first, others @ ..] = rest {
        if *first != 0 {
            return false;
        }
        rest = others;
    }
    true
}

/// The bounty of a task.
#[derive(Clone, Debug, Serialize)]
pub struct BountyFacts {
    /// The part that is set aside for no cycle.
    pub available: Units,
    /// What open cycles owe.
    pub reserved: Units,
    /// What all cycles have paid.
    pub paid: Units,
    /// All that came in from outside.
    pub funded: Units,
    /// All that slashes added.
    pub from_slashes: Units,
    /// What is set aside for one cycle.
    pub per_cycle: Units,
    /// How many rounds the available part pays for.
    pub funded_rounds: u64,
    /// The first slot of the first round that it does not pay for, if it stays as it is.
    pub lasts_until: Option<Moment>,
    /// The available part after each of its changes: slot and base units, oldest first.
    pub over_time: Vec<(u64, Units)>,
}

/// One cycle in a task's table. It is open, or it is told by the history.
#[derive(Clone, Debug, Serialize)]
pub struct CycleRow {
    /// Its number.
    pub cycle: u64,
    /// How far it has come.
    pub stage: &'static str,
    /// What was set aside for it.
    pub bounty: Units,
    /// Submissions made.
    pub submissions: u32,
    /// Submissions found invalid; `None` once the cycle is closed.
    pub invalid: Option<u32>,
    /// Audits opened.
    pub challenged: u32,
    /// Audits upheld: an author was slashed.
    pub upheld: u32,
    /// Audits dismissed: a challenger was slashed.
    pub dismissed: u32,
    /// Audits left undecided.
    pub undecided: u32,
    /// Stake that was slashed.
    pub slashed: Units,
    /// Bounty that was paid.
    pub paid: Units,
    /// Submissions that were paid.
    pub paid_submissions: u32,
}

impl CycleRow {
    fn of(past: &PastCycle, stage: &'static str) -> Self {
        let [upheld, dismissed, undecided] = past.verdicts;
        let [by_list, equal] = past.payouts;
        Self {
            cycle: past.cycle,
            stage,
            bounty: Units(past.bounty),
            submissions: past.submissions,
            invalid: None,
            challenged: past.challenged,
            upheld,
            dismissed,
            undecided,
            slashed: Units(past.slashed),
            paid: Units(past.paid),
            paid_submissions: by_list.saturating_add(equal),
        }
    }
}

/// What a task's creator fixed.
#[derive(Clone, Debug, Serialize)]
pub struct TermsFacts {
    /// First slot of round 0.
    pub starting_slot: u64,
    /// Length of a round, in slots.
    pub round_time: u64,
    /// Slots after a round's first one in which a subject may be handed in.
    pub submission_window: u64,
    /// Slots after those in which subjects are audited.
    pub audit_window: u64,
    /// Rounds in which payouts can be made for sure.
    pub claim_window: u64,
    /// Attempts at a list that may fail.
    pub allowed_failed_distributions: u8,
    /// Rounds without an act after which stake may be parked; 0 for never.
    pub idle_rounds: u64,
    /// Least active stake with which a node takes part.
    pub minimum_stake: Units,
    /// `node` for one vote a node, `stake` for votes by stake.
    pub voting: &'static str,
    /// Whether a failed cycle pays equal shares.
    pub equal_shares: bool,
    /// Share of the electorate that must call a submission invalid for it to fall undecided, in basis points.
    pub quorum_bps: u16,
    /// Share of its stake that the author of an invalid subject loses, in basis points.
    pub slash_bps: u16,
    /// Share of its stake that a false challenger loses, in basis points.
    pub false_challenge_bps: u16,
    /// Share of a slash that goes to the party in the right, in basis points.
    pub challenger_bps: u16,
    /// Share of a slash that goes to the voters in the right, in basis points.
    pub voter_bps: u16,
}

/// One task at a glance.
#[derive(Clone, Debug, Serialize)]
pub struct TaskFacts {
    /// The task.
    #[serde(flatten)]
    pub head: Head,
    /// Its description; control characters are left out.
    pub description: String,
    /// Where its creator says more, if that is a plain web address.
    pub metadata: Option<String>,
    /// `active`, `inactive` or `migrated`.
    pub state: &'static str,
    /// Whether a manager of the config vouches for it.
    pub is_allowlisted: bool,
    /// Who created it.
    pub creator: Address,
    /// Who may activate, migrate and close it.
    pub manager: Address,
    /// The task that succeeds it, if one does.
    pub successor: Option<Address>,
    /// The mint that it pays and stakes in.
    pub mint: Address,
    /// What its creator fixed.
    pub terms: TermsFacts,
    /// The cycles around the present slot.
    pub lanes: Vec<Lane>,
    /// What may be done at that slot in the cycles that are under way.
    pub present: Vec<Present>,
    /// Audits that nobody has resolved yet.
    pub open_audits: usize,
    /// The bounty.
    pub bounty: BountyFacts,
    /// What is staked.
    pub stakes: Stakes,
    /// Nodes that have a stake account.
    pub node_count: u64,
    /// Nodes that can vote in this round.
    pub voters: u64,
    /// Its newest cycles, newest first.
    pub cycles: Vec<CycleRow>,
    /// Its newest audits, newest first.
    pub audits: Vec<AuditFacts>,
    #[serde(skip)]
    schedule: Schedule,
}

impl TaskFacts {
    /// `entry`, whose accounts are `books`, at `clock`.
    ///
    /// # Errors
    /// The history's.
    pub fn of(
        entry: &TaskEntry,
        books: &Books,
        history: &History,
        clock: &Clock,
    ) -> Result<Self, HistoryError> {
        let (task, address) = (&books.task.data, &books.task.address);
        let past = history.cycles(address, CYCLES)?;
        let find = |number| {
            let mut cycles = books.cycles.iter().map(|cycle| &cycle.data);
            cycles.find(|cycle| cycle.number == number)
        };
        let mut electorate = task.electorate;
        electorate.roll_to(task.current_round(clock.slot));
        let texts = entry.texts.as_ref();
        let metadata = texts.and_then(|texts| link(&texts.metadata));
        let lanes = told(lanes(task, clock.slot, find), &past);
        Ok(Self {
            head: Head::of(entry, clock),
            description: clean(entry.description()),
            metadata: metadata.map(str::to_owned),
            state: state(task),
            is_allowlisted: task.is_allowlisted(),
            creator: Address(task.creator),
            manager: Address(task.manager),
            successor: Address::known(task.migrated_to),
            mint: Address(task.mint),
            terms: terms(task),
            present: present(task, books, &lanes, clock),
            open_audits: open_audits(books).count(),
            lanes,
            bounty: BountyFacts {
                over_time: history
                    .bounty(address, POINTS)?
                    .into_iter()
                    .map(|(slot, available)| (slot, Units(available)))
                    .collect(),
                ..bounty(task, books, clock)
            },
            stakes: Stakes::of(task, &books.stakes, clock.slot),
            node_count: task.node_count,
            voters: electorate.now().1,
            cycles: cycles(books, &past, clock.slot),
            audits: AuditFacts::newest(books, history, AUDITS)?,
            schedule: task.schedule,
        })
    }

    /// Its schedule.
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }
}

/// `lanes`, where those of cycles without an account have the stage that the history tells.
fn told(mut lanes: Vec<Lane>, past: &[PastCycle]) -> Vec<Lane> {
    for lane in &mut lanes {
        if lane.stage == Stage::Gone.name() {
            let is_played = past.iter().any(|past| past.cycle == lane.cycle);
            lane.stage = if is_played { "closed" } else { ABSENT };
        }
    }
    lanes
}

fn bounty(task: &Task, books: &Books, clock: &Clock) -> BountyFacts {
    let next = task.current_round(clock.slot).saturating_add(1);
    let first_unpaid = next.saturating_add(task.funded_rounds());
    BountyFacts {
        available: Units(task.bounty_available),
        reserved: Units(task.bounty_reserved),
        paid: Units(books.bounty_paid()),
        funded: Units(task.bounty_funded),
        from_slashes: Units(task.bounty_from_slashes),
        per_cycle: Units(task.bounty_amount_per_round),
        funded_rounds: task.funded_rounds(),
        lasts_until: task
            .schedule
            .boundary(first_unpaid)
            .map(|slot| clock.at(slot)),
        over_time: Vec::new(),
    }
}

/// What the history tells of each cycle, and the accounts of those that are open.
fn cycles(books: &Books, past: &[PastCycle], slot: u64) -> Vec<CycleRow> {
    let task = &books.task.data;
    let told = past.iter().map(|past| {
        let stage = if past.closed.is_some() {
            "closed"
        } else {
            Stage::Gone.name()
        };
        (past.cycle, CycleRow::of(past, stage))
    });
    let mut rows: BTreeMap<u64, CycleRow> = told.collect();
    for cycle in &books.cycles {
        let cycle = &cycle.data;
        let number = cycle.number;
        let row = rows.entry(number).or_insert_with(|| {
            let past = PastCycle {
                cycle: number,
                ..PastCycle::default()
            };
            CycleRow::of(&past, "")
        });
        row.stage = Stage::of(task, number, Some(cycle), slot).name();
        row.bounty = Units(cycle.bounty);
        row.submissions = cycle.submissions;
        row.invalid = Some(cycle.invalid);
        row.paid = Units(cycle.paid);
        row.paid_submissions = cycle.paid_submissions;
    }
    let newest = usize::try_from(CYCLES).unwrap_or(usize::MAX);
    rows.into_values().rev().take(newest).collect()
}

fn terms(task: &Task) -> TermsFacts {
    TermsFacts {
        starting_slot: task.schedule.starting_slot,
        round_time: task.schedule.round_time,
        submission_window: task.schedule.submission_window,
        audit_window: task.schedule.audit_window,
        claim_window: task.claim_window,
        allowed_failed_distributions: task.allowed_failed_distributions,
        idle_rounds: task.idle_rounds,
        minimum_stake: Units(task.minimum_stake_amount),
        voting: match task.voting() {
            VotingRule::PerNode => "node",
            VotingRule::ByStake => "stake",
        },
        equal_shares: task.equal_shares(),
        quorum_bps: task.quorum_bps,
        slash_bps: task.slash_bps,
        false_challenge_bps: task.false_challenge_bps,
        challenger_bps: task.challenger_bps,
        voter_bps: task.voter_bps,
    }
}
