//! The program's accounts on a ledger in this process, found without a look at all of them.

use crate::machine::passing;
use gradual_consensus::state::Status;
use gradual_consensus_client::{account, ledger::Filter};
use solana_sdk::{account::Account, pubkey::Pubkey};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    sync::LazyLock,
};

/// What accounts are asked for by: their kind, the first two addresses in them, and the status of submissions and lists.
static WORDS: LazyLock<[Range<usize>; 4]> = LazyLock::new(|| {
    let status = place(&account::with_status(Status::Challenged));
    [0..8, 8..40, 40..72, status]
});

/// The bytes of one of [`WORDS`], and where it begins.
type Word = (usize, Vec<u8>);

/// The bytes of an account that `filter` compares.
const fn place(filter: &Filter) -> Range<usize> {
    filter.offset..filter.offset.saturating_add(filter.bytes.len())
}

/// The program's accounts, by their address and by what they begin with.
#[derive(Clone, Default)]
pub(crate) struct Indexed {
    all: BTreeMap<Pubkey, Account>,
    by_word: HashMap<Word, BTreeSet<Pubkey>>,
}

/// The words of an account that holds `data`, and where each begins.
fn words(data: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let word = |place: &Range<usize>| Some((place.start, data.get(place.clone())?));
    WORDS.iter().filter_map(word)
}

impl Indexed {
    /// The account at `address`.
    pub(crate) fn get(&self, address: &Pubkey) -> Option<&Account> {
        self.all.get(address)
    }

    /// Puts `account` at `address`.
    pub(crate) fn insert(&mut self, address: Pubkey, account: Account) {
        let has_same_words = |old: &Account| words(&old.data).eq(words(&account.data));
        if !self.all.get(&address).is_some_and(has_same_words) {
            self.remove(address);
            for (start, bytes) in words(&account.data) {
                let word = (start, bytes.to_vec());
                self.by_word.entry(word).or_default().insert(address);
            }
        }
        self.all.insert(address, account);
    }

    /// Takes the account at `address` out, if there is one.
    pub(crate) fn remove(&mut self, address: Pubkey) {
        let Some(old) = self.all.remove(&address) else {
            return;
        };
        for (start, bytes) in words(&old.data) {
            let word: Word = (start, bytes.to_vec());
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
        let is_word = |filter: &&Filter| WORDS.contains(&place(filter));
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

    /// An account in which all is 7 but its words.
    fn account(words: [u8; 4]) -> Account {
        let mut data = vec![7; WORDS[3].end + 1];
        for (place, word) in WORDS.iter().zip(words) {
            data[place.clone()].fill(word);
        }
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
            let words = [2, 3, 5, 4].map(|kinds| number % kinds);
            indexed.insert(address, account(words));
        }
        for number in (0..60).step_by(7) {
            indexed.remove(Pubkey::new_from_array([number; 32]));
        }
        let [moved, changed] = [1, 2].map(|number| Pubkey::new_from_array([number; 32]));
        indexed.insert(moved, account([0, 2, 4, 1]));
        assert_eq!(indexed.get(&moved), Some(&account([0, 2, 4, 1])));
        let mut longer = indexed.get(&changed).unwrap().clone();
        longer.data.push(9);
        indexed.insert(changed, longer.clone());
        assert_eq!(indexed.get(&changed), Some(&longer));
        let ask = |offset: usize, length: usize, byte: u8| Filter::at(offset, vec![byte; length]);
        let status = &WORDS[3];
        let asked = [
            vec![],
            vec![ask(0, 8, 0)],
            vec![ask(8, 32, 2)],
            vec![ask(40, 32, 4), ask(0, 8, 0)],
            vec![ask(40, 32, 4), ask(8, 32, 2), ask(72, 1, 7)],
            vec![ask(40, 31, 4)],
            vec![ask(status.start, 1, 3), ask(40, 32, 2)],
            vec![ask(8, 32, 2), ask(status.end + 1, 1, 9)],
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
