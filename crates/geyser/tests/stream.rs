//! What may happen to a stream, and what is read then: never what is older than the RPC has shown, and never what is
//! not so.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use gradual_consensus::state::{NodeStake, Task};
use gradual_consensus_client::{
    account::{self, Stored},
    address,
    ledger::{Filter, Ledger, Ordered},
};
use gradual_consensus_geyser::{Endpoint, Mirrored, Options};
use gradual_consensus_testkit::{BOUNTY, Build, STAKE, World, bank::Bank};
use solana_sdk::{
    account::Account,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex, Once},
    time::Duration,
};
use support::{
    Clock,
    chain::Chain,
    mirrored, options,
    server::{self, Server},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use yellowstone_grpc_proto::geyser::SlotStatus;

/// Whether somebody listens to the log in every thread. The first thread that logs a line decides for all of them
/// whether anybody hears it, and it may be one of a test that does not listen.
static LISTENED: Once = Once::new();

fn world() -> World<Bank> {
    LISTENED.call_once(|| tracing::subscriber::set_global_default(Log::default()).unwrap());
    World::on(Build::Native).start()
}

fn of_task(world: &World<Bank>) -> [Filter; 1] {
    [account::of_task(&world.task_address())]
}

/// A mirror that is followed and filled, by a clock.
struct Followed<'c, 'w> {
    mirrored: Mirrored<&'c Chain<'w>>,
    clock: Clock,
}

impl<'c, 'w> Followed<'c, 'w> {
    fn with(world: &World<Bank>, chain: &'c Chain<'w>, server: &Server, options: Options) -> Self {
        let clock = Clock::default();
        let endpoint = server.endpoint(None);
        let mirrored = mirrored(world, chain, &endpoint, options, &clock);
        server.wait_for(1);
        chain.show();
        mirrored.slot().unwrap();
        // What is read at a slot is what its whole block has made.
        chain.go_to(world.slot() + 1);
        server.settle();
        let followed = Self { mirrored, clock };
        assert!(followed.is_live());
        followed
    }

    fn of(world: &World<Bank>, chain: &'c Chain<'w>, server: &Server) -> Self {
        Self::with(world, chain, server, options())
    }

    fn is_live(&self) -> bool {
        self.mirrored.slot().unwrap();
        self.mirrored.counts().is_live
    }

    /// Asserts that what is read is what the bank has, and returns how often the RPC was asked for it.
    #[track_caller]
    fn assert_as_the_bank(&self, world: &World<Bank>, chain: &Chain) -> usize {
        let before = chain.reads();
        let slot = self.mirrored.slot().unwrap();
        assert_eq!(slot, world.slot());
        let listed = self
            .mirrored
            .program_accounts(&of_task(world), None)
            .unwrap();
        assert_eq!(
            listed,
            world.bank.program_accounts(&of_task(world), None).unwrap()
        );
        let mut addresses = vec![world.task_address(), address::config()];
        addresses.extend((0..world.nodes.len()).map(|node| world.stake_address(node)));
        addresses.extend(world.nodes.iter().map(|node| node.pubkey()));
        let found = self.mirrored.accounts(&addresses).unwrap();
        assert_eq!(found, world.bank.accounts(&addresses).unwrap());
        chain.reads() - before
    }
}

#[test]
fn a_mirror_answers_like_the_rpc_without_asking_it() {
    let (world, server) = (world(), Server::start());
    let chain = Chain::of(&world, &server);
    let followed = Followed::of(&world, &chain, &server);
    assert_eq!(followed.assert_as_the_bank(&world, &chain), 0);
    // By parts and by kinds.
    let mirrored = &followed.mirrored;
    for part in [
        Some(8..40),
        Some(0..1),
        Some(0..1_000_000),
        Some(100_000..100_001),
        None,
    ] {
        let filters = [
            Filter::at(0, NodeStake::TYPE),
            account::of_task(&world.task_address()),
        ];
        let listed = mirrored.program_accounts(&filters, part.clone()).unwrap();
        assert_eq!(listed, world.bank.program_accounts(&filters, part).unwrap());
        assert_eq!(listed.len(), 4);
    }
    let before = chain.reads();
    // Of other tasks it knows nothing.
    let tasks = mirrored
        .program_accounts(&[Filter::at(0, Task::TYPE)], None)
        .unwrap();
    assert_eq!((tasks.len(), chain.reads() - before), (1, 1));
    // What a transaction sent lands where it is read next.
    let stake = world.valid().stake(0, 500);
    chain.go_to(world.slot() + 1);
    mirrored.send(&[stake], &[&world.nodes[0].keypair]).unwrap();
    assert_eq!(world.node_stake(0).deposited, STAKE + 500);
    assert_eq!(followed.assert_as_the_bank(&world, &chain), 0);
}

#[test]
fn what_is_not_there_is_asked_for_once_until_it_is_made() {
    let (world, server) = (world(), Server::start());
    let chain = Chain::of(&world, &server);
    let followed = Followed::of(&world, &chain, &server);
    let mirrored = &followed.mirrored;
    let cycle = world.cycle_address(1);
    let before = chain.reads();
    for _ in 0..5 {
        assert_eq!(mirrored.accounts(&[cycle]).unwrap(), [None]);
    }
    assert_eq!(chain.reads() - before, 1);
    world.warp_to_round(1);
    chain.show();
    chain
        .send(&[world.open_cycle_ix(0, 1)], &[&world.nodes[0].keypair])
        .unwrap();
    // So many slots later their slots are compared.
    assert!(followed.is_live());
    let before = chain.reads();
    assert!(mirrored.accounts(&[cycle]).unwrap()[0].is_some());
    // Whoever made it: a wallet is never taken to be empty for longer than a call.
    let nobody = Keypair::new().pubkey();
    for lamports in [0, 1_000_000_000] {
        if lamports > 0 {
            world.bank.airdrop(&nobody, lamports);
        }
        let found = mirrored.accounts(&[nobody]).unwrap().remove(0);
        assert_eq!(found.map_or(0, |account| account.lamports), lamports);
    }
    assert_eq!(chain.reads() - before, 2);
}

#[test]
fn what_is_closed_vanishes_though_no_account_is_sent() {
    let (world, server) = (world(), Server::start());
    let chain = Chain::of(&world, &server);
    let followed = Followed::of(&world, &chain, &server);
    world.withdraw(0, STAKE).unwrap();
    world.set_active(false).unwrap();
    chain.go_to(world.slot() + 1);
    chain
        .send(&[world.valid().close_stake(0)], &[&world.nodes[0].keypair])
        .unwrap();
    assert!(world.is_gone(&world.stake_address(0)));
    let listed = followed
        .mirrored
        .program_accounts(&of_task(&world), None)
        .unwrap();
    assert!(
        listed
            .iter()
            .all(|(address, _)| *address != world.stake_address(0))
    );
    assert_eq!(followed.assert_as_the_bank(&world, &chain), 0);
}

#[test]
fn a_stream_that_was_cut_goes_on_where_it_was() {
    let (world, server) = (world(), Server::start());
    server.keep_blocks();
    let chain = Chain::of(&world, &server);
    let followed = Followed::of(&world, &chain, &server);
    let head = world.slot();
    server.close();
    // Somebody acts while nobody listens.
    world.fund(7).unwrap();
    chain.go_to(head + 3);
    server.open();
    server.wait_for(2);
    chain.go_to(head + 4);
    server.settle();
    assert_eq!(followed.assert_as_the_bank(&world, &chain), 0);
    assert_eq!(world.task().bounty_available, BOUNTY + 7);
    assert_eq!(followed.mirrored.counts().fillings, 1);
    let asked: Vec<Option<u64>> = server.requests().iter().map(|one| one.from_slot).collect();
    assert_eq!(asked[..2], [None, Some(head)]);
}

#[test]
fn after_a_gap_the_mirror_is_filled_again() {
    let (world, server) = (world(), Server::start());
    let chain = Chain::of(&world, &server);
    let followed = Followed::of(&world, &chain, &server);
    let head = world.slot();
    server.close();
    world.fund(7).unwrap();
    chain.go_to(head + 3);
    server.open();
    // It keeps no blocks: the third subscription asks for none.
    server.wait_for(3);
    assert_eq!(server.requests()[2].from_slot, None);
    chain.go_to(head + 5);
    server.settle();
    // Filled a moment ago, it is not filled again yet: the RPC answers.
    let reads = followed.assert_as_the_bank(&world, &chain);
    assert!(
        reads >= 3 && !followed.mirrored.counts().is_live,
        "{reads} reads"
    );
    followed.clock.pass(Duration::from_secs(1));
    followed.mirrored.slot().unwrap();
    chain.go_to(head + 6);
    server.settle();
    assert_eq!(followed.assert_as_the_bank(&world, &chain), 0);
    assert_eq!(followed.mirrored.counts().fillings, 2);
}

#[test]
fn what_a_transaction_wrote_and_no_account_tells_is_asked_for() {
    let (world, server) = (world(), Server::start());
    let chain = Chain::of(&world, &server);
    let followed = Followed::of(&world, &chain, &server);
    chain.go_to(world.slot() + 1);
    let stake = world.valid().stake(1, 500);
    world.act(1, stake.clone()).unwrap();
    // The server loses the accounts of the block.
    chain.tell_only_transactions(&[stake]);
    server.settle();
    let reads = followed.assert_as_the_bank(&world, &chain);
    assert_eq!(reads, 1, "all that is in doubt at once");
    assert_eq!(followed.assert_as_the_bank(&world, &chain), 0);
}

#[test]
fn an_older_change_and_another_tasks_account_are_left_out() {
    let (world, server) = (world(), Server::start());
    let chain = Chain::of(&world, &server);
    let followed = Followed::of(&world, &chain, &server);
    let (address, slot) = (world.stake_address(0), world.slot());
    let old = world.bank.account(&address).unwrap();
    chain.go_to(slot + 1);
    chain
        .send(&[world.valid().stake(0, 500)], &[&world.nodes[0].keypair])
        .unwrap();
    // Of a block before, twice, and of the same block but written before.
    for (at, write) in [(slot, 90), (slot, 91), (slot + 1, 0)] {
        server.send(at, server::account(at, &address, &old, write));
    }
    // What nobody asked for: of no task, and of nobody.
    let foreign = Account {
        owner: gradual_consensus::ID,
        data: vec![0; 64],
        ..old.clone()
    };
    server.send_unfiltered(server::account(
        slot + 1,
        &Pubkey::new_unique(),
        &foreign,
        1,
    ));
    server.send_unfiltered(server::account(
        slot + 1,
        &Pubkey::new_unique(),
        &Account {
            owner: Pubkey::default(),
            ..old
        },
        1,
    ));
    chain.show();
    assert_eq!(followed.assert_as_the_bank(&world, &chain), 0);
}

#[test]
fn a_stream_that_stands_still_is_left_for_the_rpc_and_told_once() {
    let (world, server) = (world(), Server::start());
    let chain = Chain::of(&world, &server);
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let followed = Followed::of(&world, &chain, &server);
        // It hangs: nothing comes, and the connection stays.
        world.fund(7).unwrap();
        world.warp_to(world.slot() + 9);
        followed.clock.pass(Duration::from_secs(3));
        for _ in 0..3 {
            assert!(followed.assert_as_the_bank(&world, &chain) >= 3);
            assert!(!followed.is_live());
        }
        chain.show();
        assert!(followed.is_live());
        assert_eq!(followed.assert_as_the_bank(&world, &chain), 0);
    });
    log.assert_said(&[
        "accounts are read from the geyser",
        "the geyser is not read from, the RPC answers: no block has come from it for a while",
        "the geyser is read from again",
    ]);
}

#[test]
fn a_stream_that_is_behind_the_rpc_is_left_for_a_while() {
    let (world, server) = (world(), Server::start());
    let chain = Chain::of(&world, &server);
    let impatient = Options {
        patience: Duration::ZERO,
        ..options()
    };
    let followed = Followed::with(&world, &chain, &server, impatient);
    world.warp_to(world.slot() + 9);
    // Before the RPC is looked at again, its slot is not known.
    assert_eq!(followed.mirrored.slot().unwrap(), world.slot() - 9);
    // The comparison comes before the stream counts as silent.
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        followed.mirrored.not_before(world.slot());
        assert_eq!(followed.mirrored.slot().unwrap(), world.slot());
    });
    log.assert_said(&[
        "the geyser is not read from, the RPC answers: it is 9 slots behind the RPC",
    ]);
    chain.show();
    assert!(!followed.is_live(), "it is left for a while");
    followed.clock.pass(Duration::from_secs(10));
    chain.go_to(world.slot() + 1);
    server.settle();
    assert!(followed.is_live());
    assert_eq!(followed.assert_as_the_bank(&world, &chain), 0);
}

#[test]
fn a_comparison_finds_a_stream_that_lags() {
    let (world, server) = (world(), Server::start());
    let chain = Chain::of(&world, &server);
    let impatient = Options {
        patience: Duration::ZERO,
        fresh: Duration::from_secs(60),
        ..options()
    };
    let followed = Followed::with(&world, &chain, &server, impatient);
    let before = chain.reads();
    world.warp_to(world.slot() + 9);
    followed.clock.pass(Duration::from_secs(4));
    assert!(followed.is_live());
    assert_eq!(chain.reads(), before, "it is not compared yet");
    followed.clock.pass(Duration::from_secs(1));
    assert_eq!(followed.mirrored.slot().unwrap(), world.slot());
    assert!(!followed.mirrored.counts().is_live);
}

#[test]
fn a_wrong_token_is_told_and_the_rpc_answers() {
    let world = world();
    for token in [Some("wrong-secret"), None] {
        let (server, log) = (Server::asking_for("right"), Log::default());
        let chain = Chain::of(&world, &server);
        tracing::subscriber::with_default(log.clone(), || {
            let mirrored = new(&world, &chain, &server.endpoint(token));
            server.wait_for_refusals(2);
            assert_eq!(mirrored.slot().unwrap(), world.slot());
            assert!(!mirrored.counts().is_live);
        });
        log.assert_said(&[
            "the geyser is not read from, the RPC answers: it refuses the token (No valid auth token): check the token",
        ]);
    }
    let server = Server::asking_for("right");
    let chain = Chain::of(&world, &server);
    let mirrored = new(&world, &chain, &server.endpoint(Some("right")));
    server.wait_for(1);
    chain.show();
    mirrored.slot().unwrap();
    assert!(mirrored.counts().is_live);
}

fn new<'c, 'w>(
    world: &World<Bank>,
    chain: &'c Chain<'w>,
    endpoint: &Endpoint,
) -> Mirrored<&'c Chain<'w>> {
    mirrored(world, chain, endpoint, options(), &Clock::default())
}

#[test]
fn a_geyser_of_another_cluster_is_not_read_from() {
    let (world, server) = (world(), Server::start());
    let chain = Chain::of(&world, &server);
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let mirrored = new(&world, &chain, &server.endpoint(None));
        server.wait_for(1);
        for slot in 400_000_000..400_000_003 {
            server.send(
                slot,
                server::slot(slot, Some(slot - 1), SlotStatus::SlotConfirmed),
            );
        }
        server.settle();
        assert_eq!(mirrored.slot().unwrap(), world.slot());
        let counts = mirrored.counts();
        assert_eq!(
            (counts.mirrored, counts.fillings),
            (0, 0),
            "it is not even filled"
        );
        // And the RPC is not held to what that cluster has reached.
        assert_eq!(mirrored.newest(), world.slot());
    });
    let said = log.said();
    assert!(said[0].contains("it may be of another cluster"), "{said:?}");
    assert_eq!(said.len(), 1);
}

#[test]
fn a_message_that_is_too_long_ends_the_stream_and_nothing_else() {
    let (world, server) = (world(), Server::start());
    // Whoever connects again is sent it again.
    server.keep_blocks();
    let chain = Chain::of(&world, &server);
    let followed = Followed::of(&world, &chain, &server);
    let (address, slot) = (world.stake_address(0), world.slot());
    let mut account = world.bank.account(&address).unwrap();
    account.data.resize(5 << 20, 7);
    server.send(slot + 1, server::account(slot + 1, &address, &account, 99));
    server.wait_for(3);
    followed.clock.pass(Duration::from_secs(3));
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        assert!(followed.assert_as_the_bank(&world, &chain) >= 3);
    });
    let said = log.said();
    assert!(
        said.iter()
            .any(|line| line.contains("a message that is too long")),
        "{said:?}"
    );
}

#[test]
fn a_task_that_is_too_large_is_left_to_the_rpc() {
    let (world, server) = (world(), Server::start());
    let chain = Chain::of(&world, &server);
    let small = Options {
        most_bytes: 100_000,
        ..options()
    };
    let followed = Followed::with(&world, &chain, &server, small);
    let account = world.bank.account(&world.stake_address(0)).unwrap();
    let slot = world.slot() + 1;
    for write in 0..200 {
        let address = Pubkey::new_unique();
        server.send(slot, server::account(slot, &address, &account, write));
    }
    server.wait_for(2);
    assert!(followed.assert_as_the_bank(&world, &chain) >= 3);
    assert!(!followed.mirrored.counts().is_live);
}

#[test]
fn while_the_rpc_is_down_the_mirror_goes_on() {
    let (world, server) = (world(), Server::start());
    let chain = Chain::of(&world, &server);
    let followed = Followed::of(&world, &chain, &server);
    chain.go_down(true);
    chain.go_to(world.slot() + 1);
    server.settle();
    let task = followed.mirrored.accounts(&[world.task_address()]).unwrap();
    assert_eq!(task, world.bank.accounts(&[world.task_address()]).unwrap());
    assert!(followed.mirrored.accounts(&[Pubkey::new_unique()]).is_err());
}

/// What was logged, line by line.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn said(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    #[track_caller]
    fn assert_said(&self, expected: &[&str]) {
        assert_eq!(self.said(), expected);
    }
}

/// The message of an event.
#[derive(Default)]
struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            write!(self.0, "{value:?}").unwrap();
        }
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.target().starts_with("gradual_consensus_geyser")
    }

    fn new_span(&self, _: &span::Attributes) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event) {
        let mut words = Words::default();
        event.record(&mut words);
        self.0.lock().unwrap().push(words.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
