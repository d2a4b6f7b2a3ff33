//! Every page and its JSON, of worlds at several stages of a cycle.

use super::{
    kept::Kept,
    play::{active, challenge, close, pay},
    support::Board,
};
use gradual_consensus_testkit::suite::stages::{CYCLE, EVERYBODY, FIRST_ATTEMPT, propose_first};

#[test]
fn a_task_shows_its_lanes_its_money_and_its_stages() {
    let (world, kept) = (active(), Kept::default());
    let mut board = Board::of(&world, &kept);
    let facts = board.facts("");
    let lanes = facts["lanes"].as_array().unwrap();
    let stages: Vec<(u64, &str)> = lanes
        .iter()
        .map(|lane| {
            (
                lane["cycle"].as_u64().unwrap(),
                lane["stage"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        stages,
        [
            (0, "not played"),
            (1, "review"),
            (2, "not open"),
            (3, "ahead")
        ]
    );
    assert_eq!(facts["bounty"]["available"], "90000");
    assert_eq!(facts["bounty"]["reserved"], "10000");
    assert_eq!(facts["bounty"]["funded_rounds"], 9);
    assert_eq!(facts["stakes"]["active"], "4000");
    assert_eq!(facts["name"], "test");

    let page = board.page(&board.of_task(""));
    let here = format!("slot {}", world.slot());
    for part in [
        here.as_str(),
        "cycle 1",
        "class=\"lanes wide\"",
        "class=\"lanes narrow\"",
        "submit proofs: slots 300 to 340",
        "0.09 ",
        "pays for 9 rounds",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }

    kept.keep(world.submit(0, CYCLE, b"proof"));
    world.warp_to_audit(CYCLE + 1);
    assert!(board.look());
    assert!(!board.look(), "nothing is new");
    let now = board.page(&board.of_task(""));
    assert!(
        now.contains(&format!("now: slot {}", world.slot())),
        "{now}"
    );
    assert_eq!(board.facts("")["cycles"][0]["submissions"], 1);
}

#[test]
fn an_open_audit_shows_both_weights_what_is_at_stake_and_the_votes() {
    let (world, kept) = (active(), Kept::default());
    challenge(&world, &kept);
    let board = Board::of(&world, &kept);
    let subject = world.submission_address(3, CYCLE);
    let facts = board.facts(&format!("/audit/{subject}"));
    let audit = &facts["audit"];
    for (name, expected) in [
        ("outcome", "open"),
        ("weight_invalid", "3000"),
        ("weight_valid", "0"),
        ("author_weight", "1000"),
        ("electorate", "4000"),
        ("kind", "submission"),
    ] {
        assert_eq!(audit[name], expected, "{name}");
    }
    assert_eq!(facts["at_stake"][0], "700", "the author's slash");
    assert_eq!(facts["at_stake"][1], "200", "the challenger's");
    let votes = facts["votes"].as_array().unwrap();
    assert_eq!(votes.len(), 3);
    assert!(
        votes
            .iter()
            .all(|vote| vote["is_valid"] == false && vote["weight"] == "1000")
    );
    assert_eq!(votes[0]["voter"], world.nodes[0].pubkey().to_string());

    let page = board.page(&board.of_task(&format!("/audit/{subject}")));
    for part in ["half: 0.002 ", "invalid 0.003 ", "loses 0.0007 "] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let cycle = board.page(&board.of_task("/cycle/1"));
    assert!(cycle.contains("challenged"), "{cycle}");
    assert!(cycle.contains("Whose turn it is in attempt 0"), "{cycle}");
}

#[test]
fn a_paid_cycle_shows_its_list_recomputed_and_who_was_paid() {
    let (world, kept) = (active(), Kept::default());
    challenge(&world, &kept);
    pay(&world, &kept);
    let board = Board::of(&world, &kept);
    let facts = board.facts("/cycle/1");
    assert_eq!(facts["paid"], "9999");
    assert_eq!(facts["slashed"], "700");
    let list = &facts["lists"][0];
    assert_eq!(list["status"], "accepted");
    assert_eq!(list["is_equal_shares"], true);
    assert_eq!(list["entries"].as_array().unwrap().len(), 3);
    assert_eq!(facts["payments"].as_array().unwrap().len(), 3);
    let at = &facts["payments"][0]["at"];
    assert_eq!(at["time"], at["slot"], "the time of its block");
    let submissions = facts["submissions"]["rows"].as_array().unwrap();
    let invalid = submissions.iter().filter(|row| row["status"] == "invalid");
    assert_eq!(invalid.count(), 1);
    let page = board.page(&board.of_task("/cycle/1"));
    assert!(page.contains("root recomputed"), "{page}");
}

#[test]
fn a_list_of_other_shares_is_not_taken_for_equal_ones() {
    let (world, kept) = (active(), Kept::default());
    for node in EVERYBODY {
        kept.keep(world.submit(node, CYCLE, b"proof"));
    }
    world.warp_to_round(FIRST_ATTEMPT);
    propose_first(&world, 0, &[(0, 9_000), (1, 1_000)]);
    let board = Board::of(&world, &kept);
    let list = &board.facts("/cycle/1")["lists"][0];
    assert_eq!(list["is_equal_shares"], false);
    assert_eq!(list["entries"].as_array().unwrap().len(), 0);
    assert!(
        board
            .page(&board.of_task("/cycle/1"))
            .contains("root differs")
    );
}

#[test]
fn what_is_closed_is_told_by_the_history() {
    let (world, kept) = (active(), Kept::default());
    let mut board = Board::of(&world, &kept);
    challenge(&world, &kept);
    // An electorate is in no event: it is seen while the audit is open.
    board.look();
    pay(&world, &kept);
    close(&world, &kept);
    assert!(board.look());

    let facts = board.facts("");
    let cycle = &facts["cycles"][0];
    assert_eq!(
        (&cycle["cycle"], &cycle["stage"]),
        (&1.into(), &"closed".into())
    );
    assert_eq!(
        (&cycle["paid"], &cycle["slashed"]),
        (&"9999".into(), &"700".into())
    );
    assert_eq!(cycle["upheld"], 1);

    let subject = world.submission_address(3, CYCLE);
    let facts = board.facts(&format!("/audit/{subject}"));
    let audit = &facts["audit"];
    for (name, expected) in [
        ("outcome", "upheld".to_owned()),
        ("electorate", "4000".to_owned()),
        ("author", world.nodes[3].pubkey().to_string()),
        ("challenger", world.nodes[0].pubkey().to_string()),
        ("slashed_node", world.nodes[3].pubkey().to_string()),
        ("slashed", "700".to_owned()),
        ("to_winner", "210".to_owned()),
        ("to_voters", "210".to_owned()),
        ("to_bounty", "280".to_owned()),
    ] {
        assert_eq!(audit[name], expected, "{name}");
    }
    assert_eq!(facts["votes"].as_array().unwrap().len(), 3);
}

#[test]
fn a_node_shows_what_it_gained_and_lost_and_why() {
    let (world, kept) = (active(), Kept::default());
    let mut board = Board::of(&world, &kept);
    challenge(&world, &kept);
    pay(&world, &kept);
    close(&world, &kept);
    board.look();
    let subject = world.submission_address(3, CYCLE).to_string();
    let of = |node: usize| board.facts(&format!("/node/{}", world.nodes[node].pubkey()));
    let told = |facts: &serde_json::Value| -> Vec<(String, String)> {
        let rows = facts["movements"].as_array().unwrap().iter();
        rows.map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            (text("what"), text("amount"))
        })
        .collect()
    };
    let winner = of(0);
    assert_eq!(
        winner["earned"], "3613",
        "its share of the list, 210 and a third of 210"
    );
    let expected = [
        ("share of a slash, for its vote", "70"),
        ("paid by the list", "3333"),
        ("share of a slash, for being in the right", "210"),
    ];
    let expected = expected.map(|(what, amount)| (what.to_owned(), amount.to_owned()));
    assert_eq!(told(&winner), expected);
    let loser = of(3);
    assert_eq!(told(&loser), [("slashed".to_owned(), "700".to_owned())]);
    assert_eq!(loser["movements"][0]["audit"], subject);
    let page = board.page(&board.of_task(&format!("/node/{}", world.nodes[3].pubkey())));
    assert!(page.contains(&format!("/audit/{subject}\"")), "{page}");
}

#[test]
fn the_books_are_green_with_their_numbers() {
    let (world, kept) = (active(), Kept::default());
    challenge(&world, &kept);
    let board = Board::of(&world, &kept);
    let facts = board.facts("/books");
    assert_eq!(facts["balances"], true);
    let rules = facts["rules"].as_array().unwrap();
    let ids: Vec<&str> = rules
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["I1", "I2", "I3", "I4", "I5", "I6"]);
    let page = board.page(&board.of_task("/books"));
    assert_eq!(page.matches(">holds<").count(), 6, "{page}");
    assert!(page.contains("staked by all nodes"));
}

#[test]
fn config_and_tasks_are_listed() {
    let (world, kept) = (active(), Kept::default());
    let board = Board::of(&world, &kept);
    let config = board.get("/api/config").json();
    assert_eq!(config["is_paused"], false);
    assert_eq!(config["admin"], world.config().admin.to_string());
    assert_eq!(config["managers"].as_array().unwrap().len(), 1);
    assert!(board.page("/config").contains("running"));
    let found = |search: &str| {
        let tasks = board.get(&format!("/api?search={search}")).json();
        tasks["tasks"]["total"].as_u64().unwrap()
    };
    assert_eq!((found(""), found("TES"), found("other")), (1, 1, 0));
    let start = &world.task_address().to_string()[..8];
    assert_eq!(found(start), 1);
    let page = board.page("/");
    assert!(
        page.contains("9 rounds") && page.contains(">test<"),
        "{page}"
    );
}

#[test]
fn metrics_tell_all_stake_and_its_parts() {
    let (world, kept) = (active(), Kept::default());
    let board = Board::of(&world, &kept);
    let (task, text) = (world.task_address(), board.get("/metrics").text);
    for part in ["all", "active"] {
        let line = format!("gradual_task_stake{{task=\"{task}\",part=\"{part}\"}} 0.004\n");
        assert!(text.contains(&line), "{part}\n{text}");
    }
}

#[test]
fn amounts_in_json_are_decimal_strings() {
    fn check(path: &str, value: &serde_json::Value) {
        let amounts = [
            "available",
            "reserved",
            "paid",
            "funded",
            "bounty",
            "slashed",
            "active",
            "warming",
            "parked",
            "locked",
            "earned",
            "amount",
            "total_stake",
            "bounty_available",
            "weight",
            "electorate",
            "owed",
        ];
        match value {
            serde_json::Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| check(name, value))
            }
            serde_json::Value::Array(all) => all.iter().for_each(|value| check(path, value)),
            serde_json::Value::Number(_) => assert!(!amounts.contains(&path), "{path}: {value}"),
            _ => (),
        }
    }
    let (world, kept) = (active(), Kept::default());
    challenge(&world, &kept);
    pay(&world, &kept);
    let board = Board::of(&world, &kept);
    let node = format!("/node/{}", world.nodes[0].pubkey());
    for rest in ["", "/nodes", "/cycle/1", node.as_str()] {
        check("", &board.facts(rest));
    }
}
