//! Tasks: creation, funding, activity, handover, migration and closing (sections 3, 4 and 9).

pub(crate) mod accept_manager;
pub(crate) mod close_task;
pub(crate) mod create_task;
pub(crate) mod fund_task;
pub(crate) mod migrate_task;
pub(crate) mod propose_manager;
pub(crate) mod set_active;

pub use accept_manager::*;
pub use close_task::*;
pub use create_task::*;
pub use fund_task::*;
pub use migrate_task::*;
pub use propose_manager::*;
pub use set_active::*;
