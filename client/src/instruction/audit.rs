//! Audits of submissions and lists.

use super::{TaskTokens, build};
use crate::address;
use anchor_lang::system_program;
use gradual_consensus::{
    accounts, instruction as data,
    state::{AuditVote, Subject},
};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// `audit`: the vote of `voter` on the submission or list at `subject`, which `author` submitted.
/// `payer` pays the rent of the vote's account.
pub fn audit(
    task: Pubkey,
    subject: Pubkey,
    author: Pubkey,
    voter: Pubkey,
    payer: Pubkey,
    is_valid: bool,
) -> Instruction {
    build(
        accounts::AuditSubject {
            voter,
            payer,
            task,
            subject,
            author_stake: address::node_stake(&task, &author),
            voter_stake: address::node_stake(&task, &voter),
            vote: address::vote(&subject, &voter),
            system_program: system_program::ID,
        },
        data::Audit { is_valid },
    )
}

/// `resolve_audit` of the submission or list at `address`, whose account holds `subject`. Anyone may
/// send it.
pub fn resolve_audit(tokens: TaskTokens, address: Pubkey, subject: &Subject) -> Instruction {
    let task = tokens.task;
    // A subject without an audit has no challenger. The program refuses it; its author fills the place.
    let challenger = if subject.audit.challenger == Pubkey::default() {
        subject.author
    } else {
        subject.audit.challenger
    };
    build(
        accounts::ResolveAudit {
            task,
            cycle: subject.cycle,
            subject: address,
            author_stake: address::node_stake(&task, &subject.author),
            challenger_stake: address::node_stake(&task, &challenger),
            stake_pot: address::stake_pot(&task),
            bounty_pot: address::bounty_pot(&task),
            mint: tokens.mint,
            token_program: tokens.token_program,
        },
        data::ResolveAudit {},
    )
}

/// `close_vote` of `vote`; its payer gets the rent back. Anyone may send it.
pub fn close_vote(task: Pubkey, vote: &AuditVote) -> Instruction {
    build(
        accounts::CloseVote {
            task,
            subject: vote.subject,
            vote: address::vote(&vote.subject, &vote.voter),
            voter_stake: address::node_stake(&task, &vote.voter),
            payer: vote.payer,
        },
        data::CloseVote {},
    )
}
