//! How many submissions a second a cluster takes, beside as many plain transfers, sent the same way.
//!
//! Nodes of their own play in a task of their own. Their keys follow from the payer's, so that what a
//! run that was broken off left with them is found by the next one. At the end all accounts are
//! closed, and all SOL but the fees goes back to the payer.

use gradual_consensus::{
    TaskParams, TaskTexts,
    rules::schedule::Schedule,
    state::{Cycle, NodeStake, Submission, Task},
};
use gradual_consensus_client::{
    account::{self, FullSubmission},
    address,
    instruction::{self, TaskTokens},
    ledger::{Ledger, LedgerError},
    packing::packed,
    rpc::RpcLedger,
};
use serde::Serialize;
use solana_sdk::{
    instruction::Instruction,
    program_pack::Pack,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use solana_sha256_hasher::hashv;
use solana_system_interface::instruction::transfer;
use spl_associated_token_account_interface::{
    address::get_associated_token_address, instruction::create_associated_token_account_idempotent,
};
use spl_token_interface::{
    instruction::{close_account, sync_native},
    native_mint,
    state::Account as TokenAccount,
};
use std::{
    fmt,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};
use thiserror::Error;

/// What a node stakes, in lamports: the task's minimum.
const STAKE: u64 = 10_000;
/// Bytes of a proof: those of a digest.
const PROOF: usize = 32;
/// Lamports for the fees of one transaction, at the highest price that is paid for priority.
const FEE: u64 = 50_000;
/// Transactions that a node sends beside its submissions and transfers.
const OTHER_TRANSACTIONS: u64 = 8;
/// How often a transaction is sent that did not land.
const ATTEMPTS: u32 = 3;
/// How long the pace of slots is measured.
const MEASURED: Duration = Duration::from_secs(3);
/// Between two looks at the slot.
const LOOK: Duration = Duration::from_millis(20);
/// The time to submit in: this, and a second for so many nodes.
const WINDOW: Duration = Duration::from_secs(6);
const NODES_A_SECOND: u32 = 8;
/// Transfers of SOL from nodes that fit into one transaction, with a signature each.
const SWEPT_AT_ONCE: usize = 8;

/// Why there are no figures.
#[derive(Debug, Error)]
pub enum BenchError {
    /// The cluster's.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// It takes more SOL than the payer has.
    #[error(
        "this takes {needed} lamports, most of which come back, and {payer} has {held}: send it some"
    )]
    TooPoor {
        /// Who pays.
        payer: Pubkey,
        /// What it has.
        held: u64,
        /// What it needs.
        needed: u64,
    },
    /// An account that was just made is not there.
    #[error("{0} is not on the cluster, which had just confirmed it: try another RPC")]
    Missing(Pubkey),
    /// Something failed that all nodes must do.
    #[error("{what}: {failed} of {of} nodes failed: {first}")]
    Failed {
        /// What was done.
        what: &'static str,
        /// How many failed.
        failed: usize,
        /// Of how many.
        of: usize,
        /// What the first of them said.
        first: String,
    },
    /// A number that cannot be counted with.
    #[error("so many nodes and rounds cannot be counted: use fewer")]
    Overflow,
}

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Nodes that submit at the same time.
    pub nodes: u16,
    /// How often they do.
    pub rounds: u16,
}

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
    /// Confirmed transactions by that time.
    pub per_second: f64,
    /// What the first that failed said.
    pub failure: Option<String>,
}

/// One round: its submissions, from the moment at which the window opens, and as many transfers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CycleFigures {
    /// The submissions.
    pub submissions: Burst,
    /// The transfers.
    pub transfers: Burst,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Nodes that submitted at the same time.
    pub nodes: u16,
    /// Milliseconds that a slot took.
    pub slot_milliseconds: u64,
    /// Each round.
    pub rounds: Vec<CycleFigures>,
    /// Submissions confirmed a second, all rounds together.
    pub submissions_per_second: f64,
    /// Transfers confirmed a second, likewise.
    pub transfers_per_second: f64,
    /// The former in percent of the latter.
    pub percent: f64,
    /// Lamports that the run cost the payer: fees.
    pub cost: u64,
}

impl Burst {
    fn of(outcomes: Vec<Outcome>) -> Self {
        let mut burst = Self {
            sent: outcomes.len(),
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
fn per_second<'a>(bursts: impl IntoIterator<Item = &'a Burst>) -> f64 {
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

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        writeln!(
            out,
            "{} nodes, slots of {} ms\n{:<16} {:>9} {:>9} {:>9} {:>11} {:>8}",
            self.nodes,
            self.slot_milliseconds,
            "round",
            "confirmed",
            "median s",
            "last s",
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
                    "{:<16} {:>9} {:>9.2} {:>9.2} {:>11.1} {:>8}",
                    format!("{number} {name}"),
                    burst.confirmed,
                    burst.median_seconds,
                    burst.seconds,
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
        )
    }
}

/// What became of one transaction of a burst.
struct Outcome {
    /// When it was confirmed, from the beginning; or why it was not.
    result: Result<Duration, String>,
    retries: u32,
}

/// Measures. `progress` is told what is done now.
///
/// # Errors
/// [`BenchError`]; what was not given back is found by the next run with the same payer, but for what was
/// staked, up to [`STAKE`] lamports and the rent of its accounts a node.
pub fn run(
    ledger: &RpcLedger,
    payer: &Keypair,
    plan: Plan,
    mut progress: impl FnMut(&str),
) -> Result<Figures, BenchError> {
    progress("measuring slots");
    let slot_time = slot_time(ledger)?;
    let nodes: Vec<Keypair> = (0..plan.nodes)
        .map(|number| node_key(payer, number))
        .collect();
    // Some may have SOL from a run that was broken off.
    let before = all_lamports(ledger, payer, &nodes)?;
    progress("giving SOL to nodes");
    fund(ledger, payer, &nodes, plan)?;
    progress("creating a task");
    let mut bench = Bench::create(ledger, payer, nodes, slot_time)?;
    progress("staking");
    bench.stake()?;
    let mut rounds = Vec::new();
    // What is staked in round 0 is active from round 2 on.
    for window_round in (2..).take(plan.rounds.into()) {
        progress(&format!("round {} of {}", rounds.len() + 1, plan.rounds));
        rounds.push(bench.round(window_round)?);
    }
    progress("waiting until all can be closed");
    bench.close(u64::from(plan.rounds))?;
    progress("giving SOL back");
    sweep(ledger, payer, &bench.nodes)?;
    let after = all_lamports(ledger, payer, &bench.nodes)?;

    let submissions_per_second = per_second(rounds.iter().map(|round| &round.submissions));
    let transfers_per_second = per_second(rounds.iter().map(|round| &round.transfers));
    Ok(Figures {
        nodes: plan.nodes,
        slot_milliseconds: u64::try_from(slot_time.as_millis()).unwrap_or(u64::MAX),
        rounds,
        submissions_per_second,
        transfers_per_second,
        percent: if transfers_per_second > 0.0 {
            100.0 * submissions_per_second / transfers_per_second
        } else {
            0.0
        },
        cost: before.saturating_sub(after),
    })
}

/// The key of node `number`: nobody can make it who has not the payer's.
fn node_key(payer: &Keypair, number: u16) -> Keypair {
    let secret = payer.to_bytes();
    let (number, what) = (number.to_le_bytes(), b"gradual bench node");
    Keypair::new_from_array(hashv(&[what, &secret, &number]).to_bytes())
}

fn lamports(ledger: &RpcLedger, address: &Pubkey) -> Result<u64, LedgerError> {
    let found = ledger.accounts(&[*address])?;
    let account = found.into_iter().flatten().next();
    Ok(account.map_or(0, |account| account.lamports))
}

/// What the payer and the nodes have together.
fn all_lamports(
    ledger: &RpcLedger,
    payer: &Keypair,
    nodes: &[Keypair],
) -> Result<u64, LedgerError> {
    let keys: Vec<Pubkey> = nodes.iter().chain([payer]).map(Keypair::pubkey).collect();
    let accounts = ledger.accounts(&keys)?;
    let lamports = accounts.iter().flatten().map(|account| account.lamports);
    Ok(lamports.fold(0, u64::saturating_add))
}

fn rent(ledger: &RpcLedger, bytes: usize) -> Result<u64, LedgerError> {
    ledger.call(|client| client.get_minimum_balance_for_rent_exemption(bytes))
}

fn slot_time(ledger: &RpcLedger) -> Result<Duration, LedgerError> {
    let (first, begun) = (ledger.slot()?, Instant::now());
    loop {
        thread::sleep(LOOK);
        let slots = ledger.slot()?.saturating_sub(first);
        if begun.elapsed() >= MEASURED && slots > 0 {
            let slots = u32::try_from(slots).unwrap_or(u32::MAX);
            return Ok(begun.elapsed().checked_div(slots).unwrap_or(MEASURED));
        }
    }
}

fn wait_until(ledger: &RpcLedger, slot: u64) -> Result<(), LedgerError> {
    while ledger.slot()? < slot {
        thread::sleep(LOOK);
    }
    Ok(())
}

/// Brings every node to what it will need at most at any time.
fn fund(
    ledger: &RpcLedger,
    payer: &Keypair,
    nodes: &[Keypair],
    plan: Plan,
) -> Result<(), BenchError> {
    let rounds = u64::from(plan.rounds);
    let transactions = rounds
        .checked_mul(2)
        .and_then(|both| both.checked_add(OTHER_TRANSACTIONS));
    let parts = [
        Some(STAKE),
        Some(rent(ledger, 0)?),
        Some(rent(ledger, NodeStake::SPACE)?),
        Some(rent(ledger, TokenAccount::LEN)?),
        rent(ledger, Submission::SPACE + PROOF)?.checked_mul(rounds),
        // Whoever is first opens the round.
        rent(ledger, Cycle::SPACE)?.checked_mul(rounds),
        transactions.and_then(|count| count.checked_mul(FEE)),
    ];
    let sum = |parts: &[Option<u64>]| {
        let mut parts = parts.iter();
        parts.try_fold(0u64, |sum, part| sum.checked_add((*part)?))
    };
    let each = sum(&parts).ok_or(BenchError::Overflow)?;
    let me = payer.pubkey();
    let keys: Vec<Pubkey> = nodes.iter().map(Keypair::pubkey).collect();
    let held = ledger.accounts(&keys)?;
    let missing = keys.iter().zip(held).filter_map(|(node, account)| {
        let held = account.map_or(0, |account| account.lamports);
        let missing = each.saturating_sub(held);
        (missing > 0).then_some((*node, missing))
    });
    let missing: Vec<(Pubkey, u64)> = missing.collect();
    let amounts: Vec<Option<u64>> = missing.iter().map(|(_, amount)| Some(*amount)).collect();
    // The task's own rent and fees are small beside a node's.
    let needed = sum(&amounts).and_then(|sum| sum.checked_add(each));
    let (needed, held) = (needed.ok_or(BenchError::Overflow)?, lamports(ledger, &me)?);
    if held < needed {
        return Err(BenchError::TooPoor {
            payer: me,
            held,
            needed,
        });
    }
    let gifts = missing
        .iter()
        .map(|(node, amount)| transfer(&me, node, *amount));
    for batch in packed(&me, gifts.collect()) {
        ledger.send(&batch, &[payer])?;
    }
    Ok(())
}

/// Gives back all that nodes have.
fn sweep(ledger: &RpcLedger, payer: &Keypair, nodes: &[Keypair]) -> Result<(), BenchError> {
    let me = payer.pubkey();
    for batch in nodes.chunks(SWEPT_AT_ONCE) {
        let keys: Vec<Pubkey> = batch.iter().map(Keypair::pubkey).collect();
        let held = ledger.accounts(&keys)?;
        let mut signers = vec![payer];
        let mut gifts = Vec::new();
        for (node, account) in batch.iter().zip(held) {
            if let Some(account) = account {
                gifts.push(transfer(&node.pubkey(), &me, account.lamports));
                signers.push(node);
            }
        }
        if !gifts.is_empty() {
            ledger.send(&gifts, &signers)?;
        }
    }
    Ok(())
}

/// The task that is played for measuring, and its nodes.
struct Bench<'a> {
    ledger: &'a RpcLedger,
    payer: &'a Keypair,
    nodes: Vec<Keypair>,
    tokens: TaskTokens,
    schedule: Schedule,
}

impl<'a> Bench<'a> {
    /// Creates a task in rounds of two halves: one to submit in, one for the transfers.
    fn create(
        ledger: &'a RpcLedger,
        payer: &'a Keypair,
        nodes: Vec<Keypair>,
        slot_time: Duration,
    ) -> Result<Self, BenchError> {
        const AUDIT: u64 = 2;
        let count = u32::try_from(nodes.len()).map_err(|_| BenchError::Overflow)?;
        let window = WINDOW + Duration::from_secs(u64::from(count / NODES_A_SECOND));
        let slots = window.as_micros().div_ceil(slot_time.as_micros().max(1));
        let submission = u64::try_from(slots).map_err(|_| BenchError::Overflow)?;
        let slot = ledger.slot()?;
        let starting_slot = slot.saturating_add(submission);
        let params = TaskParams {
            starting_slot: Some(starting_slot),
            round_time: submission.saturating_mul(2).saturating_add(2 * AUDIT),
            submission_window: submission,
            audit_window: AUDIT,
            minimum_stake_amount: STAKE,
            bounty_amount_per_round: 1,
            claim_window: 1,
            // A cycle without a list is over after its one attempt.
            allowed_failed_distributions: 0,
            ..TaskParams::default()
        };
        let texts = TaskTexts {
            name: "bench".into(),
            ..TaskTexts::default()
        };
        // A number that this key has not used: slots do not come back.
        let (me, task_id) = (payer.pubkey(), slot);
        let (mint, program) = (native_mint::ID, spl_token_interface::ID);
        let create = instruction::create_task(me, task_id, mint, program, params, texts);
        ledger.send(&[create], &[payer])?;
        let task = address::task(&me, task_id);
        let data: Task = account::fetch(ledger, &task)?.ok_or(BenchError::Missing(task))?;
        Ok(Self {
            ledger,
            payer,
            nodes,
            tokens: TaskTokens::of(task, &data),
            schedule: data.schedule,
        })
    }

    fn stake(&self) -> Result<(), BenchError> {
        let stakes = self.burst(|_, node| vec![staking(self.tokens, node)]);
        complete("staking", &stakes)
    }

    /// The submissions of one window, and as many transfers after them.
    fn round(&self, window_round: u64) -> Result<CycleFigures, BenchError> {
        let task = self.tokens.task;
        let cycle = window_round.checked_sub(1).ok_or(BenchError::Overflow)?;
        let window = self.schedule.submission_window(window_round);
        let window = window.ok_or(BenchError::Overflow)?;
        wait_until(self.ledger, window.start)?;
        let submissions = self.burst(|_, node| {
            let value = hashv(&[node.as_ref(), &cycle.to_le_bytes()]).to_bytes();
            vec![vec![instruction::submit(
                task,
                node,
                node,
                cycle,
                value.to_vec(),
            )]]
        });
        wait_until(self.ledger, self.ledger.slot()?.saturating_add(1))?;
        let transfers = self.burst(|_, node| {
            let me = self.payer.pubkey();
            vec![vec![transfer(&node, &me, 1)]]
        });
        Ok(CycleFigures {
            submissions: Burst::of(submissions),
            transfers: Burst::of(transfers),
        })
    }

    /// Closes all that `rounds` windows from round 2 on have opened, and takes the stakes out.
    fn close(&mut self, rounds: u64) -> Result<(), BenchError> {
        let task = self.tokens.task;
        let cycles = 1..=rounds;
        // The last cycle is settled, and its stakes are free, two rounds after its window's.
        let settled = rounds.checked_add(3);
        let settled = settled.and_then(|round| self.schedule.boundary(round));
        wait_until(self.ledger, settled.ok_or(BenchError::Overflow)?)?;
        let mut closings: Vec<Vec<Instruction>> = vec![Vec::new(); self.nodes.len()];
        for cycle in cycles.clone() {
            let round = address::cycle(&task, cycle);
            let submissions: Vec<Pubkey> = (self.nodes.iter())
                .map(|node| address::submission(&round, &node.pubkey()))
                .collect();
            let found = self.ledger.accounts(&submissions)?;
            for ((address, account), closings) in submissions.iter().zip(found).zip(&mut closings) {
                let submission: Option<FullSubmission> = account.as_ref().and_then(account::decode);
                closings.extend(submission.map(|submission| {
                    instruction::close_subject(*address, &submission.header.subject)
                }));
            }
        }
        let closed = self.burst(|number, node| {
            let closings = closings.get(number).cloned().unwrap_or_default();
            packed(&node, closings)
        });
        complete("closing submissions", &closed)?;
        let mut rounds = Vec::new();
        for cycle in cycles {
            let round: Option<Cycle> = account::fetch(self.ledger, &address::cycle(&task, cycle))?;
            rounds.extend(round.map(|round| instruction::close_cycle(&round)));
        }
        for batch in packed(&self.payer.pubkey(), rounds) {
            self.ledger.send(&batch, &[self.payer])?;
        }
        let left = self.burst(|_, node| vec![leaving(self.tokens, node)]);
        complete("taking stakes out", &left)?;
        let me = self.payer.pubkey();
        let mut ending = vec![instruction::set_active(task, me, false)];
        let state: Option<Task> = account::fetch(self.ledger, &task)?;
        // Nobody funded it: nothing is paid to the account that it names.
        ending.extend(state.map(|state| instruction::close_task(task, &state, me, me)));
        self.ledger.send(&ending, &[self.payer])?;
        Ok(())
    }

    /// Has all nodes send, at the same moment, what `transactions` has for them, one after another.
    fn burst(&self, transactions: impl Fn(usize, Pubkey) -> Vec<Vec<Instruction>>) -> Vec<Outcome> {
        let start = Barrier::new(self.nodes.len());
        thread::scope(|scope| {
            let senders: Vec<_> = (self.nodes.iter().enumerate())
                .map(|(number, node)| {
                    let transactions = transactions(number, node.pubkey());
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        let begun = Instant::now();
                        let mut outcome = Outcome {
                            result: Ok(Duration::ZERO),
                            retries: 0,
                        };
                        for transaction in transactions {
                            self.send(&transaction, node, &mut outcome);
                        }
                        outcome.result = outcome.result.map(|_| begun.elapsed());
                        outcome
                    })
                })
                .collect();
            let panicked = || Outcome {
                result: Err("a thread of the bench panicked".into()),
                retries: 0,
            };
            let outcomes = senders.into_iter().map(|sender| sender.join());
            outcomes
                .map(|outcome| outcome.unwrap_or_else(|_| panicked()))
                .collect()
        })
    }

    /// Sends one transaction until it is confirmed or refused.
    fn send(&self, instructions: &[Instruction], node: &Keypair, outcome: &mut Outcome) {
        let mut attempt = 1;
        while outcome.result.is_ok() {
            match self.ledger.send(instructions, &[node]) {
                Ok(receipt) => {
                    let again = receipt.broadcasts.saturating_sub(1);
                    outcome.retries = outcome.retries.saturating_add(again);
                    return;
                }
                Err(LedgerError::Unavailable(_)) if attempt < ATTEMPTS => {
                    attempt += 1;
                    outcome.retries = outcome.retries.saturating_add(1);
                }
                Err(error) => outcome.result = Err(error.to_string()),
            }
        }
    }
}

fn complete(what: &'static str, outcomes: &[Outcome]) -> Result<(), BenchError> {
    let mut failures = outcomes
        .iter()
        .filter_map(|outcome| outcome.result.as_ref().err());
    match failures.next() {
        None => Ok(()),
        Some(first) => Err(BenchError::Failed {
            what,
            failed: failures.count().saturating_add(1),
            of: outcomes.len(),
            first: first.clone(),
        }),
    }
}

/// What stakes [`STAKE`] lamports of `node`'s.
fn staking(tokens: TaskTokens, node: Pubkey) -> Vec<Instruction> {
    let wallet = get_associated_token_address(&node, &native_mint::ID);
    let mut all = vec![transfer(&node, &wallet, STAKE)];
    // It fails for another token program only.
    all.extend(sync_native(&spl_token_interface::ID, &wallet));
    all.push(instruction::stake(tokens, node, node, wallet, STAKE, None));
    in_wallet(&node, all)
}

/// What takes them out again, and closes the stake account.
fn leaving(tokens: TaskTokens, node: Pubkey) -> Vec<Instruction> {
    let wallet = get_associated_token_address(&node, &native_mint::ID);
    let withdraw = instruction::withdraw(tokens, node, wallet, STAKE);
    let leave = instruction::close_stake(tokens.task, node, node, node);
    in_wallet(&node, vec![withdraw, leave])
}

/// `instructions` between the opening and the closing of `node`'s wallet of wrapped SOL.
fn in_wallet(node: &Pubkey, instructions: Vec<Instruction>) -> Vec<Instruction> {
    let (mint, program) = (native_mint::ID, spl_token_interface::ID);
    let wallet = get_associated_token_address(node, &mint);
    let mut all = vec![create_associated_token_account_idempotent(
        node, node, &mint, &program,
    )];
    all.extend(instructions);
    // It fails for another token program only.
    all.extend(close_account(&program, &wallet, node, node, &[]));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let burst = Burst::of(vec![outcome(4), outcome(1), outcome(2), failed]);
        assert_eq!((burst.sent, burst.confirmed, burst.retries), (4, 3, 5));
        assert_eq!((burst.median_seconds, burst.seconds), (2.0, 4.0));
        assert_eq!(burst.per_second, 0.75);
        assert_eq!(burst.failure.as_deref(), Some("no"));
        assert_eq!(per_second([&burst, &burst]), 0.75);
        assert_eq!(Burst::of(vec![]).per_second, 0.0);
    }

    #[test]
    fn keys_of_nodes_follow_from_the_payers_and_differ() {
        let [one, other] = [[1; 32], [2; 32]].map(Keypair::new_from_array);
        let key = |payer, number| node_key(payer, number).pubkey();
        assert_eq!(key(&one, 0), key(&one, 0));
        assert_ne!(key(&one, 0), key(&one, 1));
        assert_ne!(key(&one, 0), key(&other, 0));
    }

    #[test]
    fn what_a_node_sends_at_once_fits_into_a_transaction() {
        let [task, node] = [Pubkey::new_unique(), Pubkey::new_unique()];
        let tokens = TaskTokens {
            task,
            mint: native_mint::ID,
            token_program: spl_token_interface::ID,
        };
        assert_eq!(
            packed(&node, staking(tokens, node)),
            [staking(tokens, node)]
        );
        assert_eq!(
            packed(&node, leaving(tokens, node)),
            [leaving(tokens, node)]
        );
    }
}
