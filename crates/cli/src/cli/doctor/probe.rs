//! What is looked at, on the machine and on the cluster. Nothing is sent.

use super::{
    Patient,
    judge::{self, Finding, RpcFacts},
};
#[cfg(feature = "wasm")]
use crate::cli::node::named;
use crate::cli::{
    Failure,
    fees::Fees,
    node::{
        indexes,
        logic::{Logic, trial},
        plan::{Cluster, Rpc},
    },
    path,
};
use gradual_consensus::state::{Config, NodeStake, Task};
use gradual_consensus_client::{
    account::{self, Stored},
    address,
    ledger::{Filter, Ledger, LedgerError},
    rpc::{PriorityFee, Retry, RpcLedger, RpcOptions, first_slot},
};
#[cfg(feature = "geyser")]
use gradual_consensus_geyser::first_block;
#[cfg(feature = "wasm")]
use gradual_consensus_node::fleet::NodeId;
use gradual_consensus_node::{
    logic::{DistributionCycle, TaskLogic},
    status::Upkeep,
};
#[cfg(feature = "geyser")]
use solana_commitment_config::CommitmentLevel;
use solana_sdk::{clock::Clock, pubkey::Pubkey, signature::Signer};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{Arc, atomic::AtomicBool},
    thread,
    time::{Duration, Instant, SystemTime},
};

/// Longest wait for the first slot of a subscription.
const PATIENCE: Duration = Duration::from_secs(8);

/// The permissions of the file that `source` names, if it names one.
pub(super) fn mode_of(source: &str) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let path = source.strip_prefix("file:").unwrap_or(source);
    let metadata = fs::metadata(path::expand(path)).ok()?;
    metadata.is_file().then(|| metadata.permissions().mode())
}

fn ledger_of(rpc: &Rpc, cluster: &Cluster) -> RpcLedger {
    let options = RpcOptions {
        commitment: cluster.commitment,
        priority_fee: cluster
            .price
            .map_or_else(PriorityFee::default, PriorityFee::Fixed),
        // A look that must be taken twice is a finding of its own.
        retry: Retry {
            attempts: 2,
            ..Retry::default()
        },
        ..RpcOptions::default()
    };
    RpcLedger::new(&rpc.url, options)
}

/// The RPCs, the program, the clock and the fees.
pub(super) fn cluster(cluster: &Cluster, patients: &[Patient]) -> Vec<Finding> {
    // At the same time, so that their slots can be compared.
    let facts: Vec<RpcFacts> = thread::scope(|scope| {
        let looks: Vec<_> = cluster
            .rpcs
            .iter()
            .map(|rpc| scope.spawn(|| look_at(rpc, cluster)))
            .collect();
        let facts = looks.into_iter().filter_map(|look| look.join().ok());
        facts.collect()
    });
    let mut findings = judge::rpcs(&facts, cluster.max_lag);
    let Some(ledger) = first_that_answers(cluster, &facts) else {
        return findings;
    };
    let place = ledger.place();
    match ledger.accounts(&[gradual_consensus::ID, solana_sdk_ids::sysvar::clock::ID]) {
        Ok(found) => {
            let program = found.first().and_then(Option::as_ref);
            let is_there = program.is_some_and(|program| program.executable);
            findings.push(judge::program(&place, is_there));
            let clock = found.get(1).and_then(Option::as_ref);
            let clock: Option<Clock> =
                clock.and_then(|clock| bincode::deserialize(&clock.data).ok());
            findings.push(judge::clock(clock.map(|clock| clock.unix_timestamp), now()));
        }
        Err(error) => findings.push(judge::unread(&place, &error.to_string())),
    }
    let keys = patients.iter().filter_map(|patient| patient.key.as_ref());
    let written: Vec<Pubkey> = keys.map(Signer::pubkey).collect();
    let fees = Fees::now(&ledger, &written);
    findings.push(judge::fees(fees.map_err(|error| error.to_string())));
    findings
}

fn first_that_answers(cluster: &Cluster, facts: &[RpcFacts]) -> Option<RpcLedger> {
    let mut all = cluster.rpcs.iter().zip(facts);
    let (rpc, _) = all.find(|(_, facts)| facts.slot.is_ok())?;
    Some(ledger_of(rpc, cluster))
}

/// The machine's clock, in seconds since 1970.
#[allow(clippy::disallowed_methods, reason = "it is what is looked at")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

fn look_at(rpc: &Rpc, cluster: &Cluster) -> RpcFacts {
    let ledger = ledger_of(rpc, cluster);
    let slot = ledger.slot().map_err(|error| error.to_string());
    let timed = |look: &dyn Fn() -> Result<(), LedgerError>| {
        let begun = Instant::now();
        look().map_err(|error| error.to_string())?;
        Ok(begun.elapsed())
    };
    // Where there is no slot there is nothing else.
    let capabilities = if slot.is_ok() {
        vec![
            (
                "getMultipleAccounts",
                timed(&|| ledger.accounts(&[address::config()]).map(drop)),
            ),
            (
                "getProgramAccounts",
                timed(&|| {
                    let filters = [Filter::at(0, Config::TYPE)];
                    ledger.program_accounts(&filters, Some(0..8)).map(drop)
                }),
            ),
            (
                "getLatestBlockhash",
                timed(&|| {
                    ledger
                        .call(|client| client.get_latest_blockhash())
                        .map(drop)
                }),
            ),
            (
                "getSignatureStatuses",
                timed(&|| {
                    let none = [solana_sdk::signature::Signature::default()];
                    ledger
                        .call(|client| client.get_signature_statuses(&none))
                        .map(drop)
                }),
            ),
            ("simulateTransaction", timed(&|| simulates(&ledger))),
        ]
    } else {
        vec![]
    };
    let genesis = slot.is_ok().then(|| {
        let genesis = ledger.call(|client| client.get_genesis_hash());
        genesis.ok().map(|hash| hash.to_string())
    });
    RpcFacts {
        name: ledger.place(),
        genesis: genesis.flatten(),
        websocket: if slot.is_ok() {
            subscribes(rpc.websocket.as_deref())
        } else {
            Err("the RPC does not answer".into())
        },
        slot,
        capabilities,
    }
}

/// Whether transactions are simulated: how this one ends does not matter.
fn simulates(ledger: &RpcLedger) -> Result<(), LedgerError> {
    let nobody = gradual_consensus::ID;
    match ledger.simulate(&[], &nobody) {
        Err(error @ LedgerError::Unavailable(_)) => Err(error),
        _ => Ok(()),
    }
}

/// Whether slots arrive at `websocket`, as a node asks for them.
fn subscribes(websocket: Option<&str>) -> Result<(), String> {
    let websocket = websocket.ok_or("no address of subscriptions is known")?;
    let first = first_slot(websocket, PATIENCE);
    first.map_err(|why| format!("no subscription: {why}"))
}

/// Each node's task, stake, windows and logic, and each key's SOL.
pub(super) fn nodes(cluster: &Cluster, patients: &[Patient]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut round_times: BTreeMap<Pubkey, Vec<u64>> = BTreeMap::new();
    for rpc in &cluster.rpcs {
        let ledger = ledger_of(rpc, cluster);
        let Ok(slot) = ledger.slot() else { continue };
        for patient in patients {
            let node = patient.key.as_ref().map(Signer::pubkey);
            let times = node.map(|node| round_times.entry(node).or_default());
            match look_at_node(&ledger, slot, patient, cluster) {
                Ok((found, round_time)) => {
                    // Nodes of one task share what is found of it.
                    let is_new = |one: &Finding| !findings.contains(one);
                    let found: Vec<Finding> = found.into_iter().filter(is_new).collect();
                    findings.extend(found);
                    if let Some(times) = times {
                        times.extend(round_time);
                    }
                }
                Err(error) => findings.push(judge::unread(&ledger.place(), &error.to_string())),
            }
        }
        let keys: Vec<Pubkey> = round_times.keys().copied().collect();
        let price = Fees::now(&ledger, &keys).map_or(0, |fees| fees.paid);
        match ledger.accounts(&keys) {
            Ok(wallets) => {
                for ((node, times), wallet) in round_times.iter().zip(wallets) {
                    let lamports = wallet.map_or(0, |wallet| wallet.lamports);
                    let upkeep = Upkeep::at(price);
                    findings.push(judge::money(&node.to_string(), lamports, upkeep, times));
                }
            }
            Err(error) => findings.push(judge::unread(&ledger.place(), &error.to_string())),
        }
        break;
    }
    findings.extend(look_at_indexes(cluster, patients));
    #[cfg(feature = "geyser")]
    findings.extend(look_at_geyser(cluster, patients));
    let mut asked = Vec::new();
    for patient in patients {
        let Some(logic) = &patient.wanted.logic else {
            continue;
        };
        // One answer stands for all nodes of a task that have the same logic.
        let question = (patient.wanted.task, logic);
        if !asked.contains(&question) {
            asked.push(question);
            findings.push(look_at_logic(patient, logic, cluster));
        }
    }
    findings
}

/// The geyser, asked as nodes ask it, and how far it is behind the RPC.
#[cfg(feature = "geyser")]
fn look_at_geyser(cluster: &Cluster, patients: &[Patient]) -> Vec<Finding> {
    let Some(geyser) = &cluster.geyser else {
        return Vec::new();
    };
    let task = patients.iter().find_map(|patient| patient.wanted.task);
    let endpoint = match geyser.endpoint() {
        Ok(endpoint) => endpoint,
        Err(why) => return vec![judge::geyser("", Err(why), None)],
    };
    let is_finalized = cluster.commitment == CommitmentLevel::Finalized;
    let first = first_block(&endpoint, &task.unwrap_or_default(), is_finalized, PATIENCE);
    let mut ledgers = cluster.rpcs.iter().map(|rpc| ledger_of(rpc, cluster));
    let slot = ledgers.find_map(|ledger| ledger.slot().ok());
    vec![judge::geyser(&endpoint.place(), first, slot)]
}

/// Each index of each task, once.
fn look_at_indexes(cluster: &Cluster, patients: &[Patient]) -> Vec<Finding> {
    let named = patients.iter().flat_map(|patient| {
        let urls = patient.wanted.indexes.iter();
        urls.map(|url| (url, patient.wanted.task))
    });
    let named: BTreeSet<_> = named.collect();
    if named.is_empty() {
        return Vec::new();
    }
    let mut ledgers = cluster.rpcs.iter().map(|rpc| ledger_of(rpc, cluster));
    let genesis = ledgers.find_map(|ledger| indexes::genesis_of(&ledger).ok());
    // Without an RPC there is nothing to compare them with.
    let Some(genesis) = genesis else {
        return Vec::new();
    };
    let looked = named.into_iter().map(|(url, task)| {
        let looked = indexes::look(url, &genesis, task.as_ref());
        judge::index(&indexes::name(url), looked)
    });
    looked.collect()
}

/// What is found of one node, and how many slots a round of its task takes.
fn look_at_node(
    ledger: &impl Ledger,
    slot: u64,
    patient: &Patient,
    cluster: &Cluster,
) -> Result<(Vec<Finding>, Option<u64>), LedgerError> {
    let Some(task) = patient.wanted.task else {
        return Ok((vec![], None));
    };
    let id = task.to_string();
    let node = patient.key.as_ref().map(Signer::pubkey);
    let stake = node.map(|node| address::node_stake(&task, &node));
    let wanted: Vec<Pubkey> = [task, address::config()].into_iter().chain(stake).collect();
    let found = ledger.accounts(&wanted)?;
    let at = |index: usize| found.get(index).and_then(Option::as_ref);
    let Some(data) = at(0).and_then(account::decode::<Task>) else {
        let advice = "check the task's address and --url";
        let missing = Finding::fail("task", &id, "there is no task at this address", advice);
        return Ok((vec![missing], None));
    };
    let config: Option<Config> = at(1).and_then(account::decode);
    let is_paused = config.is_none_or(|config| config.is_paused());
    let mut findings = vec![
        judge::task(&id, &data, is_paused),
        judge::windows(&id, &data, cluster.commitment),
    ];
    if node.is_some() {
        let stake: Option<NodeStake> = at(2).and_then(account::decode);
        let round = data.current_round(slot);
        let whose = node.map_or_else(|| id.clone(), |node| format!("{node} in {id}"));
        findings.push(judge::stake(&whose, &data, stake.as_ref(), round));
    }
    Ok((findings, Some(data.schedule.round_time)))
}

/// Asks the logic for the list of a cycle without submissions: that changes nothing and needs no work. It is tried
/// as `logic check` does, and not with the node's key.
fn look_at_logic(patient: &Patient, logic: &Logic, cluster: &Cluster) -> Finding {
    let task = patient.wanted.task.unwrap_or_default();
    let (node, host) = trial();
    let never = Arc::new(AtomicBool::new(false));
    let asked = found(patient, logic, cluster)
        .and_then(|logic| {
            logic
                .played_by(node, &never, Some(host), None)
                .map_err(Failure::said)
        })
        .and_then(|mut logic| {
            let begun = Instant::now();
            let cycle = DistributionCycle {
                task,
                number: 0,
                bounty: 0,
            };
            let list = logic.distribution(&cycle, &[], &[]);
            list.map(|_| begun.elapsed())
                .map_err(|error| error.to_string())
        });
    judge::logic(&task.to_string(), asked)
}

/// The logic, with its module found if only the task names it.
#[cfg(feature = "wasm")]
fn found(patient: &Patient, logic: &Logic, cluster: &Cluster) -> Result<Logic, String> {
    let Logic::Named {
        from,
        timeout,
        allow,
    } = logic
    else {
        return Ok(logic.clone());
    };
    let id = NodeId {
        task: patient.wanted.task.unwrap_or_default(),
        node: patient.key.as_ref().map(Signer::pubkey).unwrap_or_default(),
    };
    let ledgers = cluster.rpcs.iter().map(|rpc| ledger_of(rpc, cluster));
    let ledgers: Vec<_> = ledgers.collect();
    let ledger = ledgers.iter().find(|ledger| ledger.slot().is_ok());
    let ledger = ledger.ok_or("no RPC shows which module the task names")?;
    let found = named::file(ledger, &id, from, &|| true);
    Ok(Logic::Wasm {
        file: found.map_err(named::Unfound::said)?,
        timeout: *timeout,
        allow: allow.clone(),
    })
}

#[cfg(not(feature = "wasm"))]
fn found(_: &Patient, logic: &Logic, _: &Cluster) -> Result<Logic, String> {
    Ok(logic.clone())
}
