//! The instructions, one a file, in six rooms: the accounts each needs, and its handler. Their
//! Specifications stand in `lib.rs`.

#![allow(
    clippy::module_inception,
    reason = "a room is named after what it is for, and so is an instruction"
)]

pub(crate) mod audit;
pub(crate) mod config;
pub(crate) mod distribution;
pub(crate) mod stake;
pub(crate) mod task;
pub(crate) mod work;

pub use audit::*;
pub use config::*;
pub use distribution::*;
pub use stake::*;
pub use task::*;
pub use work::*;

/// Gives each of these accounts an `exit` of its own, which does nothing.
///
/// Anchor ends every instruction with `accounts.exit(...)`, which writes the discriminator of each writable account once
/// more. All accounts that a handler changes are zero-copy, and written when the handler ends: Anchor would not write back
/// what is changed in an `Account` of an instruction named here. A type's own method goes before one of a trait, so that
/// Anchor calls this one.
macro_rules! written_when_the_handler_ends {
    ($($accounts:ident)*) => {$(
        impl $accounts<'_> {
            #[inline(always)]
            pub(crate) const fn exit(&self, _program: &anchor_lang::prelude::Pubkey) -> anchor_lang::Result<()> {
                Ok(())
            }
        }
    )*};
}

written_when_the_handler_ends! {
    InitializeConfig CloseConfig ProposeAdmin AcceptAdmin SetPaused ChangeManagers AllowlistTask
    CreateTask FundTask SetActive ProposeManager AcceptManager MigrateTask CloseTask
    Stake Withdraw MigrateStake ParkStake ResumeStake ClaimReward Compound CloseStake
    OpenCycle Submit
    AuditSubject ResolveAudit CloseVote
    SubmitDistributionList FinalizeDistribution Payout PayoutEqual CloseSubject CloseCycle
}
