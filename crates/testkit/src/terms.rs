//! Terms of tasks, and their creation.

use gradual_consensus::{TaskParams, TaskTexts, terms_hash};
use gradual_consensus_client::{
    address,
    instruction::{self, TaskTokens},
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// The terms that tests begin with: rounds of 100 slots, windows of 40, the protocol's defaults; stake is
/// never parked, and pay is by list.
pub fn default_params() -> TaskParams {
    TaskParams {
        starting_slot: 100,
        round_time: 100,
        submission_window: 40,
        audit_window: 40,
        minimum_stake_amount: 100,
        bounty_amount_per_round: 10_000,
        claim_window: 2,
        allowed_failed_distributions: 2,
        equal_shares: false,
        ..TaskParams::default()
    }
}

/// Texts of which only the name is set.
pub fn named(name: &str) -> TaskTexts {
    TaskTexts {
        name: name.to_owned(),
        ..TaskTexts::default()
    }
}

/// Texts at their full length.
pub fn longest_texts() -> TaskTexts {
    let text = || "x".repeat(64);
    TaskTexts {
        name: "x".repeat(24),
        description: text(),
        audit_program: text(),
        metadata: text(),
        network: text(),
        vars: text(),
    }
}

/// A task to be created: every task of every world is created by one of these.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// Who creates it, pays its rent, and manages it then.
    pub creator: Pubkey,
    /// Its number among the creator's tasks.
    pub task_id: u64,
    /// Its mint.
    pub mint: Pubkey,
    /// The program of that mint.
    pub token_program: Pubkey,
    /// Its terms.
    pub params: TaskParams,
    /// Its texts.
    pub texts: TaskTexts,
}

impl NewTask {
    /// `create_task`.
    pub fn create(&self) -> Instruction {
        instruction::create_task(
            self.creator,
            self.task_id,
            self.mint,
            self.token_program,
            self.params,
            self.texts.clone(),
        )
    }

    /// What its address stands for.
    pub fn terms_hash(&self) -> [u8; 32] {
        terms_hash(&self.params, &self.mint, &self.texts)
    }

    /// Where it will live, its mint and token program.
    pub fn tokens(&self) -> TaskTokens {
        TaskTokens {
            task: address::task(&self.creator, self.task_id, &self.terms_hash()),
            mint: self.mint,
            token_program: self.token_program,
        }
    }
}
