//! `gradual doctor`: what a node needs, each thing looked at and judged.
//!
//! `judge` decides from facts, `probe` gathers them. Nothing is sent.

mod judge;
mod probe;

use super::{
    Failure, Output,
    amount::Unit,
    key,
    node::plan::{Cluster, Plan, Process, Wanted},
    print, secret,
    settings::{Globals, KeyName, Settings},
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
    /// The task's logic, which is asked a harmless question: exec:COMMAND, k2:FOLDER, wasm:FILE or corpus:PATH
    #[arg(long, value_name = "LOGIC")]
    logic: Option<String>,
    /// A server that tells what was submitted (gradual index); may be given several times
    #[arg(long, value_name = "URL")]
    index: Vec<String>,
    #[command(flatten)]
    process: Process,
}

impl DoctorArgs {
    /// Whether nothing is said that a file of nodes says.
    const fn names_nothing(&self) -> bool {
        self.task.is_none()
            && self.logic.is_none()
            && self.index.is_empty()
            && self.process.is_empty()
    }
}

/// One node that is looked at: as much of it as is named.
struct Patient {
    wanted: Wanted,
    key: Option<Keypair>,
}

pub(super) fn run(args: &DoctorArgs, globals: &Globals, output: Output) -> Result<(), Failure> {
    globals.require_unsigned("the doctor sends no transaction")?;
    let (settings, file) = globals.resolve_for_nodes()?;
    let mut findings = Vec::new();
    let (cluster, wanted) = match &file {
        Some(file) if args.names_nothing() => {
            globals.require_file_alone(file)?;
            from_file(file, &settings, globals.names_url(), &mut findings)?
        }
        Some(file) => {
            let file = file.to_string_lossy();
            return Err(Failure::Usage(format!(
                "{} says what to look at: leave the options out",
                secret::shown(&file)
            )));
        }
        None => from_options(args, &settings)?,
    };
    let is_broken = findings.iter().any(|found| found.grade == Grade::Fail);
    if is_broken && !globals.names_url() {
        // Which RPCs are meant is in the file that cannot be read: others say nothing about them.
        return tell(&findings, output);
    }
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
    let (key, logic) = (settings.keypair.clone(), args.logic.as_deref());
    let wanted = Wanted::new(key, args.task, logic, &args.index)?;
    Ok((cluster, vec![wanted]))
}

/// A file that cannot be played is the first finding; then there is nothing more to look at but the cluster.
fn from_file(
    file: &Path,
    settings: &Settings,
    url_is_named: bool,
    findings: &mut Vec<Finding>,
) -> Result<(Cluster, Vec<Wanted>), Failure> {
    let about = file.to_string_lossy();
    let about = secret::shown(&about).into_owned();
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

/// Looks at the key of this name once, however many nodes share it.
fn look_at_key(name: &KeyName, findings: &mut Vec<Finding>) -> Option<Keypair> {
    let about = secret::shown(&name.source);
    let is_new = !findings
        .iter()
        .any(|finding| finding.check == "key" && finding.about == about);
    let key = key::read(&name.source, name.named_by, |_| false);
    match key.and_then(|key| Ok(key.local("a node")?.insecure_clone())) {
        Ok(key) => {
            if is_new {
                let said = format!("node {}", key.pubkey());
                findings.push(Finding::ok("key", &about, said));
                findings.extend(judge::permissions(&about, probe::mode_of(&name.source)));
            }
            Some(key)
        }
        Err(Failure::Usage(said) | Failure::Failed(said)) => {
            if is_new {
                let advice = "a node cannot sign without it";
                findings.push(Finding::fail("key", &about, said, advice));
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
    Unit::SOL.show(lamports)
}
