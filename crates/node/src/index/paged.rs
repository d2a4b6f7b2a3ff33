//! An index that answers in pages, wherever they come from.

use super::{
    Index, Question, Refusal, Told,
    list::{EntriesPage, EntryPage, ListQuestion, MOST_ENTRY_BYTES, require_few},
    page::{self, MOST_BYTES, Page, ROWS},
};
use gradual_consensus_client::instruction::Entry;
use serde::de::DeserializeOwned;
use solana_sdk::pubkey::Pubkey;
use std::time::{Duration, Instant};

/// Where the pages of an index come from.
pub trait Pages: Send + Sync {
    /// The hash of the genesis block of the cluster that the node itself plays on.
    ///
    /// # Errors
    /// [`Refusal::NotYet`] where the node does not know it.
    fn genesis(&self) -> Result<String, Refusal>;

    /// What the index answers at `path`, which is below its address. It takes no longer than `patience`, and an answer of more
    /// than `most_bytes` is none.
    ///
    /// # Errors
    /// [`Refusal`].
    fn get(&self, path: &str, most_bytes: usize, patience: Duration) -> Result<Vec<u8>, Refusal>;
}

/// An index whose pages come from `P`.
pub struct Paged<P>(pub P);

/// What is left of `patience`, which began at `begun`.
fn left(patience: Duration, begun: Instant) -> Duration {
    patience.saturating_sub(begun.elapsed())
}

/// The page that has to follow on so many rows.
fn next_page(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX) / ROWS
}

impl<P: Pages> Paged<P> {
    fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        most_bytes: usize,
        patience: Duration,
    ) -> Result<T, Refusal> {
        let bytes = self.0.get(path, most_bytes, patience)?;
        let read = serde_json::from_slice(&bytes);
        read.map_err(|error| Refusal::Failed(format!("its answer is none of an index: {error}")))
    }
}

impl<P: Pages> Index for Paged<P> {
    fn tell(&self, question: &Question, patience: Duration) -> Result<Vec<Told>, Refusal> {
        let (genesis, begun) = (self.0.genesis()?, Instant::now());
        let mut told: Vec<Told> = Vec::new();
        loop {
            let path = page::path(question, next_page(told.len()));
            let page: Page = self.ask(&path, MOST_BYTES, left(patience, begun))?;
            let count = page.submissions as usize;
            let rows = page.rows(&genesis, question, &told);
            told.extend(rows.map_err(Refusal::Failed)?);
            if told.len() >= count {
                return Ok(told);
            }
        }
    }

    fn entry(
        &self,
        asked: &ListQuestion,
        node: &Pubkey,
        patience: Duration,
    ) -> Result<Option<Entry>, Refusal> {
        let genesis = self.0.genesis()?;
        let page: EntryPage = self.ask(&asked.entry_path(node), MOST_ENTRY_BYTES, patience)?;
        page.entry(&genesis, asked, node).map_err(Refusal::Failed)
    }

    fn entries(
        &self,
        asked: &ListQuestion,
        patience: Duration,
    ) -> Result<Vec<(Pubkey, u64)>, Refusal> {
        require_few(asked.count)?;
        let (genesis, begun) = (self.0.genesis()?, Instant::now());
        let mut entries: Vec<(Pubkey, u64)> = Vec::new();
        while entries.len() < asked.count as usize {
            let path = asked.page_path(next_page(entries.len()));
            let page: EntriesPage = self.ask(&path, MOST_BYTES, left(patience, begun))?;
            let rows = page.rows(&genesis, asked, entries.len());
            entries.extend(rows.map_err(Refusal::Failed)?);
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    const ASKED: ListQuestion = ListQuestion {
        task: Pubkey::new_from_array([1; 32]),
        cycle: 5,
        attempt: 0,
        count: 2 * ROWS + 1,
    };

    fn entries() -> Vec<(Pubkey, u64)> {
        let node = |number: u32| {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&number.to_be_bytes());
            Pubkey::new_from_array(bytes)
        };
        (0..ASKED.count).map(|number| (node(number), 7)).collect()
    }

    /// Pages of a list, whatever is asked, of which the one that is asked last comes too short.
    struct Book {
        asked: Mutex<Vec<String>>,
        last: usize,
    }

    impl Pages for Book {
        fn genesis(&self) -> Result<String, Refusal> {
            Ok("genesis".into())
        }

        fn get(&self, path: &str, most: usize, patience: Duration) -> Result<Vec<u8>, Refusal> {
            assert!(patience <= Duration::from_secs(5));
            let mut asked = self.asked.lock().unwrap();
            let entries = entries();
            let (_, page) = path.split_once("page=").unwrap();
            let rows = entries.chunks(ROWS as usize).nth(page.parse().unwrap());
            asked.push(page.to_owned());
            let rows = rows.unwrap_or_default();
            let short = usize::from(asked.len() > self.last);
            let page = EntriesPage::new("genesis", &ASKED, &rows[short..]);
            let bytes = serde_json::to_vec(&page).unwrap();
            assert!(bytes.len() < most / 4, "{}", bytes.len());
            Ok(bytes)
        }
    }

    #[test]
    fn a_list_is_read_page_by_page_up_to_the_first_that_is_wrong() {
        let patience = Duration::from_secs(5);
        for (last, pages) in [(3, 3), (2, 3), (1, 2), (0, 1)] {
            let book = Book {
                asked: Mutex::default(),
                last,
            };
            let paged = Paged(book);
            match paged.entries(&ASKED, patience) {
                Ok(read) => assert_eq!((read, last), (entries(), 3)),
                Err(Refusal::Failed(why)) => assert!(why.contains("a page has"), "{why}"),
                Err(Refusal::NotYet) => panic!("it has read it"),
            }
            let asked = paged.0.asked.lock().unwrap();
            assert_eq!(asked.len(), pages);
            assert!(asked.is_sorted());
        }
    }

    #[test]
    fn a_list_that_does_not_fit_into_memory_is_not_asked_for() {
        let book = Book {
            asked: Mutex::default(),
            last: 0,
        };
        let paged = Paged(book);
        let asked = ListQuestion {
            count: super::super::list::MOST_ENTRIES + 1,
            ..ASKED
        };
        let refused = paged.entries(&asked, Duration::ZERO).unwrap_err();
        assert!(matches!(refused, Refusal::Failed(why) if why.contains("1000001 entries")));
        assert!(paged.0.asked.lock().unwrap().is_empty());
    }
}
