//! The program's accounts on a ledger in this process, found without a look at all of them.

use crate::machine::passing;
use gradual_consensus_client::ledger::Filter;
use solana_sdk::{account::Account, pubkey::Pubkey};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
};

/// What accounts are asked for by: their kind, and the first two addresses in them.
const WORDS: [Range<usize>; 3] = [0..8, 8..40, 40..72];

/// The bytes of one of [`WORDS`], and where it begins.
type Word = (usize, Vec<u8>);

/// The program's accounts, by their address and by what they begin with.
#[derive(Clone, Default)]
pub(crate) struct Indexed {
    all: BTreeMap<Pubkey, Account>,
    by_word: HashMap<Word, BTreeSet<Pubkey>>,
}

/// The words of an account that holds `data`.
fn words(data: &[u8]) -> impl Iterator<Item = Word> {
    let word = |place: Range<usize>| Some((place.start, data.get(place)?.to_vec()));
    WORDS.into_iter().filter_map(word)
}

impl Indexed {
    /// The account at `address`.
    pub(crate) fn get(&self, address: &Pubkey) -> Option<&Account> {
        self.all.get(address)
    }

    /// Puts `account` at `address`.
    pub(crate) fn insert(&mut self, address: Pubkey, account: Account) {
        self.remove(address);
        for word in words(&account.data) {
            self.by_word.entry(word).or_default().insert(address);
        }
        self.all.insert(address, account);
    }

    /// Takes the account at `address` out, if there is one.
    pub(crate) fn remove(&mut self, address: Pubkey) {
        let Some(old) = self.all.remove(&address) else {
            return;
        };
        for word in words(&old.data) {
            let Some(addresses) = self.by_word.get_mut(&word) else {
                continue;
            };
            addresses.remove(&address);
            if addresses.is_empty() {
                self.by_word.remove(&word);
            }
        }
    }

    /// Those that pass every one of `filters`, in the order of their addresses; of their data the bytes in
    /// the range `part`.
    pub(crate) fn passing(
        &self,
        filters: &[Filter],
        part: Option<&Range<usize>>,
    ) -> Vec<(Pubkey, Account)> {
        let is_word = |filter: &&Filter| {
            let place = filter.offset..filter.offset.saturating_add(filter.bytes.len());
            WORDS.contains(&place)
        };
        let asked = filters.iter().filter(is_word);
        let none = BTreeSet::new();
        let fewest = asked
            .map(|filter| {
                let word = (filter.offset, filter.bytes.clone());
                self.by_word.get(&word).unwrap_or(&none)
            })
            .min_by_key(|addresses| addresses.len());
        match fewest {
            None => passing(&self.all, filters, part),
            Some(fewest) => {
                let listed = fewest.iter();
                let listed = listed.filter_map(|address| self.all.get_key_value(address));
                passing(listed, filters, part)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(kind: u8, first: u8, second: u8) -> Account {
        let data = [vec![kind; 8], vec![first; 32], vec![second; 32], vec![7]].concat();
        Account {
            data,
            ..Account::default()
        }
    }

    /// Every way to ask shows what a look at all accounts shows.
    #[test]
    fn an_index_shows_what_a_look_at_all_shows() {
        let mut indexed = Indexed::default();
        for number in 0..60_u8 {
            let address = Pubkey::new_from_array([number; 32]);
            indexed.insert(address, account(number % 2, number % 3, number % 5));
        }
        for number in (0..60).step_by(7) {
            indexed.remove(Pubkey::new_from_array([number; 32]));
        }
        let moved = Pubkey::new_from_array([1; 32]);
        indexed.insert(moved, account(0, 2, 4));
        assert_eq!(indexed.get(&moved), Some(&account(0, 2, 4)));
        let ask = |offset: usize, length: usize, byte: u8| Filter::at(offset, vec![byte; length]);
        let asked = [
            vec![],
            vec![ask(0, 8, 0)],
            vec![ask(8, 32, 2)],
            vec![ask(40, 32, 4), ask(0, 8, 0)],
            vec![ask(40, 32, 4), ask(8, 32, 2), ask(72, 1, 7)],
            vec![ask(40, 31, 4)],
            vec![ask(8, 32, 9)],
        ];
        for filters in asked {
            let part = Some(&(4..9));
            let found = indexed.passing(&filters, part);
            assert_eq!(found, passing(&indexed.all, &filters, part));
            assert_eq!(found.is_empty(), filters == [ask(8, 32, 9)]);
        }
    }
}
