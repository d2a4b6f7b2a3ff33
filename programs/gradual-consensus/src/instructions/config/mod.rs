//! The program's config: its admin, its managers, its pause, and the allowlist (section 9).

pub(crate) mod accept_admin;
pub(crate) mod allowlist_task;
pub(crate) mod close_config;
pub(crate) mod initialize_config;
pub(crate) mod insert_manager;
pub(crate) mod propose_admin;
pub(crate) mod remove_manager;
pub(crate) mod set_paused;

pub use accept_admin::*;
pub use allowlist_task::*;
pub use close_config::*;
pub use initialize_config::*;
pub use insert_manager::*;
pub use propose_admin::*;
pub use set_paused::*;
