//! Each task as a whole, for Prometheus.

use crate::{
    snapshot::{Snapshot, TaskEntry},
    view::{Stakes, open_audits},
};
use gradual_consensus_client::amount::Unit;
use std::fmt::Write;

/// Most tasks whose metrics are told: those that stand first in the list of tasks.
const MOST_TASKS: usize = 1_000;

/// One metric of every task: its name, its kind, what it says, and its value.
type Metric = (
    &'static str,
    &'static str,
    &'static str,
    fn(&Snapshot, &TaskEntry) -> Vec<(&'static str, String)>,
);

fn one(value: impl ToString) -> Vec<(&'static str, String)> {
    vec![("", value.to_string())]
}

fn tokens(entry: &TaskEntry, units: u64) -> String {
    Unit::of(&entry.task.data).number(units)
}

const METRICS: [Metric; 9] = [
    (
        "gradual_task_round",
        "gauge",
        "The present round; 0 before the start.",
        |snapshot, entry| one(entry.task.data.current_round(snapshot.clock.slot)),
    ),
    (
        "gradual_task_active",
        "gauge",
        "1 while nodes may stake and open cycles.",
        |_, entry| one(u8::from(entry.task.data.is_active())),
    ),
    (
        "gradual_task_bounty_available",
        "gauge",
        "Tokens of the bounty that are set aside for no cycle.",
        |_, entry| one(tokens(entry, entry.task.data.bounty_available)),
    ),
    (
        "gradual_task_bounty_reserved",
        "gauge",
        "Tokens that open cycles owe.",
        |_, entry| one(tokens(entry, entry.task.data.bounty_reserved)),
    ),
    (
        "gradual_task_funded_rounds",
        "gauge",
        "Rounds that the available bounty pays for.",
        |_, entry| one(entry.task.data.funded_rounds()),
    ),
    (
        "gradual_task_slashed_to_bounty_total",
        "counter",
        "Tokens that slashes ever added to the bounty.",
        |_, entry| one(tokens(entry, entry.task.data.bounty_from_slashes)),
    ),
    (
        "gradual_task_nodes",
        "gauge",
        "Nodes that have a stake account.",
        |_, entry| one(entry.task.data.node_count),
    ),
    (
        "gradual_task_stake",
        "gauge",
        "Tokens staked: all, and its parts of a task that somebody looks at. Locked is a part of the others.",
        |snapshot, entry| {
            let task = &entry.task;
            let mut told = vec![("all", tokens(entry, task.data.total_stake))];
            if let Some(books) = snapshot.books.get(&task.address) {
                let stakes = &books.now.books.stakes;
                let stakes = Stakes::of(&task.data, stakes, snapshot.clock.slot);
                told.extend([
                    ("active", tokens(entry, stakes.active.0)),
                    ("warming", tokens(entry, stakes.warming.0)),
                    ("parked", tokens(entry, stakes.parked.0)),
                    ("locked", tokens(entry, stakes.locked.0)),
                ]);
            }
            told
        },
    ),
    (
        "gradual_task_open_audits",
        "gauge",
        "Audits that are not resolved, of a task that somebody looks at.",
        |snapshot, entry| {
            let Some(books) = snapshot.books.get(&entry.task.address) else {
                return Vec::new();
            };
            one(open_audits(&books.now.books).count())
        },
    ),
];

/// All metrics in Prometheus' text format. Tasks are named by their addresses: a name is a stranger's text.
pub(super) fn text(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "# HELP gradual_board_slot The slot as of which the ledger was read.\n\
         # TYPE gradual_board_slot gauge\ngradual_board_slot {}\n\
         # HELP gradual_board_behind Whether the last reading of the ledger failed.\n\
         # TYPE gradual_board_behind gauge\ngradual_board_behind {}",
        snapshot.clock.slot,
        u8::from(snapshot.problem.is_some())
    );
    let mut tasks: Vec<&TaskEntry> = snapshot.tasks.values().collect();
    tasks.sort_by_key(|entry| entry.place());
    tasks.truncate(MOST_TASKS);
    for (name, kind, help, values) in METRICS {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for entry in &tasks {
            let task = entry.task.address;
            for (part, value) in values(snapshot, entry) {
                let part = match part {
                    "" => String::new(),
                    part => format!(",part=\"{part}\""),
                };
                let _ = writeln!(text, "{name}{{task=\"{task}\"{part}}} {value}");
            }
        }
    }
    text
}
