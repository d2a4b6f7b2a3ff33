//! Transactions that are signed in several places: on another machine, by a multisig such as a Squads vault, or by
//! somebody else. The options are those of the solana CLI.

use super::{Failure, key::Key};
use base64::{Engine, prelude::BASE64_STANDARD};
use clap::Args as ClapArgs;
use serde_json::{Value, json};
use solana_sdk::{
    account::Account,
    hash::Hash,
    pubkey::Pubkey,
    signature::{Signature, Signer},
    transaction::Transaction,
};
use std::str::FromStr;

/// Options of every command that sends transactions.
#[derive(ClapArgs, Clone, Default)]
#[command(next_help_heading = "Signing options")]
pub(super) struct Signing {
    /// Key that pays the fee, named as for --keypair [default: the key]
    #[arg(long, global = true, hide_short_help = true, value_name = "KEYPAIR")]
    pub(super) fee_payer: Option<String>,
    /// Sign with the keys that are here, print the signatures and the transaction, and send nothing. An address in
    /// the place of a key signs elsewhere
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) sign_only: bool,
    /// Print the transaction's message as well (base64), and the whole transaction (base58), which multisigs
    /// import
    #[arg(long, global = true, hide_short_help = true, requires = "sign_only")]
    pub(super) dump_transaction_message: bool,
    /// Blockhash of the transaction, such as that which others have signed for [default: a recent one]
    #[arg(long, global = true, hide_short_help = true, value_name = "HASH")]
    pub(super) blockhash: Option<Hash>,
    /// Signature that was made elsewhere, with the signer's address; may be given several times
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "ADDRESS=SIGNATURE"
    )]
    pub(super) signer: Vec<Presigned>,
    /// Account whose nonce takes the place of the blockhash: the transaction does not expire
    #[arg(long, global = true, hide_short_help = true, value_name = "ADDRESS")]
    pub(super) nonce: Option<Pubkey>,
    /// Key that may use the nonce, named as for --keypair [default: the key]
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "KEYPAIR",
        requires = "nonce"
    )]
    pub(super) nonce_authority: Option<String>,
}

/// A signature that was made elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Presigned {
    pub(super) address: Pubkey,
    pub(super) signature: Signature,
}

impl FromStr for Presigned {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pair = text.split_once('=').and_then(|(address, signature)| {
            Some(Self {
                address: address.parse().ok()?,
                signature: signature.parse().ok()?,
            })
        });
        pair.ok_or("use ADDRESS=SIGNATURE, as --sign-only prints it")
    }
}

impl Signing {
    /// The first option that was given.
    pub(super) const fn given(&self) -> Option<&'static str> {
        if self.fee_payer.is_some() {
            Some("--fee-payer")
        } else if self.sign_only {
            Some("--sign-only")
        } else if self.blockhash.is_some() {
            Some("--blockhash")
        } else if !self.signer.is_empty() {
            Some("--signer")
        } else if self.nonce.is_some() {
            Some("--nonce")
        } else {
            None
        }
    }

    /// Whether the transaction is signed once, as it is, and not again when its blockhash expires.
    pub(super) const fn is_fixed(&self) -> bool {
        self.sign_only
            || self.blockhash.is_some()
            || self.nonce.is_some()
            || !self.signer.is_empty()
    }

    /// Whether `address` may stand in the place of a key.
    pub(super) fn expects(&self, address: &Pubkey) -> bool {
        let mut presigned = self.signer.iter();
        self.sign_only || presigned.any(|presigned| presigned.address == *address)
    }
}

/// A transaction with all the signatures that there are.
pub(super) struct Signed {
    pub(super) transaction: Transaction,
    /// Who has not signed.
    absent: Vec<Pubkey>,
    /// Whose signature is of another transaction.
    wrong: Vec<Pubkey>,
}

impl Signed {
    /// Signs `transaction` with the `keys` that are here and the signatures that were made elsewhere.
    ///
    /// # Errors
    /// A key that is here does not sign: its owner refused.
    pub(super) fn new(
        mut transaction: Transaction,
        keys: &[&Key],
        presigned: &[Presigned],
    ) -> Result<Self, Failure> {
        let message = transaction.message_data();
        let count = usize::from(transaction.message.header.num_required_signatures);
        let signers: Vec<Pubkey> = transaction
            .message
            .account_keys
            .iter()
            .take(count)
            .copied()
            .collect();
        let (mut absent, mut wrong) = (Vec::new(), Vec::new());
        for (place, address) in signers.iter().enumerate() {
            let key = keys.iter().find(|key| key.pubkey() == *address);
            let key = key.filter(|key| !matches!(key, Key::Elsewhere(_)));
            let given = || presigned.iter().filter(|given| given.address == *address);
            let valid = given().find(|given| given.signature.verify(address.as_ref(), &message));
            let signature = match (key, valid) {
                (_, Some(given)) => Some(given.signature),
                (Some(key), None) => Some(key.try_sign_message(&message).map_err(|error| {
                    Failure::Failed(format!("{address} does not sign: {error}: try again"))
                })?),
                (None, None) => None,
            };
            match (signature, transaction.signatures.get_mut(place)) {
                (Some(signature), Some(slot)) => *slot = signature,
                _ if given().next().is_some() => wrong.push(*address),
                _ => absent.push(*address),
            }
        }
        Ok(Self {
            transaction,
            absent,
            wrong,
        })
    }

    /// # Errors
    /// Bad input: a signature is missing, or is of another transaction.
    pub(super) fn require_complete(&self) -> Result<(), Failure> {
        let all = |addresses: &[Pubkey]| {
            let texts: Vec<String> = addresses.iter().map(Pubkey::to_string).collect();
            texts.join(", ")
        };
        if !self.wrong.is_empty() {
            return Err(Failure::Usage(format!(
                "the signature of {} is of another transaction: give the same arguments, --blockhash (or --nonce), \
                 --fee-payer and --with-compute-unit-price with which it was signed",
                all(&self.wrong)
            )));
        }
        if !self.absent.is_empty() {
            return Err(Failure::Usage(format!(
                "the signature of {} is missing: let its owner run the same with --sign-only, and give it with \
                 --signer",
                all(&self.absent)
            )));
        }
        Ok(())
    }

    /// For people, as the solana CLI prints it.
    pub(super) fn text(&self, dumps: bool) -> String {
        let message = &self.transaction.message;
        let mut lines = vec![format!("Blockhash: {}", message.recent_blockhash)];
        if dumps {
            lines.push(format!("Transaction Message: {}", self.message()));
            lines.push(format!("Transaction: {}", self.whole()));
        }
        let mut list = |title: &str, items: Vec<String>| {
            if !items.is_empty() {
                lines.push(format!("{title}:"));
                lines.extend(items.into_iter().map(|item| format!(" {item}")));
            }
        };
        let texts = |addresses: &[Pubkey]| addresses.iter().map(Pubkey::to_string).collect();
        list("Signers (Pubkey=Signature)", self.signers());
        list("Absent Signers (Pubkey)", texts(&self.absent));
        list("Bad Signatures (Pubkey)", texts(&self.wrong));
        lines.join("\n  ")
    }

    /// For programs.
    pub(super) fn facts(&self) -> Value {
        let texts = |addresses: &[Pubkey]| -> Vec<String> {
            addresses.iter().map(Pubkey::to_string).collect()
        };
        json!({
            "blockhash": self.transaction.message.recent_blockhash.to_string(),
            "message": self.message(),
            "transaction": self.whole(),
            "signers": self.signers(),
            "absent": texts(&self.absent),
            "bad_signatures": texts(&self.wrong),
        })
    }

    /// The message, in base64.
    fn message(&self) -> String {
        BASE64_STANDARD.encode(self.transaction.message_data())
    }

    /// The whole transaction, in base58, with zeros in the place of missing signatures.
    fn whole(&self) -> String {
        bs58::encode(bincode::serialize(&self.transaction).unwrap_or_default()).into_string()
    }

    /// Who has signed, as `ADDRESS=SIGNATURE`.
    fn signers(&self) -> Vec<String> {
        let keys = self.transaction.message.account_keys.iter();
        let signatures = keys.zip(&self.transaction.signatures);
        let signed = signatures.filter(|(_, signature)| **signature != Signature::default());
        signed
            .map(|(address, signature)| format!("{address}={signature}"))
            .collect()
    }
}

/// Lengths of a nonce account's state: version and kind, then the authority, then the nonce.
const NONCE_HEAD: usize = 8;
const NONCE_AT: usize = NONCE_HEAD + 32;

/// The nonce that `account`, at `address`, holds, and who may use it.
///
/// # Errors
/// Bad input: it holds none.
pub(super) fn nonce_of(account: &Account, address: &Pubkey) -> Result<(Hash, Pubkey), Failure> {
    let state = account.data.get(..NONCE_HEAD);
    let is_nonce = account.owner == solana_sdk_ids::system_program::ID
        && state.and_then(|state| state.get(4..)) == Some(&[1, 0, 0, 0]);
    let part =
        |from: usize| -> Option<[u8; 32]> { account.data.get(from..)?.first_chunk().copied() };
    match (is_nonce, part(NONCE_AT), part(NONCE_HEAD)) {
        (true, Some(nonce), Some(authority)) => Ok((
            Hash::new_from_array(nonce),
            Pubkey::new_from_array(authority),
        )),
        _ => Err(Failure::Usage(format!(
            "{address} is no nonce account: name one that solana create-nonce-account made"
        ))),
    }
}
