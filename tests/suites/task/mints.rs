//! `create_task`: which mints a task can live with, on mints that the token program itself made.

use bytemuck::Zeroable;
use gradual_consensus::{
    GradualError, TaskParams, TaskTexts,
    rules::mint::{EXTENSIONS, Rule},
};
use gradual_consensus_testkit::{
    BOUNTY, Build, NewTask, STAKE, WALLET, World, assert_refused, key, on_every_build,
    suite::{Sent, distribute, wind_up},
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
    extension::{
        ExtensionType, confidential_mint_burn, confidential_transfer,
        confidential_transfer_fee::instruction::initialize_confidential_transfer_fee_config,
        default_account_state, group_member_pointer, group_pointer, interest_bearing_mint,
        metadata_pointer, pausable, scaled_ui_amount, transfer_fee, transfer_hook,
    },
    instruction::{
        initialize_mint_close_authority, initialize_mint2, initialize_non_transferable_mint,
        initialize_permanent_delegate,
    },
    state::{AccountState, Mint},
};

on_every_build! {
    accounts_that_begin_initialized_are_accepted,
    a_member_of_a_group_is_accepted,
    what_is_unknown_is_refused,
    a_mint_comes_with_its_own_program,
}

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
fn create(world: &World, mint: Pubkey) -> Sent {
    create_with(world, mint, TOKEN_2022)
}

fn create_with(world: &World, mint: Pubkey, program: Pubkey) -> Sent {
    world.crank(second(world, mint, program).create())
}

/// Task number 2 in `mint`, which begins in the next slot.
fn second(world: &World, mint: Pubkey, token_program: Pubkey) -> NewTask {
    NewTask {
        creator: world.manager.pubkey(),
        task_id: 2,
        mint,
        token_program,
        params: TaskParams {
            starting_slot: world.slot() + 1,
            ..world.params
        },
        texts: TaskTexts::default(),
    }
}

/// Sets up a fee on every transfer.
fn transfer_fees(mint: Pubkey, me: Pubkey) -> Instruction {
    let me = Some(&me);
    let initialize = transfer_fee::instruction::initialize_transfer_fee_config;
    initialize(&TOKEN_2022, &mint, me, me, 100, 1_000).unwrap()
}

/// Sets up confidential transfers.
fn confidential_transfers(mint: Pubkey, me: Pubkey) -> Instruction {
    let initialize = confidential_transfer::instruction::initialize_mint;
    initialize(&TOKEN_2022, &mint, Some(me), true, None).unwrap()
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
            play_in(world, mint);
        }
    }
}

/// Plays one cycle of task number 2 in `mint`.
fn play_in(mut world: World, mint: Pubkey) {
    world.set_active(false).unwrap();
    world.close_task().unwrap();
    let manager = world.manager.pubkey();
    let new = second(&world, mint, TOKEN_2022);
    (world.tokens, world.params) = (new.tokens(), new.params);
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
    world.begin_cycle(0, 1);
    world.submit(0, 1, b"proof").unwrap();
    distribute(&world, &[0], 1, &[(0, 700)]);
    wind_up(&world);
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
        with(&[ExtensionType::TransferFeeConfig], transfer_fees(mint, me))
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
            confidential_transfers(mint, me),
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
                transfer_fees(mint, me),
                confidential_transfers(mint, me),
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
                confidential_transfers(mint, me),
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
    play_in(world, mint);
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
    play_in(world, mint);
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
