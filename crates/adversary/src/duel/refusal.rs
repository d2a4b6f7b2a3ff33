//! Whether the program refuses a step for a reason that the model knows.

use crate::{model::Fault, vm::Refusal};
use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError;

/// A refusal in words.
pub(super) fn describe(refusal: &Refusal) -> String {
    let Refusal::Custom(code) = refusal else {
        return format!("{refusal:?}");
    };
    match code
        .checked_sub(anchor_lang::error::ERROR_CODE_OFFSET)
        .and_then(GradualError::from_repr)
    {
        Some(error) => format!("{error:?}"),
        None => format!("code {code}"),
    }
}

/// Whether the model's fault is the program's error.
fn is_same(refusal: &Refusal, fault: Fault) -> bool {
    let Refusal::Custom(code) = *refusal else {
        return false;
    };
    match fault {
        Fault::Rule(error) => code == u32::from(error),
        Fault::Missing => [
            ErrorCode::AccountOwnedByWrongProgram,
            ErrorCode::AccountNotInitialized,
        ]
        .into_iter()
        .any(|expected| code == u32::from(expected)),
        Fault::Poor => code == 1,
    }
}

/// Whether one of the model's faults is what the program reports.
pub(super) fn explains(refusal: &Refusal, faults: &[Fault]) -> bool {
    faults.iter().any(|&fault| is_same(refusal, fault))
}
