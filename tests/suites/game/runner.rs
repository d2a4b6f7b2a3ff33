//! [`NodeRunner`] plays from what the ledger shows, and from nothing else.

use gradual_consensus_client::{
    bank::Bank,
    ledger::{Filter, Ledger, LedgerError, Receipt},
    logic::{DistributionRound, LogicError, Proof, TaskLogic, equal_shares},
    runner::{CycleView, NodeRunner, Rewards, RunnerError, RunnerOptions, Step},
};
use gradual_consensus_tests::{BOUNTY, STAKE, World, on_every_build};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::cell::Cell;

/// Proofs are the node's address; one node may lie.
pub(crate) struct Echo {
    pub(crate) node: Pubkey,
    pub(crate) lies: bool,
}

impl TaskLogic for Echo {
    fn work(&mut self, _: u64) -> Result<Vec<u8>, LogicError> {
        let mut value = self.node.to_bytes().to_vec();
        value[0] ^= u8::from(self.lies);
        Ok(value)
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        Ok(proof.value == proof.node.as_ref())
    }

    fn distribution(
        &mut self,
        round: &DistributionRound,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        Ok(equal_shares(round.bounty, submissions, verdicts))
    }
}

/// A ledger that goes away after so many transactions, as a process does that is killed.
struct Interrupted<'a> {
    bank: &'a Bank,
    left: Cell<u32>,
}

impl Ledger for Interrupted<'_> {
    fn slot(&self) -> Result<u64, LedgerError> {
        self.bank.slot()
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        self.bank.accounts(addresses)
    }

    fn program_accounts(&self, filters: &[Filter]) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        self.bank.program_accounts(filters)
    }

    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        let left = self.left.get().checked_sub(1);
        self.left
            .set(left.ok_or_else(|| LedgerError::Unavailable("killed".into()))?);
        self.bank.send(instructions, signers)
    }
}

/// One step of a runner that knows nothing of earlier ones.
pub(crate) fn fresh_step<L: Ledger>(
    world: &World,
    ledger: &L,
    node: usize,
    liar: Option<usize>,
) -> Result<Step, RunnerError> {
    let person = &world.nodes[node];
    let options = RunnerOptions {
        propose: true,
        rewards: Rewards::Claim(person.wallet),
        unpaid: false,
    };
    let logic = Echo {
        node: person.pubkey(),
        lies: liar == Some(node),
    };
    let key = person.keypair.insecure_clone();
    NodeRunner::new(ledger, world.tokens.task, key, logic, options).step()
}

/// Plays until every round is closed; each step of each node is `step`, which returns when to look
/// again.
fn play(world: &World, rounds: u64, mut step: impl FnMut(usize) -> u64) {
    let schedule = world.schedule();
    let stop = schedule.boundary(rounds + 1).unwrap();
    let end = schedule.boundary(rounds + 10).unwrap();
    loop {
        if world.slot() >= stop && world.task().is_active == 1 {
            world.set_active(false).unwrap();
        }
        let next = (0..world.nodes.len()).map(&mut step).min().unwrap();
        world.check_books();
        let open = CycleView::open_rounds(&world.bank, &world.tokens.task).unwrap();
        if world.slot() >= stop && open.is_empty() {
            return;
        }
        assert!(next > world.slot() && next <= end, "nothing goes on");
        let slot = world.slot();
        world.warp_to(if slot < stop { next.min(stop) } else { next });
    }
}

on_every_build! {
    /// A node may be killed before any of its transactions, start anew, and loses nothing.
    fn restarts_anywhere_and_loses_no_round(build: Build) {
        let world = World::on(build).start();
        let mut interruptions = 0;
        play(&world, 3, |node| {
            for survives in 0.. {
                let ledger = Interrupted { bank: &world.bank, left: Cell::new(survives % 2) };
                match fresh_step(&world, &ledger, node, None) {
                    Ok(step) => return step.wake_at,
                    Err(RunnerError::Ledger(LedgerError::Unavailable(_))) => interruptions += 1,
                    Err(error) => panic!("{error}"),
                }
            }
            unreachable!()
        });
        assert!(interruptions > 50, "only {interruptions} interruptions");
        for node in 0..4 {
            assert_eq!(world.node_stake(node).claimed, 3 * 10_000 / 4);
        }
        assert_eq!(world.task().bounty_available, BOUNTY - 3 * 10_000);
    }

    /// A second look at the same slot finds nothing to do, and nothing fails.
    fn looks_before_it_sends(build: Build) {
        let world = World::on(build).start();
        play(&world, 2, |node| {
            let first = fresh_step(&world, &world.bank, node, Some(3)).unwrap();
            assert_eq!(first.failed, []);
            let second = fresh_step(&world, &world.bank, node, Some(3)).unwrap();
            assert_eq!((second.done, second.failed), (vec![], vec![]));
            assert_eq!(second.wake_at, first.wake_at);
            second.wake_at
        });
    }

    /// A liar is slashed once a fault and is not paid; the others share its part of the bounty.
    fn slashes_a_liar_once_a_fault(build: Build) {
        let world = World::on(build).start();
        play(&world, 1, |node| fresh_step(&world, &world.bank, node, Some(3)).unwrap().wake_at);
        let slashed = STAKE * 7 / 10;
        assert_eq!(world.node_stake(3).slashed, slashed);
        assert_eq!(world.node_stake(3).earned, 0);
        let earned: u64 = (0..3).map(|node| world.node_stake(node).earned).sum();
        let shares = 2 * (slashed * 3 / 10);
        assert_eq!(earned, 3 * (10_000 / 3) + shares);
    }

    /// A node that logs in outside every window sends nothing and waits for the next one.
    fn sleeps_between_windows(build: Build) {
        let world = World::on(build).start();
        let step = fresh_step(&world, &world.bank, 0, None).unwrap();
        assert_eq!(step.done, []);
        assert_eq!(step.wake_at, world.schedule().audit_window(0).unwrap().start);
    }

    /// A node without a stake, and a task that does not exist, are said to be so.
    fn says_what_is_missing(build: Build) {
        let mut world = World::on(build).stakes(&[STAKE, 0]).start();
        let missing = fresh_step(&world, &world.bank, 1, None);
        assert!(matches!(missing, Err(RunnerError::NotStaked(_))), "{missing:?}");
        world.tokens.task = Pubkey::new_unique();
        let missing = fresh_step(&world, &world.bank, 0, None);
        assert!(matches!(missing, Err(RunnerError::NoTask(_))), "{missing:?}");
    }
}
