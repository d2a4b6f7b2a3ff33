//! The command `gradual`, as a library: the binary calls [`run`], and the crate `gradual-consensus-fuzz` calls
//! what reads input.

#[cfg(feature = "rpc")]
mod bench;
mod cli;
#[cfg(feature = "rpc")]
mod deploy;
mod lanes;

#[cfg(feature = "outside")]
#[doc(hidden)]
pub use cli::outside;

use std::process::ExitCode;

/// Runs the command that the process's arguments name. The code is 0 if it is done, 1 if it failed, 2 if the
/// input is bad.
pub fn run() -> ExitCode {
    cli::run()
}
