//! Programs of `exec:` in a sandbox (`docs/external-logic.md`). The node starts this command (`gradual logic sandbox`),
//! which confines itself and then becomes the program.

use super::{Failure, node::grant::Grant, path, secret, shell};
use clap::Args as ClapArgs;
use gradual_consensus_node::external::DEFAULT_TIMEOUT;
use gradual_consensus_sandbox::{NOBODY, Sandbox};
use rustix::process::getuid;
use std::{
    env, fs, io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;

/// Variables of the environment that the program has too; none of the others, which may hold secrets.
const VARIABLES: [&str; 4] = ["PATH", "LANG", "LANGUAGE", "TZ"];
/// What the names of further ones begin with.
const LOCALE: &str = "LC_";
/// What a program does that only tries its folders.
const TRY: &str = "test -r . && test -x . && test -w \"$HOME\"";

/// What a logic may do that a command tries.
#[derive(ClapArgs)]
pub(super) struct RightsArgs {
    /// Run exec:COMMAND in a sandbox: without network, in a folder that it may only read (docs/external-logic.md)
    #[arg(long)]
    sandbox: bool,
    /// The folder in which a sandboxed command starts, and which it may read [default: the present one]
    #[arg(long, value_name = "DIR", requires = "sandbox", value_parser = path::expanded)]
    logic_folder: Option<PathBuf>,
    /// Let the work of a module ask a host (https:HOST) or read a folder (read:DIR), if it says that it wants to; a sandboxed
    /// command may read DIR. May be given several times
    #[arg(long, value_name = "GRANT")]
    allow: Vec<String>,
    /// Longest wait for an answer from exec:COMMAND, k2:FOLDER or wasm:FILE, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_TIMEOUT.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    logic_timeout: u64,
}

impl RightsArgs {
    /// The sandbox, if there is to be one.
    pub(super) fn named(&self) -> Option<Sandbox> {
        let folder = self.logic_folder.as_deref();
        self.sandbox.then(|| named(folder, Path::new("")))
    }

    /// The longest wait for an answer.
    pub(super) const fn timeout(&self) -> Duration {
        Duration::from_secs(self.logic_timeout)
    }

    /// What is allowed.
    ///
    /// # Errors
    /// Bad input: it cannot be read.
    pub(super) fn allowed(&self) -> Result<Vec<Grant>, Failure> {
        Grant::all(&self.allow, Path::new("")).map_err(Failure::Usage)
    }
}

/// The sandbox of a program that starts in `folder`, which is relative to `inside`, or in the present folder.
pub(in crate::cli) fn named(folder: Option<&Path>, inside: &Path) -> Sandbox {
    Sandbox {
        folder: folder.map_or_else(|| ".".into(), |folder| inside.join(folder)),
        read: Vec::new(),
    }
}

/// The folder that a sandboxed program may write to.
#[derive(Clone)]
pub(in crate::cli) enum State {
    /// A folder that stays.
    Kept(PathBuf),
    /// A folder for a program that is only tried; it is removed with the last that holds it.
    Brief(Arc<TempDir>),
}

impl State {
    /// The folder at `kept`, or one that does not stay.
    ///
    /// # Errors
    /// It cannot be made.
    pub(in crate::cli) fn new(kept: Option<PathBuf>) -> Result<Self, Failure> {
        match kept {
            Some(folder) => {
                let made = fs::create_dir_all(&folder);
                made.map_err(|error| {
                    Failure::Failed(format!("cannot make {}: {error}", folder.display()))
                })?;
                Ok(Self::Kept(folder))
            }
            None => {
                let folder = TempDir::with_prefix("gradual-logic-").map_err(anyhow::Error::from)?;
                Ok(Self::Brief(Arc::new(folder)))
            }
        }
    }

    /// Where it is.
    pub(in crate::cli) fn path(&self) -> &Path {
        match self {
            Self::Kept(folder) => folder,
            Self::Brief(folder) => folder.path(),
        }
    }
}

/// The command of a shell that runs `command` in `sandbox`. The sandbox is tried first.
///
/// # Errors
/// Bad input: this system has no sandbox, or the program could not use its folders.
pub(in crate::cli) fn command(
    sandbox: &Sandbox,
    state: &State,
    command: &str,
) -> Result<String, Failure> {
    require_no_home(sandbox).map_err(Failure::Usage)?;
    let own = shell::own()?;
    let mut arguments = vec!["logic".into(), "sandbox".into()];
    let options = [
        ("--logic-folder", &*sandbox.folder),
        ("--state", state.path()),
    ];
    let read = sandbox.read.iter().map(|path| ("--read", path.as_path()));
    for (option, path) in options.into_iter().chain(read) {
        let path = std::path::absolute(path).map_err(anyhow::Error::from)?;
        arguments.extend([option.to_owned(), path.to_string_lossy().into_owned()]);
    }
    arguments.push("--".into());
    let tried = Command::new(&own).args(&arguments).arg(TRY).output();
    let tried = tried.map_err(anyhow::Error::from)?;
    if !tried.status.success() {
        let said = String::from_utf8_lossy(&tried.stderr);
        let said = said.trim().trim_start_matches("error: ");
        let said = if said.is_empty() {
            "the program may not use its folders"
        } else {
            said
        };
        return Err(Failure::Usage(format!(
            "the sandbox cannot be entered in {}: {said}",
            secret::shown(&sandbox.folder.to_string_lossy())
        )));
    }
    arguments.push(command.to_owned());
    let words = arguments.iter().map(|word| shell::quoted(word));
    let words: Vec<String> = words.collect();
    let own = shell::quoted(&own.to_string_lossy());
    Ok(format!("exec {own} {}", words.join(" ")))
}

/// What an operator does about a folder that holds too much.
const ANOTHER: &str = "name another folder with logic_folder (--logic-folder)";

/// Refuses a sandbox whose program could read the key file at `key`.
///
/// # Errors
/// What to do about it.
pub(in crate::cli) fn require_no_key(sandbox: &Sandbox, key: &Path) -> Result<(), String> {
    let folder = sandbox
        .covers(key)
        .map_err(|error| unseen(sandbox, &error))?;
    folder.map_or(Ok(()), |folder| {
        Err(format!(
            "the key file {} is in {}, which the sandboxed program may read: move the key, or {ANOTHER}",
            secret::shown(&key.to_string_lossy()),
            folder.display()
        ))
    })
}

/// Refuses a sandbox whose program could read the whole of the home folder.
fn require_no_home(sandbox: &Sandbox) -> Result<(), String> {
    let Some(home) = env::home_dir().filter(|home| home.is_dir()) else {
        return Ok(());
    };
    let folder = sandbox
        .covers(&home)
        .map_err(|error| unseen(sandbox, &error))?;
    folder.map_or(Ok(()), |folder| {
        Err(format!(
            "the sandboxed program may read {}, and with it the whole home folder: {ANOTHER}",
            folder.display()
        ))
    })
}

fn unseen(sandbox: &Sandbox, error: &io::Error) -> String {
    let folder = sandbox.folder.to_string_lossy();
    format!(
        "the sandboxed program's folder {}: {error}",
        secret::shown(&folder)
    )
}

/// Arguments of the command that becomes the program.
#[derive(ClapArgs)]
pub(super) struct Enter {
    /// The folder in which the command starts, and which it may read
    #[arg(long, value_name = "DIR", default_value = ".", value_parser = path::expanded)]
    logic_folder: PathBuf,
    /// The folder that it may write to; HOME and TMPDIR name it
    #[arg(long, value_name = "DIR", value_parser = path::expanded)]
    state: PathBuf,
    /// A further folder or file that it may read; may be given several times
    #[arg(long, value_name = "PATH", value_parser = path::expanded)]
    read: Vec<PathBuf>,
    /// The command, for sh -c
    command: String,
}

/// Confines this process, and becomes the program.
///
/// # Errors
/// Bad input: the system has no sandbox, a folder cannot be used, or there is no shell.
pub(super) fn enter(args: &Enter) -> Result<(), Failure> {
    let sandbox = Sandbox {
        folder: args.logic_folder.clone(),
        read: args.read.clone(),
    };
    let home = std::path::absolute(&args.state).map_err(anyhow::Error::from)?;
    let mut program = Command::new("sh");
    program.args(["-c", &args.command]).env_clear();
    let kept = env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        VARIABLES.contains(&&*name) || name.starts_with(LOCALE)
    });
    program.envs(kept).env("HOME", &home).env("TMPDIR", &home);
    let is_root = getuid().is_root();
    let entered = sandbox.enter(&home, &mut program);
    entered.map_err(|error| Failure::Usage(error.to_string()))?;
    let error = program.exec();
    let of_another = if is_root && error.kind() == io::ErrorKind::PermissionDenied {
        format!(
            ": a node of root's runs it as the user {NOBODY}, who must be able to enter the folder: {ANOTHER}"
        )
    } else {
        String::new()
    };
    Err(Failure::Usage(format!(
        "cannot start sh in {}: {error}{of_another}",
        args.logic_folder.display()
    )))
}
