//! A whole game of nodes that read from a geyser: it ends as one over a plain ledger, with a fraction of the reads.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use gradual_consensus_client::{amount::Amount, ledger::Ledger};
use gradual_consensus_node::runner::{AUDIT_RATE, CycleView, NodeRunner, Rewards, RunnerOptions};
use gradual_consensus_testkit::{Build, Echo, Snapshot, World, bank::Bank, on_every_build};
use solana_sdk::pubkey::Pubkey;
use std::{cell::Cell, time::Duration};
use support::{Clock, chain::Chain, mirrored, options, server::Server};

on_every_build! {
    plays_as_over_a_plain_ledger_with_few_reads,
    a_lie_costs_no_stake,
}

/// Rounds in which cycles are opened.
const ROUNDS: u64 = 4;
/// How long a slot takes.
const SLOT: Duration = Duration::from_millis(400);
/// The node whose proofs are wrong.
const LIAR: usize = 3;

fn world(build: Build) -> World<Bank> {
    World::on(build).start()
}

/// Node number `node`, which plays on `ledger`.
fn runner<'l, L: Ledger>(
    world: &World<Bank>,
    ledger: &'l L,
    node: usize,
) -> NodeRunner<'l, L, Echo> {
    let person = &world.nodes[node];
    let options = RunnerOptions {
        propose: true,
        rewards: Rewards::Claim(person.wallet),
        min_reward: Amount::ZERO,
        audit_rate: AUDIT_RATE,
    };
    let logic = Echo {
        node: person.pubkey(),
        lies: node == LIAR,
    };
    let key = person.keypair.insecure_clone();
    NodeRunner::new(ledger, world.tokens.task, key, logic, options)
}

/// Plays all nodes of `world` on `ledger` until every cycle is closed. `before` is called before each step.
fn play(world: &World<Bank>, ledger: &impl Ledger, before: impl Fn()) {
    let mut runners: Vec<_> = (0..world.nodes.len())
        .map(|node| runner(world, ledger, node))
        .collect();
    let schedule = world.schedule();
    let stop = schedule.boundary(ROUNDS + 1).unwrap();
    let end = schedule.boundary(ROUNDS + 10).unwrap();
    loop {
        if world.slot() >= stop && world.task().is_active() {
            world.set_active(false).unwrap();
        }
        let steps = runners.iter_mut().map(|runner| {
            before();
            runner.step().unwrap().wake_at
        });
        let next = steps.min().unwrap();
        world.check_books();
        let open = CycleView::open_cycles(&world.bank, &world.tokens.task).unwrap();
        if world.slot() >= stop && open.is_empty() {
            return;
        }
        assert!(next > world.slot() && next <= end, "nothing goes on");
        let slot = world.slot();
        world.warp_to(if slot < stop { next.min(stop) } else { next });
    }
}

/// What is left of a game over the RPC alone, and how often that was read.
fn without_a_geyser(build: Build) -> (Snapshot, usize) {
    let (world, nobody) = (world(build), Server::start());
    let chain = Chain::of(&world, &nobody);
    play(&world, &chain, || ());
    (world.snapshot(), chain.reads())
}

/// Cycles with a liar who is challenged, voted on and slashed, with lists, payouts and claims, and with every account
/// closed in the end.
fn plays_as_over_a_plain_ledger_with_few_reads(build: Build) {
    let (expected, reads) = without_a_geyser(build.clone());
    let (world, server) = (world(build), Server::start());
    let chain = Chain::of(&world, &server);
    let endpoint = server.endpoint(None);
    let clock = Clock::default();
    let mirrored = mirrored(&world, &chain, &endpoint, options(), &clock);
    server.wait_for(1);
    // The mirror is filled as of a block after which all are known.
    chain.go_to(world.slot());
    server.settle();
    mirrored.slot().unwrap();
    let slot = Cell::new(world.slot());
    play(&world, &mirrored, || {
        let passed = world.slot() - slot.replace(world.slot());
        clock.pass(SLOT * u32::try_from(passed).unwrap());
        chain.show();
    });
    let (left, counts) = (world.snapshot(), mirrored.counts());
    assert_eq!(left, expected, "another outcome");
    assert!(world.node_stake(LIAR).slashed > 0, "nobody was slashed");
    assert_eq!((counts.fillings, counts.is_live), (1, true));
    let asked = chain.reads();
    assert!(
        asked * 10 < reads,
        "{asked} reads in the place of {reads}: {counts:?}"
    );
}

/// A geyser tells another value than an honest node handed in, or tells nothing of its submission. Nobody challenges
/// it, and nobody proposes a list without it.
fn a_lie_costs_no_stake(build: Build) {
    for hides in [false, true] {
        let (world, server) = (world(build.clone()), Server::start());
        let chain = Chain::of(&world, &server);
        let endpoint = server.endpoint(None);
        let mirrored = mirrored(&world, &chain, &endpoint, options(), &Clock::default());
        server.wait_for(1);
        chain.go_to(world.slot());
        server.settle();
        mirrored.slot().unwrap();
        let victim = 1;
        let lie = world.submission_address(victim, 1);
        chain.lie_about(lie, move |account| {
            let mut account = account.clone();
            if hides {
                return None;
            }
            *account.data.last_mut().unwrap() ^= 1;
            Some(account)
        });
        world.warp_to_round(1);
        chain.show();
        let mut runners: Vec<_> = (0..3).map(|node| runner(&world, &mirrored, node)).collect();
        // Its review, and the whole round in which lists are proposed.
        let end = world.schedule().boundary(4).unwrap();
        let mut refusals = 0;
        while world.slot() < end {
            let steps = runners.iter_mut().map(|runner| {
                chain.show();
                let step = runner.step().unwrap();
                refusals += step.failed.len();
                step.wake_at
            });
            let next = steps.min().unwrap();
            world.warp_to(next.max(world.slot() + 1).min(end));
        }
        assert_eq!(world.cycle(1).submissions, 3);
        let stakes = (0..3).map(|node| world.node_stake(node).slashed);
        assert_eq!(stakes.sum::<u64>(), 0);
        assert_eq!(
            world.submission(victim, 1).subject.audit.challenger,
            Pubkey::default()
        );
        // Where one is missing, a node sees by the cycle's count that it does not know all, and waits.
        let was_found_out = !mirrored.counts().is_live && refusals > 0;
        assert_eq!(was_found_out, !hides, "{refusals} refusals");
        for list in (0..3).filter(|attempt| !world.is_gone(&world.list_address(1, *attempt))) {
            assert_eq!(world.list(1, list).count, 3);
        }
    }
}
