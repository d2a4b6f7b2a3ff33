//! Work: submissions, and the opening of their cycle (sections 2, 5 and 7).

pub(crate) mod submit;

pub use submit::*;
