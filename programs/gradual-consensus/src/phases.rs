//! The phases of an instruction.
//!
//! Every handler consists of two functions. *Check* holds every precondition: it changes nothing, and
//! returns what it loaded and reckoned. *Apply* changes the state, and returns the payment that is due
//! and the event that tells of it. [`run`] puts them in order, pays once no account is borrowed any
//! more, and tells last.

use crate::{events::emit, meter::section_ends};
use anchor_lang::{Event, prelude::*};

/// Tokens that an instruction moves once its state has changed.
pub(crate) trait Pay {
    /// Moves them.
    ///
    /// # Errors
    /// The token program's.
    fn pay(self) -> Result<()>;
}

/// Of instructions that move no tokens.
impl Pay for () {
    fn pay(self) -> Result<()> {
        Ok(())
    }
}

/// Runs an instruction: check, apply, pay, tell.
///
/// # Errors
/// What the phases return.
#[inline(always)]
pub(crate) fn run<Checked, Payment: Pay, Tell: Event>(
    check: impl FnOnce() -> Result<Checked>,
    apply: impl FnOnce(Checked) -> Result<(Payment, Tell)>,
) -> Result<()> {
    section_ends("accounts");
    let checked = check()?;
    section_ends("check");
    let (payment, event) = apply(checked)?;
    section_ends("apply");
    payment.pay()?;
    if size_of::<Payment>() > 0 {
        section_ends("pay");
    }
    emit(&event);
    section_ends("tell");
    Ok(())
}
