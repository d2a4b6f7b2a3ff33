//! The modules that this process plays, for whoever asks its endpoint.

use super::{bytes_of, checked};
use gradual_consensus_node::{daemon::Exposed, fleet::NodeId};
use gradual_consensus_wasm::name::Hash;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The module that each node of this process plays.
#[derive(Debug, Default)]
pub(in crate::cli) struct Shelf(Mutex<BTreeMap<NodeId, (Hash, PathBuf)>>);

/// A module is served until this is dropped.
pub(in crate::cli) struct Shown {
    shelf: Arc<Shelf>,
    id: NodeId,
}

impl Shelf {
    /// Serves the module in `file` while the node `id` plays it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(in crate::cli) fn show(
        self: &Arc<Self>,
        id: NodeId,
        file: PathBuf,
    ) -> std::io::Result<Shown> {
        let hash = Hash::of(&bytes_of(&file)?);
        self.all().insert(id, (hash, file));
        let shelf = Arc::clone(self);
        Ok(Shown { shelf, id })
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<NodeId, (Hash, PathBuf)>> {
        // Every change is one insertion or removal.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file_of(&self, hash: Hash) -> Option<PathBuf> {
        let all = self.all();
        let mut played = all.values();
        played
            .find(|(own, _)| *own == hash)
            .map(|(_, file)| file.clone())
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.shelf.all().remove(&self.id);
    }
}

impl Exposed for Shelf {
    fn text(&self) -> String {
        String::new()
    }

    fn health(&self) -> (bool, String) {
        (true, "ok: modules are served".into())
    }

    fn module(&self, hash: &str) -> Option<Vec<u8>> {
        let hash = hash.parse().ok()?;
        let file = self.file_of(hash)?;
        // The file may have been changed since.
        checked(bytes_of(&file).ok()?, hash).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_sdk::pubkey::Pubkey;

    #[test]
    fn only_what_is_played_is_served_and_only_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("task.wasm");
        std::fs::write(&file, b"module").unwrap();
        let hash = Hash::of(b"module").to_string();
        let shelf = Arc::new(Shelf::default());
        assert_eq!(shelf.module(&hash), None);
        let [task, node] = [Pubkey::new_unique(), Pubkey::new_unique()];
        let shown = shelf.show(NodeId { task, node }, file.clone()).unwrap();
        assert_eq!(shelf.module(&hash), Some(b"module".to_vec()));
        for other in ["", "../task.wasm", &Hash::of(b"other").to_string()] {
            assert_eq!(shelf.module(other), None, "{other}");
        }
        std::fs::write(&file, b"changed").unwrap();
        assert_eq!(shelf.module(&hash), None);
        assert_eq!(shelf.module(&Hash::of(b"changed").to_string()), None);
        std::fs::write(&file, b"module").unwrap();
        drop(shown);
        assert_eq!(shelf.module(&hash), None);
    }
}
