//! Tasks, stakes, submissions and audits.

mod stake;
