//! The module that a task names: written when the task is created, compared with a file later.

use crate::cli::{
    Failure,
    fetch::url_in,
    module::{playable, read},
    path, secret,
    session::Session,
};
use clap::Args as ClapArgs;
use gradual_consensus::{MAX_TEXT_LEN, TaskTexts};
use gradual_consensus_wasm::name::{Hash, Limits, MOST_MEMORY, Reference};
use serde_json::{Value, json};
use solana_sdk::pubkey::Pubkey;
use std::path::PathBuf;

#[derive(ClapArgs)]
pub(super) struct ModuleArgs {
    /// The task's logic, a WebAssembly module: its hash and limits are written into the text audit_program
    #[arg(long, value_name = "FILE", value_parser = path::expanded)]
    logic: Option<PathBuf>,
    /// Where nodes find the module: an address with https, or a path that begins with / on each node's machine;
    /// written into the text metadata
    #[arg(long, value_name = "PLACE", requires = "logic")]
    logic_from: Option<String>,
    /// Units of fuel for each audit and each distribution, about one for each instruction [default: 4000000000]
    #[arg(long, value_name = "UNITS", requires = "logic", value_parser = clap::value_parser!(u64).range(1..))]
    fuel: Option<u64>,
    /// Memory of each run of the module, in MiB [default: 256]
    #[arg(long, value_name = "MIB", requires = "logic", value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_MEMORY)))]
    logic_memory: Option<u16>,
}

impl ModuleArgs {
    /// `texts` with the module's name and place in them, and what is told of the module: nothing where none is named.
    ///
    /// # Errors
    /// Bad input: no node could play the module, or `texts` say something else already.
    pub(super) fn written(&self, mut texts: TaskTexts) -> Result<(TaskTexts, Value), Failure> {
        let Some(file) = &self.logic else {
            return Ok((texts, Value::Null));
        };
        let bytes = playable(file)?;
        let usual = Limits::default();
        let memory = self.logic_memory.map(|mib| usize::from(mib) << 20);
        let reference = Reference {
            hash: Hash::of(&bytes),
            limits: Limits {
                fuel: self.fuel.unwrap_or(usual.fuel),
                memory: memory.unwrap_or(usual.memory),
            },
        };
        texts.audit_program = settled(
            ["--audit-program", "--logic"],
            &texts.audit_program,
            reference.to_string(),
        )?;
        if let Some(place) = &self.logic_from {
            require_place(place)?;
            texts.metadata = settled(
                ["--metadata", "--logic-from"],
                &texts.metadata,
                place.clone(),
            )?;
        }
        let module = json!({ "hash": reference.hash.to_string(), "bytes": bytes.len() });
        Ok((texts, module))
    }
}

/// The text `wanted`, which the second option makes, if the first option gives no other one and it is no longer than a
/// text of a task.
fn settled([option, by]: [&str; 2], given: &str, wanted: String) -> Result<String, Failure> {
    if !given.is_empty() && given != wanted {
        return Err(Failure::Usage(format!(
            "{option} is {:?}, and {by} writes {wanted:?} there: leave one of the two out",
            secret::shown(given)
        )));
    }
    if wanted.len() as u64 > MAX_TEXT_LEN {
        return Err(Failure::Usage(format!(
            "{by} writes {wanted:?}, which has {} bytes, and this text of a task has {MAX_TEXT_LEN} at most: use a \
             shorter place, or fuel in whole thousands, millions or billions",
            wanted.len()
        )));
    }
    Ok(wanted)
}

/// # Errors
/// Bad input: no node would look there.
fn require_place(place: &str) -> Result<(), Failure> {
    let is_secure = url_in(place).is_some_and(|url| url.scheme() == "https");
    if is_secure || place.starts_with('/') {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "--logic-from {:?}: nodes look at an address with https, or at a path that begins with /",
        secret::shown(place)
    )))
}

#[derive(ClapArgs)]
pub(in crate::cli) struct Verify {
    /// The task's address
    task: Pubkey,
    /// The file that may be the module which the task names
    #[arg(value_parser = path::expanded)]
    file: PathBuf,
}

/// Compares the module that a task names with a file.
///
/// # Errors
/// Bad input: there is no such task or file. Otherwise: the task names another module, or none.
pub(super) fn verify(session: &Session, args: &Verify) -> Result<(), Failure> {
    let bytes = read(&args.file)?;
    let task = session.task(args.task)?.address;
    let texts = session.texts(&task)?;
    let text = texts.map(|texts| texts.audit_program).unwrap_or_default();
    let named = Reference::named_in(&text).transpose();
    let named = named.map_err(|why| Failure::Failed(format!("the task's audit_program: {why}")))?;
    let (named, found) = (named.map(|named| named.hash), Hash::of(&bytes));
    let file = args.file.to_string_lossy();
    let (file, size) = (secret::shown(&file), bytes.len());
    let matches = named == Some(found);
    let text = if matches {
        format!("the task names this file: {found}, {size} bytes")
    } else {
        let named = named.map_or_else(
            || "no module".to_owned(),
            |hash| format!("the module {hash}"),
        );
        format!("the task names {named}, and {file} is {found}, {size} bytes")
    };
    let facts = json!({
        "task": task.to_string(), "matches": matches, "named": named.map(|hash| hash.to_string()),
        "found": found.to_string(), "bytes": size,
    });
    session.print(&text, &facts)?;
    if matches {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "{file} is not the module of task {task}"
    )))
}
