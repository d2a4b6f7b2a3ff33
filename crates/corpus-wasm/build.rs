//! Reads the corpus that the module is to hold, as a node reads it.

use gradual_consensus_corpus::Corpus;
use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

/// The variable of the environment that names the corpus: a folder or file.
const VARIABLE: &str = "GRADUAL_CORPUS";
/// The corpus of `gradual simulate`, which is taken where the variable names none.
const USUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

fn main() -> Result<(), Box<dyn Error>> {
    let named = env::var_os(VARIABLE).map(PathBuf::from);
    let path = named.as_deref().unwrap_or_else(|| Path::new(USUAL));
    if !path.is_absolute() {
        let path = path.display();
        return Err(format!("{VARIABLE}={path}: write the whole path, as in $PWD/{path}").into());
    }
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    println!("cargo::rerun-if-changed={}", path.display());
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?);
    fs::write(folder.join("corpus"), Corpus::read(path)?.to_text())?;
    Ok(())
}
