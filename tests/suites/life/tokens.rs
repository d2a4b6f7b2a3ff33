//! Which mints a task can live with, on mints that the token program itself made, and what an account's
//! own extensions, a freeze and a donation do.

use crate::support::{end_cycles, everybody_leaves};
use bytemuck::Zeroable;
use gradual_consensus::{
    GradualError, TaskTexts,
    rules::mint::{EXTENSIONS, Rule},
};
use gradual_consensus_client::{
    address,
    instruction::{self, TaskTokens},
    ledger::{LedgerError, Receipt},
};
use gradual_consensus_testkit::{
    BOUNTY, Build, Money, STAKE, WALLET, World, assert_refused, assert_refused_with_code, key,
    on_every_build,
};
use solana_sdk::{
    instruction::Instruction,
    program_pack::Pack,
    pubkey::Pubkey,
    rent::Rent,
    signature::{Keypair, Signer},
};
use solana_system_interface::instruction::{create_account, transfer};
use spl_token_2022_interface::{
    ID as TOKEN_2022,
    error::TokenError,
    extension::{
        ExtensionType, confidential_mint_burn, confidential_transfer,
        confidential_transfer_fee::instruction::initialize_confidential_transfer_fee_config,
        cpi_guard, default_account_state, group_member_pointer, group_pointer,
        interest_bearing_mint, memo_transfer, metadata_pointer, pausable, scaled_ui_amount,
        transfer_fee, transfer_hook,
    },
    instruction::{
        freeze_account, initialize_account3, initialize_immutable_owner,
        initialize_mint_close_authority, initialize_mint2, initialize_non_transferable_mint,
        initialize_permanent_delegate, thaw_account,
    },
    state::{Account as TokenAccount, AccountState, Mint},
};

/// How a mint is made: its fixed extensions, what sets each up before the mint is initialized, and what
/// is added afterwards.
struct Recipe {
    extensions: &'static [ExtensionType],
    before: Vec<Instruction>,
    after: Vec<Instruction>,
}

/// A recipe by the mint and its authority, who is the world's manager.
type Make = fn(Pubkey, Pubkey) -> Recipe;

fn with(extensions: &'static [ExtensionType], before: Instruction) -> Recipe {
    Recipe {
        extensions,
        before: vec![before],
        after: vec![],
    }
}

/// Makes a mint of Token-2022, with real instructions.
fn make(world: &World, mint: &Keypair, make: Make) -> Pubkey {
    let (payer, address) = (&world.manager, mint.pubkey());
    let authority = payer.pubkey();
    let recipe = make(address, authority);
    let space = ExtensionType::try_calculate_account_len::<Mint>(recipe.extensions).unwrap();
    let rent = Rent::default().minimum_balance(space);
    let create = create_account(&authority, &address, rent, space as u64, &TOKEN_2022);
    let initialize =
        initialize_mint2(&TOKEN_2022, &address, &authority, Some(&authority), 6).unwrap();
    // What is added afterwards makes the account longer, and needs more rent.
    let more = transfer(&authority, &address, 10_000_000);
    let instructions: Vec<_> = [create]
        .into_iter()
        .chain(recipe.before)
        .chain([initialize, more])
        .chain(recipe.after)
        .collect();
    world.send(&instructions, &[&payer.keypair, mint]).unwrap();
    address
}

/// Creates task number 2 in `mint`.
fn create(world: &World, mint: Pubkey) -> Result<Receipt, LedgerError> {
    create_with(world, mint, TOKEN_2022)
}

fn create_with(world: &World, mint: Pubkey, program: Pubkey) -> Result<Receipt, LedgerError> {
    let (creator, mut params) = (world.manager.pubkey(), world.params);
    params.starting_slot = None;
    let texts = TaskTexts::default();
    world.crank(instruction::create_task(
        creator, 2, mint, program, params, texts,
    ))
}

/// What the table says of the extension `name`.
fn rule(name: &str) -> Rule {
    EXTENSIONS.iter().find(|row| row.name == name).unwrap().rule
}

/// A mint with the extension `name` is refused as the table says, or a whole task is played in it: its
/// bounty is funded, a node stakes, works, is paid, and both leave with every base unit.
fn check(build: Build, name: &str, recipe: Make) {
    let world = World::on(build).stakes(&[0]).start();
    let mint = make(&world, &key("extended mint", 0), recipe);
    let created = create(&world, mint);
    match rule(name) {
        Rule::Refused => assert_refused(created, GradualError::RefusedExtension),
        Rule::UnlessFrozen => assert_refused(created, GradualError::FrozenByDefault),
        Rule::Accepted => {
            created.unwrap();
            play(world, mint);
        }
    }
}

/// Plays one cycle of task number 2 in `mint`.
fn play(mut world: World, mint: Pubkey) {
    world.set_active(false).unwrap();
    world.close_task().unwrap();
    let manager = world.manager.pubkey();
    world.tokens = TaskTokens {
        task: address::task(&manager, 2),
        mint,
        token_program: TOKEN_2022,
    };
    world.params.starting_slot = Some(world.slot());
    for (number, owner) in [(0, manager), (1, world.nodes[0].pubkey())] {
        let wallet = key("wallet", number).pubkey();
        world
            .bank
            .create_token_account(&wallet, &mint, &owner, WALLET);
    }
    world.manager.wallet = key("wallet", 0).pubkey();
    world.nodes[0].wallet = key("wallet", 1).pubkey();

    world.fund(BOUNTY).unwrap();
    world.stake(0, STAKE).unwrap();
    world.warp_to_round(2);
    world.submit(0, 1, b"proof").unwrap();
    world.propose(0, 1, 0, &[(0, 700)]).unwrap();
    world.warp_past_audit(3);
    world.finalize(1, 0).unwrap();
    world.payout(1, 0, &[(0, 700)], 0).unwrap();
    end_cycles(&world, &world.bank, world.tokens);
    everybody_leaves(&world, &world.bank, world.tokens);
    world.set_active(false).unwrap();
    world.close_task().unwrap();
    assert_eq!(world.balance(&world.nodes[0].wallet), WALLET + 700);
    assert_eq!(world.balance(&world.manager.wallet), WALLET - 700);
}

/// One test for each row of the table: its name, the name of the extension, and how a mint with it is made.
macro_rules! rows {
    ($($test:ident $name:literal $recipe:ident;)+) => {
        /// Rows that are tested on mints which the token program made.
        const ROWS: &[&str] = &[$($name),+];

        on_every_build! { $($test),+ }

        $(
            #[doc = "`create_task.7`"]
            fn $test(build: Build) {
                check(build, $name, $recipe);
            }
        )+
    };
}

mod rows {
    use super::*;

    rows! {
        a_transfer_fee_is_refused "TransferFeeConfig" transfer_fee_config;
        a_close_authority_is_refused "MintCloseAuthority" mint_close_authority;
        confidential_transfers_are_refused "ConfidentialTransferMint" confidential_transfer_mint;
        accounts_that_begin_frozen_are_refused "DefaultAccountState" default_account_state;
        a_token_that_cannot_move_is_refused "NonTransferable" non_transferable;
        interest_is_accepted "InterestBearingConfig" interest_bearing_config;
        a_permanent_delegate_is_refused "PermanentDelegate" permanent_delegate;
        a_transfer_hook_is_refused "TransferHook" transfer_hook;
        confidential_fees_are_refused "ConfidentialTransferFeeConfig" confidential_transfer_fee_config;
        a_pointer_to_metadata_is_accepted "MetadataPointer" metadata_pointer;
        metadata_in_the_mint_are_accepted "TokenMetadata" token_metadata;
        a_pointer_to_a_group_is_accepted "GroupPointer" group_pointer;
        a_group_in_the_mint_is_accepted "TokenGroup" group;
        a_pointer_to_a_member_is_accepted "GroupMemberPointer" group_member_pointer;
        a_confidential_supply_is_refused "ConfidentialMintBurn" confidential_mint_burn;
        a_scaled_amount_is_accepted "ScaledUiAmount" scaled_ui_amount;
        a_token_that_can_be_paused_is_refused "Pausable" pausable;
    }

    fn transfer_fee_config(mint: Pubkey, me: Pubkey) -> Recipe {
        with(
            &[ExtensionType::TransferFeeConfig],
            transfer_fee::instruction::initialize_transfer_fee_config(
                &TOKEN_2022,
                &mint,
                Some(&me),
                Some(&me),
                100,
                1_000,
            )
            .unwrap(),
        )
    }

    fn mint_close_authority(mint: Pubkey, me: Pubkey) -> Recipe {
        with(
            &[ExtensionType::MintCloseAuthority],
            initialize_mint_close_authority(&TOKEN_2022, &mint, Some(&me)).unwrap(),
        )
    }

    fn confidential_transfer_mint(mint: Pubkey, me: Pubkey) -> Recipe {
        with(
            &[ExtensionType::ConfidentialTransferMint],
            confidential_transfer::instruction::initialize_mint(
                &TOKEN_2022,
                &mint,
                Some(me),
                true,
                None,
            )
            .unwrap(),
        )
    }

    fn default_account_state(mint: Pubkey, _: Pubkey) -> Recipe {
        with(
            &[ExtensionType::DefaultAccountState],
            default_account_state::instruction::initialize_default_account_state(
                &TOKEN_2022,
                &mint,
                &AccountState::Frozen,
            )
            .unwrap(),
        )
    }

    fn non_transferable(mint: Pubkey, _: Pubkey) -> Recipe {
        with(
            &[ExtensionType::NonTransferable],
            initialize_non_transferable_mint(&TOKEN_2022, &mint).unwrap(),
        )
    }

    fn interest_bearing_config(mint: Pubkey, me: Pubkey) -> Recipe {
        with(
            &[ExtensionType::InterestBearingConfig],
            interest_bearing_mint::instruction::initialize(&TOKEN_2022, &mint, Some(me), 500)
                .unwrap(),
        )
    }

    fn permanent_delegate(mint: Pubkey, me: Pubkey) -> Recipe {
        with(
            &[ExtensionType::PermanentDelegate],
            initialize_permanent_delegate(&TOKEN_2022, &mint, &me).unwrap(),
        )
    }

    fn transfer_hook(mint: Pubkey, me: Pubkey) -> Recipe {
        with(
            &[ExtensionType::TransferHook],
            transfer_hook::instruction::initialize(&TOKEN_2022, &mint, Some(me), Some(me)).unwrap(),
        )
    }

    fn confidential_transfer_fee_config(mint: Pubkey, me: Pubkey) -> Recipe {
        Recipe {
            extensions: &[
                ExtensionType::TransferFeeConfig,
                ExtensionType::ConfidentialTransferMint,
                ExtensionType::ConfidentialTransferFeeConfig,
            ],
            before: vec![
                transfer_fee::instruction::initialize_transfer_fee_config(
                    &TOKEN_2022,
                    &mint,
                    Some(&me),
                    Some(&me),
                    100,
                    1_000,
                )
                .unwrap(),
                confidential_transfer::instruction::initialize_mint(
                    &TOKEN_2022,
                    &mint,
                    Some(me),
                    true,
                    None,
                )
                .unwrap(),
                initialize_confidential_transfer_fee_config(
                    &TOKEN_2022,
                    &mint,
                    Some(me),
                    &Zeroable::zeroed(),
                )
                .unwrap(),
            ],
            after: vec![],
        }
    }

    fn metadata_pointer(mint: Pubkey, me: Pubkey) -> Recipe {
        with(
            &[ExtensionType::MetadataPointer],
            metadata_pointer::instruction::initialize(&TOKEN_2022, &mint, Some(me), Some(me))
                .unwrap(),
        )
    }

    fn token_metadata(mint: Pubkey, me: Pubkey) -> Recipe {
        Recipe {
            after: vec![spl_token_metadata_interface::instruction::initialize(
                &TOKEN_2022,
                &mint,
                &me,
                &mint,
                &me,
                "Name".into(),
                "N".into(),
                "uri".into(),
            )],
            ..with(
                &[ExtensionType::MetadataPointer],
                metadata_pointer::instruction::initialize(&TOKEN_2022, &mint, Some(me), Some(mint))
                    .unwrap(),
            )
        }
    }

    fn group_pointer(mint: Pubkey, me: Pubkey) -> Recipe {
        with(
            &[ExtensionType::GroupPointer],
            group_pointer::instruction::initialize(&TOKEN_2022, &mint, Some(me), Some(me)).unwrap(),
        )
    }

    fn group_member_pointer(mint: Pubkey, me: Pubkey) -> Recipe {
        with(
            &[ExtensionType::GroupMemberPointer],
            group_member_pointer::instruction::initialize(&TOKEN_2022, &mint, Some(me), Some(me))
                .unwrap(),
        )
    }

    fn confidential_mint_burn(mint: Pubkey, me: Pubkey) -> Recipe {
        Recipe {
            extensions: &[
                ExtensionType::ConfidentialTransferMint,
                ExtensionType::ConfidentialMintBurn,
            ],
            before: vec![
                confidential_transfer::instruction::initialize_mint(
                    &TOKEN_2022,
                    &mint,
                    Some(me),
                    true,
                    None,
                )
                .unwrap(),
                confidential_mint_burn::instruction::initialize_mint(
                    &TOKEN_2022,
                    &mint,
                    &Zeroable::zeroed(),
                    &Zeroable::zeroed(),
                )
                .unwrap(),
            ],
            after: vec![],
        }
    }

    fn scaled_ui_amount(mint: Pubkey, me: Pubkey) -> Recipe {
        with(
            &[ExtensionType::ScaledUiAmount],
            scaled_ui_amount::instruction::initialize(&TOKEN_2022, &mint, Some(me), 2.5).unwrap(),
        )
    }

    fn pausable(mint: Pubkey, me: Pubkey) -> Recipe {
        with(
            &[ExtensionType::Pausable],
            pausable::instruction::initialize(&TOKEN_2022, &mint, &me).unwrap(),
        )
    }

    /// A member needs a mint of its group beside it, and the token program of the test's ledger does
    /// not know what came after it: both have tests of their own below.
    #[test]
    fn no_row_of_the_table_is_left_out() {
        let below = ["TokenGroupMember", "PermissionedBurn"];
        for row in EXTENSIONS {
            let tested = ROWS.contains(&row.name) || below.contains(&row.name);
            assert!(tested, "{} is not tested", row.name);
        }
    }
}

/// A mint that is a group of its own.
fn group(mint: Pubkey, me: Pubkey) -> Recipe {
    Recipe {
        after: vec![spl_token_group_interface::instruction::initialize_group(
            &TOKEN_2022,
            &mint,
            &mint,
            &me,
            Some(me),
            3,
        )],
        ..with(
            &[ExtensionType::GroupPointer],
            group_pointer::instruction::initialize(&TOKEN_2022, &mint, Some(me), Some(mint))
                .unwrap(),
        )
    }
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
    let (proposer, _) = world.first_proposer(&[0, 1], 1, 0);
    let list = [(0, 700), (1, 500)];
    world.propose(proposer, 1, 0, &list).unwrap();
    world.warp_past_audit(3);
    world.finalize(1, 0).unwrap();
    for index in [0, 1] {
        world.payout(1, 0, &list, index).unwrap();
    }
    world.warp_to_round(4);
    world
}

/// Node 0 claims to `destination`.
fn claim_to(world: &World, destination: Pubkey) -> Result<Receipt, LedgerError> {
    let node = world.nodes[0].pubkey();
    world.act(
        0,
        instruction::claim_reward(world.tokens, node, destination),
    )
}

on_every_build! {
    accounts_that_begin_initialized_are_accepted,
    a_member_of_a_group_is_accepted,
    what_is_unknown_is_refused,
    a_mint_comes_with_its_own_program,
    a_frozen_account_blocks_only_itself,
    an_account_that_wants_memos_blocks_only_itself,
    a_guarded_account_blocks_only_itself,
    an_account_that_keeps_its_owner_is_like_any_other,
    donations_change_no_share,
}

/// `create_task.7`
fn accounts_that_begin_initialized_are_accepted(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    let mint = make(&world, &key("extended mint", 0), |mint, _| {
        with(
            &[ExtensionType::DefaultAccountState],
            default_account_state::instruction::initialize_default_account_state(
                &TOKEN_2022,
                &mint,
                &AccountState::Initialized,
            )
            .unwrap(),
        )
    });
    create(&world, mint).unwrap();
    play(world, mint);
}

/// `create_task.7`
fn a_member_of_a_group_is_accepted(build: Build) {
    let world = World::on(build).stakes(&[0]).start();
    let group_mint = make(&world, &key("group", 0), group);
    let mint = make(&world, &key("member", 0), |mint, me| {
        with(
            &[ExtensionType::GroupMemberPointer],
            group_member_pointer::instruction::initialize(&TOKEN_2022, &mint, Some(me), Some(mint))
                .unwrap(),
        )
    });
    let me = world.manager.pubkey();
    let join = spl_token_group_interface::instruction::initialize_member(
        &TOKEN_2022,
        &mint,
        &mint,
        &me,
        &group_mint,
        &me,
    );
    world.crank(join).unwrap();
    create(&world, mint).unwrap();
    play(world, mint);
}

/// `create_task.7`: what the table does not know, and what cannot be read. The mints are written.
fn what_is_unknown_is_refused(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let plain = make(&world, &key("plain", 0), |mint, me| {
        with(
            &[ExtensionType::MetadataPointer],
            metadata_pointer::instruction::initialize(&TOKEN_2022, &mint, Some(me), None).unwrap(),
        )
    });
    let account = world.bank.account(&plain).unwrap();
    let with_bytes = |bytes: &[u8]| {
        let mut account = account.clone();
        account.data.extend(bytes);
        let address = key("written", 0).pubkey();
        world.bank.set_account(&address, &account);
        create(&world, address)
    };
    let permissioned_burn = [&[28, 0, 32, 0][..], &[7; 32]].concat();
    assert_refused(
        with_bytes(&permissioned_burn),
        GradualError::RefusedExtension,
    );
    assert_refused(with_bytes(&[99, 0, 0, 0]), GradualError::RefusedExtension);
    assert_refused(
        with_bytes(&[18, 0, 64, 0, 1]),
        GradualError::RefusedExtension,
    );
    create(&world, plain).unwrap();
}

/// `create_task.7`
fn a_mint_comes_with_its_own_program(build: Build) {
    let world = World::on(build).stakes(&[]).start();
    let mint_2022 = key("mint", 22).pubkey();
    let (manager, wallet) = (world.manager.pubkey(), world.manager.wallet);
    world
        .bank
        .create_mint_of(&TOKEN_2022, &mint_2022, &manager, 6);
    let classic = spl_token_interface::ID;
    for (mint, program) in [
        (mint_2022, classic),
        (world.tokens.mint, TOKEN_2022),
        (wallet, classic),
        (world.task_address(), classic),
        (manager, classic),
    ] {
        assert_refused(create_with(&world, mint, program), GradualError::NotAMint);
    }
    let mut uninitialized = world.bank.account(&mint_2022).unwrap();
    uninitialized.data = vec![0; spl_token_interface::state::Mint::LEN];
    world
        .bank
        .set_account(&key("mint", 23).pubkey(), &uninitialized);
    let refused = create(&world, key("mint", 23).pubkey());
    assert_refused(refused, GradualError::NotAMint);
    create(&world, mint_2022).unwrap();
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

/// What somebody sends to a pot changes no share, no reward and no stake.
fn donations_change_no_share(build: Build) {
    for money in Money::ALL {
        let worlds = [0, 12_345].map(|donation| {
            let world = World::on(build.clone()).money(money).start_active();
            let task = world.task_address();
            if donation > 0 {
                world.donate(address::stake_pot(&task), donation);
                world.donate(address::bounty_pot(&task), donation);
            }
            world.submit_all(&[0, 1, 2, 3], 1);
            world.warp_to_audit(2);
            let subject = world.submission_address(3, 1);
            for node in [0, 1, 2] {
                world.audit(node, subject, false).unwrap();
            }
            world.warp_past_audit(2);
            world.resolve(subject).unwrap();
            for node in [0, 1, 2] {
                world.close_vote(subject, node).unwrap();
            }
            world
        });
        let [plain, rich] = worlds.each_ref().map(World::snapshot);
        assert_eq!(plain.accounts(), rich.accounts());
    }
}
