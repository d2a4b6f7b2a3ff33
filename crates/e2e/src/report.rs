//! What a run came to, for people and for programs.

use crate::{history::History, money::Money, phase::Course, verdict::Punished, world::World};
use serde_json::{Value, json};
use std::{fmt::Write, path::Path, time::Duration};

/// What was found out about a run.
pub struct Found {
    /// The faults that were punished.
    pub punished: Punished,
    /// Where its lamports are.
    pub money: Money,
    /// All that was not as it should be.
    pub findings: Vec<String>,
}

/// A run that was played to its end.
pub struct Report {
    course: Course,
    transactions: u64,
    failed_on_ledger: u64,
    failed_actions: u64,
    retries: u64,
    resent: u64,
    stall: Duration,
    outage: (Duration, String),
    paid: u64,
    wall: Duration,
    found: Found,
}

impl Report {
    /// Of what `world` has seen and the ledger's `history`.
    pub fn new(world: &World, course: Course, history: &History, found: Found) -> Self {
        let logs: Vec<_> = (world.nodes.iter())
            .map(|node| (node.log_summary(), node.name.clone()))
            .collect();
        let outages = logs
            .iter()
            .map(|(log, name)| (log.longest_outage, name.clone()));
        Self {
            course,
            transactions: history.succeeded,
            failed_on_ledger: history.failed.values().sum(),
            failed_actions: logs.iter().map(|(log, _)| log.failed).sum(),
            retries: logs.iter().map(|(log, _)| log.retries).sum(),
            resent: logs.iter().map(|(log, _)| log.resent).sum(),
            stall: world.pulse.longest_stall(),
            outage: outages.max().unwrap_or_default(),
            paid: history.named("PaidOut").count() as u64,
            wall: world.begun.elapsed(),
            found,
        }
    }

    /// All that was not as it should be.
    pub fn findings(&self) -> &[String] {
        &self.found.findings
    }

    /// For people.
    pub fn text(&self, home: &Path) -> String {
        let mut text = String::new();
        let mut line = |line: std::fmt::Arguments| {
            // Writing to a string cannot fail.
            let _written = writeln!(text, "{line}");
        };
        let Found {
            punished,
            money,
            findings,
        } = &self.found;
        let (first, last) = self.course.cycles;
        let seed = self.course.seed;
        line(format_args!("seed {seed}: cycles {first} to {last}"));
        for phase in &self.course.phases {
            line(format_args!(
                "  {:<10} rounds {:>2} to {:>2}, {:>3} s  {}",
                phase.name, phase.first_round, phase.last_round, phase.seconds, phase.what
            ));
        }
        line(format_args!(
            "{} payouts; slashed: {} wrong proofs, {} wrong lists, each once",
            self.paid, punished.proofs, punished.lists
        ));
        line(format_args!(
            "{} transactions, {} more failed on the ledger, {} were broadcast again; {} actions came \
             too late or failed, {} turns were tried again",
            self.transactions,
            self.failed_on_ledger,
            self.resent,
            self.failed_actions,
            self.retries
        ));
        line(format_args!(
            "longest stall of the cluster {:.1} s, longest outage of a node {:.1} s (node {})",
            self.stall.as_secs_f64(),
            self.outage.0.as_secs_f64(),
            self.outage.1
        ));
        let Money {
            given,
            held,
            fees,
            in_accounts,
            accounts: _,
        } = money;
        line(format_args!(
            "{given} lamports given = {held} held + {fees} of fees + {in_accounts} in accounts, {} lost",
            money.lost()
        ));
        line(format_args!("{} s in all", self.wall.as_secs()));
        for finding in findings {
            line(format_args!("FAILED {finding}"));
        }
        if !findings.is_empty() {
            line(format_args!("logs: {}", home.display()));
        }
        text
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let Found {
            punished,
            money,
            findings,
        } = &self.found;
        let phases = self.course.phases.iter().map(|phase| {
            json!({
                "phase": phase.name, "first_round": phase.first_round,
                "last_round": phase.last_round, "seconds": phase.seconds, "what": phase.what,
            })
        });
        json!({
            "seed": self.course.seed,
            "passed": findings.is_empty(),
            "phases": phases.collect::<Vec<_>>(),
            "first_cycle": self.course.cycles.0,
            "last_cycle": self.course.cycles.1,
            "payouts": self.paid,
            "slashed_proofs": punished.proofs,
            "slashed_lists": punished.lists,
            "transactions": self.transactions,
            "failed_transactions": self.failed_on_ledger,
            "failed_actions": self.failed_actions,
            "rebroadcasts": self.resent,
            "retries": self.retries,
            "longest_stall_seconds": self.stall.as_secs_f64(),
            "longest_outage_seconds": self.outage.0.as_secs_f64(),
            "longest_outage_of": self.outage.1,
            "lamports": {
                "given": money.given, "held": money.held, "fees": money.fees,
                "in_accounts": money.in_accounts, "lost": money.lost().to_string(),
            },
            "wall_seconds": self.wall.as_secs(),
            "findings": findings,
        })
    }
}
