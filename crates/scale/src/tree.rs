//! How long the tree of a list takes.

use anyhow::{Context, Result};
use cpu_time::ThreadTime;
use gradual_consensus::rules::merkle::MerkleTree;
use std::time::Duration;

/// Time in which this thread makes the tree of a list of so many `entries`.
///
/// # Errors
/// Where there are none.
pub fn time(entries: u32) -> Result<Duration> {
    let node = |number: u32| {
        let mut node = [7; 32];
        for (byte, digit) in node.iter_mut().zip(number.to_le_bytes()) {
            *byte = digit;
        }
        node
    };
    let list: Vec<_> = (0..entries).map(|number| (node(number), 1)).collect();
    let begun = ThreadTime::now();
    let tree = MerkleTree::of_list([1; 32], 1, list).context("a list without entries")?;
    let took = begun.elapsed();
    // The last entry's proof shows that it is all there.
    let last = entries.checked_sub(1).and_then(|last| tree.proof(last));
    last.context("the last entry has no proof")?;
    Ok(took)
}
