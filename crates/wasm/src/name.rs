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

impl FromStr for Hash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = bs58::decode(text).into_vec().ok();
        let digest = bytes.and_then(|bytes| bytes.try_into().ok());
        let digest = digest.ok_or_else(|| format!("{text:?} is no SHA-256 digest in base58"))?;
        Ok(Self(digest))
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
/// the task wants other limits than the usual ones. `f:` and `m:` are the same in short, for a text that has 64 bytes;
/// `UNITS` may end with `k`, `M` or `G` for thousands, millions or billions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The hash of the module.
    pub hash: Hash,
    /// What its questions may use.
    pub limits: Limits,
}

/// What a text that names a module begins with.
const PREFIX: &str = "wasm:";
/// Most MiB of memory that a task may ask for: a module has 32-bit addresses.
pub const MOST_MEMORY: u16 = 4_095;
/// The endings of a number of units of fuel, and what each stands for, the largest first.
const FACTORS: [(char, u64); 3] = [('G', 1_000_000_000), ('M', 1_000_000), ('k', 1_000)];

impl Reference {
    /// What a task's text `audit_program` names; `None` where it does not begin with `wasm:` and names no module.
    ///
    /// # Errors
    /// What is wrong with a text that begins so.
    pub fn named_in(audit_program: &str) -> Option<Result<Self, String>> {
        audit_program
            .starts_with(PREFIX)
            .then(|| audit_program.parse())
    }
}

/// The units of fuel that `text` says.
fn units(text: &str) -> Option<u64> {
    let ending = |&(ending, factor): &(char, u64)| Some((text.strip_suffix(ending)?, factor));
    let (digits, factor) = FACTORS.iter().find_map(ending).unwrap_or((text, 1));
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "write wasm:HASH, and after it fuel:UNITS or memory:MIB";
        let mut words = text.split_ascii_whitespace();
        let hash = words.next().and_then(|word| word.strip_prefix(PREFIX));
        let hash = hash.ok_or_else(|| format!("{text:?} names no module: {FORM}"))?;
        let hash = hash.parse().map_err(|why| format!("{why}: {FORM}"))?;
        let mut limits = Limits::default();
        for word in words {
            let wrong = || format!("{word:?} is no limit: {FORM}");
            match word.split_once(':') {
                Some(("fuel" | "f", text)) => limits.fuel = units(text).ok_or_else(wrong)?,
                Some(("memory" | "m", text)) => {
                    let mib: u16 = text.parse().map_err(|_| wrong())?;
                    if mib == 0 || mib > MOST_MEMORY {
                        return Err(format!("{word:?}: a module has 1 to {MOST_MEMORY} MiB"));
                    }
                    limits.memory = usize::from(mib) << 20;
                }
                _ => return Err(wrong()),
            }
        }
        Ok(Self { hash, limits })
    }
}

impl fmt::Display for Reference {
    /// The text that is read as this reference: usual limits are left out, and two limits are written in short.
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let (usual, Limits { fuel, memory }) = (Limits::default(), self.limits);
        let (has_fuel, has_memory) = (fuel != usual.fuel, memory != usual.memory);
        let is_short = has_fuel && has_memory;
        write!(formatter, "{PREFIX}{}", self.hash)?;
        if has_fuel {
            let name = if is_short { "f" } else { "fuel" };
            let whole = |&(_, factor): &(char, u64)| fuel.is_multiple_of(factor);
            match FACTORS.iter().copied().find(|one| fuel > 0 && whole(one)) {
                Some((ending, factor)) => write!(formatter, " {name}:{}{ending}", fuel / factor)?,
                None => write!(formatter, " {name}:{fuel}")?,
            }
        }
        if has_memory {
            let name = if is_short { "m" } else { "memory" };
            write!(formatter, " {name}:{}", memory >> 20)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_names_its_module_and_its_limits() {
        let hash = Hash::of(b"module");
        let read = |text: &str| text.parse::<Reference>();
        let plain = read(&format!("wasm:{hash}")).unwrap();
        assert_eq!((plain.hash, plain.limits), (hash, Limits::default()));
        for text in [" memory:64  fuel:1500000", " f:1500k m:64"] {
            let both = read(&format!("wasm:{hash}{text}")).unwrap();
            assert_eq!(
                (both.limits.memory, both.limits.fuel),
                (64 << 20, 1_500_000)
            );
        }
        for wrong in [
            String::new(),
            hash.to_string(),
            "wasm:".into(),
            "wasm:abc".into(),
            format!("wasm:{hash}1"),
            format!("wasm:{hash} memory:0"),
            format!("wasm:{hash} memory:4096"),
            format!("wasm:{hash} fuel:-1"),
            format!("wasm:{hash} fuel:k"),
            format!("wasm:{hash} fuel:18446744073709551615k"),
            format!("wasm:{hash} 5"),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
        assert_eq!(Reference::named_in("a program"), None);
        assert!(Reference::named_in("wasm:abc").unwrap().is_err());
    }

    #[test]
    fn a_reference_is_written_as_it_is_read() {
        let hash = Hash::of(b"module");
        let usual = Limits::default();
        for (fuel, memory, text) in [
            (usual.fuel, usual.memory, ""),
            (500_000_000, usual.memory, " fuel:500M"),
            (1_234, usual.memory, " fuel:1234"),
            (usual.fuel, 64 << 20, " memory:64"),
            (2_500_000, 4_095 << 20, " f:2500k m:4095"),
            (0, 1 << 20, " f:0 m:1"),
        ] {
            let limits = Limits { fuel, memory };
            let reference = Reference { hash, limits };
            let written = reference.to_string();
            assert_eq!(written, format!("wasm:{hash}{text}"));
            assert_eq!(written.parse(), Ok(reference));
            // The text of a task has 64 bytes.
            assert!(written.len() <= 64, "{written}");
        }
    }
}
