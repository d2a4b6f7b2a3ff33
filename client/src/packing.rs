//! How much fits into one transaction.

use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_transaction::Transaction;

/// Bytes of the largest transaction that the network takes.
pub(crate) const MAX_BYTES: u64 = 1_232;

/// The compute limit of a transaction and the price that it pays.
#[derive(Clone, Copy)]
pub(crate) struct Budget {
    /// Compute units that it may take.
    pub(crate) limit: u32,
    /// What it pays for each, in micro-lamports.
    pub(crate) price: u64,
}

impl Budget {
    fn instructions(self) -> Vec<Instruction> {
        let mut budget = vec![ComputeBudgetInstruction::set_compute_unit_limit(self.limit)];
        if self.price > 0 {
            budget.push(ComputeBudgetInstruction::set_compute_unit_price(self.price));
        }
        budget
    }

    /// `instructions` with this budget before them, and how many it is.
    pub(crate) fn before(self, instructions: &[Instruction]) -> (Vec<Instruction>, usize) {
        let mut all = self.instructions();
        let prepended = all.len();
        all.extend_from_slice(instructions);
        (all, prepended)
    }
}

/// Bytes of `transaction` on the wire.
pub(crate) fn size_of(transaction: &Transaction) -> u64 {
    bincode::serialized_size(transaction).unwrap_or(u64::MAX)
}

/// Splits `instructions` into transactions, in their order and as few as possible. `payer` alone pays for
/// and signs each; each has room for its compute budget. An instruction that is too large for any
/// transaction stands alone.
pub fn packed(payer: &Pubkey, instructions: Vec<Instruction>) -> Vec<Vec<Instruction>> {
    let largest = Budget {
        limit: u32::MAX,
        price: u64::MAX,
    };
    let fits = |batch: &[Instruction]| {
        let (all, _) = largest.before(batch);
        size_of(&Transaction::new_with_payer(&all, Some(payer))) <= MAX_BYTES
    };
    let mut batches: Vec<Vec<Instruction>> = Vec::new();
    let mut batch: Vec<Instruction> = Vec::new();
    for instruction in instructions {
        batch.push(instruction);
        if batch.len() > 1 && !fits(&batch) {
            let next = batch.split_off(batch.len().saturating_sub(1));
            batches.push(std::mem::replace(&mut batch, next));
        }
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruction::{self, Entry};

    fn payouts(count: u32) -> Vec<Instruction> {
        let task = Pubkey::new_unique();
        let payout = |index| {
            let entry = Entry {
                node: Pubkey::new_unique(),
                index,
                amount: 1,
                proof: vec![[7; 32]; 4],
            };
            instruction::payout(task, 3, 0, entry)
        };
        (0..count).map(payout).collect()
    }

    #[test]
    fn payouts_are_packed_in_order_and_to_the_brim() {
        let (payer, all) = (Pubkey::new_unique(), payouts(16));
        let batches = packed(&payer, all.clone());
        assert_eq!(batches.concat(), all);
        assert!(batches.len() < 8, "{} transactions", batches.len());
        for batch in &batches {
            let budget = Budget { limit: 1, price: 1 };
            let transaction = Transaction::new_with_payer(&budget.before(batch).0, Some(&payer));
            assert!(size_of(&transaction) <= MAX_BYTES);
        }
        assert!(packed(&payer, vec![]).is_empty());
    }
}
