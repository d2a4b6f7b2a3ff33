//! Prints one digest of many answers of a module, as `gradual logic digest` does: `digest MODULE`. It builds in every profile
//! without the rest of the command.

use gradual_consensus_wasm::{
    digest::{self, QUESTIONS},
    module::Module,
};
use std::{env, error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args().nth(1).ok_or("digest MODULE")?;
    let module = Module::new(&fs::read(file)?, None)?;
    let digest::Digest { valid, fuel, hash } = digest::of(&module, QUESTIONS)?;
    println!("{hash} ({QUESTIONS} questions, {valid} valid, {fuel} units of fuel)");
    Ok(())
}
