//! `gradual doctor`: what a node needs, each thing looked at and judged.
//!
//! `judge` decides from facts, `probe` gathers them. Nothing is sent.

mod judge;
mod probe;

use super::{
    Failure, Output, amount, key,
    node::plan::{Cluster, Plan, Process, Wanted},
    print,
    settings::{Globals, Settings},
};
use clap::Args as ClapArgs;
use judge::{Finding, Grade};
use serde_json::{Value, json};
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::path::Path;

#[derive(ClapArgs)]
pub(super) struct DoctorArgs {
    /// The task that the node is to play in [default: none; --config FILE.toml names all]
    #[arg(long)]
    task: Option<Pubkey>,
    /// The task's logic, which is asked a harmless question: corpus:PATH or exec:COMMAND
    #[arg(long, value_name = "LOGIC")]
    logic: Option<String>,
    #[command(flatten)]
    process: Process,
}

/// One node that is looked at: as much of it as is named.
struct Patient {
    wanted: Wanted,
    key: Option<Keypair>,
}

pub(super) fn run(args: &DoctorArgs, globals: &Globals, output: Output) -> Result<(), Failure> {
    let (settings, file) = globals.resolve_for_nodes()?;
    let mut findings = Vec::new();
    let (cluster, wanted) = match &file {
        Some(file) if args.task.is_none() && args.logic.is_none() && args.process.is_empty() => {
            from_file(file, &settings, globals.names_url(), &mut findings)?
        }
        Some(file) => {
            return Err(Failure::Usage(format!(
                "{} says what to look at: leave the options out",
                file.display()
            )));
        }
        None => from_options(args, &settings)?,
    };
    let patients: Vec<Patient> = wanted
        .into_iter()
        .map(|wanted| Patient {
            key: look_at_key(&wanted.keypair, &mut findings),
            wanted,
        })
        .collect();
    findings.extend(probe::cluster(&cluster, &patients));
    findings.extend(probe::nodes(&cluster, &patients));
    tell(&findings, output)
}

fn from_options(args: &DoctorArgs, settings: &Settings) -> Result<(Cluster, Vec<Wanted>), Failure> {
    let cluster = Plan::cluster_of(settings, &args.process)?;
    let wanted = Wanted::new(settings.keypair.clone(), args.task, args.logic.as_deref())?;
    Ok((cluster, vec![wanted]))
}

/// A file that cannot be played is the first finding; then there is nothing more to look at but the cluster.
fn from_file(
    file: &Path,
    settings: &Settings,
    url_is_named: bool,
    findings: &mut Vec<Finding>,
) -> Result<(Cluster, Vec<Wanted>), Failure> {
    let about = file.display().to_string();
    match Plan::read(file, settings, url_is_named) {
        Ok(plan) => {
            let count = plan.nodes.len();
            let said = format!("{count} nodes, {} RPCs", plan.cluster.rpcs.len());
            findings.push(Finding::ok("file", &about, said));
            let wanted = plan.nodes.values().map(Wanted::of).collect();
            Ok((plan.cluster, wanted))
        }
        Err(Failure::Usage(said) | Failure::Failed(said)) => {
            let advice = "correct it, or write a new one with gradual node init";
            findings.push(Finding::fail("file", &about, said, advice));
            let cluster = Plan::cluster_of(settings, &Process::default())?;
            Ok((cluster, vec![]))
        }
    }
}

/// Looks at the key that `source` names once, however many nodes share it.
fn look_at_key(source: &str, findings: &mut Vec<Finding>) -> Option<Keypair> {
    let is_new = !findings
        .iter()
        .any(|finding| finding.check == "key" && finding.about == source);
    match key::read(source) {
        Ok(key) => {
            if is_new {
                let said = format!("node {}", key.pubkey());
                findings.push(Finding::ok("key", source, said));
                findings.extend(judge::permissions(source, probe::mode_of(source)));
            }
            Some(key)
        }
        Err(Failure::Usage(said) | Failure::Failed(said)) => {
            if is_new {
                let advice = "a node cannot sign without it";
                findings.push(Finding::fail("key", source, said, advice));
            }
            None
        }
    }
}

/// Prints the findings; those that fail make the command fail.
fn tell(findings: &[Finding], output: Output) -> Result<(), Failure> {
    let count = |grade| findings.iter().filter(|one| one.grade == grade).count();
    let (warned, failed) = (count(Grade::Warn), count(Grade::Fail));
    match output {
        Output::Text => {
            let lines: Vec<String> = findings.iter().map(Finding::line).collect();
            print(&format!("{}\n", lines.join("\n")))?;
        }
        Output::Json => {
            let checks: Vec<Value> = findings.iter().map(Finding::facts).collect();
            let facts = json!({
                "ok": failed == 0, "failed": failed, "warned": warned, "checks": checks,
            });
            let json = serde_json::to_string_pretty(&facts).map_err(anyhow::Error::from)?;
            print(&format!("{json}\n"))?;
        }
    }
    if failed > 0 {
        return Err(Failure::Failed(format!(
            "{failed} of {} checks fail: do what stands behind each",
            findings.len()
        )));
    }
    Ok(())
}

/// Lamports in SOL, for people.
fn sol(lamports: u64) -> String {
    amount::show_of(lamports, &spl_token_interface::native_mint::ID)
}
