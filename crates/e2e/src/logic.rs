//! The task that the nodes play, honest or not: a program as in `docs/external-logic.md`.

use crate::behaviour::Behaviour;
use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus_devkit::gradual::Gradual;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    io::{self, BufRead, Write},
    path::PathBuf,
};

/// Arguments of `e2e-logic`.
#[derive(clap::Args, Debug)]
pub struct LogicArgs {
    /// How the node plays.
    behaviour: Behaviour,
    /// The node.
    #[arg(long)]
    node: String,
    /// Its key.
    #[arg(long)]
    key: PathBuf,
    /// The client's command, to look at lists with.
    #[arg(long)]
    gradual: PathBuf,
    /// The cluster.
    #[arg(long)]
    url: String,
}

/// Answers questions until there are no more.
pub fn play(args: &LogicArgs) -> Result<()> {
    let home = std::env::home_dir().unwrap_or_default();
    let gradual = Gradual::new(args.gradual.clone(), args.url.clone(), home);
    let lists = |task: &str, cycle: u64| {
        let cycle = cycle.to_string();
        let shown = gradual.run(&args.key, &["list", "show", task, "--cycle", &cycle])?;
        let lists = shown["lists"].as_array().context("no array of lists")?;
        Ok(lists.iter().any(|list| list["status"] != "rejected"))
    };
    let mut output = io::stdout().lock();
    for question in io::stdin().lock().lines() {
        let answer = answer(args.behaviour, &args.node, &question?, lists);
        let answer = answer.unwrap_or_else(|error| json!({"error": format!("{error:#}")}));
        let written = writeln!(output, "{answer}").and_then(|()| output.flush());
        match written {
            // Its node was killed while it thought.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            other => other?,
        }
    }
    Ok(())
}

/// The answer to one question. `is_listed` says whether a list of a cycle is on the ledger: then it is to
/// be audited or paid, and a cheat needs the true one.
fn answer(
    behaviour: Behaviour,
    me: &str,
    question: &str,
    is_listed: impl Fn(&str, u64) -> Result<bool>,
) -> Result<Value> {
    let question: Value = serde_json::from_str(question)?;
    let field = |of: &Value, name: &str| -> Result<String> {
        let text = of[name].as_str();
        Ok(text.with_context(|| format!("no {name}"))?.to_owned())
    };
    let cycle_of = |of: &Value| of["cycle"].as_u64().context("no cycle");
    if question.get("hello").is_some() {
        return Ok(json!({}));
    }
    if let Some(work) = question.get("work") {
        let honest = proof(&field(work, "node")?, cycle_of(work)?);
        let value = match behaviour {
            Behaviour::WrongProof => BASE64_STANDARD.encode("nothing was done"),
            Behaviour::Honest | Behaviour::Overpay => honest,
        };
        return Ok(json!({"value": value}));
    }
    if let Some(audit) = question.get("audit") {
        let expected = proof(&field(audit, "node")?, cycle_of(audit)?);
        return Ok(json!({"valid": field(audit, "value")? == expected}));
    }
    let distribution = question.get("distribution").context("no such question")?;
    let bounty: u64 = field(distribution, "bounty")?.parse()?;
    if behaviour == Behaviour::Overpay
        && !is_listed(&field(distribution, "task")?, cycle_of(distribution)?)?
    {
        return Ok(json!({"list": [{"node": me, "amount": bounty.to_string()}]}));
    }
    let array = |name: &str| distribution[name].as_array().context("no list of them");
    let (submissions, verdicts) = (array("submissions")?, array("verdicts")?);
    let standing: Vec<&Value> = (submissions.iter().zip(verdicts))
        .filter(|(_, stands)| **stands == Value::Bool(true))
        .map(|(submission, _)| &submission["node"])
        .collect();
    let share = bounty.checked_div(standing.len() as u64).unwrap_or(0);
    let list = standing.iter().filter(|_| share > 0);
    let list: Vec<Value> = list
        .map(|node| json!({"node": node, "amount": share.to_string()}))
        .collect();
    Ok(json!({"list": list}))
}

/// The proof of `node`'s work in `cycle`.
fn proof(node: &str, cycle: u64) -> String {
    BASE64_STANDARD.encode(Sha256::digest(format!("{node} {cycle}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    fn ask(behaviour: Behaviour, question: &Value, is_listed: bool) -> Value {
        answer(behaviour, "me", &question.to_string(), |_, _| Ok(is_listed)).unwrap()
    }

    #[test]
    fn only_the_node_of_wrong_proofs_hands_in_what_does_not_pass() {
        let work = json!({"work": {"node": "me", "cycle": 3}});
        for (behaviour, valid) in [
            (Behaviour::Honest, true),
            (Behaviour::Overpay, true),
            (Behaviour::WrongProof, false),
        ] {
            let value = &ask(behaviour, &work, false)["value"];
            let audit = json!({"audit": {"cycle": 3, "node": "me", "value": value, "slot": 1}});
            for auditor in Behaviour::value_variants() {
                assert_eq!(ask(*auditor, &audit, false), json!({"valid": valid}));
            }
        }
    }

    #[test]
    fn only_the_overpaying_node_overpays_and_only_where_it_proposes() {
        let question = json!({"distribution": {
            "task": "task", "cycle": 3, "bounty": "11", "verdicts": [true, false, true],
            "submissions": [{"node": "a"}, {"node": "b"}, {"node": "me"}],
        }});
        let fair = json!({"list": [{"node": "a", "amount": "5"}, {"node": "me", "amount": "5"}]});
        let greedy = json!({"list": [{"node": "me", "amount": "11"}]});
        assert_eq!(ask(Behaviour::Honest, &question, false), fair);
        assert_eq!(ask(Behaviour::WrongProof, &question, false), fair);
        assert_eq!(ask(Behaviour::Overpay, &question, true), fair);
        assert_eq!(ask(Behaviour::Overpay, &question, false), greedy);
    }
}
