//! The index of a corpus as a WebAssembly module (`crates/corpus-wasm`): it works, judges and pays as the native logic.
#![cfg(all(feature = "bank", feature = "rpc", feature = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use gradual_consensus_node::{
    corpus::{Corpus, CorpusIndex},
    external::External,
    logic::{Proof, TaskLogic},
};
use serde_json::Value;
use solana_sdk::pubkey::Pubkey;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};
use support::{Home, not_tested, said};

const TARGET: &str = "wasm32-wasip1";
/// An unoptimized build takes its time to compile a module, once.
const PATIENCE: Duration = Duration::from_secs(300);
/// Shares of the module's corpus, and nodes of the game: a game cuts a corpus into a share for each node.
const SHARES: u32 = 5;

/// A home with a corpus and the module that holds it.
struct Built {
    home: Home,
    corpus: PathBuf,
    module: PathBuf,
}

impl Built {
    /// `None`, with a line that says so, where Rust builds no modules.
    fn new(name: &str) -> Option<Self> {
        let asked = ["--print", "target-libdir", "--target", TARGET];
        let library = Command::new("rustc").args(asked).output().unwrap();
        if !Path::new(String::from_utf8(library.stdout).unwrap().trim()).is_dir() {
            not_tested(&format!("rustup target add {TARGET}"));
            return None;
        }
        let home = Home::new(name);
        let corpus = home.0.join("texts");
        fs::create_dir_all(corpus.join("below")).unwrap();
        let protocol = include_str!("../../../docs/protocol.md");
        home.write("texts/protocol", protocol);
        // Line ends and letters of all kinds, a file that is hidden, and one that is no text.
        home.write("texts/below/words", "Ärger\r\nACT Äct\r\r\n\n\u{1c5}x 2");
        home.write("texts/.hidden", "hidden");
        fs::write(corpus.join("invalid"), b"\xff\xfe words\n").unwrap();
        fs::write(corpus.join("picture"), b"\x89PNG\0words").unwrap();
        let module = build(&corpus, &home.0.join("build"));
        Some(Self {
            home,
            corpus,
            module,
        })
    }

    /// The two logics of `node`, the native one first.
    fn logics(&self, node: Pubkey) -> (CorpusIndex, External) {
        let corpus = Arc::new(Corpus::read(&self.corpus).unwrap());
        let command = format!(
            "XDG_CACHE_HOME='{}' exec '{}' logic play '{}'",
            self.home.0.join("cache").display(),
            env!("CARGO_BIN_EXE_gradual"),
            self.module.display()
        );
        (
            CorpusIndex::new(corpus, node, SHARES),
            External::new(command, node, PATIENCE),
        )
    }

    /// The report of a game with so many cheats that `logic` plays.
    fn game(&self, logic: &str, dishonest: u32) -> Value {
        let game = format!(
            "simulate --nodes {SHARES} --dishonest {dishonest} --rounds 3 --seed 7 --output json --logic"
        );
        let game: Vec<&str> = game.split(' ').chain([logic]).collect();
        let played = self
            .home
            .command(&game)
            .env("XDG_CACHE_HOME", self.home.0.join("cache"))
            .output()
            .unwrap();
        assert!(played.status.success(), "{}", said(&played));
        serde_json::from_slice(&played.stdout).unwrap()
    }
}

/// Builds the module of `corpus` in the folder `target`, as docs/wasm-logic.md says.
fn build(corpus: &Path, target: &Path) -> PathBuf {
    let arguments = "build --release --offline --package gradual-consensus-corpus-wasm --target";
    let built = Command::new(env!("CARGO"))
        .args(arguments.split(' ').chain([TARGET, "--target-dir"]))
        .arg(target)
        .env("GRADUAL_CORPUS", corpus)
        .env("GRADUAL_CORPUS_SHARES", SHARES.to_string())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", said(&built));
    target.join(TARGET).join("release/corpus.wasm")
}

fn proof(node: Pubkey, cycle: u64, value: &[u8]) -> Proof {
    Proof {
        cycle,
        node,
        value: value.to_vec(),
        slot: 9,
        tally: None,
    }
}

/// What is no proof of that work: `value` with one byte changed, a part of it, more than it, and nothing.
fn wrong(value: &[u8]) -> Vec<Vec<u8>> {
    let changed = (0..value.len()).step_by(7).map(|byte| {
        let mut value = value.to_vec();
        value[byte] ^= 1;
        value
    });
    let others = [&value[..value.len() - 1], &[], b"{}"].map(<[u8]>::to_vec);
    changed
        .chain(others)
        .chain([[value, b"\0"].concat()])
        .collect()
}

#[test]
fn a_module_works_judges_and_pays_as_the_native_logic() {
    let Some(built) = Built::new("corpus_module") else {
        return;
    };
    let nodes = [1, 2, 3].map(|number| Pubkey::new_from_array([number; 32]));
    let mut shares = Vec::new();
    for node in nodes {
        let (mut native, mut module) = built.logics(node);
        for cycle in (0..12).chain([u64::MAX]) {
            let value = native.work(cycle).unwrap();
            assert_eq!(module.work(cycle).unwrap(), value, "{node} {cycle}");
            shares.push(value[64]);
            // The auditor is another node, or the author.
            for author in nodes {
                let submitted = proof(author, cycle, &value);
                let expected = native.audit(&submitted).unwrap();
                assert!(expected || author != node);
                assert_eq!(module.audit(&submitted).unwrap(), expected);
            }
        }
        let value = native.work(3).unwrap();
        for value in wrong(&value) {
            let submitted = proof(node, 3, &value);
            assert!(!native.audit(&submitted).unwrap(), "{value:?}");
            assert!(!module.audit(&submitted).unwrap(), "{value:?}");
        }
        assert_eq!(module.list_input().unwrap(), native.list_input().unwrap());
    }
    shares.sort_unstable();
    shares.dedup();
    assert_eq!(shares, [0, 1, 2, 3, 4], "no share is left out");

    // The processes above have kept the compiled module.
    let logics = [
        format!("wasm:{}", built.module.display()),
        format!("corpus:{}", built.corpus.display()),
    ];
    let [module, native] = logics.each_ref().map(|logic| built.game(logic, 0));
    assert_eq!(module, native);
    assert_eq!(native["cycles"].as_array().unwrap().len(), 3);

    // The wrong proofs of cheats are other bytes where the logic is a module, which are cheaper or dearer to store, and with them
    // the hashes of slots, which draw whose turn it is. Nothing else is.
    let [module, native] = logics.each_ref().map(|logic| {
        let mut report = built.game(logic, 3);
        report["compute_units"].take();
        for cycle in report["cycles"].as_array_mut().unwrap() {
            cycle["list"]["proposer"].take();
        }
        report
    });
    assert_eq!(module, native);
    for node in native["nodes"].as_array().unwrap() {
        let is_slashed = node["slashed"] != "0";
        assert_eq!(is_slashed, node["behaviour"] != "honest", "{node}");
    }
}
