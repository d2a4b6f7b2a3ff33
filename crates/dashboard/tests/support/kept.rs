//! What a ledger in this process did, kept as a cluster keeps it.

#![allow(dead_code, reason = "each user uses a part of it")]

use gradual_consensus_client::ledger::{LedgerError, Receipt};
use gradual_consensus_dashboard::history::{Chronicle, Listed, Transaction};
use solana_sdk::pubkey::Pubkey;
use std::cell::RefCell;

/// What a world's transactions logged, in their order.
#[derive(Default)]
pub struct Kept(RefCell<Vec<Transaction>>);

impl Kept {
    /// Keeps a transaction, which must have succeeded; its block's time is its slot's number.
    #[track_caller]
    pub fn keep(&self, sent: Result<Receipt, LedgerError>) {
        let receipt = sent.expect("a transaction of the test succeeds");
        self.note(&receipt, i64::try_from(receipt.slot).ok());
    }

    /// Keeps a transaction whose block has this time, where it is known.
    pub fn note(&self, receipt: &Receipt, time: Option<i64>) {
        let mut all = self.0.borrow_mut();
        let number = all.len();
        all.push(Transaction {
            signature: format!("{number:08}"),
            slot: receipt.slot,
            time,
            logs: receipt.logs.clone(),
        });
    }
}

impl Chronicle for Kept {
    fn list(
        &self,
        _: &Pubkey,
        before: Option<&str>,
        until: Option<&str>,
    ) -> Result<Vec<Listed>, LedgerError> {
        let all = self.0.borrow();
        let wanted = all
            .iter()
            .rev()
            .map(|one| one.signature.as_str())
            .skip_while(|one| before.is_some_and(|before| *one >= before))
            .take_while(|one| until != Some(*one))
            // A page of a list has so many at most.
            .take(3);
        Ok(wanted
            .map(|signature| Listed {
                signature: signature.to_owned(),
                succeeded: true,
            })
            .collect())
    }

    fn read(&self, signature: &str) -> Result<Option<Transaction>, LedgerError> {
        let all = self.0.borrow();
        Ok(all.iter().find(|one| one.signature == signature).cloned())
    }
}
