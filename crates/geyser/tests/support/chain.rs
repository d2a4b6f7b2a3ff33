//! A bank whose blocks a geyser tells.

use super::server::{self, Server};
use gradual_consensus_client::{
    address,
    ledger::{Filter, Ledger, LedgerError, Ordered, Receipt},
};
use gradual_consensus_testkit::{World, bank::Bank};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};
use yellowstone_grpc_proto::geyser::SlotStatus;

/// Blocks that a test leaves out between two: fewer than would be taken for a gap.
const STRIDE: u64 = 100;

/// The bank of a world, as an RPC shows it, with a count of what is read; what changes there, the server tells.
pub struct Chain<'w> {
    world: &'w World<Bank>,
    server: &'w Server,
    shown: RefCell<BTreeMap<Pubkey, Account>>,
    /// The last block that was told.
    told: Cell<u64>,
    parent: Cell<u64>,
    writes: Cell<u64>,
    index: Cell<u64>,
    reads: Cell<usize>,
    is_down: Cell<bool>,
    lie: RefCell<Option<(Pubkey, Box<Lie>)>>,
}

/// What the server tells in the place of an account: another one, or nothing.
type Lie = dyn Fn(&Account) -> Option<Account>;

impl<'w> Chain<'w> {
    pub fn of(world: &'w World<Bank>, server: &'w Server) -> Self {
        let slot = world.slot();
        Self {
            world,
            server,
            shown: RefCell::default(),
            told: Cell::new(slot),
            parent: Cell::new(slot - 1),
            writes: Cell::new(1),
            index: Cell::new(0),
            reads: Cell::new(0),
            is_down: Cell::new(false),
            lie: RefCell::default(),
        }
    }

    /// From now on the server lies about the account at `address`.
    pub fn lie_about(&self, address: Pubkey, lie: impl Fn(&Account) -> Option<Account> + 'static) {
        self.lie.replace(Some((address, Box::new(lie))));
    }

    /// What was read so far: slots, accounts and lists.
    pub fn reads(&self) -> usize {
        self.reads.get()
    }

    pub fn go_down(&self, is_down: bool) {
        self.is_down.set(is_down);
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&Bank) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        self.reads.set(self.reads.get() + 1);
        if self.is_down.get() {
            return Err(LedgerError::Unavailable("the line is down".into()));
        }
        read(&self.world.bank)
    }

    /// Tells what has changed by now, as the present block.
    pub fn tell(&self) {
        self.tell_of(&[]);
    }

    /// The same, and waits until it is heard.
    pub fn show(&self) {
        self.tell();
        self.server.settle();
    }

    /// Moves on to `slot`, and tells the block.
    pub fn go_to(&self, slot: u64) {
        self.world.warp_to(slot);
        self.tell();
    }

    fn tell_of(&self, instructions: &[Instruction]) {
        let slot = self.world.slot();
        while self.told.get() + STRIDE < slot {
            self.count(self.told.get() + STRIDE);
        }
        let present = self.present();
        let mut shown = self.shown.borrow_mut();
        let metas = instructions.iter().flat_map(|one| &one.accounts);
        let written: BTreeSet<Pubkey> = metas
            .filter(|meta| meta.is_writable)
            .map(|meta| meta.pubkey)
            .collect();
        for (address, account) in &present {
            // A validator stores, and tells, whatever a transaction could write.
            if shown.get(address) != Some(account) || written.contains(address) {
                self.send_account(slot, address, account);
            }
        }
        // As the real server does: of a closed account only those hear who named it.
        for address in shown
            .keys()
            .filter(|address| !present.contains_key(*address))
        {
            self.send_account(slot, address, &Account::default());
        }
        *shown = present;
        if !instructions.is_empty() {
            self.send_transaction(slot, instructions);
        }
        self.count(slot);
    }

    /// Tells a transaction of the present block, and of what it changed nothing.
    pub fn tell_only_transactions(&self, instructions: &[Instruction]) {
        let slot = self.world.slot();
        self.shown.replace(self.present());
        self.send_transaction(slot, instructions);
        self.count(slot);
    }

    fn send_transaction(&self, slot: u64, instructions: &[Instruction]) {
        let index = self.index.replace(self.index.get() + 1);
        let balance = |address: &Pubkey| self.world.lamports(address);
        let sent = server::transaction(slot, index, instructions, balance);
        self.server.send(slot, sent);
    }

    fn send_account(&self, slot: u64, address: &Pubkey, account: &Account) {
        let lie = self.lie.borrow();
        let told = match &*lie {
            Some((place, lie)) if place == address && account.lamports > 0 => lie(account),
            _ => Some(account.clone()),
        };
        let Some(account) = &told else { return };
        let write = self.writes.replace(self.writes.get() + 1);
        self.server
            .send(slot, server::account(slot, address, account, write));
    }

    /// Tells that the block of `slot` is confirmed.
    fn count(&self, slot: u64) {
        if slot > self.told.get() {
            self.parent.set(self.told.replace(slot));
        }
        for status in [SlotStatus::SlotProcessed, SlotStatus::SlotConfirmed] {
            self.server
                .send(slot, server::slot(slot, Some(self.parent.get()), status));
        }
    }

    fn present(&self) -> BTreeMap<Pubkey, Account> {
        let bank = &self.world.bank;
        let listed = bank.program_accounts(&[], None).unwrap();
        let wallets = self.world.nodes.iter().map(|node| node.pubkey());
        let named = wallets.chain([address::config()]);
        let named = named.filter_map(|address| Some((address, bank.account(&address)?)));
        listed.into_iter().chain(named).collect()
    }
}

impl Ledger for Chain<'_> {
    fn slot(&self) -> Result<u64, LedgerError> {
        self.read(Ledger::slot)
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        self.read(|bank| bank.accounts(addresses))
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        self.read(|bank| bank.program_accounts(filters, part))
    }

    /// What is confirmed is told before the sender knows.
    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        let receipt = self.world.bank.send(instructions, signers)?;
        self.tell_of(instructions);
        self.server.settle();
        Ok(receipt)
    }
}

impl Ordered for Chain<'_> {
    fn newest(&self) -> u64 {
        self.world.slot()
    }

    fn not_before(&self, slot: u64) {
        assert!(
            slot <= self.world.slot(),
            "what has not happened cannot be read"
        );
    }
}
