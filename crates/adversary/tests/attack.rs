//! Runs every attack as a test of its own: `cargo test --package gradual-consensus-adversary --test
//! attack` lists and filters them as usual.

use gradual_consensus_adversary::attack::{self, table};
use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let attacks = attack::all().into_iter();
    let mut trials: Vec<Trial> = attacks
        .map(|attack| {
            Trial::test(attack.full_name(), move || {
                (attack.run)();
                Ok(())
            })
        })
        .collect();
    trials.push(Trial::test(
        "the_table_in_the_docs_is_that_of_these_attacks",
        || table::write(true).map_err(|error| Failed::from(error.to_string())),
    ));
    libtest_mimic::run(&arguments, trials).exit_code()
}
