//! A module, checked and compiled.

use crate::{guest::Guest, memory::WASI, name::Hash, wasi};
use std::{fmt, path::Path};
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
    /// It exports no `memory`, or no `_start` that takes and returns nothing.
    #[error("the module exports no {0}: build it as a WASI command")]
    Export(&'static str),
    /// The folder for compiled modules cannot be used.
    #[error("cannot keep compiled modules: {0}")]
    Cache(String),
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
                _ => matches!(exported, Some(ExternType::Func(start))
                    if start.params().next().is_none() && start.results().next().is_none()),
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
