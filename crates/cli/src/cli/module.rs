//! WebAssembly modules of tasks: read from files, fetched, kept by their hashes, and served to other nodes.
//!
//! - [`fetch`]: a module over HTTP, also from a place that a stranger named.
//! - [`find`]: the module of a hash, from the first place that has it.
//! - [`shelf`]: the modules that this process plays, for whoever asks its endpoint.
//! - [`store`]: the folder of modules that were found.

pub(super) mod fetch;
pub(super) mod find;
pub(super) mod shelf;
pub(super) mod store;

use super::{Failure, secret};
use gradual_consensus_wasm::{
    module::{MOST_BYTES, Module, ModuleError},
    name::Hash,
};
use std::{
    env,
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
};

/// The folder `name` of this program below the user's cache folder; `None` where there is no home.
pub(super) fn cache_folder(name: &str) -> Option<PathBuf> {
    let named = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let named = named.filter(|folder| folder.is_absolute());
    let base = named.or_else(|| Some(env::home_dir()?.join(".cache")))?;
    Some(base.join("gradual-consensus").join(name))
}

/// The bytes in `file`, which may be a module.
///
/// # Errors
/// It cannot be read, is no regular file, or is larger than a module may be.
fn bytes_of(file: &Path) -> io::Result<Vec<u8>> {
    // Looked at first: to open a pipe or a device may wait for ever.
    let found = fs::metadata(file)?;
    if !found.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is no file"));
    }
    let too_large = |bytes: u64| {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        io::Error::new(ErrorKind::FileTooLarge, ModuleError::TooLarge(bytes))
    };
    let most = MOST_BYTES as u64;
    if found.len() > most {
        return Err(too_large(found.len()));
    }
    let mut bytes = Vec::new();
    File::open(file)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() > MOST_BYTES {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}

/// The bytes of a module's file that somebody named.
///
/// # Errors
/// Bad input: as for [`bytes_of`].
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    bytes_of(file).map_err(|error| {
        let name = file.to_string_lossy();
        Failure::Usage(format!("{}: {error}", secret::shown(&name)))
    })
}

/// The bytes of the module in `file`, which a node plays.
///
/// # Errors
/// Bad input: it is no module that a node plays.
pub(super) fn playable(file: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read(file)?;
    Module::new(&bytes, None).map_err(|error| {
        let (name, size) = (file.to_string_lossy(), bytes.len());
        Failure::Usage(format!("{}, {size} bytes: {error}", secret::shown(&name)))
    })?;
    Ok(bytes)
}

/// `bytes`, if `hash` is theirs.
///
/// # Errors
/// Both hashes.
fn checked(bytes: Vec<u8>, hash: Hash) -> Result<Vec<u8>, String> {
    let found = Hash::of(&bytes);
    if found != hash {
        return Err(format!(
            "it has {} bytes of the hash {found}, and the hash that is wanted is {hash}: refused",
            bytes.len()
        ));
    }
    Ok(bytes)
}
