//! Stakes and what they earn: deposits, withdrawals, parking, migration, rewards and closing (sections 5
//! and 8).

pub(crate) mod claim_reward;
pub(crate) mod close_stake;
pub(crate) mod compound;
pub(crate) mod migrate_stake;
pub(crate) mod park_stake;
pub(crate) mod resume_stake;
pub(crate) mod stake;
pub(crate) mod withdraw;

pub use claim_reward::*;
pub use close_stake::*;
pub use compound::*;
pub use migrate_stake::*;
pub use park_stake::*;
pub use resume_stake::*;
pub use stake::*;
pub use withdraw::*;
