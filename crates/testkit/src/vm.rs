//! The sBPF program on litesvm: a ledger whose state is cheap to copy, so that many tests begin from the
//! same prepared world, and whose every transaction may be metered.

#[cfg(feature = "bank")]
use crate::{bank::Bank, native};
use crate::{
    builds::Build,
    indexed::Indexed,
    machine::{self, Machine, program_data},
    people::{self, keyless},
    tokens,
};
use anchor_lang::ZeroCopy;
use gradual_consensus_client::{
    address,
    ledger::{Filter, Ledger, LedgerError, Receipt},
};
use litesvm::{
    LiteSVM,
    error::LiteSVMError,
    types::{FailedTransactionMetadata, TransactionMetadata},
};
use solana_program_runtime::invoke_context::BuiltinFunctionRegisterer;
use solana_sdk::{
    account::Account,
    clock::Clock,
    instruction::{Instruction, InstructionError},
    message::Message,
    program_pack::Pack,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
    transaction::{Transaction, TransactionError},
};
use spl_token_interface::state::Account as TokenAccount;
use std::{
    collections::BTreeMap,
    fs,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard},
};

/// Lamports of the courier and the upgrade authority.
pub const LAMPORTS: u64 = 1_000_000_000_000;

/// Pays every fee, and signs nothing else: whoever else does not sign, does not sign.
pub fn courier() -> Pubkey {
    keyless("courier", 0)
}

/// Who may upgrade the program, and so initialise its config.
pub fn upgrade_authority() -> Pubkey {
    keyless("upgrade authority", 0)
}

/// The binary that `cargo xtask build-sbf` made.
///
/// # Panics
/// Where there is none.
pub fn binary() -> &'static [u8] {
    static BINARY: OnceLock<Vec<u8>> = OnceLock::new();
    BINARY.get_or_init(|| {
        let file = root().join("target/deploy/gradual_consensus.so");
        fs::read(file)
            .expect("target/deploy/gradual_consensus.so is missing: run cargo xtask build-sbf")
    })
}

/// The workspace's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Why the machine refused a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A custom error of the program, of Anchor, or of a program it called.
    Custom(u32),
    /// A built-in error of an instruction.
    Instruction(InstructionError),
    /// An error of the transaction as a whole.
    Transaction(TransactionError),
}

/// Whether the machine runs the library in place of the binary.
pub const IS_NATIVE: bool = cfg!(feature = "native");

impl Refusal {
    /// Whether `result` is this refusal. Where the library runs natively, what the runtime refuses it
    /// refuses elsewhere and otherwise; then any refusal will do.
    pub fn is(&self, result: &Result<(), Self>) -> bool {
        match (self, result) {
            (_, Ok(())) => false,
            (Self::Instruction(_), Err(_)) if IS_NATIVE => true,
            (expected, Err(refusal)) => expected == refusal,
        }
    }

    fn of(error: TransactionError) -> Self {
        match error {
            TransactionError::InstructionError(_, InstructionError::Custom(code)) => {
                Self::Custom(code)
            }
            TransactionError::InstructionError(_, error) => Self::Instruction(error),
            error => Self::Transaction(error),
        }
    }
}

/// A machine with the program on it. Signatures are not verified, except by one of [`Vm::on`]: who signs is who the
/// instruction says signs, so that a test decides it, and nothing else.
pub struct Vm {
    svm: Mutex<LiteSVM>,
    /// Decides the slot hashes; litesvm's own where there is none.
    seed: Option<u64>,
    /// The program's accounts as of the last transaction that touched each.
    known: RwLock<Indexed>,
}

impl Clone for Vm {
    fn clone(&self) -> Self {
        Self {
            svm: Mutex::new(self.svm().clone()),
            seed: self.seed,
            known: RwLock::new(self.known().clone()),
        }
    }
}

/// All accounts that a transaction could have changed, as they were.
pub type Accounts = Vec<(Pubkey, Option<Account>)>;

impl Vm {
    /// A machine at slot 1; `seed` decides its slot hashes.
    ///
    /// # Panics
    /// Where the binary does not load.
    pub fn new(seed: u64) -> Self {
        static LOADED: Mutex<Option<LiteSVM>> = Mutex::new(None);
        let mut loaded = LOADED.lock().unwrap();
        let svm = loaded
            .get_or_insert_with(|| {
                let mut svm = LiteSVM::new()
                    .with_transaction_history(0)
                    .with_sigverify(false)
                    .with_blockhash_check(false)
                    .with_log_bytes_limit(Some(2_000));
                add_program(&mut svm);
                svm
            })
            .clone();
        let mut vm = Self::with(svm, Some(seed));
        let authority = Some(upgrade_authority());
        vm.give(upgrade_authority(), LAMPORTS);
        // Copies are cheaper, and accounts quicker compared, without a second copy of the binary.
        vm.set(address::program_data(), Some(program_data(authority, &[])));
        vm.warp_to(1);
        vm
    }

    /// A machine with the program in `binary`, which logs all that it says.
    ///
    /// # Panics
    /// Where the binary does not load.
    pub fn metering(binary: &[u8]) -> Self {
        let mut svm = LiteSVM::new()
            .with_transaction_history(0)
            .with_sigverify(false)
            .with_blockhash_check(false);
        svm.add_program(gradual_consensus::ID, binary)
            .expect("the program loads");
        Self::with(svm, None)
    }

    /// A machine with that build of the program, which verifies signatures and logs all that the program says. `seed`
    /// decides its slot hashes.
    ///
    /// # Errors
    /// The binary does not load: [`LiteSVMError`].
    pub fn on(seed: u64, build: &Build) -> Result<Self, LiteSVMError> {
        let mut svm = LiteSVM::new()
            .with_transaction_history(0)
            .with_blockhash_check(false)
            .with_log_bytes_limit(None);
        match build {
            #[cfg(feature = "bank")]
            Build::Native => add_library(&mut svm),
            Build::Sbf(binary) => svm.add_program(gradual_consensus::ID, binary)?,
        }
        let vm = Self::with(svm, Some(seed));
        let authority = people::upgrade_authority().pubkey();
        vm.put(
            &address::program_data(),
            Some(program_data(Some(authority), &[])),
        );
        Machine::warp_to(&vm, 1);
        Ok(vm)
    }

    fn svm(&self) -> MutexGuard<'_, LiteSVM> {
        self.svm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> RwLockReadGuard<'_, Indexed> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn with(svm: LiteSVM, seed: Option<u64>) -> Self {
        let mut vm = Self {
            svm: Mutex::new(svm),
            seed,
            known: RwLock::default(),
        };
        vm.give(courier(), LAMPORTS);
        vm
    }

    /// The present slot.
    pub fn slot(&self) -> u64 {
        self.svm().get_sysvar::<Clock>().slot
    }

    /// Moves time on to `slot`; a slot that has passed changes nothing.
    pub fn warp_to(&mut self, slot: u64) {
        Machine::warp_to(self, slot);
    }

    /// Puts the clock to `slot`, be it forwards or back.
    pub fn set_slot(&mut self, slot: u64) {
        self.move_to(slot);
    }

    fn move_to(&self, slot: u64) {
        self.svm().warp_to_slot(slot);
        let Some(seed) = self.seed else {
            return;
        };
        let newest = slot.saturating_sub(1);
        let hash = slot_hash(seed, slot);
        let data = [
            &1u64.to_le_bytes()[..],
            &newest.to_le_bytes(),
            hash.as_slice(),
        ]
        .concat();
        let id = solana_sdk::sysvar::slot_hashes::ID;
        let mut account = self.account(&id).unwrap_or_default();
        account.data = data;
        account.lamports = account.lamports.max(1);
        account.owner = solana_sdk::sysvar::ID;
        self.svm().set_account(id, account).unwrap();
    }

    /// Makes `authority` the program's upgrade authority; without one the program is final.
    pub fn set_upgrade_authority(&mut self, authority: Option<Pubkey>) {
        self.set_authority(authority);
    }

    /// The account at `address`.
    pub fn account(&self, address: &Pubkey) -> Option<Account> {
        self.svm()
            .get_account(address)
            .filter(|account| account.lamports > 0)
    }

    /// Writes an account, as no transaction could; `None` removes it.
    pub fn set(&mut self, address: Pubkey, account: Option<Account>) {
        self.put(&address, account);
    }

    /// Removes an account, which [`Self::set`] may bring back.
    pub fn take(&mut self, address: Pubkey) -> Option<Account> {
        let account = self.account(&address);
        self.set(address, None);
        account
    }

    /// Writes an account with enough lamports for its size.
    pub fn set_data(&mut self, address: Pubkey, owner: Pubkey, data: Vec<u8>) {
        self.set(address, Some(tokens::rent_exempt(&owner, data)));
    }

    /// Writes an account of the program: `state`, and `tail` behind it.
    pub fn set_state<T: ZeroCopy>(&mut self, address: Pubkey, state: &T, tail: &[u8]) {
        let data = [T::DISCRIMINATOR, bytemuck::bytes_of(state), tail].concat();
        self.set_data(address, gradual_consensus::ID, data);
    }

    /// Adds lamports out of nothing.
    pub fn give(&mut self, address: Pubkey, lamports: u64) {
        self.endow(&address, lamports);
    }

    /// Lamports at `address`.
    pub fn lamports(&self, address: &Pubkey) -> u64 {
        self.account(address).map_or(0, |account| account.lamports)
    }

    /// Writes a mint of the SPL Token program.
    pub fn set_mint(&mut self, address: Pubkey, authority: Pubkey, freeze: Option<Pubkey>) {
        let mint = tokens::mint(&spl_token_interface::ID, &authority, freeze, 6);
        self.set(address, Some(mint));
    }

    /// Writes a token account of the SPL Token program.
    pub fn set_tokens(&mut self, address: Pubkey, mint: Pubkey, owner: Pubkey, amount: u64) {
        let account = tokens::wallet(&spl_token_interface::ID, &mint, &owner, amount);
        self.set(address, Some(account));
    }

    /// Changes one token account, as no transaction could.
    ///
    /// # Panics
    /// Where there is none at `address`.
    pub fn change_tokens(&mut self, address: Pubkey, change: impl FnOnce(&mut TokenAccount)) {
        let mut account = self.account(&address).expect("a token account");
        let mut state = TokenAccount::unpack(&account.data).expect("a token account");
        change(&mut state);
        state.pack_into_slice(&mut account.data);
        self.set(address, Some(account));
    }

    /// Base units in a token account; 0 where there is none.
    pub fn tokens(&self, address: &Pubkey) -> u64 {
        let state = self
            .account(address)
            .and_then(|account| TokenAccount::unpack(&account.data).ok());
        state.map_or(0, |state| state.amount)
    }

    /// Registers a program of this process.
    pub fn add_builtin(&mut self, id: Pubkey, register: BuiltinFunctionRegisterer) {
        self.svm().add_builtin(id, register);
    }

    /// Sends one transaction, whose fee the courier pays; whoever the instructions say signs, signs.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn run(&mut self, instructions: &[Instruction]) -> Result<(), Refusal> {
        let sent = self.execute(instructions);
        sent.map(drop).map_err(|failed| Refusal::of(failed.err))
    }

    /// As [`Self::run`], and shows what the transaction logged.
    ///
    /// # Errors
    /// What the runtime refused it with.
    #[expect(clippy::result_large_err, reason = "litesvm's own error")]
    pub fn execute(
        &self,
        instructions: &[Instruction],
    ) -> Result<TransactionMetadata, FailedTransactionMetadata> {
        self.process(by_courier(instructions), instructions)
    }

    /// As [`Self::execute`], but leaves everything as it was.
    ///
    /// # Errors
    /// What the runtime refused it with.
    #[expect(clippy::result_large_err, reason = "litesvm's own error")]
    pub fn simulate(
        &self,
        instructions: &[Instruction],
    ) -> Result<TransactionMetadata, FailedTransactionMetadata> {
        let svm = self.svm();
        let simulated = svm.simulate_transaction(by_courier(instructions))?;
        Ok(simulated.meta)
    }

    #[expect(clippy::result_large_err, reason = "litesvm's own error")]
    fn process(
        &self,
        transaction: Transaction,
        instructions: &[Instruction],
    ) -> Result<TransactionMetadata, FailedTransactionMetadata> {
        let sent = self.svm().send_transaction(transaction)?;
        let metas = instructions.iter().flat_map(|one| &one.accounts);
        for meta in metas.filter(|meta| meta.is_writable) {
            self.note(meta.pubkey);
        }
        Ok(sent)
    }

    /// The accounts that `instructions` name, as they are.
    pub fn named(&self, instructions: &[Instruction]) -> Accounts {
        let metas = instructions
            .iter()
            .flat_map(|instruction| &instruction.accounts);
        metas
            .map(|meta| (meta.pubkey, self.account(&meta.pubkey)))
            .collect()
    }

    /// Every account of the machine, but programs, sysvars, and the courier, who pays fees.
    pub fn everything(&self) -> BTreeMap<Pubkey, Account> {
        use solana_sdk::account::ReadableAccount;
        let svm = self.svm();
        let accounts = svm.accounts_db().inner.iter();
        accounts
            .filter(|(address, account)| {
                let is_data = !account.executable() && *account.owner() != solana_sdk::sysvar::ID;
                is_data && **address != courier()
            })
            .map(|(address, account)| (*address, account.clone().into()))
            .collect()
    }

    fn note(&self, address: Pubkey) {
        let account = self
            .account(&address)
            .filter(|account| account.owner == gradual_consensus::ID);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        match account {
            Some(account) => known.insert(address, account),
            None => known.remove(address),
        }
    }
}

#[cfg(not(feature = "native"))]
fn add_program(svm: &mut LiteSVM) {
    svm.add_program(gradual_consensus::ID, binary())
        .expect("the program loads");
}

#[cfg(feature = "native")]
fn add_program(svm: &mut LiteSVM) {
    add_library(svm);
}

/// Makes the program's library a program of the machine.
#[cfg(feature = "bank")]
fn add_library(svm: &mut LiteSVM) {
    use std::sync::Once;
    static ONCE: Once = Once::new();
    // A bank installs the system calls for native programs, once a process.
    ONCE.call_once(|| drop(Bank::new(1, &Build::Native)));
    let registerer = native::registerer().expect("a registered function");
    svm.add_builtin(gradual_consensus::ID, registerer);
}

/// A transaction that nobody signed, whose fee the courier pays.
fn by_courier(instructions: &[Instruction]) -> Transaction {
    Transaction::new_unsigned(Message::new(instructions, Some(&courier())))
}

impl Machine for Vm {
    fn warp_to(&self, slot: u64) {
        if slot > Self::slot(self) || slot <= 1 {
            self.move_to(slot);
        }
    }

    fn account(&self, address: &Pubkey) -> Option<Account> {
        Self::account(self, address)
    }

    fn put(&self, address: &Pubkey, account: Option<Account>) {
        let account = account.unwrap_or_default();
        let mut svm = self.svm();
        svm.set_account(*address, account).unwrap();
        drop(svm);
        self.note(*address);
    }
}

/// The hash that the machine of `seed` shows as the newest at `slot`.
pub fn slot_hash(seed: u64, slot: u64) -> [u8; 32] {
    let parent = slot.saturating_sub(1);
    solana_sha256_hasher::hashv(&[&seed.to_le_bytes(), &parent.to_le_bytes()]).to_bytes()
}

impl Ledger for Vm {
    fn slot(&self) -> Result<u64, LedgerError> {
        Ok(Self::slot(self))
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        let known = self.known();
        let found = |address: &Pubkey| {
            let known = known.get(address).cloned();
            known.or_else(|| self.account(address))
        };
        Ok(addresses.iter().map(found).collect())
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        Ok(self.known().passing(filters, part.as_ref()))
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        let payer = signers.first().map(|payer| payer.pubkey());
        let message = Message::new(instructions, payer.as_ref());
        let mut transaction = Transaction::new_unsigned(message);
        let blockhash = self.svm().latest_blockhash();
        transaction
            .try_sign(signers, blockhash)
            .map_err(|error| machine::unsigned(&error))?;
        let sent = self.process(transaction, instructions);
        let metadata =
            sent.map_err(|failed| machine::typed_error(&failed.err, 0, failed.meta.logs))?;
        Ok(Receipt {
            slot: Self::slot(self),
            compute_units: metadata.compute_units_consumed,
            logs: metadata.logs,
            ..Receipt::default()
        })
    }
}
