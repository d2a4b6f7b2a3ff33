//! An example of a task: nodes index a corpus of text.
//!
//! Each cycle a node builds the inverted index of its share of the corpus: for every word, where it
//! stands. Its proof is the index's digest, with the numbers that others need to recompute it. An auditor
//! who holds the same corpus builds the same index and compares.

use crate::logic::{DistributionCycle, ListInput, LogicError, Proof, TaskLogic, equal_shares};
use solana_sdk::pubkey::Pubkey;
use solana_sha256_hasher::{Hasher, hashv};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};
use thiserror::Error;

/// Why a corpus could not be read.
#[derive(Debug, Error)]
pub enum CorpusError {
    /// A file or folder does not exist, or may not be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No file has a word in it.
    #[error("no text in {path}: name a folder or file with words in it", path = .0.display())]
    Empty(PathBuf),
}

/// Lines of text, in the same order for every holder of the same files.
#[derive(Debug)]
pub struct Corpus {
    lines: Vec<String>,
    digest: [u8; 32],
}

impl Corpus {
    /// Reads a file, or every file below a folder except hidden ones. Files that hold a zero byte are no text, and count
    /// as empty.
    ///
    /// # Errors
    /// [`CorpusError`].
    pub fn read(path: &Path) -> Result<Self, CorpusError> {
        let mut files = Vec::new();
        collect_files(path, &mut files)?;
        files.sort();
        let mut lines = Vec::new();
        for file in files {
            let bytes = fs::read(&file).map_err(|source| CorpusError::Unreadable {
                path: file.clone(),
                source,
            })?;
            // A picture, or another file that is no text.
            if bytes.contains(&0) {
                continue;
            }
            let text = String::from_utf8_lossy(&bytes);
            lines.extend(text.lines().map(str::to_owned));
        }
        let corpus = Self::from_lines(lines);
        if corpus
            .lines
            .iter()
            .flat_map(|line| words(line))
            .next()
            .is_none()
        {
            return Err(CorpusError::Empty(path.to_owned()));
        }
        Ok(corpus)
    }

    /// A corpus of these lines.
    pub fn from_lines(lines: Vec<String>) -> Self {
        let mut hasher = Hasher::default();
        for line in &lines {
            hasher.hash(&(line.len() as u64).to_le_bytes());
            hasher.hash(line.as_bytes());
        }
        let digest = hasher.result().to_bytes();
        Self { lines, digest }
    }

    /// The inverted index of every `shares`-th line from line number `share` on, as a digest and the
    /// number of its words.
    fn index(&self, share: u32, shares: u32) -> ([u8; 32], u32) {
        let mut index: BTreeMap<String, Vec<(u32, u32)>> = BTreeMap::new();
        let mine = (0u32..)
            .zip(&self.lines)
            .skip(share as usize)
            .step_by(shares.max(1) as usize);
        for (number, line) in mine {
            for (position, word) in (0u32..).zip(words(line)) {
                index.entry(word).or_default().push((number, position));
            }
        }
        let mut hasher = Hasher::default();
        for (word, places) in &index {
            hasher.hash(&(word.len() as u64).to_le_bytes());
            hasher.hash(word.as_bytes());
            hasher.hash(&(places.len() as u64).to_le_bytes());
            for (line, position) in places {
                hasher.hash(&line.to_le_bytes());
                hasher.hash(&position.to_le_bytes());
            }
        }
        let words = u32::try_from(index.len()).unwrap_or(u32::MAX);
        (hasher.result().to_bytes(), words)
    }
}

fn collect_files(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), CorpusError> {
    let unreadable = |source| CorpusError::Unreadable {
        path: path.to_owned(),
        source,
    };
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            collect_files(&entry.path(), files)?;
        }
    }
    Ok(())
}

fn words(line: &str) -> impl Iterator<Item = String> {
    line.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// The logic of the task.
#[derive(Clone, Debug)]
pub struct CorpusIndex {
    corpus: Arc<Corpus>,
    node: Pubkey,
    shares: u32,
}

impl CorpusIndex {
    /// The logic of `node`, with the corpus cut into `shares` shares.
    pub const fn new(corpus: Arc<Corpus>, node: Pubkey, shares: u32) -> Self {
        Self {
            corpus,
            node,
            shares,
        }
    }

    /// The proof that `node` owes for `cycle`: digests of corpus and index, the share, and the
    /// number of words in it. No node chooses its share.
    fn expected(&self, node: &Pubkey, cycle: u64) -> Vec<u8> {
        let draw = hashv(&[node.as_ref(), &cycle.to_le_bytes()]).to_bytes();
        let (draw, _) = draw.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let share = u32::from_le_bytes(*draw) % self.shares.max(1);
        let (index, words) = self.corpus.index(share, self.shares);
        [
            &self.corpus.digest[..],
            &index,
            &share.to_le_bytes(),
            &self.shares.to_le_bytes(),
            &words.to_le_bytes(),
        ]
        .concat()
    }
}

impl TaskLogic for CorpusIndex {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        Ok(self.expected(&self.node, cycle))
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        Ok(proof.value == self.expected(&proof.node, proof.cycle))
    }

    fn list_input(&mut self) -> Result<ListInput, LogicError> {
        Ok(ListInput::Authors)
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        Ok(equal_shares(cycle.bounty, submissions, verdicts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> Arc<Corpus> {
        let lines = ["Act quickly,", "react faster,", "reward slowly: REACT"];
        Arc::new(Corpus::from_lines(lines.map(String::from).to_vec()))
    }

    fn proof(node: Pubkey, value: Vec<u8>) -> Proof {
        Proof {
            cycle: 3,
            node,
            value,
            slot: 0,
            tally: None,
        }
    }

    #[test]
    fn a_picture_among_the_files_is_left_out() {
        let folder = std::env::temp_dir().join(format!("gradual-corpus-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("text"), "act quickly").unwrap();
        let text = Corpus::read(&folder).unwrap();
        fs::write(folder.join("picture.png"), b"\x89PNG\0words").unwrap();
        let both = Corpus::read(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(both.lines, text.lines);
    }

    #[test]
    fn auditors_recompute_the_same_index() {
        let (one, two) = (
            Pubkey::new_from_array([1; 32]),
            Pubkey::new_from_array([2; 32]),
        );
        let value = CorpusIndex::new(corpus(), one, 2).work(3).unwrap();
        let mut auditor = CorpusIndex::new(corpus(), two, 2);
        assert!(auditor.audit(&proof(one, value.clone())).unwrap());
        assert!(value.len() <= 512);
    }

    #[test]
    fn another_corpus_share_or_digest_does_not_pass() {
        let node = Pubkey::new_from_array([1; 32]);
        let value = CorpusIndex::new(corpus(), node, 2).work(3).unwrap();
        let mut auditor = CorpusIndex::new(corpus(), node, 2);
        for byte in 0..value.len() {
            let mut other = value.clone();
            other[byte] ^= 1;
            assert!(!auditor.audit(&proof(node, other)).unwrap(), "byte {byte}");
        }
        let other = Arc::new(Corpus::from_lines(vec!["other".into()]));
        let mut stranger = CorpusIndex::new(other, node, 2);
        assert!(!stranger.audit(&proof(node, value)).unwrap());
    }

    #[test]
    fn words_are_folded() {
        let found: Vec<String> = words("Re-act: 2 FASTER!").collect();
        assert_eq!(found, ["re", "act", "2", "faster"]);
    }
}
