//! Answers a node's questions about the task: one JSON object a line, on standard input and output. Only answers may be
//! printed there; what is printed to standard error goes into the node's log.

mod task;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};
use std::io::{self, BufRead, Write};
use task::Submission;

fn main() -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = answer(&line?).unwrap_or_else(|why| json!({ "error": why }));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn answer(line: &str) -> Result<Value, String> {
    let question: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if question.get("hello").is_some() {
        Ok(json!({}))
    } else if let Some(asked) = question.get("work") {
        let value = task::work(text(asked, "node")?, number(asked, "cycle")?);
        let value = value.map_err(|outage| outage.to_string())?;
        Ok(json!({ "value": BASE64.encode(value) }))
    } else if let Some(asked) = question.get("audit") {
        let value = BASE64.decode(text(asked, "value")?);
        let value = value.map_err(|error| error.to_string())?;
        Ok(match task::audit(text(asked, "node")?, number(asked, "cycle")?, &value) {
            Ok(valid) => json!({ "valid": valid }),
            Err(outage) => json!({ "unknown": outage.to_string() }),
        })
    } else if let Some(asked) = question.get("distribution") {
        // Amounts are texts: a bounty may be larger than JSON's numbers are exact.
        let bounty = text(asked, "bounty")?.parse().map_err(|_| "the bounty is no amount")?;
        let submissions = submissions(asked)?;
        let list = task::distribution(bounty, &submissions).into_iter();
        let list = list.map(|(node, amount)| json!({ "node": node, "amount": amount.to_string() }));
        Ok(json!({ "list": list.collect::<Vec<_>>() }))
    } else {
        Err("this question is not known".into())
    }
}

fn submissions(asked: &Value) -> Result<Vec<Submission>, String> {
    let (submissions, verdicts) = (array(asked, "submissions")?, array(asked, "verdicts")?);
    let both = submissions.iter().zip(verdicts);
    both.map(|(submission, stands)| {
        Ok(Submission { node: text(submission, "node")?.into(), stands: *stands == json!(true) })
    })
    .collect()
}

fn text<'a>(asked: &'a Value, name: &str) -> Result<&'a str, String> {
    asked.get(name).and_then(Value::as_str).ok_or_else(|| format!("{name} is no text"))
}

fn number(asked: &Value, name: &str) -> Result<u64, String> {
    asked.get(name).and_then(Value::as_u64).ok_or_else(|| format!("{name} is no number"))
}

fn array<'a>(asked: &'a Value, name: &str) -> Result<&'a [Value], String> {
    let found = asked.get(name).and_then(Value::as_array);
    found.map(Vec::as_slice).ok_or_else(|| format!("{name} is no array"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_is_answered() {
        assert_eq!(answer(r#"{"id":1,"hello":{}}"#), Ok(json!({})));
        let worked = answer(r#"{"id":2,"work":{"node":"a","cycle":3}}"#).unwrap();
        let audit = json!({ "id": 3, "audit": { "node": "a", "cycle": 3, "value": worked["value"], "slot": 9 } });
        assert_eq!(answer(&audit.to_string()), Ok(json!({ "valid": true })));
        let nothing = r#"{"id":4,"audit":{"node":"a","cycle":3,"value":"","slot":9}}"#;
        assert_eq!(answer(nothing), Ok(json!({ "valid": false })));
        let asked = json!({ "id": 5, "distribution": {
            "bounty": "18446744073709551615", "submissions": [{ "node": "a" }, { "node": "b" }], "verdicts": [false, true],
        } });
        let paid = json!({ "list": [{ "node": "b", "amount": "18446744073709551615" }] });
        assert_eq!(answer(&asked.to_string()), Ok(paid));
        assert!(answer(r#"{"id":6,"another":{}}"#).is_err());
    }
}
