//! Keys: from a file, or from a seed phrase asked for on the terminal.

use super::{Failure, path, secret};
use solana_derivation_path::DerivationPath;
use solana_sdk::{
    signature::Keypair,
    signer::{
        SeedDerivable,
        keypair::{
            generate_seed_from_seed_phrase_and_passphrase, keypair_from_seed_phrase_and_passphrase,
            read_keypair,
        },
    },
};
use std::{fs, io::ErrorKind, path::Path};

/// The key that `source`, the value of `option`, names: a path, `prompt://[?key=ACCOUNT[/CHANGE]]`, or `ASK`.
///
/// # Errors
/// Bad input, in one line. It does not repeat what may be a secret.
pub(super) fn read(source: &str, option: &str) -> Result<Keypair, Failure> {
    if source == "ASK" {
        return ask(|phrase, passphrase| {
            keypair_from_seed_phrase_and_passphrase(phrase, passphrase)
                .map_err(|error| error.to_string())
        });
    }
    if let Some(query) = source.strip_prefix("prompt:") {
        let path = derivation(query)?;
        return ask(|phrase, passphrase| {
            let seed = generate_seed_from_seed_phrase_and_passphrase(phrase, passphrase);
            Keypair::from_seed_and_derivation_path(&seed, Some(path.clone()))
                .map_err(|error| error.to_string())
        });
    }
    if source.starts_with("usb:") {
        return Err(Failure::Usage(format!(
            "{}: hardware wallets are not supported: name a key file with {option}",
            secret::shown(source)
        )));
    }
    from_file(source.strip_prefix("file:").unwrap_or(source), option)
}

/// Reads a key file as solana-keygen writes it. What is in it is never repeated.
fn from_file(path: &str, option: &str) -> Result<Keypair, Failure> {
    if secret::is_secret(path) && !Path::new(path).exists() {
        return Err(Failure::Usage(format!(
            "the value of {option} is no path to a file, it looks like a secret key itself: save it to a file \
             that only you can read, and give the file's path"
        )));
    }
    let place = secret::shown(path);
    let text = fs::read_to_string(path::expand(path)).map_err(|error| {
        let said = match error.kind() {
            ErrorKind::NotFound => "there is no such file".into(),
            ErrorKind::InvalidData => "it holds no text".into(),
            _ => error.to_string(),
        };
        Failure::Usage(format!(
            "cannot read key {place}: {said}: name a key file with {option}, or make one with solana-keygen new"
        ))
    })?;
    read_keypair(&mut text.as_bytes()).map_err(|_| {
        Failure::Usage(format!(
            "{place} holds no key: a key file is a list of 64 numbers, as solana-keygen new writes it; name one \
             with {option}"
        ))
    })
}

/// What stands after `prompt:`.
fn derivation(query: &str) -> Result<DerivationPath, Failure> {
    let bad = || {
        Failure::Usage(format!(
            "prompt:{} names no key: use prompt:// or prompt://?key=ACCOUNT/CHANGE",
            secret::shown(query)
        ))
    };
    let query = query.strip_prefix("//").unwrap_or(query);
    if query.is_empty() {
        return Ok(DerivationPath::default());
    }
    let key = query.strip_prefix("?key=").ok_or_else(bad)?;
    DerivationPath::from_key_str(key).map_err(|_| bad())
}

fn ask(derive: impl Fn(&str, &str) -> Result<Keypair, String>) -> Result<Keypair, Failure> {
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
    derive(&words.join(" "), &passphrase).map_err(Failure::Usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_name_a_derivation_path_as_the_solana_cli_does() {
        let path = |query| derivation(query).ok().map(|path| path.get_query());
        assert_eq!(path("//").as_deref(), Some(""));
        assert_eq!(path("//?key=0").as_deref(), Some("?key=0'"));
        assert_eq!(path("//?key=0/1").as_deref(), Some("?key=0'/1'"));
        assert!(path("//?kez=0").is_none() && path("//?key=x").is_none());
    }
}
