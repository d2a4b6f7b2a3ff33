//! The forms of questions and answers (`docs/external-logic.md`).

use crate::logic::{DistributionCycle, Proof};
use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus::{
    MAX_SUBMISSION_LEN,
    rules::verdict::{Tally, Verdict},
};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, Visitor},
};
use serde_json::{Map, Value, json};
use solana_sdk::pubkey::Pubkey;
use std::{collections::HashSet, fmt};

/// The version of the protocol.
pub const VERSION: u64 = 2;

/// An answer of no use: what is wrong with it, and its first characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) problem: String,
    pub(super) answer: String,
}

/// That `answer` is of no use, because of `problem`.
pub(super) fn malformed(answer: &[u8], problem: &str) -> Malformed {
    // Characters have four bytes at most.
    let start = answer.get(..320).unwrap_or(answer);
    let start = String::from_utf8_lossy(start);
    Malformed {
        problem: problem.to_owned(),
        answer: start.trim_end().chars().take(80).collect(),
    }
}

/// A question called `name`.
pub(super) fn question(name: &str, arguments: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), arguments)])
}

/// What is asked of `work`.
pub(super) fn work(node: &Pubkey, cycle: u64) -> Map<String, Value> {
    question("work", json!({ "node": node.to_string(), "cycle": cycle }))
}

fn submitted(proof: &Proof, has_value: bool) -> Map<String, Value> {
    let value = if has_value {
        BASE64_STANDARD.encode(&proof.value)
    } else {
        String::new()
    };
    Map::from_iter([
        ("cycle".into(), proof.cycle.into()),
        ("node".into(), proof.node.to_string().into()),
        ("value".into(), value.into()),
        ("slot".into(), proof.slot.into()),
    ])
}

/// What is asked of `audit`.
pub(super) fn audit(proof: &Proof) -> Map<String, Value> {
    question("audit", submitted(proof, true).into())
}

/// The weights of a vote, in base units of stake or in nodes, as the task weighs votes.
pub(super) fn votes(tally: &Tally) -> Value {
    json!({
        "valid": tally.valid.to_string(),
        "invalid": tally.invalid.to_string(),
        "author": tally.author.to_string(),
        "electorate": tally.electorate.to_string(),
    })
}

/// How an audit ended, by its votes: the same before and after it is resolved.
fn status(tally: Option<&Tally>) -> &'static str {
    match tally.map(Tally::verdict) {
        None => "unchallenged",
        Some(Verdict::Upheld) => "upheld",
        Some(Verdict::Dismissed) => "dismissed",
        Some(Verdict::Undecided) => "undecided",
    }
}

/// What is asked of `distribution`. Values are left out where the logic does not need them.
pub(super) fn distribution(
    cycle: &DistributionCycle,
    submissions: &[Proof],
    verdicts: &[bool],
    has_values: bool,
) -> Map<String, Value> {
    let submissions = submissions.iter().map(|proof| {
        let mut one = submitted(proof, has_values);
        let tally = proof.tally.as_ref();
        one.insert("status".into(), status(tally).into());
        one.insert("votes".into(), tally.map_or(Value::Null, votes));
        let stake = tally.map(|tally| tally.author.to_string());
        one.insert("stake".into(), stake.into());
        Value::from(one)
    });
    question(
        "distribution",
        json!({
            "task": cycle.task.to_string(),
            "cycle": cycle.number,
            // A string: many languages round numbers beyond 2^53.
            "bounty": cycle.bounty.to_string(),
            "submissions": submissions.collect::<Vec<_>>(),
            "verdicts": verdicts,
        }),
    )
}

/// What a program says instead of an answer.
#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said<T> {
    /// An answer.
    Answer(T),
    /// Why there is none.
    Refusal(String),
}

/// The answer in `line`.
pub(super) fn read<T: DeserializeOwned>(line: &[u8]) -> Result<Said<T>, Malformed> {
    if let Ok(Refusal { error: Some(error) }) = serde_json::from_slice(line) {
        return Ok(Said::Refusal(error));
    }
    let answer = serde_json::from_slice(line);
    answer
        .map(Said::Answer)
        .map_err(|error| malformed(line, &error.to_string()))
}

/// What a logic asks of its host, in its answer to `hello`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Wants {
    /// The version of the protocol that it speaks.
    pub(super) version: u64,
    /// Whether lists depend on the submissions' values.
    pub(super) values: bool,
    /// Whether all whose submissions stand are paid the same: the host writes such lists.
    pub(super) equal_shares: bool,
    /// Whether it answers several questions at once, so that it works and audits in one process.
    pub(super) concurrent: bool,
}

impl Default for Wants {
    fn default() -> Self {
        Self {
            version: VERSION,
            values: true,
            equal_shares: false,
            concurrent: false,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Worked {
    value: String,
}

impl Worked {
    /// The proof.
    pub(super) fn proof(self) -> Result<Vec<u8>, Malformed> {
        let value = self.value.as_bytes();
        let bytes = BASE64_STANDARD.decode(value);
        let bytes = bytes.map_err(|error| malformed(value, &format!("not base64: {error}")))?;
        let length = bytes.len() as u64;
        if length == 0 || length > MAX_SUBMISSION_LEN {
            let problem = format!("a proof of {length} bytes, not of 1 to {MAX_SUBMISSION_LEN}");
            return Err(malformed(value, &problem));
        }
        Ok(bytes)
    }
}

/// The answer to an audit: exactly one of the two.
#[derive(Deserialize)]
pub(super) struct Audited {
    pub(super) valid: Option<bool>,
    pub(super) unknown: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Distributed {
    pub(super) list: Vec<Share>,
}

#[derive(Deserialize)]
pub(super) struct Share {
    node: String,
    #[serde(deserialize_with = "exact")]
    amount: u64,
}

/// The first number that a language whose numbers are floats cannot tell from its neighbour.
const INEXACT: u64 = 1 << 53;

/// An amount in base units: a string of digits, or a number below [`INEXACT`]. Whoever writes a larger number
/// may have rounded it, and a list that is rounded is a false one.
fn exact<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    struct Units;
    impl Visitor<'_> for Units {
        type Value = u64;

        fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
            out.write_str("an amount in base units, as a string of digits")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
            if number < INEXACT {
                return Ok(number);
            }
            Err(E::custom(format!(
                "{number} may be rounded, as numbers from 2^53 on are in many languages: write \"{number}\""
            )))
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = is_number.then(|| text.parse().ok()).flatten();
            number.ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }
    from.deserialize_any(Units)
}

/// Checks that the program on chain would accept the list.
pub(super) fn checked(list: Vec<Share>, bounty: u64) -> Result<Vec<(Pubkey, u64)>, Malformed> {
    let mut paid = HashSet::new();
    let mut left = bounty;
    let mut entries = Vec::with_capacity(list.len());
    for Share { node, amount } in list {
        let problem = |problem: &str| malformed(format!("{node}: {amount}").as_bytes(), problem);
        let key: Pubkey = (node.parse()).map_err(|_| problem("not a node's address"))?;
        if amount == 0 || !paid.insert(key) {
            return Err(problem(
                "each node is listed once at most, with more than 0",
            ));
        }
        let rest = left.checked_sub(amount);
        left = rest.ok_or_else(|| problem("the list pays more than the bounty"))?;
        entries.push((key, amount));
    }
    Ok(entries)
}
