//! Whole simulations.

use gradual_consensus::rules::money::bps_of;
use gradual_consensus_node::{
    corpus::Corpus,
    external::{DEFAULT_TIMEOUT, External},
};
use gradual_consensus_simulation::{Behaviour, Config, Logic, Report, simulate, simulate_logic};
use gradual_consensus_testkit::{Build, on_every_build, sbf_build};

on_every_build! {
    pays_every_unit_of_the_accepted_lists,
    slashes_wrong_proofs_once_a_fault,
    plays_alone,
    balances_among_thieves,
    plays_any_program,
    says_what_honest_nodes_could_not_do,
}

fn corpus() -> Corpus {
    let lines = include_str!("../../../docs/protocol.md").lines();
    Corpus::from_lines(lines.map(String::from).collect())
}

fn run(build: Build, nodes: u16, dishonest: u16, rounds: u64, seed: u64) -> Report {
    let config = Config {
        nodes,
        dishonest,
        rounds,
        seed,
        build,
        threads: 0,
    };
    simulate(&config, corpus(), |_, _| ()).unwrap()
}

/// Every base unit of every accepted list reaches the nodes, and nobody honest loses anything.
fn pays_every_unit_of_the_accepted_lists(build: Build) {
    let report = run(build, 6, 3, 4, 7);
    assert!(report.books_balance);
    assert_eq!(report.cycles.len(), 4);
    for cycle in &report.cycles {
        let list = cycle.list.as_ref().unwrap();
        assert!(list.accepted);
        assert_eq!(cycle.paid, list.total);
    }
    let paid: u64 = report.cycles.iter().map(|cycle| cycle.paid).sum();
    assert_eq!(report.bounty.paid, paid);
    assert_eq!(report.bounty.reserved, 0);
    for node in &report.nodes {
        assert_eq!(node.deposited, node.stake + node.slashed);
        assert_eq!(node.earned, node.available + node.claimed);
        if node.behaviour == Behaviour::Honest {
            assert_eq!(node.slashed, 0);
            assert!(node.claimed > 0);
        }
    }
}

/// A wrong proof costs 7000 bps of what is left, once a fault, until the stake is below the
/// minimum.
fn slashes_wrong_proofs_once_a_fault(build: Build) {
    let report = run(build, 4, 1, 4, 3);
    let liar = report.nodes.last().unwrap();
    assert_eq!(liar.behaviour, Behaviour::WrongProof);
    let mut stake = liar.deposited;
    for cycle in &report.cycles {
        assert!(cycle.upheld <= 1 && cycle.dismissed == 0 && cycle.undecided == 0);
        let expected = if cycle.upheld == 1 {
            bps_of(stake, 7_000).unwrap()
        } else {
            0
        };
        assert_eq!(cycle.slashed, expected);
        stake -= expected;
    }
    assert_eq!(liar.stake, stake);
    assert!(liar.slashed > 0 && stake < 1_000_000);
    assert!(report.books_balance);
}

/// A node alone plays, proposes and is paid.
fn plays_alone(build: Build) {
    let report = run(build, 1, 0, 2, 1);
    assert!(report.books_balance);
    assert_eq!(report.nodes[0].claimed, 2 * 10_000_000);
}

/// Even where everybody is dishonest the books balance.
fn balances_among_thieves(build: Build) {
    assert!(run(build, 5, 5, 3, 11).books_balance);
}

/// Nobody judges all of 120 submissions, and the one that is wrong is challenged and falls, in every cycle in
/// which its node has the stake to submit.
#[test]
fn samples_find_one_cheat_among_many() {
    let report = run(Build::Native, 120, 1, 2, 5);
    assert!(report.books_balance);
    let liar = report.nodes.last().unwrap();
    assert_eq!(liar.behaviour, Behaviour::WrongProof);
    assert!(liar.slashed > 0 && liar.earned == 0);
    let [first, ..] = report.cycles.as_slice() else {
        panic!("no cycle was played");
    };
    assert_eq!(
        (first.submissions, first.challenged, first.upheld),
        (120, 1, 1)
    );
    for cycle in &report.cycles {
        assert_eq!(cycle.challenged, cycle.submissions - 119);
        assert_eq!((cycle.upheld, cycle.dismissed), (cycle.challenged, 0));
    }
    let honest = &report.nodes[..119];
    assert!(
        honest
            .iter()
            .all(|node| node.slashed == 0 && node.claimed > 0)
    );
}

/// In a quiet game a node sends little more than one transaction a cycle: nodes take turns at what one does for all.
#[test]
fn a_quiet_game_takes_little_more_than_a_transaction_of_each_node_and_cycle() {
    const NODES: u16 = 60;
    const ROUNDS: u64 = 10;
    let report = run(Build::Native, NODES, 0, ROUNDS, 1);
    assert!(report.books_balance);
    assert_eq!(report.cycles.len() as u64, ROUNDS);
    for cycle in &report.cycles {
        assert_eq!(cycle.submissions, u64::from(NODES));
    }
    // The stakes, too, are among them.
    let most = u64::from(NODES) * ROUNDS * 16 / 10;
    let sent = report.transactions;
    assert!(sent <= most, "{sent} transactions, {most} expected");
}

/// The same seed plays the same game, on either build.
#[test]
fn same_seed_same_game_on_both_builds() {
    let json = |report: &Report| serde_json::to_string(report).unwrap();
    let native = run(Build::Native, 6, 4, 4, 42);
    assert_eq!(json(&native), json(&run(Build::Native, 6, 4, 4, 42)));
    let other = run(Build::Native, 6, 4, 4, 43);
    assert_ne!(json(&native), json(&other));

    let mut binary = run(sbf_build(), 6, 4, 4, 42);
    assert_eq!(binary.program, "sbf");
    assert!(binary.compute_units["submit"].median > 0);
    binary.program = native.program;
    binary.compute_units.clear();
    assert_eq!(json(&native), json(&binary));
}

/// However many threads look at the ledger, the game is the same.
#[test]
fn any_number_of_threads_plays_the_same_game() {
    let play = |threads| {
        let config = Config {
            nodes: 40,
            dishonest: 8,
            rounds: 3,
            seed: 9,
            build: Build::Native,
            threads,
        };
        let report = simulate(&config, corpus(), |_, _| ()).unwrap();
        assert!(report.books_balance);
        serde_json::to_string(&report).unwrap()
    };
    let alone = play(1);
    for threads in [2, 7, 7] {
        assert_eq!(play(threads), alone, "{threads} threads");
    }
}

/// A program of any language is played as a corpus is, and so are cheats that know nothing of it: a part of the
/// right proof, random bytes, and what another node submitted.
fn plays_any_program(build: Build) {
    let example = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../crates/node/examples/external.py"
    );
    let config = Config {
        nodes: 5,
        dishonest: 1,
        rounds: 3,
        seed: 7,
        build,
        threads: 0,
    };
    let logic = Logic::External(&|node, host| {
        let program = External::new(format!("exec python3 '{example}'"), node, DEFAULT_TIMEOUT);
        Ok(Box::new(program.hosted_by(host)))
    });
    let report = simulate_logic(&config, logic, |_, _| ()).unwrap();
    assert!(report.books_balance);
    assert_eq!(report.cycles.len(), 3);
    for cycle in &report.cycles {
        assert!(cycle.list.as_ref().unwrap().accepted);
    }
    for node in &report.nodes {
        match node.behaviour {
            Behaviour::Honest => assert_eq!(node.slashed, 0),
            _ => assert!(node.slashed > 0),
        }
    }
}

/// A logic that fails plays no game, and its report says why.
fn says_what_honest_nodes_could_not_do(build: Build) {
    let config = Config {
        nodes: 2,
        dishonest: 0,
        rounds: 1,
        seed: 7,
        build,
        threads: 0,
    };
    let logic = Logic::External(&|node, host| {
        let command =
            "read -r q; echo '{}'; while read -r q; do echo '{\"error\":\"no source\"}'; done";
        let program = External::new(command.into(), node, DEFAULT_TIMEOUT);
        Ok(Box::new(program.hosted_by(host)))
    });
    let report = simulate_logic(&config, logic, |_, _| ()).unwrap();
    assert_eq!(report.cycles[0].submissions, 0);
    let [failure] = report.failures.as_slice() else {
        panic!("{:?}", report.failures);
    };
    assert_eq!(failure.action, "submit");
    assert!(failure.times >= 2, "{failure:?}");
    let said = format!(
        "submit, {} times: the task's program says: no source",
        failure.times
    );
    assert!(report.to_string().contains(&said), "{report}");
}
