//! `gradual program`.

use super::{Failure, Output, key, path, progress, session::Session, settings::Globals};
use crate::deploy::{DeployError, Deployed, deploy};
use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;
use solana_sdk::signature::Signer;
use std::{fs, path::PathBuf};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Deploy the program, or upgrade it to the binary; sends nothing if the cluster has that binary
    Deploy(DeployArgs),
}

#[derive(ClapArgs)]
pub(super) struct DeployArgs {
    /// The binary that `cargo xtask build-sbf` makes
    #[arg(value_name = "FILE", value_parser = path::expanded)]
    binary: PathBuf,
    /// The program's own key, for its first deployment
    #[arg(long, value_name = "KEYPAIR")]
    program_keypair: Option<String>,
}

pub(super) fn run(command: &Command, globals: &Globals, output: Output) -> Result<(), Failure> {
    match command {
        Command::Deploy(args) => run_deploy(args, globals, output),
    }
}

fn run_deploy(args: &DeployArgs, globals: &Globals, output: Output) -> Result<(), Failure> {
    if globals.dry_run {
        return Err(Failure::Usage(
            "a deployment takes many transactions that depend on one another: leave --dry-run out"
                .into(),
        ));
    }
    let binary = fs::read(&args.binary).map_err(|error| {
        Failure::Usage(format!(
            "cannot read {}: {error}: run cargo xtask build-sbf",
            args.binary.display()
        ))
    })?;
    let session = Session::connect(globals, output)?;
    let payer = session.key()?;
    let program = args
        .program_keypair
        .as_deref()
        .map(|source| key::read(source, "--program-keypair"))
        .transpose()?;
    let bar = progress::bar("part {pos}/{len} {wide_bar} {elapsed}");
    let deployed = deploy(
        &session.ledger,
        payer,
        program.as_ref(),
        &binary,
        |done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        },
    );
    bar.finish_and_clear();
    let deployed = deployed.map_err(|error| match error {
        DeployError::NeedsKeypair(_) | DeployError::OtherProgram { .. } => {
            Failure::Usage(error.to_string())
        }
        error => Failure::Failed(error.to_string()),
    })?;
    let (id, place) = (gradual_consensus::ID, session.ledger.place());
    let (word, text) = match deployed {
        Deployed::New => ("new", format!("deployed {id} on {place}")),
        Deployed::Upgraded => ("upgraded", format!("upgraded {id} on {place}")),
        Deployed::Unchanged => (
            "unchanged",
            format!("{place} has this binary of {id} already: nothing was sent"),
        ),
    };
    let facts = json!({
        "program": id.to_string(),
        "result": word,
        "bytes": binary.len(),
        "upgrade_authority": payer.pubkey().to_string(),
    });
    session.print(&text, &facts)
}
