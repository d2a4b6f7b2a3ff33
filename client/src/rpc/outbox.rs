//! The way of a transaction: it is simulated, signed, broadcast and confirmed. When its blockhash has
//! expired it is signed again, after no earlier signature can succeed any more. An urgent one is signed
//! again before, with a higher bid: it says of itself that it can be done only once.

use super::{PriorityFee, RpcLedger, Simulation, error, fee, flight::Flight};
use crate::{
    ledger::{LedgerError, Receipt, Urgency},
    packing::{Budget, MAX_BYTES, size_of},
};
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::{
    config::{RpcSendTransactionConfig, RpcSimulateTransactionConfig},
    response::RpcResult,
};
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
pub(super) const REBROADCAST: Duration = Duration::from_secs(2);
/// Looks for a transaction that would be refused by now, most likely because it has landed: another server
/// may not know of it yet.
const LAST_LOOKS: u32 = 16;

/// Blocks beyond a signature's last one within which every server still knows whether it has landed: they
/// keep the statuses of 300 slots, and a signature may have landed 150 blocks before its last one.
const STATUSES_KEPT: u64 = 100;

/// The price to pay now; 0 if the cluster does not say what others pay.
pub(super) fn price(ledger: &RpcLedger, instructions: &[Instruction]) -> u64 {
    match ledger.options().priority_fee {
        PriorityFee::Fixed(price) => price,
        PriorityFee::Recent { cap } => fee::price_of(recent(ledger, instructions), cap),
    }
}

/// What others lately paid for the accounts that `instructions` write.
fn recent(ledger: &RpcLedger, instructions: &[Instruction]) -> Vec<u64> {
    let written = fee::written_by(instructions);
    let recent = ledger.call(|client| client.get_recent_prioritization_fees(&written));
    let recent = recent.unwrap_or_default();
    recent.iter().map(|fee| fee.prioritization_fee).collect()
}

/// What a transaction bids to land in time.
struct Bidding<'a> {
    ledger: &'a RpcLedger,
    instructions: &'a [Instruction],
    urgency: Option<Urgency>,
    /// The most that it pays for a compute unit.
    top: u64,
    /// The slot at which it was first sent; `None` if the ledger did not tell.
    first: Option<u64>,
}

impl<'a> Bidding<'a> {
    /// For `instructions`, which may take `limit` compute units. A fixed price is not raised.
    fn new(
        ledger: &'a RpcLedger,
        instructions: &'a [Instruction],
        urgency: Option<&Urgency>,
        limit: u32,
    ) -> Self {
        let is_fixed = matches!(ledger.options().priority_fee, PriorityFee::Fixed(_));
        let urgency = urgency.copied().filter(|_| !is_fixed);
        let cap = ledger.options().urgent_fee_cap;
        let stake = urgency.and_then(|urgency| urgency.at_stake);
        let most = stake.map_or(cap, |stake| stake.min(cap));
        Self {
            ledger,
            instructions,
            top: fee::price_for(most, limit),
            first: urgency.and_then(|_| ledger.newest_slot().ok()),
            urgency,
        }
    }

    /// What others lately paid, up to the top: the first bid, whatever time is left. `None` if it does not
    /// bid.
    fn first_price(&self) -> Option<u64> {
        let fees = self.urgency.map(|_| recent(self.ledger, self.instructions));
        fees.map(|fees| fee::price_of(fees, self.top))
    }

    /// The price to pay now, where what was sent before may still land and pay `committed`: together they
    /// do not pay more than the top.
    fn present_price(&self, committed: u64) -> u64 {
        let (Some(urgency), Some(recent)) = (&self.urgency, self.first_price()) else {
            return price(self.ledger, self.instructions);
        };
        let bid = self.ledger.newest_slot().map_or(recent, |now| {
            let first = self.first.unwrap_or(now.saturating_sub(1));
            fee::bid(recent, self.top, first, now, urgency.until)
        });
        bid.min(self.top.saturating_sub(committed))
    }

    /// Whether a transaction that pays `price` is to be replaced by one that pays more.
    fn outbids(&self, price: u64, committed: u64) -> bool {
        self.urgency.is_some() && self.present_price(committed) >= price.saturating_mul(2).max(1)
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

/// What a simulation of `instructions` is refused with by now, if it is.
pub(super) fn refusal(
    ledger: &RpcLedger,
    instructions: &[Instruction],
    payer: &Pubkey,
) -> Option<LedgerError> {
    match simulate(ledger, instructions, payer) {
        Ok(_) | Err(LedgerError::Unavailable(_)) => None,
        Err(refusal) => Some(refusal),
    }
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
        commitment: Some(ledger.newest()),
        min_context_slot: Some(ledger.least_slot()),
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

fn payer_of(signers: &(impl Signers + ?Sized)) -> Result<Pubkey, LedgerError> {
    let payer = signers.pubkeys().first().copied();
    payer.ok_or_else(|| refused("no signer: the first one pays the fee".into()))
}

/// A larger transaction would be dropped without a word.
pub(super) fn require_size(transaction: &Transaction) -> Result<(), LedgerError> {
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
pub(super) struct Signed {
    pub(super) transaction: Transaction,
    /// The last block height at which it is accepted.
    last_valid: u64,
}

/// The state of a transaction's signatures.
pub(super) enum Fate {
    /// One of them was processed and has the commitment asked for.
    Done(Signature, TransactionStatus),
    /// None of them was processed; some still may be.
    Open,
    /// None of them was processed, and others pay more by now, or time is short.
    Outbid,
    /// None of them will be processed: the last has expired, and none is on the ledger.
    Expired,
    /// None of them is seen, and a simulation is refused by now: somebody else was faster, the payer ran out
    /// of SOL, or one of them has landed on a server that was not asked.
    Refused(LedgerError),
}

pub(super) fn send(
    ledger: &RpcLedger,
    instructions: &[Instruction],
    signers: &(impl Signers + ?Sized),
    urgency: Option<&Urgency>,
) -> Result<Receipt, LedgerError> {
    let payer = payer_of(signers)?;
    let simulation = simulate(ledger, instructions, &payer)?;
    let limit = fee::limit_for(simulation.compute_units);
    let deadline = Instant::now().checked_add(ledger.options().give_up_after);
    let is_late = || ledger.is_late(deadline);
    let bidding = Bidding::new(ledger, instructions, urgency, limit);
    let mut budget = Budget {
        limit,
        price: bidding.first_price().unwrap_or(simulation.price),
    };
    // The prices of all signatures that may still land.
    let mut committed = 0u64;
    let is_refused = || refusal(ledger, instructions, &payer);
    let (mut flight, mut broadcasts) = (ledger.flights.begin(), 0);
    // How many instructions stand before the caller's, by signature: a price of nothing needs no instruction.
    let mut prepended_by = Vec::new();
    loop {
        committed = committed.saturating_add(budget.price);
        let (all, prepended) = budget.before(instructions);
        let signed = sign(newest_blockhash(ledger)?, &all, signers)?;
        flight.takes_off(&signed.transaction);
        prepended_by.push(prepended);
        let fate = follow(
            ledger,
            &signed,
            &flight.signatures,
            is_late,
            is_refused,
            || bidding.outbids(budget.price, committed),
            &mut broadcasts,
        )?;
        match fate {
            Fate::Done(signature, status) => {
                let which = flight.signatures.iter().position(|one| *one == signature);
                let prepended = which.and_then(|which| prepended_by.get(which).copied());
                let prepended = prepended.unwrap_or_default();
                let done = (signature, status);
                return receipt(&flight, ledger, done, prepended, simulation, broadcasts);
            }
            Fate::Outbid => budget.price = bidding.present_price(committed),
            Fate::Expired if !is_late() => {
                committed = 0;
                budget.price = bidding.present_price(committed);
            }
            fate => return Err(unsettled(fate, &flight.signatures)),
        }
    }
}

/// The error of a transaction of which it is not known that it is done, with all its `signatures`.
pub(super) fn unsettled(fate: Fate, signatures: &[Signature]) -> LedgerError {
    LedgerError::Unsettled(match fate {
        Fate::Expired => "it did not land in time and never will: send it again".into(),
        Fate::Refused(refusal) => format!(
            "it was not seen to land, and would be refused by now: look whether it is done ({refusal})"
        ),
        Fate::Done(..) | Fate::Open | Fate::Outbid => format!(
            "not confirmed in time, may still land: look before sending again (signature {})",
            signatures
                .last()
                .map(ToString::to_string)
                .unwrap_or_default()
        ),
    })
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
    let is_late = || ledger.is_late(deadline);
    let is_refused = || match look() {
        Ok(_) | Err(LedgerError::Unavailable(_)) => None,
        Err(refusal) => Some(refusal),
    };
    let mut flight = ledger.flights.begin();
    flight.takes_off(&transaction);
    let signed = Signed {
        transaction: transaction.clone(),
        // Of somebody else's blockhash, or of a nonce: nobody says when it expires.
        last_valid: u64::MAX,
    };
    let mut broadcasts = 0;
    let fate = follow(
        ledger,
        &signed,
        &flight.signatures,
        is_late,
        is_refused,
        || false,
        &mut broadcasts,
    )?;
    let last = flight.signatures.first().map(ToString::to_string);
    match fate {
        Fate::Done(signature, status) => {
            let done = (signature, status);
            receipt(&flight, ledger, done, prepended, simulation, broadcasts)
        }
        Fate::Refused(refusal) => Err(LedgerError::Unsettled(format!(
            "it was not seen to land, and would be refused by now: look before signing again ({refusal}; \
             signature {})",
            last.unwrap_or_default()
        ))),
        Fate::Open | Fate::Expired | Fate::Outbid => Err(LedgerError::Unsettled(format!(
            "not confirmed in time, may still land: look before signing again (signature {})",
            last.unwrap_or_default()
        ))),
    }
}

/// What became of the transaction that is done with this signature, `prepended` of whose instructions stand before the
/// caller's.
pub(super) fn receipt(
    flight: &Flight,
    ledger: &RpcLedger,
    (signature, status): (Signature, TransactionStatus),
    prepended: usize,
    simulation: Simulation,
    broadcasts: u32,
) -> Result<Receipt, LedgerError> {
    ledger.require_slot(status.slot);
    match status.err {
        Some(failed) => Err(error::of_transaction(&failed, prepended, vec![])),
        None => {
            flight.lands(signature);
            Ok(Receipt {
                slot: status.slot,
                compute_units: simulation.compute_units,
                logs: simulation.logs,
                signature: Some(signature),
                broadcasts,
            })
        }
    }
}

/// The newest blockhash, and the last block height at which it is accepted.
pub(super) fn newest_blockhash(ledger: &RpcLedger) -> Result<(Hash, u64), LedgerError> {
    ledger.call(|client| client.get_latest_blockhash_with_commitment(ledger.newest()))
}

pub(super) fn sign(
    (blockhash, last_valid): (Hash, u64),
    instructions: &[Instruction],
    signers: &(impl Signers + ?Sized),
) -> Result<Signed, LedgerError> {
    let payer = payer_of(signers)?;
    let mut transaction = Transaction::new_with_payer(instructions, Some(&payer));
    transaction
        .try_sign(signers, blockhash)
        .map_err(|error| refused(format!("cannot be signed: {error}")))?;
    Ok(Signed {
        transaction,
        last_valid,
    })
}

/// Broadcasts `signed` until the state of all `signatures`, the last of which is its, is known.
fn follow(
    ledger: &RpcLedger,
    signed: &Signed,
    signatures: &[Signature],
    is_late: impl Fn() -> bool,
    is_refused: impl Fn() -> Option<LedgerError>,
    is_outbid: impl Fn() -> bool,
    broadcasts: &mut u32,
) -> Result<Fate, LedgerError> {
    let mut is_first = signatures.len() == 1;
    loop {
        transmit(ledger, signed, is_first)?;
        is_first = false;
        *broadcasts = broadcasts.saturating_add(1);
        let (broadcast, mut is_seen) = (Instant::now(), false);
        while broadcast.elapsed() < REBROADCAST {
            thread::sleep(POLL);
            match look_with_others(ledger, signatures) {
                Ok((Some(done), _)) => return Ok(done),
                Ok((None, is_any_seen)) => is_seen = is_any_seen,
                Err(_) => {}
            }
        }
        if is_seen && !is_late() {
            // It has landed, and waits for the commitment asked for.
            continue;
        }
        if has_expired(ledger, signed, signatures).unwrap_or(false) {
            return Ok(Fate::Expired);
        }
        if is_late() {
            return Ok(Fate::Open);
        }
        if let Some(refusal) = is_refused() {
            return Ok(landed(ledger, signatures, &is_late).unwrap_or(Fate::Refused(refusal)));
        }
        if !is_late() && is_outbid() {
            return Ok(Fate::Outbid);
        }
    }
}

/// Broadcasts `signed`. An error on the way does not end it: the transaction may have got through.
///
/// # Errors
/// What the cluster said of the first broadcast of all: it got nowhere, and will not land.
pub(super) fn transmit(
    ledger: &RpcLedger,
    signed: &Signed,
    is_first: bool,
) -> Result<(), LedgerError> {
    let config = RpcSendTransactionConfig {
        skip_preflight: true,
        max_retries: Some(0),
        ..RpcSendTransactionConfig::default()
    };
    let mut tries = 0u32;
    let broadcast = || {
        tries = tries.saturating_add(1);
        (ledger.client()).send_transaction_with_config(&signed.transaction, config)
    };
    // What did not get through is broadcast again at once: a window may be as short as the pause between two
    // broadcasts.
    let retry = ledger.options().retry;
    let sent = retry.run(REBROADCAST, broadcast, error::is_passing);
    match sent.err().filter(|error| !error::is_passing(error)) {
        Some(refusal) if is_first && tries == 1 => {
            Err(error::typed(&ledger.client().url(), &refusal))
        }
        _ => Ok(()),
    }
}

/// The outcome of one of `signatures`, looked for a while; `None` if none of them is seen. One that is seen
/// is waited for.
fn landed(
    ledger: &RpcLedger,
    signatures: &[Signature],
    is_late: impl Fn() -> bool,
) -> Option<Fate> {
    let mut looks = 0;
    while looks < LAST_LOOKS {
        match look(ledger, signatures) {
            Ok((Some(done), _)) => return Some(done),
            Ok((None, None)) if is_late() => return Some(Fate::Open),
            Ok((None, None)) => {}
            Ok((None, Some(_))) | Err(_) => looks = looks.saturating_add(1),
        }
        thread::sleep(POLL);
    }
    None
}

/// What `answer` says of the signatures that were asked for, so many, and as of which slot.
///
/// # Errors
/// Those of the call; also if it is an answer for more or fewer: what it does not tell of may have landed.
pub(super) fn said(
    ledger: &RpcLedger,
    asked: usize,
    answer: RpcResult<Vec<Option<TransactionStatus>>>,
) -> Result<(Vec<Option<TransactionStatus>>, u64), LedgerError> {
    let seen = answer.map_err(|error| error::typed(&ledger.client().url(), &error))?;
    let told = seen.value.len();
    if told != asked {
        return Err(LedgerError::Unavailable(format!(
            "asked for the state of {asked} transactions, the RPC answered for {told}: try another RPC"
        )));
    }
    Ok((seen.value, seen.context.slot))
}

/// That of `signatures` which is done by what their `statuses` say. Of several the first that lands does it, and the
/// others fail.
pub(super) fn done(
    ledger: &RpcLedger,
    signatures: &[Signature],
    statuses: Vec<Option<TransactionStatus>>,
) -> Option<Fate> {
    let commitment = ledger.client().commitment();
    let done = signatures
        .iter()
        .zip(statuses)
        .filter_map(|(signature, status)| Some((*signature, status?)))
        .filter(|(_, status)| status.satisfies_commitment(commitment))
        .min_by_key(|(_, status)| status.err.is_some());
    done.map(|(signature, status)| Fate::Done(signature, status))
}

/// The signature that is done, if any; and the slot as of which none of them was on the ledger, if none
/// was.
fn look(
    ledger: &RpcLedger,
    signatures: &[Signature],
) -> Result<(Option<Fate>, Option<u64>), LedgerError> {
    let statuses = ledger.client().get_signature_statuses(signatures);
    let (statuses, slot) = said(ledger, signatures.len(), statuses)?;
    let absent = statuses.iter().all(Option::is_none);
    Ok((done(ledger, signatures, statuses), absent.then_some(slot)))
}

/// The signature that is done, if any, and whether any of them is on the ledger: by what was asked for all that is under
/// way, lately or now. A server that refuses so many at once is asked for `signatures` alone.
fn look_with_others(
    ledger: &RpcLedger,
    signatures: &[Signature],
) -> Result<(Option<Fate>, bool), LedgerError> {
    let now = Instant::now();
    let since = now.checked_sub(POLL / 2).unwrap_or(now);
    let open = || ledger.flights.traffic().open;
    let client = ledger.client();
    let ask = |asked: &[Signature]| {
        let answer = match client.get_signature_statuses(asked) {
            Err(error) if error::is_refusal(&error) => said(
                ledger,
                signatures.len(),
                client.get_signature_statuses(signatures),
            ),
            answer => said(ledger, asked.len(), answer),
        };
        answer.map(|(statuses, _)| statuses)
    };
    let statuses = ledger.statuses.of(signatures, since, open, ask)?;
    let is_any_seen = statuses.iter().any(Option::is_some);
    Ok((done(ledger, signatures, statuses), is_any_seen))
}

/// Whether a transaction with `signature`, valid until block `last_valid`, has landed with the commitment asked
/// for; where it has not, whether it has expired.
///
/// # Errors
/// Those of the calls.
#[cfg(feature = "outside")]
pub(super) fn outcome(
    ledger: &RpcLedger,
    signature: Signature,
    last_valid: u64,
) -> Result<(bool, bool), LedgerError> {
    let signed = Signed {
        transaction: Transaction::default(),
        last_valid,
    };
    let (done, _) = look(ledger, &[signature])?;
    Ok((done.is_some(), has_expired(ledger, &signed, &[signature])?))
}

/// Whether `signed` can no longer land and none of `signatures` has landed: the cluster is past its last
/// block, and statuses at least as new do not have them. `false` also if it is so far past that these may
/// have forgotten them. One address may lead to several servers, some of which lag.
pub(super) fn has_expired(
    ledger: &RpcLedger,
    signed: &Signed,
    signatures: &[Signature],
) -> Result<bool, LedgerError> {
    let epoch = ledger
        .client()
        .get_epoch_info_with_commitment(ledger.newest());
    let epoch = epoch.map_err(|error| error::typed(&ledger.client().url(), &error))?;
    let past = epoch.block_height.saturating_sub(signed.last_valid);
    if past == 0 || past > STATUSES_KEPT {
        return Ok(false);
    }
    let (_, absent_as_of) = look(ledger, signatures)?;
    Ok(absent_as_of.is_some_and(|slot| slot >= epoch.absolute_slot))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ledger::Ledger,
        rpc::{
            Flights, RpcOptions, Traffic,
            stub::{Call, Reply, Sent, Stub, cluster, ledger, nothing},
        },
    };
    use serde_json::json;
    use solana_keypair::Keypair;
    use std::sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    };

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

    #[test]
    fn what_landed_is_told_though_it_would_be_refused_by_now() {
        let (sent, looks) = (Sent::default(), AtomicUsize::new(0));
        let refused = json!({"InstructionError": [2, {"Custom": 6001}]});
        let stub = Stub::start(move |call| {
            // It lands at once, and another server than the one that simulates knows of it later.
            let is_look = call.method == "getSignatureStatuses";
            let look = looks.fetch_add(usize::from(is_look), Ordering::Relaxed);
            match call.method.as_str() {
                "simulateTransaction" if sent.count() > 0 => Reply::Result(json!({
                    "context": {"slot": 5}, "value": {"err": refused, "logs": []}
                })),
                _ => cluster(call, &sent, 5, look > 10),
            }
        });
        let receipt = ledger(&stub)
            .send(&[nothing()], &[&Keypair::new()])
            .unwrap();
        assert_eq!((receipt.slot, receipt.compute_units), (5, 1_000));
    }

    #[test]
    fn what_is_under_way_is_known_to_other_threads_until_it_is_over() {
        let (sent, flights) = (
            Arc::new(Sent::default()),
            Arc::new(OnceLock::<Flights>::new()),
        );
        let during = Arc::new(Mutex::new(Vec::new()));
        let (all, asked, seen) = (Arc::clone(&sent), Arc::clone(&flights), Arc::clone(&during));
        let stub = Stub::start(move |call| {
            if call.method == "sendTransaction" {
                seen.lock().unwrap().push(asked.get().unwrap().traffic());
            }
            cluster(call, &all, 5, true)
        });
        let ledger = ledger(&stub);
        flights.set(ledger.flights()).unwrap();
        let receipt = ledger.send(&[nothing()], &[&Keypair::new()]).unwrap();
        let under_way = Traffic {
            open: receipt.signature.into_iter().collect(),
            ..Traffic::default()
        };
        assert_eq!(during.lock().unwrap().first(), Some(&under_way));
        let over = Traffic {
            open: vec![],
            landed: 1,
            last_landed: receipt.signature,
        };
        assert_eq!(ledger.flights().traffic(), over);
    }

    #[test]
    fn a_ledger_that_is_closed_waits_for_nothing() {
        let sent = Arc::new(Sent::default());
        let seen = Arc::clone(&sent);
        let stub = Stub::start(move |call| cluster(call, &seen, 100, false));
        let options = RpcOptions {
            give_up_after: Duration::from_secs(600),
            ..RpcOptions::default()
        };
        let ledger = RpcLedger::new(&stub.url(), options);
        ledger.stop_waiting_at(Instant::now());
        let error = ledger.send(&[nothing()], &[&Keypair::new()]).unwrap_err();
        let signature = sent.0.lock().unwrap()[0].signatures[0].to_string();
        assert!(error.to_string().contains(&signature), "{error}");
        assert!(ledger.flights().traffic().open.is_empty());
    }

    #[test]
    fn an_urgent_transaction_bids_more_as_its_window_closes() {
        let sent = Arc::new(Sent::default());
        let seen = Arc::clone(&sent);
        let stub = Stub::start(move |call| {
            // Its first bid does not land, and few slots are left then.
            let slot = if seen.count() == 0 { 100 } else { 118 };
            cluster(call, &seen, slot, seen.count() > 1)
        });
        let urgency = Urgency {
            until: 120,
            at_stake: Some(1_100),
        };
        let ledger = ledger(&stub);
        let receipt = ledger.send_urgent(&[nothing()], &[&Keypair::new()], &urgency);
        let prices = sent.prices();
        assert_eq!(prices.len(), 2, "{prices:?}");
        assert_eq!(prices[0], 100, "what others pay");
        // At stake are 1,100 lamports: 100,000 micro-lamports for each of 11,000 units.
        assert!(prices[1] >= 50_000, "{prices:?}");
        assert!(
            prices[0] + prices[1] <= 100_000,
            "both may land: {prices:?}"
        );
        let last = sent.0.lock().unwrap()[1].signatures[0];
        assert_eq!(receipt.unwrap().signature, Some(last));
    }

    /// A cluster of which block `height` is the newest once it was sent something: the blockhash of a first
    /// transaction is accepted up to block 1,000, and that of a second one much longer.
    fn later_cluster(call: &Call, sent: &Sent, height: u64, is_confirmed: bool) -> Reply {
        let slot = if sent.count() == 0 { 5 } else { height };
        if call.method == "getLatestBlockhash" {
            let number = u8::try_from(sent.count()).unwrap();
            return Reply::Result(json!({"context": {"slot": slot}, "value": {
                "blockhash": Hash::new_from_array([number; 32]).to_string(),
                "lastValidBlockHeight": 1_000 + 1_000 * sent.count(),
            }}));
        }
        cluster(call, sent, slot, is_confirmed)
    }

    #[test]
    fn what_has_expired_and_is_not_on_the_ledger_is_signed_again() {
        let sent = Arc::new(Sent::default());
        let seen = Arc::clone(&sent);
        let stub = Stub::start(move |call| later_cluster(call, &seen, 1_001, seen.count() > 1));
        let receipt = ledger(&stub).send(&[nothing()], &[&Keypair::new()]);
        assert_eq!(sent.count(), 2);
        let last = sent.0.lock().unwrap()[1].signatures[0];
        assert_eq!(receipt.unwrap().signature, Some(last));
    }

    /// Servers keep the statuses of 300 slots: long after a transaction has expired none of them knows
    /// whether it has landed.
    #[test]
    fn what_may_be_forgotten_is_not_signed_again() {
        let sent = Arc::new(Sent::default());
        let seen = Arc::clone(&sent);
        let stub = Stub::start(move |call| later_cluster(call, &seen, 1_500, false));
        let options = RpcOptions {
            give_up_after: Duration::ZERO,
            ..RpcOptions::default()
        };
        let ledger = RpcLedger::new(&stub.url(), options);
        let error = ledger.send(&[nothing()], &[&Keypair::new()]).unwrap_err();
        assert!(error.to_string().contains("may still land"), "{error}");
        assert_eq!(sent.count(), 1);
    }

    #[test]
    fn an_answer_for_fewer_transactions_than_asked_for_says_nothing_of_them() {
        let sent = Arc::new(Sent::default());
        let seen = Arc::clone(&sent);
        let stub = Stub::start(move |call| match call.method.as_str() {
            "getSignatureStatuses" => {
                Reply::Result(json!({"context": {"slot": 1_001}, "value": []}))
            }
            _ => later_cluster(call, &seen, 1_001, false),
        });
        let options = RpcOptions {
            give_up_after: Duration::from_millis(2_500),
            ..RpcOptions::default()
        };
        let ledger = RpcLedger::new(&stub.url(), options);
        let error = ledger.send(&[nothing()], &[&Keypair::new()]).unwrap_err();
        assert!(error.to_string().contains("may still land"), "{error}");
        assert_eq!(sent.count(), 1, "it may have landed");
        let statuses = ledger
            .client()
            .get_signature_statuses(&[Signature::default()]);
        let error = said(&ledger, 1, statuses).unwrap_err().to_string();
        assert!(error.contains("the RPC answered for 0"), "{error}");
    }

    #[test]
    fn a_broadcast_that_does_not_get_through_is_made_again_at_once() {
        let sent = Arc::new(Sent::default());
        let (seen, tries) = (Arc::clone(&sent), AtomicUsize::new(0));
        let stub = Stub::start(move |call| {
            let is_broadcast = call.method == "sendTransaction";
            if is_broadcast && tries.fetch_add(1, Ordering::Relaxed) < 3 {
                return Reply::Status("502 Bad Gateway");
            }
            cluster(call, &seen, 100, seen.count() > 0)
        });
        let receipt = ledger(&stub).send(&[nothing()], &[&Keypair::new()]);
        // A second one would come after the pause between two broadcasts.
        assert_eq!((receipt.unwrap().broadcasts, sent.count()), (1, 1));
    }

    #[test]
    fn what_is_neither_urgent_nor_expired_is_signed_once() {
        let sent = Arc::new(Sent::default());
        let seen = Arc::clone(&sent);
        let looks = AtomicUsize::new(0);
        let stub = Stub::start(move |call| {
            let is_look = call.method == "getSignatureStatuses";
            let look = looks.fetch_add(usize::from(is_look), Ordering::Relaxed);
            cluster(call, &seen, 100, look > 10)
        });
        let receipt = ledger(&stub)
            .send(&[nothing()], &[&Keypair::new()])
            .unwrap();
        assert!(receipt.broadcasts >= 2);
        assert_eq!(sent.prices(), [100]);
    }

    #[test]
    fn whoever_asks_asks_for_all_that_is_under_way_unless_the_server_refuses_so_many() {
        for most in [1, 2] {
            let asked = Arc::new(Mutex::new(Vec::new()));
            let seen = Arc::clone(&asked);
            let stub = Stub::start(move |call| {
                let many = call.params[0].as_array().unwrap().len();
                seen.lock().unwrap().push(many);
                match many {
                    many if many > most => Reply::Error(-32_602, "Too many inputs provided"),
                    _ => cluster(call, &Sent::default(), 5, true),
                }
            });
            let ledger = ledger(&stub);
            let signed = |number: u8| Transaction {
                signatures: vec![Signature::from([number; 64])],
                ..Transaction::default()
            };
            let mut flights = [ledger.flights.begin(), ledger.flights.begin()];
            for (flight, number) in flights.iter_mut().zip(1..) {
                flight.takes_off(&signed(number));
            }
            // The cluster says that the last of those it is asked for has landed.
            let own = &flights[1].signatures;
            let (done, is_any_seen) = look_with_others(&ledger, own).unwrap();
            assert_eq!((done.is_some(), is_any_seen), (most == 1, most == 1));
            let expected: &[usize] = if most == 1 { &[2, 1] } else { &[2] };
            assert_eq!(*asked.lock().unwrap(), expected);
        }
    }
}
