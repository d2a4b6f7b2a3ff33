//! What several themes of this suite need.

use gradual_consensus::{GradualError, TaskTexts};
use gradual_consensus_client::{
    address,
    instruction::{self, TaskTokens},
    ledger::{LedgerError, Receipt},
};
use gradual_consensus_testkit::{STAKE, World, assert_refused, assert_refused_with_code, key};
use solana_sdk::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
    signature::Signer,
};

/// Custom code of the token program: less in the account than is to be moved.
pub const TOKEN_INSUFFICIENT_FUNDS: u32 = 1;
/// Custom code of the token program: the account is of another mint.
pub const TOKEN_MINT_MISMATCH: u32 = 3;
/// Custom code of the token program: the account belongs to somebody else.
pub const TOKEN_OWNER_MISMATCH: u32 = 4;

/// The two subjects of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Submission,
    List,
}

/// Both of them.
pub const BOTH: [Kind; 2] = [Kind::Submission, Kind::List];

/// The node whose subjects are audited.
pub const AUTHOR: usize = 3;

/// A subject of cycle 1 and the round in whose windows it lives.
pub struct HandedIn {
    pub address: Pubkey,
    pub window_round: u64,
}

/// Lets [`AUTHOR`], alone, submit for cycle 1 and, for a list, propose to be paid 1,000. The world
/// must be at the start of round 2.
pub fn hand_in(world: &World, kind: Kind) -> HandedIn {
    world.submit(AUTHOR, 1, b"proof").unwrap();
    match kind {
        Kind::Submission => HandedIn {
            address: world.submission_address(AUTHOR, 1),
            window_round: 2,
        },
        Kind::List => {
            world.propose(AUTHOR, 1, 0, &[(AUTHOR, 1_000)]).unwrap();
            HandedIn {
                address: world.list_address(1, 0),
                window_round: 3,
            }
        }
    }
}

/// As [`hand_in`], and warps to the first slot of the subject's audit window.
pub fn hand_in_for_audit(world: &World, kind: Kind) -> HandedIn {
    let handed_in = hand_in(world, kind);
    world.warp_to_audit(handed_in.window_round);
    handed_in
}

/// Lets each of these nodes vote, the first of them as the challenger.
pub fn vote(world: &World, subject: Pubkey, votes: &[(usize, bool)]) {
    for &(node, is_valid) in votes {
        world.audit(node, subject, is_valid).unwrap();
    }
}

/// Hands a subject in, lets these nodes vote on it, resolves its audit, and returns its address.
pub fn decide(world: &World, kind: Kind, votes: &[(usize, bool)]) -> Pubkey {
    let HandedIn {
        address,
        window_round,
    } = hand_in_for_audit(world, kind);
    vote(world, address, votes);
    world.warp_past_audit(window_round);
    world.resolve(address).unwrap();
    address
}

/// A second task of the same manager and mint on the same terms, in which these nodes stake
/// [`STAKE`] each. The world must be at its starting slot.
pub fn second_task(world: &World, nodes: &[usize]) -> TaskTokens {
    let create = world.create_task_with(2, world.params, TaskTexts::default());
    world.crank(create).unwrap();
    let second = TaskTokens {
        task: address::task(&world.manager.pubkey(), 2),
        ..world.tokens
    };
    for &node in nodes {
        let (key, wallet) = (world.nodes[node].pubkey(), world.nodes[node].wallet);
        let stake = instruction::stake(second, key, key, wallet, STAKE, None);
        world.act(node, stake).unwrap();
    }
    second
}

/// Another mint, and a token account of it that `owner` owns, with 1,000 base units in it.
pub fn other_mint(world: &World, owner: &Pubkey) -> (Pubkey, Pubkey) {
    let (mint, account) = (key("mint", 1).pubkey(), key("account", 1).pubkey());
    world.bank.create_mint(&mint, owner, 6);
    world
        .bank
        .create_token_account(&account, &mint, owner, 1_000);
    (mint, account)
}

/// The instruction with the account `to` wherever it names `from`.
#[track_caller]
pub fn swapped(mut instruction: Instruction, from: Pubkey, to: Pubkey) -> Instruction {
    let named = |meta: &AccountMeta| meta.pubkey == from;
    assert!(
        instruction.accounts.iter().any(named),
        "{from} is not named"
    );
    for meta in instruction.accounts.iter_mut().filter(|meta| named(meta)) {
        meta.pubkey = to;
    }
    instruction
}

/// The instruction without the signature of `signer`.
pub fn unsigned(mut instruction: Instruction, signer: Pubkey) -> Instruction {
    for meta in &mut instruction.accounts {
        meta.is_signer &= meta.pubkey != signer;
    }
    instruction
}

/// Asserts that the result is this refusal, or success where there is none.
#[track_caller]
pub fn assert_outcome(result: Result<Receipt, LedgerError>, expected: Option<GradualError>) {
    match expected {
        Some(error) => assert_refused(result, error),
        None => assert!(result.is_ok(), "{result:?}"),
    }
}

/// Asserts that Anchor refused with `expected`.
#[track_caller]
pub fn assert_refused_by_anchor(
    result: Result<Receipt, LedgerError>,
    expected: anchor_lang::error::ErrorCode,
) {
    assert_refused_with_code(result, expected.into());
}
