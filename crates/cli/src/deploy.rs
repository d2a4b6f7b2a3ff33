//! Deploys the program, or upgrades it, through the upgradeable loader.
//!
//! The binary is first written into a buffer account, whose address is derived from the payer and the
//! binary. A deployment that was interrupted finds the buffer and continues. The last transaction deploys
//! from the buffer, whose rent comes back.

use gradual_consensus_client::{
    ledger::{Ledger, LedgerError},
    rpc::RpcLedger,
};
use solana_loader_v3_interface::{
    get_program_data_address,
    instruction::{
        create_buffer, deploy_with_max_program_len, extend_program, set_buffer_authority, upgrade,
        write,
    },
    state::UpgradeableLoaderState as State,
};
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_sdk::{
    account::Account,
    instruction::{Instruction, InstructionError},
    pubkey::{MAX_SEED_LEN, Pubkey},
    signature::{Keypair, Signature, Signer},
    transaction::Transaction,
};
use solana_sdk_ids::bpf_loader_upgradeable as loader;
use solana_sha256_hasher::hash;
use solana_system_interface::instruction::create_account_with_seed;
use std::{
    thread,
    time::{Duration, Instant},
};
use thiserror::Error;

/// Bytes of the binary that one transaction writes: as many as fit.
const CHUNK: usize = 1_000;
/// Statuses that one call may ask for.
const STATUSES: usize = 256;
/// Longest time of one pass over the missing chunks: by then its blockhash has expired.
const PASS: Duration = Duration::from_secs(45);
/// Number of passes before the deployment fails.
const PASSES: u32 = 20;
/// Time between two looks at the signatures' statuses.
const POLL: Duration = Duration::from_millis(400);
/// The loader refuses to extend a program by less than this.
const LEAST_EXTENSION: usize = 10 * 1024;

/// The result of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployed {
    /// The program was not there before.
    New,
    /// The program had another binary.
    Upgraded,
    /// The program had this binary already.
    Unchanged,
}

/// Why there was no deployment.
#[derive(Debug, Error)]
pub enum DeployError {
    /// The cluster's.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The first deployment is signed with the program's own key.
    #[error(
        "no program at {0} yet: give its keypair with --program-keypair (cargo xtask keys makes the one for development)"
    )]
    NeedsKeypair(Pubkey),
    /// The keypair is another program's.
    #[error(
        "the keypair is that of {given}, but this command's program is {expected}: give that one's, or run cargo xtask keys --sync"
    )]
    OtherProgram {
        /// The keypair's address.
        given: Pubkey,
        /// The id that the sources name.
        expected: Pubkey,
    },
    /// Something lives at the program's address that cannot be upgraded.
    #[error("the account {0} is no program that can be upgraded: deploy under another program id")]
    NotUpgradeable(Pubkey),
    /// Only its upgrade authority may change a program.
    #[error("{}", match .0 {
        Some(authority) => format!("only {authority} may upgrade the program: sign with its key"),
        None => "the program is final, nobody may upgrade it: deploy under another program id".to_owned(),
    })]
    NotTheAuthority(Option<Pubkey>),
    /// Only its authority may hand a buffer on.
    #[error(
        "the binary is in buffer {buffer} already, from which only {} upgrades: name that one with --authority",
        .owner.map_or_else(|| "nobody".to_owned(), |owner| owner.to_string())
    )]
    OthersBuffer {
        /// The buffer.
        buffer: Pubkey,
        /// Who has it.
        owner: Option<Pubkey>,
    },
    /// The cluster takes the transactions, but what they write does not appear.
    #[error(
        "{missing} of {chunks} parts of the binary were not written: run the command again to continue"
    )]
    NotWritten {
        /// Parts that are still missing.
        missing: usize,
        /// All parts.
        chunks: usize,
    },
    /// An instruction could not be built.
    #[error("the loader's instruction cannot be built: {0}: check the binary's size")]
    Instruction(#[from] InstructionError),
}

/// The program's data as they are on the cluster.
struct Installed {
    authority: Option<Pubkey>,
    binary: Vec<u8>,
}

/// Deploys `binary` as this client's program, or upgrades to it. `payer` pays, and is the upgrade
/// authority; `program` is needed for the first deployment. `progress` is called with the number of
/// parts that are written, and the number of all parts.
///
/// # Errors
/// [`DeployError`]; what was written stays, and the same call goes on from there.
pub fn deploy(
    ledger: &RpcLedger,
    payer: &Keypair,
    program: Option<&Keypair>,
    binary: &[u8],
    mut progress: impl FnMut(usize, usize),
) -> Result<Deployed, DeployError> {
    let id = gradual_consensus::ID;
    if let Some(program) = program.filter(|program| program.pubkey() != id) {
        return Err(DeployError::OtherProgram {
            given: program.pubkey(),
            expected: id,
        });
    }
    let me = payer.pubkey();
    let installed = installed(ledger, &id)?;
    if let Some(installed) = &installed {
        if is_padded(&installed.binary, binary) {
            return Ok(Deployed::Unchanged);
        }
        if installed.authority != Some(me) {
            return Err(DeployError::NotTheAuthority(installed.authority));
        }
    }
    let signer = match (&installed, program) {
        (None, None) => return Err(DeployError::NeedsKeypair(id)),
        (None, Some(program)) => Some(program),
        (Some(_), _) => None,
    };

    if let Some(installed) = &installed {
        extend(ledger, payer, installed.binary.len(), binary.len())?;
    }
    let buffer = write_buffer(ledger, payer, binary, &mut progress)?;
    let (instructions, deployed) = if signer.is_some() {
        let lamports = rent(ledger, State::size_of_program())?;
        let create = deploy_with_max_program_len(&me, &id, &buffer, &me, lamports, binary.len())?;
        (create, Deployed::New)
    } else {
        (vec![upgrade(&id, &buffer, &me, &me)], Deployed::Upgraded)
    };
    let signers: Vec<&Keypair> = [payer].into_iter().chain(signer).collect();
    let slot = ledger.send(&instructions, &signers)?.slot;
    wait_past(ledger, slot)?;
    Ok(deployed)
}

/// Writes `binary` into a buffer, from which `authority` can upgrade the program, and makes room for it in the
/// program. `payer` pays. `progress` is as for [`deploy`].
///
/// # Errors
/// [`DeployError`]; what was written stays, and the same call goes on from there.
pub fn prepare(
    ledger: &RpcLedger,
    payer: &Keypair,
    authority: &Pubkey,
    binary: &[u8],
    mut progress: impl FnMut(usize, usize),
) -> Result<Pubkey, DeployError> {
    if let Some(installed) = installed(ledger, &gradual_consensus::ID)? {
        extend(ledger, payer, installed.binary.len(), binary.len())?;
    }
    let buffer = write_buffer(ledger, payer, binary, &mut progress)?;
    let me = payer.pubkey();
    let written = read_buffer(ledger, &buffer)?;
    let state = written.and_then(|account| bincode::deserialize(&account.data).ok());
    let owner = match state {
        Some(State::Buffer { authority_address }) => authority_address,
        _ => None,
    };
    if owner == Some(me) && *authority != me {
        let hand_over = set_buffer_authority(&buffer, &me, authority);
        ledger.send(&[hand_over], &[payer])?;
    } else if owner != Some(*authority) {
        return Err(DeployError::OthersBuffer { buffer, owner });
    }
    Ok(buffer)
}

/// The upgrade of the program from `buffer`, whose rent goes to `spill`.
pub fn upgrade_from(buffer: &Pubkey, authority: &Pubkey, spill: &Pubkey) -> Instruction {
    upgrade(&gradual_consensus::ID, buffer, authority, spill)
}

/// What is installed at `id`; `None` where nothing is.
fn installed(ledger: &RpcLedger, id: &Pubkey) -> Result<Option<Installed>, DeployError> {
    let accounts = ledger.accounts(&[*id, get_program_data_address(id)])?;
    let [program, data] = accounts.as_slice() else {
        return Err(DeployError::NotUpgradeable(*id));
    };
    // Anybody may have sent lamports there.
    let Some(program) = program.as_ref().filter(|program| !program.data.is_empty()) else {
        return Ok(None);
    };
    let data = data.as_ref().filter(|_| program.owner == loader::ID);
    let read = data.and_then(|data| {
        let binary = data.data.get(State::size_of_programdata_metadata()..)?;
        match bincode::deserialize(&data.data).ok()? {
            State::ProgramData {
                upgrade_authority_address,
                ..
            } => Some(Installed {
                authority: upgrade_authority_address,
                binary: binary.to_vec(),
            }),
            _ => None,
        }
    });
    read.map(Some).ok_or(DeployError::NotUpgradeable(*id))
}

/// Whether `longer` is `binary` with nothing but zeros after it.
fn is_padded(longer: &[u8], binary: &[u8]) -> bool {
    longer
        .strip_prefix(binary)
        .is_some_and(|rest| rest.iter().all(|&byte| byte == 0))
}

/// Makes room for a longer binary.
fn extend(
    ledger: &RpcLedger,
    payer: &Keypair,
    present: usize,
    needed: usize,
) -> Result<(), DeployError> {
    let Some(missing) = needed.checked_sub(present).filter(|&missing| missing > 0) else {
        return Ok(());
    };
    let more = u32::try_from(missing.max(LEAST_EXTENSION));
    let more = more.map_err(|_| InstructionError::InvalidArgument)?;
    let extend = extend_program(&gradual_consensus::ID, Some(&payer.pubkey()), more);
    let slot = ledger.send(&[extend], &[payer])?.slot;
    // The loader changes a program once a slot.
    Ok(wait_past(ledger, slot)?)
}

fn wait_past(ledger: &RpcLedger, slot: u64) -> Result<(), LedgerError> {
    while ledger.slot()? <= slot {
        thread::sleep(POLL);
    }
    Ok(())
}

fn rent(ledger: &RpcLedger, bytes: usize) -> Result<u64, LedgerError> {
    ledger.call(|client| client.get_minimum_balance_for_rent_exemption(bytes))
}

/// Creates the buffer if it is not there, and writes the chunks of `binary` that it does not hold.
fn write_buffer(
    ledger: &RpcLedger,
    payer: &Keypair,
    binary: &[u8],
    progress: &mut impl FnMut(usize, usize),
) -> Result<Pubkey, DeployError> {
    let me = payer.pubkey();
    let mut seed = hash(binary).to_string();
    seed.truncate(MAX_SEED_LEN);
    let buffer = Pubkey::create_with_seed(&me, &seed, &loader::ID)
        .map_err(|_| InstructionError::InvalidSeeds)?;
    if read_buffer(ledger, &buffer)?.is_none() {
        let size = State::size_of_buffer(binary.len());
        let lamports = rent(ledger, size)?;
        let space = size as u64;
        let mut create = create_buffer(&me, &buffer, &me, lamports, binary.len())?;
        // Of a derived address, which needs no key of its own.
        if let Some(first) = create.first_mut() {
            let owner = &loader::ID;
            *first = create_account_with_seed(&me, &buffer, &me, &seed, lamports, space, owner);
        }
        ledger.send(&create, &[payer])?;
    }

    let chunks = binary.len().div_ceil(CHUNK);
    for _ in 0..PASSES {
        let missing = missing(ledger, &buffer, binary)?;
        progress(chunks.saturating_sub(missing.len()), chunks);
        if missing.is_empty() {
            return Ok(buffer);
        }
        write_all(ledger, payer, &buffer, &missing)?;
    }
    let missing = missing(ledger, &buffer, binary)?.len();
    if missing == 0 {
        return Ok(buffer);
    }
    Err(DeployError::NotWritten { missing, chunks })
}

fn read_buffer(ledger: &RpcLedger, buffer: &Pubkey) -> Result<Option<Account>, LedgerError> {
    let mut found = ledger.accounts(&[*buffer])?;
    Ok(found
        .pop()
        .flatten()
        .filter(|account| account.owner == loader::ID))
}

/// The chunks of `binary` that the buffer does not hold yet, with where they belong.
fn missing<'a>(
    ledger: &RpcLedger,
    buffer: &Pubkey,
    binary: &'a [u8],
) -> Result<Vec<(u32, &'a [u8])>, DeployError> {
    let account = read_buffer(ledger, buffer)?;
    let header = State::size_of_buffer_metadata();
    let written = account.as_ref().and_then(|found| found.data.get(header..));
    let written = written.unwrap_or_default();
    let mut missing = Vec::new();
    for (number, chunk) in binary.chunks(CHUNK).enumerate() {
        let offset = number.saturating_mul(CHUNK);
        let there = written.get(offset..).unwrap_or_default();
        if !there.starts_with(chunk) {
            let offset = u32::try_from(offset).map_err(|_| InstructionError::InvalidArgument)?;
            missing.push((offset, chunk));
        }
    }
    Ok(missing)
}

/// Sends every chunk once, all under one blockhash, and waits until they have landed or cannot any
/// more. What did not land is seen by looking at the buffer.
fn write_all(
    ledger: &RpcLedger,
    payer: &Keypair,
    buffer: &Pubkey,
    missing: &[(u32, &[u8])],
) -> Result<(), DeployError> {
    let me = payer.pubkey();
    let begun = Instant::now();
    let blockhash = ledger.call(|client| client.get_latest_blockhash())?;
    let config = RpcSendTransactionConfig {
        skip_preflight: true,
        ..RpcSendTransactionConfig::default()
    };
    let mut open: Vec<Signature> = Vec::with_capacity(missing.len());
    for (offset, chunk) in missing {
        let write: Instruction = write(buffer, &me, *offset, chunk.to_vec());
        let transaction =
            Transaction::new_signed_with_payer(&[write], Some(&me), &[payer], blockhash);
        open.push(ledger.call(|client| client.send_transaction_with_config(&transaction, config))?);
    }
    while !open.is_empty() && begun.elapsed() < PASS {
        thread::sleep(POLL);
        let mut left = Vec::new();
        for batch in open.chunks(STATUSES) {
            let statuses = ledger
                .call(|client| client.get_signature_statuses(batch))?
                .value;
            let landed = |status: &Option<_>| status.is_some();
            let waiting = batch
                .iter()
                .zip(&statuses)
                .filter(|(_, status)| !landed(status));
            left.extend(waiting.map(|(signature, _)| *signature));
        }
        open = left;
    }
    Ok(())
}
