//! `gradual logic`.

#[cfg(feature = "wasm")]
mod wasm;

use super::{
    Failure, Output,
    node::logic::{Logic, Terms, trial},
    print, progress,
    sandbox::{Enter, RightsArgs, enter},
};
use clap::{Args as ClapArgs, Subcommand};
use gradual_consensus_node::{
    check::{Asked, check},
    corpus::DEFAULT_SHARES,
};
#[cfg(feature = "wasm")]
use gradual_consensus_wasm::digest::QUESTIONS;
use serde_json::json;
use solana_sdk::pubkey::Pubkey;
#[cfg(feature = "wasm")]
use std::path::PathBuf;
use std::{
    path::Path,
    sync::{Arc, atomic::AtomicBool},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Ask a task's logic about hostile values, everything twice: exit code 1 if it fails, is slow or
    /// contradicts itself
    ///
    /// Anybody may submit any value. A value on which the logic fails silences every honest node, and an
    /// answer that differs from one node to the next costs stake. Nothing is sent to any cluster.
    Check(Check),
    /// Play a WebAssembly module on standard input and output, as a node with --logic wasm:FILE does
    ///
    /// One JSON object a line, as docs/external-logic.md says. The module sees its question and nothing else; its work also
    /// what is allowed.
    #[cfg(feature = "wasm")]
    Play {
        /// The module
        #[arg(value_name = "FILE")]
        module: PathBuf,
        /// Let its work ask a host (https:HOST) or read a folder (read:DIR), if it says that it wants to; may be given
        /// several times
        #[arg(long, value_name = "GRANT")]
        allow: Vec<String>,
    },
    /// Run a shell command in the sandbox of gradual node run --sandbox, with this command's standard streams
    ///
    /// It has no network and no environment, may read its folder and the system's, and may write to its state's.
    /// docs/external-logic.md says what else is refused. Nothing runs where the system lacks a part of the sandbox.
    Sandbox(Enter),
    /// Print one digest of many answers of a WebAssembly module, and of the fuel that they took: machines on which it is the
    /// same show the same one
    #[cfg(feature = "wasm")]
    Digest {
        /// The module
        #[arg(value_name = "FILE")]
        module: PathBuf,
        /// How many random values it is asked about
        #[arg(long, value_name = "N", default_value_t = QUESTIONS, value_parser = clap::value_parser!(u64).range(1..))]
        questions: u64,
    },
    /// Print how a task's audit_program names a WebAssembly module: wasm:HASH
    #[cfg(feature = "wasm")]
    Hash {
        /// The module
        #[arg(value_name = "FILE")]
        module: PathBuf,
    },
}

#[derive(ClapArgs)]
pub(super) struct Check {
    /// The logic: exec:COMMAND, k2:FOLDER, wasm:FILE or corpus:PATH, as for gradual node run --logic
    logic: String,
    /// Number of shares that the corpus is cut into
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SHARES, value_parser = clap::value_parser!(u32).range(1..))]
    corpus_shares: u32,
    #[command(flatten)]
    rights: RightsArgs,
    /// The node whose work is asked for [default: one of a key that anybody knows, which signs
    /// what the logic asks for]
    #[arg(long, value_name = "ADDRESS")]
    node: Option<Pubkey>,
}

pub(super) fn run(command: &Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Check(args) => run_check(args, output),
        Command::Sandbox(args) => enter(args),
        #[cfg(feature = "wasm")]
        Command::Play { module, allow } => wasm::play(module, allow),
        #[cfg(feature = "wasm")]
        Command::Digest { module, questions } => print(&wasm::digest(module, *questions, output)?),
        #[cfg(feature = "wasm")]
        Command::Hash { module } => print(&wasm::named(module, output)?),
    }
}

fn run_check(args: &Check, output: Output) -> Result<(), Failure> {
    // Where another node is named, nobody signs for it.
    let (node, host) = match args.node {
        Some(node) => (node, None),
        None => {
            let (node, host) = trial();
            (node, Some(host))
        }
    };
    let never = Arc::new(AtomicBool::new(false));
    let terms = Terms {
        shares: args.corpus_shares,
        timeout: args.rights.timeout(),
        sandbox: args.rights.named(),
        allow: args.rights.allowed()?,
    };
    let logic = Logic::parse(&args.logic, Path::new(""), terms).map_err(Failure::Usage)?;
    let logic = logic.played_by(node, &never, host, None)?;
    let bar = progress::bar("question {pos}/{len} {wide_bar} {elapsed}");
    let asked = check(
        || logic.fresh(),
        node,
        |answered, all| {
            bar.set_length(all as u64);
            bar.set_position(answered as u64);
        },
    );
    bar.finish_and_clear();
    let findings = asked.iter().filter(|asked| asked.finding.is_some()).count();
    match output {
        Output::Text => print(&table(&asked))?,
        Output::Json => {
            let facts = json!({ "findings": findings, "questions": asked });
            let json = serde_json::to_string_pretty(&facts).map_err(anyhow::Error::from)?;
            print(&format!("{json}\n"))?;
        }
    }
    if findings == 0 {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "{findings} of {} questions found something: see docs/external-logic.md, \"Hostile values\"",
        asked.len()
    )))
}

/// One line for each question, and what was found below it.
fn table(asked: &[Asked]) -> String {
    let about = asked.iter().map(|asked| asked.about.chars().count());
    let width = about.max().unwrap_or_default();
    let mut text = format!(
        "{:<12}  {:<width$}  {:>8}  answer\n",
        "question", "about", "seconds"
    );
    for Asked {
        question,
        about,
        answer,
        seconds,
        finding,
    } in asked
    {
        text.push_str(&format!(
            "{question:<12}  {about:<width$}  {seconds:>8.3}  {answer}\n"
        ));
        if let Some(finding) = finding {
            text.push_str(&format!("{:<12}  FOUND: {finding}\n", ""));
        }
    }
    let findings = asked.iter().filter(|asked| asked.finding.is_some()).count();
    text.push_str(&format!(
        "{} questions, each asked twice: {findings} found something\n",
        asked.len()
    ));
    text
}
