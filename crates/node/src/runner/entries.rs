//! Entries of an accepted list, for a node that does not recompute it: from a list that is known, or as an index tells them.
//!
//! An index proves what it tells: the proof of an entry, and all entries together, lead to the Merkle root in the list's
//! account, which the node itself reads from the ledger. Nothing else is paid by.

use super::{BuiltList, NodeRunner, RunnerError, TaskView, look::CycleLook};
use crate::{
    index::{Asked, Index, list::ListQuestion},
    logic::TaskLogic,
};
use gradual_consensus::{
    rules::merkle::{Leaf, verify},
    state::{Cycle, DistributionList},
};
use gradual_consensus_client::{
    account::Keyed,
    instruction::Entry,
    ledger::{Ledger, LedgerError},
};
use solana_sdk::pubkey::Pubkey;
use std::{collections::HashMap, sync::Arc};

/// This node's own entries that an index told, by the addresses of their cycles.
#[derive(Default)]
pub(super) struct Entries(HashMap<Pubkey, Entry>);

impl Entries {
    /// Forgets every cycle but those of `open`.
    pub(super) fn keep(&mut self, open: &[Keyed<Cycle>]) {
        self.0
            .retain(|address, _| open.iter().any(|cycle| cycle.address == *address));
    }
}

/// Whether `entry` is one of `list`, which is of cycle `number` of `task`.
fn is_of(entry: &Entry, task: &Pubkey, number: u64, list: &DistributionList) -> bool {
    let leaf = Leaf {
        task: task.to_bytes(),
        cycle: number,
        index: entry.index,
        node: entry.node.to_bytes(),
        amount: entry.amount,
    };
    let (root, leaf) = (&list.merkle_root, leaf.hash());
    verify(root, leaf, entry.index, list.count, &entry.proof)
}

impl<L: Ledger, T: TaskLogic> NodeRunner<'_, L, T> {
    /// The entries by which `list`, the accepted one of `cycle`, pays `nodes`, without recomputing it: of the list that this
    /// process built, or as an index proves them; `None` where it has to be recomputed. For the node itself an index tells one
    /// entry and its proof, for others the whole list.
    pub(super) fn proven(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
        list: &DistributionList,
        nodes: &[Pubkey],
    ) -> Result<Option<Vec<Entry>>, RunnerError> {
        let address = &cycle.account.address;
        let built = self.lists.known(address);
        let built = built.filter(|built| built.matches(list));
        let known = built.or_else(|| self.cache.known_list(address, list));
        if let Some(known) = known {
            return Ok(Some(known.entries_of(nodes)));
        }
        if self.indexes.is_empty() {
            return Ok(None);
        }
        let asked = ListQuestion {
            task: self.task,
            cycle: cycle.number(),
            attempt: list.attempt,
            count: list.count,
        };
        if nodes == [self.node()] {
            let own = self.own_entry(view, cycle, (list, &asked))?;
            return Ok(own.map(|own| own.into_iter().collect()));
        }
        let whole = self.whole_list(view, cycle, (list, &asked))?;
        Ok(whole.map(|whole| whole.entries_of(nodes)))
    }

    /// This node's own entry of `list`, as an index proves it. An index that says that the list does not pay this node proves it by
    /// the whole list.
    fn own_entry(
        &mut self,
        view: &TaskView,
        cycle: &CycleLook,
        (list, asked): (&DistributionList, &ListQuestion),
    ) -> Result<Option<Option<Entry>>, RunnerError> {
        let (task, node, address) = (self.task, self.node(), cycle.account.address);
        let is_own = |entry: &Entry| entry.node == node && is_of(entry, &task, asked.cycle, list);
        if let Some(known) = self.entries.0.get(&address).filter(|known| is_own(known)) {
            return Ok(Some(Some(known.clone())));
        }
        let tell = |index: &dyn Index, patience| index.entry(asked, &node, patience);
        let check = |entry: Option<Entry>| {
            let is_so = entry.as_ref().is_none_or(is_own);
            Ok(is_so
                .then_some(entry)
                .ok_or_else(|| format!("the list does not have its entry of {node}")))
        };
        match self.indexes.ask(Self::patience(view), tell, check)? {
            Asked::Told(_, Some(entry)) => {
                self.entries.0.insert(address, entry.clone());
                Ok(Some(Some(entry)))
            }
            Asked::Told(source, None) => {
                let whole = self.whole_list(view, cycle, (list, asked))?;
                let own = whole.map(|whole| whole.entry(&node));
                if let Some(Some(_)) = own {
                    source.lied(&format!("the list pays {node}"));
                }
                Ok(own)
            }
            Asked::NotYet | Asked::Nobody => Ok(None),
        }
    }

    /// All of `list`, as an index proves it.
    fn whole_list(
        &self,
        view: &TaskView,
        cycle: &CycleLook,
        (list, asked): (&DistributionList, &ListQuestion),
    ) -> Result<Option<Arc<BuiltList>>, LedgerError> {
        let tell = |index: &dyn Index, patience| index.entries(asked, patience);
        let check = |entries| {
            let built = BuiltList::new(&asked.task, asked.cycle, entries);
            Ok(built
                .filter(|built| built.matches(list))
                .ok_or_else(|| "its entries are not those of the list".to_owned()))
        };
        let address = &cycle.account.address;
        self.cache.told_list(address, list, || {
            self.indexes.ask(Self::patience(view), tell, check)
        })
    }
}
