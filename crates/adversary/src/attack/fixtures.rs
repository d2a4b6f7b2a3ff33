//! Every instruction, valid in its prepared world, and what guards each of its accounts.

mod audit;
mod closing;
mod config;
mod life;
mod list;
mod stake;
mod submit;
mod task;

use self::{
    audit::{Challenge, ChallengeList, CloseVote, Resolve, ResolveList, Vote},
    closing::{CloseCycle, CloseList, CloseSubmission},
    config::{
        AcceptAdmin, AllowlistTask, CloseConfig, InitializeConfig, InsertManager, ProposeAdmin,
        RemoveManager, SetPaused,
    },
    life::{AcceptManager, CloseTask, MigrateStake, MigrateTask, ProposeManager},
    list::{Finalize, Payout, Propose},
    stake::{Claim, CloseStake, Compound, StakeFirst, StakeMore, Withdraw},
    submit::{Submit, SubmitFirst},
    task::{CreateTask, FundTask, SetActive},
};
use super::fixture::{Expect, Fixture, Slot, anchor, rule};
use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError as E;

/// All of them, in the order of the program.
pub fn all() -> Vec<&'static dyn Fixture> {
    vec![
        &InitializeConfig,
        &CloseConfig,
        &ProposeAdmin,
        &AcceptAdmin,
        &SetPaused,
        &InsertManager,
        &RemoveManager,
        &CreateTask,
        &FundTask,
        &SetActive,
        &AllowlistTask,
        &ProposeManager,
        &AcceptManager,
        &MigrateTask,
        &StakeFirst,
        &StakeMore,
        &Withdraw,
        &MigrateStake,
        &SubmitFirst,
        &Submit,
        &Challenge,
        &Vote,
        &ChallengeList,
        &Resolve,
        &ResolveList,
        &Propose,
        &Finalize,
        &Payout,
        &Claim,
        &Compound,
        &CloseVote,
        &CloseSubmission,
        &CloseList,
        &CloseCycle,
        &CloseStake,
        &CloseTask,
    ]
}

/// An account of the program was expected, and there is none or another's.
fn absent() -> Expect {
    anchor(ErrorCode::AccountOwnedByWrongProgram)
}

fn no_instruction() -> Expect {
    anchor(ErrorCode::InstructionFallbackNotFound)
}

fn task() -> Slot {
    Slot::state("task", rule(E::WrongTask))
}
