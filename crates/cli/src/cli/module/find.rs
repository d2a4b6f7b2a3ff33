//! The module of a hash, from the first place that has it.

use super::{bytes_of, checked, store::Store};
use crate::cli::{
    fetch::{Guard, fetch, shown, url_in},
    path, secret,
};
use gradual_consensus_client::text::one_line;
use gradual_consensus_wasm::name::Hash;
use reqwest::Url;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Most modules of a folder that are looked at.
const MOST_FILES: usize = 1_000;
/// Most nodes that are asked.
const MOST_NODES: usize = 8;

/// Most characters of a path that are shown.
const LONGEST_SHOWN: usize = 300;

/// Which module is wanted, and where it may be.
pub(in crate::cli) struct Search<'a> {
    /// Its hash.
    pub(in crate::cli) hash: Hash,
    /// Where modules are kept.
    pub(in crate::cli) store: &'a Store,
    /// Files, folders and addresses that the operator named.
    pub(in crate::cli) from: &'a [String],
    /// The task's text `metadata`.
    pub(in crate::cli) metadata: &'a str,
    /// How places that strangers named are asked.
    pub(in crate::cli) strangers: Guard<'static>,
}

/// A module that was found, and is in the store.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) struct Found {
    /// Its file.
    pub(in crate::cli) file: PathBuf,
    /// Its bytes.
    pub(in crate::cli) bytes: Vec<u8>,
    /// Where it was.
    pub(in crate::cli) place: String,
    /// Other places, and why each was passed over.
    pub(in crate::cli) passed: Vec<String>,
}

/// Where a module may be.
enum Place {
    /// A file.
    File(PathBuf),
    /// A folder that has it in one of its files `*.wasm`.
    Folder(PathBuf),
    /// An address, and how it is asked.
    Web(Url, Guard<'static>),
}

impl Place {
    fn shown(&self) -> String {
        match self {
            // A hash in a path is no secret, but looks like one.
            Self::File(path) | Self::Folder(path) => match path.to_string_lossy() {
                path if secret::is_secret(&path) => secret::HIDDEN.into(),
                path => one_line(&path, LONGEST_SHOWN),
            },
            Self::Web(url, _) => shown(url),
        }
    }

    /// What is there, and may be the module of this hash.
    fn bytes(&self, hash: Hash, goes_on: &dyn Fn() -> bool) -> Result<Vec<u8>, String> {
        match self {
            Self::Web(url, guard) => fetch(url, guard, goes_on).map_err(|unfetched| unfetched.why),
            Self::Folder(path) => in_folder(path, hash),
            Self::File(path) => bytes_of(path).map_err(|error| error.to_string()),
        }
    }
}

/// The module of this hash in one of the files `*.wasm` of `folder`.
fn in_folder(folder: &Path, hash: Hash) -> Result<Vec<u8>, String> {
    let entries = fs::read_dir(folder);
    let paths = entries.and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let paths: Vec<PathBuf> = paths.map_err(|error: io::Error| error.to_string())?;
    let is_module = |path: &PathBuf| path.extension().is_some_and(|end| end == "wasm");
    let files: Vec<PathBuf> = paths
        .into_iter()
        .filter(is_module)
        .take(MOST_FILES)
        .collect();
    let mut bytes = files.iter().filter_map(|file| bytes_of(file).ok());
    let found = bytes.find(|bytes| Hash::of(bytes) == hash);
    found.ok_or_else(|| format!("none of its {} modules has the hash {hash}", files.len()))
}

impl Search<'_> {
    /// The module, for as long as it is wanted: while `goes_on`. `endpoints` reads those of the task's other nodes, if
    /// nobody else has the module.
    ///
    /// # Errors
    /// Where it was looked for, and why each place was passed over.
    pub(in crate::cli) fn find(
        &self,
        endpoints: impl FnOnce() -> Result<Vec<String>, String>,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Found, Vec<String>> {
        let (file, mut passed) = (self.store.path(self.hash), Vec::new());
        match self.store.get(self.hash) {
            Ok(Some(bytes)) => {
                return Ok(Found {
                    place: Place::File(file.clone()).shown(),
                    file,
                    bytes,
                    passed,
                });
            }
            Ok(None) => {}
            Err(why) => passed.push(format!("{}: {why}", Place::File(file).shown())),
        }
        let mut found = self.first_of(self.named(), &mut passed, goes_on);
        if found.is_none() && goes_on() {
            match endpoints() {
                Ok(endpoints) => {
                    found = self.first_of(self.at_nodes(&endpoints), &mut passed, goes_on);
                }
                Err(why) => passed.push(format!("other nodes: {why}")),
            }
        }
        let Some((place, bytes)) = found else {
            return Err(passed);
        };
        match self.store.put(self.hash, &bytes) {
            Ok(file) => Ok(Found {
                file,
                bytes,
                place,
                passed,
            }),
            Err(error) => {
                passed.push(format!(
                    "{place}: it cannot be kept: {error}: name a folder that may be written with XDG_CACHE_HOME"
                ));
                Err(passed)
            }
        }
    }

    /// The places that the operator and the task name.
    fn named(&self) -> Vec<Place> {
        let by_operator = self.from.iter().map(|place| match url_in(place) {
            // Below a folder the module is named by its hash, as at a node's endpoint.
            Some(url) if url.path().ends_with('/') => {
                let file = url.join(&self.hash.to_string()).unwrap_or(url);
                Place::Web(file, Guard::OPERATOR)
            }
            Some(url) => Place::Web(url, Guard::OPERATOR),
            None => match path::expand(place) {
                path if path.is_dir() => Place::Folder(path),
                path => Place::File(path),
            },
        });
        let by_task = match url_in(self.metadata) {
            Some(url) => Some(Place::Web(url, self.strangers)),
            None if self.metadata.starts_with('/') => Some(Place::File(self.metadata.into())),
            None => None,
        };
        by_operator.chain(by_task).collect()
    }

    /// The places of the module at nodes with these endpoints.
    fn at_nodes(&self, endpoints: &[String]) -> Vec<Place> {
        let places = endpoints.iter().filter_map(|endpoint| {
            let endpoint = endpoint.trim_end_matches('/');
            url_in(&format!("{endpoint}/logic/{}", self.hash))
        });
        places
            .take(MOST_NODES)
            .map(|url| Place::Web(url, self.strangers))
            .collect()
    }

    /// The first of `places` that has the module, and the module; the others go to `passed`.
    fn first_of(
        &self,
        places: Vec<Place>,
        passed: &mut Vec<String>,
        goes_on: &dyn Fn() -> bool,
    ) -> Option<(String, Vec<u8>)> {
        for place in places.iter().take_while(|_| goes_on()) {
            let bytes = place.bytes(self.hash, goes_on);
            match bytes.and_then(|bytes| checked(bytes, self.hash)) {
                Ok(bytes) => return Some((place.shown(), bytes)),
                Err(why) => passed.push(format!("{}: {why}", place.shown())),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::module::fetch::tests::{HERE, say, serve};
    use std::cell::Cell;

    const MODULE: &[u8] = b"module";

    /// A search with nothing to go by, whose store is in `folder`.
    fn search<'a>(store: &'a Store, from: &'a [String], metadata: &'a str) -> Search<'a> {
        Search {
            hash: Hash::of(MODULE),
            store,
            from,
            metadata,
            strangers: HERE,
        }
    }

    fn nobody() -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    #[test]
    fn the_first_place_that_has_the_module_is_taken_and_it_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("store"));
        let (bad, _) = serve("127.0.0.1", |_, client| say(client, "200 OK", b"tampered"));
        let (good, asked) = serve("127.0.0.1", |_, client| say(client, "200 OK", MODULE));
        let from = [bad.to_string(), "/no/such/folder".into(), good.to_string()];
        let found = search(&store, &from, "").find(nobody, &|| true).unwrap();
        let hash = Hash::of(MODULE);
        assert_eq!(found.place, good.join(&hash.to_string()).unwrap().as_str());
        assert_eq!(found.file, store.path(hash));
        assert_eq!(fs::read(&found.file).unwrap(), MODULE);
        // What is refused is named with the hash that is wanted and the one that was found.
        let [tampered, missing] = found.passed.as_slice() else {
            panic!("{:?}", found.passed)
        };
        let other = Hash::of(b"tampered").to_string();
        for part in [bad.as_str(), &other, &hash.to_string(), "refused"] {
            assert!(tampered.contains(part), "{tampered}");
        }
        assert!(missing.starts_with("/no/such/folder: "), "{missing}");

        // From then on nobody is asked.
        let never = || -> Result<Vec<String>, String> { panic!("nodes are asked") };
        let kept = search(&store, &from, "").find(never, &|| true).unwrap();
        assert_eq!((kept.bytes, kept.passed), (MODULE.to_vec(), vec![]));
        assert_eq!(asked.try_iter().collect::<Vec<_>>(), [format!("/{hash}")]);

        // What was changed in the store is replaced.
        fs::write(&found.file, b"changed").unwrap();
        let again = search(&store, &from[2..], "").find(nobody, &|| true);
        assert_eq!(again.unwrap().passed.len(), 1);
        assert_eq!(fs::read(&found.file).unwrap(), MODULE);
    }

    #[test]
    fn a_folder_has_the_module_under_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("store"));
        let from = [folder.path().to_str().unwrap().to_owned()];
        fs::write(folder.path().join("other.wasm"), b"other").unwrap();
        fs::write(folder.path().join("module"), MODULE).unwrap();
        let refused = search(&store, &from, "").find(nobody, &|| true);
        let refused = refused.unwrap_err();
        assert!(refused[0].contains("none of its 1 modules"), "{refused:?}");
        fs::write(folder.path().join("task.wasm"), MODULE).unwrap();
        let found = search(&store, &from, "").find(nobody, &|| true).unwrap();
        assert_eq!(found.place, from[0]);
    }

    #[test]
    fn the_task_and_other_nodes_name_places_as_strangers_do() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("store"));
        let hash = Hash::of(MODULE);
        let (node, asked) = serve("127.0.0.1", |_, client| say(client, "200 OK", MODULE));
        let (inside, private) = serve("127.0.0.2", |_, client| say(client, "200 OK", MODULE));
        let (metadata, endpoint) = (inside.to_string(), node.to_string());
        let task = search(&store, &[], &metadata);
        let broken = || Err("the ledger does not answer".to_owned());
        let refused = task.find(broken, &|| true).unwrap_err();
        assert!(
            refused[0].contains("is not on the public internet"),
            "{refused:?}"
        );
        assert!(refused[1].contains("does not answer"), "{refused:?}");
        let endpoints = || {
            Ok(vec![
                String::new(),
                "a node".into(),
                inside.to_string(),
                endpoint,
            ])
        };
        let found = task.find(endpoints, &|| true).unwrap();
        assert_eq!(found.passed.len(), 2, "{:?}", found.passed);
        let paths: Vec<String> = asked.try_iter().collect();
        assert_eq!(paths, [format!("/logic/{hash}")]);
        assert_eq!(private.try_iter().count(), 0);

        // A path of this machine, and a text that names no place.
        let file = folder.path().join("task.wasm");
        fs::write(&file, MODULE).unwrap();
        for metadata in [file.to_str().unwrap(), "a page about it"] {
            fs::remove_file(store.path(hash)).unwrap();
            let found = search(&store, &[], metadata).find(nobody, &|| true);
            assert_eq!(found.is_ok(), metadata.starts_with('/'), "{found:?}");
        }
    }

    #[test]
    fn a_node_that_stops_looks_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("store"));
        let (slow, _) = serve("127.0.0.1", |_, client| {
            let _ends = io::copy(client, &mut io::sink());
        });
        let from = [slow.to_string(), slow.to_string()];
        let looks = Cell::new(3);
        let goes_on = || {
            looks.set(looks.get() - 1);
            looks.get() > 0
        };
        let never = || -> Result<Vec<String>, String> { panic!("nodes are asked") };
        let stopped = search(&store, &from, "").find(never, &goes_on).unwrap_err();
        assert_eq!(stopped.len(), 1, "{stopped:?}");
    }
}
