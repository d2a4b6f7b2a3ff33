//! The whole life of a task, and of its successor, to the last lamport.

use gradual_consensus::{
    TaskParams, TaskTexts,
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
    Build, Echo, LAMPORTS, Money, NewTask, Person, STAKE, WALLET, World,
    bank::{Bank, upgrade_authority},
    key, on_every_build,
    suite::{end_cycles, everybody_leaves, play_style, somebody},
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

type Runners<'a> = Vec<NodeRunner<'a, Sponsored<'a>, Echo>>;

fn act(ledger: &Sponsored, who: &Person, instruction: Instruction) {
    ledger.send(&[instruction], &[&who.keypair]).unwrap();
}

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
    runners: &mut Runners<'a>,
    end: u64,
    mut between: impl FnMut(&mut Runners<'a>),
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
    runners: &mut Runners<'a>,
) {
    let (node, stake) = (&world.nodes[number], world.node_stake(number));
    let is_free = stake.open_audits == 0 && world.slot() >= stake.locked_until_slot;
    if stake.stake.total() == 0 || !is_free {
        return;
    }
    let key = node.pubkey();
    act(
        ledger,
        node,
        instruction::migrate_stake(world.tokens, successor.task, key, key),
    );
    runners.push(runner(ledger, successor.task, number, node));
}

/// Five rounds are played in the world's task.
fn play_five_rounds<'a>(world: &World, ledger: &'a Sponsored<'a>) -> Runners<'a> {
    let mut runners: Runners = (0..)
        .zip(&world.nodes)
        .map(|(number, node)| runner(ledger, world.tokens.task, number, node))
        .collect();
    let end = world.schedule().boundary(7).unwrap() + 50;
    play(world, &mut runners, end, |_| ());
    let paid = world.books().bounty_paid();
    assert!(paid > 3 * ROUND, "only {paid} was paid");
    runners
}

/// `migrate_task` of the world's task to `successor`, by `next`, who manages both.
fn move_on(world: &World, ledger: &Sponsored, next: &Person, successor: TaskTokens) {
    let migrate = instruction::migrate_task(world.tokens, successor.task, next.pubkey());
    act(ledger, next, migrate);
}

/// In the middle of round 7, while cycles 4 to 6 are under way, the task is handed over to `next` and moves
/// to a successor of shorter rounds.
fn hand_over_and_migrate(world: &World, ledger: &Sponsored, next: &Person) -> TaskTokens {
    let (task, manager, key) = (world.task_address(), world.manager.pubkey(), next.pubkey());
    let propose = instruction::propose_manager(task, manager, key);
    act(ledger, &world.manager, propose);
    act(ledger, next, instruction::accept_manager(task, key));
    let params = TaskParams {
        starting_slot: world.slot() + 1,
        round_time: 60,
        submission_window: 20,
        audit_window: 30,
        minimum_stake_amount: 50,
        ..world.params
    };
    let new = NewTask {
        creator: key,
        task_id: 9,
        mint: world.tokens.mint,
        token_program: world.tokens.token_program,
        params,
        texts: TaskTexts::default(),
    };
    act(ledger, next, new.create());
    let successor = new.tokens();
    move_on(world, ledger, next, successor);
    let task = world.task();
    assert_eq!(task.bounty_available, 0);
    assert!(task.bounty_reserved >= 2 * ROUND, "for cycles in flight");
    assert!(world.fetch::<Task>(&successor.task).bounty_funded > 0);
    successor
}

fn has_stake(world: &World, task: &Pubkey, node: &Pubkey) -> bool {
    !world.is_gone(&address::node_stake(task, node))
}

/// The old cycles end, every node follows as soon as its stake is free, and five rounds more are played.
fn play_in_successor<'a>(
    world: &World,
    ledger: &'a Sponsored<'a>,
    next: &Person,
    successor: TaskTokens,
    mut runners: Runners<'a>,
) {
    let schedule = world.fetch::<Task>(&successor.task).schedule;
    let end = schedule.boundary(14).unwrap();
    let mut last_round = 0;
    play(world, &mut runners, end, |runners| {
        for (number, node) in world.nodes.iter().enumerate() {
            if has_stake(world, &world.tokens.task, &node.pubkey()) {
                follow(world, ledger, successor, number, runners);
            }
        }
        let round = world.task().current_round(world.slot());
        if round > last_round {
            move_on(world, ledger, next, successor);
            last_round = round;
        }
        // Runners whose stake account is closed are done.
        runners.retain(|runner| has_stake(world, &runner.task(), &runner.node()));
    });
    let books = Books::read(&world.bank, &successor.task).unwrap().unwrap();
    let paid = books.bounty_paid();
    assert!(paid >= 4 * ROUND, "{paid} was paid");
    let old = world.task();
    assert_eq!(old.bounty_available, 0, "all that was free has moved");
    assert_eq!(old.total_stake, 0);
}

/// The successor takes no more work, everybody leaves, and both tasks are closed.
fn end_both(world: &World, ledger: &Sponsored, next: &Person, successor: TaskTokens) {
    let key = next.pubkey();
    let stop = instruction::set_active(successor.task, key, false);
    act(ledger, next, stop);
    for tokens in [world.tokens, successor] {
        end_cycles(world, ledger, tokens);
        everybody_leaves(world, ledger, tokens);
        let open = CycleView::open_cycles(&world.bank, &tokens.task).unwrap();
        assert_eq!(open, []);
        let state = world.fetch::<Task>(&tokens.task);
        let close = instruction::close_task(tokens.task, &state, key, next.wallet);
        act(ledger, next, close);
    }
}

/// Once the config is closed as well, the program keeps no account, and all its rent is back.
fn close_config(world: &World, ledger: &Sponsored) {
    assert_eq!(world.snapshot().accounts().len(), 1);
    let authority = upgrade_authority();
    let key = authority.pubkey();
    let (held, had) = (world.lamports(&address::config()), world.lamports(&key));
    let close = instruction::close_config(key, key);
    ledger.send(&[close], &[&authority]).unwrap();
    assert_eq!(world.lamports(&key), had + held);
    assert!(world.snapshot().accounts().is_empty());
}

fn whole_life(build: Build, money: Money) {
    let world = World::on(build)
        .money(money)
        .stakes(&[STAKE; NODES])
        .start();
    let next = Person {
        keypair: somebody(&world, "next manager"),
        wallet: key("next wallet", 0).pubkey(),
    };
    let mint = world.tokens.mint;
    world
        .bank
        .create_token_account(&next.wallet, &mint, &next.pubkey(), WALLET);
    let sponsor = key("sponsor", 0);
    world.bank.airdrop(&sponsor.pubkey(), 10 * LAMPORTS);
    let ledger = Tapped {
        ledger: &world.bank,
        tap: Sponsor(sponsor),
    };
    let people: Vec<&Person> = world.nodes.iter().chain([&world.manager, &next]).collect();
    let before = lamports(&world, &people);

    let runners = play_five_rounds(&world, &ledger);
    let successor = hand_over_and_migrate(&world, &ledger, &next);
    play_in_successor(&world, &ledger, &next, successor, runners);
    end_both(&world, &ledger, &next, successor);

    assert_eq!(lamports(&world, &people), before);
    let wallets = people.iter().map(|person| world.balance(&person.wallet));
    assert_eq!(wallets.sum::<u64>(), WALLET * people.len() as u64);
    close_config(&world, &ledger);
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
