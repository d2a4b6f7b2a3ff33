//! A module: its bytes, its hash, what it may use, and the machine code that was made of it.

use crate::{
    guest::Guest,
    wasi::{self, WASI},
};
use sha2::{Digest, Sha256};
use std::{fmt, path::Path, str::FromStr};
use thiserror::Error;
use wasmtime::{Cache, CacheConfig, Config, Engine, ExternType, InstancePre, Linker, WasmFeatures};

/// Most bytes of a module.
pub const MOST_BYTES: usize = 16 << 20;
/// Bytes of native stack that a run may use.
const STACK: usize = 1 << 20;

/// Why a module cannot be played.
#[derive(Debug, Error)]
pub enum ModuleError {
    /// It is too large.
    #[error("the module has {0} bytes, and a node plays {MOST_BYTES} at most")]
    TooLarge(usize),
    /// It is no module, or uses what the rules of `docs/wasm-logic.md` leave out.
    #[error("this is no WebAssembly module that a node plays: {0}")]
    Invalid(String),
    /// It asks for a function that a logic does not have.
    #[error("the module imports {0}, which a logic does not have: it has {WASI} only")]
    Import(String),
    /// It exports no `_start` or no `memory`.
    #[error("the module exports no {0}: build it as a WASI command")]
    Export(&'static str),
    /// The folder for compiled modules cannot be used.
    #[error("cannot keep compiled modules: {0}")]
    Cache(String),
}

/// The SHA-256 digest of a module's bytes. It is shown in base58.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&bs58::encode(self.0).into_string())
    }
}

/// What a question may use. It is part of a task's texts, so that it is the same on every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Units of fuel for each `audit` and each `distribution`: about one for each instruction of WebAssembly.
    pub fuel: u64,
    /// Bytes of memory.
    pub memory: usize,
}

impl Default for Limits {
    /// Four billion units of fuel, and 256 MiB.
    fn default() -> Self {
        Self {
            fuel: 4_000_000_000,
            memory: 256 << 20,
        }
    }
}

/// How a task's text `audit_program` names a module: `wasm:HASH`, after it `fuel:UNITS` and `memory:MIB` where
/// the task wants other limits than the usual ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The hash of the module, in base58.
    pub hash: String,
    /// What its questions may use.
    pub limits: Limits,
}

/// Most MiB of memory that a task may ask for: a module has 32-bit addresses.
const MOST_MEMORY: usize = 4_095;

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "write wasm:HASH, and after it fuel:UNITS or memory:MIB";
        let mut words = text.split_ascii_whitespace();
        let hash = words.next().and_then(|word| word.strip_prefix("wasm:"));
        let hash = hash.ok_or_else(|| format!("{text:?} names no module: {FORM}"))?;
        let is_hash = bs58::decode(hash)
            .into_vec()
            .is_ok_and(|bytes| bytes.len() == 32);
        if !is_hash {
            return Err(format!("{hash:?} is no SHA-256 digest in base58: {FORM}"));
        }
        let mut limits = Limits::default();
        for word in words {
            let wrong = || format!("{word:?} is no limit: {FORM}");
            match word.split_once(':') {
                Some(("fuel", units)) => limits.fuel = units.parse().map_err(|_| wrong())?,
                Some(("memory", mib)) => {
                    let mib: usize = mib.parse().map_err(|_| wrong())?;
                    if mib == 0 || mib > MOST_MEMORY {
                        return Err(format!("{word:?}: a module has 1 to {MOST_MEMORY} MiB"));
                    }
                    limits.memory = mib << 20;
                }
                _ => return Err(wrong()),
            }
        }
        Ok(Self {
            hash: hash.to_owned(),
            limits,
        })
    }
}

/// A module that was compiled.
pub struct Module {
    hash: Hash,
    engine: Engine,
    ready: InstancePre<Guest>,
}

impl fmt::Debug for Module {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.debug_tuple("Module").field(&self.hash).finish()
    }
}

impl Module {
    /// The module of these bytes. Its machine code is kept in `cache`, if there is one.
    ///
    /// # Errors
    /// Where a node cannot play it.
    pub fn new(bytes: &[u8], cache: Option<&Path>) -> Result<Self, ModuleError> {
        if bytes.len() > MOST_BYTES {
            return Err(ModuleError::TooLarge(bytes.len()));
        }
        let mut config = config();
        if let Some(folder) = cache {
            let mut kept = CacheConfig::new();
            kept.with_directory(folder);
            let kept = Cache::new(kept).map_err(|error| ModuleError::Cache(error.to_string()))?;
            config.cache(Some(kept));
        }
        let invalid = |error: wasmtime::Error| {
            let said = format!("{error:#}");
            let words: Vec<&str> = said.split_whitespace().collect();
            ModuleError::Invalid(words.join(" "))
        };
        let engine = Engine::new(&config).map_err(invalid)?;
        let module = wasmtime::Module::from_binary(&engine, bytes).map_err(invalid)?;
        for import in module.imports() {
            let is_function = matches!(import.ty(), ExternType::Func(_));
            if import.module() != WASI || !is_function {
                let (from, name) = (import.module(), import.name());
                return Err(ModuleError::Import(format!("{name:?} from {from:?}")));
            }
        }
        for name in ["_start", "memory"] {
            let exported = module.get_export(name);
            let is_there = match name {
                "memory" => matches!(exported, Some(ExternType::Memory(_))),
                _ => matches!(exported, Some(ExternType::Func(_))),
            };
            if !is_there {
                return Err(ModuleError::Export(name));
            }
        }
        let mut linker = Linker::new(&engine);
        wasi::define(&mut linker).map_err(invalid)?;
        linker
            .define_unknown_imports_as_traps(&module)
            .map_err(invalid)?;
        Ok(Self {
            hash: Hash::of(bytes),
            ready: linker.instantiate_pre(&module).map_err(invalid)?,
            engine,
        })
    }

    /// Its hash.
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) const fn ready(&self) -> &InstancePre<Guest> {
        &self.ready
    }
}

/// What every machine does alike: instructions are counted, a NaN has one form, and there are neither threads nor
/// instructions whose result depends on the processor.
fn config() -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .cranelift_nan_canonicalization(true)
        .max_wasm_stack(STACK)
        .wasm_backtrace_max_frames(None)
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(
            WasmFeatures::WASM2
                .union(WasmFeatures::MUTABLE_GLOBAL)
                .union(WasmFeatures::EXTENDED_CONST)
                .union(WasmFeatures::TAIL_CALL)
                .difference(WasmFeatures::GC_TYPES),
            true,
        );
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_names_its_module_and_its_limits() {
        let hash = Hash::of(b"module").to_string();
        let read = |text: &str| text.parse::<Reference>();
        let plain = read(&format!("wasm:{hash}")).unwrap();
        assert_eq!(
            (plain.hash, plain.limits),
            (hash.clone(), Limits::default())
        );
        let both = read(&format!("wasm:{hash} memory:64  fuel:1000000")).unwrap();
        assert_eq!(
            (both.limits.memory, both.limits.fuel),
            (64 << 20, 1_000_000)
        );
        for wrong in [
            String::new(),
            hash.clone(),
            "wasm:".into(),
            "wasm:abc".into(),
            format!("wasm:{hash} memory:0"),
            format!("wasm:{hash} memory:4096"),
            format!("wasm:{hash} fuel:-1"),
            format!("wasm:{hash} 5"),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
    }
}
