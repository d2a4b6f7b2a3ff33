//! `open_cycle`. Slots are written out: rounds of 100 begin at slot 100, so round 1 at 200.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{GradualError, TaskParams, state::Cycle};
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    BOUNTY, Build, LAMPORTS, STAKE, World, assert_outcome, assert_refused,
    assert_refused_by_anchor, key, on_every_build,
    suite::{another_task, migrate, second_task, successor},
    swapped, unsigned,
};
use solana_sdk::{rent::Rent, signature::Signer};

on_every_build! {
    a_cycle_is_opened_in_the_round_in_which_it_is_worked,
    only_the_cycle_that_is_worked_now_is_opened,
    no_cycle_is_opened_before_the_start,
    a_cycle_is_opened_once,
    the_first_cycle_is_cycle_1,
    the_openers_stake_is_active_in_the_review,
    stake_that_is_parked_by_then_opens_nothing,
    an_inactive_task_opens_no_cycle,
    a_task_that_has_migrated_opens_no_cycle,
    a_paused_program_opens_no_cycle,
    nothing_after_the_opening_changes_the_cycle,
    exactly_a_rounds_bounty_is_set_aside,
    less_than_a_rounds_bounty_opens_nothing,
    no_two_cycles_count_on_the_same_bounty,
    a_new_cycle_owes_its_whole_bounty,
    opening_counts_as_an_act_and_resumes_parked_stake,
    lamports_at_the_cycles_address_block_nothing,
    another_may_pay_the_rent,
    refuses_the_stake_of_others,
    refuses_another_address,
}

/// A world in round 0, in which these nodes staked.
fn begun(build: &Build, stakes: &[u64]) -> World {
    World::on(build.clone()).stakes(stakes).start()
}

/// `open_cycle.1`
fn a_cycle_is_opened_in_the_round_in_which_it_is_worked(build: Build) {
    for (slot, expected) in [
        (199, Some(GradualError::OpeningWindowClosed)),
        (200, None),
        (220, None),
        (240, None),
        (241, Some(GradualError::OpeningWindowClosed)),
        (300, Some(GradualError::OpeningWindowClosed)),
    ] {
        let world = begun(&build, &[STAKE]);
        world.warp_to(slot);
        assert_outcome(world.open_cycle(0, 1), expected);
    }
}

/// `open_cycle.1`
fn only_the_cycle_that_is_worked_now_is_opened(build: Build) {
    let world = begun(&build, &[STAKE]);
    world.warp_to_round(5);
    for cycle in [0, 3, 4, 6, u64::MAX] {
        assert_refused(
            world.open_cycle(0, cycle),
            GradualError::OpeningWindowClosed,
        );
    }
    world.open_cycle(0, 5).unwrap();
}

/// `open_cycle.1`: slots before the start belong to no round.
fn no_cycle_is_opened_before_the_start(build: Build) {
    let world = begun(&build, &[0]);
    let change = |params: &mut TaskParams| params.starting_slot = 1_000;
    let early = another_task(&world, &world.manager.keypair, 2, change);
    let valid = world.valid_in(early);
    world.act(0, valid.stake(0, STAKE)).unwrap();
    world.warp_to(999);
    for cycle in [0, 1] {
        let open = world.act(0, valid.open_cycle(0, cycle));
        assert_refused(open, GradualError::OpeningWindowClosed);
    }
}

/// `open_cycle.1`: whoever sends the second, and however late.
fn a_cycle_is_opened_once(build: Build) {
    let world = begun(&build, &[STAKE, STAKE]);
    world.warp_to_round(1);
    world.open_cycle(0, 1).unwrap();
    world.warp_to(240);
    for node in [0, 1] {
        assert_refused(world.open_cycle(node, 1), GradualError::CycleAlreadyOpen);
    }
    let task = world.task();
    assert_eq!(task.bounty_reserved, task.bounty_amount_per_round);
}

/// `open_cycle.2`: nobody's stake is active in round 1, in which cycle 0 would be reviewed.
fn the_first_cycle_is_cycle_1(build: Build) {
    let world = begun(&build, &[STAKE]);
    assert_refused(
        world.open_cycle(0, 0),
        GradualError::InsufficientActiveStake,
    );
    world.warp_to_round(1);
    world.open_cycle(0, 1).unwrap();
}

/// `open_cycle.2`: it need not be active now.
fn the_openers_stake_is_active_in_the_review(build: Build) {
    let world = begun(&build, &[100, 0, 0]);
    world.warp_to_round(1);
    world.stake(1, STAKE).unwrap();
    let late = world.open_cycle(1, 1);
    assert_refused(late, GradualError::InsufficientActiveStake);
    let stranger = world.open_cycle(2, 1);
    assert_refused_by_anchor(stranger, ErrorCode::AccountOwnedByWrongProgram);
    assert_eq!(world.node_stake(0).stake.active(), 0);
    world.open_cycle(0, 1).unwrap();

    world.warp_to_round(2);
    world.withdraw(0, 100).unwrap();
    let left = world.open_cycle(0, 2);
    assert_refused(left, GradualError::InsufficientActiveStake);
    assert_eq!(world.node_stake(1).stake.at(2).active(), 0);
    world.open_cycle(1, 2).unwrap();
}

/// `open_cycle.2`
fn stake_that_is_parked_by_then_opens_nothing(build: Build) {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 1)
        .stakes(&[STAKE])
        .start();
    world.warp_to_round(2);
    world.park(0).unwrap();
    world.warp_to_round(3);
    assert_eq!(world.node_stake(0).stake.at(3).active(), STAKE);
    assert_refused(
        world.open_cycle(0, 3),
        GradualError::InsufficientActiveStake,
    );
}

/// `open_cycle.3`, `set_active.2`: before or after, in the same round.
fn an_inactive_task_opens_no_cycle(build: Build) {
    let world = begun(&build, &[STAKE]);
    world.warp_to_round(1);
    world.set_active(false).unwrap();
    assert_refused(world.open_cycle(0, 1), GradualError::TaskInactive);
    world.set_active(true).unwrap();
    world.open_cycle(0, 1).unwrap();
}

/// `open_cycle.3`, `migrate_task.3`
fn a_task_that_has_migrated_opens_no_cycle(build: Build) {
    let world = begun(&build, &[STAKE]);
    let successor = successor(&world);
    world.warp_to_round(1);
    migrate(&world, &successor).unwrap();
    world.fund(BOUNTY).unwrap();
    assert_refused(world.open_cycle(0, 1), GradualError::TaskMigrated);
}

/// `open_cycle.3`, `set_paused.2`, `initialize_config.3`
fn a_paused_program_opens_no_cycle(build: Build) {
    let world = begun(&build, &[STAKE]);
    world.warp_to_round(1);
    world.set_paused(true).unwrap();
    assert_refused(world.open_cycle(0, 1), GradualError::Paused);
    world.set_paused(false).unwrap();
    world.open_cycle(0, 1).unwrap();
    world.warp_to_round(2);
    world.close_config().unwrap();
    assert_refused(world.open_cycle(0, 2), GradualError::NoConfig);
}

/// `submit.5`, `set_paused.3`, `set_active.3`: no pause, deactivation, funding or migration after the
/// opening changes anything for the cycle.
fn nothing_after_the_opening_changes_the_cycle(build: Build) {
    let world = begun(&build, &[STAKE, STAKE]);
    let successor = successor(&world);
    world.warp_to_round(1);
    world.open_cycle(0, 1).unwrap();
    let opened = world.cycle(1);
    world.fund(123).unwrap();
    world.set_active(false).unwrap();
    migrate(&world, &successor).unwrap();
    world.set_paused(true).unwrap();
    assert_eq!(world.cycle(1), opened);
    world.warp_to_round(2);
    world.submit_all(&[0, 1], 1);
    world.warp_to_round(3);
    let (proposer, _) = world.first_proposer(&[0, 1], 1, 0);
    let list = [(0, 5_000), (1, 5_000)];
    world.propose(proposer, 1, 0, &list).unwrap();
    world.warp_past_audit(3);
    world.finalize(1, 0).unwrap();
    for index in [0, 1] {
        world.payout(1, 0, &list, index).unwrap();
    }
    assert_eq!(world.cycle(1).paid, 10_000);
}

/// `open_cycle.4`
fn exactly_a_rounds_bounty_is_set_aside(build: Build) {
    let world = begun(&build, &[STAKE]);
    world.warp_to_round(1);
    world.open_cycle(0, 1).unwrap();
    let task = world.task();
    assert_eq!(
        (task.bounty_available, task.bounty_reserved),
        (BOUNTY - 10_000, 10_000)
    );
    assert_eq!(world.books().bounty_pot, BOUNTY);
}

/// `open_cycle.4`
fn less_than_a_rounds_bounty_opens_nothing(build: Build) {
    let world = World::on(build).bounty(9_999).stakes(&[STAKE]).start();
    world.warp_to_round(1);
    assert_refused(world.open_cycle(0, 1), GradualError::BountyTooSmall);
    world.fund(1).unwrap();
    world.open_cycle(0, 1).unwrap();
    let task = world.task();
    assert_eq!((task.bounty_available, task.bounty_reserved), (0, 10_000));
}

/// `open_cycle.4`
fn no_two_cycles_count_on_the_same_bounty(build: Build) {
    let world = World::on(build).bounty(19_999).stakes(&[STAKE]).start();
    world.warp_to_round(1);
    world.open_cycle(0, 1).unwrap();
    world.warp_to_round(2);
    world.submit(0, 1, b"proof").unwrap();
    assert_refused(world.open_cycle(0, 2), GradualError::BountyTooSmall);
    world.warp_to_round(3);
    let none = world.submit(0, 2, b"proof");
    assert_refused(none, GradualError::CycleNotOpen);
    world.propose(0, 1, 0, &[(0, 9_999)]).unwrap();
    assert_refused(world.open_cycle(0, 3), GradualError::BountyTooSmall);
    world.warp_past_audit(3);
    world.finalize(1, 0).unwrap();
    world.warp_to_round(4);
    world.open_cycle(0, 4).unwrap();
    assert_eq!(world.task().bounty_available, 0);
}

/// `open_cycle.4`: the cycle names its opener, the payer and what was set aside for it.
fn a_new_cycle_owes_its_whole_bounty(build: Build) {
    let world = begun(&build, &[STAKE, STAKE]);
    world.warp_to_round(1);
    world.open_cycle(1, 1).unwrap();
    let (cycle, opener) = (world.cycle(1), world.nodes[1].pubkey());
    assert_eq!((cycle.task, cycle.number), (world.task_address(), 1));
    assert_eq!((cycle.opener, cycle.payer), (opener, opener));
    assert_eq!((cycle.bounty, cycle.owed, cycle.paid), (10_000, 10_000, 0));
    assert_eq!((cycle.submissions, cycle.open_subjects), (0, 0));
    assert_eq!(cycle.entropy, [0; 32]);
    assert_eq!(world.node_stake(1).open_accounts, 1);
    assert_eq!(world.node_stake(1).locked_until_slot, 0);
}

/// `open_cycle.5`
fn opening_counts_as_an_act_and_resumes_parked_stake(build: Build) {
    let world = World::on(build)
        .params(|params| params.idle_rounds = 2)
        .stakes(&[STAKE])
        .start();
    world.warp_to_round(2);
    world.open_cycle(0, 2).unwrap();
    assert_eq!(world.node_stake(0).last_active_round, 2);
    world.warp_to_round(4);
    assert_refused(world.park(0), GradualError::NotIdle);
    world.warp_to_round(5);
    world.park(0).unwrap();
    assert_eq!(world.node_stake(0).stake.amounts, [STAKE, STAKE, 0]);
    world.open_cycle(0, 5).unwrap();
    let stake = world.node_stake(0);
    assert_eq!((stake.stake.amounts, stake.stake.parked), ([STAKE; 3], 0));
    assert_eq!(stake.last_active_round, 5);
}

/// `open_cycle.6`
fn lamports_at_the_cycles_address_block_nothing(build: Build) {
    for lamports in [1, LAMPORTS] {
        let world = begun(&build, &[STAKE]);
        let cycle = world.cycle_address(1);
        world.bank.airdrop(&cycle, lamports);
        world.warp_to_round(1);
        world.open_cycle(0, 1).unwrap();
        let rent = Rent::default().minimum_balance(Cycle::SPACE);
        assert_eq!(world.lamports(&cycle), lamports.max(rent));
    }
}

/// Another may pay the rent, and the cycle names the payer; only the node itself opens.
fn another_may_pay_the_rent(build: Build) {
    let world = begun(&build, &[STAKE, 0]);
    world.warp_to_round(1);
    let [node, payer] = [0, 1].map(|node| world.nodes[node].pubkey());
    let open = instruction::open_cycle(world.task_address(), node, payer, 1);
    let forged = unsigned(open.clone(), node);
    assert_refused_by_anchor(world.act(1, forged), ErrorCode::AccountNotSigner);
    let before = world.lamports(&node);
    let signers = [&world.nodes[1].keypair, &world.nodes[0].keypair];
    world.send(&[open], &signers).unwrap();
    assert_eq!(world.lamports(&node), before);
    assert_eq!((world.cycle(1).payer, world.cycle(1).opener), (payer, node));
}

/// The stake is the node's own, in this task.
fn refuses_the_stake_of_others(build: Build) {
    let world = begun(&build, &[STAKE, STAKE]);
    let second = second_task(&world, &[0]);
    world.warp_to_round(1);
    let in_second = address::node_stake(&second.task, &world.nodes[0].pubkey());
    for (stake, expected) in [
        (world.stake_address(1), GradualError::WrongNode),
        (in_second, GradualError::WrongTask),
    ] {
        let open = world.valid().open_cycle(0, 1);
        let open = swapped(open, world.stake_address(0), stake);
        assert_refused(world.act(0, open), expected);
    }
}

/// `open_cycle.1`: a cycle lives where its task and number say, so that there is no second one.
fn refuses_another_address(build: Build) {
    let world = begun(&build, &[STAKE]);
    world.warp_to_round(1);
    for other in [world.cycle_address(2), key("elsewhere", 0).pubkey()] {
        let open = swapped(
            world.valid().open_cycle(0, 1),
            world.cycle_address(1),
            other,
        );
        assert_refused_by_anchor(world.act(0, open), ErrorCode::ConstraintSeeds);
    }
}
