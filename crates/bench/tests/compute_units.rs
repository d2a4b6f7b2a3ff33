//! Writes or checks the compute report. As a test it is built from what all tests are built from.

use std::process::ExitCode;

fn main() -> ExitCode {
    gradual_consensus_bench::main()
}
