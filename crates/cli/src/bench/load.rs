//! The load itself: a task of the bench's own, its nodes, and the bursts of transactions they send.

use super::{
    plan::{BenchError, Plan, STAKE},
    report::{Burst, Outcome, RoundFigures},
};
use gradual_consensus::{
    TaskParams, TaskTexts,
    rules::schedule::Schedule,
    state::{Cycle, Task},
    terms_hash,
};
use gradual_consensus_client::{
    account::{self, FullSubmission},
    address,
    instruction::{self, TaskTokens},
    ledger::{Ledger, LedgerError},
    packing::packed,
    rpc::RpcLedger,
};
use solana_sdk::{
    instruction::Instruction,
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
};
use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

/// How often a transaction is sent before it counts as failed.
const ATTEMPTS: u32 = 3;
/// How long the pace of slots is measured.
const MEASURED: Duration = Duration::from_secs(3);
/// Compute units that one submission is allowed to take more than another: the program tries bumps until it finds the address,
/// at 1,500 units each. The client adds at least 10,000 units to every limit.
const SUBMISSION_SPREAD: u64 = 10_000;
/// Time between two looks at the slot.
const LOOK: Duration = Duration::from_millis(20);

/// How long a slot takes now.
pub(super) fn slot_time(ledger: &RpcLedger) -> Result<Duration, LedgerError> {
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

/// Waits until `slot`.
fn wait_until(ledger: &RpcLedger, slot: u64) -> Result<(), LedgerError> {
    while ledger.slot()? < slot {
        thread::sleep(LOOK);
    }
    Ok(())
}

/// The task that is played for measuring, and its nodes.
pub(super) struct Bench<'a> {
    ledger: &'a RpcLedger,
    payer: &'a Keypair,
    pub(super) nodes: Vec<Keypair>,
    tokens: TaskTokens,
    schedule: Schedule,
}

impl<'a> Bench<'a> {
    /// Creates a task in rounds of two halves: one to submit in, one for the transfers. A cycle's bounty is
    /// one lamport.
    pub(super) fn create(
        ledger: &'a RpcLedger,
        payer: &'a Keypair,
        nodes: Vec<Keypair>,
        plan: Plan,
        slot_time: Duration,
    ) -> Result<Self, BenchError> {
        const AUDIT: u64 = 2;
        let submission = plan
            .submission_window(slot_time)
            .ok_or(BenchError::Overflow)?;
        let slot = ledger.slot()?;
        let starting_slot = slot.saturating_add(submission);
        let params = TaskParams {
            starting_slot,
            round_time: submission.saturating_mul(2).saturating_add(2 * AUDIT),
            submission_window: submission,
            audit_window: AUDIT,
            minimum_stake_amount: STAKE,
            bounty_amount_per_round: 1,
            claim_window: 1,
            // A cycle without a list is over after its one attempt, and pays nobody.
            allowed_failed_distributions: 0,
            equal_shares: false,
            ..TaskParams::default()
        };
        let texts = TaskTexts {
            name: "bench".into(),
            ..TaskTexts::default()
        };
        // A number that this key has not used: slots do not come back.
        let (me, task_id) = (payer.pubkey(), slot);
        let (mint, program) = (native_mint::ID, spl_token_interface::ID);
        let task = address::task(&me, task_id, &terms_hash(&params, &mint, &texts));
        let create = instruction::create_task(me, task_id, mint, program, params, texts);
        ledger.send(&[create], &[payer])?;
        let data: Task = account::fetch(ledger, &task)?.ok_or(BenchError::Missing(task))?;
        let bench = Self {
            ledger,
            payer,
            nodes,
            tokens: TaskTokens::of(task, &data),
            schedule: data.schedule,
        };
        let bounty = u64::from(plan.rounds);
        let opener = bench.opener()?;
        ledger.send(&funding(bench.tokens, opener.pubkey(), bounty), &[opener])?;
        Ok(bench)
    }

    /// The node that funds the task and opens its cycles.
    fn opener(&self) -> Result<&Keypair, BenchError> {
        self.nodes.first().ok_or(BenchError::Overflow)
    }

    /// Opens `cycle` in its work round, which must have begun or begin soon.
    pub(super) fn open_cycle(&self, cycle: u64) -> Result<(), BenchError> {
        let round = self.schedule.boundary(cycle).ok_or(BenchError::Overflow)?;
        wait_until(self.ledger, round)?;
        let opener = self.opener()?;
        let node = opener.pubkey();
        let open = instruction::open_cycle(self.tokens.task, node, node, cycle);
        self.ledger.send(&[open], &[opener])?;
        Ok(())
    }

    /// Every node stakes [`STAKE`] lamports.
    pub(super) fn stake(&self) -> Result<(), BenchError> {
        let stakes = self.burst(None, |_, node| vec![staking(self.tokens, node)]);
        complete("staking", &stakes)
    }

    /// The submissions of one window, and as many transfers after them. The next cycle is opened before
    /// them, if there is to be one.
    pub(super) fn round(
        &self,
        window_round: u64,
        opens_next: bool,
    ) -> Result<RoundFigures, BenchError> {
        let task = self.tokens.task;
        let cycle = window_round.checked_sub(1).ok_or(BenchError::Overflow)?;
        let window = self.schedule.submission_window(window_round);
        let window = window.ok_or(BenchError::Overflow)?;
        wait_until(self.ledger, window.start)?;
        if opens_next {
            // The cycle that is worked in the round in which this one is submitted for.
            self.open_cycle(window_round)?;
        }
        let submissions = self.measured(SUBMISSION_SPREAD, |node| {
            let value = hashv(&[node.as_ref(), &cycle.to_le_bytes()]).to_bytes();
            instruction::submit(task, node, node, cycle, value.to_vec())
        })?;
        wait_until(self.ledger, self.ledger.slot()?.saturating_add(1))?;
        let transfers = self.measured(0, |node| transfer(&node, &self.payer.pubkey(), 1))?;
        Ok(RoundFigures {
            submissions,
            transfers,
        })
    }

    /// Closes every account that the windows of `rounds` rounds, from round 2 on, have opened, and takes
    /// the stakes out.
    pub(super) fn close(&mut self, rounds: u64) -> Result<(), BenchError> {
        // The last cycle has failed, and its stakes are free, two rounds after its window's.
        let settled = rounds.checked_add(3);
        let settled = settled.and_then(|round| self.schedule.boundary(round));
        wait_until(self.ledger, settled.ok_or(BenchError::Overflow)?)?;
        let mut closings: Vec<Vec<Instruction>> = vec![Vec::new(); self.nodes.len()];
        for cycle in 1..=rounds {
            self.add_submissions(cycle, &mut closings)?;
        }
        let closed = self.burst(None, |number, node| {
            let closings = closings.get(number).cloned().unwrap_or_default();
            packed(&node, closings)
        });
        complete("closing submissions", &closed)?;
        self.close_cycles(rounds)?;
        let left = self.burst(None, |_, node| vec![leaving(self.tokens, node)]);
        complete("taking stakes out", &left)?;
        self.close_task()
    }

    /// Adds the closing of each node's submission for `cycle` to the node's `closings`.
    fn add_submissions(
        &self,
        cycle: u64,
        closings: &mut [Vec<Instruction>],
    ) -> Result<(), BenchError> {
        let cycle = address::cycle(&self.tokens.task, cycle);
        let submissions: Vec<Pubkey> = (self.nodes.iter())
            .map(|node| address::submission(&cycle, &node.pubkey()))
            .collect();
        let found = self.ledger.accounts(&submissions)?;
        for ((address, account), closings) in submissions.iter().zip(found).zip(closings) {
            let submission: Option<FullSubmission> = account.as_ref().and_then(account::decode);
            closings.extend(submission.map(|submission| {
                instruction::close_subject(*address, &submission.header.subject)
            }));
        }
        Ok(())
    }

    /// Closes the accounts of cycles 1 to `last`.
    fn close_cycles(&self, last: u64) -> Result<(), BenchError> {
        let mut closings = Vec::new();
        for number in 1..=last {
            let address = address::cycle(&self.tokens.task, number);
            let cycle: Option<Cycle> = account::fetch(self.ledger, &address)?;
            closings.extend(cycle.map(|cycle| instruction::close_cycle(&cycle)));
        }
        for batch in packed(&self.payer.pubkey(), closings) {
            self.ledger.send(&batch, &[self.payer])?;
        }
        Ok(())
    }

    /// Closes the task; what is left of its bounty goes to the opener.
    fn close_task(&self) -> Result<(), BenchError> {
        let (task, me, opener) = (self.tokens.task, self.payer.pubkey(), self.opener()?);
        let state: Option<Task> = account::fetch(self.ledger, &task)?;
        let state = state.ok_or(BenchError::Missing(task))?;
        let wallet = get_associated_token_address(&opener.pubkey(), &native_mint::ID);
        let ending = vec![
            instruction::set_active(task, me, false),
            instruction::close_task(task, &state, me, wallet),
        ];
        let ending = in_wallet(&opener.pubkey(), ending);
        self.ledger.send(&ending, &[self.payer, opener])?;
        Ok(())
    }

    /// A [`Bench::burst`] of one instruction of each node, and the slots that it took. The first node's is simulated, and all
    /// may take `spread` compute units more: what is measured is how many the cluster processes, not how many the RPC simulates.
    /// If that is refused, each node's is simulated, and tells its own error.
    fn measured(
        &self,
        spread: u64,
        sends: impl Fn(Pubkey) -> Instruction,
    ) -> Result<Burst, BenchError> {
        self.open_connections();
        let node = self.opener()?.pubkey();
        let simulation = self.ledger.simulate(&[sends(node)], &node).ok();
        let units = simulation.map(|simulation| simulation.compute_units.saturating_add(spread));
        let first = self.ledger.slot()?;
        let outcomes = self.burst(units, |_, node| vec![vec![sends(node)]]);
        let slots = self.ledger.slot()?.saturating_sub(first);
        Ok(Burst::of(outcomes, slots))
    }

    /// As many calls at the same moment as there are nodes: none of those that follow has to open a connection. What
    /// fails here fails again when something is sent.
    fn open_connections(&self) {
        let start = &Barrier::new(self.nodes.len());
        thread::scope(|scope| {
            for node in &self.nodes {
                scope.spawn(move || {
                    start.wait();
                    self.ledger.accounts(&[node.pubkey()])
                });
            }
        });
    }

    /// Has all nodes send, at the same moment, what `transactions` has for them, one after another; each is simulated, unless
    /// it is known to take `units`.
    fn burst(
        &self,
        units: Option<u64>,
        transactions: impl Fn(usize, Pubkey) -> Vec<Vec<Instruction>>,
    ) -> Vec<Outcome> {
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
                            self.send(&transaction, node, units, &mut outcome);
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
    fn send(
        &self,
        instructions: &[Instruction],
        node: &Keypair,
        units: Option<u64>,
        outcome: &mut Outcome,
    ) {
        let send = || match units {
            Some(units) => self.ledger.send_in_bulk(instructions, &[node], units),
            None => self.ledger.send(instructions, &[node]),
        };
        let mut attempt = 1;
        while outcome.result.is_ok() {
            match send() {
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

/// The instructions that stake [`STAKE`] lamports of `node`.
fn staking(tokens: TaskTokens, node: Pubkey) -> Vec<Instruction> {
    paying(&node, STAKE, |wallet| {
        instruction::stake(tokens, node, node, wallet, STAKE, None)
    })
}

/// The instructions that fund the task with `lamports` of `node`.
fn funding(tokens: TaskTokens, node: Pubkey, lamports: u64) -> Vec<Instruction> {
    paying(&node, lamports, |wallet| {
        instruction::fund_task(tokens, node, wallet, lamports)
    })
}

/// The instruction that takes `lamports` from `node`'s wallet of wrapped SOL, with the others that it needs.
fn paying(
    node: &Pubkey,
    lamports: u64,
    instruction: impl FnOnce(Pubkey) -> Instruction,
) -> Vec<Instruction> {
    let wallet = get_associated_token_address(node, &native_mint::ID);
    let mut all = vec![transfer(node, &wallet, lamports)];
    // It fails for another token program only.
    all.extend(sync_native(&spl_token_interface::ID, &wallet));
    all.push(instruction(wallet));
    in_wallet(node, all)
}

/// The instructions that take the stake out and close the stake account.
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
        assert_eq!(
            packed(&node, funding(tokens, node, 1)),
            [funding(tokens, node, 1)]
        );
    }
}
