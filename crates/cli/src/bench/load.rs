//! The load itself: a task of the bench's own, its nodes, and the bursts of transactions they send.

use super::{
    burst::{self, SPREAD},
    plan::{BenchError, Plan, STAKE},
    report::{Burst, RoundFigures},
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
    thread,
    time::{Duration, Instant},
};

/// How long the pace of slots is measured.
const MEASURED: Duration = Duration::from_secs(3);
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
    plan: Plan,
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
            plan,
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
        let stakes = burst::of_each(&self.nodes, |node| staking(self.tokens, node));
        burst::send_all(self.ledger, self.plan, "staking", stakes)
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
        let submissions = self.measured(SPREAD, |node| {
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
        let closings = self.nodes.iter().zip(closings);
        let closings = closings.flat_map(|(node, closings)| {
            let batches = packed(&node.pubkey(), closings).into_iter();
            batches.map(move |batch| (batch, vec![node]))
        });
        burst::send_all(
            self.ledger,
            self.plan,
            "closing submissions",
            closings.collect(),
        )?;
        self.close_cycles(rounds)?;
        let leavings = burst::of_each(&self.nodes, |node| leaving(self.tokens, node));
        burst::send_all(self.ledger, self.plan, "taking stakes out", leavings)?;
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

    /// One instruction of each node, `spread` compute units more or less.
    fn measured(
        &self,
        spread: u64,
        sends: impl Fn(Pubkey) -> Instruction,
    ) -> Result<Burst, BenchError> {
        let transactions = burst::of_each(&self.nodes, |node| vec![sends(node)]);
        let sent = burst::send(self.ledger, self.plan, spread, transactions)?;
        Ok(Burst::of(sent.outcomes, sent.slots))
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
