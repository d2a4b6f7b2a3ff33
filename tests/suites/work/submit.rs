//! `submit`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{
    GradualError,
    rules::selection::next_entropy,
    state::{Audit, Cycle, Status, Submission},
};
use gradual_consensus_client::{account::FullSubmission, address, instruction};
use gradual_consensus_testkit::{
    Build, LAMPORTS, STAKE, World, assert_refused, assert_refused_by_anchor, on_every_build,
    suite::second_task, swapped, unsigned,
};
use solana_sdk::{rent::Rent, sysvar};

on_every_build! {
    stores_the_value_as_given_at_its_own_length,
    refuses_an_empty_value_and_one_that_is_too_long,
    a_new_submission_is_pending,
    needs_the_minimum_of_active_stake,
    refuses_a_node_that_has_left,
    refuses_a_second_submission_whatever_it_says,
    the_first_one_opens_the_cycle_and_later_ones_find_it,
    locks_the_stake_until_the_cycle_is_over,
    stirs_the_entropy_with_node_value_and_slot_hash,
    refuses_slot_hashes_of_its_senders_making,
    is_not_blocked_by_lamports_at_the_new_addresses,
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
    assert_eq!(world.round(1).submissions, 1);
}

/// `submit.5`
fn the_first_one_opens_the_cycle_and_later_ones_find_it(build: Build) {
    let world = World::on(build)
        .stakes(&[1_000, 2_000, 3_000, 4_000])
        .start_active();
    assert!(world.is_gone(&world.cycle_address(1)));
    world.withdraw(3, 4_000).unwrap();
    world.submit(0, 1, b"proof").unwrap();
    let opened = world.round(1);
    assert_eq!((opened.task, opened.number), (world.task_address(), 1));
    assert_eq!(
        (opened.opener, opened.payer),
        (world.nodes[0].pubkey(), world.nodes[0].pubkey())
    );
    assert_eq!((opened.submissions, opened.open_subjects), (1, 1));
    world.withdraw(2, 3_000).unwrap();
    world.submit(1, 1, b"proof").unwrap();
    let cycle = world.round(1);
    assert_eq!((cycle.submissions, cycle.open_subjects), (2, 2));
    assert_eq!(cycle.opener, world.nodes[0].pubkey());
    assert_eq!(world.node_stake(0).open_accounts, 2);
    assert_eq!(world.node_stake(1).open_accounts, 1);
}

/// `submit.6`
fn locks_the_stake_until_the_cycle_is_over(build: Build) {
    let world = World::on(build).start_active();
    assert_eq!(world.node_stake(0).locked_until_slot, 0);
    world.submit(0, 1, b"proof").unwrap();
    assert_eq!(world.node_stake(0).locked_until_slot, 500);
    world.warp_to_round(3);
    world.submit(0, 2, b"proof").unwrap();
    assert_eq!(world.node_stake(0).locked_until_slot, 600);
    assert_eq!(world.node_stake(1).locked_until_slot, 0);
}

/// `submit.7`
fn stirs_the_entropy_with_node_value_and_slot_hash(build: Build) {
    let world = World::on(build).start_active();
    let key = |node: usize| world.nodes[node].pubkey().to_bytes();
    world.submit(0, 1, b"first").unwrap();
    let first = next_entropy(&[0; 32], &key(0), b"first", &slot_hash(&world));
    assert_eq!(world.round(1).entropy, first);
    let earlier = slot_hash(&world);
    world.warp_to(320);
    assert_ne!(slot_hash(&world), earlier);
    world.submit(1, 1, b"second").unwrap();
    let second = next_entropy(&first, &key(1), b"second", &slot_hash(&world));
    assert_eq!(world.round(1).entropy, second);
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
fn is_not_blocked_by_lamports_at_the_new_addresses(build: Build) {
    for lamports in [1, LAMPORTS] {
        let world = World::on(build.clone()).start_active();
        let (cycle, submission) = (world.cycle_address(1), world.submission_address(0, 1));
        world.bank.airdrop(&cycle, lamports);
        world.bank.airdrop(&submission, lamports);
        world.submit(0, 1, b"proof").unwrap();
        let rent = |space| Rent::default().minimum_balance(space);
        assert_eq!(world.lamports(&cycle), lamports.max(rent(Cycle::SPACE)));
        let space = Submission::SPACE + b"proof".len();
        assert_eq!(world.lamports(&submission), lamports.max(rent(space)));
        assert_eq!(world.round(1).submissions, 1);
    }
}

/// Another may pay the rent, and both accounts name the payer; only the node itself submits.
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
    assert_eq!((world.round(1).payer, world.round(1).opener), (payer, node));
    assert_eq!(world.submission(0, 1).subject.payer, payer);
}

/// The stake is the node's own, in this task.
fn refuses_the_stake_of_others(build: Build) {
    let world = World::on(build).start();
    let second = second_task(&world, &[0]);
    world.warp_to_round(2);
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
    world.warp_to_round(2);
    let node = world.nodes[0].pubkey();
    let elsewhere = instruction::submit(second.task, node, node, 1, vec![1]);
    world.act(0, elsewhere).unwrap();
    world.submit(1, 1, b"proof").unwrap();
    world.warp_to_round(3);
    for (cycle, expected) in [
        (world.cycle_address(1), GradualError::WrongCycle),
        (world.stake_address(1), GradualError::WrongCycle),
        (address::cycle(&second.task, 1), GradualError::WrongTask),
        (world.cycle_address(3), GradualError::WrongAddress),
    ] {
        let submit = world.submit_ix(0, 2, b"proof");
        let submit = swapped(submit, world.cycle_address(2), cycle);
        let own = address::submission(&cycle, &node);
        let submit = swapped(submit, world.submission_address(0, 2), own);
        assert_refused(world.act(0, submit), expected);
    }
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
