//! The task my-task: what a node's work is, when a value proves it, and who is paid what.
//!
//! Put your own work in the place of this one. All nodes must audit and list alike, whenever and wherever they are asked:
//! `audit` and `distribution` use no clock, no locale, no random number and no order of a hash map.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io;

/// A submission to be paid or not.
#[derive(Debug)]
pub struct Submission {
    /// The address of the node that submitted it.
    pub node: String,
    /// Whether it stands: nobody challenged it, or it was upheld as valid.
    pub stands: bool,
}

/// The largest nonce: every language reads integers up to it exactly.
const LARGEST: u64 = (1 << 53) - 1;

/// Whether the SHA-256 digest of the node's address, the cycle and the nonce begins with twelve zero bits.
fn is_found(node: &str, cycle: u64, nonce: u64) -> bool {
    let digest = Sha256::digest(format!("{node} {cycle} {nonce}"));
    digest[0] == 0 && digest[1] < 16
}

/// The proof of the work of `node` for `cycle`: 1 to 512 bytes.
///
/// # Errors
/// An outage: the node asks again.
pub fn work(node: &str, cycle: u64) -> io::Result<Vec<u8>> {
    let nonce = (0..=LARGEST).find(|&nonce| is_found(node, cycle, nonce));
    let nonce = nonce.ok_or_else(|| io::Error::other("no nonce has such a digest"))?;
    Ok(json!({ "nonce": nonce }).to_string().into_bytes())
}

/// Whether `value`, which anybody may have made up, proves the work of `node` for `cycle`. What cannot be read is invalid.
///
/// # Errors
/// An outage: what the audit needs cannot be had now, whatever the value is. The node does not vote, and asks again.
pub fn audit(node: &str, cycle: u64, value: &[u8]) -> io::Result<bool> {
    let Ok(proof) = serde_json::from_slice::<Value>(value) else {
        return Ok(false);
    };
    let nonce = proof.get("nonce").and_then(Value::as_u64);
    Ok(nonce.is_some_and(|nonce| nonce <= LARGEST && is_found(node, cycle, nonce)))
}

/// Who is paid what, in base units, together at most `bounty`: all whose submissions stand, the same.
pub fn distribution(bounty: u64, submissions: &[Submission]) -> Vec<(&str, u64)> {
    let standing = submissions.iter().filter(|submission| submission.stands);
    let count = standing.clone().count() as u64;
    let share = bounty.checked_div(count).unwrap_or(0);
    let paid = standing.map(|submission| (submission.node.as_str(), share));
    paid.filter(|&(_, amount)| amount > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_work_is_valid_for_its_node_and_cycle_only() {
        let proof = work("node", 3).unwrap();
        assert!(audit("node", 3, &proof).unwrap());
        assert!(!audit("another", 3, &proof).unwrap());
        assert!(!audit("node", 4, &proof).unwrap());
    }

    #[test]
    fn what_cannot_be_read_is_invalid() {
        let deep = "[".repeat(512);
        let hostile: [&[u8]; 8] = [
            b"",
            b"{ not JSON",
            b"null",
            b"\xff\xfe",
            b"{\"nonce\":-1}",
            b"{\"nonce\":\"1\"}",
            b"{\"nonce\":9007199254740993}",
            deep.as_bytes(),
        ];
        for value in hostile {
            assert!(!audit("node", 3, value).unwrap(), "{value:?}");
        }
    }

    #[test]
    fn a_list_divides_any_bounty_exactly() {
        let submission = |node: &str, stands| Submission { node: node.into(), stands };
        let three = [submission("a", true), submission("b", false), submission("c", true)];
        let half = u64::MAX / 2;
        assert_eq!(distribution(u64::MAX, &three), [("a", half), ("c", half)]);
        assert_eq!(distribution(1, &three), []);
        assert_eq!(distribution(1, &[]), []);
    }
}
