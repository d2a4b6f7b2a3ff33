//! Who writes the distribution list (protocol, section 7).
//!
//! Each submission stirs the cycle's entropy. The entropy gives every submitter a score per
//! attempt, the score a slot from which it may propose: the lowest go first, and if they sleep,
//! the next become eligible by themselves.

use super::merkle::Digest;
use solana_sha256_hasher::{hash, hashv};

/// Steps by which later scores wait, within one submission window.
pub const STAGGER_STEPS: u64 = 8;

/// The cycle's entropy after `node` submitted `value`:
/// `sha256(entropy | node | sha256(value) | slot_hash)`, `slot_hash` being the most recent one.
pub fn next_entropy(
    entropy: &Digest,
    node: &[u8; 32],
    value: &[u8],
    slot_hash: &[u8; 32],
) -> Digest {
    hashv(&[entropy, node, hash(value).as_ref(), slot_hash]).to_bytes()
}

/// A submitter's score in one attempt: the first 8 bytes, little endian, of
/// `sha256(entropy | attempt | node)`. Lower goes first.
pub fn score(entropy: &Digest, attempt: u8, node: &[u8; 32]) -> u64 {
    let digest = hashv(&[entropy, &[attempt], node]).to_bytes();
    let (first, _) = digest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    u64::from_le_bytes(*first)
}

/// Slots into the submission window that a submitter with `score` waits among `count` submissions:
/// `min(score * count >> 64, 7) * submission_window / 8`. Always less than the window.
pub fn stagger(score: u64, count: u32, submission_window: u64) -> Option<u64> {
    let rank = u128::from(score).checked_mul(u128::from(count))? >> 64;
    let step = u64::try_from(rank).ok()?.min(STAGGER_STEPS.checked_sub(1)?);
    step.checked_mul(submission_window)?
        .checked_div(STAGGER_STEPS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lowest_scores_go_first() {
        assert_eq!(stagger(0, 1_000, 80), Some(0));
        assert_eq!(stagger(u64::MAX, 1, 80), Some(0), "alone: at once");
        assert_eq!(stagger(u64::MAX, 2, 80), Some(10));
        assert_eq!(stagger(u64::MAX, 1_000, 80), Some(70));
        assert_eq!(stagger(1 << 63, 4, 80), Some(20));
        assert_eq!(stagger(u64::MAX, 8, 1), Some(0));
    }

    #[test]
    fn every_input_stirs_the_entropy() {
        let base = next_entropy(&[0; 32], &[1; 32], b"value", &[2; 32]);
        assert_ne!(base, next_entropy(&[1; 32], &[1; 32], b"value", &[2; 32]));
        assert_ne!(base, next_entropy(&[0; 32], &[2; 32], b"value", &[2; 32]));
        assert_ne!(base, next_entropy(&[0; 32], &[1; 32], b"other", &[2; 32]));
        assert_ne!(base, next_entropy(&[0; 32], &[1; 32], b"value", &[3; 32]));
    }

    #[test]
    fn a_new_attempt_is_a_new_draw() {
        let node = [5; 32];
        assert_ne!(score(&[9; 32], 0, &node), score(&[9; 32], 1, &node));
    }

    #[test]
    fn score_is_the_digests_first_eight_bytes() {
        let mut bytes = vec![9u8; 32];
        bytes.push(3);
        bytes.extend([5; 32]);
        let digest = hash(&bytes).to_bytes();
        let expected = u64::from_le_bytes(digest[..8].try_into().unwrap());
        assert_eq!(score(&[9; 32], 3, &[5; 32]), expected);
    }

    proptest! {
        #[test]
        fn everybody_may_propose_before_the_window_ends(
            score: u64, count: u32, submission_window in 1u64..1 << 32,
        ) {
            prop_assert!(stagger(score, count, submission_window).unwrap() < submission_window);
        }

        #[test]
        fn a_lower_score_never_waits_longer(a: u64, b: u64, count: u32, window in 1u64..1 << 32) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(stagger(low, count, window) <= stagger(high, count, window));
        }
    }
}
