//! WebAssembly modules, played and named.

use crate::cli::{
    Failure, Output,
    module::{cache_folder, fetch::fetch_granted, playable, read},
    node::grant::{Grant, of_module},
    tell,
};
use gradual_consensus_wasm::{
    digest::{self, Digest},
    module::{Module, ModuleError},
    name::{Hash, Limits, Reference},
    play,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use std::{
    io::{self, BufReader},
    path::Path,
};

/// Most bytes of memory that compiling a module may take.
const TO_COMPILE: u64 = 2 << 30;

/// The module of `bytes`, from the folder of compiled modules if there is one that can be used.
fn compiled(bytes: &[u8]) -> Result<Module, ModuleError> {
    match Module::new(bytes, cache_folder("wasm").as_deref()) {
        // As on a file system that is only read.
        Err(error @ ModuleError::Cache(_)) => {
            tell(&format!("{error}: the module is compiled at every start"));
            Module::new(bytes, None)
        }
        module => module,
    }
}

/// Plays the module in `file` until standard input ends. Its work may use what the grants in `allow` allow.
///
/// # Errors
/// Where it is no module that a node plays, and where it can be played no longer.
pub(super) fn play(file: &Path, allow: &[String]) -> Result<(), Failure> {
    let grants = Grant::all(allow, Path::new(""));
    let grants = grants.and_then(|grants| of_module(&grants, fetch_granted));
    let grants = grants.map_err(Failure::Usage)?;
    let bytes = read(file)?;
    let usual = getrlimit(Resource::Data);
    let least = |limit: Option<u64>| Some(limit.map_or(TO_COMPILE, |limit| limit.min(TO_COMPILE)));
    let while_compiling = Rlimit {
        current: least(usual.current),
        maximum: usual.maximum,
    };
    let limited = setrlimit(Resource::Data, while_compiling);
    if let Err(error) = &limited {
        // Some sandboxes forbid it, and limit memory themselves.
        tell(&format!("compiling has no limit of memory: {error}"));
    }
    let module = compiled(&bytes);
    if limited.is_ok() {
        setrlimit(Resource::Data, usual).map_err(anyhow::Error::from)?;
    }
    let module = module.map_err(|error| Failure::Usage(error.to_string()))?;
    play::play(
        &module,
        &grants,
        BufReader::new(io::stdin()),
        io::stdout(),
        io::stderr(),
    )
    .map_err(|error| Failure::Failed(error.to_string()))
}

/// One digest of the answers of the module in `file` about so many random values.
///
/// # Errors
/// Bad input: it is no module that a node plays. Otherwise: the machine fails.
pub(super) fn digest(file: &Path, questions: u64, output: Output) -> Result<String, Failure> {
    let module = compiled(&read(file)?).map_err(|error| Failure::Usage(error.to_string()))?;
    let digest = digest::of(&module, questions);
    let Digest { valid, fuel, hash } =
        digest.map_err(|error| Failure::Failed(error.to_string()))?;
    Ok(match output {
        Output::Text => {
            format!("{hash}: {questions} values, {valid} of them valid, {fuel} units of fuel\n")
        }
        Output::Json => {
            let facts = json!({ "digest": hash.to_string(), "questions": questions, "valid": valid, "fuel": fuel });
            format!("{facts:#}\n")
        }
    })
}

/// How a task names the module in `file`.
///
/// # Errors
/// Bad input: it is no module that a node plays.
pub(super) fn named(file: &Path, output: Output) -> Result<String, Failure> {
    let bytes = playable(file)?;
    let named = Reference {
        hash: Hash::of(&bytes),
        limits: Limits::default(),
    }
    .to_string();
    Ok(match output {
        Output::Text => format!("{named}\n"),
        Output::Json => {
            let facts = json!({ "audit_program": named, "bytes": bytes.len() });
            format!("{facts:#}\n")
        }
    })
}
