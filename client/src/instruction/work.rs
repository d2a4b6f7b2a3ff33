//! Work: the opening of cycles, and submissions.

use super::build;
use crate::address;
use anchor_lang::system_program;
use gradual_consensus::{accounts, instruction as data};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// `open_cycle` of cycle `cycle_number`, signed by `node`. `payer` pays the rent of the cycle.
pub fn open_cycle(task: Pubkey, node: Pubkey, payer: Pubkey, cycle_number: u64) -> Instruction {
    build(
        accounts::OpenCycle {
            node,
            payer,
            config: address::config(),
            task,
            cycle: address::cycle(&task, cycle_number),
            node_stake: address::node_stake(&task, &node),
            system_program: system_program::ID,
        },
        data::OpenCycle { cycle_number },
    )
}

/// `submit` of `value`, the proof of `node`'s work in cycle `cycle_number`. `payer` pays the rent of the
/// submission.
pub fn submit(
    task: Pubkey,
    node: Pubkey,
    payer: Pubkey,
    cycle_number: u64,
    value: Vec<u8>,
) -> Instruction {
    let cycle = address::cycle(&task, cycle_number);
    build(
        accounts::Submit {
            node,
            payer,
            task,
            cycle,
            node_stake: address::node_stake(&task, &node),
            submission: address::submission(&cycle, &node),
            slot_hashes: solana_sdk_ids::sysvar::slot_hashes::ID,
            system_program: system_program::ID,
        },
        data::Submit {
            cycle_number,
            value,
        },
    )
}
