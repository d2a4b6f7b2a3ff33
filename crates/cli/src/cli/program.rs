//! `gradual program`.

mod gate;

use super::{
    Failure, Output, path, progress, secret, session::Session, settings::Globals, shell::quoted,
};
use crate::deploy::{DeployError, Deployed, deploy, prepare, upgrade_from};
use clap::{Args as ClapArgs, Subcommand};
use gradual_consensus_client::ledger::Ledger;
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Deploy the program, or upgrade it to the binary; sends nothing if the cluster has that binary
    ///
    /// A binary whose security.txt holds placeholders goes to no public cluster. The command that publishes the IDL is
    /// printed.
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

/// What is advised to whoever interrupts the writing of a binary.
const GOES_ON: &str = "what was written of the binary stays, the same command goes on from there";

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

/// # Errors
/// Bad input: the cluster is public, and the binary names nobody who could mend it. Or the cluster's.
fn require_contacts(session: &Session, binary: &[u8]) -> Result<(), Failure> {
    let genesis = session.ledger.call(|client| client.get_genesis_hash())?;
    gate::require_contacts(&genesis.to_string(), binary).map_err(Failure::Usage)
}

/// The program that keeps IDLs on a cluster, and the version of its command that is known to take these arguments.
const METADATA: Pubkey = Pubkey::from_str_const("ProgM6JCCvbYkfKqJYHePx4xxSUSqJp7rh8Lyv7nk7S");
const METADATA_COMMAND: &str = "@solana-program/program-metadata@0.7.0";

/// The command that publishes the IDL, from the project's folder; `None` where the cluster has no program for it.
///
/// # Errors
/// The cluster's.
fn publish_idl(session: &Session) -> Result<Option<String>, Failure> {
    let found = session.ledger.accounts(&[METADATA])?;
    let has_it = found.iter().flatten().any(|account| account.executable);
    let (id, rpc) = (gradual_consensus::ID, session.ledger.place());
    // In quotes a shell leaves a `~` as it is.
    let key = path::expand(session.key_name());
    let key = key.to_string_lossy();
    let key = secret::shown(&key);
    Ok(has_it.then(|| {
        format!(
            "npx {METADATA_COMMAND} write idl {id} idl/gradual_consensus.json --keypair {} --rpc {}",
            quoted(&key),
            quoted(&rpc)
        )
    }))
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
    session.advise_if_interrupted(GOES_ON);
    session.tell_if_interrupted()?;
    require_contacts(&session, &binary)?;
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
    require_contacts(session, &session.account(&args.buffer)?.data)?;
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
    session.advise_if_interrupted(GOES_ON);
    session.tell_if_interrupted()?;
    require_contacts(&session, &binary)?;
    // Asked first: a deployment that succeeds does not fail at this.
    let publish = publish_idl(&session)?;
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
    let next = match &publish {
        Some(command) => format!("publish the IDL next, from the project's folder:\n  {command}"),
        None => format!("{place} has no Program Metadata program: clients take the IDL from idl/"),
    };
    let facts = json!({
        "program": id.to_string(),
        "result": word,
        "bytes": binary.len(),
        "upgrade_authority": payer.pubkey().to_string(),
        "publish_idl": publish,
    });
    session.print(&format!("{text}\n{next}"), &facts)
}
