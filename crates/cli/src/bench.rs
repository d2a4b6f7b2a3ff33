//! How many submissions a second a cluster takes, beside as many plain transfers that are sent the same way, where no more than so
//! many are under way at the same time.
//!
//! The bench creates a task and nodes of its own. The nodes' keys are derived from the payer's, so that the
//! next run finds the SOL that a broken-off one left with them. At the end it closes all accounts, and all
//! SOL but the fees goes back to the payer.

mod burst;
mod load;
mod plan;
mod report;
mod wallets;

pub use plan::{BenchError, Plan};
pub use report::Figures;

use gradual_consensus_client::rpc::RpcLedger;
use load::{Bench, slot_time};
use report::per_second;
use solana_sdk::signature::Keypair;
use wallets::{all_lamports, fund, node_key, sweep};

/// What is staked in round 0 is active in round 2, so that cycle 1 is the first that can be opened.
const FIRST_CYCLE: u64 = 1;

/// Measures. `progress` is called with each step as it begins.
///
/// # Errors
/// [`BenchError`]. The next run with the same payer finds the SOL that the nodes still hold; lost are only
/// each node's stake (10,000 lamports) and the rent of its accounts.
pub fn run(
    ledger: &RpcLedger,
    payer: &Keypair,
    plan: Plan,
    mut progress: impl FnMut(&str),
) -> Result<Figures, BenchError> {
    progress("measuring slots");
    let slot_time = slot_time(ledger)?;
    let nodes: Vec<Keypair> = (0..plan.nodes)
        .map(|number| node_key(payer, number))
        .collect();
    // Some may have SOL from a run that was broken off.
    let before = all_lamports(ledger, payer, &nodes)?;
    progress("giving SOL to nodes");
    fund(ledger, payer, &nodes, plan)?;
    progress("creating a task");
    let mut bench = Bench::create(ledger, payer, nodes, plan, slot_time)?;
    progress("staking");
    bench.stake()?;
    let mut rounds = Vec::new();
    progress("opening the first cycle");
    bench.open_cycle(FIRST_CYCLE)?;
    for window_round in (FIRST_CYCLE + 1..).take(plan.rounds.into()) {
        let number = rounds.len() + 1;
        progress(&format!("round {number} of {}", plan.rounds));
        let opens_next = number < plan.rounds.into();
        rounds.push(bench.round(window_round, opens_next)?);
    }
    progress("waiting until all can be closed");
    bench.close(u64::from(plan.rounds))?;
    progress("giving SOL back");
    sweep(ledger, payer, &bench.nodes, plan)?;
    let after = all_lamports(ledger, payer, &bench.nodes)?;

    let submissions_per_second = per_second(rounds.iter().map(|round| &round.submissions));
    let transfers_per_second = per_second(rounds.iter().map(|round| &round.transfers));
    Ok(Figures {
        nodes: plan.nodes,
        concurrency: plan.concurrency,
        slot_milliseconds: u64::try_from(slot_time.as_millis()).unwrap_or(u64::MAX),
        rounds,
        submissions_per_second,
        transfers_per_second,
        percent: if transfers_per_second > 0.0 {
            100.0 * submissions_per_second / transfers_per_second
        } else {
            0.0
        },
        cost: before.saturating_sub(after),
    })
}
