//! Tasks: creation, funding, activity, handover, migration and closing.

use super::{TaskTokens, build};
use crate::address;
use anchor_lang::system_program;
use gradual_consensus::{
    TaskParams, TaskTexts, accounts, instruction as data, state::Task, terms_hash,
};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// `create_task`, signed by `creator`. The task's address is [`address::task`].
pub fn create_task(
    creator: Pubkey,
    task_id: u64,
    mint: Pubkey,
    token_program: Pubkey,
    params: TaskParams,
    texts: TaskTexts,
) -> Instruction {
    let task = address::task(&creator, task_id, &terms_hash(&params, &mint, &texts));
    build(
        accounts::CreateTask {
            creator,
            config: address::config(),
            task,
            metadata: address::metadata(&task),
            mint,
            stake_pot: address::stake_pot(&task),
            bounty_pot: address::bounty_pot(&task),
            token_program,
            system_program: system_program::ID,
        },
        data::CreateTask {
            task_id,
            params,
            texts,
        },
    )
}

/// `fund_task` with `amount` base units from `source`, a token account of `funder`.
pub fn fund_task(tokens: TaskTokens, funder: Pubkey, source: Pubkey, amount: u64) -> Instruction {
    build(
        accounts::FundTask {
            funder,
            task: tokens.task,
            source,
            bounty_pot: address::bounty_pot(&tokens.task),
            mint: tokens.mint,
            token_program: tokens.token_program,
        },
        data::FundTask { amount },
    )
}

/// `set_active`, signed by the task's manager.
pub fn set_active(task: Pubkey, manager: Pubkey, is_active: bool) -> Instruction {
    build(
        accounts::SetActive { manager, task },
        data::SetActive { is_active },
    )
}

/// `propose_manager`, signed by the task's manager. [`Pubkey::default`] cancels the handover.
pub fn propose_manager(task: Pubkey, manager: Pubkey, pending_manager: Pubkey) -> Instruction {
    build(
        accounts::ProposeManager { manager, task },
        data::ProposeManager { pending_manager },
    )
}

/// `accept_manager`, signed by the key that the task's manager proposed.
pub fn accept_manager(task: Pubkey, pending_manager: Pubkey) -> Instruction {
    build(
        accounts::AcceptManager {
            pending_manager,
            task,
        },
        data::AcceptManager {},
    )
}

/// `migrate_task` to `successor`, signed by the manager of both tasks.
pub fn migrate_task(tokens: TaskTokens, successor: Pubkey, manager: Pubkey) -> Instruction {
    build(
        accounts::MigrateTask {
            manager,
            task: tokens.task,
            successor,
            bounty_pot: address::bounty_pot(&tokens.task),
            successor_pot: address::bounty_pot(&successor),
            mint: tokens.mint,
            token_program: tokens.token_program,
        },
        data::MigrateTask {},
    )
}

/// `close_task` of the task at `address`, signed by its manager. The tokens left in its pots go to
/// `destination`, any token account of the mint.
pub fn close_task(
    address: Pubkey,
    task: &Task,
    manager: Pubkey,
    destination: Pubkey,
) -> Instruction {
    build(
        accounts::CloseTask {
            manager,
            task: address,
            metadata: address::metadata(&address),
            creator: task.creator,
            destination,
            stake_pot: address::stake_pot(&address),
            bounty_pot: address::bounty_pot(&address),
            mint: task.mint,
            token_program: task.token_program,
        },
        data::CloseTask {},
    )
}
