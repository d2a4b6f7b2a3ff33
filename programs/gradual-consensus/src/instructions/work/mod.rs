//! Work: the opening of cycles, and submissions (sections 4, 5 and 7).

pub(crate) mod open_cycle;
pub(crate) mod submit;

pub use open_cycle::*;
pub use submit::*;
