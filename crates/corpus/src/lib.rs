//! A corpus of text, and the inverted index of a node's share of it: the work of an example task.
//!
//! Each cycle a node builds the inverted index of its share of the corpus: for every word, where it stands. Its proof
//! is the index's digest, with the numbers that others need to recompute it. An auditor who holds the same corpus
//! builds the same index and compares.
//!
//! The node plays it natively (`--logic corpus:PATH`), and `crates/corpus-wasm` as a WebAssembly module. It imports
//! nothing of Solana, so that a module can be built of it.

use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Shares that a corpus is cut into, unless somebody says otherwise.
pub const DEFAULT_SHARES: u32 = 8;

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

    /// A corpus of these lines, none of which has a line feed in it.
    pub fn from_lines(lines: Vec<String>) -> Self {
        let mut hasher = Sha256::new();
        for line in &lines {
            hasher.update((line.len() as u64).to_le_bytes());
            hasher.update(line.as_bytes());
        }
        let digest = hasher.finalize().into();
        Self { lines, digest }
    }

    /// The corpus as one text: its lines, with a line feed between each two.
    pub fn to_text(&self) -> String {
        self.lines.join("\n")
    }

    /// The corpus that [`Corpus::to_text`] made `text` of.
    pub fn from_text(text: &str) -> Self {
        Self::from_lines(text.split('\n').map(str::to_owned).collect())
    }

    /// The proof that the node with the address `node` owes for `cycle`, where the corpus is cut into `shares` shares:
    /// digests of corpus and index, the share, the number of shares, and the number of words in the share. No node
    /// chooses its share.
    pub fn proof(&self, node: &[u8; 32], cycle: u64, shares: u32) -> Vec<u8> {
        let draw = Sha256::new().chain_update(node);
        let draw = draw.chain_update(cycle.to_le_bytes()).finalize();
        let (draw, _) = draw.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let share = u32::from_le_bytes(*draw) % shares.max(1);
        let (index, words) = self.index(share, shares);
        [
            &self.digest[..],
            &index,
            &share.to_le_bytes(),
            &shares.to_le_bytes(),
            &words.to_le_bytes(),
        ]
        .concat()
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
        let mut hasher = Sha256::new();
        for (word, places) in &index {
            hasher.update((word.len() as u64).to_le_bytes());
            hasher.update(word.as_bytes());
            hasher.update((places.len() as u64).to_le_bytes());
            for (line, position) in places {
                hasher.update(line.to_le_bytes());
                hasher.update(position.to_le_bytes());
            }
        }
        let words = u32::try_from(index.len()).unwrap_or(u32::MAX);
        (hasher.finalize().into(), words)
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn words_are_folded() {
        let found: Vec<String> = words("Re-act: 2 FASTER!").collect();
        assert_eq!(found, ["re", "act", "2", "faster"]);
    }

    #[test]
    fn a_text_holds_the_whole_corpus() {
        let lines = ["", "act quickly\r", "\u{fffd}react\r\r", "", "faster", ""];
        let corpus = Corpus::from_lines(lines.map(String::from).to_vec());
        let again = Corpus::from_text(&corpus.to_text());
        assert_eq!(again.lines, lines);
        assert_eq!(again.digest, corpus.digest);
    }
}
