//! The program on litesvm, and what the transactions sent to it took.

use crate::{
    case::Case,
    sample::{Sample, Samples},
};
use anchor_lang::ZeroCopy;
use anyhow::{Context, Result, anyhow, ensure};
use gradual_consensus_client::{account::Stored, address, compute};
use litesvm::{LiteSVM, types::TransactionMetadata};
use solana_loader_v3_interface::state::UpgradeableLoaderState;
use solana_sdk::{
    account::Account,
    clock::Clock,
    instruction::Instruction,
    program_pack::Pack,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
    transaction::Transaction,
};
use spl_token_interface::state::{Account as TokenAccount, AccountState, Mint};

/// Lamports that everybody begins with.
const LAMPORTS: u64 = 1_000_000_000_000;

/// A machine with the program on it, and all that was measured on it.
pub struct Vm {
    svm: LiteSVM,
    /// What was measured.
    pub samples: Samples,
}

impl Vm {
    /// A machine with the program in `binary`.
    pub fn new(binary: &[u8]) -> Result<Self> {
        let mut svm = LiteSVM::new().with_transaction_history(0);
        svm.add_program(gradual_consensus::ID, binary)
            .map_err(|error| anyhow!("the program does not load: {error}"))?;
        Ok(Self {
            svm,
            samples: Samples::new(),
        })
    }

    /// Makes `authority` the program's upgrade authority.
    pub fn set_upgrade_authority(&mut self, authority: Pubkey) -> Result<()> {
        let address = address::program_data();
        let mut account = self.take(address)?.context("no ProgramData account")?;
        let state = bincode::serialize(&UpgradeableLoaderState::ProgramData {
            slot: 0,
            upgrade_authority_address: Some(authority),
        })?;
        let head = account.data.get_mut(..state.len());
        head.context("a short ProgramData account")?
            .copy_from_slice(&state);
        self.put(address, Some(account))
    }

    /// The present slot.
    pub fn slot(&self) -> u64 {
        self.svm.get_sysvar::<Clock>().slot
    }

    /// Moves time on to `slot`; a slot that has passed changes nothing.
    pub fn warp_to(&mut self, slot: u64) {
        if slot > self.slot() {
            self.svm.warp_to_slot(slot);
        }
    }

    /// Writes an account with enough lamports for its size.
    pub fn set_account(&mut self, address: Pubkey, owner: Pubkey, data: Vec<u8>) -> Result<()> {
        let account = Account {
            lamports: self.svm.minimum_balance_for_rent_exemption(data.len()),
            data,
            owner,
            ..Account::default()
        };
        self.svm
            .set_account(address, account)
            .map_err(|error| anyhow!("{address} cannot be written: {error}"))
    }

    /// Writes an account of the program: `state`, and `tail` behind it.
    pub fn set_state<T: ZeroCopy>(
        &mut self,
        address: Pubkey,
        state: &T,
        tail: &[u8],
    ) -> Result<()> {
        let data = [T::DISCRIMINATOR, bytemuck::bytes_of(state), tail].concat();
        self.set_account(address, gradual_consensus::ID, data)
    }

    /// The `T` at `address`.
    pub fn state<T: Stored>(&self, address: &Pubkey) -> Result<T> {
        let account = self
            .svm
            .get_account(address)
            .with_context(|| format!("no account at {address}"))?;
        T::decode(&account.data).with_context(|| format!("another account at {address}"))
    }

    /// Removes an account, which may come back by [`Vm::put`].
    pub fn take(&mut self, address: Pubkey) -> Result<Option<Account>> {
        let account = self.svm.get_account(&address);
        self.put(address, None)?;
        Ok(account)
    }

    /// Puts an account where [`Vm::take`] took it.
    pub fn put(&mut self, address: Pubkey, account: Option<Account>) -> Result<()> {
        self.svm
            .set_account(address, account.unwrap_or_default())
            .map_err(|error| anyhow!("{address} cannot be written: {error}"))
    }

    /// Gives `address` lamports.
    pub fn fund(&mut self, address: Pubkey) -> Result<()> {
        let account = Account {
            lamports: LAMPORTS,
            ..Account::default()
        };
        self.svm
            .set_account(address, account)
            .map_err(|error| anyhow!("{address} cannot be funded: {error}"))
    }

    /// Writes a mint of the SPL Token program.
    pub fn set_mint(&mut self, address: Pubkey, decimals: u8) -> Result<()> {
        let mint = Mint {
            decimals,
            is_initialized: true,
            ..Mint::default()
        };
        let mut data = vec![0; Mint::LEN];
        mint.pack_into_slice(&mut data);
        self.set_account(address, spl_token_interface::ID, data)
    }

    /// Writes a token account with `amount` base units.
    pub fn set_tokens(
        &mut self,
        address: Pubkey,
        mint: Pubkey,
        owner: Pubkey,
        amount: u64,
    ) -> Result<()> {
        let account = TokenAccount {
            mint,
            owner,
            amount,
            state: AccountState::Initialized,
            ..TokenAccount::default()
        };
        let mut data = vec![0; TokenAccount::LEN];
        account.pack_into_slice(&mut data);
        self.set_account(address, spl_token_interface::ID, data)
    }

    /// Sends `instruction` alone in a transaction and records what it took as `case`. `attempts` are
    /// those of the bump searches it makes.
    pub fn send(
        &mut self,
        case: Case,
        attempts: u64,
        instruction: Instruction,
        signer: &Keypair,
    ) -> Result<()> {
        self.send_signed(case, attempts, instruction, &[signer])
    }

    /// The same, signed by several, the first of whom pays.
    pub fn send_signed(
        &mut self,
        case: Case,
        attempts: u64,
        instruction: Instruction,
        signers: &[&Keypair],
    ) -> Result<()> {
        let transaction = self.transaction(case, instruction, signers)?;
        let meta = self
            .svm
            .send_transaction(transaction)
            .map_err(|failed| refused(case, &failed.err, &failed.meta.logs))?;
        self.record(case, attempts, &meta)
    }

    /// The same, but leaves everything as it was.
    pub fn simulate(
        &mut self,
        case: Case,
        attempts: u64,
        instruction: Instruction,
        signer: &Keypair,
    ) -> Result<()> {
        let transaction = self.transaction(case, instruction, &[signer])?;
        let simulated = self
            .svm
            .simulate_transaction(transaction)
            .map_err(|failed| refused(case, &failed.err, &failed.meta.logs))?;
        self.record(case, attempts, &simulated.meta)
    }

    fn transaction(
        &self,
        case: Case,
        instruction: Instruction,
        signers: &[&Keypair],
    ) -> Result<Transaction> {
        let name = compute::instruction_name(&instruction.data);
        ensure!(
            name == Some(case.row().instruction),
            "{case:?} sends {name:?}"
        );
        Ok(Transaction::new_signed_with_payer(
            &[instruction],
            signers.first().map(|payer| payer.pubkey()).as_ref(),
            signers,
            self.svm.latest_blockhash(),
        ))
    }

    fn record(&mut self, case: Case, attempts: u64, meta: &TransactionMetadata) -> Result<()> {
        let (units, limit) = consumed(&meta.logs, &gradual_consensus::ID)
            .context("the logs do not say what it took")?;
        let by_token_program = consumed(&meta.logs, &spl_token_interface::ID);
        let sample = Sample {
            units,
            attempts,
            marks: marks(&meta.logs),
            limit,
            by_token_program: by_token_program.map_or(0, |(units, _)| units),
        };
        self.samples.entry(case).or_default().push(sample);
        Ok(())
    }
}

fn refused(case: Case, error: &impl std::fmt::Display, logs: &[String]) -> anyhow::Error {
    anyhow!("{case:?}: {error}\n{}", logs.join("\n"))
}

/// What the first call of `program` to end took, and of how much.
fn consumed(logs: &[String], program: &Pubkey) -> Option<(u64, u64)> {
    let consumed = format!("Program {program} consumed ");
    let (units, rest) = logs
        .iter()
        .find_map(|line| line.strip_prefix(&consumed))?
        .split_once(" of ")?;
    let (limit, _) = rest.split_once(' ')?;
    Some((units.parse().ok()?, limit.parse().ok()?))
}

/// A name that was logged, with the reading that was logged right after it.
fn marks(logs: &[String]) -> Vec<(String, u64)> {
    logs.array_windows()
        .filter_map(|[name, reading]: &[String; 2]| {
            let name = name.strip_prefix("Program log: ")?;
            let left = reading.strip_prefix("Program consumption: ")?;
            Some((name.to_owned(), left.split(' ').next()?.parse().ok()?))
        })
        .collect()
}
