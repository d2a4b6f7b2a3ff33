//! One builder for each instruction of the program, in the program's six rooms. A builder derives every
//! address that can be derived; the caller passes the rest.

mod audit;
mod config;
mod distribution;
mod stake;
mod task;
mod work;

pub use audit::*;
pub use config::*;
pub use distribution::*;
pub use stake::*;
pub use task::*;
pub use work::*;

use anchor_lang::{InstructionData, ToAccountMetas};
use gradual_consensus::state::Task;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

fn build(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction {
        program_id: gradual_consensus::ID,
        accounts: accounts.to_account_metas(None),
        data: data.data(),
    }
}

/// A task with its mint and token program, for instructions that move tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskTokens {
    /// The task.
    pub task: Pubkey,
    /// Its mint.
    pub mint: Pubkey,
    /// The token program that owns the mint.
    pub token_program: Pubkey,
}

impl TaskTokens {
    /// The tokens of `task`, whose account is at `address`.
    pub const fn of(address: Pubkey, task: &Task) -> Self {
        Self {
            task: address,
            mint: task.mint,
            token_program: task.token_program,
        }
    }
}
