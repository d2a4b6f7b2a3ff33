//! Bytes as a line that a task's external program prints, whatever it was asked: an answer that is taken is one
//! that the node may send, and what is refused is told in one line.

use crate::check::assert_one_line;
use gradual_consensus::MAX_SUBMISSION_LEN;
use gradual_consensus_node::external::{ExternalError, outside};
use std::collections::HashSet;

/// What a list may pay, in base units.
const BOUNTY: u64 = 1_000_000_000_000;

pub(super) fn run(line: &[u8]) -> bool {
    let proof = taken(outside::work(line));
    let verdict = taken(outside::audit(line));
    let lists = [0, BOUNTY, u64::MAX].map(|bounty| {
        let list = taken(outside::distribution(line, bounty))?;
        let nodes: HashSet<_> = list.iter().map(|(node, _)| *node).collect();
        assert_eq!(nodes.len(), list.len(), "a node stands twice");
        assert!(list.iter().all(|(_, amount)| *amount > 0), "{list:?}");
        let total: u128 = list.iter().map(|(_, amount)| u128::from(*amount)).sum();
        assert!(total <= bounty.into(), "{list:?}");
        Some(list)
    });
    if let Some(proof) = &proof {
        let length = proof.len() as u64;
        assert!((1..=MAX_SUBMISSION_LEN).contains(&length), "{length}");
    }
    proof.is_some() || verdict.is_some() || lists.iter().any(Option::is_some)
}

/// The answer, if it is none that is refused.
fn taken<T>(answer: Result<T, ExternalError>) -> Option<T> {
    answer
        .inspect_err(|error| assert_one_line(&error.to_string()))
        .ok()
}
