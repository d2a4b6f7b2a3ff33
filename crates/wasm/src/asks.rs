//! What a module asks for, read from its bytes: nothing is compiled.

use std::collections::BTreeSet;
use wasmparser::{Error, Parser, Payload};

/// Bytes of one page of memory.
const PAGE: u64 = 64 << 10;

/// What a module asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// Functions that it imports, in the order of their names.
    pub imports: BTreeSet<String>,
    /// Bytes of memory that it begins with.
    pub memory: u64,
}

impl Asks {
    /// What the module of these bytes asks for.
    ///
    /// # Errors
    /// Where the bytes are no module.
    pub fn of(bytes: &[u8]) -> Result<Self, String> {
        Self::read(bytes).map_err(|error| format!("this is no WebAssembly module: {error}"))
    }

    fn read(bytes: &[u8]) -> Result<Self, Error> {
        let mut asks = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        asks.imports.insert(import?.name.to_owned());
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        let bytes = memory?.initial.saturating_mul(PAGE);
                        asks.memory = asks.memory.saturating_add(bytes);
                    }
                }
                _ => {}
            }
        }
        Ok(asks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_and_memory_are_read_without_compiling() {
        let example = include_str!("../examples/hello.wat");
        let asks = Asks::of(&wat::parse_str(example).unwrap()).unwrap();
        let imports: Vec<&str> = asks.imports.iter().map(String::as_str).collect();
        assert_eq!(imports, ["fd_read", "fd_write"]);
        assert_eq!(asks.memory, 4 << 16);
        let nothing = Asks::of(&wat::parse_str("(module)").unwrap()).unwrap();
        assert_eq!(nothing, Asks::default());
        assert!(Asks::of(b"(module)").is_err());
    }
}
