//! `create_task`.

use anchor_lang::error::ErrorCode;
use gradual_consensus::{
    GradualError, TaskParams, TaskTexts, VotingRule,
    state::{Task, TaskMetadata},
};
use gradual_consensus_client::{address, instruction};
use gradual_consensus_testkit::{
    Build, World, assert_refused, assert_refused_by_anchor, assert_refused_with_code,
    default_params, on_every_build, suite::Sent,
};
use solana_sdk::{program_pack::Pack, pubkey::Pubkey};
use spl_token_interface::state::Account as TokenAccount;

on_every_build! {
    stores_the_terms_as_given,
    starts_at_the_present_slot_where_no_start_is_given,
    stores_texts_that_fill_their_fields,
    refuses_a_start_in_the_past,
    refuses_windows_that_do_not_fit_a_round,
    accepts_the_tightest_windows,
    refuses_shares_out_of_range,
    accepts_shares_at_the_ends_of_their_range,
    refuses_amounts_and_a_claim_window_of_nothing,
    refuses_texts_longer_than_their_fields,
    opens_both_pots_under_the_task_alone,
    refuses_pots_at_other_addresses,
    refuses_a_second_task_of_the_same_creator_and_number,
    is_not_blocked_by_lamports_at_the_new_addresses,
}

/// Creates task number 2 on the default terms but for one change.
fn create(world: &World, change: impl FnOnce(&mut TaskParams)) -> Sent {
    let mut params = default_params();
    change(&mut params);
    world.crank(world.create_task_with(2, params, TaskTexts::default()))
}

/// Creates task number 2 with these texts.
fn create_with(world: &World, texts: TaskTexts) -> Sent {
    world.crank(world.create_task_with(2, default_params(), texts))
}

fn second(world: &World) -> Pubkey {
    address::task(&world.manager.pubkey(), 2)
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
        starting_slot: Some(12_345),
        round_time: 600,
        submission_window: 201,
        audit_window: 202,
        minimum_stake_amount: 3,
        bounty_amount_per_round: 4,
        claim_window: 5,
        allowed_failed_distributions: 6,
        voting_rule: VotingRule::PerNode,
        quorum_bps: 7,
        slash_bps: 8,
        false_challenge_bps: 9,
        challenger_bps: 10,
        voter_bps: 11,
    };
    world
        .crank(world.create_task_with(2, params, TaskTexts::default()))
        .unwrap();
    let task: Task = world.fetch(&second(&world));
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
fn starts_at_the_present_slot_where_no_start_is_given(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    world.warp_to(777);
    create(&world, |params| params.starting_slot = None).unwrap();
    let task: Task = world.fetch(&second(&world));
    assert_eq!(task.schedule.starting_slot, 777);
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
    create_with(&world, texts.clone()).unwrap();
    let stored: TaskMetadata = world.fetch(&address::metadata(&second(&world)));
    assert_eq!(stored.task, second(&world));
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
fn refuses_a_start_in_the_past(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let late = create(&world, |params| params.starting_slot = Some(99));
    assert_refused(late, GradualError::StartInPast);
    create(&world, |params| params.starting_slot = Some(100)).unwrap();
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
fn refuses_amounts_and_a_claim_window_of_nothing(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let changes: [fn(&mut TaskParams); 3] = [
        |params| params.minimum_stake_amount = 0,
        |params| params.bounty_amount_per_round = 0,
        |params| params.claim_window = 0,
    ];
    for change in changes {
        assert_refused(create(&world, change), GradualError::InvalidParameter);
    }
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
    let (stake_pot, bounty_pot) = (
        address::stake_pot(&second(&world)),
        address::bounty_pot(&second(&world)),
    );
    let mut create = world.create_task_with(2, default_params(), TaskTexts::default());
    for meta in &mut create.accounts {
        if meta.pubkey == stake_pot {
            meta.pubkey = bounty_pot;
        } else if meta.pubkey == bounty_pot {
            meta.pubkey = stake_pot;
        }
    }
    assert_refused_by_anchor(world.crank(create), ErrorCode::ConstraintSeeds);
}

/// `create_task.6`
fn refuses_a_second_task_of_the_same_creator_and_number(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    // The system program's: the account exists.
    assert_refused_with_code(world.crank(world.create_task_ix()), 0);
    create(&world, |_| {}).unwrap();
    let (creator, tokens) = (world.nodes[0].pubkey(), world.tokens);
    let others = instruction::create_task(
        creator,
        1,
        tokens.mint,
        tokens.token_program,
        default_params(),
        TaskTexts::default(),
    );
    world.act(0, others).unwrap();
    let task: Task = world.fetch(&address::task(&creator, 1));
    assert_eq!(task.manager, creator);
}

/// Lamports that somebody sent to the new addresses beforehand block nothing.
fn is_not_blocked_by_lamports_at_the_new_addresses(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let task = second(&world);
    let pots = [address::stake_pot(&task), address::bounty_pot(&task)];
    for address in [task, address::metadata(&task)].iter().chain(&pots) {
        world.bank.airdrop(address, 1);
    }
    create(&world, |_| {}).unwrap();
    let task: Task = world.fetch(&task);
    assert_eq!(task.task_id, 2);
}
