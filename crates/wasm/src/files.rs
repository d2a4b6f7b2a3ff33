//! The folders that a run may read, and what it has opened there. It cannot change anything, so that no link appears
//! between the look at a path and its use.

use crate::errno::{ACCES, BADF, INVAL, IO, ISDIR, MFILE, NOENT, NOTCAPABLE, NOTDIR, Number};
use std::{
    collections::BTreeMap,
    fs::{self, File, Metadata},
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
};

/// The first descriptor after the standard streams.
const FIRST: i32 = 3;
/// Most descriptors that a run has at once.
const MOST_OPEN: usize = 256;

/// What a run has open.
enum Open {
    /// A folder: the granted one in which it is, and its own path; both are real paths. The granted one itself has a name.
    Folder {
        root: PathBuf,
        path: PathBuf,
        name: Option<String>,
    },
    /// A file.
    File(File),
}

/// What is told of a file or folder.
pub(crate) struct Facts {
    /// Whether it is a folder.
    pub(crate) is_folder: bool,
    /// Its number.
    pub(crate) number: u64,
    /// How many names it has.
    pub(crate) links: u64,
    /// Bytes.
    pub(crate) size: u64,
}

impl Facts {
    /// # Errors
    /// It is neither file nor folder: to open a pipe or a device may wait for ever.
    fn of(found: &Metadata) -> Result<Self, Number> {
        if !found.is_file() && !found.is_dir() {
            return Err(NOTCAPABLE);
        }
        Ok(Self {
            is_folder: found.is_dir(),
            number: found.ino(),
            links: found.nlink(),
            size: found.len(),
        })
    }
}

/// What a run may read.
#[derive(Default)]
pub(crate) struct Files {
    open: BTreeMap<i32, Open>,
}

fn number(error: &io::Error) -> Number {
    match error.kind() {
        ErrorKind::NotFound => NOENT,
        ErrorKind::PermissionDenied => ACCES,
        ErrorKind::NotADirectory => NOTDIR,
        ErrorKind::IsADirectory => ISDIR,
        ErrorKind::InvalidInput => INVAL,
        _ => IO,
    }
}

impl Files {
    /// The files of `folders`, by their names.
    ///
    /// # Errors
    /// A folder is not there.
    pub(crate) fn new(folders: &BTreeMap<String, PathBuf>) -> Result<Self, String> {
        let mut open = BTreeMap::new();
        for (descriptor, (name, folder)) in (FIRST..).zip(folders) {
            let root = folder.canonicalize();
            let root = root.map_err(|error| format!("{}: {error}", folder.display()))?;
            if !root.is_dir() {
                return Err(format!("{} is no folder", folder.display()));
            }
            let name = Some(name.clone());
            let path = root.clone();
            open.insert(descriptor, Open::Folder { root, path, name });
        }
        Ok(Self { open })
    }

    /// The name of the granted folder at `descriptor`.
    pub(crate) fn name(&self, descriptor: i32) -> Option<&str> {
        match self.open.get(&descriptor)? {
            Open::Folder { name, .. } => name.as_deref(),
            Open::File(_) => None,
        }
    }

    /// The real path of `path` in the folder at `descriptor`, the granted folder around it, and what is there.
    fn found(&self, descriptor: i32, path: &str) -> Result<(PathBuf, PathBuf, Facts), Number> {
        let (root, folder) = match self.open.get(&descriptor) {
            Some(Open::Folder { root, path, .. }) => (root, path),
            Some(Open::File(_)) => return Err(NOTDIR),
            None => return Err(BADF),
        };
        if Path::new(path).is_absolute() {
            return Err(NOTCAPABLE);
        }
        let real = folder.join(path).canonicalize();
        let real = real.map_err(|error| number(&error))?;
        if !real.starts_with(root) {
            return Err(NOTCAPABLE);
        }
        let facts = fs::metadata(&real).map_err(|error| number(&error))?;
        Ok((real, root.clone(), Facts::of(&facts)?))
    }

    /// Opens `path` in the folder at `folder`, and returns its descriptor.
    pub(crate) fn open(&mut self, folder: i32, path: &str, as_folder: bool) -> Result<i32, Number> {
        let (path, root, facts) = self.found(folder, path)?;
        if as_folder && !facts.is_folder {
            return Err(NOTDIR);
        }
        let free = (FIRST..).find(|descriptor| !self.open.contains_key(descriptor));
        let free = free.filter(|_| self.open.len() < MOST_OPEN).ok_or(MFILE)?;
        let opened = if facts.is_folder {
            let name = None;
            Open::Folder { root, path, name }
        } else {
            Open::File(File::open(path).map_err(|error| number(&error))?)
        };
        self.open.insert(free, opened);
        Ok(free)
    }

    /// The file at `descriptor`.
    fn file(&self, descriptor: i32) -> Result<&File, Number> {
        match self.open.get(&descriptor) {
            Some(Open::File(file)) => Ok(file),
            Some(Open::Folder { .. }) => Err(ISDIR),
            None => Err(BADF),
        }
    }

    /// Reads on in the file at `descriptor`, or from `offset` on, and returns how many bytes came.
    pub(crate) fn read(
        &self,
        descriptor: i32,
        offset: Option<u64>,
        bytes: &mut [u8],
    ) -> Result<usize, Number> {
        let mut file = self.file(descriptor)?;
        let read = match offset {
            Some(offset) => file.read_at(bytes, offset),
            None => file.read(bytes),
        };
        read.map_err(|error| number(&error))
    }

    /// Goes to another place in the file at `descriptor`, and returns where that is.
    pub(crate) fn seek(&self, descriptor: i32, to: SeekFrom) -> Result<u64, Number> {
        let mut file = self.file(descriptor)?;
        file.seek(to).map_err(|error| number(&error))
    }

    /// Closes `descriptor`.
    pub(crate) fn close(&mut self, descriptor: i32) -> Result<(), Number> {
        self.open.remove(&descriptor).map(drop).ok_or(BADF)
    }

    /// What is open at `descriptor`.
    pub(crate) fn facts(&self, descriptor: i32) -> Result<Facts, Number> {
        let found = match self.open.get(&descriptor) {
            Some(Open::File(file)) => file.metadata(),
            Some(Open::Folder { path, .. }) => fs::metadata(path),
            None => return Err(BADF),
        };
        Facts::of(&found.map_err(|error| number(&error))?)
    }

    /// What is at `path` in the folder at `descriptor`.
    pub(crate) fn facts_at(&self, descriptor: i32, path: &str) -> Result<Facts, Number> {
        self.found(descriptor, path).map(|(_, _, facts)| facts)
    }

    /// What is in the folder at `descriptor`, in the order of the names. What is no text, or neither file nor folder, is
    /// left out.
    pub(crate) fn list(&self, descriptor: i32) -> Result<Vec<(String, Facts)>, Number> {
        let folder = match self.open.get(&descriptor) {
            Some(Open::Folder { path, .. }) => path,
            Some(Open::File(_)) => return Err(NOTDIR),
            None => return Err(BADF),
        };
        let entries = fs::read_dir(folder).map_err(|error| number(&error))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let found = names.filter_map(|name| {
            let facts = self.facts_at(descriptor, &name).ok()?;
            Some((name, facts))
        });
        let mut found: Vec<(String, Facts)> = found.collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, os::unix::fs::symlink};

    #[test]
    fn nothing_is_opened_outside_a_granted_folder() {
        let place = env::temp_dir().join(format!("gradual-files-{}", std::process::id()));
        let _left_by_another = fs::remove_dir_all(&place);
        fs::create_dir_all(place.join("granted/below")).unwrap();
        fs::write(place.join("granted/below/file"), "granted").unwrap();
        fs::write(place.join("secret"), "secret").unwrap();
        symlink("../secret", place.join("granted/out")).unwrap();
        symlink("below/file", place.join("granted/in")).unwrap();
        let folders = [("data".to_owned(), place.join("granted"))].into();
        let mut files = Files::new(&folders).unwrap();
        assert_eq!(files.name(3), Some("data"));
        assert_eq!(files.name(4), None);
        let secret = place.join("secret");
        for outside in [
            "../secret",
            "out",
            "below/../../secret",
            secret.to_str().unwrap(),
        ] {
            assert_eq!(files.open(3, outside, false), Err(NOTCAPABLE), "{outside}");
        }
        assert_eq!(files.open(3, "none", false), Err(NOENT));
        assert_eq!(files.open(3, "in", true), Err(NOTDIR));
        assert_eq!(files.open(9, "in", false), Err(BADF));
        let below = files.open(3, "below", true).unwrap();
        // One cannot leave the granted folder, but a folder in it.
        assert!(files.facts_at(below, "..").unwrap().is_folder);
        assert_eq!(files.open(below, "../..", true), Err(NOTCAPABLE));
        for path in [files.open(3, "in", false), files.open(below, "file", false)] {
            let mut bytes = [0; 16];
            assert_eq!(files.read(path.unwrap(), None, &mut bytes), Ok(7));
            assert_eq!(&bytes[..7], b"granted");
        }
        let names: Vec<String> = files
            .list(3)
            .unwrap()
            .into_iter()
            .map(|one| one.0)
            .collect();
        assert_eq!(names, ["below", "in"]);
        while files.open(3, "in", false).is_ok() {}
        assert_eq!(files.open(3, "in", false), Err(MFILE));
        files.close(below).unwrap();
        assert!(files.open(3, "in", false).is_ok());
        assert_eq!(files.close(1_000), Err(BADF));
        fs::remove_dir_all(place).unwrap();
    }
}
