//! The program's config: its admin, its managers, its pause, and the allowlist.

use super::build;
use crate::address;
use anchor_lang::{InstructionData, system_program};
use gradual_consensus::{accounts, instruction as data};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// `initialize_config`, signed by the program's upgrade authority, which becomes the admin. `payer` pays
/// the rent.
pub fn initialize_config(authority: Pubkey, payer: Pubkey, manager: Pubkey) -> Instruction {
    build(
        accounts::InitializeConfig {
            authority,
            payer,
            config: address::config(),
            program_data: address::program_data(),
            system_program: system_program::ID,
        },
        data::InitializeConfig { manager },
    )
}

/// `close_config`, signed by the program's upgrade authority. `payer` paid the rent and gets it back.
pub fn close_config(authority: Pubkey, payer: Pubkey) -> Instruction {
    build(
        accounts::CloseConfig {
            authority,
            config: address::config(),
            program_data: address::program_data(),
            payer,
        },
        data::CloseConfig {},
    )
}

/// `propose_admin`, signed by the admin. [`Pubkey::default`] cancels the handover.
pub fn propose_admin(admin: Pubkey, pending_admin: Pubkey) -> Instruction {
    build(
        accounts::ProposeAdmin {
            admin,
            config: address::config(),
        },
        data::ProposeAdmin { pending_admin },
    )
}

/// `accept_admin`, signed by the key that the admin proposed.
pub fn accept_admin(pending_admin: Pubkey) -> Instruction {
    build(
        accounts::AcceptAdmin {
            pending_admin,
            config: address::config(),
        },
        data::AcceptAdmin {},
    )
}

/// `set_paused`, signed by the admin.
pub fn set_paused(admin: Pubkey, is_paused: bool) -> Instruction {
    build(
        accounts::SetPaused {
            admin,
            config: address::config(),
        },
        data::SetPaused { is_paused },
    )
}

fn change_managers(
    first: Pubkey,
    second: Option<Pubkey>,
    data: impl InstructionData,
) -> Instruction {
    build(
        accounts::ChangeManagers {
            first,
            second,
            config: address::config(),
        },
        data,
    )
}

/// `insert_manager`, signed by two managers of the config, or by its only one.
pub fn insert_manager(first: Pubkey, second: Option<Pubkey>, manager: Pubkey) -> Instruction {
    change_managers(first, second, data::InsertManager { manager })
}

/// `remove_manager`, signed by two managers of the config.
pub fn remove_manager(first: Pubkey, second: Option<Pubkey>, manager: Pubkey) -> Instruction {
    change_managers(first, second, data::RemoveManager { manager })
}

/// `allowlist_task`, signed by a manager of the config.
pub fn allowlist_task(task: Pubkey, manager: Pubkey, is_allowlisted: bool) -> Instruction {
    build(
        accounts::AllowlistTask {
            manager,
            config: address::config(),
            task,
        },
        data::AllowlistTask { is_allowlisted },
    )
}
