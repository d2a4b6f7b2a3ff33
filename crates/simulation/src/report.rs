//! The report of a simulation: cycles from the program's events, nodes and bounty from the accounts at the
//! end.

use super::Behaviour;
use gradual_consensus::{rules::verdict::Verdict, state::Audit};
use gradual_consensus_client::{books::Books, event::Event};
use gradual_consensus_testkit::Build;
use serde::{Serialize, Serializer};
use solana_sdk::pubkey::Pubkey;
use std::{collections::BTreeMap, fmt};

/// The whole report; amounts are base units, and strings in JSON: many languages round numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The build of the program that ran: `native` or `sbf`.
    pub program: &'static str,
    /// The cycles, in order.
    pub cycles: Vec<CycleReport>,
    /// The nodes, in the order in which they joined.
    pub nodes: Vec<NodeReport>,
    /// The bounty.
    pub bounty: BountyReport,
    /// Compute units by instruction; empty where the native build ran, which is not metered.
    pub compute_units: BTreeMap<&'static str, ComputeReport>,
    /// What honest nodes could not do, and why, such as where the logic fails.
    pub failures: Vec<FailureReport>,
    /// Transactions that succeeded.
    pub transactions: u64,
    /// Whether I1 to I6 held to the last base unit, each time the clock moved and at the end; computed
    /// from accounts and pots.
    pub books_balance: bool,
}

/// One cycle. Audits are those of its submissions and of its lists.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CycleReport {
    /// Its number.
    pub cycle: u64,
    /// What was set aside for it.
    #[serde(serialize_with = "as_text")]
    pub bounty: u64,
    /// Submissions made.
    pub submissions: u64,
    /// Audits opened.
    pub challenged: u64,
    /// Audits upheld: an author was slashed.
    pub upheld: u64,
    /// Audits dismissed: a challenger was slashed.
    pub dismissed: u64,
    /// Audits left undecided: nobody was slashed.
    pub undecided: u64,
    /// Stake that was slashed.
    #[serde(serialize_with = "as_text")]
    pub slashed: u64,
    /// The last list proposed, if there is one.
    pub list: Option<ListReport>,
    /// Bounty that was paid.
    #[serde(serialize_with = "as_text")]
    pub paid: u64,
    /// Submissions that were paid in equal shares, since no list was accepted.
    pub equal_shares: u64,
}

/// A distribution list.
#[derive(Clone, Debug, Serialize)]
pub struct ListReport {
    /// Who proposed it.
    #[serde(serialize_with = "as_text")]
    pub proposer: Pubkey,
    /// The attempt, from 0.
    pub attempt: u8,
    /// Its sum.
    #[serde(serialize_with = "as_text")]
    pub total: u64,
    /// Whether it was accepted.
    pub accepted: bool,
}

/// One node, at the end.
#[derive(Clone, Debug, Serialize)]
pub struct NodeReport {
    /// The node.
    #[serde(serialize_with = "as_text")]
    pub node: Pubkey,
    /// How it behaved.
    pub behaviour: Behaviour,
    /// All that it has staked.
    #[serde(serialize_with = "as_text")]
    pub deposited: u64,
    /// The part of it that is left.
    #[serde(serialize_with = "as_text")]
    pub stake: u64,
    /// The part of it that was slashed.
    #[serde(serialize_with = "as_text")]
    pub slashed: u64,
    /// All that it was credited: rewards and shares of slashes.
    #[serde(serialize_with = "as_text")]
    pub earned: u64,
    /// The part of it that is not claimed yet.
    #[serde(serialize_with = "as_text")]
    pub available: u64,
    /// The part of it that was claimed.
    #[serde(serialize_with = "as_text")]
    pub claimed: u64,
}

/// The bounty, at the end.
#[derive(Clone, Debug, Serialize)]
pub struct BountyReport {
    /// All that was funded.
    #[serde(serialize_with = "as_text")]
    pub funded: u64,
    /// The part that is set aside for no cycle.
    #[serde(serialize_with = "as_text")]
    pub available: u64,
    /// The part that is set aside for open cycles.
    #[serde(serialize_with = "as_text")]
    pub reserved: u64,
    /// The part that cycles have paid.
    #[serde(serialize_with = "as_text")]
    pub paid: u64,
    /// What slashes added.
    #[serde(serialize_with = "as_text")]
    pub from_slashes: u64,
}

/// What honest nodes could not do.
#[derive(Clone, Debug, Serialize)]
pub struct FailureReport {
    /// What they tried.
    pub action: &'static str,
    /// How often it failed, over all nodes and tries.
    pub times: u64,
    /// Why it failed first.
    pub reason: String,
}

/// The cost of one instruction in compute units, over all its calls.
#[derive(Clone, Debug, Serialize)]
pub struct ComputeReport {
    /// How often it was sent.
    pub count: usize,
    /// The least.
    pub min: u64,
    /// The median.
    pub median: u64,
    /// The most.
    pub max: u64,
}

impl ComputeReport {
    /// Sums up `samples`; `None` if there are none.
    pub fn of(mut samples: Vec<u64>) -> Option<Self> {
        samples.sort_unstable();
        Some(Self {
            count: samples.len(),
            min: *samples.first()?,
            median: *samples.get(samples.len() / 2)?,
            max: *samples.last()?,
        })
    }
}

/// Addresses, and amounts: JSON readers keep whole numbers exact only up to 2^53.
fn as_text<S: Serializer>(value: &impl fmt::Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// What the program's events have reported so far.
#[derive(Default)]
pub(super) struct Journal {
    pub(super) transactions: u64,
    cycles: BTreeMap<u64, CycleReport>,
    units: BTreeMap<&'static str, Vec<u64>>,
    failures: BTreeMap<&'static str, FailureReport>,
}

impl Journal {
    pub(super) fn note_units(&mut self, instruction: &'static str, units: u64) {
        self.units.entry(instruction).or_default().push(units);
    }

    pub(super) fn note_failure(&mut self, action: &'static str, reason: &str) {
        let failure = self
            .failures
            .entry(action)
            .or_insert_with(|| FailureReport {
                action,
                times: 0,
                reason: reason.to_owned(),
            });
        failure.times += 1;
    }

    fn cycle(&mut self, number: u64) -> &mut CycleReport {
        self.cycles.entry(number).or_insert_with(|| CycleReport {
            cycle: number,
            ..CycleReport::default()
        })
    }

    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::CycleOpened(event) => self.cycle(event.cycle).bounty = event.bounty,
            Event::Submitted(event) => self.cycle(event.cycle).submissions += 1,
            Event::Audited(event) => self.cycle(event.cycle).challenged += u64::from(event.opened),
            Event::AuditResolved(event) => {
                let cycle = self.cycle(event.cycle);
                cycle.slashed += event.stake_before - event.stake_after;
                let audit = Audit {
                    outcome: event.outcome,
                    ..Audit::default()
                };
                match audit.verdict() {
                    Some(Verdict::Upheld) => cycle.upheld += 1,
                    Some(Verdict::Dismissed) => cycle.dismissed += 1,
                    _ => cycle.undecided += 1,
                }
            }
            Event::DistributionListSubmitted(event) => {
                self.cycle(event.cycle).list = Some(ListReport {
                    proposer: event.proposer,
                    attempt: event.attempt,
                    total: event.total,
                    accepted: false,
                });
            }
            Event::DistributionFinalized(event) => {
                if let Some(list) = &mut self.cycle(event.cycle).list {
                    list.accepted = event.accepted;
                }
            }
            Event::PaidOut(event) => self.cycle(event.cycle).paid += event.amount,
            Event::EqualSharePaid(event) => {
                let cycle = self.cycle(event.cycle);
                cycle.paid += event.amount;
                cycle.equal_shares += 1;
            }
            _ => (),
        }
    }
}

impl Report {
    pub(super) fn new(
        build: &Build,
        journal: Journal,
        nodes: &[(Pubkey, Behaviour)],
        books: &Books,
        balanced: bool,
    ) -> Self {
        let stakes: BTreeMap<Pubkey, _> = books
            .stakes
            .iter()
            .map(|stake| (stake.data.node, stake.data))
            .collect();
        let nodes = nodes
            .iter()
            .filter_map(|(node, behaviour)| {
                let stake = stakes.get(node)?;
                Some(NodeReport {
                    node: *node,
                    behaviour: *behaviour,
                    deposited: stake.deposited,
                    stake: stake.stake.total(),
                    slashed: stake.slashed,
                    earned: stake.earned,
                    available: stake.available_balance,
                    claimed: stake.claimed,
                })
            })
            .collect();
        let task = &books.task.data;
        Self {
            program: build.name(),
            cycles: journal.cycles.into_values().collect(),
            nodes,
            bounty: BountyReport {
                funded: task.bounty_funded,
                available: task.bounty_available,
                reserved: task.bounty_reserved,
                paid: books.bounty_paid(),
                from_slashes: task.bounty_from_slashes,
            },
            compute_units: journal
                .units
                .into_iter()
                .filter_map(|(name, samples)| Some((name, ComputeReport::of(samples)?)))
                .collect(),
            failures: journal.failures.into_values().collect(),
            transactions: journal.transactions,
            books_balance: balanced,
        }
    }
}

/// The first letters of an address, enough to tell nodes apart by eye.
fn short(key: &Pubkey) -> String {
    key.to_string().chars().take(8).collect()
}

impl Report {
    fn write_cycles(&self, out: &mut fmt::Formatter) -> fmt::Result {
        writeln!(
            out,
            "{:>5} {:>9} {:>10} {:>6} {:>9} {:>10}  {:<8} {:>7} {:>11}  {:<8} {:>11}",
            "cycle",
            "submitted",
            "challenged",
            "upheld",
            "dismissed",
            "slashed",
            "proposer",
            "attempt",
            "total",
            "list",
            "paid"
        )?;
        for cycle in &self.cycles {
            let (proposer, attempt, total, verdict) = match &cycle.list {
                None => ("-".into(), "-".into(), "-".into(), "none"),
                Some(list) => (
                    short(&list.proposer),
                    list.attempt.to_string(),
                    list.total.to_string(),
                    if list.accepted {
                        "accepted"
                    } else if cycle.equal_shares > 0 {
                        "failed"
                    } else {
                        "rejected"
                    },
                ),
            };
            writeln!(
                out,
                "{:>5} {:>9} {:>10} {:>6} {:>9} {:>10}  {:<8} {:>7} {:>11}  {:<8} {:>11}",
                cycle.cycle,
                cycle.submissions,
                cycle.challenged,
                cycle.upheld,
                cycle.dismissed,
                cycle.slashed,
                proposer,
                attempt,
                total,
                verdict,
                cycle.paid
            )?;
        }
        Ok(())
    }

    fn write_nodes(&self, out: &mut fmt::Formatter) -> fmt::Result {
        writeln!(
            out,
            "\n{:<8}  {:<15} {:>11} {:>11} {:>11} {:>11} {:>11} {:>11}",
            "node", "behaviour", "deposited", "stake", "slashed", "earned", "available", "claimed"
        )?;
        for node in &self.nodes {
            writeln!(
                out,
                "{:<8}  {:<15} {:>11} {:>11} {:>11} {:>11} {:>11} {:>11}",
                short(&node.node),
                node.behaviour,
                node.deposited,
                node.stake,
                node.slashed,
                node.earned,
                node.available,
                node.claimed
            )?;
        }
        Ok(())
    }

    fn write_bounty(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let bounty = &self.bounty;
        writeln!(
            out,
            "\nbounty: {} funded + {} from slashes - {} paid = {} available, {} reserved",
            bounty.funded, bounty.from_slashes, bounty.paid, bounty.available, bounty.reserved
        )
    }

    fn write_compute_units(&self, out: &mut fmt::Formatter) -> fmt::Result {
        if !self.compute_units.is_empty() {
            writeln!(
                out,
                "\n{:<25} {:>6} {:>7} {:>7} {:>7}",
                "compute units", "count", "min", "median", "max"
            )?;
        }
        for (name, units) in &self.compute_units {
            let ComputeReport {
                count,
                min,
                median,
                max,
            } = units;
            writeln!(out, "{name:<25} {count:>6} {min:>7} {median:>7} {max:>7}")?;
        }
        Ok(())
    }
}

impl Report {
    fn write_failures(&self, out: &mut fmt::Formatter) -> fmt::Result {
        if !self.failures.is_empty() {
            writeln!(
                out,
                "\nwhat honest nodes could not do, and why it failed first"
            )?;
        }
        for FailureReport {
            action,
            times,
            reason,
        } in &self.failures
        {
            writeln!(out, "{action}, {times} times: {reason}")?;
        }
        Ok(())
    }
}

impl Report {
    /// What to look at where honest nodes lost stake.
    fn write_honest_losses(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let nodes = self.nodes.iter();
        let honest = nodes.filter(|node| node.behaviour == Behaviour::Honest);
        let slashed = honest.filter(|node| node.slashed > 0).count();
        if slashed > 0 {
            writeln!(
                out,
                "\nhonest nodes that were slashed: {slashed}: the dishonest ones have the votes, or the logic calls honest \
                 work invalid, which gradual logic check shows"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        self.write_cycles(out)?;
        self.write_nodes(out)?;
        self.write_bounty(out)?;
        self.write_compute_units(out)?;
        self.write_failures(out)?;
        self.write_honest_losses(out)?;
        let balance = if self.books_balance {
            "balance to the last base unit"
        } else {
            "DO NOT BALANCE"
        };
        write!(
            out,
            "\namounts are in base units; {} transactions on the {} program; the books {balance}",
            self.transactions, self.program
        )
    }
}
