//! Keypair files, as Solana's tools write them.

use crate::workspace::write_new;
use anyhow::{Context, Result};
use ed25519_dalek::{KEYPAIR_LENGTH, SECRET_KEY_LENGTH, SigningKey};
use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

/// The address of the keypair in `file`; makes a random keypair if there is no such file.
pub fn find_or_make(file: &Path) -> Result<String> {
    if !file.exists() {
        let mut secret = [0; SECRET_KEY_LENGTH];
        let source =
            File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut secret));
        source.context("/dev/urandom cannot be read")?;
        write(file, &SigningKey::from_bytes(&secret))?;
    }
    Ok(id_of(&read(file)?))
}

/// The address of `key`.
pub fn id_of(key: &SigningKey) -> String {
    bs58::encode(key.verifying_key().as_bytes()).into_string()
}

/// Writes `key` as Solana's tools do: the secret and the public half as a JSON array of bytes.
pub fn write(file: &Path, key: &SigningKey) -> Result<()> {
    let json = serde_json::to_string(&key.to_keypair_bytes().to_vec())?;
    write_new(file, json.as_bytes())
}

/// The keypair in `file`.
pub fn read(file: &Path) -> Result<SigningKey> {
    let json = fs::read(file).with_context(|| {
        format!(
            "{} cannot be read: copy your keypair there, or run cargo xtask keys",
            file.display()
        )
    })?;
    let not_a_keypair = || format!("{} is no keypair of Solana's tools", file.display());
    let bytes: Vec<u8> = serde_json::from_slice(&json).with_context(not_a_keypair)?;
    let bytes: [u8; KEYPAIR_LENGTH] = (bytes.try_into().ok()).with_context(not_a_keypair)?;
    let key = SigningKey::from_keypair_bytes(&bytes).ok();
    key.with_context(not_a_keypair)
}
