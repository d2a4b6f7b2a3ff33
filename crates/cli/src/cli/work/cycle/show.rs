//! `gradual cycle show`.

use super::stage::Found;
use crate::cli::{
    Failure, amount,
    audit::Shown,
    session::{FoundTask, Session},
};
use crate::lanes::{LEGEND, draw_from, windows};
use clap::Args as ClapArgs;
use gradual_consensus::state::{Cycle, Subject, Task};
use gradual_consensus_client::{account::Keyed, ledger::Ledger};
use gradual_consensus_node::runner::CycleView;
use serde_json::{Value, json};
use solana_sdk::pubkey::Pubkey;

#[derive(ClapArgs)]
pub(in crate::cli) struct Show {
    /// The task's address
    task: Pubkey,
    /// First cycle to draw [default: the oldest of the three in progress]
    #[arg(long)]
    cycle: Option<u64>,
    /// Cycles to draw
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=20))]
    cycles: u64,
    /// Columns for each round
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(4..=200))]
    columns: u64,
}

pub(super) fn run(session: &Session, args: &Show) -> Result<(), Failure> {
    let task = session.task(args.task)?;
    let slot = session.ledger.slot()?;
    let schedule = &task.data.schedule;
    let now = task.data.current_round(slot);
    let first = args.cycle.unwrap_or_else(|| now.saturating_sub(2));
    let picture = draw_from(schedule, first, args.cycles, args.columns, Some(slot));
    let picture = picture
        .ok_or_else(|| Failure::Usage("--cycle is too large: use a smaller number".into()))?;

    let end = first.saturating_add(args.cycles);
    let open = CycleView::open_cycles(&session.ledger, &task.address)?;
    let mut lines = vec![match schedule.round_at(slot) {
        Some(round) => format!("task {}, slot {slot}, round {round}\n", task.address),
        None => format!(
            "task {}, slot {slot}, starts at slot {}\n",
            task.address, schedule.starting_slot
        ),
    }];
    lines.push(picture);
    lines.push(LEGEND.into());
    let mut facts = Vec::new();
    for number in first..end {
        let cycle = open.iter().find(|open| open.data.number == number);
        let account = cycle.map(|cycle| &cycle.data);
        let stage = Found::of(session, &task, number, account, slot);
        lines.push(format!("cycle {number}: {}", stage.text(&task.data)));
        let mut audits = Vec::new();
        if let Some(cycle) = cycle {
            lines.push(format!("  {}", money_of(&cycle.data, &task.data)));
            let cycle = CycleView::read(&session.ledger, *cycle)?;
            for (address, subject) in subjects(&cycle) {
                if let Some(audit) = Shown::of(address, subject) {
                    lines.push(format!("  {}", audit.text(&task.data)));
                    audits.push(audit.facts());
                }
            }
        }
        facts.push(cycle_facts(&task, number, cycle, &stage, audits)?);
    }
    let facts = json!({
        "task": task.address.to_string(), "slot": slot, "round": schedule.round_at(slot),
        "cycles": facts,
    });
    session.print(&lines.join("\n"), &facts)
}

/// Submissions and lists of a cycle.
fn subjects(cycle: &CycleView) -> impl Iterator<Item = (Pubkey, &Subject)> {
    let submissions = cycle.submissions.iter();
    let submissions = submissions.map(|found| (found.address, &found.data.subject));
    let lists = cycle.lists.iter();
    submissions.chain(lists.map(|found| (found.address, &found.data.subject)))
}

/// The money and the submissions of an open cycle, for people.
fn money_of(cycle: &Cycle, task: &Task) -> String {
    let money = |units| amount::show(units, task);
    format!(
        "bounty {}, owed {}, paid {} for {} of {} submissions; {} invalid",
        money(cycle.bounty),
        money(cycle.owed),
        money(cycle.paid),
        cycle.paid_submissions,
        cycle.submissions,
        cycle.invalid
    )
}

/// A cycle for programs: its windows, and what its account says.
fn cycle_facts(
    task: &FoundTask,
    number: u64,
    cycle: Option<&Keyed<Cycle>>,
    stage: &Found,
    audits: Vec<Value>,
) -> Result<Value, Failure> {
    let overflow = || Failure::Usage("--cycle is too large: use a smaller number".into());
    let account = cycle.map(|cycle| {
        let data = &cycle.data;
        json!({
            "address": cycle.address.to_string(), "opener": data.opener.to_string(),
            "bounty": amount::exact(data.bounty), "owed": amount::exact(data.owed),
            "paid": amount::exact(data.paid),
            "submissions": data.submissions, "invalid": data.invalid,
            "paid_submissions": data.paid_submissions, "list_pending": data.list_pending(),
            "list_accepted": data.list_accepted(), "accepted_attempt": data.accepted_attempt,
            "entries": data.entries, "equal_share": amount::exact(data.equal_share()), "audits": audits,
        })
    });
    let mut facts = windows(&task.data.schedule, number).ok_or_else(overflow)?;
    facts["stage"] = stage.name().into();
    facts["account"] = account.into();
    Ok(facts)
}
