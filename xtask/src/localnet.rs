//! `localnet`: a validator on this machine, with the program deployed and keys that have SOL.

use crate::sbf;
use anyhow::{Context, Result};
use gradual_consensus_devkit::{
    gradual::{self, Gradual},
    keypair,
    rpc::Rpc,
    validator::{self, Ports, Start, Validator},
    workspace::{Workspace, stop_flag},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

/// Arguments of `localnet`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Begin with an empty ledger; without this the last ledger is used.
    #[arg(long)]
    reset: bool,
    /// Nodes to make keys for.
    #[arg(long, default_value_t = 3)]
    nodes: u8,
    #[command(flatten)]
    ports: Ports,
}

/// SOL that a key is given if it has less than half of it.
const SOL: u64 = 1_000;
/// Lamports in a SOL.
const LAMPORTS: u64 = 1_000_000_000;

/// Starts the validator, funds the keys, deploys the program, prints the next steps, and runs until SIGINT or
/// SIGTERM.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let stop = stop_flag()?;
    // Before building: without a validator the build would be in vain.
    let found = validator::find()?;
    let begun = Instant::now();
    let say = |what: &str| eprintln!("localnet ({} s): {what}", begun.elapsed().as_secs());
    say(&format!("the validator is {}", found.display()));
    say("1 of 4: building the command gradual (on a fresh clone some 700 crates: several minutes)");
    let binary = gradual::build(workspace)?;
    say(
        "2 of 4: building the program for the chain, if it is not built (the first time with its toolchain: several \
         minutes)",
    );
    let program = sbf::program(workspace)?;
    // Always in the root: the commands that this prints name these paths.
    let home = workspace.root.join("target").join("localnet");
    fs::create_dir_all(&home)?;

    say("3 of 4: starting the validator");
    let mut validator = Validator::start(workspace, &home, Start::on(args.ports, args.reset))?;
    validator.wait_until_healthy(&stop)?;
    let keys = keys_for(&home.join("keys"), args.nodes)?;
    for (file, address) in &keys {
        fund(validator.rpc(), address)
            .with_context(|| format!("{} could not be given SOL", file.display()))?;
    }
    let manager = keys.first().map(|(file, _)| file).context("no keys")?;
    say("4 of 4: deploying the program");
    let gradual = Gradual::new(binary, validator.rpc().url(), home.clone());
    let program = gradual::deploy(&gradual, &program, manager)?;
    println!("The program is deployed at {program}.");
    println!(
        "{}",
        next_steps(workspace, &validator, gradual.binary(), &keys)
    );

    while !stop.load(Ordering::Relaxed) {
        validator.require_alive()?;
        thread::sleep(Duration::from_millis(200));
    }
    println!("stopping");
    validator.stop()
}

/// The manager's key and one for each node, made where they are not there yet; with their addresses.
fn keys_for(folder: &Path, nodes: u8) -> Result<Vec<(PathBuf, String)>> {
    let names = (1..=nodes).map(|number| format!("node-{number}"));
    std::iter::once("manager".to_owned())
        .chain(names)
        .map(|name| {
            let file = folder.join(format!("{name}.json"));
            let address = keypair::find_or_make(&file)?;
            Ok((file, address))
        })
        .collect()
}

/// Brings `address` to at least half of [`SOL`].
fn fund(rpc: Rpc, address: &str) -> Result<()> {
    const HALF: u64 = SOL / 2 * LAMPORTS;
    if rpc.balance(address)? >= HALF {
        return Ok(());
    }
    rpc.airdrop(address, SOL * LAMPORTS)?;
    for _ in 0..300 {
        if rpc.balance(address)? >= HALF {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(200));
    }
    anyhow::bail!("the validator's faucet gave nothing to {address}")
}

fn next_steps(
    workspace: &Workspace,
    validator: &Validator,
    binary: &Path,
    keys: &[(PathBuf, String)],
) -> String {
    let url = validator.rpc().url();
    let relative = |file: &Path| {
        let file = file.strip_prefix(&workspace.root).unwrap_or(file);
        file.display().to_string()
    };
    let mut lines = vec![
        String::new(),
        format!("The validator is at {url}. Each of these has SOL:"),
    ];
    lines.extend(
        keys.iter()
            .map(|(file, address)| format!("  {}  {address}", relative(file))),
    );
    let keys_folder = relative(&keys.first().map_or_else(PathBuf::new, |(file, _)| {
        file.parent().map_or_else(PathBuf::new, Path::to_path_buf)
    }));
    let folder = binary.parent().unwrap_or(binary).display();
    lines.push(format!(
        "
Leave this running. In a second terminal, in the project's folder, with gradual on PATH:
  export PATH=\"{folder}:$PATH\" GRADUAL_URL={url}
Create a task in rounds of about 30 seconds, and put SOL in its bounty; it prints the task's address:
  gradual -k {keys_folder}/manager.json task create --sol --bounty-per-round 1 \\
    --minimum-stake 1 --round-time 70 --submission-window 32 --audit-window 32
  export TASK=the address
  gradual -k {keys_folder}/manager.json task fund --sol \"${{TASK:?set it first}}\" 100
Stake and play, each node in a terminal of its own:
  gradual -k {keys_folder}/node-1.json stake --sol \"${{TASK:?set it first}}\" 10
  gradual -k {keys_folder}/node-1.json node run --task \"${{TASK:?set it first}}\" --logic corpus:docs
Watch it:
  gradual cycle show \"${{TASK:?set it first}}\"

Ctrl-C stops the validator; the next cargo xtask localnet goes on from there, --reset begins with an empty ledger."
    ));
    lines.join("\n")
}
