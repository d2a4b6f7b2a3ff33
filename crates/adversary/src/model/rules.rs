//! What each instruction does, in the same six rooms as the program's instructions.

mod audit;
mod config;
mod distribution;
mod stake;
mod task;
mod work;
