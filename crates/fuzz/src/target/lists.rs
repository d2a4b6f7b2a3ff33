//! Bytes as a file of entries, the first for the unit they are in: a list that is not refused is one that the
//! program accepts, and that no node has a reason to challenge.

use crate::check::assert_one_line;
use bytemuck::Zeroable;
use gradual_consensus::state::{Cycle, Status, Subject, Submission};
use gradual_consensus_cli::outside;
use gradual_consensus_client::{account::Keyed, amount::Unit};
use gradual_consensus_node::runner::{BuiltList, CycleView};
use solana_sdk::pubkey::Pubkey;
use std::collections::HashSet;

/// The quorum of a new task, in bps.
const QUORUM: u16 = 3_300;
/// What the list may pay, in base units.
const BOUNTY: u64 = 1_000;

pub(super) fn run(bytes: &[u8]) -> bool {
    let Some((&form, file)) = bytes.split_first() else {
        return false;
    };
    let cycle = cycle();
    let unit = Unit::new(Pubkey::default(), form >> 1);
    let list = match outside::list(file, form & 1 == 1, unit, &cycle, QUORUM) {
        Ok(list) => list,
        Err(why) => {
            assert_one_line(&why);
            return false;
        }
    };
    let nodes: HashSet<Pubkey> = list.iter().map(|(node, _)| *node).collect();
    assert_eq!(nodes.len(), list.len(), "a node stands twice");
    assert!(
        nodes
            .iter()
            .all(|node| cycle.stands(node, QUORUM) == Some(true))
    );
    assert!(list.iter().all(|(_, amount)| *amount > 0), "{list:?}");
    let total: u128 = list.iter().map(|(_, amount)| u128::from(*amount)).sum();
    assert!(total <= BOUNTY.into(), "{list:?}");
    let is_empty = list.is_empty();
    let built = BuiltList::new(&Pubkey::default(), cycle.number(), list);
    assert_eq!(built.is_none(), is_empty);
    !is_empty
}

/// A cycle for which the nodes 1 to 5 submitted, the last of them in vain.
fn cycle() -> CycleView {
    let submission = |number: u8| Keyed {
        address: Pubkey::new_from_array([number + 100; 32]),
        data: Submission {
            subject: Subject {
                author: Pubkey::new_from_array([number; 32]),
                status: if number == 5 {
                    Status::Invalid
                } else {
                    Status::Pending
                } as u8,
                ..Subject::zeroed()
            },
            ..Submission::zeroed()
        },
    };
    CycleView {
        account: Keyed {
            address: Pubkey::new_from_array([99; 32]),
            data: Cycle {
                number: 7,
                bounty: BOUNTY,
                submissions: 5,
                ..Cycle::zeroed()
            },
        },
        submissions: (1..=5).map(submission).collect(),
        lists: vec![],
    }
}
