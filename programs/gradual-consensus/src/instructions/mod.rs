//! The instructions, one a file: the accounts each needs, its Specification, and its handler.

pub(crate) mod audit;
pub(crate) mod claim_reward;
pub(crate) mod close_round;
pub(crate) mod close_stake;
pub(crate) mod close_subject;
pub(crate) mod close_vote;
pub(crate) mod compound;
pub(crate) mod create_task;
pub(crate) mod finalize_distribution;
pub(crate) mod fund_task;
pub(crate) mod payout;
pub(crate) mod resolve_audit;
pub(crate) mod set_active;
pub(crate) mod stake;
pub(crate) mod submit;
pub(crate) mod submit_distribution_list;
pub(crate) mod withdraw;

pub use audit::*;
pub use claim_reward::*;
pub use close_round::*;
pub use close_stake::*;
pub use close_subject::*;
pub use close_vote::*;
pub use compound::*;
pub use create_task::*;
pub use finalize_distribution::*;
pub use fund_task::*;
pub use payout::*;
pub use resolve_audit::*;
pub use set_active::*;
pub use stake::*;
pub use submit::*;
pub use submit_distribution_list::*;
pub use withdraw::*;
