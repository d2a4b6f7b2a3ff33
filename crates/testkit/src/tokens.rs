//! Accounts of the token programs, as no transaction makes them: with any balance from the start.

use solana_sdk::{account::Account, program_pack::Pack, pubkey::Pubkey, rent::Rent};
use spl_token_interface::{
    native_mint,
    state::{Account as TokenAccount, AccountState, Mint},
};

/// A mint of `token_program`, which `authority` may mint and `freeze`, where there is one, may freeze.
pub fn mint(
    token_program: &Pubkey,
    authority: &Pubkey,
    freeze: Option<Pubkey>,
    decimals: u8,
) -> Account {
    packed(
        token_program,
        &Mint {
            mint_authority: Some(*authority).into(),
            supply: 0,
            decimals,
            is_initialized: true,
            freeze_authority: freeze.into(),
        },
    )
}

/// A token account of `mint`, a mint of `token_program`, for `owner` with `amount` base units in it: of
/// wrapped SOL, as many lamports.
pub fn wallet(token_program: &Pubkey, mint: &Pubkey, owner: &Pubkey, amount: u64) -> Account {
    let is_sol = *mint == native_mint::ID;
    let rent = Rent::default().minimum_balance(TokenAccount::LEN);
    let mut account = packed(
        token_program,
        &TokenAccount {
            mint: *mint,
            owner: *owner,
            amount,
            state: AccountState::Initialized,
            is_native: is_sol.then_some(rent).into(),
            ..TokenAccount::default()
        },
    );
    if is_sol {
        account.lamports = account.lamports.saturating_add(amount);
    }
    account
}

/// An account of `owner` that holds `data`, with enough lamports for its size.
pub fn rent_exempt(owner: &Pubkey, data: Vec<u8>) -> Account {
    Account {
        lamports: Rent::default().minimum_balance(data.len()),
        data,
        owner: *owner,
        ..Account::default()
    }
}

fn packed<T: Pack>(token_program: &Pubkey, state: &T) -> Account {
    let mut data = vec![0; T::LEN];
    state.pack_into_slice(&mut data);
    rent_exempt(token_program, data)
}
