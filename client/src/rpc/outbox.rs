//! The way of a transaction: it is simulated, signed, broadcast and confirmed. When its blockhash has
//! expired it is signed again, after no earlier signature can succeed any more.

use super::{PriorityFee, RpcLedger, Simulation, error, fee};
use crate::{
    ledger::{LedgerError, Receipt},
    packing::{Budget, MAX_BYTES, size_of},
};
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::config::{RpcSendTransactionConfig, RpcSimulateTransactionConfig};
use solana_signature::Signature;
use solana_signer::signers::Signers;
use solana_transaction::Transaction;
use solana_transaction_status_client_types::TransactionStatus;
use std::{
    thread,
    time::{Duration, Instant},
};

/// Between two looks at whether a transaction has landed.
const POLL: Duration = Duration::from_millis(250);
/// Between two broadcasts of the same transaction.
const REBROADCAST: Duration = Duration::from_secs(2);

/// The price to pay now; 0 if the cluster does not say what others pay.
fn price(ledger: &RpcLedger, instructions: &[Instruction]) -> u64 {
    match ledger.options().priority_fee {
        PriorityFee::Fixed(price) => price,
        PriorityFee::Recent { cap } => {
            let written = fee::written_by(instructions);
            let recent = ledger.call(|client| client.get_recent_prioritization_fees(&written));
            let recent = recent.unwrap_or_default();
            let fees = recent.iter().map(|fee| fee.prioritization_fee).collect();
            fee::price_of(fees, cap)
        }
    }
}

pub(super) fn simulate(
    ledger: &RpcLedger,
    instructions: &[Instruction],
    payer: &Pubkey,
) -> Result<Simulation, LedgerError> {
    let price = price(ledger, instructions);
    let limit = fee::MAX_COMPUTE_UNITS;
    let (all, prepended) = Budget { limit, price }.before(instructions);
    let transaction = Transaction::new_with_payer(&all, Some(payer));
    let simulation = simulate_transaction(ledger, &transaction, prepended, true)?;
    Ok(Simulation {
        price,
        ..simulation
    })
}

/// Simulates `transaction`, which begins with `prepended` instructions that are not the caller's: with its own
/// blockhash, or with a new one. Signatures are not looked at.
pub(super) fn simulate_transaction(
    ledger: &RpcLedger,
    transaction: &Transaction,
    prepended: usize,
    renews_blockhash: bool,
) -> Result<Simulation, LedgerError> {
    require_size(transaction)?;
    let config = RpcSimulateTransactionConfig {
        sig_verify: false,
        replace_recent_blockhash: renews_blockhash,
        commitment: Some(ledger.present()),
        min_context_slot: ledger.least_slot(),
        ..RpcSimulateTransactionConfig::default()
    };
    let result = ledger
        .call(|client| client.simulate_transaction_with_config(transaction, config.clone()))?
        .value;
    let logs = result.logs.unwrap_or_default();
    match result.err {
        Some(failed) => Err(error::of_transaction(&failed.into(), prepended, logs)),
        None => Ok(Simulation {
            compute_units: result
                .units_consumed
                .unwrap_or_else(|| fee::MAX_COMPUTE_UNITS.into()),
            logs,
            price: 0,
        }),
    }
}

/// A larger transaction would be dropped without a word.
fn require_size(transaction: &Transaction) -> Result<(), LedgerError> {
    let size = size_of(transaction);
    if size <= MAX_BYTES {
        return Ok(());
    }
    Err(refused(format!(
        "transaction of {size} bytes, {MAX_BYTES} at most: send fewer instructions at once"
    )))
}

fn refused(message: String) -> LedgerError {
    LedgerError::Transaction {
        code: None,
        message,
        logs: vec![],
    }
}

/// A signed transaction, and the block height until which it may land.
struct Signed {
    transaction: Transaction,
    /// The last block height at which it is accepted.
    last_valid: u64,
}

/// The state of a transaction's signatures.
enum Fate {
    /// One of them was processed and has the commitment asked for.
    Done(Signature, TransactionStatus),
    /// None of them was processed; some still may be.
    Open,
    /// None of them will be processed: the last has expired, and none is on the ledger.
    Expired,
    /// None of them is seen, and a simulation is refused by now: the payer ran out of SOL, or one of them
    /// has landed and is not seen yet.
    Refused(LedgerError),
}

pub(super) fn send(
    ledger: &RpcLedger,
    instructions: &[Instruction],
    signers: &(impl Signers + ?Sized),
) -> Result<Receipt, LedgerError> {
    let payer = signers.pubkeys().first().copied();
    let payer = payer.ok_or_else(|| refused("no signer: the first one pays the fee".into()))?;
    let simulation = simulate(ledger, instructions, &payer)?;
    let limit = fee::limit_for(simulation.compute_units);
    let deadline = Instant::now().checked_add(ledger.options().give_up_after);
    let is_late = || deadline.is_none_or(|deadline| Instant::now() >= deadline);
    let mut budget = Budget {
        limit,
        price: simulation.price,
    };
    let is_refused = || match simulate(ledger, instructions, &payer) {
        Ok(_) | Err(LedgerError::Unavailable(_)) => None,
        Err(refusal) => Some(refusal),
    };
    let (mut signatures, mut broadcasts) = (Vec::new(), 0);
    loop {
        let (all, prepended) = budget.before(instructions);
        let signed = sign(ledger, &all, &payer, signers)?;
        signatures.extend(signed.transaction.signatures.first().copied());
        let fate = follow(
            ledger,
            &signed,
            &signatures,
            is_late,
            is_refused,
            &mut broadcasts,
        )?;
        match fate {
            Fate::Done(signature, status) => {
                ledger.require_slot(status.slot);
                return match status.err {
                    Some(failed) => Err(error::of_transaction(&failed, prepended, vec![])),
                    None => Ok(Receipt {
                        slot: status.slot,
                        compute_units: simulation.compute_units,
                        logs: simulation.logs,
                        signature: Some(signature),
                        broadcasts,
                    }),
                };
            }
            Fate::Expired if !is_late() => budget.price = price(ledger, instructions),
            Fate::Expired => {
                return Err(LedgerError::Unavailable(
                    "the transaction did not land in time and never will: send it again".into(),
                ));
            }
            Fate::Refused(refusal) => {
                return Err(LedgerError::Unavailable(format!(
                    "sent, but by now it would be refused: look before sending again ({refusal})"
                )));
            }
            Fate::Open => {
                let last = signatures.last().map(ToString::to_string);
                return Err(LedgerError::Unavailable(format!(
                    "not confirmed in time, may still land: look before sending again (signature {})",
                    last.unwrap_or_default()
                )));
            }
        }
    }
}

/// Broadcasts `transaction`, which is signed, until it is confirmed. It is never signed again.
pub(super) fn broadcast(
    ledger: &RpcLedger,
    transaction: Transaction,
    prepended: usize,
) -> Result<Receipt, LedgerError> {
    let look = || simulate_transaction(ledger, &transaction, prepended, false);
    let simulation = look()?;
    let deadline = Instant::now().checked_add(ledger.options().give_up_after);
    let is_late = || deadline.is_none_or(|deadline| Instant::now() >= deadline);
    let is_refused = || match look() {
        Ok(_) | Err(LedgerError::Unavailable(_)) => None,
        Err(refusal) => Some(refusal),
    };
    let signatures: Vec<Signature> = transaction
        .signatures
        .first()
        .copied()
        .into_iter()
        .collect();
    let signed = Signed {
        transaction: transaction.clone(),
        // Of somebody else's blockhash, or of a nonce: nobody says when it expires.
        last_valid: u64::MAX,
    };
    let mut broadcasts = 0;
    let fate = follow(
        ledger,
        &signed,
        &signatures,
        is_late,
        is_refused,
        &mut broadcasts,
    )?;
    let last = signatures.first().map(ToString::to_string);
    match fate {
        Fate::Done(signature, status) => {
            ledger.require_slot(status.slot);
            match status.err {
                Some(failed) => Err(error::of_transaction(&failed, prepended, vec![])),
                None => Ok(Receipt {
                    slot: status.slot,
                    compute_units: simulation.compute_units,
                    logs: simulation.logs,
                    signature: Some(signature),
                    broadcasts,
                }),
            }
        }
        Fate::Refused(refusal) => Err(LedgerError::Unavailable(format!(
            "sent, but by now it would be refused: look before signing again ({refusal}; signature {})",
            last.unwrap_or_default()
        ))),
        Fate::Open | Fate::Expired => Err(LedgerError::Unavailable(format!(
            "not confirmed in time, may still land: look before signing again (signature {})",
            last.unwrap_or_default()
        ))),
    }
}

fn sign(
    ledger: &RpcLedger,
    instructions: &[Instruction],
    payer: &Pubkey,
    signers: &(impl Signers + ?Sized),
) -> Result<Signed, LedgerError> {
    let (blockhash, last_valid): (Hash, u64) =
        ledger.call(|client| client.get_latest_blockhash_with_commitment(ledger.present()))?;
    let mut transaction = Transaction::new_with_payer(instructions, Some(payer));
    transaction
        .try_sign(signers, blockhash)
        .map_err(|error| refused(format!("cannot be signed: {error}")))?;
    Ok(Signed {
        transaction,
        last_valid,
    })
}

/// Broadcasts until the state of all `signatures`, the last of which is of `signed`, is known. An error
/// on the way does not end it: the transaction may have got through.
fn follow(
    ledger: &RpcLedger,
    signed: &Signed,
    signatures: &[Signature],
    is_late: impl Fn() -> bool,
    is_refused: impl Fn() -> Option<LedgerError>,
    broadcasts: &mut u32,
) -> Result<Fate, LedgerError> {
    let config = RpcSendTransactionConfig {
        skip_preflight: true,
        max_retries: Some(0),
        ..RpcSendTransactionConfig::default()
    };
    let mut is_first = true;
    loop {
        let sent = ledger
            .client()
            .send_transaction_with_config(&signed.transaction, config);
        // Refused before it ever got anywhere: it will not land.
        if let Some(refusal) = sent.err().filter(|error| !error::is_passing(error))
            && is_first
        {
            return Err(error::typed(&ledger.client().url(), &refusal));
        }
        is_first = false;
        *broadcasts = broadcasts.saturating_add(1);
        let broadcast = Instant::now();
        while broadcast.elapsed() < REBROADCAST {
            thread::sleep(POLL);
            if let Ok((Some(done), _)) = look(ledger, signatures) {
                return Ok(done);
            }
        }
        if has_expired(ledger, signed, signatures).unwrap_or(false) {
            return Ok(Fate::Expired);
        }
        if is_late() {
            return Ok(Fate::Open);
        }
        if let Some(refusal) = is_refused() {
            // It may have landed just before.
            return Ok(match look(ledger, signatures) {
                Ok((Some(done), _)) => done,
                _ => Fate::Refused(refusal),
            });
        }
    }
}

/// The signature that is done, if any; and the slot as of which none of them was on the ledger, if none
/// was.
fn look(
    ledger: &RpcLedger,
    signatures: &[Signature],
) -> Result<(Option<Fate>, Option<u64>), LedgerError> {
    let commitment = ledger.client().commitment();
    let seen = ledger
        .client()
        .get_signature_statuses(signatures)
        .map_err(|error| error::typed(&ledger.client().url(), &error))?;
    let absent = seen.value.iter().all(Option::is_none);
    let done = signatures
        .iter()
        .zip(seen.value)
        .filter_map(|(signature, status)| Some((*signature, status?)))
        .find(|(_, status)| status.satisfies_commitment(commitment));
    let done = done.map(|(signature, status)| Fate::Done(signature, status));
    Ok((done, absent.then_some(seen.context.slot)))
}

/// Whether `signed` can no longer land and none of `signatures` has landed: the cluster is past its last
/// block, and statuses at least as new do not have them. One address may lead to several servers, some
/// of which lag.
fn has_expired(
    ledger: &RpcLedger,
    signed: &Signed,
    signatures: &[Signature],
) -> Result<bool, LedgerError> {
    let epoch = ledger
        .client()
        .get_epoch_info_with_commitment(ledger.present());
    let epoch = epoch.map_err(|error| error::typed(&ledger.client().url(), &error))?;
    if epoch.block_height <= signed.last_valid {
        return Ok(false);
    }
    let (_, absent_as_of) = look(ledger, signatures)?;
    Ok(absent_as_of.is_some_and(|slot| slot >= epoch.absolute_slot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_is_refused_before_it_is() {
        let payer = Pubkey::new_unique();
        let large = Instruction::new_with_bytes(gradual_consensus::ID, &[7; 1_300], vec![]);
        let error = require_size(&Transaction::new_with_payer(&[large], Some(&payer)));
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("1232 at most: send fewer instructions"),
            "{error}"
        );
    }
}
