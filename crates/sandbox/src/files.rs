//! Which files the program may use, by Landlock. A process that Landlock confines also sends no signal to, and traces
//! none of the processes outside: that is why the sandbox needs Landlock's sixth version.

use crate::{DEVICES, ETC, SYSTEM, Sandbox, SandboxError};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
    path_beneath_rules,
};
use std::path::Path;

/// The first version that confines signals: that of Linux 6.12.
const VERSION: ABI = ABI::V6;

/// Leaves the process the files of the system, the folders of `sandbox`, and `state`, which it may write to.
///
/// # Errors
/// Where the system has no Landlock of that version, or a folder cannot be used.
pub(crate) fn enter(sandbox: &Sandbox, state: &Path) -> Result<(), SandboxError> {
    let read = AccessFs::from_read(VERSION);
    // No devices, and no sockets that others could connect to.
    let write = AccessFs::from_all(VERSION)
        & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeSock | AccessFs::IoctlDev);
    let device = AccessFs::ReadFile | AccessFs::WriteFile;
    let rules = ruleset()
        .and_then(|rules| rules.add_rules(path_beneath_rules(SYSTEM.iter().chain(&ETC), read)))
        .and_then(|rules| rules.add_rules(path_beneath_rules(DEVICES, device)))
        .map_err(unsupported)?;
    let mut rules = with(rules, "folder", &sandbox.folder, read)?;
    for path in &sandbox.read {
        rules = with(rules, "folder", path, read)?;
    }
    let rules = with(rules, "folder for its state", state, write)?;
    rules.restrict_self().map_err(unsupported)?;
    Ok(())
}

/// The rules of a process that may do nothing.
fn ruleset() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(VERSION))?
        .handle_access(AccessNet::from_all(VERSION))?
        .scope(Scope::from_all(VERSION))?
        .create()
}

/// `rules`, and that what is at `path` or below may be used by `access`.
fn with(
    rules: RulesetCreated,
    what: &'static str,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, SandboxError> {
    let opened = PathFd::new(path).map_err(|error| SandboxError::Folder {
        what,
        said: error.to_string(),
    })?;
    // A file has fewer rights than a folder.
    let access = if path.is_dir() {
        access
    } else {
        access & AccessFs::from_file(VERSION)
    };
    rules
        .add_rule(PathBeneath::new(opened, access))
        .map_err(unsupported)
}

fn unsupported(error: impl std::error::Error) -> SandboxError {
    SandboxError::Unsupported(error.to_string())
}
