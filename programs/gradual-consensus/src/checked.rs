//! Checked arithmetic on sums and counts: what does not fit is an error, never a wrap.

use crate::error::GradualError;
use anchor_lang::prelude::*;

/// `sum += amount`.
///
/// # Errors
/// [`GradualError::Overflow`].
pub fn add(sum: &mut u64, amount: u64) -> Result<()> {
    *sum = sum.checked_add(amount).ok_or(GradualError::Overflow)?;
    Ok(())
}

/// `sum -= amount`.
///
/// # Errors
/// [`GradualError::Overflow`].
pub fn subtract(sum: &mut u64, amount: u64) -> Result<()> {
    *sum = sum.checked_sub(amount).ok_or(GradualError::Overflow)?;
    Ok(())
}

/// `count += 1`.
///
/// # Errors
/// [`GradualError::Overflow`].
pub fn count_up(count: &mut u32) -> Result<()> {
    *count = count.checked_add(1).ok_or(GradualError::Overflow)?;
    Ok(())
}

/// `count -= 1`.
///
/// # Errors
/// [`GradualError::Overflow`].
pub fn count_down(count: &mut u32) -> Result<()> {
    *count = count.checked_sub(1).ok_or(GradualError::Overflow)?;
    Ok(())
}
