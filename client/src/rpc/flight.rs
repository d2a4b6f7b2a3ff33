//! What is under way to a cluster, for somebody who is interrupted and must say what was sent.

use solana_signature::Signature;
use solana_transaction::Transaction;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What one [`RpcLedger`](super::RpcLedger) has sent so far. Clones share it, and may be read from other threads.
#[derive(Clone, Debug, Default)]
pub struct Flights(Arc<Mutex<Traffic>>);

/// What became of the transactions of a ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Signatures of transactions that were signed to be broadcast, and of which it is not known yet whether they land. Of
    /// a transaction that was signed several times each is in it.
    pub open: Vec<Signature>,
    /// How many transactions were seen to land.
    pub landed: u64,
    /// The last of them.
    pub last_landed: Option<Signature>,
}

impl Flights {
    /// What is known now.
    pub fn traffic(&self) -> Traffic {
        self.lock().clone()
    }

    /// The flight of one transaction.
    pub(super) const fn begin(&self) -> Flight<'_> {
        Flight {
            all: self,
            signatures: Vec::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Traffic> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One transaction on its way, until it is dropped.
pub(super) struct Flight<'a> {
    all: &'a Flights,
    /// Every signature of it, in the order in which they were made.
    pub(super) signatures: Vec<Signature>,
}

impl Flight<'_> {
    /// It is about to be broadcast as `transaction`, which is signed.
    pub(super) fn takes_off(&mut self, transaction: &Transaction) {
        let signature = transaction.signatures.first();
        self.signatures.extend(signature);
        self.all.lock().open.extend(signature);
    }

    /// It has landed with `signature`, and did what it should.
    pub(super) fn lands(&self, signature: Signature) {
        let mut traffic = self.all.lock();
        traffic.landed = traffic.landed.saturating_add(1);
        traffic.last_landed = Some(signature);
        self.is_over(&mut traffic);
    }

    fn is_over(&self, traffic: &mut Traffic) {
        traffic.open.retain(|one| !self.signatures.contains(one));
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.is_over(&mut self.all.lock());
    }
}
