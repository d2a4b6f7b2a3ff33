//! A task's logic in a program of its own, played by a node on a real ledger.

use super::{
    node::{metrics, settings},
    runner::fresh_step,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus_node::{
    daemon,
    external::{
        External,
        host::{Host, NodeHost, signed_bytes},
    },
    logic::{DistributionCycle, LogicError, Proof, TaskLogic},
};
use gradual_consensus_testkit::{Build, Mirror, STAKE, World, on_every_build};
use serde_json::{Value, json};
use solana_sdk::{pubkey::Pubkey, signature::Signature};
use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

on_every_build! {
    works_for_nine_tenths_of_a_round_and_misses_nothing,
    tells_its_logic_what_the_ledger_shows,
}

const PATIENT: Duration = Duration::from_secs(120);

/// An empty folder of one test on one build.
fn folder(name: &str, build: &Build) -> PathBuf {
    let build = match build {
        Build::Native => "native",
        Build::Sbf(_) => "sbf",
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("external")
        .join(format!("{name}-{build}"));
    let _absent = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A logic that the test looks at while the node plays it.
struct Shared(Rc<RefCell<External>>);

impl TaskLogic for Shared {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        self.0.borrow_mut().work(cycle)
    }

    fn begin_work(&mut self, cycle: u64) -> bool {
        self.0.borrow_mut().begin_work(cycle)
    }

    fn try_work(&mut self, cycle: u64) -> Result<Option<Vec<u8>>, LogicError> {
        self.0.borrow_mut().try_work(cycle)
    }

    fn end_work_before(&mut self, cycle: u64) {
        self.0.borrow_mut().end_work_before(cycle);
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        self.0.borrow_mut().audit(proof)
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        (self.0.borrow_mut()).distribution(cycle, submissions, verdicts)
    }
}

/// A program whose work ends when the test writes to `release`, and which notes each audit in `audits`.
fn program(node: &Pubkey, release: &Path, audits: &Path) -> String {
    let proof = BASE64_STANDARD.encode(node.as_ref());
    format!(
        r#"while read -r q; do case $q in
        *'"hello":{{'*) echo '{{"equal_shares":true}}' ;;
        *'"work":{{'*) read -r word < '{release}'; echo '{{"value":"{proof}"}}' ;;
        *'"audit":{{'*) printf '%s\n' "$q" >> '{audits}'; echo '{{"valid":true}}' ;;
        *) echo '{{"error":"not asked"}}' ;;
        esac; done"#,
        release = release.display(),
        audits = audits.display(),
    )
}

/// The nodes that were judged in `cycle`, by the notes in `audits`.
fn judged(audits: &Path, cycle: u64) -> Vec<String> {
    let text = fs::read_to_string(audits).unwrap_or_default();
    let asked = text.lines().map(|line| {
        let question: Value = serde_json::from_str(line).unwrap();
        question["audit"].clone()
    });
    let of_cycle = asked.filter(|audit| audit["cycle"] == cycle);
    let mut nodes: Vec<String> = of_cycle
        .map(|audit| audit["node"].as_str().unwrap().into())
        .collect();
    nodes.sort();
    nodes
}

/// The work of each cycle takes nine tenths of a round. The node submits for every cycle all the same, and
/// judges every submission meanwhile.
fn works_for_nine_tenths_of_a_round_and_misses_nothing(build: Build) {
    let folder = folder("slow", &build);
    let (release, audits) = (folder.join("release"), folder.join("audits"));
    let made = Command::new("mkfifo").arg(&release).status().unwrap();
    assert!(made.success());
    let world = World::on(build).start();
    let person = &world.nodes[0];
    let command = program(&person.pubkey(), &release, &audits);
    let logic = Rc::new(RefCell::new(External::new(
        command,
        person.pubkey(),
        PATIENT,
    )));
    let (metrics, stop) = (metrics(&world), AtomicBool::new(false));
    let schedule = world.schedule();
    let (last, mut released) = (4, 0);
    let (mut submitted, mut wakes) = (Vec::new(), [0; 4]);
    let node = (world.tokens.task, person.keypair.insecure_clone());
    let shared = Shared(Rc::clone(&logic));
    daemon::run(
        &world.bank,
        node,
        shared,
        &settings(&world),
        &metrics,
        &stop,
        |_| {
            let slot = world.slot();
            let round = schedule.round_at(slot).unwrap();
            let since = slot - schedule.boundary(round).unwrap();
            for (node, wake) in wakes.iter_mut().enumerate().skip(1) {
                if *wake <= slot {
                    *wake = fresh_step(&world, &world.bank, node, None).unwrap().wake_at;
                }
            }
            let has_begun = logic.borrow_mut().is_working();
            if has_begun && since >= schedule.round_time * 9 / 10 && released < round {
                fs::write(&release, "done\n").unwrap();
                released = round;
                let begun = Instant::now();
                while logic.borrow_mut().is_working() {
                    assert!(begun.elapsed() < PATIENT, "the work does not end");
                    thread::yield_now();
                }
            } else if released < round && since > schedule.submission_window {
                assert!(has_begun, "cycle {round} is worked in its round");
            }
            let is_submitted = |cycle: &u64| !world.is_gone(&world.submission_address(0, *cycle));
            if let Some(cycle) = round.checked_sub(1).filter(is_submitted)
                && submitted.last() != Some(&cycle)
            {
                submitted.push(cycle);
            }
            stop.store(round > last + 1, Ordering::Relaxed);
            world.warp_to(slot + 2);
        },
    )
    .unwrap();
    assert_eq!(submitted[..4], [1, 2, 3, 4]);
    let mut others: Vec<String> = (1..4)
        .map(|node| world.nodes[node].pubkey().to_string())
        .collect();
    others.sort();
    for cycle in 1..=last {
        assert_eq!(judged(&audits, cycle), others, "cycle {cycle}");
    }
    let (healthy, line) = metrics.health();
    assert!(healthy, "{line}");
    world.check_books();
}

/// What a program is told and may ask is what the ledger shows; a signature is for its task alone, and the key
/// stays with the node.
fn tells_its_logic_what_the_ledger_shows(build: Build) {
    let state = folder("told", &build).join("state");
    let world = World::on(build).start_active();
    for node in 0..4 {
        let proof = world.nodes[node].pubkey().to_bytes();
        world.submit(node, 1, &proof).unwrap();
    }
    world.warp_to_audit(2);
    world
        .audit(0, world.submission_address(3, 1), false)
        .unwrap();
    let mirror = Arc::new(Mirror::default());
    mirror.look(&world.bank).unwrap();
    let (task, key) = (world.tokens.task, world.nodes[0].keypair.insecure_clone());
    let node = world.nodes[0].pubkey();
    let host = NodeHost::new(
        mirror,
        task,
        key,
        Some("http://rpc".into()),
        Some(state.clone()),
    );

    let hello = host.hello().unwrap();
    assert_eq!(hello["task"], task.to_string());
    assert_eq!(hello["node"], node.to_string());
    assert_eq!(hello["schedule"]["round_time"], world.params.round_time);
    assert_eq!(hello["terms"]["bounty_per_round"], "10000");
    assert!(hello["texts"]["name"].is_string());
    assert_eq!(
        (&hello["rpc"], &hello["state"]),
        (&"http://rpc".into(), &json!(state))
    );
    assert!(state.is_dir());

    let call = |name: &str, arguments: Value| host.call(name, &arguments);
    assert_eq!(call("slot", json!({})).unwrap()["slot"], world.slot());
    let cycle = call("cycle", json!({ "cycle": 1 })).unwrap();
    assert_eq!(
        (&cycle["submissions"], &cycle["bounty"]),
        (&4.into(), &"10000".into())
    );
    assert_eq!(call("cycle", json!({ "cycle": 99 })).unwrap(), Value::Null);
    let submissions = call("submissions", json!({ "cycle": 1 })).unwrap();
    let submissions = submissions.as_array().unwrap();
    assert_eq!(submissions.len(), 4);
    for submission in submissions {
        let author: Pubkey = submission["node"].as_str().unwrap().parse().unwrap();
        assert_eq!(submission["value"], BASE64_STANDARD.encode(author.as_ref()));
        let is_challenged = author == world.nodes[3].pubkey();
        let challenger = is_challenged.then(|| node.to_string());
        assert_eq!(submission["challenger"], json!(challenger));
        let invalid = if is_challenged { STAKE } else { 0 };
        assert_eq!(submission["votes"]["invalid"], invalid.to_string());
    }
    let shown = call("task_state", json!({})).unwrap();
    assert_eq!(shown["nodes"].as_array().unwrap().len(), 4);
    assert_eq!(
        (&shown["round"], &shown["active"]),
        (&2.into(), &true.into())
    );
    assert_eq!(call("endpoints", json!({})).unwrap(), json!([]));
    signs_for_its_task_alone(&host, &task, &node);
}

fn signs_for_its_task_alone(host: &impl Host, task: &Pubkey, node: &Pubkey) {
    let call = |name: &str, arguments: Value| host.call(name, &arguments);
    let message = b"a payload";
    let signed = call(
        "sign",
        json!({ "message": BASE64_STANDARD.encode(message) }),
    )
    .unwrap();
    let signature = BASE64_STANDARD
        .decode(signed["signature"].as_str().unwrap())
        .unwrap();
    let signature = Signature::try_from(signature.as_slice()).unwrap();
    assert!(signature.verify(node.as_ref(), &signed_bytes(task, message)));
    assert!(!signature.verify(node.as_ref(), message));
    for (name, arguments) in [
        ("sign", json!({})),
        ("sign", json!({ "message": "?" })),
        (
            "sign",
            json!({ "message": BASE64_STANDARD.encode([0; 40_000]) }),
        ),
        ("cycle", json!({})),
        ("submissions", json!({ "cycle": -1 })),
        ("key", json!({})),
    ] {
        let said = call(name, arguments.clone()).unwrap_err();
        assert!(said.starts_with(name), "{name} {arguments}: {said}");
    }
}
