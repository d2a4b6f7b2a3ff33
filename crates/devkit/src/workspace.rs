//! The workspace's folders, and how other programs are run.

use anyhow::{Context, Result, ensure};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, atomic::AtomicBool};

/// The workspace's folders.
#[derive(Debug)]
pub struct Workspace {
    /// Its root folder.
    pub root: PathBuf,
    /// Where builds go: `CARGO_TARGET_DIR`, or `target` in the root.
    pub target: PathBuf,
}

impl Workspace {
    /// The workspace that the running package is part of.
    pub fn find() -> Result<Self> {
        // `cargo run` sets it; the compiled-in one serves a binary that is started by hand.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .ancestors()
            .find(|folder| folder.join("Anchor.toml").is_file())
            .with_context(|| {
                format!(
                    "no Anchor.toml in {} or a folder above it: run this in the project",
                    manifest.display()
                )
            })?
            .canonicalize()?;
        let target = match env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty()) {
            Some(dir) => env::current_dir()?.join(dir),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The folder of the built program: always `target/deploy` in the root.
    pub fn deploy(&self) -> PathBuf {
        self.root.join("target").join("deploy")
    }

    /// Where the committed IDL lies.
    pub fn idl(&self) -> PathBuf {
        self.root.join("idl").join("gradual_consensus.json")
    }

    /// A command that runs in the root, without the variables that the cargo of this process has set: not every
    /// task uses its toolchain.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_")
                || text.starts_with("CARGO_MANIFEST_")
                || matches!(&*text, "CARGO" | "LD_LIBRARY_PATH" | "RUSTUP_TOOLCHAIN")
            {
                command.env_remove(&name);
            }
        }
        command
    }
}

/// This project's folder in the user's cache. All clones share the slow builds in it.
pub fn cache() -> Result<PathBuf> {
    let named = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = match named.filter(|folder| folder.is_absolute()) {
        Some(folder) => folder,
        None => user_home()?.join(".cache"),
    };
    Ok(cache.join("gradual-consensus"))
}

/// The user's home folder.
pub fn user_home() -> Result<PathBuf> {
    let home = env::home_dir().filter(|home| home.is_absolute());
    home.context("HOME is not set: set it to your home folder")
}

/// A flag that SIGINT and SIGTERM set.
pub fn stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, Arc::clone(&stop))
            .context("SIGINT and SIGTERM cannot be watched")?;
    }
    Ok(stop)
}

/// Runs `command` to its end; it must succeed. `what` names it in the error.
pub fn succeed(command: &mut Command, what: &str) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("{what} could not be started"))?;
    ensure!(status.success(), "{what} failed");
    Ok(())
}

/// Writes a new file that only its owner may read; fails if the file exists.
pub fn write_new(file: &Path, content: &[u8]) -> Result<()> {
    let what = || format!("{} cannot be written", file.display());
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(what)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    (options
        .open(file)
        .and_then(|mut file| file.write_all(content)))
    .with_context(what)
}

/// `path` as text, for arguments that have to be text.
pub fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("the path {} is not UTF-8: use another", path.display()))
}
