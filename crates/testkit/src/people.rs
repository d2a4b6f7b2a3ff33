//! Who takes part: keys that are the same in every run, with lamports and a token account each.

use crate::machine::Machine;
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};

/// Lamports that everybody begins with.
pub const LAMPORTS: u64 = 100_000_000_000;
/// Base units that everybody begins with, unless a world says otherwise.
pub const WALLET: u64 = 1_000_000;

fn seed(name: &str, number: u8) -> [u8; 32] {
    let mut seed = [number; 32];
    for (byte, letter) in seed.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    seed[31] = number;
    seed
}

/// A key that is the same in every run.
pub fn key(name: &str, number: u8) -> Keypair {
    Keypair::new_from_array(seed(name, number))
}

/// An address that is the same in every run, of somebody who signs only where no signature is verified:
/// it costs nothing to make.
pub fn keyless(name: &str, number: u8) -> Pubkey {
    Pubkey::new_from_array(seed(name, number))
}

/// The key of a manager of the config: every world begins with number 0.
pub fn config_manager(number: u8) -> Keypair {
    key("config manager", number)
}

/// Who may upgrade the program on every machine, and so initialise its config.
pub fn upgrade_authority() -> Keypair {
    Keypair::new_from_array(solana_sha256_hasher::hash(b"upgrade authority").to_bytes())
}

/// What others know of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// The key.
    pub key: Pubkey,
    /// The token account.
    pub wallet: Pubkey,
}

/// A key with lamports and a token account.
pub struct Person {
    /// Its key.
    pub keypair: Keypair,
    /// Its token account of the world's mint.
    pub wallet: Pubkey,
}

impl Person {
    /// Its address.
    pub fn pubkey(&self) -> Pubkey {
        self.keypair.pubkey()
    }

    /// What others know of it.
    pub fn party(&self) -> Party {
        Party {
            key: self.pubkey(),
            wallet: self.wallet,
        }
    }
}

/// Where `owner` keeps its tokens.
pub fn wallet_of(owner: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[owner.as_ref()], &spl_token_interface::ID).0
}

/// Gives `owner` lamports, and a wallet of `mint` with `tokens` base units.
pub fn settle(machine: &impl Machine, mint: &Pubkey, owner: Pubkey, tokens: u64) -> Party {
    machine.endow(&owner, LAMPORTS);
    let wallet = wallet_of(&owner);
    machine.make_wallet(&wallet, mint, &owner, tokens);
    Party { key: owner, wallet }
}
