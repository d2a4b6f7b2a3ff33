//! Stakes and what they earn: deposits, withdrawals, parking, migration, rewards and closing.

use super::{TaskTokens, build};
use crate::address;
use anchor_lang::system_program;
use gradual_consensus::{accounts, instruction as data};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// `stake` of `amount` base units from `source`, a token account of `node`. `payer` pays the rent when
/// the stake account is new.
pub fn stake(
    tokens: TaskTokens,
    node: Pubkey,
    payer: Pubkey,
    source: Pubkey,
    amount: u64,
    endpoint: Option<String>,
) -> Instruction {
    build(
        accounts::Stake {
            node,
            payer,
            config: address::config(),
            task: tokens.task,
            node_stake: address::node_stake(&tokens.task, &node),
            source,
            stake_pot: address::stake_pot(&tokens.task),
            mint: tokens.mint,
            token_program: tokens.token_program,
            system_program: system_program::ID,
        },
        data::Stake { amount, endpoint },
    )
}

/// `withdraw` of `amount` base units to `destination`, any token account of the mint.
pub fn withdraw(tokens: TaskTokens, node: Pubkey, destination: Pubkey, amount: u64) -> Instruction {
    build(
        accounts::Withdraw {
            node,
            task: tokens.task,
            node_stake: address::node_stake(&tokens.task, &node),
            destination,
            stake_pot: address::stake_pot(&tokens.task),
            mint: tokens.mint,
            token_program: tokens.token_program,
        },
        data::Withdraw { amount },
    )
}

/// `park_stake` of `node`, which is idle. Anyone may send it.
pub fn park_stake(task: Pubkey, node: Pubkey) -> Instruction {
    build(
        accounts::ParkStake {
            task,
            node_stake: address::node_stake(&task, &node),
        },
        data::ParkStake {},
    )
}

/// `resume_stake`, signed by `node`.
pub fn resume_stake(task: Pubkey, node: Pubkey) -> Instruction {
    build(
        accounts::ResumeStake {
            node,
            task,
            node_stake: address::node_stake(&task, &node),
        },
        data::ResumeStake {},
    )
}

/// `migrate_stake` of `node`'s whole stake to the task's `successor`. `payer` pays the rent when the
/// stake account there is new.
pub fn migrate_stake(
    tokens: TaskTokens,
    successor: Pubkey,
    node: Pubkey,
    payer: Pubkey,
) -> Instruction {
    build(
        accounts::MigrateStake {
            node,
            payer,
            task: tokens.task,
            node_stake: address::node_stake(&tokens.task, &node),
            successor,
            successor_stake: address::node_stake(&successor, &node),
            stake_pot: address::stake_pot(&tokens.task),
            successor_pot: address::stake_pot(&successor),
            mint: tokens.mint,
            token_program: tokens.token_program,
            system_program: system_program::ID,
        },
        data::MigrateStake {},
    )
}

/// `claim_reward` of `node`'s whole available balance to `destination`, any token account of the mint.
pub fn claim_reward(tokens: TaskTokens, node: Pubkey, destination: Pubkey) -> Instruction {
    build(
        accounts::ClaimReward {
            node,
            task: tokens.task,
            node_stake: address::node_stake(&tokens.task, &node),
            destination,
            bounty_pot: address::bounty_pot(&tokens.task),
            mint: tokens.mint,
            token_program: tokens.token_program,
        },
        data::ClaimReward {},
    )
}

/// `compound` of `node`'s whole available balance into warming stake.
pub fn compound(tokens: TaskTokens, node: Pubkey) -> Instruction {
    build(
        accounts::Compound {
            node,
            config: address::config(),
            task: tokens.task,
            node_stake: address::node_stake(&tokens.task, &node),
            stake_pot: address::stake_pot(&tokens.task),
            bounty_pot: address::bounty_pot(&tokens.task),
            mint: tokens.mint,
            token_program: tokens.token_program,
        },
        data::Compound {},
    )
}

/// `close_stake` of `node`, signed by `closer`: the node, or anyone once the task is inactive. `payer`
/// paid the stake account's rent and gets it back.
pub fn close_stake(task: Pubkey, node: Pubkey, payer: Pubkey, closer: Pubkey) -> Instruction {
    build(
        accounts::CloseStake {
            closer,
            task,
            node_stake: address::node_stake(&task, &node),
            payer,
        },
        data::CloseStake {},
    )
}
