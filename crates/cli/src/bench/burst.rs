//! Many transactions at the same time.

use super::{
    plan::{BenchError, Plan},
    report::Outcome,
};
use gradual_consensus_client::{
    ledger::{Ledger, LedgerError},
    rpc::{Outgoing, RpcLedger},
};
use solana_sdk::{
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::{collections::BTreeMap, time::Instant};

/// One transaction: what it does, and who signs it.
pub(super) type Signed<'a> = (Vec<Instruction>, Vec<&'a Keypair>);

/// Compute units that one transaction is allowed to take more than another of its kind, where the program tries bumps until it finds
/// an address, at 1,500 units each. The client adds at least 10,000 units to every limit.
pub(super) const SPREAD: u64 = 30_000;
/// How often a transaction is sent that did not get through to the cluster.
const ATTEMPTS: u32 = 3;

/// What became of many transactions, and the slots that they took.
pub(super) struct Sent {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) slots: u64,
}

/// Sends `transactions` of one kind. The longest of them is simulated, and all may take as many compute units and `spread` more:
/// what is measured is how many the cluster processes, not how many the RPC simulates. If that is refused, nothing is sent.
///
/// # Errors
/// [`LedgerError`] if the cluster does not tell its slot.
pub(super) fn send(
    ledger: &RpcLedger,
    plan: Plan,
    spread: u64,
    transactions: Vec<Signed>,
) -> Result<Sent, LedgerError> {
    let compute_units = match units(ledger, &transactions) {
        Ok(units) => units.saturating_add(spread),
        Err(refusal) => {
            let refused = transactions.iter().map(|_| Outcome {
                result: Err(refusal.to_string()),
                retries: 0,
            });
            return Ok(Sent {
                outcomes: refused.collect(),
                slots: 0,
            });
        }
    };
    let outgoing = transactions.into_iter();
    let outgoing = outgoing.map(|(instructions, signers)| Outgoing {
        instructions,
        signers,
        compute_units,
    });
    let mut outgoing: Vec<(usize, Outgoing)> = outgoing.enumerate().collect();
    let mut outcomes = BTreeMap::new();
    let (first, begun) = (ledger.slot()?, Instant::now());
    for attempt in 0..ATTEMPTS {
        let again = begun.elapsed();
        let all: Vec<Outgoing> = outgoing.iter().map(|(_, one)| one.clone()).collect();
        let landed = ledger.send_all(&all, plan.concurrency.into());
        let mut failed = Vec::new();
        for ((number, one), landed) in outgoing.into_iter().zip(landed) {
            if let Err(LedgerError::Unavailable(_)) = &landed {
                failed.push((number, one));
            }
            outcomes.insert(number, Outcome::of(landed, again, attempt));
        }
        outgoing = failed;
        if outgoing.is_empty() {
            break;
        }
    }
    Ok(Sent {
        outcomes: outcomes.into_values().collect(),
        slots: ledger.slot()?.saturating_sub(first),
    })
}

/// Compute units that the longest of `transactions` takes, by a simulation.
fn units(ledger: &RpcLedger, transactions: &[Signed]) -> Result<u64, LedgerError> {
    let longest = transactions.iter().max_by_key(|(all, _)| all.len());
    let payer = longest.and_then(|(_, signers)| signers.first());
    let Some(((instructions, _), payer)) = longest.zip(payer) else {
        return Ok(0);
    };
    let simulation = ledger.simulate(instructions, &payer.pubkey())?;
    Ok(simulation.compute_units)
}

/// Sends `transactions` of one kind, all of which must land.
pub(super) fn send_all(
    ledger: &RpcLedger,
    plan: Plan,
    what: &'static str,
    transactions: Vec<Signed>,
) -> Result<(), BenchError> {
    let Sent { outcomes, .. } = send(ledger, plan, SPREAD, transactions)?;
    let failures = outcomes.iter();
    let mut failures = failures.filter_map(|outcome| outcome.result.as_ref().err());
    match failures.next() {
        None => Ok(()),
        Some(first) => Err(BenchError::Failed {
            what,
            failed: failures.count().saturating_add(1),
            of: outcomes.len(),
            first: first.clone(),
        }),
    }
}

/// What every one of `nodes` sends, alone.
pub(super) fn of_each<'a>(
    nodes: &'a [Keypair],
    instructions: impl Fn(Pubkey) -> Vec<Instruction>,
) -> Vec<Signed<'a>> {
    let nodes = nodes.iter();
    nodes
        .map(|node| (instructions(node.pubkey()), vec![node]))
        .collect()
}
