//! Text as a key file: what is read as a key is the key that stands there. Why a file holds no key is told in words
//! that do not depend on it, so that no part of a key is repeated: the command's tests show that.

use gradual_consensus_cli::outside;
use solana_sdk::signature::Keypair;

pub(super) fn run(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some(key) = outside::key(&text) else {
        return false;
    };
    let numbers: Option<Vec<u8>> = text
        .trim()
        .trim_start_matches('[')
        .trim_end_matches(']')
        .split(',')
        .map(|number| number.trim().parse().ok())
        .collect();
    assert_eq!(numbers.as_deref(), Some(&key.to_bytes()[..]));
    let again = Keypair::try_from(&key.to_bytes()[..]);
    assert!(again.is_ok_and(|again| again == key), "a key that is none");
    true
}
