//! Many transactions together: a few threads sign and broadcast them, one asks what became of all.

use super::{
    RpcLedger, Simulation, error, fee,
    flight::Flight,
    outbox::{self, Fate, REBROADCAST, Signed},
};
use crate::{
    ledger::{LedgerError, Receipt},
    packing::Budget,
};
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction_status_client_types::TransactionStatus;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Sender},
    },
    thread::{self, ScopedJoinHandle},
    time::{Duration, Instant},
};

/// Between two looks at what has landed.
const LOOK: Duration = Duration::from_millis(100);
/// Threads that sign and broadcast.
const SENDERS: usize = 16;
/// Between two broadcasts of a transaction while others land. The next time it is found whether it has expired; if it cannot be
/// told any more, it is not signed again.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a blockhash is used to sign with, and for how long nothing is asked after a call that failed.
const KEPT: Duration = Duration::from_secs(1);
/// How long a price is paid.
const PRICE_KEPT: Duration = Duration::from_secs(10);
/// How long a transaction is looked for that would be refused by now, most likely because it has landed: another server may not
/// know of it yet.
const LAST_LOOKS: Duration = Duration::from_secs(4);
/// Signatures that one call of `getSignatureStatuses` may ask for.
const MOST_ASKED: usize = 256;

/// One of many transactions that are sent together.
#[derive(Clone, Debug)]
pub struct Outgoing<'a> {
    /// What it does, in this order.
    pub instructions: Vec<Instruction>,
    /// Who signs it. The first pays the fee.
    pub signers: Vec<&'a Keypair>,
    /// Compute units that it takes at most, such as others of its kind were simulated to take. The limit is a tenth higher, and
    /// by at least 10,000 units.
    pub compute_units: u64,
}

/// A transaction that landed.
#[derive(Clone, Debug)]
pub struct Landed {
    /// Its receipt.
    pub receipt: Receipt,
    /// How long after [`RpcLedger::send_all`] was called it was seen to have the commitment asked for.
    pub after: Duration,
}

/// See [`RpcLedger::send_all`].
pub(super) fn send_all(
    ledger: &RpcLedger,
    transactions: &[Outgoing],
    at_once: usize,
) -> Vec<Result<Landed, LedgerError>> {
    let bulk = &Bulk {
        ledger,
        priced: transactions
            .first()
            .map_or(&[], |first| &first.instructions),
        begun: Instant::now(),
        terms: Mutex::default(),
    };
    let (to_senders, to_broadcast) = mpsc::channel::<Parcel>();
    let (from_senders, broadcast) = mpsc::channel();
    let to_broadcast = &Mutex::new(to_broadcast);
    let next = || {
        let parcels = to_broadcast.lock().unwrap_or_else(PoisonError::into_inner);
        parcels.recv()
    };
    let (mut under_way, mut outcomes) = (UnderWay::new(bulk), BTreeMap::new());
    thread::scope(|scope| {
        let sender = |from_sender: Sender<_>| {
            scope.spawn(move || {
                while let Ok(mut parcel) = next() {
                    let over = bulk.broadcast(&mut parcel);
                    // It is taken for as long as it is waited for.
                    let _taken = from_sender.send((parcel, over));
                }
            })
        };
        let senders = 0..SENDERS.min(transactions.len());
        let senders: Vec<_> = senders.map(|_| sender(from_senders.clone())).collect();
        // The senders take until this channel is closed.
        let send = |parcel| drop(to_senders.send(parcel));
        let numbered = (0..).zip(transactions);
        let mut unsent = numbered.map(|(number, outgoing)| Parcel::new(bulk, number, outgoing));
        let mut sent = 0usize;
        // A sender ends before the channel is closed only if it panics, which the scope tells on.
        while outcomes.len() < transactions.len()
            && !senders.iter().any(ScopedJoinHandle::is_finished)
        {
            if under_way.is_stalled() {
                let number = |parcel: Parcel| (parcel.number, Err(not_sent(ledger)));
                outcomes.extend(unsent.by_ref().map(number));
            }
            let open = sent.saturating_sub(outcomes.len());
            for parcel in unsent.by_ref().take(at_once.max(1).saturating_sub(open)) {
                sent = sent.saturating_add(1);
                send(parcel);
            }
            let looked = Instant::now();
            while let Ok((parcel, over)) =
                broadcast.recv_timeout(LOOK.saturating_sub(looked.elapsed()))
            {
                let parcel: Parcel = parcel;
                match over {
                    Some(outcome) => drop(outcomes.insert(parcel.number, outcome)),
                    None => under_way.parcels.push(parcel),
                }
            }
            let (over, again) = under_way.look();
            outcomes.extend(over);
            again.into_iter().for_each(send);
        }
        drop(to_senders);
    });
    outcomes.into_values().collect()
}

/// The error of what is not sent, as nothing lands that was sent before.
fn not_sent(ledger: &RpcLedger) -> LedgerError {
    let seconds = ledger.options().give_up_after.as_secs();
    LedgerError::Unavailable(format!(
        "not sent: of the transactions before it none has landed for {seconds} s: look whether the cluster goes on"
    ))
}

/// What all transactions have in common.
struct Bulk<'a> {
    ledger: &'a RpcLedger,
    /// The instructions of which the price is that of all.
    priced: &'a [Instruction],
    begun: Instant,
    /// What is signed with, or why it is not known, and since when.
    terms: Mutex<Option<(Result<Terms, LedgerError>, Instant)>>,
}

/// What transactions are signed with for a while.
#[derive(Clone, Copy)]
struct Terms {
    /// A blockhash, and the last block height at which it is accepted.
    blockhash: (Hash, u64),
    /// What a compute unit pays, and since when.
    price: (u64, Instant),
}

impl Bulk<'_> {
    /// Broadcasts `parcel`, signed anew if no earlier signature can succeed any more. What became of it if it is over.
    fn broadcast(&self, parcel: &mut Parcel) -> Option<Result<Landed, LedgerError>> {
        if parcel.is_late(self) {
            // What was never broadcast does not land.
            let was_broadcast = parcel.broadcasts > 0;
            let fate = if was_broadcast {
                Fate::Open
            } else {
                Fate::Expired
            };
            return Some(Err(parcel.unsettled(fate)));
        }
        parcel.signed = parcel
            .signed
            .take()
            .filter(|signed| !parcel.has_expired(self, signed));
        if parcel.signed.is_some()
            && let Some(refusal) = parcel.present_refusal(self)
        {
            parcel.refused = Some((refusal, Instant::now()));
            return None;
        }
        parcel.transmit(self).err().map(Err)
    }

    /// What to sign with. If it cannot be asked for, nobody asks again for a while.
    fn terms(&self) -> Result<Terms, LedgerError> {
        let terms = self.terms.lock();
        let mut terms = terms.unwrap_or_else(PoisonError::into_inner);
        if let Some((known, _)) = terms.as_ref().filter(|(_, since)| since.elapsed() < KEPT) {
            return known.clone();
        }
        let price = terms
            .as_ref()
            .and_then(|(known, _)| Some(known.as_ref().ok()?.price));
        let price = price.filter(|(_, since)| since.elapsed() < PRICE_KEPT);
        let price =
            price.unwrap_or_else(|| (outbox::price(self.ledger, self.priced), Instant::now()));
        let asked = outbox::newest_blockhash(self.ledger);
        let asked = asked.map(|blockhash| Terms { blockhash, price });
        *terms = Some((asked.clone(), Instant::now()));
        asked
    }
}

/// One transaction until it is over.
struct Parcel<'a> {
    /// Its place among all.
    number: usize,
    outgoing: &'a Outgoing<'a>,
    flight: Flight<'a>,
    /// How many instructions stand before the caller's, by signature: a price of nothing needs none.
    prepended: Vec<usize>,
    /// As what it was signed last; `None` if it is to be signed.
    signed: Option<Signed>,
    /// When it was broadcast first, and last.
    broadcast: Option<(Instant, Instant)>,
    broadcasts: u32,
    /// What it would be refused with by now, and since when that is known.
    refused: Option<(LedgerError, Instant)>,
}

impl<'a> Parcel<'a> {
    fn new(bulk: &'a Bulk, number: usize, outgoing: &'a Outgoing<'a>) -> Self {
        Self {
            number,
            outgoing,
            flight: bulk.ledger.flights.begin(),
            prepended: Vec::new(),
            signed: None,
            broadcast: None,
            broadcasts: 0,
            refused: None,
        }
    }

    /// Whether it is not waited for any more.
    fn is_late(&self, bulk: &Bulk) -> bool {
        let longest = bulk.ledger.options().give_up_after;
        let first = self.broadcast.map_or_else(Instant::now, |(first, _)| first);
        bulk.ledger.is_late(first.checked_add(longest))
    }

    /// Whether none of its signatures, the last of which is `signed`'s, has landed or can land any more.
    fn has_expired(&self, bulk: &Bulk, signed: &Signed) -> bool {
        let signatures = &self.flight.signatures;
        outbox::has_expired(bulk.ledger, signed, signatures).unwrap_or(false)
    }

    /// What it would be refused with by now.
    fn present_refusal(&self, bulk: &Bulk) -> Option<LedgerError> {
        let payer = self.outgoing.signers.first()?.pubkey();
        outbox::refusal(bulk.ledger, &self.outgoing.instructions, &payer)
    }

    fn unsettled(&self, fate: Fate) -> LedgerError {
        outbox::unsettled(fate, &self.flight.signatures)
    }

    /// The error of one that was refused and was looked for long enough.
    fn refusal(&self) -> Option<LedgerError> {
        let (refusal, since) = self.refused.as_ref()?;
        (since.elapsed() >= LAST_LOOKS).then(|| self.unsettled(Fate::Refused(refusal.clone())))
    }

    /// Signs it, unless it is signed, and broadcasts it.
    fn transmit(&mut self, bulk: &Bulk) -> Result<(), LedgerError> {
        let signed = match self.signed.take() {
            Some(signed) => signed,
            None => self.sign(bulk)?,
        };
        let signed = self.signed.insert(signed);
        outbox::transmit(bulk.ledger, signed, self.broadcasts == 0)?;
        let now = Instant::now();
        let first = self.broadcast.map_or(now, |(first, _)| first);
        self.broadcast = Some((first, now));
        self.broadcasts = self.broadcasts.saturating_add(1);
        Ok(())
    }

    fn sign(&mut self, bulk: &Bulk) -> Result<Signed, LedgerError> {
        let terms = bulk.terms()?;
        let budget = Budget {
            limit: fee::limit_for(self.outgoing.compute_units),
            price: terms.price.0,
        };
        let (all, prepended) = budget.before(&self.outgoing.instructions);
        let signed = outbox::sign(terms.blockhash, &all, &self.outgoing.signers)?;
        outbox::require_size(&signed.transaction)?;
        self.flight.takes_off(&signed.transaction);
        self.prepended.push(prepended);
        Ok(signed)
    }

    /// The outcome of what is done with this signature.
    fn landed(
        &self,
        bulk: &Bulk,
        signature: Signature,
        status: TransactionStatus,
    ) -> Result<Landed, LedgerError> {
        let after = bulk.begun.elapsed();
        let given = Simulation {
            compute_units: self.outgoing.compute_units,
            logs: vec![],
            price: 0,
        };
        let mut signatures = self.flight.signatures.iter().zip(&self.prepended);
        let prepended = signatures.find(|(one, _)| **one == signature);
        let receipt = outbox::receipt(
            &self.flight,
            bulk.ledger,
            (signature, status),
            prepended
                .map(|(_, prepended)| *prepended)
                .unwrap_or_default(),
            given,
            self.broadcasts,
        )?;
        Ok(Landed { receipt, after })
    }
}

/// What was broadcast and is not over.
struct UnderWay<'a> {
    bulk: &'a Bulk<'a>,
    parcels: Vec<Parcel<'a>>,
    /// When one was last seen to land.
    landed: Instant,
    /// Signatures that one call asks for.
    asked: usize,
    /// When a call last failed.
    failed: Option<Instant>,
}

/// The outcome of the transaction with this number.
type Over = (usize, Result<Landed, LedgerError>);

/// What the cluster said of a signature: nothing, that it does not know it, or its status.
type Said = Option<Option<TransactionStatus>>;

impl<'a> UnderWay<'a> {
    const fn new(bulk: &'a Bulk<'a>) -> Self {
        Self {
            bulk,
            parcels: Vec::new(),
            landed: bulk.begun,
            asked: MOST_ASKED,
            failed: None,
        }
    }

    /// Whether none has landed for as long as one is waited for.
    fn is_stalled(&self) -> bool {
        self.landed.elapsed() >= self.bulk.ledger.options().give_up_after
    }

    /// Takes out what is over, and what is to be broadcast again.
    fn look(&mut self) -> (Vec<Over>, Vec<Parcel<'a>>) {
        let said = self.said();
        if said.iter().flatten().any(Option::is_some) {
            self.landed = Instant::now();
        }
        let mut said = said.into_iter();
        let (mut over, mut again, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
        for parcel in std::mem::take(&mut self.parcels) {
            let signatures = &parcel.flight.signatures;
            let said: Vec<Said> = said.by_ref().take(signatures.len()).collect();
            let is_absent = said.iter().all(|said| matches!(said, Some(None)));
            let statuses = said.into_iter().map(Option::flatten).collect();
            let done = outbox::done(self.bulk.ledger, signatures, statuses);
            if let Some(Fate::Done(signature, status)) = done {
                over.push((parcel.number, parcel.landed(self.bulk, signature, status)));
            } else if let Some(refusal) = parcel.refusal().filter(|_| is_absent) {
                over.push((parcel.number, Err(refusal)));
            } else if parcel.is_late(self.bulk) {
                over.push((parcel.number, Err(parcel.unsettled(Fate::Open))));
            } else if is_absent && self.is_due(&parcel) {
                again.push(parcel);
            } else {
                waiting.push(parcel);
            }
        }
        self.parcels = waiting;
        (over, again)
    }

    /// Whether `parcel`, which the cluster does not know, is to be broadcast again.
    fn is_due(&self, parcel: &Parcel) -> bool {
        let last = parcel.broadcast.map(|(_, last)| last.elapsed());
        let waited = last.unwrap_or(Duration::MAX);
        let nothing_lands = waited.min(self.landed.elapsed()) >= REBROADCAST;
        parcel.refused.is_none() && (nothing_lands || waited >= PATIENCE)
    }

    /// What the cluster says of the signatures of all parcels, one after another.
    fn said(&mut self) -> Vec<Said> {
        let parcels = self.parcels.iter();
        let signatures = parcels.flat_map(|parcel| parcel.flight.signatures.clone());
        let signatures: Vec<Signature> = signatures.collect();
        let mut said: Vec<Said> = Vec::with_capacity(signatures.len());
        let (mut left, mut most) = (signatures.as_slice(), self.asked);
        let is_asked = self.failed.is_none_or(|at| at.elapsed() >= KEPT);
        while is_asked && !left.is_empty() {
            let (asked, rest) = left.split_at(most.min(left.len()));
            let answer = (self.bulk.ledger.client()).get_signature_statuses(asked);
            if asked.len() > 1 && answer.as_ref().is_err_and(error::is_refusal) {
                // A server that answers for fewer at once.
                most = asked.len() / 2;
                continue;
            }
            let Ok((statuses, _)) = outbox::said(self.bulk.ledger, asked.len(), answer) else {
                self.failed = Some(Instant::now());
                break;
            };
            self.asked = most;
            said.extend(statuses.into_iter().map(Some));
            left = rest;
        }
        said.resize(signatures.len(), None);
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        packing::Budget,
        rpc::{
            Retry, RpcOptions,
            stub::{Call, Reply, Sent, Stub, cluster, ledger, nothing, transaction_of},
        },
    };
    use serde_json::{Value, json};
    use solana_transaction::Transaction;
    use std::{
        collections::BTreeSet,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    fn keys(count: usize) -> Vec<Keypair> {
        (0..count).map(|_| Keypair::new()).collect()
    }

    fn outgoing(signers: &[Keypair]) -> Vec<Outgoing<'_>> {
        let signers = signers.iter();
        signers
            .map(|signer| Outgoing {
                instructions: vec![nothing()],
                signers: vec![signer],
                compute_units: 200_000,
            })
            .collect()
    }

    /// The answer to a call of `getSignatureStatuses`: those landed in slot 5 of which `has_landed` says so.
    fn statuses(call: &Call, has_landed: impl Fn(&str) -> bool) -> Reply {
        let status = json!({
            "slot": 5, "confirmations": 1, "status": {"Ok": null}, "err": null, "confirmationStatus": "confirmed"
        });
        let asked = call.params[0].as_array().unwrap().iter();
        let said = asked.map(|one| match has_landed(one.as_str().unwrap()) {
            true => status.clone(),
            false => Value::Null,
        });
        let said: Vec<Value> = said.collect();
        Reply::Result(json!({"context": {"slot": 5}, "value": said}))
    }

    /// What a cluster was asked, and what it said.
    #[derive(Default)]
    struct Seen {
        sent: Sent,
        /// Signatures that were sent and not told to have landed, and the most of them so far.
        open: Mutex<(BTreeSet<String>, usize)>,
        hashes: AtomicUsize,
        simulations: AtomicUsize,
    }

    /// A cluster that answers by `reply`, and otherwise as any.
    fn cluster_of(
        seen: &Arc<Seen>,
        reply: impl Fn(&Seen, &Call) -> Option<Reply> + Send + Sync + 'static,
    ) -> Stub {
        let seen = Arc::clone(seen);
        Stub::start(move |call| {
            let count = |which: &AtomicUsize| which.fetch_add(1, Ordering::SeqCst);
            match call.method.as_str() {
                "getLatestBlockhash" => count(&seen.hashes),
                "simulateTransaction" => count(&seen.simulations),
                _ => 0,
            };
            reply(&seen, call).unwrap_or_else(|| cluster(call, &seen.sent, 5, true))
        })
    }

    #[test]
    fn many_are_sent_a_few_at_a_time_and_none_is_simulated() {
        let seen = Arc::new(Seen::default());
        let stub = cluster_of(&seen, |seen, call| match call.method.as_str() {
            "getSignatureStatuses" => {
                let asked = call.params[0].as_array().unwrap();
                // A server that does not answer at first, and then for few at once.
                if seen.sent.count() < 20 {
                    return Some(Reply::Status("404 Not Found"));
                }
                if asked.len() > 8 {
                    return Some(Reply::Error(-32602, "Too many inputs provided; max 8"));
                }
                let mut open = seen.open.lock().unwrap();
                for told in asked {
                    open.0.remove(told.as_str().unwrap());
                }
                Some(statuses(call, |_| true))
            }
            "sendTransaction" => {
                let signature = transaction_of(call).signatures[0].to_string();
                let mut open = seen.open.lock().unwrap();
                // Asked a second time on another connection, it may have been told of.
                if seen.sent.is_new(call) {
                    open.0.insert(signature);
                }
                open.1 = open.1.max(open.0.len());
                Some(cluster(call, &seen.sent, 5, true))
            }
            _ => None,
        });
        let signers = keys(50);
        let landed = ledger(&stub).send_all(&outgoing(&signers), 20);
        assert_eq!(landed.len(), 50);
        let budget = Budget {
            limit: 220_000,
            price: 100,
        };
        let (expected, _) = budget.before(&[nothing()]);
        let sent = seen.sent.0.lock().unwrap().clone();
        assert_eq!(sent.len(), 50);
        for (landed, signer) in landed.into_iter().zip(&signers) {
            let receipt = landed.unwrap().receipt;
            assert_eq!((receipt.slot, receipt.compute_units), (5, 200_000));
            assert_eq!((receipt.logs.len(), receipt.broadcasts), (0, 1));
            let its = |one: &&Transaction| receipt.signature == one.signatures.first().copied();
            let expected = Transaction::new_with_payer(&expected, Some(&signer.pubkey()));
            assert_eq!(sent.iter().find(its).unwrap().message, expected.message);
        }
        assert_eq!(seen.open.lock().unwrap().1, 20, "so many were under way");
        assert_eq!(seen.simulations.load(Ordering::SeqCst), 0);
        let hashes = seen.hashes.load(Ordering::SeqCst);
        assert!(
            hashes < 20,
            "they share a blockhash, and it was asked for {hashes} times"
        );
        assert_eq!(ledger(&stub).send_all(&[], 20).len(), 0);
    }

    #[test]
    fn of_what_the_cluster_does_not_tell_nothing_is_sent_again() {
        let (seen, begun) = (Arc::new(Seen::default()), Instant::now());
        // For longer than one that is lost is waited for.
        let until = REBROADCAST.saturating_add(KEPT);
        let stub = cluster_of(&seen, move |_, call| {
            let is_look = call.method == "getSignatureStatuses";
            is_look.then(|| match begun.elapsed() < until {
                true => Reply::Result(json!({"context": {"slot": 5}, "value": []})),
                false => statuses(call, |_| true),
            })
        });
        let signers = keys(1);
        let outcomes = ledger(&stub).send_all(&outgoing(&signers), 1);
        assert_eq!(outcomes[0].as_ref().unwrap().receipt.broadcasts, 1);
        assert_eq!(seen.simulations.load(Ordering::SeqCst), 0);
        assert!(begun.elapsed() >= until);
    }

    #[test]
    fn where_nothing_lands_the_rest_is_not_sent() {
        let sent = Arc::new(Sent::default());
        let all = Arc::clone(&sent);
        let stub = Stub::start(move |call| match call.method.as_str() {
            "getSignatureStatuses" => statuses(call, |_| false),
            _ => cluster(call, &all, 5, false),
        });
        let options = RpcOptions {
            give_up_after: Duration::from_millis(500),
            ..RpcOptions::default()
        };
        let signers = keys(9);
        let ledger = RpcLedger::new(&stub.url(), options);
        let outcomes = ledger.send_all(&outgoing(&signers), 2);
        let error = |number: usize| outcomes[number].as_ref().unwrap_err().to_string();
        for number in 0..2 {
            assert!(
                error(number).contains("may still land"),
                "{}",
                error(number)
            );
        }
        for number in 2..9 {
            assert!(error(number).contains("not sent"), "{}", error(number));
        }
        assert_eq!(sent.count(), 2);
    }

    #[test]
    fn what_cannot_be_sent_says_so_and_the_others_land() {
        let (sent, signers) = (Sent::default(), keys(4));
        let refused = signers[3].pubkey();
        let stub = Stub::start(move |call| {
            let is_refused = || transaction_of(call).message.account_keys[0] == refused;
            match call.method.as_str() {
                "getSignatureStatuses" => statuses(call, |_| true),
                "sendTransaction" if is_refused() => {
                    Reply::Error(-32003, "Transaction signature verification failure")
                }
                _ => cluster(call, &sent, 5, true),
            }
        });
        let mut all = outgoing(&signers);
        all[1].signers.clear();
        all[2].instructions = vec![Instruction::new_with_bytes(
            gradual_consensus::ID,
            &[7; 1_300],
            vec![],
        )];
        let ledger = ledger(&stub);
        let outcomes = ledger.send_all(&all, 0);
        let error = |number: usize| outcomes[number].as_ref().unwrap_err().to_string();
        assert!(outcomes[0].is_ok());
        assert!(
            error(1).contains("the first one pays the fee"),
            "{}",
            error(1)
        );
        assert!(error(2).contains("1232 at most"), "{}", error(2));
        assert!(error(3).contains("signature verification"), "{}", error(3));
        let traffic = ledger.flights().traffic();
        assert_eq!((traffic.open.len(), traffic.landed), (0, 1));
    }

    #[test]
    fn nothing_is_sent_by_who_is_told_to_stop_or_gets_no_answer() {
        let (sent, hashes) = (Arc::new(Sent::default()), Arc::new(AtomicUsize::new(0)));
        let (all, asked) = (Arc::clone(&sent), Arc::clone(&hashes));
        let stub = Stub::start(move |call| match call.method.as_str() {
            "getLatestBlockhash" => {
                asked.fetch_add(1, Ordering::SeqCst);
                Reply::Status("503 Service Unavailable")
            }
            _ => cluster(call, &all, 5, true),
        });
        let signers = keys(50);
        let options = RpcOptions {
            retry: Retry {
                attempts: 1,
                ..Retry::default()
            },
            ..RpcOptions::default()
        };
        let ledger = RpcLedger::new(&stub.url(), options);
        for outcome in ledger.send_all(&outgoing(&signers), 50) {
            let error = outcome.unwrap_err();
            assert!(matches!(error, LedgerError::Unavailable(_)), "{error}");
        }
        let hashes = hashes.load(Ordering::SeqCst);
        assert!(hashes < 20, "asked {hashes} times");
        ledger.stop_waiting_at(Instant::now());
        for outcome in ledger.send_all(&outgoing(&signers), 50) {
            let error = outcome.unwrap_err();
            assert!(matches!(error, LedgerError::Unsettled(_)), "{error}");
        }
        assert_eq!(sent.count(), 0);
    }

    #[test]
    fn what_fails_on_chain_says_so() {
        let sent = Sent::default();
        let stub = Stub::start(move |call| match call.method.as_str() {
            "getSignatureStatuses" => {
                let failed = json!({"InstructionError": [2, {"Custom": 6001}]});
                Reply::Result(json!({"context": {"slot": 5}, "value": [{
                    "slot": 5, "confirmations": 1, "status": {"Err": failed}, "err": failed,
                    "confirmationStatus": "confirmed"
                }]}))
            }
            _ => cluster(call, &sent, 5, true),
        });
        let signers = keys(1);
        let outcomes = ledger(&stub).send_all(&outgoing(&signers), 9);
        // The third one in the transaction, after the two of its budget.
        let error = outcomes[0].as_ref().unwrap_err().to_string();
        assert!(error.starts_with("instruction 0: starting_slot"), "{error}");
    }

    #[test]
    fn what_has_expired_is_signed_again_and_what_is_refused_by_now_is_not() {
        let sent = Arc::new(Sent::default());
        let all = Arc::clone(&sent);
        let signers = keys(2);
        let refused = signers[1].pubkey().to_string();
        let of_refused = move |transaction: &Transaction| {
            transaction.message.account_keys[0].to_string() == refused
        };
        let stub = Stub::start(move |call| {
            let signatures = |of_refused: &dyn Fn(&Transaction) -> bool| -> Vec<String> {
                let all = all.0.lock().unwrap();
                let all = all.iter().filter(|one| !of_refused(one));
                all.map(|one| one.signatures[0].to_string()).collect()
            };
            let landing = signatures(&of_refused);
            match call.method.as_str() {
                // The second signature lands.
                "getSignatureStatuses" => statuses(call, |one| {
                    landing.iter().skip(1).any(|second| second == one)
                }),
                "getLatestBlockhash" => Reply::Result(json!({
                    "context": {"slot": 5},
                    "value": {
                        "blockhash": Hash::new_from_array([u8::try_from(call.number % 256).unwrap(); 32]).to_string(),
                        "lastValidBlockHeight": if landing.is_empty() { 4 } else { 1_000 },
                    }
                })),
                "simulateTransaction" => Reply::Result(json!({
                    "context": {"slot": 5},
                    "value": {"err": {"InstructionError": [2, {"Custom": 6001}]}, "logs": []}
                })),
                _ => cluster(call, &all, 5, true),
            }
        });
        let ledger = ledger(&stub);
        // The refused one is signed with a blockhash that does not expire.
        let outcomes = ledger.send_all(&outgoing(&signers[..1]), 2);
        let receipt = &outcomes[0].as_ref().unwrap().receipt;
        assert_eq!(receipt.broadcasts, 2);
        assert_eq!(sent.count(), 2);
        let outcomes = ledger.send_all(&outgoing(&signers[1..]), 2);
        let error = outcomes[0].as_ref().unwrap_err().to_string();
        assert!(error.contains("would be refused by now"), "{error}");
        assert_eq!(sent.count(), 3);
    }
}
