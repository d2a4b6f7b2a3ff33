//! A program that calls the program: it passes accounts and data on, and claims the signatures that its
//! mode says.

#![allow(
    unsafe_code,
    missing_docs,
    reason = "the runtime's macro for programs of this process"
)]

use solana_program_runtime::declare_process_instruction;
pub use solana_program_runtime::solana_sbpf::program::BuiltinFunctionDefinition;
use solana_sdk::{
    instruction::{AccountMeta, Instruction, InstructionError},
    pubkey::Pubkey,
};

/// The caller's address.
pub const ID: Pubkey = Pubkey::new_from_array([202; 32]);

/// Seed of the address that the caller signs for.
const SEED: &[u8] = b"node";

/// The address that the caller signs for: a node that is a program.
pub fn own_address() -> Pubkey {
    Pubkey::find_program_address(&[SEED], &ID).0
}

/// What the caller does beside passing everything on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: signatures and writability are those it was given.
    Pass,
    /// It signs for its own address.
    SignForItself,
    /// It claims a signature of every account, as no program may.
    Forge,
}

/// `inner`, called by the caller.
pub fn wrap(inner: &Instruction, mode: Mode) -> Instruction {
    let mut accounts = inner.accounts.clone();
    match mode {
        Mode::Pass => (),
        Mode::SignForItself => {
            for meta in accounts
                .iter_mut()
                .filter(|one| one.pubkey == own_address())
            {
                meta.is_signer = false;
            }
        }
        Mode::Forge => accounts.iter_mut().for_each(|meta| meta.is_signer = false),
    }
    let signers = inner.accounts.iter().map(|meta| u8::from(meta.is_signer));
    let mut data = vec![mode as u8];
    data.extend(signers);
    data.extend_from_slice(&inner.data);
    accounts.push(AccountMeta::new_readonly(inner.program_id, false));
    Instruction {
        program_id: ID,
        accounts,
        data,
    }
}

declare_process_instruction!(Caller, 150, |invoke_context| {
    let (inner, mode) = {
        let context = invoke_context
            .transaction_context
            .get_current_instruction_context()?;
        let count = context.get_number_of_instruction_accounts();
        let passed = count
            .checked_sub(1)
            .ok_or(InstructionError::MissingAccount)?;
        let data = context.get_instruction_data();
        let (mode, rest) = data
            .split_first()
            .ok_or(InstructionError::InvalidInstructionData)?;
        let (signers, rest) = rest
            .split_at_checked(usize::from(passed))
            .ok_or(InstructionError::InvalidInstructionData)?;
        let mut accounts = Vec::new();
        for (index, signs) in (0..passed).zip(signers) {
            accounts.push(AccountMeta {
                pubkey: *context.get_key_of_instruction_account(index)?,
                is_signer: *signs == 1,
                is_writable: context.is_instruction_account_writable(index)?,
            });
        }
        let inner = Instruction {
            program_id: *context.get_key_of_instruction_account(passed)?,
            accounts,
            data: rest.to_vec(),
        };
        (inner, *mode)
    };
    if mode == Mode::SignForItself as u8 {
        let (_, bump) = Pubkey::find_program_address(&[SEED], &ID);
        invoke_context.native_invoke_signed(inner, &[&[SEED, &[bump]]])
    } else {
        invoke_context.native_invoke_signed(inner, &[])
    }
});
