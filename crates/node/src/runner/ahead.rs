//! The submissions of a cycle that came in so far, where a node judges all of them, and what its logic said of each. They are
//! found by their order: a hundred thousand of them in a map are as many places in memory that no cache holds.

use super::prefix::{compare, in_order, places};
use gradual_consensus_client::account::Keyed;
use solana_sdk::pubkey::Pubkey;

/// What the logic said of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// It was not asked.
    Nothing,
    /// It failed.
    Unclear,
    Valid(bool),
}

/// The submissions that came in so far.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// Each with its author, in the order of their addresses.
    submitted: Vec<Keyed<Pubkey>>,
    /// What the logic said of each: apart from them, since it is noted in another order.
    said: Vec<Said>,
    /// Of how many the logic may still be asked.
    open: usize,
    /// How many the logic holds valid.
    valid: usize,
}

impl Ahead {
    /// How many they were when they were listed last.
    pub(super) const fn listed(&self) -> usize {
        self.submitted.len()
    }

    /// How many the logic holds valid. Each was read from the ledger, so it is there, whoever named it.
    pub(super) const fn valid(&self) -> usize {
        self.valid
    }

    /// They are those in `listed` now, each with its author. The logic is asked about all of them but that of `node`, and about
    /// none again.
    pub(super) fn list(&mut self, node: &Pubkey, mut listed: Vec<Keyed<Pubkey>>) {
        let is_before = |one: &Keyed<Pubkey>, next: &Keyed<Pubkey>| {
            compare(&one.address, &next.address).is_lt()
        };
        if !listed.is_sorted_by(is_before) {
            listed = in_order(&listed, |one| &one.address);
            listed.dedup_by_key(|one| one.address);
        }
        let said: Vec<Said> = self.said_of(&listed).collect();
        self.valid = said
            .iter()
            .filter(|said| **said == Said::Valid(true))
            .count();
        (self.submitted, self.said) = (listed, said);
        self.open = self.pending(node).count();
    }

    /// Those about which the logic of `node` was not asked: each with its place here.
    fn pending(&self, node: &Pubkey) -> impl Iterator<Item = (usize, &Keyed<Pubkey>)> {
        let all = self.submitted.iter().zip(&self.said).enumerate();
        all.filter(|(_, (one, said))| **said == Said::Nothing && one.data != *node)
            .map(|(place, (one, _))| (place, one))
    }

    /// Those about which the logic of `node` is still to be asked: each with its place here.
    pub(super) fn open(&self, node: &Pubkey) -> impl Iterator<Item = (usize, &Keyed<Pubkey>)> {
        self.pending(node).take(self.open)
    }

    /// The author of the submission at `place`.
    pub(super) fn author(&self, place: usize) -> Option<Pubkey> {
        self.submitted.get(place).map(|one| one.data)
    }

    /// Notes whether the logic holds the submission at `place` valid; `None` if it failed.
    pub(super) fn note(&mut self, place: usize, is_valid: Option<bool>) {
        if let Some(said) = self.said.get_mut(place) {
            *said = is_valid.map_or(Said::Unclear, Said::Valid);
            self.open = self.open.saturating_sub(1);
            self.valid = self
                .valid
                .saturating_add(usize::from(is_valid == Some(true)));
        }
    }

    /// What the logic said of each of `submissions`, which are in the order of their addresses.
    fn said_of(&self, submissions: &[Keyed<Pubkey>]) -> impl Iterator<Item = Said> {
        let places = places(&self.submitted, submissions.iter().map(|one| &one.address));
        let said = places.map(|place| self.said.get(place?).copied());
        said.map(|said| said.unwrap_or(Said::Nothing))
    }

    fn said(&self, address: &Pubkey) -> Said {
        let place = places(&self.submitted, [address]).next().flatten();
        let said = place.and_then(|place| self.said.get(place));
        said.copied().unwrap_or(Said::Nothing)
    }

    /// Whether the logic was asked about the submission at `address`.
    pub(super) fn has_judged(&self, address: &Pubkey) -> bool {
        self.said(address) != Said::Nothing
    }

    /// Whether the logic holds the submission at `address` valid, as far as it said so.
    pub(super) fn is_valid(&self, address: &Pubkey) -> Option<bool> {
        match self.said(address) {
            Said::Valid(is_valid) => Some(is_valid),
            Said::Nothing | Said::Unclear => None,
        }
    }

    /// Those of `submissions` that the logic does not hold valid yet.
    pub(super) fn without_valid(&self, submissions: Vec<Keyed<Pubkey>>) -> Vec<Keyed<Pubkey>> {
        if self.submitted.is_empty() {
            return submissions;
        }
        let submissions = in_order(&submissions, |one| &one.address);
        let said = submissions.iter().zip(self.said_of(&submissions));
        let unsure = said.filter(|(_, said)| *said != Said::Valid(true));
        unsure.map(|(one, _)| *one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submission(number: u8) -> Keyed<Pubkey> {
        Keyed {
            address: Pubkey::new_from_array([number; 32]),
            data: Pubkey::new_from_array([number ^ 255; 32]),
        }
    }

    fn submissions(numbers: &[u8]) -> Vec<Keyed<Pubkey>> {
        numbers.iter().copied().map(submission).collect()
    }

    #[test]
    fn the_logic_is_asked_once_about_all_but_the_nodes_own() {
        let node = submission(4).data;
        let mut ahead = Ahead::default();
        let open = |ahead: &Ahead| -> Vec<u8> {
            let open = ahead.open(&node);
            open.map(|(_, one)| one.address.to_bytes()[0]).collect()
        };
        let note = |ahead: &mut Ahead, number: u8, is_valid| {
            let mut open = ahead.open(&node);
            let found = open.find(|(_, one)| **one == submission(number));
            let (place, _) = found.unwrap();
            drop(open);
            ahead.note(place, is_valid);
        };
        ahead.list(&node, submissions(&[2, 4, 9]));
        assert_eq!((open(&ahead), ahead.listed()), (vec![2, 9], 3));
        note(&mut ahead, 9, Some(true));
        note(&mut ahead, 2, None);
        assert_eq!(open(&ahead), [0; 0]);

        assert_eq!(ahead.valid(), 1);
        ahead.list(&node, submissions(&[9, 1, 2, 10, 4, 7, 3, 9]));
        assert_eq!((open(&ahead), ahead.listed()), (vec![1, 3, 7, 10], 7));
        note(&mut ahead, 7, Some(false));
        note(&mut ahead, 3, Some(true));
        assert_eq!((open(&ahead), ahead.valid()), (vec![1, 10], 2));
        let opinion = |number| {
            let address = submission(number).address;
            (ahead.has_judged(&address), ahead.is_valid(&address))
        };
        assert_eq!([1, 4, 5].map(opinion), [(false, None); 3]);
        let judged = [2, 3, 7, 9].map(|number| opinion(number).1);
        assert_eq!(judged, [None, Some(true), Some(false), Some(true)]);
        assert!([2, 3, 7, 9].iter().all(|&number| opinion(number).0));

        let unsure = ahead.without_valid(submissions(&[10, 9, 8, 7, 4, 3, 2]));
        assert_eq!(unsure, submissions(&[2, 4, 7, 8, 10]));
    }
}
