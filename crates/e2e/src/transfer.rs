//! A transfer of SOL, the one thing that `gradual` has no command for.

use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer, SigningKey};
use gradual_consensus_devkit::rpc::Rpc;
use serde_json::json;

/// Lamports that a transfer costs.
pub const FEE: u64 = 5_000;

/// Sends `lamports` from `from` to the address `to`; does not wait for it.
pub fn send(rpc: Rpc, from: &SigningKey, to: &str, lamports: u64) -> Result<()> {
    let config = json!([{"commitment": "confirmed"}]);
    let blockhash = rpc.call("getLatestBlockhash", &config)?;
    let blockhash = blockhash["value"]["blockhash"].as_str();
    let message = message(
        from.verifying_key().to_bytes(),
        address(to)?,
        lamports,
        address(blockhash.context("the validator answered no blockhash")?)?,
    );
    let mut transaction = vec![1];
    transaction.extend(from.sign(&message).to_bytes());
    transaction.extend(message);
    let transaction = BASE64_STANDARD.encode(transaction);
    let config = json!({"encoding": "base64", "preflightCommitment": "confirmed"});
    rpc.call("sendTransaction", &json!([transaction, config]))?;
    Ok(())
}

fn address(text: &str) -> Result<[u8; 32]> {
    let bytes = bs58::decode(text).into_vec().ok().context("not base58")?;
    bytes.try_into().ok().context("not an address")
}

/// The legacy message of a transfer: two accounts that are written, of which the first signs, the
/// system program, and its instruction 2.
fn message(from: [u8; 32], to: [u8; 32], lamports: u64, blockhash: [u8; 32]) -> Vec<u8> {
    const HEADER: [u8; 4] = [1, 0, 1, 3];
    const SYSTEM_PROGRAM: [u8; 32] = [0; 32];
    const INSTRUCTION: [u8; 10] = [1, 2, 2, 0, 1, 12, 2, 0, 0, 0];
    let mut message = HEADER.to_vec();
    message.extend([from, to, SYSTEM_PROGRAM, blockhash].concat());
    message.extend(INSTRUCTION);
    message.extend(lamports.to_le_bytes());
    message
}

/// Takes all the SOL that `from` has: at the end it cannot pay for a transaction.
pub fn drain(rpc: Rpc, from: &SigningKey, to: &str) -> Result<()> {
    const ATTEMPTS: u32 = 100;
    const PAUSE: std::time::Duration = std::time::Duration::from_millis(200);
    let address = bs58::encode(from.verifying_key().as_bytes()).into_string();
    for _ in 0..ATTEMPTS {
        let lamports = rpc.balance(&address)?;
        if lamports < FEE {
            return Ok(());
        }
        // Refused if the node has spent something since: the next attempt takes the rest.
        let sent = send(rpc, from, to, lamports.saturating_sub(FEE));
        let _unless_refused = sent;
        std::thread::sleep(PAUSE);
    }
    let left = rpc.balance(&address)?;
    ensure!(left < FEE, "{address} still has {left} lamports");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_as_the_runtime_reads_it() {
        let message = message([1; 32], [2; 32], 258, [3; 32]);
        assert_eq!(message.len(), 4 + 4 * 32 + 1 + 1 + 1 + 2 + 1 + 12);
        assert_eq!(message[..4], [1, 0, 1, 3]);
        // One instruction of program 2 with accounts 0 and 1, and 12 bytes of data.
        assert_eq!(message[132..138], [1, 2, 2, 0, 1, 12]);
        assert_eq!(message[138..], [2, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0]);
    }
}
