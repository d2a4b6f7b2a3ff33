//! What was handed in with the submissions of a cycle. The proofs stand one after the other: to allocate, find and free a
//! hundred thousand of them takes longer than to judge them.

use super::prefix::{at, compare, places};
use gradual_consensus_client::{
    account::{self, HandedIn, Keyed},
    ledger::{Ledger, LedgerError},
};
use solana_sdk::pubkey::Pubkey;
use std::sync::Arc;

/// What was handed in with submissions of one cycle.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    /// In the order of the submissions' addresses.
    entries: Vec<Keyed<Entry>>,
    bytes: Vec<u8>,
}

/// A slot, and where among the bytes the proof stands that was handed in at it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    slot: u64,
    start: usize,
    end: usize,
}

/// One of the [`Values`].
pub(super) struct Value {
    all: Arc<Values>,
    entry: Entry,
}

fn store(bytes: &mut Vec<u8>, slot: u64, value: &[u8]) -> Entry {
    let start = bytes.len();
    bytes.extend_from_slice(value);
    Entry {
        slot,
        start,
        end: bytes.len(),
    }
}

impl Values {
    /// What was handed in with all submissions of the cycle whose account is `cycle`, as far as they are open.
    pub(super) fn fetch(ledger: &impl Ledger, cycle: &Pubkey) -> Result<Self, LedgerError> {
        let mut bytes = Vec::new();
        let keep = |slot, value: &[u8]| store(&mut bytes, slot, value);
        let entries = account::fetch_handed_in(ledger, cycle, keep)?;
        Ok(Self { entries, bytes })
    }

    /// Adds `found`, none of which is in it.
    pub(super) fn add(&mut self, found: impl Iterator<Item = Keyed<HandedIn>>) {
        let bytes = &mut self.bytes;
        self.entries.extend(found.map(|found| Keyed {
            address: found.address,
            data: store(bytes, found.data.slot, &found.data.value),
        }));
        (self.entries).sort_unstable_by(|one, other| compare(&one.address, &other.address));
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Those of `addresses`, which are in their order, that are not in it.
    pub(super) fn lacks(&self, addresses: &[Pubkey]) -> Vec<Pubkey> {
        let found = addresses.iter().zip(at(&self.entries, addresses));
        let lacks = found.filter_map(|(address, found)| found.is_none().then_some(*address));
        lacks.collect()
    }

    /// The place of what is at each of `addresses`, which are in their order.
    pub(super) fn places(&self, addresses: &[Pubkey]) -> impl Iterator<Item = Option<usize>> {
        places(&self.entries, addresses)
    }

    /// What is at `place`, as [`Values::places`] tells it.
    pub(super) fn get(&self, place: usize) -> Option<HandedIn> {
        self.entries.get(place).map(|entry| self.read(entry.data))
    }

    /// What is at each of `addresses`, which are in their order.
    pub(super) fn at(
        self: &Arc<Self>,
        addresses: &[Pubkey],
    ) -> impl Iterator<Item = Option<Value>> {
        let value = |entry: &Entry| Value {
            all: Arc::clone(self),
            entry: *entry,
        };
        at(&self.entries, addresses).map(move |found| found.map(value))
    }

    /// All slots, with the addresses of the submissions.
    pub(super) fn slots(&self) -> impl Iterator<Item = Keyed<u64>> {
        self.entries.iter().map(|one| Keyed {
            address: one.address,
            data: one.data.slot,
        })
    }

    /// All of them, with the addresses of the submissions.
    pub(super) fn all(&self) -> impl Iterator<Item = (Pubkey, HandedIn)> {
        let entries = self.entries.iter();
        entries.map(|one| (one.address, self.read(one.data)))
    }

    fn read(&self, entry: Entry) -> HandedIn {
        let value = self.bytes.get(entry.start..entry.end);
        HandedIn {
            slot: entry.slot,
            value: value.unwrap_or_default().to_vec(),
        }
    }
}

impl Value {
    /// What was handed in.
    pub(super) fn read(&self) -> HandedIn {
        self.all.read(self.entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_in_any_order_is_found_by_its_address() {
        let address = |number: u8| Pubkey::new_from_array([number; 32]);
        let handed_in = |number: u8| HandedIn {
            slot: number.into(),
            value: vec![number; number.into()],
        };
        let one = |number| Keyed {
            address: address(number),
            data: handed_in(number),
        };
        let mut values = Values::default();
        for numbers in [&[9, 2, 5][..], &[], &[7, 0], &[255, 1]] {
            values.add(numbers.iter().copied().map(one));
        }
        let numbers = [0, 1, 2, 5, 7, 9, 255];
        let expected = numbers.map(|number| (address(number), handed_in(number)));
        assert_eq!(values.all().collect::<Vec<_>>(), expected);
        assert_eq!(values.len(), numbers.len());
        let slots: Vec<u64> = values.slots().map(|one| one.data).collect();
        assert_eq!(slots, numbers.map(u64::from));
        let asked = [1, 3, 5, 254, 255].map(address);
        assert_eq!(values.lacks(&asked), [3, 254].map(address));
        let values = Arc::new(values);
        let found = values.at(&asked);
        let found: Vec<_> = found.map(|one| one.as_ref().map(Value::read)).collect();
        let expected = [Some(1), None, Some(5), None, Some(255)];
        let expected = expected.map(|number| number.map(handed_in));
        assert_eq!(found, expected);
        let places = values.places(&asked);
        let found: Vec<_> = places.map(|place| values.get(place?)).collect();
        assert_eq!(found, expected);
    }
}
