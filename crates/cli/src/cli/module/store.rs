//! The folder in which modules are kept by their hashes.

use super::{bytes_of, cache_folder, checked};
use gradual_consensus_wasm::name::Hash;
use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::PathBuf,
};
use tempfile::NamedTempFile;

/// A folder of modules, each in a file that its hash names. It may be deleted at any time.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Store(PathBuf);

impl Store {
    /// That of the user; `None` where there is no home.
    pub(in crate::cli) fn of_user() -> Option<Self> {
        cache_folder("modules").map(Self)
    }

    /// The one in `folder`.
    #[cfg(test)]
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Where the module of this hash is, if it is there.
    pub(super) fn path(&self, hash: Hash) -> PathBuf {
        self.0.join(format!("{hash}.wasm"))
    }

    /// The module of this hash; `None` where there is none.
    ///
    /// # Errors
    /// What is in its place cannot be read, or has another hash.
    pub(super) fn get(&self, hash: Hash) -> Result<Option<Vec<u8>>, String> {
        match bytes_of(&self.path(hash)) {
            Ok(bytes) => checked(bytes, hash).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Keeps `bytes`, whose hash is `hash`. Whoever reads sees all of them or none.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(super) fn put(&self, hash: Hash, bytes: &[u8]) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.0)?;
        let path = self.path(hash);
        let mut file = NamedTempFile::new_in(&self.0)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_whole_and_what_was_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("a/b"));
        let hash = Hash::of(b"module");
        assert_eq!(store.get(hash), Ok(None));
        let path = store.put(hash, b"module").unwrap();
        assert_eq!(store.get(hash), Ok(Some(b"module".to_vec())));
        // Nothing but the module is left in the folder.
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);

        fs::write(&path, b"changed").unwrap();
        let refused = store.get(hash).unwrap_err();
        let found = Hash::of(b"changed").to_string();
        assert!(refused.contains(&found) && refused.contains(&hash.to_string()));
        store.put(hash, b"module").unwrap();
        assert_eq!(store.get(hash), Ok(Some(b"module".to_vec())));
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(store.get(hash), Err("it is no file".into()));
    }
}
