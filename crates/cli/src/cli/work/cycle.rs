//! `gradual cycle show`.

use crate::cli::{
    Failure,
    session::{FoundTask, Session},
};
use crate::lanes::{LEGEND, draw_from};
use clap::{Args as ClapArgs, Subcommand};
use gradual_consensus::{
    rules::schedule::{Window, distribution_round, review_round},
    state::Cycle,
};
use gradual_consensus_client::{account::Keyed, ledger::Ledger};
use gradual_consensus_node::runner::CycleView;
use serde_json::{Value, json};
use solana_sdk::pubkey::Pubkey;

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// Draw a task's cycles around the present slot, with the progress of each
    Show(Show),
}

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

pub(in crate::cli) fn run(session: &Session, command: &Command) -> Result<(), Failure> {
    let Command::Show(args) = command;
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
        lines.push(format!(
            "cycle {number}: {}",
            cycle.map_or("no submissions".into(), |cycle| progress(&cycle.data))
        ));
        facts.push(cycle_facts(&task, number, cycle)?);
    }
    let facts = json!({
        "task": task.address.to_string(), "slot": slot, "round": schedule.round_at(slot),
        "cycles": facts,
    });
    session.print(&lines.join("\n"), &facts)
}

/// How far a cycle has come.
fn progress(cycle: &Cycle) -> String {
    let list = if cycle.list_accepted == 1 {
        format!("list of attempt {} accepted", cycle.accepted_attempt)
    } else if cycle.list_pending == 1 {
        "list pending".into()
    } else {
        "no list".into()
    };
    format!(
        "{} submissions, {} invalid, {list}, {} paid",
        cycle.submissions, cycle.invalid, cycle.paid
    )
}

/// A cycle for programs: its windows, first and last slot, and what its account says.
fn cycle_facts(
    task: &FoundTask,
    number: u64,
    cycle: Option<&Keyed<Cycle>>,
) -> Result<Value, Failure> {
    let schedule = &task.data.schedule;
    let overflow = || Failure::Usage("--cycle is too large: use a smaller number".into());
    let pair = |window: Option<Window>| window.map(|window| [window.start, window.end]);
    let review = review_round(number).ok_or_else(overflow)?;
    let distribution = distribution_round(number, 0).ok_or_else(overflow)?;
    let account = cycle.map(|cycle| {
        let data = &cycle.data;
        json!({
            "address": cycle.address.to_string(), "submissions": data.submissions,
            "invalid": data.invalid, "paid": data.paid, "list_pending": data.list_pending == 1,
            "list_accepted": data.list_accepted == 1, "accepted_attempt": data.accepted_attempt,
            "fully_paid": data.fully_paid == 1,
        })
    });
    Ok(json!({
        "cycle": number,
        "submit": pair(schedule.submission_window(review)),
        "challenge": pair(schedule.challenge_window(review)),
        "audit": pair(schedule.audit_window(review)),
        "list": pair(schedule.submission_window(distribution)),
        "challenge_list": pair(schedule.challenge_window(distribution)),
        "audit_list": pair(schedule.audit_window(distribution)),
        "account": account,
    }))
}
