//! What an index answers over HTTP: a page of a cycle's submissions, as JSON.

use super::{Question, Told};
use crate::logic::ListInput;
use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus::MAX_SUBMISSION_LEN;
use gradual_consensus_client::account::HandedIn;
use serde::{Deserialize, Serialize};
use solana_sdk::pubkey::Pubkey;

/// Most submissions of a page.
pub const ROWS: u32 = 10_000;
/// Most bytes of a page: it has no more even where every value is as long as it may be.
pub const MOST_BYTES: usize = 8 << 20;

/// The path of page `page` of the submissions that `question` asks for.
pub fn path(question: &Question, page: u32) -> String {
    let (task, cycle, input) = (question.task, question.cycle, question.input.name());
    let so_far = !question.is_whole;
    format!("index/{task}/cycle/{cycle}?input={input}&page={page}&so_far={so_far}")
}

/// What a visitor of [`path`] asks for.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Wanted {
    /// The [name](ListInput::name) of what is asked of each submission, beside its author.
    pub input: String,
    /// Which page, from 0.
    #[serde(default)]
    pub page: u32,
    /// Whether a part of them will do: the submission window may be open.
    #[serde(default)]
    pub so_far: bool,
}

/// What an index says of itself, at the path `index`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct About {
    /// The hash of the cluster's genesis block.
    pub genesis: String,
    /// The tasks whose cycles it keeps.
    pub tasks: Vec<String>,
    /// The slot as of which it read them last.
    pub slot: u64,
    /// Why it keeps less than it should, if it does.
    pub problem: Option<String>,
}

/// A page of a cycle's submissions, in the order of their authors' addresses. Addresses are base58, values are base64.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Page {
    /// The hash of the cluster's genesis block.
    pub genesis: String,
    /// The task.
    pub task: String,
    /// The cycle's number.
    pub cycle: u64,
    /// How many submissions the index has of the cycle, on all pages.
    pub submissions: u32,
    /// The nodes that submitted.
    pub authors: Vec<String>,
    /// The bump of each submission's address, a byte each, in base64.
    pub bumps: String,
    /// The slot of each submission, where slots or values were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots: Option<Vec<u64>>,
    /// The value of each submission, where values were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
}

/// Why a page cannot be used.
pub(super) type Unusable = String;

/// Refuses an answer of another cluster than that of this `genesis`.
pub(super) fn require_cluster(told: &str, genesis: &str) -> Result<(), Unusable> {
    if told == genesis {
        return Ok(());
    }
    Err(format!(
        "it is of another cluster, whose genesis hash is not {genesis}"
    ))
}

/// What a column of `page` has for each of its `rows`.
fn column<T>(name: &str, column: Option<Vec<T>>, rows: usize) -> Result<Vec<T>, Unusable> {
    let column = column.ok_or_else(|| format!("it has no {name}"))?;
    if column.len() == rows {
        Ok(column)
    } else {
        Err(format!("it has {} {name} for {rows} authors", column.len()))
    }
}

fn value_of(text: &str) -> Result<Vec<u8>, Unusable> {
    let value = BASE64_STANDARD.decode(text).ok();
    let is_long = |value: &Vec<u8>| (1..=MAX_SUBMISSION_LEN).contains(&(value.len() as u64));
    value
        .filter(is_long)
        .ok_or_else(|| "a value is none that can be submitted".into())
}

impl Page {
    /// A page of `rows`, one of those that answer `question`, of an index that has so many `submissions` of the cycle.
    pub fn new(genesis: &str, question: &Question, submissions: u32, rows: &[Told]) -> Self {
        let slots = || rows.iter().map(|row| row.handed_in.slot).collect();
        let value = |row: &Told| BASE64_STANDARD.encode(&row.handed_in.value);
        let values = || rows.iter().map(value).collect();
        Self {
            genesis: genesis.to_owned(),
            task: question.task.to_string(),
            cycle: question.cycle,
            submissions,
            authors: rows.iter().map(|row| row.author.to_string()).collect(),
            bumps: BASE64_STANDARD.encode(rows.iter().map(|row| row.bump).collect::<Vec<u8>>()),
            slots: (question.input != ListInput::Authors).then(slots),
            values: (question.input == ListInput::Values).then(values),
        }
    }

    /// Its submissions, in the answer to `question` on the cluster of this `genesis`; `before` are those of the pages before.
    ///
    /// # Errors
    /// Why they cannot be used, in words.
    pub fn rows(
        self,
        genesis: &str,
        question: &Question,
        before: &[Told],
    ) -> Result<Vec<Told>, Unusable> {
        require_cluster(&self.genesis, genesis)?;
        if (self.task.as_str(), self.cycle) != (question.task.to_string().as_str(), question.cycle)
        {
            return Err("it is of another task or cycle".into());
        }
        let (count, counted) = (self.submissions, question.submissions);
        // While the window is open, the index may have read the cycle sooner than the node, or later.
        let is_other = if question.is_whole {
            count != counted
        } else {
            count > ROWS
        };
        if is_other {
            return Err(format!(
                "it has {count} submissions, and the cycle has {counted}"
            ));
        }
        let rows = self.authors.len();
        let left = (count as usize).saturating_sub(before.len());
        let expected = left.min(ROWS as usize);
        if rows != expected {
            return Err(format!(
                "a page has {rows} submissions in the place of {expected}"
            ));
        }
        let bumps = BASE64_STANDARD.decode(&self.bumps).ok();
        let bumps = column("bumps", bumps, rows)?;
        let slots = match question.input {
            ListInput::Authors => vec![0; rows],
            ListInput::Slots | ListInput::Values => column("slots", self.slots, rows)?,
        };
        let values = match question.input {
            ListInput::Authors | ListInput::Slots => vec![Vec::new(); rows],
            ListInput::Values => {
                let values = column("values", self.values, rows)?;
                let values = values.iter().map(|text| value_of(text));
                values.collect::<Result<_, _>>()?
            }
        };
        let mut last = before.last().map(|told| told.author);
        let rows = self.authors.iter().zip(bumps);
        let rows = rows.zip(slots.into_iter().zip(values));
        rows.map(|((author, bump), (slot, value))| {
            let author: Pubkey = author.parse().map_err(|_| "an author is no address")?;
            if last.is_some_and(|last| last >= author) {
                return Err("its authors are not in the order of their addresses".into());
            }
            last = Some(author);
            let handed_in = HandedIn { slot, value };
            Ok(Told {
                author,
                bump,
                handed_in,
            })
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(submissions: u32, input: ListInput) -> Question {
        Question {
            task: Pubkey::new_from_array([1; 32]),
            cycle: 5,
            submissions,
            is_whole: true,
            input,
        }
    }

    fn told(number: u8, input: ListInput) -> Told {
        let handed_in = HandedIn {
            slot: u64::from(number) * u64::from(input != ListInput::Authors),
            value: vec![number; usize::from(input == ListInput::Values) * 512],
        };
        let author = Pubkey::new_from_array([number; 32]);
        Told {
            author,
            bump: number,
            handed_in,
        }
    }

    #[test]
    fn a_page_says_what_was_asked_and_no_more() {
        for input in ListInput::ALL {
            let rows: Vec<Told> = (1..4).map(|number| told(number, input)).collect();
            let question = question(3, input);
            let page = Page::new("genesis", &question, 3, &rows);
            let text = serde_json::to_string(&page).unwrap();
            assert_eq!(
                text.contains("slots"),
                input != ListInput::Authors,
                "{text}"
            );
            assert_eq!(
                text.contains("values"),
                input == ListInput::Values,
                "{text}"
            );
            let read: Page = serde_json::from_str(&text).unwrap();
            assert_eq!(read.rows("genesis", &question, &[]), Ok(rows));
        }
    }

    #[test]
    fn the_longest_page_has_no_more_bytes_than_are_read() {
        let question = question(ROWS, ListInput::Values);
        let longest = Told {
            author: Pubkey::new_from_array([255; 32]),
            bump: 255,
            handed_in: HandedIn {
                slot: u64::MAX,
                value: vec![7; usize::try_from(MAX_SUBMISSION_LEN).unwrap()],
            },
        };
        let page = Page::new("genesis", &question, ROWS, &vec![longest; ROWS as usize]);
        let bytes = serde_json::to_vec(&page).unwrap().len();
        assert!(bytes <= MOST_BYTES, "{bytes}");
    }

    #[test]
    fn what_was_not_asked_is_refused() {
        let input = ListInput::Values;
        let rows: Vec<Told> = (1..4).map(|number| told(number, input)).collect();
        let good = Page::new("genesis", &question(3, input), 3, &rows);
        let spoilt = |spoil: fn(&mut Page)| {
            let mut page = good.clone();
            spoil(&mut page);
            page.rows("genesis", &question(3, input), &[]).unwrap_err()
        };
        for (refused, expected) in [
            (
                spoilt(|page| page.genesis = "x".into()),
                "of another cluster",
            ),
            (spoilt(|page| page.task = "x".into()), "of another task"),
            (spoilt(|page| page.cycle = 6), "of another task or cycle"),
            (
                spoilt(|page| page.submissions = 4),
                "it has 4 submissions, and the cycle has 3",
            ),
            (
                spoilt(|page| page.submissions = 2),
                "it has 2 submissions, and the cycle has 3",
            ),
            (
                spoilt(|page| drop(page.authors.pop())),
                "2 submissions in the place of 3",
            ),
            (spoilt(|page| page.authors.swap(0, 1)), "not in the order"),
            (
                spoilt(|page| page.authors[1] = page.authors[0].clone()),
                "not in the order",
            ),
            (spoilt(|page| page.authors[1] = "x".into()), "is no address"),
            (spoilt(|page| page.bumps = "?".into()), "it has no bumps"),
            (
                spoilt(|page| page.bumps = "AAAA AAAA".into()),
                "it has no bumps",
            ),
            (
                spoilt(|page| page.bumps = "AAAAAA==".into()),
                "it has 4 bumps for 3 authors",
            ),
            (spoilt(|page| page.slots = None), "it has no slots"),
            (
                spoilt(|page| page.values = Some(vec![])),
                "it has 0 values for 3 authors",
            ),
            (
                spoilt(|page| page.values = Some(vec![String::new(); 3])),
                "a value is none",
            ),
        ] {
            assert!(refused.contains(expected), "{refused}");
        }
        // A page after others goes on where they ended.
        let more = Question {
            submissions: 6,
            ..question(6, input)
        };
        let next = Page {
            submissions: 6,
            ..good.clone()
        };
        let before: Vec<Told> = (1..4).map(|number| told(number, input)).collect();
        let refused = next.rows("genesis", &more, &before).unwrap_err();
        assert!(refused.contains("not in the order"), "{refused}");
        // While the window is open there may be fewer than the cycle counts, or more.
        for counted in [9, 2] {
            let open = Question {
                is_whole: false,
                ..question(counted, input)
            };
            let rows = good.clone().rows("genesis", &open, &[]);
            assert_eq!(rows.map(|rows| rows.len()), Ok(3));
            let endless = Page {
                submissions: ROWS + 1,
                ..good.clone()
            };
            let refused = endless.rows("genesis", &open, &[]).unwrap_err();
            assert!(refused.contains("it has 10001 submissions"), "{refused}");
        }
    }
}
