//! A ledger in this process: the real program on a real bank of `solana-program-test`, whose time
//! is moved by hand.

use crate::{
    builds::Build,
    indexed::Indexed,
    machine::{self, Machine, program_account, program_data},
    native, people, tokens,
};
use gradual_consensus_client::{
    address, instruction,
    ledger::{Filter, Ledger, LedgerError, Receipt},
};
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_program_test::{ProgramTest, ProgramTestContext};
use solana_sdk::{
    account::Account,
    hash::Hash,
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
    transaction::{Transaction, TransactionError},
};
use solana_slot_hashes::SlotHashes;
use std::{
    cell::{Cell, RefCell},
    ops::Range,
};

/// Compute units that one transaction may take: the runtime's most.
const COMPUTE_UNIT_LIMIT: u32 = 1_400_000;

pub use people::upgrade_authority;

/// An in-process ledger. Two banks with the same seed that are sent the same transactions at the same
/// slots end in the same state.
pub struct Bank {
    runtime: tokio::runtime::Runtime,
    context: RefCell<ProgramTestContext>,
    slot: Cell<u64>,
    sent: Cell<u32>,
    seed: u64,
    /// The program's accounts as of the last transaction that touched each.
    program_accounts: RefCell<Indexed>,
}

impl Bank {
    /// A fresh ledger with that build of the program on it. `seed` decides its slot hashes.
    ///
    /// # Panics
    /// Where the process cannot start an async runtime.
    pub fn new(seed: u64, build: &Build) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("an async runtime");
        let mut test = ProgramTest::default();
        log::set_max_level(log::LevelFilter::Off);
        let binary = match build {
            Build::Native => {
                test.prefer_bpf(false);
                test.add_program(
                    "gradual_consensus",
                    gradual_consensus::ID,
                    native::registerer(),
                );
                &[][..]
            }
            Build::Sbf(binary) => {
                test.add_account(gradual_consensus::ID, program_account());
                binary
            }
        };
        let authority = Some(people::upgrade_authority().pubkey());
        test.add_account(address::program_data(), program_data(authority, binary));
        let context = runtime.block_on(test.start_with_context());
        native::bridge_syscall_stubs();
        let bank = Self {
            runtime,
            context: RefCell::new(context),
            slot: Cell::new(1),
            sent: Cell::new(0),
            seed,
            program_accounts: RefCell::default(),
        };
        bank.set_slot_hashes();
        bank
    }

    /// Moves time on to `slot`; a slot that has passed changes nothing.
    ///
    /// # Panics
    /// Where the bank refuses, which it does only for slots that have passed.
    pub fn warp_to(&self, slot: u64) {
        if slot <= self.slot.get() {
            return;
        }
        let _runtime = self.runtime.enter();
        self.context
            .borrow_mut()
            .warp_to_slot(slot)
            .expect("a slot to come");
        self.slot.set(slot);
        self.set_slot_hashes();
    }

    /// Bank hashes depend on keys that the test genesis draws at random; hashes of the seed and the
    /// slot in their place make a run repeatable.
    fn set_slot_hashes(&self) {
        let parent = self.slot.get().saturating_sub(1);
        let hash = solana_sha256_hasher::hashv(&[&self.seed.to_le_bytes(), &parent.to_le_bytes()]);
        let hashes = SlotHashes::new(&[(parent, hash)]);
        self.context.borrow().set_sysvar(&hashes);
    }

    /// Gives `address` lamports out of nothing.
    pub fn airdrop(&self, address: &Pubkey, lamports: u64) {
        self.endow(address, lamports);
    }

    /// The account at `address`.
    pub fn account(&self, address: &Pubkey) -> Option<Account> {
        let client = self.context.borrow().banks_client.clone();
        self.runtime
            .block_on(client.get_account(*address))
            .ok()
            .flatten()
    }

    /// Writes an account, as no transaction could: for tests, and for worlds to begin with.
    pub fn set_account(&self, address: &Pubkey, account: &Account) {
        self.context
            .borrow_mut()
            .set_account(address, &account.clone().into());
        self.note(*address, Some(account.clone()));
    }

    /// Makes `authority` the program's upgrade authority in the place of
    /// [`people::upgrade_authority`]; without one the program is final.
    pub fn set_upgrade_authority(&self, authority: Option<Pubkey>) {
        self.set_authority(authority);
    }

    /// Gives the program its config, as its upgrade authority: the admin is the same, `manager` the only
    /// manager; `payer` pays.
    ///
    /// # Errors
    /// The program's, where it has one.
    pub fn initialize_config(
        &self,
        payer: &Keypair,
        manager: Pubkey,
    ) -> Result<Receipt, LedgerError> {
        let authority = people::upgrade_authority();
        let initialize =
            instruction::initialize_config(authority.pubkey(), payer.pubkey(), manager);
        self.send(&[initialize], &[payer, &authority])
    }

    /// Creates a mint of the SPL Token program at `address`, which `authority` may mint.
    pub fn create_mint(&self, address: &Pubkey, authority: &Pubkey, decimals: u8) {
        self.create_mint_of(&spl_token_interface::ID, address, authority, decimals);
    }

    /// Creates a mint of `token_program` at `address`, which `authority` may mint.
    pub fn create_mint_of(
        &self,
        token_program: &Pubkey,
        address: &Pubkey,
        authority: &Pubkey,
        decimals: u8,
    ) {
        let mint = tokens::mint(token_program, authority, None, decimals);
        self.set_account(address, &mint);
    }

    /// Creates a token account of `mint`, which must exist, for `owner` with `amount` base units in it:
    /// of wrapped SOL, as many lamports.
    pub fn create_token_account(
        &self,
        address: &Pubkey,
        mint: &Pubkey,
        owner: &Pubkey,
        amount: u64,
    ) {
        self.make_wallet(address, mint, owner, amount);
    }

    /// Transactions that succeeded so far.
    pub fn transactions(&self) -> u32 {
        self.sent.get()
    }

    fn note(&self, address: Pubkey, account: Option<Account>) {
        let mut known = self.program_accounts.borrow_mut();
        match account.filter(|account| account.owner == gradual_consensus::ID) {
            Some(account) => known.insert(address, account),
            None => known.remove(address),
        };
    }

    /// Two equal transactions in one slot would be one; a limit that changes keeps them apart.
    fn distinct_limit(&self, attempt: u32) -> Instruction {
        let limit = COMPUTE_UNIT_LIMIT.saturating_sub(attempt % 100_000);
        ComputeBudgetInstruction::set_compute_unit_limit(limit)
    }

    fn process(
        &self,
        transaction: Transaction,
    ) -> Result<(Result<(), TransactionError>, Receipt), LedgerError> {
        let client = self.context.borrow().banks_client.clone();
        let result = self
            .runtime
            .block_on(client.process_transaction_with_metadata(transaction))
            .map_err(|error| LedgerError::Unavailable(error.to_string()))?;
        let slot = self.slot.get();
        let receipt = result
            .metadata
            .map_or(Receipt::default(), |metadata| Receipt {
                slot,
                compute_units: metadata.compute_units_consumed,
                logs: metadata.log_messages,
                ..Receipt::default()
            });
        Ok((result.result, receipt))
    }

    /// Processes a transaction that is signed already, as a cluster's RPC does; the slot does not move.
    ///
    /// # Errors
    /// The bank does not answer.
    pub fn land(
        &self,
        transaction: &Transaction,
    ) -> Result<(Result<(), TransactionError>, Receipt), LedgerError> {
        let landed = self.process(transaction.clone())?;
        for address in &transaction.message.account_keys {
            self.note(*address, self.account(address));
        }
        Ok(landed)
    }

    /// What would come of a transaction, signed or not, and what it would log.
    ///
    /// # Errors
    /// The bank does not answer.
    pub fn simulate(
        &self,
        transaction: &Transaction,
    ) -> Result<(Result<(), TransactionError>, Receipt), LedgerError> {
        let client = self.context.borrow().banks_client.clone();
        let result = self
            .runtime
            .block_on(client.simulate_transaction(transaction.clone()))
            .map_err(|error| LedgerError::Unavailable(error.to_string()))?;
        let details = result.simulation_details;
        let receipt = details.map_or(Receipt::default(), |details| Receipt {
            slot: self.slot.get(),
            compute_units: details.units_consumed,
            logs: details.logs,
            ..Receipt::default()
        });
        Ok((result.result.unwrap_or(Ok(())), receipt))
    }

    /// The newest blockhash.
    ///
    /// # Errors
    /// The bank does not answer.
    pub fn blockhash(&self) -> Result<Hash, LedgerError> {
        let client = self.context.borrow().banks_client.clone();
        self.runtime
            .block_on(client.get_latest_blockhash())
            .map_err(|error| LedgerError::Unavailable(error.to_string()))
    }
}

impl Machine for Bank {
    fn warp_to(&self, slot: u64) {
        Self::warp_to(self, slot);
    }

    fn account(&self, address: &Pubkey) -> Option<Account> {
        Self::account(self, address)
    }

    fn put(&self, address: &Pubkey, account: Option<Account>) {
        self.set_account(address, &account.unwrap_or_default());
    }
}

/// Instructions that [`Ledger::send`] puts before the caller's.
const PREPENDED: usize = 1;

impl Ledger for Bank {
    fn slot(&self) -> Result<u64, LedgerError> {
        Ok(self.slot.get())
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        Ok(addresses
            .iter()
            .map(|address| {
                let known = self.program_accounts.borrow().get(address).cloned();
                known.or_else(|| self.account(address))
            })
            .collect())
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        let known = self.program_accounts.borrow();
        Ok(known.passing(filters, part.as_ref()))
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        let attempt = self.sent.get();
        self.sent.set(attempt.wrapping_add(1));
        let mut all = vec![self.distinct_limit(attempt)];
        all.extend_from_slice(instructions);
        let payer = signers.first().map(|payer| payer.pubkey());
        let mut transaction = Transaction::new_with_payer(&all, payer.as_ref());
        transaction
            .try_sign(signers, self.blockhash()?)
            .map_err(|error| machine::unsigned(&error))?;
        let (result, receipt) = self.process(transaction)?;
        result.map_err(|error| machine::typed_error(&error, PREPENDED, receipt.logs.clone()))?;
        let touched = instructions
            .iter()
            .flat_map(|instruction| &instruction.accounts);
        for meta in touched.filter(|meta| meta.is_writable) {
            self.note(meta.pubkey, self.account(&meta.pubkey));
        }
        Ok(receipt)
    }
}
