//! Audits of submissions and lists, by one path (section 6).

pub(crate) mod audit;
pub(crate) mod close_vote;
pub(crate) mod resolve_audit;

pub use audit::*;
pub use close_vote::*;
pub use resolve_audit::*;
