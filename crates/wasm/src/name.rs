//! How a task names its module, and what the module's questions may use.

use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

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
