//! What follows for the chain and for a cluster.

use anyhow::{Context, Result};
use gradual_consensus::state::{Cycle, DistributionList, Submission};
use gradual_consensus_testkit::vm::binary;
use solana_sdk::{instruction::Instruction, pubkey::Pubkey, rent::Rent};
use std::collections::BTreeSet;

/// Lamports that a cluster takes for each signature.
pub const FEE: u64 = 5_000;
/// Bytes of a proof.
pub const PROOF: usize = 32;
/// Transactions in which one node opens a cycle, proposes its list, finalizes it, and closes the cycle.
pub const SHARED: u64 = 4;
/// Compute units of all transactions in a slot that write the same account, as clusters limit them: 12 million, and 24
/// million once blocks are of 60 million.
pub const LIMITS: [u64; 2] = [12_000_000, 24_000_000];

// What a cluster adds to the compute units of a transaction, as agave's cost model has it.
const SIGNATURE: u64 = 720;
const WRITE_LOCK: u64 = 300;
const DATA_BYTES_PER_UNIT: u64 = 4;
const LOADED_PAGE: u64 = 8;
const PAGE_BYTES: usize = 32 * 1_024;
/// A transaction names its limit of compute units and its price.
const BUDGET: u64 = 2 * 150;

/// Compute units by which a transaction with `instructions`, signed by one node, counts against a slot's limit, beside
/// those that it takes.
pub fn overhead(instructions: &[Instruction]) -> u64 {
    let metas = instructions.iter().flat_map(|one| &one.accounts);
    let written: BTreeSet<Pubkey> = metas
        .filter(|meta| meta.is_writable || meta.is_signer)
        .map(|meta| meta.pubkey)
        .collect();
    let bytes: usize = instructions.iter().map(|one| one.data.len()).sum();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let pages = count(binary().len().div_ceil(PAGE_BYTES));
    SIGNATURE
        .saturating_add(BUDGET)
        .saturating_add(WRITE_LOCK.saturating_mul(count(written.len())))
        .saturating_add(count(bytes) / DATA_BYTES_PER_UNIT)
        .saturating_add(LOADED_PAGE.saturating_mul(pages))
}

/// What a cycle costs all who take part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Transactions.
    pub transactions: u64,
    /// Lamports of their fees, without a price for compute units.
    pub fees: u64,
    /// Lamports that are locked as rent until its accounts are closed.
    pub locked: u64,
}

impl Cost {
    /// The cost of a cycle of so many `nodes`, each of which sends `per_node` transactions.
    pub fn of(nodes: u32, per_node: usize) -> Self {
        let (nodes, rent) = (u64::from(nodes), Rent::default());
        let per_node = u64::try_from(per_node).unwrap_or(u64::MAX);
        let transactions = nodes.saturating_mul(per_node).saturating_add(SHARED);
        let submission = rent.minimum_balance(Submission::SPACE.saturating_add(PROOF));
        Self {
            transactions,
            fees: transactions.saturating_mul(FEE),
            locked: nodes
                .saturating_mul(submission)
                .saturating_add(rent.minimum_balance(Cycle::SPACE))
                .saturating_add(rent.minimum_balance(DistributionList::SPACE)),
        }
    }
}

/// Transactions in a slot, on average over slots that were filled with transactions of these `costs` one after the other,
/// up to `limit` compute units each.
///
/// # Errors
/// Where they do not fill a slot.
pub fn per_slot(costs: &[u64], limit: u64) -> Result<u64> {
    let (mut slots, mut filled, mut waiting, mut used) = (0_u64, 0_u64, 0_u64, 0_u64);
    for &cost in costs {
        if used.saturating_add(cost) > limit {
            slots = slots.saturating_add(1);
            filled = filled.saturating_add(waiting);
            (waiting, used) = (0, 0);
        }
        waiting = waiting.saturating_add(1);
        used = used.saturating_add(cost);
    }
    filled.checked_div(slots).context("no slot was filled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_up_to_their_limit() {
        assert_eq!(per_slot(&[4; 100], 10).unwrap(), 2);
        assert_eq!(per_slot(&[5; 100], 10).unwrap(), 2);
        assert_eq!(per_slot(&[6, 4, 6, 4, 9], 10).unwrap(), 2);
        per_slot(&[5; 2], 10).unwrap_err();
    }

    #[test]
    fn a_cycle_locks_the_rent_of_each_submission() {
        let (one, many) = (Cost::of(1, 1), Cost::of(11, 1));
        let rent = Rent::default().minimum_balance(Submission::SPACE + PROOF);
        assert_eq!(many.locked - one.locked, 10 * rent);
        assert_eq!((one.transactions, many.transactions), (5, 15));
        assert_eq!(many.fees, 75_000);
    }
}
