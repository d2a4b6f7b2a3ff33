//! What a program may ask the node that plays it, while it answers a question.

use crate::runner::CycleView;
use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus::{
    rules::schedule::Schedule,
    state::{Cycle, NodeStake, Subject, Submission, Task, TaskMetadata},
};
use gradual_consensus_client::{
    account::{self, FullSubmission, Keyed},
    address,
    ledger::{Ledger, LedgerError},
};
use serde_json::{Value, json};
use solana_sdk::{
    account::Account,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};
use tracing::info;

/// What every message that is signed for a logic begins with. No transaction does: its first byte would be a
/// version that there is none of. Nor does anything else that a node signs.
pub const SIGNED_PREFIX: &[u8] = b"\xffgradual consensus: a logic's message\n";
/// Longest message that is signed, in bytes.
const LONGEST_MESSAGE: usize = 32 << 10;

/// The bytes that are signed for the logic of `task` when it asks for the signature of `message`: whoever
/// verifies one puts them together in the same way.
pub fn signed_bytes(task: &Pubkey, message: &[u8]) -> Vec<u8> {
    [SIGNED_PREFIX, task.as_ref(), message].concat()
}

/// The node that a program answers. Its methods are called from threads of the program's.
pub trait Host: Send + Sync {
    /// What the program is told first: the task, and what is offered.
    ///
    /// # Errors
    /// Why the task is not known now.
    fn hello(&self) -> Result<Value, String>;

    /// The answer to the request `name`.
    ///
    /// # Errors
    /// Why there is none; the program is told so.
    fn call(&self, name: &str, arguments: &Value) -> Result<Value, String>;

    /// The program has said `line` on its standard error, or with `log`.
    fn hears(&self, line: &str);
}

/// No node: a logic that is tried. It has no task, no ledger and no key. What the program says goes to this
/// process's standard error.
#[derive(Clone, Copy, Debug)]
pub struct Nobody {
    /// The node that questions are about.
    pub node: Pubkey,
}

impl Host for Nobody {
    fn hello(&self) -> Result<Value, String> {
        Ok(json!({ "node": self.node.to_string(), "offers": ["log"] }))
    }

    fn call(&self, name: &str, _: &Value) -> Result<Value, String> {
        Err(format!("{name}: no node plays this logic"))
    }

    fn hears(&self, line: &str) {
        eprintln!("logic: {line}");
    }
}

/// No node of any task, with a key that signs: what a logic is tried with that asks for signatures and slots.
pub struct Trial {
    keypair: Keypair,
    schedule: Schedule,
    slot: u64,
}

impl Trial {
    /// One whose key is `keypair`, at a slot of round `cycle + 1`, in which the work of `cycle` is judged.
    pub const fn new(keypair: Keypair, cycle: u64) -> Self {
        let schedule = Schedule {
            starting_slot: 0,
            round_time: 1_000,
            submission_window: 350,
            audit_window: 350,
        };
        let slot = cycle.saturating_add(1).saturating_mul(schedule.round_time);
        Self {
            keypair,
            schedule,
            slot,
        }
    }
}

impl Host for Trial {
    fn hello(&self) -> Result<Value, String> {
        Ok(json!({
            "node": self.keypair.pubkey().to_string(),
            "task": Pubkey::default().to_string(),
            "schedule": schedule_of(&self.schedule),
            "offers": ["sign", "slot", "submissions", "log"],
        }))
    }

    fn call(&self, name: &str, arguments: &Value) -> Result<Value, String> {
        match name {
            "sign" => sign(&Pubkey::default(), &self.keypair, arguments),
            "slot" => Ok(json!({ "slot": self.slot })),
            "submissions" => Ok(json!([])),
            _ => Err(format!("{name}: no node plays this logic")),
        }
    }

    fn hears(&self, line: &str) {
        eprintln!("logic: {line}");
    }
}

fn sign(task: &Pubkey, keypair: &Keypair, arguments: &Value) -> Result<Value, String> {
    let message = arguments.get("message").and_then(Value::as_str);
    let message = message.ok_or("sign: \"message\" is missing")?;
    let message = BASE64_STANDARD.decode(message);
    let message = message.map_err(|error| format!("sign: \"message\" is not base64: {error}"))?;
    if message.len() > LONGEST_MESSAGE {
        return Err(format!(
            "sign: a message has {LONGEST_MESSAGE} bytes at most: sign its digest"
        ));
    }
    let signature = keypair.sign_message(&signed_bytes(task, &message));
    Ok(json!({
        "node": keypair.pubkey().to_string(),
        "signature": BASE64_STANDARD.encode(signature.as_ref()),
    }))
}

fn schedule_of(schedule: &Schedule) -> Value {
    json!({
        "starting_slot": schedule.starting_slot,
        "round_time": schedule.round_time,
        "submission_window": schedule.submission_window,
        "audit_window": schedule.audit_window,
    })
}

/// A node of a task on a ledger.
pub struct NodeHost<L> {
    ledger: Arc<L>,
    task: Pubkey,
    /// Programs are told its address, and never the key.
    keypair: Keypair,
    rpc: Option<String>,
    /// It is made when the logic starts.
    state: Option<PathBuf>,
    /// The task's terms and texts, which never change but for the manager, and its name.
    told: OnceLock<(Value, String)>,
}

const OFFERS: [&str; 7] = [
    "sign",
    "slot",
    "cycle",
    "task_state",
    "submissions",
    "endpoints",
    "log",
];

impl<L: Ledger> NodeHost<L> {
    /// The host of the node with `keypair` in `task`. The logic is told the address `rpc`, and may write in the
    /// folder `state`, which is this node's in this task.
    pub fn new(
        ledger: Arc<L>,
        task: Pubkey,
        keypair: Keypair,
        rpc: Option<String>,
        state: Option<PathBuf>,
    ) -> Self {
        Self {
            ledger,
            task,
            keypair,
            rpc,
            state,
            told: OnceLock::new(),
        }
    }

    /// The task's terms and texts, and its name.
    fn told(&self) -> Result<&(Value, String), String> {
        if let Some(told) = self.told.get() {
            return Ok(told);
        }
        let addresses = [self.task, address::metadata(&self.task)];
        let found = self.ledger.accounts(&addresses).map_err(unread)?;
        let at = |index: usize| found.get(index).and_then(Option::as_ref);
        let task: Task = at(0)
            .and_then(account::decode)
            .ok_or_else(|| format!("there is no task at {}", self.task))?;
        let texts: Option<TaskMetadata> = at(1).and_then(account::decode);
        let name = texts.as_ref().map(|texts| texts.name.clone());
        let name = name.filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| self.task.to_string());
        let told = self
            .told
            .get_or_init(|| (terms(&task, texts.as_ref()), name));
        Ok(told)
    }

    fn slot(&self) -> Result<u64, String> {
        let slot = self.ledger.slot().map_err(unread)?;
        let lag = self.ledger.lag().map_err(unread)?;
        Ok(slot.saturating_add(lag))
    }

    fn cycle(&self, number: u64) -> Result<Value, String> {
        let found: Option<Cycle> =
            account::fetch(&*self.ledger, &address::cycle(&self.task, number)).map_err(unread)?;
        Ok(found.map_or(Value::Null, |cycle| cycle_state(&cycle)))
    }

    fn task_state(&self) -> Result<Value, String> {
        let slot = self.slot()?;
        let task: Option<Task> = account::fetch(&*self.ledger, &self.task).map_err(unread)?;
        let task = task.ok_or_else(|| format!("there is no task at {}", self.task))?;
        let stakes: Vec<Keyed<NodeStake>> =
            account::fetch_all(&*self.ledger, account::of_task(&self.task)).map_err(unread)?;
        let cycles = CycleView::open_cycles(&*self.ledger, &self.task).map_err(unread)?;
        let nodes = stakes
            .iter()
            .map(|stake| stake_state(&stake.data, &task, slot));
        let cycles = cycles.iter().map(|cycle| cycle_state(&cycle.data));
        Ok(json!({
            "slot": slot,
            "round": task.schedule.round_at(slot),
            "active": task.is_active(),
            "successor": task.has_migrated().then(|| task.migrated_to.to_string()),
            "total_stake": task.total_stake.to_string(),
            "bounty_available": task.bounty_available.to_string(),
            "bounty_reserved": task.bounty_reserved.to_string(),
            "nodes": nodes.collect::<Vec<_>>(),
            "cycles": cycles.collect::<Vec<_>>(),
        }))
    }

    fn submissions(&self, number: u64) -> Result<Value, String> {
        let cycle = address::cycle(&self.task, number);
        let filters = [
            gradual_consensus_client::ledger::Filter::at(0, <Submission as account::Stored>::TYPE),
            account::of_cycle(&cycle),
        ];
        let found = self
            .ledger
            .program_accounts(&filters, None)
            .map_err(unread)?;
        let mut all: Vec<FullSubmission> = found.iter().filter_map(whole).collect();
        all.sort_by_key(|submission| submission.header.subject.author);
        Ok(all.iter().map(submission_state).collect())
    }

    fn endpoints(&self) -> Result<Value, String> {
        let stakes: Vec<Keyed<NodeStake>> =
            account::fetch_all(&*self.ledger, account::of_task(&self.task)).map_err(unread)?;
        let known = stakes
            .iter()
            .filter(|stake| !stake.data.endpoint().is_empty());
        let told = known.map(|stake| {
            json!({ "node": stake.data.node.to_string(), "endpoint": stake.data.endpoint() })
        });
        Ok(told.collect())
    }
}

impl<L: Ledger + Send + Sync> Host for NodeHost<L> {
    fn hello(&self) -> Result<Value, String> {
        let (terms, _) = self.told()?;
        let mut hello = terms.clone();
        hello["task"] = self.task.to_string().into();
        hello["node"] = self.keypair.pubkey().to_string().into();
        hello["rpc"] = self.rpc.clone().into();
        hello["state"] = self.state.as_deref().and_then(made).into();
        hello["offers"] = OFFERS.to_vec().into();
        Ok(hello)
    }

    fn call(&self, name: &str, arguments: &Value) -> Result<Value, String> {
        let number = || {
            let cycle = arguments.get("cycle").and_then(Value::as_u64);
            cycle.ok_or_else(|| format!("{name}: \"cycle\" is missing"))
        };
        match name {
            "sign" => sign(&self.task, &self.keypair, arguments),
            "slot" => self.slot().map(|slot| json!({ "slot": slot })),
            "cycle" => self.cycle(number()?),
            "task_state" => self.task_state(),
            "submissions" => self.submissions(number()?),
            "endpoints" => self.endpoints(),
            _ => Err(format!(
                "{name}: no such request; there are {}",
                OFFERS.join(", ")
            )),
        }
    }

    fn hears(&self, line: &str) {
        let name = self.told.get().map(|(_, name)| name.as_str());
        let task = self.task.to_string();
        info!(task = name.unwrap_or(&task), "logic: {line}");
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is passed to map_err")]
fn unread(error: LedgerError) -> String {
    format!("the ledger cannot be read now: {error}")
}

/// The folder, once it is there; `None` where it cannot be made, as on a file system that is only read.
fn made(folder: &Path) -> Option<String> {
    if let Err(error) = fs::create_dir_all(folder) {
        info!(folder = %folder.display(), %error, "the logic has no folder for its state");
        return None;
    }
    Some(folder.display().to_string())
}

fn whole((_, account): &(Pubkey, Account)) -> Option<FullSubmission> {
    account::decode(account)
}

/// What never changes of a task, and its manager. Amounts are in base units.
fn terms(task: &Task, texts: Option<&TaskMetadata>) -> Value {
    json!({
        "schedule": schedule_of(&task.schedule),
        "terms": {
            "creator": task.creator.to_string(),
            "manager": task.manager.to_string(),
            "mint": task.mint.to_string(),
            "mint_decimals": task.mint_decimals,
            "minimum_stake": task.minimum_stake_amount.to_string(),
            "bounty_per_round": task.bounty_amount_per_round.to_string(),
            "claim_window": task.claim_window,
            "idle_rounds": task.idle_rounds,
            "quorum_bps": task.quorum_bps,
            "slash_bps": task.slash_bps,
            "false_challenge_bps": task.false_challenge_bps,
            "challenger_bps": task.challenger_bps,
            "voter_bps": task.voter_bps,
            "allowed_failed_distributions": task.allowed_failed_distributions,
            "equal_shares": task.equal_shares(),
        },
        "texts": texts.map(|texts| json!({
            "name": texts.name,
            "description": texts.description,
            "audit_program": texts.audit_program,
            "metadata": texts.metadata,
            "network": texts.network,
            "vars": texts.vars,
        })),
    })
}

fn cycle_state(cycle: &Cycle) -> Value {
    json!({
        "cycle": cycle.number,
        "bounty": cycle.bounty.to_string(),
        "owed": cycle.owed.to_string(),
        "paid": cycle.paid.to_string(),
        "submissions": cycle.submissions,
        "invalid": cycle.invalid,
        "list_accepted": cycle.list_accepted(),
    })
}

fn stake_state(stake: &NodeStake, task: &Task, slot: u64) -> Value {
    let timeline = stake.stake.at(task.current_round(slot));
    json!({
        "node": stake.node.to_string(),
        "stake": timeline.total().to_string(),
        "active": timeline.active().to_string(),
        "available": stake.available_balance.to_string(),
        "endpoint": stake.endpoint(),
    })
}

fn submission_state(submission: &FullSubmission) -> Value {
    let subject: &Subject = &submission.header.subject;
    json!({
        "node": subject.author.to_string(),
        "value": BASE64_STANDARD.encode(&submission.value),
        "slot": subject.slot,
        "votes": super::form::votes(&subject.audit.tally()),
        "challenger": (subject.audit.challenger != Pubkey::default())
            .then(|| subject.audit.challenger.to_string()),
    })
}
