//! Every input that was kept, through its target: the corpus, which reaches what is known to be reachable, and
//! the inputs on which a target once failed.

use gradual_consensus_fuzz::TARGETS;
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What lies in a folder, if there is one, in the order of names.
fn inside(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(vec![]);
    }
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

#[test]
fn every_input_that_was_kept_keeps_the_promises() {
    for target in TARGETS {
        let mut outcomes = BTreeSet::new();
        for kept in ["corpus", "failed"] {
            for path in inside(&folder(kept).join(target.name)).unwrap() {
                // Shown only if the target fails on it.
                println!("{}", path.display());
                outcomes.insert((target.run)(&fs::read(path).unwrap()));
            }
        }
        let name = target.name;
        assert_eq!(
            outcomes.len(),
            2,
            "{name}: inputs that are taken, and refused"
        );
    }
}

#[test]
fn every_folder_of_inputs_has_a_target() {
    let names: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    for kept in ["corpus", "failed"] {
        for path in inside(&folder(kept)).unwrap() {
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(names.contains(name), "{kept}/{name} has no target");
        }
    }
}
