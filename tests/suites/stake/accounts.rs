//! Token accounts with extensions of their own, or frozen: what a node can still do with them.

use gradual_consensus_client::{
    address,
    instruction::{self, TaskTokens},
};
use gradual_consensus_testkit::{
    Build, Money, STAKE, World, assert_refused_with_code, key, on_every_build,
    suite::{Sent, distribute},
};
use solana_sdk::{
    instruction::Instruction, program_pack::Pack, pubkey::Pubkey, rent::Rent, signature::Signer,
};
use solana_system_interface::instruction::create_account;
use spl_token_2022_interface::{
    ID as TOKEN_2022,
    error::TokenError,
    extension::{ExtensionType, cpi_guard, memo_transfer},
    instruction::{freeze_account, initialize_account3, initialize_immutable_owner, thaw_account},
    state::Account as TokenAccount,
};

on_every_build! {
    a_frozen_account_blocks_only_itself,
    an_account_that_wants_memos_blocks_only_itself,
    a_guarded_account_blocks_only_itself,
    an_account_that_keeps_its_owner_is_like_any_other,
}

/// Accounts of node 0 in the world's mint, of Token-2022, with the extension `of`, which `set` sets up.
fn account_with(
    world: &World,
    of: ExtensionType,
    set: impl FnOnce(Pubkey, Pubkey) -> [Option<Instruction>; 2],
) -> Pubkey {
    let (account, owner) = (key("extended account", 0), world.nodes[0].pubkey());
    let address = account.pubkey();
    let space = ExtensionType::try_calculate_account_len::<TokenAccount>(&[of]).unwrap();
    let rent = Rent::default().minimum_balance(space);
    let create = create_account(&owner, &address, rent, space as u64, &TOKEN_2022);
    let mint = world.tokens.mint;
    let initialize = initialize_account3(&TOKEN_2022, &address, &mint, &owner).unwrap();
    let [before, after] = set(address, owner);
    let all: Vec<_> = [create]
        .into_iter()
        .chain(before)
        .chain([initialize])
        .chain(after)
        .collect();
    world
        .send(&all, &[&world.nodes[0].keypair, &account])
        .unwrap();
    address
}

/// A world in Token-2022 in which node 0 has 700 to claim and unlocked stake.
fn paid(build: Build, money: Money) -> World {
    let world = World::on(build)
        .money(money)
        .stakes(&[STAKE, STAKE])
        .start_active();
    world.submit_all(&[0, 1], 1);
    world.warp_to_round(3);
    distribute(&world, &[0, 1], 1, &[(0, 700), (1, 500)]);
    world.warp_to_round(6);
    world
}

/// Node 0 claims to `destination`.
fn claim_to(world: &World, destination: Pubkey) -> Sent {
    let node = world.nodes[0].pubkey();
    world.act(
        0,
        instruction::claim_reward(world.tokens, node, destination),
    )
}

/// An account that is frozen can be paid nothing; its owner names another one, and all others go on.
fn a_frozen_account_blocks_only_itself(build: Build) {
    for money in [Money::SplToken, Money::Token2022] {
        let world = paid(build.clone(), money);
        let TaskTokens {
            mint,
            token_program,
            ..
        } = world.tokens;
        let (authority, frozen) = (world.manager.pubkey(), world.nodes[0].wallet);
        let mut account = world.bank.account(&mint).unwrap();
        let mut state = spl_token_interface::state::Mint::unpack(&account.data).unwrap();
        state.freeze_authority = Some(authority).into();
        state.pack_into_slice(&mut account.data);
        world.bank.set_account(&mint, &account);
        let freeze = freeze_account(&token_program, &frozen, &mint, &authority, &[]).unwrap();
        world.crank(freeze).unwrap();

        let code = TokenError::AccountFrozen as u32;
        assert_refused_with_code(world.claim(0), code);
        assert_refused_with_code(world.withdraw(0, STAKE), code);
        assert_refused_with_code(world.stake(0, STAKE), code);
        world.claim(1).unwrap();
        world.withdraw(1, STAKE).unwrap();
        let other = key("other wallet", 0).pubkey();
        let node = world.nodes[0].pubkey();
        world.bank.create_token_account(&other, &mint, &node, 0);
        claim_to(&world, other).unwrap();
        let out = instruction::withdraw(world.tokens, node, other, STAKE);
        world.act(0, out).unwrap();
        assert_eq!(world.balance(&other), STAKE + 700);

        // A pot that is frozen waits, and loses nothing.
        let pot = address::bounty_pot(&world.task_address());
        let freeze = freeze_account(&token_program, &pot, &mint, &authority, &[]).unwrap();
        world.crank(freeze).unwrap();
        assert_refused_with_code(world.fund(1), code);
        let thaw = thaw_account(&token_program, &pot, &mint, &authority, &[]).unwrap();
        world.crank(thaw).unwrap();
        world.fund(1).unwrap();
    }
}

/// An account that wants memos cannot be paid; another one can.
fn an_account_that_wants_memos_blocks_only_itself(build: Build) {
    let world = paid(build, Money::Token2022);
    let account = account_with(&world, ExtensionType::MemoTransfer, |account, owner| {
        let enable = memo_transfer::instruction::enable_required_transfer_memos;
        [
            None,
            Some(enable(&TOKEN_2022, &account, &owner, &[]).unwrap()),
        ]
    });
    assert_refused_with_code(claim_to(&world, account), TokenError::NoMemo as u32);
    world.claim(0).unwrap();
}

/// A guarded account cannot stake; it can be paid, and another one stakes.
fn a_guarded_account_blocks_only_itself(build: Build) {
    let world = paid(build, Money::Token2022);
    let account = account_with(&world, ExtensionType::CpiGuard, |account, owner| {
        let enable = cpi_guard::instruction::enable_cpi_guard;
        [
            None,
            Some(enable(&TOKEN_2022, &account, &owner, &[]).unwrap()),
        ]
    });
    claim_to(&world, account).unwrap();
    let node = world.nodes[0].pubkey();
    let stake = instruction::stake(world.tokens, node, node, account, 700, None);
    let code = TokenError::CpiGuardTransferBlocked as u32;
    assert_refused_with_code(world.act(0, stake), code);
    world.stake(0, 700).unwrap();
}

/// Accounts whose owner cannot change stake and are paid as any other.
fn an_account_that_keeps_its_owner_is_like_any_other(build: Build) {
    let world = paid(build, Money::Token2022);
    let account = account_with(&world, ExtensionType::ImmutableOwner, |account, _| {
        [
            Some(initialize_immutable_owner(&TOKEN_2022, &account).unwrap()),
            None,
        ]
    });
    claim_to(&world, account).unwrap();
    let node = world.nodes[0].pubkey();
    let stake = instruction::stake(world.tokens, node, node, account, 700, None);
    world.act(0, stake).unwrap();
    assert_eq!(world.balance(&account), 0);
}
