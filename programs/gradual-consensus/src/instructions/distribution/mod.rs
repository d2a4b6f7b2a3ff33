//! Distribution lists, payouts, and the closing of what a cycle opened (sections 7 and 8).

pub(crate) mod close_cycle;
pub(crate) mod close_subject;
pub(crate) mod finalize_distribution;
pub(crate) mod payout;
pub(crate) mod payout_equal;
pub(crate) mod submit_distribution_list;

pub use close_cycle::*;
pub use close_subject::*;
pub use finalize_distribution::*;
pub use payout::*;
pub use payout_equal::*;
pub use submit_distribution_list::*;
