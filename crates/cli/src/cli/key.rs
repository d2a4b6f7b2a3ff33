//! Keys: from a file, from standard input, from a seed phrase asked for on the terminal, on a hardware wallet, or
//! elsewhere.

use super::{Failure, path, secret};
use solana_derivation_path::DerivationPath;
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signature, Signer},
    signer::{
        SeedDerivable, SignerError,
        keypair::{
            generate_seed_from_seed_phrase_and_passphrase, keypair_from_seed_phrase_and_passphrase,
            read_keypair,
        },
    },
};
use std::{
    io::{self, ErrorKind},
    path::Path,
};

/// A key that signs, or the address of one that signs elsewhere.
pub(super) enum Key {
    /// It is in this process.
    Local(Keypair),
    /// It is on a hardware wallet, which asks its owner.
    #[cfg(feature = "usb")]
    Wallet(Box<dyn Signer>),
    /// Its signature comes from elsewhere, or not at all.
    Elsewhere(Pubkey),
}

impl Signer for Key {
    fn try_pubkey(&self) -> Result<Pubkey, SignerError> {
        match self {
            Self::Local(key) => key.try_pubkey(),
            #[cfg(feature = "usb")]
            Self::Wallet(key) => key.try_pubkey(),
            Self::Elsewhere(address) => Ok(*address),
        }
    }

    fn try_sign_message(&self, message: &[u8]) -> Result<Signature, SignerError> {
        match self {
            Self::Local(key) => key.try_sign_message(message),
            #[cfg(feature = "usb")]
            Self::Wallet(key) => {
                super::tell("waiting for the hardware wallet: look at it, and approve there");
                key.try_sign_message(message)
            }
            Self::Elsewhere(address) => Err(SignerError::Custom(format!("{address} is not here"))),
        }
    }

    fn is_interactive(&self) -> bool {
        !matches!(self, Self::Local(_))
    }
}

impl Key {
    /// The key itself, for what cannot be signed elsewhere.
    ///
    /// # Errors
    /// Bad input: it is not in this process.
    pub(super) fn local(&self, what: &str) -> Result<&Keypair, Failure> {
        match self {
            Self::Local(key) => Ok(key),
            _ => Err(Failure::Usage(format!(
                "{what} signs many transactions by itself: name a key file with --keypair"
            ))),
        }
    }
}

/// The key that `source`, the value of `option`, names: a path, `stdin:`, `prompt://[?key=ACCOUNT[/CHANGE]]`,
/// `ASK`, `usb://...`, or an address whose signature `is_expected` from elsewhere.
///
/// # Errors
/// Bad input, in one line. It does not repeat what may be a secret.
pub(super) fn read(
    source: &str,
    option: &str,
    is_expected: impl Fn(&Pubkey) -> bool,
) -> Result<Key, Failure> {
    if source == "ASK" {
        return ask(|phrase, passphrase| {
            keypair_from_seed_phrase_and_passphrase(phrase, passphrase)
                .map_err(|error| error.to_string())
        });
    }
    if let Some(query) = source.strip_prefix("prompt:") {
        let path = derivation("prompt", query.strip_prefix("//").unwrap_or(query))?;
        return ask(|phrase, passphrase| {
            let seed = generate_seed_from_seed_phrase_and_passphrase(phrase, passphrase);
            Keypair::from_seed_and_derivation_path(&seed, Some(path.clone()))
                .map_err(|error| error.to_string())
        });
    }
    if source.starts_with("usb:") {
        return on_wallet(source, option);
    }
    if matches!(source, "-" | "stdin:" | "stdin://") {
        return read_keypair(&mut io::stdin()).map(Key::Local).map_err(|_| {
            Failure::Usage(format!(
                "standard input holds no key for {option}: a key file is a list of 64 numbers, as \
                     solana-keygen new writes it"
            ))
        });
    }
    match source.parse() {
        Ok(address) if is_expected(&address) => Ok(Key::Elsewhere(address)),
        // It may as well be a secret: it is not repeated.
        Ok(_) if !Path::new(source).exists() => Err(Failure::Usage(format!(
            "the value of {option} is an address, not a key: name a key file, or the address with --sign-only, or \
             with the signature that was made elsewhere (--signer)"
        ))),
        _ => from_file(source.strip_prefix("file:").unwrap_or(source), option).map(Key::Local),
    }
}

/// The key on a hardware wallet.
#[cfg(feature = "usb")]
fn on_wallet(source: &str, option: &str) -> Result<Key, Failure> {
    use solana_remote_wallet::{
        locator::Locator, remote_keypair::generate_remote_keypair,
        remote_wallet::maybe_wallet_manager,
    };
    let bad = |why: &dyn std::fmt::Display| {
        Failure::Usage(format!(
            "{}: {why}: connect and unlock the wallet, open its Solana app, and name it as in \
             usb://ledger?key=ACCOUNT/CHANGE with {option}",
            secret::shown(source)
        ))
    };
    let (place, query) = source.split_once('?').unwrap_or((source, ""));
    let path = if query.is_empty() {
        DerivationPath::default()
    } else {
        derivation("usb", &format!("?{query}"))?
    };
    let locator = Locator::new_from_path(place).map_err(|error| bad(&error))?;
    let manager = maybe_wallet_manager().map_err(|error| bad(&error))?;
    let manager = manager.ok_or_else(|| bad(&"no hardware wallet is connected"))?;
    let key = generate_remote_keypair(locator, path, &manager, false, "key");
    Ok(Key::Wallet(Box::new(key.map_err(|error| bad(&error))?)))
}

#[cfg(not(feature = "usb"))]
fn on_wallet(source: &str, option: &str) -> Result<Key, Failure> {
    Err(Failure::Usage(format!(
        "{}: this build knows no hardware wallets: install it with cargo install --path crates/cli --features usb, \
         or name a key file with {option}",
        secret::shown(source)
    )))
}

/// Whether `source` names a file, and nothing that asks somebody or is read once.
pub(super) fn is_file(source: &str) -> bool {
    let is_asked = ["prompt:", "usb:"]
        .iter()
        .any(|scheme| source.starts_with(scheme));
    !is_asked && !matches!(source, "ASK" | "-" | "stdin:" | "stdin://")
}

/// Reads a key file as solana-keygen writes it. What is in it is never repeated.
pub(super) fn from_file(path: &str, option: &str) -> Result<Keypair, Failure> {
    if secret::is_secret(path) && !Path::new(path).exists() {
        return Err(Failure::Usage(format!(
            "the value of {option} is no path to a file, it looks like a secret key itself: save it to a file \
             that only you can read, and give the file's path"
        )));
    }
    let place = secret::shown(path);
    let text = path::read_text(&path::expand(path)).map_err(|error| {
        let said = match error.kind() {
            ErrorKind::NotFound => "there is no such file".into(),
            _ => error.to_string(),
        };
        Failure::Usage(format!(
            "cannot read key {place}: {said}: name a key file with {option}, or make one with solana-keygen new"
        ))
    })?;
    in_text(&text).ok_or_else(|| {
        Failure::Usage(format!(
            "{place} holds no key: a key file is a list of 64 numbers, as solana-keygen new writes it; name one \
             with {option}"
        ))
    })
}

/// The key in `text`, the content of a key file. Why it holds none is not said: that could repeat a part of it.
pub(super) fn in_text(text: &str) -> Option<Keypair> {
    read_keypair(&mut text.as_bytes()).ok()
}

/// The derivation path in `query`, which is empty or `?key=ACCOUNT[/CHANGE]`.
fn derivation(scheme: &str, query: &str) -> Result<DerivationPath, Failure> {
    let bad = || {
        Failure::Usage(format!(
            "{scheme}://{} names no key: use {scheme}:// or {scheme}://?key=ACCOUNT/CHANGE",
            secret::shown(query)
        ))
    };
    if query.is_empty() {
        return Ok(DerivationPath::default());
    }
    let key = query.strip_prefix("?key=").ok_or_else(bad)?;
    DerivationPath::from_key_str(key).map_err(|_| bad())
}

fn ask(derive: impl Fn(&str, &str) -> Result<Keypair, String>) -> Result<Key, Failure> {
    let prompt = |text: &str| {
        rpassword::prompt_password(text).map_err(|error| {
            Failure::Usage(format!(
                "cannot ask for a seed phrase without a terminal ({error}): name a key file with --keypair"
            ))
        })
    };
    let phrase = prompt("seed phrase: ")?;
    let passphrase = prompt("passphrase, empty for none: ")?;
    let words: Vec<&str> = phrase.split_whitespace().collect();
    if !matches!(words.len(), 12 | 15 | 18 | 21 | 24) {
        let message = format!(
            "a seed phrase has 12, 15, 18, 21 or 24 words, not {}: type it again",
            words.len()
        );
        return Err(Failure::Usage(message));
    }
    // What it says of a phrase may repeat a word of it.
    derive(&words.join(" "), &passphrase)
        .map(Key::Local)
        .map_err(|_| Failure::Usage("this is no seed phrase: type it again".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_name_a_derivation_path_as_the_solana_cli_does() {
        let path = |query| {
            derivation("prompt", query)
                .ok()
                .map(|path| path.get_query())
        };
        assert_eq!(path("").as_deref(), Some(""));
        assert_eq!(path("?key=0").as_deref(), Some("?key=0'"));
        assert_eq!(path("?key=0/1").as_deref(), Some("?key=0'/1'"));
        assert!(path("?kez=0").is_none() && path("?key=x").is_none());
    }
}
