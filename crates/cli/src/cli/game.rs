//! A played game as one file: `gradual simulate --report`.

use super::{Failure, path::Written};
use gradual_consensus_client::books::Books;
use gradual_consensus_dashboard::{
    history::{History, HistoryError, Transaction},
    report::{Game, Player, report},
};
use gradual_consensus_simulation::{Config, Logic, Report, Seen, watch};
use std::path::Path;

/// Notes a game while it is played.
struct Notes {
    history: History,
    transactions: u64,
    end: Option<(u64, Books)>,
    /// The first failure: the game goes on without notes then.
    failed: Option<HistoryError>,
}

impl Notes {
    fn see(&mut self, seen: &Seen) {
        if self.failed.is_some() {
            return;
        }
        if let Err(error) = self.note(seen) {
            self.failed = Some(error);
        }
    }

    fn note(&mut self, seen: &Seen) -> Result<(), HistoryError> {
        match seen {
            Seen::Transaction(receipt) => {
                self.transactions = self.transactions.saturating_add(1);
                self.history.note(&Transaction {
                    signature: self.transactions.to_string(),
                    slot: receipt.slot,
                    time: None,
                    logs: receipt.logs.clone(),
                })?;
            }
            Seen::Moment(slot, books, _) => {
                self.history.look(*slot, books)?;
                self.end = Some((*slot, (*books).clone()));
            }
        }
        Ok(())
    }
}

/// Plays a game and writes its page to `file`.
///
/// # Errors
/// Bad input: the file cannot be written. Or the game's.
pub(super) fn play(
    config: &Config,
    logic: Logic,
    progress: impl FnMut(u64, u64),
    file: &Path,
) -> Result<Report, Failure> {
    let file = Written::new("--report", file)?;
    let mut notes = Notes {
        history: History::in_memory()?,
        transactions: 0,
        end: None,
        failed: None,
    };
    let played = watch(config, logic, progress, |seen| notes.see(&seen))?;
    if let Some(error) = notes.failed {
        return Err(error.into());
    }
    let players: Vec<Player> = played
        .nodes
        .iter()
        .map(|node| Player {
            node: node.node,
            behaviour: node.behaviour.to_string(),
        })
        .collect();
    let Some((slot, books)) = &notes.end else {
        return Err(Failure::Failed("nothing was played".into()));
    };
    let text = report(&Game {
        summary: format!(
            "{} nodes, {} of them dishonest, work for {} rounds; seed {}, the {} program. The books {}.",
            config.nodes,
            config.dishonest,
            config.rounds,
            config.seed,
            played.program,
            if played.books_balance {
                "balance to the last base unit"
            } else {
                "do not balance"
            }
        ),
        players: &players,
        end: (*slot, books),
        history: &notes.history,
    })?;
    file.write(&text)?;
    Ok(played)
}
