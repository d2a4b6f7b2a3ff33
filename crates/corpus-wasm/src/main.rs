//! The index of a corpus as a WebAssembly module (`docs/wasm-logic.md`). An audit sees nothing but its question, so the
//! module holds the corpus. Its values and verdicts are those of `--logic corpus:PATH`.

use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus_corpus::{Corpus, DEFAULT_SHARES};
use serde_json::{Value, json};
use std::io::{self, BufRead, Write};

/// What `build.rs` read.
const CORPUS: &str = include_str!(concat!(env!("OUT_DIR"), "/corpus"));

/// Shares that the corpus is cut into.
const SHARES: u32 = match option_env!("GRADUAL_CORPUS_SHARES") {
    None => DEFAULT_SHARES,
    Some(text) => match u32::from_str_radix(text, 10) {
        Ok(shares) if shares > 0 => shares,
        _ => panic!("GRADUAL_CORPUS_SHARES: write a number from 1 on"),
    },
};

fn main() -> io::Result<()> {
    let corpus = Corpus::from_text(CORPUS);
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = answer(&corpus, &line?).unwrap_or_else(|why| json!({ "error": why }));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

/// The answer to the question in `line` (`docs/external-logic.md`).
///
/// # Errors
/// It is a question that is not asked of this task.
fn answer(corpus: &Corpus, line: &str) -> Result<Value, String> {
    let question: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if question.get("hello").is_some() {
        // The node divides the bounty by itself, and needs no values for it.
        Ok(json!({ "values": false, "equal_shares": true }))
    } else if let Some(asked) = question.get("work") {
        Ok(json!({ "value": proof(corpus, asked)? }))
    } else if let Some(asked) = question.get("audit") {
        let value = asked.get("value").and_then(Value::as_str);
        Ok(json!({ "valid": value == Some(&proof(corpus, asked)?) }))
    } else {
        Err("this question is not known".into())
    }
}

/// The proof, in base64, that the node owes for the cycle that `asked` names.
fn proof(corpus: &Corpus, asked: &Value) -> Result<String, String> {
    let node = asked.get("node").and_then(Value::as_str);
    let node = bs58::decode(node.unwrap_or_default()).into_vec().ok();
    let node = node.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let node = node.ok_or("node is no address")?;
    let cycle = asked.get("cycle").and_then(Value::as_u64);
    let cycle = cycle.ok_or("cycle is no number")?;
    Ok(BASE64_STANDARD.encode(corpus.proof(&node, cycle, SHARES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The address of 32 zeros.
    const NODE: &str = "11111111111111111111111111111111";

    fn asked(question: &Value) -> Result<Value, String> {
        answer(&Corpus::from_text(CORPUS), &question.to_string())
    }

    #[test]
    fn work_is_valid_for_its_node_and_cycle_only() {
        let work = json!({ "id": 2, "work": { "node": NODE, "cycle": 3 } });
        let value = asked(&work).unwrap()["value"].clone();
        let audit = |cycle: u64, value: &Value| {
            let audit = json!({ "node": NODE, "cycle": cycle, "value": value, "slot": 9 });
            asked(&json!({ "id": 3, "audit": audit })).unwrap()["valid"].clone()
        };
        assert_eq!(audit(3, &value), true);
        assert_eq!(audit(4, &value), false);
        assert_eq!(audit(3, &json!("")), false);
    }

    #[test]
    fn what_is_not_asked_of_this_task_is_an_error() {
        for question in [
            json!({ "id": 2, "work": { "node": "a", "cycle": 3 } }),
            json!({ "id": 2, "work": { "node": NODE, "cycle": -1 } }),
            json!({ "id": 2, "another": {} }),
        ] {
            assert!(asked(&question).is_err(), "{question}");
        }
        assert!(answer(&Corpus::from_text(CORPUS), "[").is_err());
    }
}
