//! The program's library in place of its binary, on either machine.

use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus_client::event::EVENT_PREFIX;
use solana_account_info::AccountInfo;
use solana_instruction::Instruction;
use solana_program_error::ProgramResult;
use solana_program_runtime::invoke_context::BuiltinFunctionRegisterer;
use solana_program_test::processor;
use solana_sdk::pubkey::Pubkey;
use solana_sysvar_3::program_stubs as stubs_3;
use solana_sysvar_4::program_stubs as stubs_4;
use std::sync::Once;

/// What registers the library as a built-in program.
pub(crate) fn registerer() -> Option<BuiltinFunctionRegisterer> {
    processor!(entry)
}

/// Anchor's entrypoint ties the lifetimes of its three arguments, the runtime's does not.
fn entry(program_id: &Pubkey, accounts: &[AccountInfo], data: &[u8]) -> ProgramResult {
    fn tied<'a>(program_id: &'a Pubkey, accounts: &[AccountInfo], data: &'a [u8]) -> ProgramResult {
        // SAFETY: only lifetimes change. The program keeps no reference beyond this call, during
        // which everything that `accounts` points to stays borrowed by the caller.
        let accounts =
            unsafe { std::mem::transmute::<&[AccountInfo<'_>], &'a [AccountInfo<'a>]>(accounts) };
        gradual_consensus::call(program_id, accounts, data)
    }
    tied(program_id, accounts, data)
}

/// Hands the system calls that `solana-program-test` installed on to the older version of the crate
/// that anchor-lang calls. Once a process, after a bank was started.
pub(crate) fn bridge_syscall_stubs() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let installed = stubs_4::set_syscall_stubs(Box::new(Nothing));
        stubs_3::set_syscall_stubs(Box::new(Bridge(installed)));
    });
}

struct Nothing;

impl stubs_4::SyscallStubs for Nothing {}

struct Bridge(Box<dyn stubs_4::SyscallStubs>);

impl stubs_3::SyscallStubs for Bridge {
    fn sol_log(&self, message: &str) {
        self.0.sol_log(message);
    }

    /// `solana-program-test` prints data to the terminal; in the transaction's log they are of use.
    fn sol_log_data(&self, fields: &[&[u8]]) {
        for field in fields {
            self.0
                .sol_log(&format!("{EVENT_PREFIX}{}", BASE64_STANDARD.encode(field)));
        }
    }

    fn sol_log_compute_units(&self) {
        self.0.sol_log_compute_units();
    }

    fn sol_remaining_compute_units(&self) -> u64 {
        self.0.sol_remaining_compute_units()
    }

    fn sol_invoke_signed(
        &self,
        instruction: &Instruction,
        accounts: &[AccountInfo],
        seeds: &[&[&[u8]]],
    ) -> ProgramResult {
        self.0.sol_invoke_signed(instruction, accounts, seeds)
    }

    fn sol_get_sysvar(&self, id: *const u8, to: *mut u8, offset: u64, length: u64) -> u64 {
        self.0.sol_get_sysvar(id, to, offset, length)
    }

    fn sol_get_clock_sysvar(&self, to: *mut u8) -> u64 {
        self.0.sol_get_clock_sysvar(to)
    }

    fn sol_get_rent_sysvar(&self, to: *mut u8) -> u64 {
        self.0.sol_get_rent_sysvar(to)
    }

    fn sol_get_epoch_schedule_sysvar(&self, to: *mut u8) -> u64 {
        self.0.sol_get_epoch_schedule_sysvar(to)
    }

    fn sol_get_epoch_rewards_sysvar(&self, to: *mut u8) -> u64 {
        self.0.sol_get_epoch_rewards_sysvar(to)
    }

    fn sol_get_last_restart_slot(&self, to: *mut u8) -> u64 {
        self.0.sol_get_last_restart_slot(to)
    }

    fn sol_get_return_data(&self) -> Option<(Pubkey, Vec<u8>)> {
        self.0.sol_get_return_data()
    }

    fn sol_set_return_data(&self, data: &[u8]) {
        self.0.sol_set_return_data(data);
    }

    fn sol_get_processed_sibling_instruction(&self, index: usize) -> Option<Instruction> {
        self.0.sol_get_processed_sibling_instruction(index)
    }

    fn sol_get_stack_height(&self) -> u64 {
        self.0.sol_get_stack_height()
    }
}
