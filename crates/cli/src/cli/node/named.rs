//! The module that a task names, found for a node whose operator names no logic.

use crate::cli::{
    fetch::Guard,
    module::{
        find::{Found, Search},
        store::Store,
    },
};
use gradual_consensus::state::{NodeStake, Task, TaskMetadata};
use gradual_consensus_client::{
    account::{self, Keyed},
    address,
    ledger::{Ledger, LedgerError},
    text::one_line,
};
use gradual_consensus_node::{
    fleet::{NodeId, Seat},
    runner::RunnerError,
};
use gradual_consensus_wasm::{asks::Asks, name::Reference};
use solana_sdk::pubkey::Pubkey;
use std::{cmp::Reverse, path::PathBuf, time::Duration};
use tracing::{info, warn};

/// The pause before the module is looked for again; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Most characters of the names of a module's imports that are logged.
const LONGEST_IMPORTS: usize = 300;

/// Why there is no module.
pub(in crate::cli) enum Unfound {
    /// Another look finds none either.
    Never(String),
    /// Another look may find it.
    NotYet(String),
}

impl From<LedgerError> for Unfound {
    fn from(error: LedgerError) -> Self {
        Self::NotYet(error.to_string())
    }
}

impl Unfound {
    /// Why, in words.
    pub(in crate::cli) fn said(self) -> String {
        match self {
            Self::Never(why) | Self::NotYet(why) => why,
        }
    }
}

/// A module that was found, and what the task says of it.
struct Named {
    found: Found,
    reference: Reference,
}

/// The file of the module which the task of `id` names. It is looked for in `from`, then where the task says, then at other
/// nodes, while `goes_on`.
///
/// # Errors
/// Why there is none.
pub(in crate::cli) fn file(
    ledger: &impl Ledger,
    id: &NodeId,
    from: &[String],
    goes_on: &dyn Fn() -> bool,
) -> Result<PathBuf, Unfound> {
    Ok(look(ledger, id, from, goes_on)?.found.file)
}

/// The file of the module, once it is found; `None` if the node is told to stop before. The log tells that it is not found yet.
///
/// # Errors
/// Why no look will find it.
pub(super) fn wait_for(
    ledger: &impl Ledger,
    id: &NodeId,
    from: &[String],
    seat: &Seat,
) -> Result<Option<PathBuf>, String> {
    let goes_on = || {
        seat.live();
        !seat.is_told()
    };
    let (mut pause, mut looks) = (FIRST_PAUSE, 0u32);
    while goes_on() {
        match look(ledger, id, from, &goes_on) {
            Ok(named) => {
                tell(id, &named);
                return Ok(Some(named.found.file));
            }
            Err(Unfound::Never(why)) => return Err(why),
            Err(Unfound::NotYet(_)) if seat.is_told() => {}
            Err(Unfound::NotYet(why)) => {
                looks = looks.saturating_add(1);
                // The longer it lasts, the more rarely it is written.
                if looks.is_power_of_two() {
                    warn!(
                        looks,
                        "the task's module is not found, and is looked for again: {why}"
                    );
                }
                seat.sleep(pause);
                pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            }
        }
    }
    Ok(None)
}

/// Tells which module is played, where it was, and what it asks for.
fn tell(id: &NodeId, Named { found, reference }: &Named) {
    for passed in &found.passed {
        warn!("a place of the task's module is passed over: {passed}");
    }
    // What it asks for is told, not judged: a module that cannot be played says so when it is.
    let asks = Asks::of(&found.bytes).unwrap_or_default();
    let imports: Vec<&str> = asks.imports.iter().map(String::as_str).collect();
    info!(
        task = %id.task,
        module = %reference.hash,
        place = found.place,
        bytes = found.bytes.len(),
        imports = one_line(&imports.join(" "), LONGEST_IMPORTS),
        memory_bytes = asks.memory,
        most_memory_bytes = reference.limits.memory,
        fuel = reference.limits.fuel,
        "the node plays the module that its task names"
    );
}

fn look(
    ledger: &impl Ledger,
    id: &NodeId,
    from: &[String],
    goes_on: &dyn Fn() -> bool,
) -> Result<Named, Unfound> {
    let (task, texts) = read(ledger, &id.task)?;
    let named = Reference::named_in(&texts.audit_program).unwrap_or_else(|| {
        Err("it names no module: say what to play with --logic, or logic in a file of nodes".into())
    });
    let named = named.map_err(|why| format!("the task's audit_program: {why}"));
    let reference = named.map_err(Unfound::Never)?;
    let store = Store::of_user().ok_or_else(|| {
        let why = "there is no folder to keep modules in: name one with XDG_CACHE_HOME";
        Unfound::Never(why.into())
    })?;
    let search = Search {
        hash: reference.hash,
        store: &store,
        from,
        metadata: &texts.metadata,
        strangers: Guard::STRANGER,
    };
    let others = || endpoints(ledger, id, &task).map_err(|error| error.to_string());
    match search.find(others, goes_on) {
        Ok(found) => Ok(Named { found, reference }),
        Err(passed) if passed.is_empty() => Err(Unfound::NotYet(format!(
            "nobody says where {} is: name a file, a folder or an address with --logic-from, or logic_from in a \
             file of nodes",
            reference.hash
        ))),
        Err(passed) => Err(Unfound::NotYet(passed.join("; "))),
    }
}

/// The task and its texts.
fn read(ledger: &impl Ledger, task: &Pubkey) -> Result<(Task, TaskMetadata), Unfound> {
    let found = ledger.accounts(&[*task, address::metadata(task)])?;
    let at = |index: usize| found.get(index).and_then(Option::as_ref);
    let account: Option<Task> = at(0).and_then(account::decode);
    let account = account.ok_or_else(|| RunnerError::NoTask(*task).to_string());
    let account = account.map_err(Unfound::Never)?;
    let texts: Option<TaskMetadata> = at(1).and_then(account::decode);
    let texts = texts.ok_or_else(|| {
        format!("the ledger does not show the texts of task {task}: say what to play with --logic")
    });
    Ok((account, texts.map_err(Unfound::Never)?))
}

/// The endpoints of the task's other nodes, those with the most active stake first: they have the most to lose.
fn endpoints(ledger: &impl Ledger, id: &NodeId, task: &Task) -> Result<Vec<String>, LedgerError> {
    let round = task.current_round(ledger.slot()?);
    let stakes: Vec<Keyed<NodeStake>> = account::fetch_all(ledger, account::of_task(&id.task))?;
    let others = stakes.iter().map(|stake| &stake.data);
    let others = others.filter(|stake| stake.node != id.node && !stake.endpoint().is_empty());
    let mut others: Vec<&NodeStake> = others.collect();
    others.sort_by_key(|stake| Reverse(stake.stake.at(round).active()));
    let endpoints = others.iter().map(|stake| stake.endpoint().to_owned());
    Ok(endpoints.collect())
}
