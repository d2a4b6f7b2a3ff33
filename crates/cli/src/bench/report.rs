//! The figures, for people and for programs.

use gradual_consensus_client::{ledger::LedgerError, rpc::Landed};
use serde::{Serialize, Serializer};
use std::{fmt, time::Duration};

/// What begins or ends within a slot counts for little in a burst that is as long as this.
const LEAST_SLOTS: u64 = 20;

/// Many transactions sent at the same time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Burst {
    /// How many were sent.
    pub sent: usize,
    /// How many of them were confirmed.
    pub confirmed: usize,
    /// How often one had to be sent again.
    pub retries: u32,
    /// Seconds from the beginning until half of them were confirmed.
    pub median_seconds: f64,
    /// Seconds from the beginning until the last was.
    pub seconds: f64,
    /// Slots from the beginning until it was known of all what became of them.
    pub slots: u64,
    /// Confirmed transactions by that time.
    pub per_second: f64,
    /// The error of the first that failed.
    pub failure: Option<String>,
}

/// One round: its submissions, from the moment at which the window opens, and as many transfers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoundFigures {
    /// The submissions.
    pub submissions: Burst,
    /// The transfers.
    pub transfers: Burst,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Nodes that submitted.
    pub nodes: u16,
    /// Transactions that were under way at the same time at most.
    pub concurrency: u16,
    /// Milliseconds that a slot took.
    pub slot_milliseconds: u64,
    /// Each round.
    pub rounds: Vec<RoundFigures>,
    /// Submissions confirmed a second, all rounds together.
    pub submissions_per_second: f64,
    /// Transfers confirmed a second, all rounds together.
    pub transfers_per_second: f64,
    /// Submissions a second in percent of transfers a second.
    pub percent: f64,
    /// Lamports that the run cost the payer: fees.
    #[serde(serialize_with = "as_amount")]
    pub cost: u64,
}

/// As every other amount is told to programs.
fn as_amount<S: Serializer>(lamports: &u64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(lamports)
}

/// The outcome of one transaction of a burst.
pub(super) struct Outcome {
    /// The time from the beginning to its confirmation, or why it failed.
    pub(super) result: Result<Duration, String>,
    /// How often it had to be sent again.
    pub(super) retries: u32,
}

impl Outcome {
    /// That of a transaction which was sent so long `after` the beginning, after it had failed to get through in so many
    /// `attempts`.
    pub(super) fn of(landed: Result<Landed, LedgerError>, after: Duration, attempts: u32) -> Self {
        let broadcasts = landed.as_ref().map_or(1, |one| one.receipt.broadcasts);
        let landed = landed.map(|one| after.saturating_add(one.after));
        Self {
            retries: broadcasts.saturating_sub(1).saturating_add(attempts),
            result: landed.map_err(|error| error.to_string()),
        }
    }
}

impl Burst {
    /// Sums up the outcomes of all transactions, after `slots`.
    pub(super) fn of(outcomes: Vec<Outcome>, slots: u64) -> Self {
        let mut burst = Self {
            sent: outcomes.len(),
            slots,
            ..Self::default()
        };
        let mut seconds = Vec::new();
        for outcome in outcomes {
            burst.retries = burst.retries.saturating_add(outcome.retries);
            match outcome.result {
                Ok(after) => seconds.push(after.as_secs_f64()),
                Err(error) => drop(burst.failure.get_or_insert(error)),
            }
        }
        seconds.sort_by(f64::total_cmp);
        burst.confirmed = seconds.len();
        burst.median_seconds = seconds.get(seconds.len() / 2).copied().unwrap_or(0.0);
        burst.seconds = seconds.last().copied().unwrap_or(0.0);
        burst.per_second = per_second([&burst]);
        burst
    }
}

/// Confirmed transactions a second, all `bursts` together.
pub(super) fn per_second<'a>(bursts: impl IntoIterator<Item = &'a Burst>) -> f64 {
    let (mut confirmed, mut seconds) = (0.0, 0.0);
    for burst in bursts {
        confirmed += burst.confirmed as f64;
        seconds += burst.seconds;
    }
    if seconds > 0.0 {
        confirmed / seconds
    } else {
        0.0
    }
}

impl Figures {
    /// Slots of the shortest burst.
    fn shortest_burst(&self) -> u64 {
        let bursts = (self.rounds.iter()).flat_map(|round| [&round.submissions, &round.transfers]);
        let bursts = bursts.filter(|burst| burst.confirmed > 0);
        bursts.map(|burst| burst.slots).min().unwrap_or(LEAST_SLOTS)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        writeln!(
            out,
            "{} nodes, {} transactions at a time, slots of {} ms\n{:<16} {:>9} {:>9} {:>9} {:>6} {:>11} {:>8}",
            self.nodes,
            self.nodes.min(self.concurrency),
            self.slot_milliseconds,
            "round",
            "confirmed",
            "median s",
            "last s",
            "slots",
            "per second",
            "retries"
        )?;
        for (number, round) in (1..).zip(&self.rounds) {
            for (name, burst) in [
                ("submissions", &round.submissions),
                ("transfers", &round.transfers),
            ] {
                writeln!(
                    out,
                    "{:<16} {:>9} {:>9.2} {:>9.2} {:>6} {:>11.1} {:>8}",
                    format!("{number} {name}"),
                    burst.confirmed,
                    burst.median_seconds,
                    burst.seconds,
                    burst.slots,
                    burst.per_second,
                    burst.retries
                )?;
                if let Some(failure) = &burst.failure {
                    let failed = burst.sent.saturating_sub(burst.confirmed);
                    writeln!(out, "  {failed} failed: {failure}")?;
                }
            }
        }
        write!(
            out,
            "{:.1} submissions a second, {:.1} transfers: {:.0} %\n{} lamports of fees",
            self.submissions_per_second, self.transfers_per_second, self.percent, self.cost
        )?;
        if self.shortest_burst() < LEAST_SLOTS {
            write!(
                out,
                "\na burst of fewer than {LEAST_SLOTS} slots depends on where in a slot it began: --nodes makes it longer"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradual_consensus_client::ledger::Receipt;

    #[test]
    fn a_burst_is_as_fast_as_its_last_transaction() {
        let outcome = |seconds| Outcome {
            result: Ok(Duration::from_secs(seconds)),
            retries: 1,
        };
        let failed = Outcome {
            result: Err("no".into()),
            retries: 2,
        };
        let burst = Burst::of(vec![outcome(4), outcome(1), outcome(2), failed], 10);
        assert_eq!((burst.sent, burst.confirmed, burst.retries), (4, 3, 5));
        assert_eq!(burst.slots, 10);
        assert_eq!((burst.median_seconds, burst.seconds), (2.0, 4.0));
        assert_eq!(burst.per_second, 0.75);
        assert_eq!(burst.failure.as_deref(), Some("no"));
        assert_eq!(per_second([&burst, &burst]), 0.75);
        assert_eq!(Burst::of(vec![], 0).per_second, 0.0);
    }

    #[test]
    fn what_had_to_be_sent_again_took_all_the_time_since_the_beginning() {
        let landed = Landed {
            receipt: Receipt {
                slot: 7,
                compute_units: 1,
                logs: vec![],
                signature: None,
                broadcasts: 3,
            },
            after: Duration::from_secs(2),
        };
        let outcome = Outcome::of(Ok(landed), Duration::from_secs(5), 1);
        assert_eq!(outcome.result, Ok(Duration::from_secs(7)));
        assert_eq!(outcome.retries, 2 + 1);
        let gone = LedgerError::Unavailable("gone".into());
        let outcome = Outcome::of(Err(gone), Duration::ZERO, 2);
        assert!(outcome.result.unwrap_err().contains("gone"));
        assert_eq!(outcome.retries, 2);
    }

    #[test]
    fn figures_of_short_bursts_say_what_they_are_worth() {
        let confirmed = |count| {
            let outcomes = (0..count).map(|_| Outcome {
                result: Ok(Duration::ZERO),
                retries: 0,
            });
            outcomes.collect()
        };
        let figures = |slots, count| Figures {
            nodes: 20,
            concurrency: 256,
            slot_milliseconds: 400,
            rounds: vec![RoundFigures {
                submissions: Burst::of(confirmed(count), slots),
                transfers: Burst::of(confirmed(1), LEAST_SLOTS),
            }],
            submissions_per_second: 0.0,
            transfers_per_second: 0.0,
            percent: 0.0,
            cost: 0,
        };
        let warned = |(slots, count)| {
            let text = figures(slots, count).to_string();
            text.contains("fewer than 20 slots")
        };
        // Of what was not sent nothing is short.
        assert_eq!([(19, 1), (20, 1), (0, 0)].map(warned), [true, false, false]);
    }
}
