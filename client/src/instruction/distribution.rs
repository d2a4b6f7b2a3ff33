//! Distribution lists, payouts, and the closing of what a cycle opened.

use super::build;
use crate::address;
use anchor_lang::system_program;
use gradual_consensus::{
    ListProposal, accounts, instruction as data,
    state::{Cycle, Subject},
};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// `submit_distribution_list` of `proposer` for attempt `attempt` of cycle `cycle_number`. `payer` pays
/// the rent of the list's account.
pub fn submit_distribution_list(
    task: Pubkey,
    cycle_number: u64,
    attempt: u8,
    proposer: Pubkey,
    payer: Pubkey,
    proposal: ListProposal,
) -> Instruction {
    let cycle = address::cycle(&task, cycle_number);
    build(
        accounts::SubmitDistributionList {
            proposer,
            payer,
            task,
            cycle,
            submission: address::submission(&cycle, &proposer),
            proposer_stake: address::node_stake(&task, &proposer),
            list: address::list(&cycle, attempt),
            system_program: system_program::ID,
        },
        data::SubmitDistributionList { attempt, proposal },
    )
}

/// `finalize_distribution` of the list of `attempt` in cycle `cycle_number`. Anyone may send it.
pub fn finalize_distribution(task: Pubkey, cycle_number: u64, attempt: u8) -> Instruction {
    let cycle = address::cycle(&task, cycle_number);
    build(
        accounts::FinalizeDistribution {
            task,
            cycle,
            list: address::list(&cycle, attempt),
        },
        data::FinalizeDistribution {},
    )
}

/// One entry of an accepted list, with its Merkle proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The node to be paid.
    pub node: Pubkey,
    /// Its position in the list.
    pub index: u32,
    /// What it is paid, in base units.
    pub amount: u64,
    /// Its siblings in the list's Merkle tree, from the leaf to the root.
    pub proof: Vec<[u8; 32]>,
}

/// `payout` of `entry` of the list of `attempt` in cycle `cycle_number`. Anyone may send it.
pub fn payout(task: Pubkey, cycle_number: u64, attempt: u8, entry: Entry) -> Instruction {
    let cycle = address::cycle(&task, cycle_number);
    let Entry {
        node,
        index,
        amount,
        proof,
    } = entry;
    build(
        accounts::Payout {
            cycle,
            list: address::list(&cycle, attempt),
            submission: address::submission(&cycle, &node),
            node_stake: address::node_stake(&task, &node),
        },
        data::Payout {
            index,
            amount,
            proof,
        },
    )
}

/// `payout_equal` of `node`'s submission for cycle `cycle_number`, which has failed. Anyone may send it.
pub fn payout_equal(task: Pubkey, cycle_number: u64, node: Pubkey) -> Instruction {
    let cycle = address::cycle(&task, cycle_number);
    build(
        accounts::PayoutEqual {
            task,
            cycle,
            submission: address::submission(&cycle, &node),
            node_stake: address::node_stake(&task, &node),
        },
        data::PayoutEqual {},
    )
}

/// `close_subject` of the submission or list at `address`, whose account holds `subject`; its payer gets
/// the rent back. Anyone may send it.
pub fn close_subject(address: Pubkey, subject: &Subject) -> Instruction {
    build(
        accounts::CloseSubject {
            task: subject.task,
            cycle: subject.cycle,
            subject: address,
            author_stake: address::node_stake(&subject.task, &subject.author),
            payer: subject.payer,
        },
        data::CloseSubject {},
    )
}

/// `close_cycle` of `cycle`; its payer gets the rent back. Anyone may send it.
pub fn close_cycle(cycle: &Cycle) -> Instruction {
    build(
        accounts::CloseCycle {
            task: cycle.task,
            cycle: address::cycle(&cycle.task, cycle.number),
            opener_stake: address::node_stake(&cycle.task, &cycle.opener),
            payer: cycle.payer,
        },
        data::CloseCycle {},
    )
}
