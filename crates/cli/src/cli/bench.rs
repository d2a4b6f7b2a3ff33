//! `gradual bench`.

use super::{Failure, progress, session::Session};
use crate::bench::{self, BenchError, Plan};
use clap::Args as ClapArgs;

#[derive(ClapArgs)]
pub(super) struct Args {
    /// Nodes that submit
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=20_000))]
    nodes: u16,
    /// Transactions that are under way at the same time at most: the next is sent when one is over
    #[arg(long, value_name = "NUMBER", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// How many rounds they submit in
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=20))]
    rounds: u16,
    /// Seconds within which all of them must submit [default: 6, and one for every 8 nodes]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=3_600))]
    window: Option<u16>,
}

pub(super) fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    if session.is_dry_run() {
        return Err(Failure::Usage(
            "a dry run sends nothing that could be measured: leave --dry-run out".into(),
        ));
    }
    session.require_unsigned("bench")?;
    let key = session.key()?.local("bench")?;
    session.advise_if_interrupted("the next bench with this key finds the SOL that its nodes hold");
    let bar = progress::bar("{spinner} {msg} {elapsed}");
    let plan = Plan {
        nodes: args.nodes,
        rounds: args.rounds,
        concurrency: args.concurrency,
        window: args.window,
    };
    let figures = bench::run(&session.ledger, key, plan, |what| {
        bar.set_message(what.to_owned());
        bar.tick();
    });
    bar.finish_and_clear();
    let figures = figures.map_err(|error| match error {
        BenchError::TooPoor { .. } => Failure::Usage(error.to_string()),
        error => Failure::Failed(error.to_string()),
    })?;
    let facts = serde_json::to_value(&figures).map_err(anyhow::Error::from)?;
    session.print(&figures.to_string(), &facts)
}
