//! What passes between a node and the ledger.

use crate::{cost::overhead, indexed::Line};
use cpu_time::ThreadTime;
use gradual_consensus_client::ledger::{LedgerError, Receipt, Tap};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::{cell::Cell, time::Duration};

/// Accounts that an RPC gives by their addresses in one call.
const ACCOUNTS_PER_CALL: usize = 100;
/// Bytes that an RPC's answer in JSON has for an account beside its data: its address, owner, lamports, and names of
/// fields.
const ENVELOPE: usize = r#"{"pubkey":"","account":{"lamports":3000000,"data":["","base64"],"owner":"","executable":false,"rentEpoch":18446744073709551615,"space":312}},"#.len()
    + 2 * 44;

/// What a node read and sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Lists of accounts that it asked for.
    pub lists: usize,
    /// Calls by which it read accounts at addresses, a hundred a call.
    pub calls: usize,
    /// Bytes that it read: the data of accounts, and the addresses of those that were listed.
    pub bytes: usize,
    /// The same as an RPC writes it in JSON.
    pub json: usize,
    /// Bytes that it asked an index by and was told, with the heads of HTTP.
    pub http: usize,
    /// Transactions that it sent.
    pub transactions: usize,
    /// Compute units by which these count against the limits of a slot.
    pub cost: u64,
}

impl Passed {
    /// Adds what passed later.
    pub const fn add(&mut self, later: &Self) {
        self.lists += later.lists;
        self.calls += later.calls;
        self.bytes += later.bytes;
        self.json += later.json;
        self.http += later.http;
        self.transactions += later.transactions;
        self.cost += later.cost;
    }
}

/// Counts what passes, and times what the ledger takes for it.
#[derive(Debug, Default)]
pub struct Gauge {
    passed: Cell<Passed>,
    begun: Cell<Option<ThreadTime>>,
    in_ledger: Cell<Duration>,
    /// The line to the index that the node asks, if it asks one.
    line: Option<Line>,
}

impl Gauge {
    /// A gauge of a node that asks the index at the end of `line`.
    pub fn asking(line: Line) -> Self {
        Self {
            line: Some(line),
            ..Self::default()
        }
    }

    /// What passed since this was asked last, and what the ledger took for it.
    pub fn take(&self) -> (Passed, Duration) {
        let mut passed = self.passed.take();
        passed.http = self.line.as_ref().map_or(0, Line::take);
        (passed, self.in_ledger.take())
    }

    fn begin(&self) {
        self.begun.set(Some(ThreadTime::now()));
    }

    fn end(&self) {
        let took = self.begun.take().map(|begun| begun.elapsed());
        let took = took.unwrap_or_default();
        self.in_ledger
            .set(self.in_ledger.get().saturating_add(took));
    }

    /// Notes what the ledger did; the time that this takes counts as the ledger's.
    fn note(&self, change: impl FnOnce(&mut Passed)) {
        let mut passed = self.passed.get();
        change(&mut passed);
        self.passed.set(passed);
        self.end();
    }
}

/// Bytes of `account` in an RPC's answer.
const fn in_json(account: &Account) -> usize {
    account
        .data
        .len()
        .div_ceil(3)
        .saturating_mul(4)
        .saturating_add(ENVELOPE)
}

impl Tap for Gauge {
    fn before_read(&self) -> Result<(), LedgerError> {
        self.begin();
        Ok(())
    }

    fn after_slot(&self, _: u64) {
        self.end();
    }

    fn after_accounts(&self, accounts: &mut [Option<Account>]) {
        self.note(|passed| {
            passed.calls += accounts.len().div_ceil(ACCOUNTS_PER_CALL);
            for account in accounts.iter().flatten() {
                passed.bytes += account.data.len();
                passed.json += in_json(account);
            }
        });
    }

    fn after_listing(&self, accounts: &mut Vec<(Pubkey, Account)>) {
        self.note(|passed| {
            passed.lists += 1;
            for (_, account) in accounts {
                passed.bytes += size_of::<Pubkey>() + account.data.len();
                passed.json += in_json(account);
            }
        });
    }

    fn before_send<'a>(
        &'a self,
        _: &[Instruction],
        _: &mut Vec<&'a Keypair>,
    ) -> Result<(), LedgerError> {
        self.begin();
        Ok(())
    }

    fn after_send(
        &self,
        instructions: &[Instruction],
        receipt: &Receipt,
    ) -> Result<(), LedgerError> {
        self.note(|passed| {
            passed.transactions += 1;
            passed.cost += receipt.compute_units + overhead(instructions);
        });
        Ok(())
    }
}
