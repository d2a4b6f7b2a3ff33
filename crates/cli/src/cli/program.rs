//! `gradual program`.

use super::{Failure, Output, path, progress, secret, session::Session, settings::Globals};
use crate::deploy::{DeployError, Deployed, deploy, prepare, upgrade_from};
use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Deploy the program, or upgrade it to the binary; sends nothing if the cluster has that binary
    Deploy(DeployArgs),
    /// Write a binary into a buffer, from which an upgrade authority that is elsewhere, such as a multisig, upgrades
    /// the program
    Buffer(BufferArgs),
    /// Upgrade the program from a buffer; the upgrade authority signs
    Upgrade(UpgradeArgs),
}

#[derive(ClapArgs)]
pub(super) struct BufferArgs {
    /// The binary that `cargo xtask build-sbf` makes
    #[arg(value_name = "FILE", value_parser = path::expanded)]
    binary: PathBuf,
    /// Who may upgrade the program from the buffer: the program's upgrade authority
    #[arg(long, value_name = "ADDRESS")]
    authority: Pubkey,
}

#[derive(ClapArgs)]
pub(super) struct UpgradeArgs {
    /// The buffer's address
    buffer: Pubkey,
    /// Where the buffer's rent goes [default: the key]
    #[arg(long, value_name = "ADDRESS")]
    spill: Option<Pubkey>,
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
        Command::Buffer(args) => run_buffer(args, globals, output),
        Command::Upgrade(args) => run_upgrade(&Session::open(globals, output, true)?, args),
    }
}

/// # Errors
/// Bad input: it cannot be read.
fn read(binary: &Path) -> Result<Vec<u8>, Failure> {
    path::read(binary).map_err(|error| {
        let path = binary.to_string_lossy();
        Failure::Usage(format!(
            "cannot read {}: {error}: run cargo xtask build-sbf",
            secret::shown(&path)
        ))
    })
}

/// # Errors
/// Bad input: options with which nothing would be sent, or which are for single transactions.
fn require_plain(globals: &Globals) -> Result<(), Failure> {
    if globals.dry_run {
        return Err(Failure::Usage(
            "a binary takes many transactions that depend on one another: leave --dry-run out"
                .into(),
        ));
    }
    globals.require_unsigned(
        "a binary takes many transactions: write it with gradual program buffer, and sign the upgrade with gradual \
         program upgrade",
    )
}

fn refused(error: &DeployError) -> Failure {
    match error {
        DeployError::NeedsKeypair(_)
        | DeployError::OtherProgram { .. }
        | DeployError::OthersBuffer { .. } => Failure::Usage(error.to_string()),
        error => Failure::Failed(error.to_string()),
    }
}

fn run_buffer(args: &BufferArgs, globals: &Globals, output: Output) -> Result<(), Failure> {
    require_plain(globals)?;
    let binary = read(&args.binary)?;
    let session = Session::connect(globals, output)?;
    let payer = session.key()?.local("a buffer")?;
    let bar = progress::bar("part {pos}/{len} {wide_bar} {elapsed}");
    let buffer = prepare(
        &session.ledger,
        payer,
        &args.authority,
        &binary,
        |done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        },
    );
    bar.finish_and_clear();
    let buffer = buffer.map_err(|error| refused(&error))?;
    let text = format!(
        "wrote the binary into buffer {buffer}\n  {} upgrades with gradual program upgrade {buffer}",
        args.authority
    );
    let facts = json!({
        "program": gradual_consensus::ID.to_string(), "buffer": buffer.to_string(),
        "upgrade_authority": args.authority.to_string(), "bytes": binary.len(),
    });
    session.print(&text, &facts)
}

fn run_upgrade(session: &Session, args: &UpgradeArgs) -> Result<(), Failure> {
    let key = session.key()?;
    session.account(&args.buffer)?;
    let spill = args.spill.unwrap_or_else(|| key.pubkey());
    let upgrade = upgrade_from(&args.buffer, &key.pubkey(), &spill);
    let id = gradual_consensus::ID;
    let done = format!("upgraded {id} from buffer {}", args.buffer);
    let facts = json!({
        "program": id.to_string(), "buffer": args.buffer.to_string(),
        "upgrade_authority": key.pubkey().to_string(), "rent_to": spill.to_string(),
    });
    session.send(&[upgrade], key, &done, facts)
}

fn run_deploy(args: &DeployArgs, globals: &Globals, output: Output) -> Result<(), Failure> {
    require_plain(globals)?;
    let binary = read(&args.binary)?;
    let session = Session::connect(globals, output)?;
    let payer = session.key()?.local("a deployment")?;
    let program = args
        .program_keypair
        .as_deref()
        .map(|source| session.read_key(source, "--program-keypair"))
        .transpose()?;
    let bar = progress::bar("part {pos}/{len} {wide_bar} {elapsed}");
    let deployed = deploy(
        &session.ledger,
        payer,
        program
            .as_ref()
            .map(|key| key.local("a deployment"))
            .transpose()?,
        &binary,
        |done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        },
    );
    bar.finish_and_clear();
    let deployed = deployed.map_err(|error| refused(&error))?;
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
