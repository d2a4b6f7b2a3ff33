//! The nodes' keys, the SOL that they are given, and its return at the end.

use super::{
    burst,
    plan::{BenchError, Plan, STAKE},
};
use gradual_consensus::state::{Cycle, NodeStake, Submission};
use gradual_consensus_client::{
    ledger::{Ledger, LedgerError},
    packing::packed,
    rpc::RpcLedger,
};
use solana_sdk::{
    program_pack::Pack,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use solana_sha256_hasher::hashv;
use solana_system_interface::instruction::transfer;
use spl_token_interface::state::Account as TokenAccount;

/// Bytes of a proof: those of a digest.
const PROOF: usize = 32;
/// Lamports for the fees of one transaction, at the highest price that is paid for priority.
const FEE: u64 = 50_000;
/// Transactions that a node sends beside its submissions and transfers.
const OTHER_TRANSACTIONS: u64 = 9;
/// Transfers of SOL from nodes that fit into one transaction, with a signature each.
const SWEPT_AT_ONCE: usize = 8;

/// The key of node `number`, derived from the payer's secret key.
pub(super) fn node_key(payer: &Keypair, number: u16) -> Keypair {
    let secret = payer.to_bytes();
    let (number, what) = (number.to_le_bytes(), b"gradual bench node");
    Keypair::new_from_array(hashv(&[what, &secret, &number]).to_bytes())
}

fn lamports(ledger: &RpcLedger, address: &Pubkey) -> Result<u64, LedgerError> {
    let found = ledger.accounts(&[*address])?;
    let account = found.into_iter().flatten().next();
    Ok(account.map_or(0, |account| account.lamports))
}

/// Lamports of the payer and the nodes together.
pub(super) fn all_lamports(
    ledger: &RpcLedger,
    payer: &Keypair,
    nodes: &[Keypair],
) -> Result<u64, LedgerError> {
    let keys: Vec<Pubkey> = nodes.iter().chain([payer]).map(Keypair::pubkey).collect();
    let accounts = ledger.accounts(&keys)?;
    let lamports = accounts.iter().flatten().map(|account| account.lamports);
    Ok(lamports.fold(0, u64::saturating_add))
}

fn rent(ledger: &RpcLedger, bytes: usize) -> Result<u64, LedgerError> {
    ledger.call(|client| client.get_minimum_balance_for_rent_exemption(bytes))
}

/// Brings every node to the most SOL that it can need.
pub(super) fn fund(
    ledger: &RpcLedger,
    payer: &Keypair,
    nodes: &[Keypair],
    plan: Plan,
) -> Result<(), BenchError> {
    let rounds = u64::from(plan.rounds);
    // In each round a submission and a transfer, and of one node the opening of a cycle.
    let transactions = rounds
        .checked_mul(3)
        .and_then(|each| each.checked_add(OTHER_TRANSACTIONS));
    let parts = [
        Some(STAKE),
        Some(rent(ledger, 0)?),
        Some(rent(ledger, NodeStake::SPACE)?),
        Some(rent(ledger, TokenAccount::LEN)?),
        rent(ledger, Submission::SPACE + PROOF)?.checked_mul(rounds),
        // One node opens the cycles, and funds the task with a lamport for each.
        Some(rounds),
        rent(ledger, Cycle::SPACE)?.checked_mul(rounds),
        transactions.and_then(|count| count.checked_mul(FEE)),
    ];
    let sum = |parts: &[Option<u64>]| {
        let mut parts = parts.iter();
        parts.try_fold(0u64, |sum, part| sum.checked_add((*part)?))
    };
    let each = sum(&parts).ok_or(BenchError::Overflow)?;
    let me = payer.pubkey();
    let keys: Vec<Pubkey> = nodes.iter().map(Keypair::pubkey).collect();
    let held = ledger.accounts(&keys)?;
    let missing = keys.iter().zip(held).filter_map(|(node, account)| {
        let held = account.map_or(0, |account| account.lamports);
        let missing = each.saturating_sub(held);
        (missing > 0).then_some((*node, missing))
    });
    let missing: Vec<(Pubkey, u64)> = missing.collect();
    let amounts: Vec<Option<u64>> = missing.iter().map(|(_, amount)| Some(*amount)).collect();
    let gifts = missing.iter();
    let gifts = gifts.map(|(node, amount)| transfer(&me, node, *amount));
    let batches = packed(&me, gifts.collect());
    // SOL is given, and given back, in batches. The task's own rent and fees are small beside a node's.
    let sweeps = nodes.len().div_ceil(SWEPT_AT_ONCE);
    let sent = u64::try_from(batches.len().saturating_add(sweeps)).ok();
    let fees = sent.and_then(|sent| sent.checked_mul(FEE));
    let needed = sum(&amounts).and_then(|sum| sum.checked_add(each));
    let needed = needed.and_then(|sum| sum.checked_add(fees?));
    let (needed, held) = (needed.ok_or(BenchError::Overflow)?, lamports(ledger, &me)?);
    if held < needed {
        return Err(BenchError::TooPoor {
            payer: me,
            held,
            needed,
        });
    }
    let batches = batches.into_iter();
    let gifts = batches.map(|batch| (batch, vec![payer])).collect();
    burst::send_all(ledger, plan, "giving SOL", gifts)
}

/// Sends all SOL of the nodes back to the payer.
pub(super) fn sweep(
    ledger: &RpcLedger,
    payer: &Keypair,
    nodes: &[Keypair],
    plan: Plan,
) -> Result<(), BenchError> {
    let me = payer.pubkey();
    let keys: Vec<Pubkey> = nodes.iter().map(Keypair::pubkey).collect();
    let held = ledger.accounts(&keys)?;
    let rich: Vec<(&Keypair, u64)> = (nodes.iter().zip(held))
        .filter_map(|(node, account)| Some((node, account?.lamports)))
        .collect();
    let returns = rich.chunks(SWEPT_AT_ONCE).map(|batch| {
        let gifts = batch.iter();
        let gifts = gifts.map(|(node, lamports)| transfer(&node.pubkey(), &me, *lamports));
        let signers = batch.iter().map(|(node, _)| *node);
        (
            gifts.collect(),
            [payer].into_iter().chain(signers).collect(),
        )
    });
    burst::send_all(ledger, plan, "giving SOL back", returns.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_nodes_follow_from_the_payers_and_differ() {
        let [one, other] = [[1; 32], [2; 32]].map(Keypair::new_from_array);
        let key = |payer, number| node_key(payer, number).pubkey();
        assert_eq!(key(&one, 0), key(&one, 0));
        assert_ne!(key(&one, 0), key(&one, 1));
        assert_ne!(key(&one, 0), key(&other, 0));
    }
}
