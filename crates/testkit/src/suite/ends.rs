//! Runners that play on, and how a task ends.

use crate::{Person, WALLET, World};
use gradual_consensus::state::Task;
use gradual_consensus_client::{
    amount::Amount,
    books::Books,
    instruction::{self, TaskTokens},
    ledger::Ledger,
};
use gradual_consensus_node::{
    logic::TaskLogic,
    runner::{AUDIT_RATE, NodeRunner, Rewards, RunnerOptions},
    sweep,
};

/// How node number `number` plays where every way is to be seen: it proposes, and claims, compounds or
/// keeps what it earns.
pub const fn play_style(number: usize, node: &Person) -> RunnerOptions {
    RunnerOptions {
        propose: true,
        rewards: match number % 3 {
            0 => Rewards::Claim(node.wallet),
            1 => Rewards::Compound,
            _ => Rewards::Keep,
        },
        min_reward: Amount::ZERO,
        audit_rate: AUDIT_RATE,
    }
}

/// Brings every cycle of `task` to its end, a long time from now, with nothing but what anyone may do.
pub fn end_cycles(world: &World, ledger: &impl Ledger, tokens: TaskTokens) {
    let task: Task = world.fetch(&tokens.task);
    let attempts = u64::from(task.allowed_failed_distributions);
    for rounds in [attempts + 4, task.claim_window + 1] {
        let round = task.current_round(world.slot()) + rounds;
        world.warp_to(task.schedule.boundary(round).unwrap());
        let manager = &world.manager;
        loop {
            let due = sweep::due(ledger, &tokens.task, &manager.pubkey()).unwrap();
            if due.is_empty() {
                break;
            }
            for instruction in due {
                ledger.send(&[instruction], &[&manager.keypair]).unwrap();
                world.check_books();
            }
        }
    }
}

/// Every node takes all that is its own out of `task` and leaves it.
pub fn everybody_leaves(world: &World, ledger: &impl Ledger, tokens: TaskTokens) {
    for stake in Books::read(&world.bank, &tokens.task)
        .unwrap()
        .unwrap()
        .stakes
    {
        let stake = stake.data;
        let owns = |node: &&Person| node.pubkey() == stake.node;
        let node = world.nodes.iter().find(owns).unwrap();
        let (key, wallet, total) = (node.pubkey(), node.wallet, stake.stake.total());
        let claim =
            (stake.available_balance > 0).then(|| instruction::claim_reward(tokens, key, wallet));
        let withdraw = (total > 0).then(|| instruction::withdraw(tokens, key, wallet, total));
        let close = instruction::close_stake(tokens.task, key, stake.payer, key);
        for instruction in claim.into_iter().chain(withdraw).chain([close]) {
            ledger.send(&[instruction], &[&node.keypair]).unwrap();
            world.check_books();
        }
    }
}

/// Lets these runners play until `end`, or until nobody has anything to do before it. `between` is called
/// at every slot at which somebody looked.
pub fn play<L: Ledger, T: TaskLogic>(
    world: &World,
    runners: &mut [NodeRunner<L, T>],
    end: u64,
    mut between: impl FnMut(&World),
) {
    while world.slot() < end {
        let mut next = end;
        for runner in &mut *runners {
            next = next.min(runner.step().unwrap().wake_at);
            world.check_books();
        }
        between(world);
        assert!(next > world.slot(), "nothing goes on");
        world.warp_to(next);
    }
}

/// Ends the world's task with nothing left in it: its manager deactivates it, its cycles end, everybody
/// leaves, and it is closed.
pub fn wind_up(world: &World) {
    world.set_active(false).unwrap();
    end_cycles(world, &world.bank, world.tokens);
    everybody_leaves(world, &world.bank, world.tokens);
    world.close_task().unwrap();
}

/// Every base unit in the world is in somebody's wallet again, and of all accounts only the config is
/// left.
pub fn assert_nothing_is_stranded(world: &World) {
    let people = world.nodes.iter().chain([&world.manager]);
    let all: u64 = people.map(|person| world.balance(&person.wallet)).sum();
    assert_eq!(
        all,
        WALLET * (u64::try_from(world.nodes.len()).unwrap() + 1)
    );
    assert_eq!(world.snapshot().accounts().len(), 1);
}
