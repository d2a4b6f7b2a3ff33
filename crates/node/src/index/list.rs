//! What an index answers over HTTP about an accepted list, as JSON: the entry of one node with its proof, or a page of all
//! entries. Both are worth nothing without the list's account: its Merkle root shows whether they are so.

use super::{
    Refusal,
    page::{ROWS, Unusable, require_cluster},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus::rules::merkle::Digest;
use gradual_consensus_client::instruction::Entry;
use serde::{Deserialize, Serialize};
use solana_sdk::pubkey::Pubkey;

/// Most bytes of an entry's answer: its proof has 32 digests at most.
pub const MOST_ENTRY_BYTES: usize = 8 << 10;
/// Most entries of a list that is told whole: as many as fit into memory twice.
pub const MOST_ENTRIES: u32 = 1_000_000;

/// The list that an index is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListQuestion {
    /// The task.
    pub task: Pubkey,
    /// The cycle's number.
    pub cycle: u64,
    /// The attempt that the list is.
    pub attempt: u8,
    /// How many entries the list's account counts.
    pub count: u32,
}

impl ListQuestion {
    fn path(&self) -> String {
        let (task, cycle, attempt) = (self.task, self.cycle, self.attempt);
        format!("index/{task}/cycle/{cycle}/list/{attempt}")
    }

    /// The path of the entry that pays `node`.
    pub fn entry_path(&self, node: &Pubkey) -> String {
        format!("{}?node={node}", self.path())
    }

    /// The path of page `page` of all entries.
    pub fn page_path(&self, page: u32) -> String {
        format!("{}?page={page}", self.path())
    }
}

/// What a visitor of [`ListQuestion::entry_path`] or [`ListQuestion::page_path`] asks for.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Wanted {
    /// The node whose entry it is; `None` for a page of all.
    pub node: Option<String>,
    /// Which page, from 0.
    #[serde(default)]
    pub page: u32,
}

/// Which list an answer is about.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Head {
    /// The hash of the cluster's genesis block.
    pub genesis: String,
    /// The task.
    pub task: String,
    /// The cycle's number.
    pub cycle: u64,
    /// The attempt that the list is.
    pub attempt: u8,
    /// How many entries the list has.
    pub count: u32,
}

impl Head {
    fn new(genesis: &str, asked: &ListQuestion) -> Self {
        Self {
            genesis: genesis.to_owned(),
            task: asked.task.to_string(),
            cycle: asked.cycle,
            attempt: asked.attempt,
            count: asked.count,
        }
    }

    /// Refuses the head of an answer to another question than `asked`, or of another cluster than that of this `genesis`.
    fn require(&self, genesis: &str, asked: &ListQuestion) -> Result<(), Unusable> {
        require_cluster(&self.genesis, genesis)?;
        let own = Self::new(genesis, asked);
        let own = (&own.task, own.cycle, own.attempt);
        if (&self.task, self.cycle, self.attempt) != own {
            return Err("it is of another list".into());
        }
        if self.count != asked.count {
            return Err(format!(
                "it has {} entries, and the list has {}",
                self.count, asked.count
            ));
        }
        Ok(())
    }
}

/// An amount in base units: a string, which is exact in every language.
fn amount(text: &str) -> Result<u64, Unusable> {
    text.parse().map_err(|_| "an amount is no number".into())
}

fn address(text: &str) -> Result<Pubkey, Unusable> {
    text.parse().map_err(|_| "a node is no address".into())
}

/// An entry, beside the node that it pays.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Proven {
    /// Its position in the list, from 0.
    pub index: u32,
    /// What the node is paid, in base units.
    pub amount: String,
    /// Its siblings in the list's Merkle tree from the leaf to the root, in base64.
    pub proof: Vec<String>,
}

/// The entry of one node.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct EntryPage {
    /// The list.
    pub list: Head,
    /// The node.
    pub node: String,
    /// Its entry; `None` if the list pays it nothing.
    pub entry: Option<Proven>,
}

fn digest(text: &str) -> Result<Digest, Unusable> {
    let bytes = BASE64_STANDARD.decode(text).ok();
    let digest = bytes.and_then(|bytes| bytes.try_into().ok());
    digest.ok_or_else(|| "a part of the proof is no digest".into())
}

impl EntryPage {
    /// The answer to who asks for the entry of `node` in the list that is `asked` about, which is `entry`.
    pub fn new(genesis: &str, asked: &ListQuestion, node: &Pubkey, entry: Option<&Entry>) -> Self {
        let proven = |entry: &Entry| Proven {
            index: entry.index,
            amount: entry.amount.to_string(),
            proof: (entry.proof.iter())
                .map(|digest| BASE64_STANDARD.encode(digest))
                .collect(),
        };
        Self {
            list: Head::new(genesis, asked),
            node: node.to_string(),
            entry: entry.map(proven),
        }
    }

    /// The entry of `node` in the list that was `asked` about on the cluster of this `genesis`; `None` where it says that
    /// there is none. Whether it is so is left to who asked.
    ///
    /// # Errors
    /// Why it cannot be used, in words.
    pub fn entry(
        self,
        genesis: &str,
        asked: &ListQuestion,
        node: &Pubkey,
    ) -> Result<Option<Entry>, Unusable> {
        self.list.require(genesis, asked)?;
        if self.node != node.to_string() {
            return Err("it is the entry of another node".into());
        }
        let entry = self.entry.map(|proven| {
            let proof = proven.proof.iter().map(|text| digest(text));
            Ok(Entry {
                node: *node,
                index: proven.index,
                amount: amount(&proven.amount)?,
                proof: proof.collect::<Result<_, Unusable>>()?,
            })
        });
        entry.transpose()
    }
}

/// A page of a list's entries, in its order.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct EntriesPage {
    /// The list.
    pub list: Head,
    /// The nodes that are paid, in base58.
    pub nodes: Vec<String>,
    /// What each is paid, in base units.
    pub amounts: Vec<String>,
}

impl EntriesPage {
    /// A page of `rows`, some entries of the list that is `asked` about.
    pub fn new(genesis: &str, asked: &ListQuestion, rows: &[(Pubkey, u64)]) -> Self {
        Self {
            list: Head::new(genesis, asked),
            nodes: rows.iter().map(|(node, _)| node.to_string()).collect(),
            amounts: rows.iter().map(|(_, amount)| amount.to_string()).collect(),
        }
    }

    /// Its entries, in the answer to who `asked` about the list on the cluster of this `genesis`, and was told so many
    /// `before`. Whether they are so is left to who asked.
    ///
    /// # Errors
    /// Why they cannot be used, in words.
    pub fn rows(
        self,
        genesis: &str,
        asked: &ListQuestion,
        before: usize,
    ) -> Result<Vec<(Pubkey, u64)>, Unusable> {
        self.list.require(genesis, asked)?;
        let left = (asked.count as usize).saturating_sub(before);
        let expected = left.min(ROWS as usize);
        let (nodes, amounts) = (self.nodes.len(), self.amounts.len());
        if (nodes, amounts) != (expected, expected) {
            return Err(format!(
                "a page has {nodes} nodes and {amounts} amounts in the place of {expected} entries"
            ));
        }
        let rows = self.nodes.iter().zip(&self.amounts);
        rows.map(|(node, paid)| Ok((address(node)?, amount(paid)?)))
            .collect()
    }
}

/// Refuses to have a list of so many entries told whole.
///
/// # Errors
/// [`Refusal::Failed`].
pub(super) fn require_few(count: u32) -> Result<(), Refusal> {
    if count > MOST_ENTRIES {
        let why =
            format!("the list has {count} entries, and no index tells more than {MOST_ENTRIES}");
        return Err(Refusal::Failed(why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: ListQuestion = ListQuestion {
        task: Pubkey::new_from_array([1; 32]),
        cycle: 5,
        attempt: 2,
        count: 3,
    };
    const NODE: Pubkey = Pubkey::new_from_array([7; 32]);

    fn entry() -> Entry {
        Entry {
            node: NODE,
            index: 2,
            amount: u64::MAX,
            proof: vec![[8; 32], [9; 32]],
        }
    }

    /// A change of an answer's head, and what is said of it.
    type Spoilt = (fn(&mut Head), &'static str);
    const OTHERS: [Spoilt; 5] = [
        (|head| head.genesis = "x".into(), "of another cluster"),
        (|head| head.task = "x".into(), "of another list"),
        (|head| head.cycle = 4, "of another list"),
        (|head| head.attempt = 1, "of another list"),
        (
            |head| head.count = 4,
            "it has 4 entries, and the list has 3",
        ),
    ];

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        for expected in [Some(entry()), None] {
            let page = EntryPage::new("genesis", &ASKED, &NODE, expected.as_ref());
            let text = serde_json::to_string(&page).unwrap();
            let read: EntryPage = serde_json::from_str(&text).unwrap();
            assert_eq!(read.entry("genesis", &ASKED, &NODE), Ok(expected));
        }
        let longest = Entry {
            proof: vec![[255; 32]; 32],
            index: u32::MAX,
            ..entry()
        };
        let page = EntryPage::new(&NODE.to_string(), &ASKED, &NODE, Some(&longest));
        let text = serde_json::to_string(&page).unwrap();
        assert!(text.len() < MOST_ENTRY_BYTES / 4, "{}", text.len());
    }

    #[test]
    fn an_entry_that_was_not_asked_for_cannot_be_used() {
        let refused = |change: &dyn Fn(&mut EntryPage)| {
            let mut page = EntryPage::new("genesis", &ASKED, &NODE, Some(&entry()));
            change(&mut page);
            page.entry("genesis", &ASKED, &NODE).unwrap_err()
        };
        for (change, expected) in OTHERS {
            let said = refused(&|page| change(&mut page.list));
            assert!(said.contains(expected), "{said}");
        }
        let said = refused(&|page| page.node = Pubkey::default().to_string());
        assert!(said.contains("of another node"), "{said}");
        for (amount, proof, expected) in [
            ("-1", "", "an amount is no number"),
            ("18446744073709551616", "", "an amount is no number"),
            ("1", "?", "no digest"),
            ("1", "AAAA", "no digest"),
        ] {
            let said = refused(&|page| {
                let proven = page.entry.as_mut().unwrap();
                proven.amount = amount.into();
                proven.proof[1] = proof.into();
            });
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn pages_have_as_many_entries_as_are_left() {
        let rows: Vec<(Pubkey, u64)> = (1..4)
            .map(|number| (Pubkey::new_from_array([number; 32]), u64::MAX))
            .collect();
        let page = EntriesPage::new("genesis", &ASKED, &rows);
        let text = serde_json::to_string(&page).unwrap();
        let read: EntriesPage = serde_json::from_str(&text).unwrap();
        assert_eq!(read.clone().rows("genesis", &ASKED, 0), Ok(rows));
        for (before, said) in [
            (1, "of 2 entries"),
            (3, "of 0 entries"),
            (9, "of 0 entries"),
        ] {
            let refused = read.clone().rows("genesis", &ASKED, before).unwrap_err();
            assert!(refused.contains(said), "{refused}");
        }
        let spoilt = |change: &dyn Fn(&mut EntriesPage)| {
            let mut page = read.clone();
            change(&mut page);
            page.rows("genesis", &ASKED, 0).unwrap_err()
        };
        for (change, expected) in OTHERS {
            let said = spoilt(&|page| change(&mut page.list));
            assert!(said.contains(expected), "{said}");
        }
        for said in [
            spoilt(&|page| drop(page.nodes.pop())),
            spoilt(&|page| page.amounts.push("1".into())),
        ] {
            assert!(said.contains("in the place of 3 entries"), "{said}");
        }
        let said = spoilt(&|page| page.nodes[1] = "x".into());
        assert!(said.contains("a node is no address"), "{said}");
        let said = spoilt(&|page| page.amounts[2] = "1.5".into());
        assert!(said.contains("an amount is no number"), "{said}");
    }
}
