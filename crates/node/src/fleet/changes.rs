//! What is to be done so that those nodes play that are wanted.

use super::NodeId;
use std::collections::BTreeMap;

/// What is to be done with which nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// They play, and go on as they are.
    pub keep: Vec<NodeId>,
    /// They do not play yet.
    pub start: Vec<NodeId>,
    /// They play otherwise than is wanted.
    pub restart: Vec<NodeId>,
    /// They are not wanted any more.
    pub leave: Vec<NodeId>,
}

/// What is to be done so that `present` becomes `wanted`.
pub fn changes<S: PartialEq>(
    present: &BTreeMap<NodeId, S>,
    wanted: &BTreeMap<NodeId, S>,
) -> Changes {
    let mut changes = Changes::default();
    for (id, spec) in wanted {
        let list = match present.get(id) {
            None => &mut changes.start,
            Some(same) if same == spec => &mut changes.keep,
            Some(_) => &mut changes.restart,
        };
        list.push(*id);
    }
    let gone = present.keys().filter(|id| !wanted.contains_key(id));
    changes.leave.extend(gone);
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_sdk::pubkey::Pubkey;

    #[test]
    fn every_node_is_kept_started_restarted_or_leaves() {
        let id = |number: u8| NodeId {
            task: Pubkey::new_from_array([number; 32]),
            node: Pubkey::new_from_array([1; 32]),
        };
        let nodes = |list: &[(u8, u8)]| list.iter().map(|&(n, spec)| (id(n), spec)).collect();
        let present: BTreeMap<NodeId, u8> = nodes(&[(1, 0), (2, 0), (3, 0)]);
        let wanted = nodes(&[(1, 0), (2, 9), (4, 0)]);
        let expected = Changes {
            keep: vec![id(1)],
            start: vec![id(4)],
            restart: vec![id(2)],
            leave: vec![id(3)],
        };
        assert_eq!(changes(&present, &wanted), expected);
    }
}
