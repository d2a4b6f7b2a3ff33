//! What a shell is told, and where it finds programs.

#[cfg(feature = "rpc")]
use super::Failure;
use std::env;
#[cfg(feature = "rpc")]
use std::path::PathBuf;

/// `word` as one word of a shell.
#[cfg(feature = "rpc")]
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The file of this command.
///
/// # Errors
/// Where the system does not tell.
#[cfg(feature = "rpc")]
pub(super) fn own() -> Result<PathBuf, Failure> {
    let own = env::current_exe().map_err(|error| Failure::Failed(error.to_string()))?;
    // So Linux names this command once another version was installed in its place.
    let own = own.to_string_lossy();
    Ok(own.strip_suffix(" (deleted)").unwrap_or(&own).into())
}

/// Whether the shell finds `program`.
pub(super) fn is_installed(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}
