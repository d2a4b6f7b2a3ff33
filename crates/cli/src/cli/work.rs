//! The room of work: `gradual submit` and `cycle`.

pub(super) mod cycle;
pub(super) mod submit;
