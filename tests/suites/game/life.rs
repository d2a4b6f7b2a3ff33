//! The whole life of a task, and of its successor, to the last lamport.

use gradual_consensus::{
    TaskTexts,
    state::{NodeStake, Task},
};
use gradual_consensus_client::{
    account, address,
    books::Books,
    instruction::{self, TaskTokens},
    ledger::{Ledger, LedgerError, Tap, Tapped},
};
use gradual_consensus_node::runner::{CycleView, NodeRunner};
use gradual_consensus_testkit::{
    Build, Echo, LAMPORTS, Money, Person, STAKE, WALLET, World,
    bank::{Bank, upgrade_authority},
    key, on_every_build,
    suite::{end_cycles, everybody_leaves, play_style},
};
use solana_sdk::{
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::collections::BTreeMap;

on_every_build! {
    a_whole_life_in_spl_token,
    a_whole_life_in_token_2022,
    a_whole_life_in_sol,
}

/// The nodes; the last of them lies.
const NODES: usize = 10;

/// Bounty of one round.
const ROUND: u64 = 10_000;

/// The bank, with somebody else paying every fee: whatever anybody else has less of, went into rent.
type Sponsored<'a> = Tapped<&'a Bank, Sponsor>;

struct Sponsor(Keypair);

impl Tap for Sponsor {
    fn before_send<'a>(
        &'a self,
        instructions: &[Instruction],
        signers: &mut Vec<&'a Keypair>,
    ) -> Result<(), LedgerError> {
        // Who only paid the fee need not sign any more.
        signers.retain(|key| {
            let mut metas = instructions.iter().flat_map(|i| &i.accounts);
            metas.any(|meta| meta.is_signer && meta.pubkey == key.pubkey())
        });
        signers.insert(0, &self.0);
        Ok(())
    }
}

trait Act: Ledger {
    fn act(&self, who: &Person, instruction: Instruction) {
        self.send(&[instruction], &[&who.keypair]).unwrap();
    }
}

impl Act for Sponsored<'_> {}

/// Everybody's lamports, and those in accounts whose rent they paid.
fn lamports(world: &World, people: &[&Person]) -> BTreeMap<Pubkey, u64> {
    let mut all: BTreeMap<Pubkey, u64> = people
        .iter()
        .map(|person| (person.pubkey(), world.lamports(&person.pubkey())))
        .collect();
    let mut add = |who: Pubkey, lamports: u64| *all.get_mut(&who).unwrap() += lamports;
    let held = |account: Pubkey| world.lamports(&account);
    for task in world.tasks() {
        let creator = world.fetch::<Task>(&task).creator;
        add(creator, held(task) + held(address::metadata(&task)));
        let stakes = account::fetch_all::<NodeStake>(&world.bank, account::of_task(&task));
        for stake in stakes.unwrap() {
            add(stake.data.payer, held(stake.address));
        }
        for pot in [address::stake_pot(&task), address::bounty_pot(&task)] {
            // Lamports of a pot of wrapped SOL are its tokens, beyond the rent.
            let is_sol = world.tokens.mint == spl_token_interface::native_mint::ID;
            let tokens = if is_sol { world.balance(&pot) } else { 0 };
            add(creator, held(pot) - tokens);
        }
    }
    all
}

fn runner<'a>(
    ledger: &'a Sponsored<'a>,
    task: Pubkey,
    number: usize,
    node: &Person,
) -> NodeRunner<'a, Sponsored<'a>, Echo> {
    let options = play_style(number, node);
    let logic = Echo {
        node: node.pubkey(),
        lies: number + 1 == NODES,
    };
    NodeRunner::new(ledger, task, node.keypair.insecure_clone(), logic, options)
}

/// Plays the runners up to `end`. `between` is called at every slot at which they looked.
fn play<'a>(
    world: &World,
    runners: &mut Vec<NodeRunner<'a, Sponsored<'a>, Echo>>,
    end: u64,
    mut between: impl FnMut(&mut Vec<NodeRunner<'a, Sponsored<'a>, Echo>>),
) {
    while world.slot() < end {
        let mut next = end;
        for runner in &mut *runners {
            let step = runner.step().unwrap();
            assert_eq!(step.failed, [], "at slot {}", step.slot);
            next = next.min(step.wake_at);
        }
        world.check_books();
        between(runners);
        world.warp_to(next.max(world.slot() + 1));
    }
}

/// Moves whatever of node number `number` can move by now, and lets it play in the successor.
fn follow<'a>(
    world: &World,
    ledger: &'a Sponsored<'a>,
    successor: TaskTokens,
    number: usize,
    runners: &mut Vec<NodeRunner<'a, Sponsored<'a>, Echo>>,
) {
    let (node, stake) = (&world.nodes[number], world.node_stake(number));
    let is_free = stake.open_audits == 0 && world.slot() >= stake.locked_until_slot;
    if stake.stake.total() == 0 || !is_free {
        return;
    }
    let key = node.pubkey();
    ledger.act(
        node,
        instruction::migrate_stake(world.tokens, successor.task, key, key),
    );
    runners.push(runner(ledger, successor.task, number, node));
}

fn whole_life(build: Build, money: Money) {
    let world = World::on(build)
        .money(money)
        .stakes(&[STAKE; NODES])
        .start();
    let next_manager = Person {
        keypair: key("next manager", 0),
        wallet: key("next wallet", 0).pubkey(),
    };
    world.bank.airdrop(&next_manager.pubkey(), LAMPORTS);
    let (mint, next_key) = (world.tokens.mint, next_manager.pubkey());
    world
        .bank
        .create_token_account(&next_manager.wallet, &mint, &next_key, WALLET);
    let sponsor = key("sponsor", 0);
    world.bank.airdrop(&sponsor.pubkey(), 10 * LAMPORTS);
    let ledger = Tapped {
        ledger: &world.bank,
        tap: Sponsor(sponsor),
    };
    let people: Vec<&Person> = world
        .nodes
        .iter()
        .chain([&world.manager, &next_manager])
        .collect();
    let before = lamports(&world, &people);

    // Five rounds.
    let schedule = world.schedule();
    let boundary = |round| schedule.boundary(round).unwrap();
    let mut runners: Vec<_> = (0..)
        .zip(&world.nodes)
        .map(|(number, node)| runner(&ledger, world.tokens.task, number, node))
        .collect();
    play(&world, &mut runners, boundary(7) + 50, |_| ());
    let paid = Books::read(&world.bank, &world.tokens.task)
        .unwrap()
        .unwrap()
        .bounty_paid();
    assert!(paid > 3 * ROUND, "only {paid} was paid");

    // In the middle of round 7, cycles 4 to 6 being under way, it is handed over and moves on.
    let (task, manager) = (world.task_address(), world.manager.pubkey());
    ledger.act(
        &world.manager,
        instruction::propose_manager(task, manager, next_key),
    );
    ledger.act(&next_manager, instruction::accept_manager(task, next_key));
    let mut params = world.params;
    params.starting_slot = None;
    (
        params.round_time,
        params.submission_window,
        params.audit_window,
    ) = (60, 20, 30);
    params.minimum_stake_amount = 50;
    let (program, texts) = (world.tokens.token_program, TaskTexts::default());
    let create = instruction::create_task(next_key, 9, mint, program, params, texts);
    ledger.act(&next_manager, create);
    let successor = TaskTokens {
        task: address::task(&next_key, 9),
        ..world.tokens
    };
    let move_on = || instruction::migrate_task(world.tokens, successor.task, next_key);
    ledger.act(&next_manager, move_on());
    assert!(world.task().bounty_available >= 4 * ROUND);
    let at_first = world.fetch::<Task>(&successor.task).bounty_funded;
    assert!(at_first > 0);

    // The old cycles end, everybody follows as soon as it is free, and five rounds more are played.
    let new = world.fetch::<Task>(&successor.task).schedule;
    let mut last_round = 0;
    play(&world, &mut runners, new.boundary(14).unwrap(), |runners| {
        for number in 0..NODES {
            if account::fetch::<NodeStake>(&world.bank, &world.stake_address(number))
                .unwrap()
                .is_some()
            {
                follow(&world, &ledger, successor, number, runners);
            }
        }
        let round = world.task().current_round(world.slot());
        if round > last_round {
            ledger.act(&next_manager, move_on());
            last_round = round;
        }
        // Runners whose stake account is closed are done.
        runners.retain(|runner| {
            let has = |task: &Pubkey| {
                let stake = address::node_stake(task, &runner.node());
                account::fetch::<NodeStake>(&world.bank, &stake)
                    .unwrap()
                    .is_some()
            };
            has(&runner.task())
        });
    });
    let books = Books::read(&world.bank, &successor.task).unwrap().unwrap();
    assert!(
        books.bounty_paid() >= 4 * ROUND,
        "{} was paid",
        books.bounty_paid()
    );
    assert_eq!(
        world.task().bounty_available,
        0,
        "all that was free has moved"
    );
    assert_eq!(world.task().total_stake, 0);

    // The end: the successor takes no more, all leave, both are closed.
    ledger.act(
        &next_manager,
        instruction::set_active(successor.task, next_key, false),
    );
    drop(runners);
    for tokens in [world.tokens, successor] {
        end_cycles(&world, &ledger, tokens);
        everybody_leaves(&world, &ledger, tokens);
        assert_eq!(
            CycleView::open_cycles(&world.bank, &tokens.task).unwrap(),
            []
        );
        let state = world.fetch::<Task>(&tokens.task);
        let close = instruction::close_task(tokens.task, &state, next_key, next_manager.wallet);
        ledger.act(&next_manager, close);
    }
    assert_eq!(lamports(&world, &people), before);
    let all: u64 = people
        .iter()
        .map(|person| world.balance(&person.wallet))
        .sum();
    assert_eq!(all, WALLET * people.len() as u64);
    let config = world.bank.program_accounts(&[], None).unwrap();
    assert_eq!(config.len(), 1);
    let authority = upgrade_authority();
    let held = world.lamports(&address::config());
    let had = world.lamports(&authority.pubkey());
    let close = instruction::close_config(authority.pubkey(), authority.pubkey());
    ledger.send(&[close], &[&authority]).unwrap();
    assert_eq!(world.lamports(&authority.pubkey()), had + held);
    assert_eq!(world.bank.program_accounts(&[], None).unwrap(), []);
}

/// Create, play, hand over, migrate with ten nodes amid cycles, play on, deactivate, leave, close: on
/// a mint of SPL Token.
fn a_whole_life_in_spl_token(build: Build) {
    whole_life(build, Money::SplToken);
}

/// The same on a mint of Token-2022.
fn a_whole_life_in_token_2022(build: Build) {
    whole_life(build, Money::Token2022);
}

/// The same in SOL.
fn a_whole_life_in_sol(build: Build) {
    whole_life(build, Money::WrappedSol);
}
