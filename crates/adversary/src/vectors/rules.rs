//! What the program's pure rules answer.

use super::value::hex;
use crate::attack::scene::{CYCLE, Stage, scene};
use gradual_consensus::rules::{
    merkle::MerkleTree,
    schedule::{Schedule, Window, distribution_round, review_round},
    selection::{next_entropy, score, stagger},
};
use serde_json::{Value, json};
use solana_sdk::pubkey::Pubkey;

/// Entries of the lists: every shape of tree up to nine leaves, and a wide one.
const LISTS: [u8; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 33];

/// Lists, with the root and every proof of each.
pub fn lists() -> Vec<Value> {
    let all = LISTS.into_iter().map(|count| {
        let (task, cycle) = (Pubkey::new_from_array([7; 32]), 1 << 40 | u64::from(count));
        let entries: Vec<_> = (1..=count)
            .map(|number| ([number; 32], u64::MAX / 256 * u64::from(number)))
            .collect();
        let list = entries.iter().copied();
        let tree = MerkleTree::of_list(task.to_bytes(), cycle, list).expect("a list");
        let shown = entries.iter().map(|(node, amount)| {
            json!({ "node": Pubkey::from(*node).to_string(), "amount": amount.to_string() })
        });
        let proofs = (0..u32::from(count)).map(|index| {
            let proof = tree.proof(index).expect("an entry");
            proof.iter().map(|hash| hex(hash)).collect::<Value>()
        });
        json!({
            "task": task.to_string(),
            "cycle": cycle.to_string(),
            "entries": shown.collect::<Value>(),
            "root": hex(&tree.root()),
            "proofs": proofs.collect::<Value>(),
        })
    });
    all.collect()
}

/// Scores and waits of several submitters, and what a submission makes of the entropy.
pub fn draws() -> Vec<Value> {
    let all = (0u8..12).map(|number| {
        let (entropy, node, attempt) = ([number; 32], [200 - number; 32], number % 4);
        let (count, window) = (u32::from(number) * 3 + 1, u64::from(number) * 40 + 8);
        let score = score(&entropy, attempt, &node);
        json!({
            "entropy": hex(&entropy),
            "node": Pubkey::from(node).to_string(),
            "attempt": attempt,
            "count": count,
            "submission_window": window.to_string(),
            "score": score.to_string(),
            "stagger": stagger(score, count, window).map(|wait| wait.to_string()),
            "value": hex(&[number, 1, 2]),
            "slot_hash": hex(&[90 + number; 32]),
            "next_entropy": hex(&next_entropy(&entropy, &node, &[number, 1, 2], &[90 + number; 32])),
        })
    });
    all.collect()
}

/// When the submitters of a cycle may propose a list, in the first attempts.
pub fn turns() -> Value {
    let arena = scene(Stage::Resolved);
    let (task, cycle) = (arena.task(0), arena.valid(0).cycle(CYCLE));
    let nodes = (0..4).map(|node| arena.node(node));
    let all = nodes.flat_map(|node| {
        (0..3).map(move |attempt| {
            let slot = cycle.proposal_slot(&task, &node, attempt);
            let slot = slot.expect("a slot").to_string();
            json!({ "node": node.to_string(), "attempt": attempt, "slot": slot })
        })
    });
    json!({
        "number": cycle.number.to_string(),
        "entropy": hex(&cycle.entropy),
        "submissions": cycle.submissions,
        "schedule": terms(&task.schedule),
        "turns": all.collect::<Value>(),
    })
}

fn terms(schedule: &Schedule) -> Value {
    json!({
        "starting_slot": schedule.starting_slot.to_string(),
        "round_time": schedule.round_time.to_string(),
        "submission_window": schedule.submission_window.to_string(),
        "audit_window": schedule.audit_window.to_string(),
    })
}

fn shown(window: Option<Window>) -> Value {
    window.map_or(Value::Null, |window| {
        json!([window.start.to_string(), window.end.to_string()])
    })
}

/// The windows of one cycle, where `failed` attempts at its list may fail.
fn cycle(schedule: &Schedule, number: u64, failed: u8) -> Value {
    let in_round = |round: Option<u64>, window: fn(&Schedule, u64) -> Option<Window>| {
        shown(round.and_then(|round| window(schedule, round)))
    };
    let review = review_round(number);
    let lists = (0..=failed).map(|attempt| {
        let round = distribution_round(number, attempt);
        json!({
            "propose": in_round(round, Schedule::submission_window),
            "audit": in_round(round, Schedule::audit_window),
            "challenge": in_round(round, Schedule::challenge_window),
        })
    });
    let unlock = schedule.unlock_after_submission(number, failed);
    json!({
        "cycle": number.to_string(),
        "open": shown(schedule.opening_window(number)),
        "submit": in_round(review, Schedule::submission_window),
        "audit": in_round(review, Schedule::audit_window),
        "challenge": in_round(review, Schedule::challenge_window),
        "lists": lists.collect::<Value>(),
        "unlocked": unlock.map(|slot| slot.to_string()),
    })
}

/// Schedules of every kind, the cycles' windows, and the round of some slots. A round that no slot number
/// reaches has no window.
pub fn schedules() -> Vec<Value> {
    let all = [
        (0, 10, 4, 4, 0),
        (0, 10, 5, 5, 3),
        (100, 100, 40, 40, 2),
        (1 << 40, 4, 1, 2, 15),
        (7, u64::from(u32::MAX), 1_000, 3_001, 1),
        (7, 10, 1, 10, 1),
        (7, 3, 1, 2, 1),
    ];
    let all = all.map(
        |(starting_slot, round_time, submission_window, audit_window, failed)| {
            let schedule = Schedule {
                starting_slot,
                round_time,
                submission_window,
                audit_window,
            };
            let slots = [0, 7, 99, 100, 1_234, 1 << 41, u64::MAX].map(|slot| {
                let round = schedule.round_at(slot).map(|round| round.to_string());
                json!({ "slot": slot.to_string(), "round": round })
            });
            let cycles =
                [0, 1, 5, 1_000_003, u64::MAX].map(|number| cycle(&schedule, number, failed));
            json!({
                "schedule": terms(&schedule),
                "allowed_failed_distributions": failed,
                "is_valid": schedule.is_valid(),
                "slots": slots,
                "cycles": cycles,
            })
        },
    );
    all.to_vec()
}
