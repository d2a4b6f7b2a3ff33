//! Lists that nodes ask for, with their trees: made of what the database keeps when a list is first asked for.

use gradual_consensus_node::runner::BuiltList;
use solana_sdk::pubkey::Pubkey;
use std::sync::Arc;

/// The lists, in the order in which they were last asked for.
pub(super) struct Shelf {
    lists: Vec<(Pubkey, Arc<BuiltList>)>,
    /// Most entries of all lists together. One list may have more, and is alone then.
    most_entries: usize,
}

impl Shelf {
    /// No lists, and room for so many entries: some 110 bytes each.
    pub(super) const fn of(most_entries: usize) -> Self {
        Self {
            lists: Vec::new(),
            most_entries,
        }
    }

    /// The list at `address`, which `make` makes where it is missing.
    pub(super) fn get<E>(
        &mut self,
        address: &Pubkey,
        make: impl FnOnce() -> Result<Option<BuiltList>, E>,
    ) -> Result<Option<Arc<BuiltList>>, E> {
        let place = self.lists.iter().position(|(known, _)| known == address);
        let list = match place {
            Some(place) => self.lists.remove(place).1,
            None => match make()? {
                Some(list) => Arc::new(list),
                None => return Ok(None),
            },
        };
        self.lists.push((*address, Arc::clone(&list)));
        while self.lists.len() > 1 && self.entries() > self.most_entries {
            self.lists.remove(0);
        }
        Ok(Some(list))
    }

    fn entries(&self) -> usize {
        let lists = self.lists.iter().map(|(_, list)| list.entries().len());
        lists.fold(0, usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn address(number: u8) -> Pubkey {
        Pubkey::new_from_array([number; 32])
    }

    fn list(entries: usize) -> Option<BuiltList> {
        BuiltList::new(&address(9), 1, vec![(address(8), 1); entries])
    }

    /// Asks for list `number`, which has so many entries, and returns whether it was made.
    fn is_made(shelf: &mut Shelf, number: u8, entries: usize) -> bool {
        let mut is_made = false;
        let found = shelf.get(&address(number), || {
            is_made = true;
            Ok::<_, Infallible>(list(entries))
        });
        let Ok(found) = found;
        assert_eq!(found.unwrap().entries().len(), entries);
        is_made
    }

    #[test]
    fn the_list_that_nobody_asked_for_longest_goes_first() {
        const MOST: usize = 100;
        const THIRD: usize = MOST / 3;
        let mut shelf = Shelf::of(MOST);
        for number in 1..=3 {
            assert!(is_made(&mut shelf, number, THIRD));
        }
        assert!(!is_made(&mut shelf, 1, THIRD));
        assert!(is_made(&mut shelf, 4, THIRD));
        assert!(!is_made(&mut shelf, 1, THIRD));
        assert!(!is_made(&mut shelf, 3, THIRD));
        assert!(is_made(&mut shelf, 2, THIRD), "it went");
        assert!(is_made(&mut shelf, 5, MOST + 1), "it is alone");
        assert_eq!(shelf.lists.len(), 1);
        let Ok(missing) = shelf.get(&address(6), || Ok::<_, Infallible>(None));
        assert!(missing.is_none());
        assert_eq!(shelf.lists.len(), 1);
    }
}
