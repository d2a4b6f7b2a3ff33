//! `gradual schedule`.

use super::{Failure, Output, print, print_json};
use crate::lanes::{LEGEND, draw, windows};
use clap::Args as ClapArgs;
use gradual_consensus::rules::schedule::Schedule;
use serde_json::json;

#[derive(ClapArgs)]
pub(super) struct Args {
    /// First slot of round 0
    #[arg(long, default_value_t = 0)]
    starting_slot: u64,
    /// Length of a round, in slots
    #[arg(long, default_value_t = 100)]
    round_time: u64,
    /// Slots at the start of a round in which submissions and lists are sent
    #[arg(long, default_value_t = 40)]
    submission_window: u64,
    /// Slots after the submission window in which they are audited
    #[arg(long, default_value_t = 40)]
    audit_window: u64,
    /// Cycles to draw
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=20))]
    cycles: u64,
    /// Columns for each round in the picture
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(4..=200))]
    columns: u64,
    /// A slot to mark
    #[arg(long)]
    now: Option<u64>,
    /// File for the picture as SVG, beside what is printed
    #[cfg(feature = "dashboard")]
    #[arg(long, value_name = "PATH", value_parser = super::path::expanded)]
    svg: Option<std::path::PathBuf>,
}

pub(super) fn run(args: &Args, output: Output) -> Result<(), Failure> {
    let schedule = Schedule {
        starting_slot: args.starting_slot,
        round_time: args.round_time,
        submission_window: args.submission_window,
        audit_window: args.audit_window,
    };
    if !schedule.is_valid() {
        let message = gradual_consensus_client::program::GradualError::InvalidSchedule.to_string();
        return Err(Failure::Usage(message));
    }
    let too_large = || Failure::Usage("--starting-slot is too large: use a smaller slot".into());
    #[cfg(feature = "dashboard")]
    if let Some(file) = &args.svg {
        let picture = gradual_consensus_dashboard::report::lanes_picture(&schedule, args.cycles);
        super::path::Written::new("--svg", file)?.write(&picture)?;
    }
    if output == Output::Text {
        let picture = draw(&schedule, args.cycles, args.columns, args.now);
        let picture = picture.ok_or_else(too_large)?;
        return print(&format!("{picture}\n{LEGEND}\n"));
    }
    let cycles: Option<Vec<_>> = (0..args.cycles)
        .map(|cycle| windows(&schedule, cycle))
        .collect();
    print_json(&json!({
        "starting_slot": schedule.starting_slot,
        "round_time": schedule.round_time,
        "submission_window": schedule.submission_window,
        "audit_window": schedule.audit_window,
        "slot": args.now,
        "round": args.now.and_then(|slot| schedule.round_at(slot)),
        "cycles": cycles.ok_or_else(too_large)?,
    }))
}
