//! `gradual node init`.

use super::{
    logic::{Logic, Terms},
    plan::Plan,
};
use crate::cli::{Failure, Output, key, path, print, secret, settings::Globals};
use clap::Args as ClapArgs;
use serde_json::json;
use solana_sdk::pubkey::Pubkey;
use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The file, with words in the place of what is not known yet.
const TEMPLATE: &str = include_str!("node.toml");

#[derive(ClapArgs)]
pub(in crate::cli) struct InitArgs {
    /// The file to write; it must not exist
    #[arg(default_value = "node.toml")]
    file: PathBuf,
    /// The task of its first node
    #[arg(long)]
    task: Option<Pubkey>,
    /// The logic of that task: exec:COMMAND, k2:FOLDER, wasm:FILE or corpus:PATH
    #[arg(long)]
    logic: Option<String>,
}

pub(super) fn run(args: &InitArgs, globals: &Globals, output: Output) -> Result<(), Failure> {
    let path = &args.file;
    if path.extension().is_none_or(|extension| extension != "toml") {
        return Err(Failure::Usage(format!(
            "{}: a file of nodes ends with .toml, name it so",
            path.display()
        )));
    }
    globals.require_unsigned("node init signs nothing")?;
    let (settings, _) = globals.resolve_for_nodes()?;
    if secret::is_secret(&settings.keypair.source) {
        return Err(Failure::Usage(format!(
            "{} is a secret key, which no file of nodes holds: save it to a file that only you can read, and \
             name that file",
            settings.keypair.named_by
        )));
    }
    if let Some(logic) = &args.logic {
        Logic::parse(logic, Path::new(""), Terms::default()).map_err(Failure::Usage)?;
    }
    let mut rpcs = vec![settings.url.clone()];
    rpcs.extend(settings.more.iter().cloned());
    let task = args.task.map(|task| task.to_string());
    let logic = args.logic.as_deref();
    let logic = logic.map(|logic| logic_seen_from(path, logic));
    let text = filled(
        &rpcs,
        &seen_from(path, &settings.keypair.source),
        task.as_deref(),
        logic.as_deref(),
    );
    write_new(path, &text).map_err(|error| {
        let what_to_do = match error.kind() {
            io::ErrorKind::AlreadyExists => "it exists, and is not overwritten: name another",
            _ => "name another",
        };
        Failure::Usage(format!(
            "cannot write {}: {error}: {what_to_do}",
            path.display()
        ))
    })?;
    let shown = path.display();
    // Whatever is still to be filled in is said at once.
    let missing = match Plan::read(path, &settings, false) {
        Ok(_) => None,
        Err(Failure::Usage(said) | Failure::Failed(said)) => Some(said),
    };
    let next = match &missing {
        Some(said) => format!("still to be filled in: {said}"),
        None => format!("check it with gradual doctor --config {shown}"),
    };
    match output {
        Output::Text => print(&format!(
            "wrote {shown}\n  {next}\n  start it with gradual node run --config {shown}\n"
        )),
        Output::Json => print(&format!(
            "{}\n",
            json!({ "file": shown.to_string(), "missing": missing })
        )),
    }
}

/// The name of the key, or of another file, for the file at `path`, whose relative paths are relative to it and not to
/// this process.
fn seen_from(path: &Path, keypair: &str) -> String {
    let is_here = path
        .parent()
        .is_none_or(|folder| folder.as_os_str().is_empty());
    let plain = keypair.strip_prefix("file:").unwrap_or(keypair);
    let absolute = std::path::absolute(path::expand(plain));
    match absolute {
        Ok(absolute) if !is_here && key::is_file(keypair) => {
            absolute.to_string_lossy().into_owned()
        }
        _ => keypair.into(),
    }
}

/// The logic's name for the file at `path`. A command is run where the process is, wherever the file is.
fn logic_seen_from(path: &Path, logic: &str) -> String {
    match logic.split_once(':') {
        Some((kind @ ("corpus" | "k2" | "wasm"), place)) => {
            format!("{kind}:{}", seen_from(path, place))
        }
        _ => logic.into(),
    }
}

/// A new file that only its owner may read: addresses of RPCs often hold a provider's key.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let written = file.write_all(text.as_bytes());
    if written.is_err() {
        // A part of it, as of a full disk, would be taken for one that somebody wrote.
        let _gone = std::fs::remove_file(path);
    }
    written
}

fn filled(rpcs: &[String], keypair: &str, task: Option<&str>, logic: Option<&str>) -> String {
    // Strings of JSON are strings of TOML.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let rpcs: Vec<String> = rpcs.iter().map(|rpc| quoted(rpc)).collect();
    TEMPLATE
        .replace("\"@RPC@\"", &rpcs.join(", "))
        .replace("\"@KEYPAIR@\"", &quoted(keypair))
        .replace("\"@TASK@\"", &quoted(task.unwrap_or("TASK")))
        .replace(
            "\"@LOGIC@\"",
            &quoted(logic.unwrap_or("exec:/path/to/the/logic")),
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::settings::Settings;
    use solana_commitment_config::CommitmentLevel;

    fn settings() -> Settings {
        Settings {
            url: "http://localhost:8899".into(),
            more: vec![],
            websocket: None,
            keypair: crate::cli::settings::KeyName {
                source: String::new(),
                named_by: "--keypair",
            },
            commitment: CommitmentLevel::Confirmed,
            price: None,
        }
    }

    /// A folder of its own, with a key.
    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("gradual-init-{}-{name}", std::process::id()));
        let _absent = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let key = solana_sdk::signature::Keypair::new();
        let key = serde_json::to_string(&key.to_bytes().to_vec()).unwrap();
        std::fs::write(folder.join("key.json"), key).unwrap();
        folder
    }

    const TASK: &str = "So11111111111111111111111111111111111111112";

    /// Every option that the file shows in a comment is one that the file knows, with its default.
    #[test]
    fn the_file_can_be_played_as_it_is_and_with_everything_in_it() {
        let folder = folder("played");
        let rpcs = ["http://one".to_owned(), "http://two/\"key\"".to_owned()];
        let text = filled(&rpcs, "key.json", Some(TASK), Some("exec:cat"));
        let file = folder.join("node.toml");
        write_new(&file, &text).unwrap();
        let plain = Plan::read(&file, &settings(), false).ok().unwrap();
        assert_eq!(plain.cluster.rpcs[1].url, "http://two/\"key\"");
        assert_eq!(plain.nodes.len(), 1);

        let is_option = |line: &&str| line.starts_with("#") && line.contains(" = ");
        assert!(text.lines().filter(is_option).count() >= 10, "{text}");
        let uncommented: Vec<String> = text
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(option) if is_option(&line) => option.to_owned(),
                _ => line.to_owned(),
            })
            .collect();
        let everything = folder.join("all.toml");
        write_new(&everything, &uncommented.join("\n")).unwrap();
        let all = Plan::read(&everything, &settings(), false);
        let all = all.map_err(|failure| match failure {
            Failure::Usage(said) | Failure::Failed(said) => said,
        });
        assert_eq!(all.unwrap(), plain, "a comment shows another default");
    }

    #[test]
    fn paths_are_those_of_this_folder_wherever_the_file_is() {
        let here = std::env::current_dir().unwrap();
        let elsewhere = Path::new("/etc/gradual/node.toml");
        let seen = |logic| logic_seen_from(elsewhere, logic);
        assert_eq!(
            seen("corpus:docs"),
            format!("corpus:{}", here.join("docs").display())
        );
        assert_eq!(
            seen("wasm:task.wasm"),
            format!("wasm:{}", here.join("task.wasm").display())
        );
        assert_eq!(seen("k2:/opt/task"), "k2:/opt/task");
        assert_eq!(seen("exec:./logic --fast"), "exec:./logic --fast");
        assert_eq!(
            logic_seen_from(Path::new("node.toml"), "corpus:docs"),
            "corpus:docs"
        );
        assert_eq!(seen_from(elsewhere, "/keys/id.json"), "/keys/id.json");
    }

    #[test]
    fn what_exists_is_not_overwritten_and_only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let file = folder("new").join("node.toml");
        write_new(&file, "a").unwrap();
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = write_new(&file, "b").unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "a");
    }
}
