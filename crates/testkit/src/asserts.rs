//! What tests assert of results, and how they spoil an instruction.

use gradual_consensus::GradualError;
use gradual_consensus_client::ledger::{LedgerError, Receipt};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// Asserts that the program refused with exactly `expected`.
#[track_caller]
pub fn assert_refused(result: Result<Receipt, LedgerError>, expected: GradualError) {
    match result {
        Err(LedgerError::Program { error, .. }) => assert_eq!(error, expected),
        other => panic!("expected {expected:?}, got {other:?}"),
    }
}

/// Asserts that a check outside the program's own errors refused with custom code `expected`.
#[track_caller]
pub fn assert_refused_with_code(result: Result<Receipt, LedgerError>, expected: u32) {
    match result {
        Err(LedgerError::Transaction {
            code: Some(code), ..
        }) => assert_eq!(code, expected),
        other => panic!("expected code {expected}, got {other:?}"),
    }
}

/// Asserts that Anchor refused with `expected`.
#[track_caller]
pub fn assert_refused_by_anchor(
    result: Result<Receipt, LedgerError>,
    expected: anchor_lang::error::ErrorCode,
) {
    assert_refused_with_code(result, expected.into());
}

/// Asserts that the result is this refusal, or success where there is none.
#[track_caller]
pub fn assert_outcome(result: Result<Receipt, LedgerError>, expected: Option<GradualError>) {
    match expected {
        Some(error) => assert_refused(result, error),
        None => assert!(result.is_ok(), "{result:?}"),
    }
}

/// `instruction` with the account `to` wherever it names `from`, which it must.
#[track_caller]
pub fn swapped(mut instruction: Instruction, from: Pubkey, to: Pubkey) -> Instruction {
    let accounts = instruction.accounts.iter_mut();
    let mut named = accounts.filter(|meta| meta.pubkey == from).peekable();
    assert!(named.peek().is_some(), "{from} is not named");
    named.for_each(|meta| meta.pubkey = to);
    instruction
}

/// `instruction` without the signature of `signer`.
pub fn unsigned(mut instruction: Instruction, signer: Pubkey) -> Instruction {
    for meta in &mut instruction.accounts {
        meta.is_signer &= meta.pubkey != signer;
    }
    instruction
}
