//! `create_task`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{
    GradualError, TaskParams, TaskTexts, VotingRule,
    state::{Task, TaskMetadata},
};
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    Build, NewTask, World, assert_refused, assert_refused_by_anchor, default_params,
    on_every_build,
    suite::{Sent, other_mint},
    swapped,
};
use solana_sdk::{program_pack::Pack, pubkey::Pubkey};
use spl_token_interface::state::Account as TokenAccount;
use std::collections::BTreeSet;

on_every_build! {
    stores_the_terms_as_given,
    stores_texts_that_fill_their_fields,
    refuses_a_start_that_is_not_to_come,
    refuses_windows_that_do_not_fit_a_round,
    accepts_the_tightest_windows,
    refuses_shares_out_of_range,
    accepts_shares_at_the_ends_of_their_range,
    refuses_amounts_and_numbers_of_rounds_out_of_range,
    refuses_texts_longer_than_their_fields,
    opens_both_pots_under_the_task_alone,
    refuses_pots_at_other_addresses,
    refuses_a_second_task_on_the_same_terms,
    other_terms_have_another_address,
    is_not_blocked_by_lamports_at_the_new_addresses,
}

/// The default terms, from slot 500 on.
fn terms() -> TaskParams {
    TaskParams {
        starting_slot: 500,
        ..default_params()
    }
}

/// Task number 2 of the world's manager and mint.
fn second(world: &World, params: TaskParams, texts: TaskTexts) -> NewTask {
    NewTask {
        creator: world.manager.pubkey(),
        task_id: 2,
        mint: world.tokens.mint,
        token_program: world.tokens.token_program,
        params,
        texts,
    }
}

/// Creates task number 2 on the default terms but for one change.
fn create(world: &World, change: impl FnOnce(&mut TaskParams)) -> Sent {
    let mut params = terms();
    change(&mut params);
    world.crank(second(world, params, TaskTexts::default()).create())
}

/// Creates task number 2 with these texts.
fn create_with(world: &World, texts: TaskTexts) -> Sent {
    world.crank(second(world, terms(), texts).create())
}

fn schedule(params: &mut TaskParams, round_time: u64, submission_window: u64, audit_window: u64) {
    params.round_time = round_time;
    params.submission_window = submission_window;
    params.audit_window = audit_window;
}

/// `create_task.1`
fn stores_the_terms_as_given(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let params = TaskParams {
        starting_slot: 12_345,
        round_time: 600,
        submission_window: 201,
        audit_window: 202,
        minimum_stake_amount: 3,
        bounty_amount_per_round: 4,
        claim_window: 5,
        idle_rounds: 12,
        allowed_failed_distributions: 6,
        voting_rule: VotingRule::PerNode,
        equal_shares: true,
        quorum_bps: 7,
        slash_bps: 8,
        false_challenge_bps: 9,
        challenger_bps: 10,
        voter_bps: 11,
    };
    let new = second(&world, params, TaskTexts::default());
    world.crank(new.create()).unwrap();
    let task: Task = world.fetch(&new.tokens().task);
    assert_eq!(task.terms_hash, new.terms_hash());
    let schedule = task.schedule;
    assert_eq!((schedule.starting_slot, schedule.round_time), (12_345, 600));
    assert_eq!(
        (schedule.submission_window, schedule.audit_window),
        (201, 202)
    );
    assert_eq!(
        (task.minimum_stake_amount, task.bounty_amount_per_round),
        (3, 4)
    );
    assert_eq!(
        (task.claim_window, task.allowed_failed_distributions),
        (5, 6)
    );
    assert_eq!((task.idle_rounds, task.equal_shares), (12, 1));
    assert_eq!((task.voting_rule, task.quorum_bps), (0, 7));
    assert_eq!((task.slash_bps, task.false_challenge_bps), (8, 9));
    assert_eq!((task.challenger_bps, task.voter_bps), (10, 11));
    assert_eq!((task.mint, task.mint_decimals), (world.tokens.mint, 6));
    assert_eq!(
        (task.creator, task.manager),
        (world.manager.pubkey(), world.manager.pubkey())
    );
    assert_eq!((task.task_id, task.is_active), (2, 1));
    assert_eq!(
        (task.bounty_available, task.total_stake, task.node_count),
        (0, 0, 0)
    );
}

/// `create_task.1`
fn stores_texts_that_fill_their_fields(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let texts = TaskTexts {
        name: "ä".repeat(12),
        description: "d".repeat(64),
        audit_program: "a".repeat(64),
        metadata: "m".repeat(64),
        network: "n".repeat(64),
        vars: "v".repeat(64),
    };
    let new = second(&world, terms(), texts.clone());
    world.crank(new.create()).unwrap();
    let task = new.tokens().task;
    let stored: TaskMetadata = world.fetch(&address::metadata(&task));
    assert_eq!(stored.task, task);
    assert_eq!(
        (stored.name, stored.description),
        (texts.name, texts.description)
    );
    assert_eq!(
        (stored.audit_program, stored.metadata),
        (texts.audit_program, texts.metadata)
    );
    assert_eq!((stored.network, stored.vars), (texts.network, texts.vars));
}

/// `create_task.2`
fn refuses_a_start_that_is_not_to_come(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    assert_eq!(world.slot(), 100);
    for start in [0, 99, 100] {
        let late = create(&world, |params| params.starting_slot = start);
        assert_refused(late, GradualError::StartInPast);
    }
    create(&world, |params| params.starting_slot = 101).unwrap();
}

/// `create_task.2`
fn refuses_windows_that_do_not_fit_a_round(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    for (round_time, submission_window, audit_window) in [
        (100, 0, 40),
        (100, 40, 1),
        (100, 60, 41),
        (4, 2, 2),
        (0, 0, 0),
        (u64::from(u32::MAX) + 1, 40, 40),
        (100, u64::MAX, 40),
    ] {
        let result = create(&world, |params| {
            schedule(params, round_time, submission_window, audit_window);
        });
        assert_refused(result, GradualError::InvalidSchedule);
    }
}

/// `create_task.2`
fn accepts_the_tightest_windows(build: Build) {
    for (round_time, submission_window, audit_window) in [
        (4, 1, 2),
        (4, 1, 3),
        (100, 97, 3),
        (u64::from(u32::MAX), 1, 2),
    ] {
        let world = World::on(build.clone()).stakes(&[]).start();
        create(&world, |params| {
            schedule(params, round_time, submission_window, audit_window);
        })
        .unwrap();
    }
}

/// `create_task.3`
fn refuses_shares_out_of_range(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let changes: [fn(&mut TaskParams); 6] = [
        |params| params.quorum_bps = 0,
        |params| params.quorum_bps = 10_001,
        |params| params.slash_bps = 10_001,
        |params| params.false_challenge_bps = 10_001,
        |params| (params.challenger_bps, params.voter_bps) = (5_000, 5_001),
        |params| (params.challenger_bps, params.voter_bps) = (u16::MAX, u16::MAX),
    ];
    for change in changes {
        assert_refused(create(&world, change), GradualError::InvalidBps);
    }
}

/// `create_task.3`
fn accepts_shares_at_the_ends_of_their_range(build: Build) {
    let ends: [fn(&mut TaskParams); 2] = [
        |params| {
            params.quorum_bps = 1;
            (params.slash_bps, params.false_challenge_bps) = (0, 0);
            (params.challenger_bps, params.voter_bps) = (0, 0);
        },
        |params| {
            params.quorum_bps = 10_000;
            (params.slash_bps, params.false_challenge_bps) = (10_000, 10_000);
            (params.challenger_bps, params.voter_bps) = (5_000, 5_000);
        },
    ];
    for change in ends {
        let world = World::on(build.clone()).stakes(&[]).start();
        create(&world, change).unwrap();
    }
}

/// `create_task.3`
fn refuses_amounts_and_numbers_of_rounds_out_of_range(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let changes: [fn(&mut TaskParams); 5] = [
        |params| params.minimum_stake_amount = 0,
        |params| params.bounty_amount_per_round = 0,
        |params| params.claim_window = 0,
        |params| params.allowed_failed_distributions = 16,
        |params| params.allowed_failed_distributions = u8::MAX,
    ];
    for change in changes {
        assert_refused(create(&world, change), GradualError::InvalidParameter);
    }
    create(&world, |params| {
        params.allowed_failed_distributions = 15;
        (params.minimum_stake_amount, params.bounty_amount_per_round) = (1, 1);
        params.claim_window = 1;
    })
    .unwrap();
}

/// `create_task.4`
fn refuses_texts_longer_than_their_fields(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let fields: [fn(&mut TaskTexts) -> &mut String; 5] = [
        |texts| &mut texts.description,
        |texts| &mut texts.audit_program,
        |texts| &mut texts.metadata,
        |texts| &mut texts.network,
        |texts| &mut texts.vars,
    ];
    for field in fields {
        let mut texts = TaskTexts::default();
        *field(&mut texts) = "x".repeat(65);
        assert_refused(create_with(&world, texts), GradualError::TextTooLong);
    }
    for name in ["x".repeat(25), "ä".repeat(13)] {
        let texts = TaskTexts {
            name,
            ..TaskTexts::default()
        };
        assert_refused(create_with(&world, texts), GradualError::TextTooLong);
    }
}

/// `create_task.5`
fn opens_both_pots_under_the_task_alone(build: Build) {
    let world = World::on(build).stakes(&[]).bounty(0).start();
    let task = world.task();
    let stored = (task.stake_pot, task.bounty_pot);
    let (stake_pot, bounty_pot) = (
        address::stake_pot(&world.task_address()),
        address::bounty_pot(&world.task_address()),
    );
    assert_eq!(stored, (stake_pot, bounty_pot));
    for pot in [stake_pot, bounty_pot] {
        let account = world.bank.account(&pot).unwrap();
        assert_eq!(account.owner, spl_token_interface::ID);
        let pot = TokenAccount::unpack(&account.data).unwrap();
        assert_eq!(
            (pot.mint, pot.owner),
            (world.tokens.mint, world.task_address())
        );
        assert_eq!((pot.amount, pot.delegate.is_none()), (0, true));
        assert!(pot.close_authority.is_none());
    }
}

/// `create_task.5`
fn refuses_pots_at_other_addresses(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let new = second(&world, terms(), TaskTexts::default());
    let task = new.tokens().task;
    let (stake_pot, bounty_pot) = (address::stake_pot(&task), address::bounty_pot(&task));
    let mut create = new.create();
    for meta in &mut create.accounts {
        if meta.pubkey == stake_pot {
            meta.pubkey = bounty_pot;
        } else if meta.pubkey == bounty_pot {
            meta.pubkey = stake_pot;
        }
    }
    assert_refused_by_anchor(world.crank(create), ErrorCode::ConstraintSeeds);
}

/// `create_task.6`: before its start or after it, whatever has become of the first.
fn refuses_a_second_task_on_the_same_terms(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    let new = second(&world, terms(), TaskTexts::default());
    world.crank(new.create()).unwrap();
    assert_refused(world.crank(new.create()), GradualError::TaskExists);
    world
        .crank(instruction::set_active(
            new.tokens().task,
            new.creator,
            false,
        ))
        .unwrap();
    assert_refused(world.crank(new.create()), GradualError::TaskExists);
    let others = NewTask {
        creator: world.nodes[0].pubkey(),
        ..new.clone()
    };
    world.act(0, others.create()).unwrap();
    let task: Task = world.fetch(&others.tokens().task);
    assert_eq!(task.manager, others.creator);
    world.warp_to(500);
    assert_refused(world.crank(new.create()), GradualError::StartInPast);
}

/// `create_task.6`: each of the terms, the mint and each text is part of the address, and a task is
/// created at its own address only.
fn other_terms_have_another_address(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let new = second(&world, terms(), TaskTexts::default());
    let params: [fn(&mut TaskParams); 16] = [
        |params| params.starting_slot += 1,
        |params| params.round_time += 1,
        |params| params.submission_window += 1,
        |params| params.audit_window += 1,
        |params| params.minimum_stake_amount += 1,
        |params| params.bounty_amount_per_round += 1,
        |params| params.claim_window += 1,
        |params| params.idle_rounds += 1,
        |params| params.allowed_failed_distributions += 1,
        |params| params.voting_rule = VotingRule::PerNode,
        |params| params.equal_shares = !params.equal_shares,
        |params| params.quorum_bps += 1,
        |params| params.slash_bps += 1,
        |params| params.false_challenge_bps += 1,
        |params| params.challenger_bps += 1,
        |params| params.voter_bps += 1,
    ];
    let texts: [fn(&mut TaskTexts) -> &mut String; 6] = [
        |texts| &mut texts.name,
        |texts| &mut texts.description,
        |texts| &mut texts.audit_program,
        |texts| &mut texts.metadata,
        |texts| &mut texts.network,
        |texts| &mut texts.vars,
    ];
    let with_params = params.into_iter().map(|change| {
        let mut other = new.clone();
        change(&mut other.params);
        other
    });
    let with_texts = texts.into_iter().map(|field| {
        let mut other = new.clone();
        field(&mut other.texts).push('x');
        other
    });
    let (mint, _) = other_mint(&world, &world.manager.pubkey());
    let with_mint = NewTask {
        mint,
        ..new.clone()
    };
    let others: Vec<NewTask> = with_params.chain(with_texts).chain([with_mint]).collect();
    let at = |other: &NewTask| other.tokens().task;
    let addresses: BTreeSet<Pubkey> = others.iter().chain([&new]).map(at).collect();
    assert_eq!(addresses.len(), others.len() + 1);

    // The terms of one at the address of the other, with the accounts that belong to that address.
    let (own, elsewhere) = (at(&others[0]), at(&new));
    let mut forged = others[0].create();
    for (from, to) in [
        (own, elsewhere),
        (address::metadata(&own), address::metadata(&elsewhere)),
        (address::stake_pot(&own), address::stake_pot(&elsewhere)),
        (address::bounty_pot(&own), address::bounty_pot(&elsewhere)),
    ] {
        forged = swapped(forged, from, to);
    }
    assert_refused(world.crank(forged), GradualError::WrongAddress);
    for other in &others {
        world.crank(other.create()).unwrap();
    }
}

/// Lamports that somebody sent to the new addresses beforehand block nothing.
fn is_not_blocked_by_lamports_at_the_new_addresses(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let new = second(&world, terms(), TaskTexts::default());
    let task = new.tokens().task;
    let pots = [address::stake_pot(&task), address::bounty_pot(&task)];
    for address in [task, address::metadata(&task)].iter().chain(&pots) {
        world.bank.airdrop(address, 1);
    }
    world.crank(new.create()).unwrap();
    let task: Task = world.fetch(&task);
    assert_eq!(task.task_id, 2);
}
