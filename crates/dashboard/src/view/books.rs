//! The invariants I1 to I6 of a task (protocol, section 4), with their numbers.

use super::{Clock, Head, Units};
use crate::snapshot::{TaskBooks, TaskEntry};
use gradual_consensus_client::{amount::Unit, books::Books};
use serde::Serialize;

/// One invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// `I1` to `I6`.
    pub id: &'static str,
    /// What holds.
    pub says: &'static str,
    /// The numbers that were compared, each with what it is.
    pub numbers: Vec<(&'static str, String)>,
    /// What does not hold, in words: empty where all is well.
    pub violations: Vec<String>,
    /// Whether the reading before said the same: one reading takes several calls, and transactions land in
    /// between, so only what lasts is a fault.
    pub lasts: bool,
}

impl Rule {
    /// `holds`, `unsettled` while only one reading says otherwise, or `broken`.
    pub const fn state(&self) -> &'static str {
        match (self.violations.is_empty(), self.lasts) {
            (true, _) => "holds",
            (false, true) => "broken",
            (false, false) => "unsettled",
        }
    }
}

/// The books of a task.
#[derive(Clone, Debug, Serialize)]
pub struct BooksFacts {
    /// The task.
    #[serde(flatten)]
    pub head: Head,
    /// Whether all invariants hold.
    pub balances: bool,
    /// The invariants.
    pub rules: Vec<Rule>,
    /// What is in the stake pot.
    pub stake_pot: Units,
    /// What is in the bounty pot.
    pub bounty_pot: Units,
    /// Base units in both pots beyond what anyone is owed, as a decimal string: donations, or a fault.
    pub surplus: String,
}

const RULES: [(&str, &str); 6] = [
    ("I1", "The stake pot holds at least the sum of all stake."),
    (
        "I2",
        "The bounty pot holds all that is owed, and what came in is what went out.",
    ),
    (
        "I3",
        "The task's totals and electorates are the sums over its nodes.",
    ),
    (
        "I4",
        "An audit's weights are the sums of its votes, within its electorate.",
    ),
    (
        "I5",
        "No cycle pays more than it owes, and nobody is paid twice.",
    ),
    (
        "I6",
        "Each node's deposits and earnings add up, and its open accounts are counted right.",
    ),
];

impl BooksFacts {
    /// The books of `entry`, read twice. This counts everything: call it where a moment's work holds up nobody.
    pub fn of(entry: &TaskEntry, books: &TaskBooks, clock: &Clock) -> Self {
        let now = &books.now.books;
        let found = books.now.violations();
        let before = books.before.as_ref().map(|before| before.violations());
        let of_rule = |all: &[String], id: &str| -> Vec<String> {
            let own = all.iter().filter(|violation| violation.starts_with(id));
            own.cloned().collect()
        };
        let numbers = numbers(now);
        let rules = RULES.into_iter().zip(numbers).map(|((id, says), numbers)| {
            let before = before.map(|before| of_rule(before, id));
            Rule {
                id,
                says,
                numbers,
                violations: of_rule(found, id),
                lasts: before.is_some_and(|before| !before.is_empty()),
            }
        });
        Self {
            head: Head::of(entry, clock),
            balances: found.is_empty(),
            rules: rules.collect(),
            stake_pot: Units(now.stake_pot),
            bounty_pot: Units(now.bounty_pot),
            surplus: now.surplus().to_string(),
        }
    }
}

type Numbers = Vec<(&'static str, String)>;

/// The numbers of I1 to I6.
fn numbers(books: &Books) -> [Numbers; 6] {
    let task = &books.task.data;
    let unit = Unit::of(task);
    let money = |units: u64| unit.show(units);
    let sum = |units: u128| unit.show(i128::try_from(units).unwrap_or(i128::MAX));
    let audits = books
        .subjects()
        .filter(|(_, subject)| subject.audit.electorate > 0);
    let came = u128::from(task.bounty_funded) + u128::from(task.bounty_from_slashes);
    let went = [
        task.bounty_available,
        task.bounty_reserved,
        task.bounty_paid,
        task.bounty_migrated,
    ];
    let paid = books.cycles.iter().map(|cycle| cycle.data.paid);
    let owed = books.cycles.iter().map(|cycle| cycle.data.owed);
    let total = |amounts: &mut dyn Iterator<Item = u64>| sum(amounts.map(u128::from).sum());
    [
        vec![
            ("in the stake pot", money(books.stake_pot)),
            ("staked by all nodes", sum(books.stake_owed())),
        ],
        vec![
            ("in the bounty pot", money(books.bounty_pot)),
            ("owed from it", sum(books.bounty_owed())),
            ("funded and from slashes", sum(came)),
            (
                "available, reserved, paid, migrated",
                total(&mut went.into_iter()),
            ),
        ],
        vec![
            ("total stake in the task", money(task.total_stake)),
            ("sum over its nodes", sum(books.stake_owed())),
            ("nodes in the task", task.node_count.to_string()),
            ("stake accounts", books.stakes.len().to_string()),
        ],
        vec![
            ("open audits and resolved ones", audits.count().to_string()),
            ("votes on them", books.votes.len().to_string()),
        ],
        vec![
            ("open cycles", books.cycles.len().to_string()),
            ("owed by them", total(&mut owed.into_iter())),
            ("paid by them", total(&mut paid.into_iter())),
        ],
        vec![("nodes added up", books.stakes.len().to_string())],
    ]
}
