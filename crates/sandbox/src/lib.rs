//! A process that takes from itself what a stranger's program must not have, before it becomes that program
//! (`docs/external-logic.md`). Linux only.
//!
//! - `files`: which files it may use, by Landlock, which also keeps its signals and `ptrace` to itself.
//! - `calls`: which system calls it has, by seccomp: none that opens a socket or changes another process.
//! - `limits`: how much memory it has, and how many processes.
//! - `room`: how much its files take of the disk, which no limit of the system bounds.
//!
//! Nothing here can be taken back, and every process that this one starts is confined in the same way. Whatever
//! the system does not have is an error: no program runs with half a sandbox.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod limits;
#[cfg(target_os = "linux")]
mod room;

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
};
use thiserror::Error;

/// Bytes of address space of each process.
pub const MOST_MEMORY: u64 = 2 << 30;
/// Processes and threads beyond those that the user has when the program starts.
pub const MOST_PROCESSES: u64 = 64;
/// Bytes of one file, and of all that the program writes to its state.
pub const MOST_WRITTEN: u64 = 1 << 30;
/// Files and folders in its state.
pub const MOST_FILES: u64 = 100_000;
/// Bytes that must be free on the disk that its state is on.
pub const LEAST_FREE: u64 = 256 << 20;
/// Files that one process may have open.
pub const MOST_OPEN: u64 = 1_024;
/// The user as whom the program of a node of root's runs: Linux bounds no processes of root.
pub const NOBODY: u32 = 65_534;

/// Folders and files of the system that the program may read and execute, where they are.
pub const SYSTEM: [&str; 7] = [
    "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin",
];
/// Files below `/etc` that it may read, where they are: how programs and libraries are found, the time zone, the
/// names of users.
pub const ETC: [&str; 11] = [
    "/etc/alternatives",
    "/etc/group",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/etc/locale.alias",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/timezone",
];
/// Devices that it may read and write, where they are.
pub const DEVICES: [&str; 5] = [
    "/dev/full",
    "/dev/null",
    "/dev/random",
    "/dev/urandom",
    "/dev/zero",
];

/// Why there is no sandbox.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// The system has none.
    #[error("this system has no sandbox: it needs Linux 6.12 or later with Landlock: {0}")]
    Unsupported(String),
    /// A folder that the program is to have cannot be used.
    #[error("the sandbox's {what}: {said}")]
    Folder {
        /// What it is for.
        what: &'static str,
        /// What the system said, with the folder's path.
        said: String,
    },
    /// A limit cannot be set.
    #[error("cannot bound the program's {what}: {said}")]
    Limit {
        /// What is to be bounded.
        what: &'static str,
        /// What the system said.
        said: String,
    },
    /// The program has written more than it may.
    #[error("its folder {} has {what}: remove what it does not need there", state.display())]
    Room {
        /// The folder.
        state: PathBuf,
        /// What there is too much of.
        what: String,
    },
}

/// What a program has of the files of its machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// The folder in which it starts, and which it may read.
    pub folder: PathBuf,
    /// Further folders and files that it may read.
    pub read: Vec<PathBuf>,
}

impl Sandbox {
    /// What the program could read `path` by: one of its folders or files, or one of the system's.
    ///
    /// # Errors
    /// Where one of the two paths is not there.
    pub fn covers(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        let path = path.canonicalize()?;
        let own = [&self.folder].into_iter().chain(&self.read);
        for own in own {
            if path.starts_with(own.canonicalize()?) {
                return Ok(Some(own.clone()));
            }
        }
        let system = SYSTEM.iter().chain(&ETC).map(Path::new);
        let mut there = system.filter(|system| {
            system
                .canonicalize()
                .is_ok_and(|system| path.starts_with(system))
        });
        Ok(there.next().map(Path::to_owned))
    }

    /// Confines this process, and has `program` start in the folder, with `state` as the only folder that it may
    /// write to. What is left to do is to become the program: `CommandExt::exec`.
    ///
    /// # Errors
    /// Where the system lacks a part of the sandbox, or a folder cannot be used. The process may be confined in part
    /// then, and must not become the program.
    #[cfg(target_os = "linux")]
    pub fn enter(&self, state: &Path, program: &mut Command) -> Result<(), SandboxError> {
        program.current_dir(&self.folder);
        limits::enter(state, program)?;
        files::enter(self, state)?;
        calls::enter()
    }

    /// Looks at how much room the program's files take in `state`, the folder that it writes to. Whoever started the program
    /// looks again and again while it runs, and ends it where this fails.
    ///
    /// # Errors
    /// There is more than a program may write, or the disk is nearly full.
    #[cfg(target_os = "linux")]
    pub fn require_room(state: &Path) -> Result<(), SandboxError> {
        room::require(state)
    }

    /// As where there is a sandbox: here there is none.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(target_os = "linux"))]
    pub fn require_room(_: &Path) -> Result<(), SandboxError> {
        Err(SandboxError::Unsupported("this is another system".into()))
    }

    /// As where there is a sandbox: here there is none.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(target_os = "linux"))]
    pub fn enter(&self, _: &Path, _: &mut Command) -> Result<(), SandboxError> {
        Err(SandboxError::Unsupported("this is another system".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, fs, os::unix::fs::symlink};

    #[test]
    fn what_a_sandbox_covers_is_told_also_through_links() {
        let root = env::temp_dir().join(format!("gradual-sandbox-{}", std::process::id()));
        for folder in ["task", "data", "keys"] {
            fs::create_dir_all(root.join(folder)).unwrap();
            fs::write(root.join(folder).join("file"), "").unwrap();
        }
        let _made_before = fs::remove_file(root.join("link"));
        symlink(root.join("task/file"), root.join("link")).unwrap();
        let sandbox = Sandbox {
            folder: root.join("task"),
            read: vec![root.join("data")],
        };
        let covers = |path: &str| sandbox.covers(&root.join(path)).unwrap();
        assert_eq!(covers("task/file"), Some(root.join("task")));
        assert_eq!(covers("link"), Some(root.join("task")));
        assert_eq!(covers("data/file"), Some(root.join("data")));
        assert_eq!(covers("keys/file"), None);
        assert!(sandbox.covers(Path::new("/usr")).unwrap().is_some());
        assert!(sandbox.covers(&root.join("none")).is_err());
        fs::remove_dir_all(root).unwrap();
    }
}
