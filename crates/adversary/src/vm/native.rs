//! The program's library in place of its binary, for mutation testing and debuggers: the feature
//! `native`.

#![allow(
    unsafe_code,
    reason = "the runtime calls a native program through raw pointers"
)]

use gradual_consensus_testkit::bank::{Bank, Build};
use solana_account_info::AccountInfo;
use solana_program_error::ProgramResult;
use solana_program_runtime::invoke_context::BuiltinFunctionRegisterer;
use solana_program_test::processor;
use solana_sdk::pubkey::Pubkey;
use std::sync::Once;

/// What registers the library as a built-in program.
pub(super) fn registerer() -> BuiltinFunctionRegisterer {
    static ONCE: Once = Once::new();
    // A bank installs the system calls for native programs, once a process.
    ONCE.call_once(|| drop(Bank::new(1, &Build::Native)));
    processor!(entry).expect("a registered function")
}

/// Anchor's entrypoint ties the lifetimes of its three arguments, the runtime's does not.
fn entry(program_id: &Pubkey, accounts: &[AccountInfo], data: &[u8]) -> ProgramResult {
    fn tied<'a>(program_id: &'a Pubkey, accounts: &[AccountInfo], data: &'a [u8]) -> ProgramResult {
        // SAFETY: only lifetimes change. The program keeps no reference beyond this call, during
        // which everything that `accounts` points to stays borrowed by the caller.
        let accounts =
            unsafe { std::mem::transmute::<&[AccountInfo<'_>], &'a [AccountInfo<'a>]>(accounts) };
        gradual_consensus::entry(program_id, accounts, data)
    }
    tied(program_id, accounts, data)
}
