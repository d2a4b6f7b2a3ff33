//! `submit`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{
    GradualError,
    rules::selection::next_entropy,
    state::{Audit, Status, Submission},
};
use gradual_consensus_client::{account::FullSubmission, address, instruction};
use gradual_consensus_testkit::{
    Build, LAMPORTS, STAKE, World, assert_refused, assert_refused_by_anchor, on_every_build,
    suite::{second_task, work_in}, swapped, unsigned,
};
use solana_sdk::{rent::Rent, sysvar};

on_every_build! {
    stores_the_value_as_given_at_its_own_length,
    refuses_an_empty_value_and_one_that_is_too_long,
    a_new_submission_is_pending,
    needs_the_minimum_of_active_stake,
    refuses_a_node_that_has_left,
    refuses_a_second_submission_whatever_it_says,
    only_a_cycle_that_was_opened_takes_submissions,
    an_open_cycle_takes_submissions_whatever_is_stopped,
    locks_the_stake_through_the_last_attempt,
    stirs_the_entropy_with_node_value_and_slot_hash,
    refuses_slot_hashes_of_its_senders_making,
    is_not_blocked_by_lamports_at_the_new_address,
    another_may_pay_the_rent,
    refuses_the_stake_of_others,
    refuses_other_cycles,
    refuses_another_address,
    refuses_a_cycle_that_never_comes,
}

/// The most recent slot hash, as the sysvar has it.
fn slot_hash(world: &World) -> [u8; 32] {
    let hashes = world.bank.account(&sysvar::slot_hashes::ID).unwrap();
    hashes.data[16..48].try_into().unwrap()
}

/// `submit.2`
fn stores_the_value_as_given_at_its_own_length(build: Build) {
    let world = World::on(build).start_active();
    for (node, length) in [(0, 1), (1, 32), (2, 512)] {
        let value: Vec<u8> = (0..=250).cycle().take(length).collect();
        world.submit(node, 1, &value).unwrap();
        let address = world.submission_address(node, 1);
        let stored: FullSubmission = world.fetch(&address);
        assert_eq!(stored.value, value);
        let account = world.bank.account(&address).unwrap();
        assert_eq!(account.data.len(), Submission::SPACE + length);
        assert_eq!(
            account.lamports,
            Rent::default().minimum_balance(account.data.len())
        );
    }
}

/// `submit.2`
fn refuses_an_empty_value_and_one_that_is_too_long(build: Build) {
    let world = World::on(build).start_active();
    for length in [0, 513] {
        let result = world.submit(0, 1, &vec![7; length]);
        assert_refused(result, GradualError::InvalidSubmissionLength);
    }
}

/// A new submission is pending, and names its author, cycle, window and slot.
fn a_new_submission_is_pending(build: Build) {
    let world = World::on(build).start_active();
    world.warp_to(307);
    world.submit(1, 1, b"proof").unwrap();
    let submission = world.submission(1, 1);
    let subject = submission.subject;
    assert_eq!(
        (subject.task, subject.cycle),
        (world.task_address(), world.cycle_address(1))
    );
    assert_eq!(
        (subject.author, subject.payer),
        (world.nodes[1].pubkey(), world.nodes[1].pubkey())
    );
    assert_eq!(
        (subject.cycle_number, subject.window_round, subject.slot),
        (1, 2, 307)
    );
    assert_eq!(subject.status(), Status::Pending);
    assert_eq!(subject.audit, Audit::default());
    assert_eq!((submission.value_len, submission.has_proposed), (5, 0));
}

/// `submit.3`
fn needs_the_minimum_of_active_stake(build: Build) {
    let world = World::on(build).stakes(&[100, 0, 0]).start_active();
    world.stake(1, STAKE).unwrap();
    assert_refused(
        world.submit(1, 1, b"proof"),
        GradualError::InsufficientActiveStake,
    );
    let stranger = world.submit(2, 1, b"proof");
    assert_refused_by_anchor(stranger, ErrorCode::AccountOwnedByWrongProgram);
    world.submit(0, 1, b"proof").unwrap();
}

/// `submit.3`: a node that withdrew all has none.
fn refuses_a_node_that_has_left(build: Build) {
    let world = World::on(build).start_active();
    world.withdraw(0, STAKE).unwrap();
    assert_refused(
        world.submit(0, 1, b"proof"),
        GradualError::InsufficientActiveStake,
    );
}

/// `submit.4`
fn refuses_a_second_submission_whatever_it_says(build: Build) {
    let world = World::on(build).start_active();
    world.submit(0, 1, b"proof").unwrap();
    assert_refused(world.submit(0, 1, b"proof"), GradualError::AlreadySubmitted);
    world.warp_to_last_submission(2);
    assert_refused(world.submit(0, 1, b"other"), GradualError::AlreadySubmitted);
    assert_eq!(world.cycle(1).submissions, 1);
}

/// `submit.5`: a cycle that nobody opened in its work round does not take place.
fn only_a_cycle_that_was_opened_takes_submissions(build: Build) {
    let world = World::on(build).start_active();
    assert!(world.is_gone(&world.cycle_address(2)));
    world.submit(0, 1, b"proof").unwrap();
    world.submit(1, 1, b"proof").unwrap();
    let cycle = world.cycle(1);
    assert_eq!((cycle.submissions, cycle.open_subjects), (2, 2));
    assert_eq!((cycle.bounty, cycle.owed, cycle.paid), (10_000, 10_000, 0));
    let opened = [0, 1].map(|node| world.node_stake(node).open_accounts);
    assert_eq!(opened, [2, 1], "node 0 opened the cycle");
    world.warp_to_round(3);
    for node in [0, 1, 2, 3] {
        let none = world.submit(node, 2, b"proof");
        assert_refused(none, GradualError::CycleNotOpen);
    }
}

/// `submit.5`, `set_paused.3`, `set_active.3`: whenever the pause, the deactivation or the end of the
/// config came.
fn an_open_cycle_takes_submissions_whatever_is_stopped(build: Build) {
    let world = World::on(build).start_active();
    world.set_active(false).unwrap();
    world.submit(0, 1, b"proof").unwrap();
    world.set_paused(true).unwrap();
    world.submit(1, 1, b"proof").unwrap();
    world.close_config().unwrap();
    world.submit(2, 1, b"proof").unwrap();
    assert_eq!(world.cycle(1).submissions, 3);
}

/// `submit.6`: the last attempt at the list of cycle 1 is made in round `3 + F`.
fn locks_the_stake_through_the_last_attempt(build: Build) {
    for (failed, unlock) in [(0, 481), (2, 681), (15, 1_981)] {
        let world = World::on(build.clone())
            .params(|params| params.allowed_failed_distributions = failed)
            .start_active();
        assert_eq!(world.node_stake(0).locked_until_slot, 0);
        world.submit(0, 1, b"proof").unwrap();
        assert_eq!(world.node_stake(0).locked_until_slot, unlock);
        world.open_cycle(0, 2).unwrap();
        world.warp_to_round(3);
        world.submit(0, 2, b"proof").unwrap();
        assert_eq!(world.node_stake(0).locked_until_slot, unlock + 100);
        assert_eq!(world.node_stake(1).locked_until_slot, 0);
        assert_eq!(world.node_stake(0).last_active_round, 3);
    }
}

/// `submit.7`
fn stirs_the_entropy_with_node_value_and_slot_hash(build: Build) {
    let world = World::on(build).start_active();
    let key = |node: usize| world.nodes[node].pubkey().to_bytes();
    world.submit(0, 1, b"first").unwrap();
    let first = next_entropy(&[0; 32], &key(0), b"first", &slot_hash(&world));
    assert_eq!(world.cycle(1).entropy, first);
    let earlier = slot_hash(&world);
    world.warp_to(320);
    assert_ne!(slot_hash(&world), earlier);
    world.submit(1, 1, b"second").unwrap();
    let second = next_entropy(&first, &key(1), b"second", &slot_hash(&world));
    assert_eq!(world.cycle(1).entropy, second);
}

/// `submit.7`
fn refuses_slot_hashes_of_its_senders_making(build: Build) {
    let world = World::on(build).start_active();
    let forged = swapped(
        world.submit_ix(0, 1, b"proof"),
        sysvar::slot_hashes::ID,
        world.nodes[1].wallet,
    );
    assert_refused_by_anchor(world.act(0, forged), ErrorCode::ConstraintAddress);
}

/// `submit.8`
fn is_not_blocked_by_lamports_at_the_new_address(build: Build) {
    for lamports in [1, LAMPORTS] {
        let world = World::on(build.clone()).start_active();
        let submission = world.submission_address(0, 1);
        world.bank.airdrop(&submission, lamports);
        world.submit(0, 1, b"proof").unwrap();
        let space = Submission::SPACE + b"proof".len();
        let rent = Rent::default().minimum_balance(space);
        assert_eq!(world.lamports(&submission), lamports.max(rent));
        assert_eq!(world.cycle(1).submissions, 1);
    }
}

/// Another may pay the rent, and the submission names the payer; only the node itself submits.
fn another_may_pay_the_rent(build: Build) {
    let world = World::on(build).stakes(&[STAKE, 0]).start_active();
    let before = world.lamports(&world.nodes[0].pubkey());
    let (node, payer) = (world.nodes[0].pubkey(), world.nodes[1].pubkey());
    let submit = instruction::submit(world.task_address(), node, payer, 1, b"proof".to_vec());
    let forged = unsigned(submit.clone(), node);
    assert_refused_by_anchor(world.act(1, forged), ErrorCode::AccountNotSigner);
    let signers = [&world.nodes[1].keypair, &world.nodes[0].keypair];
    world.send(&[submit], &signers).unwrap();
    assert_eq!(world.lamports(&node), before);
    assert_eq!(world.submission(0, 1).subject.payer, payer);
}

/// The stake is the node's own, in this task.
fn refuses_the_stake_of_others(build: Build) {
    let world = World::on(build).start();
    let second = second_task(&world, &[0]);
    world.begin_cycle(0, 1);
    let in_second = address::node_stake(&second.task, &world.nodes[0].pubkey());
    for (stake, expected) in [
        (world.stake_address(1), GradualError::WrongNode),
        (in_second, GradualError::WrongTask),
    ] {
        let submit = swapped(
            world.submit_ix(0, 1, b"proof"),
            world.stake_address(0),
            stake,
        );
        assert_refused(world.act(0, submit), expected);
    }
}

/// The cycle is the one named, of this task.
fn refuses_other_cycles(build: Build) {
    let world = World::on(build).start();
    let second = second_task(&world, &[0]);
    work_in(&world, second, 0);
    let node = world.nodes[0].pubkey();
    world.submit(1, 1, b"proof").unwrap();
    world.begin_cycle(0, 2);
    for (cycle, expected) in [
        (world.cycle_address(1), GradualError::WrongCycle),
        (world.stake_address(1), GradualError::WrongCycle),
        (address::cycle(&second.task, 1), GradualError::WrongTask),
        (world.cycle_address(3), GradualError::CycleNotOpen),
    ] {
        let submit = world.submit_ix(0, 2, b"proof");
        let submit = swapped(submit, world.cycle_address(2), cycle);
        let own = address::submission(&cycle, &node);
        let submit = swapped(submit, world.submission_address(0, 2), own);
        assert_refused(world.act(0, submit), expected);
    }
    world.submit(0, 2, b"proof").unwrap();
}

/// `submit.4`: a submission lives where its cycle and node say, so that a node has no second one.
fn refuses_another_address(build: Build) {
    let world = World::on(build).start_active();
    let (own, other) = (
        world.submission_address(0, 1),
        world.submission_address(1, 1),
    );
    let submit = swapped(world.submit_ix(0, 1, b"proof"), own, other);
    assert_refused_by_anchor(world.act(0, submit), ErrorCode::ConstraintSeeds);
}

/// `submit.1`: a cycle beyond all slots.
fn refuses_a_cycle_that_never_comes(build: Build) {
    let world = World::on(build).start_active();
    for cycle in [u64::MAX, u64::MAX - 1, u64::MAX / 100] {
        assert_refused(world.submit(0, cycle, b"proof"), GradualError::Overflow);
    }
}
