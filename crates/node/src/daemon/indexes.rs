//! The metrics of the indexes that the nodes of a process ask.

use super::Exposed;
use crate::index::{Counts, Indexes};
use std::fmt::Write;

impl Exposed for Indexes {
    fn text(&self) -> String {
        let mut text = String::new();
        let mut each = |name: &str, help: &str, value: fn(&Counts) -> u64| {
            // Writing to a string cannot fail.
            let _written = writeln!(
                text,
                "# HELP gradual_{name} {help}\n# TYPE gradual_{name} counter"
            );
            for (index, counts) in self.counts() {
                let value = value(&counts);
                let _written = writeln!(text, "gradual_{name}{{index=\"{index}\"}} {value}");
            }
        };
        if self.is_empty() {
            return String::new();
        }
        let help = "Answers of the index that passed the checks.";
        each("index_answers_total", help, |counts| counts.answers);
        let help = "Times that the index did not answer, or not what was asked.";
        each("index_failures_total", help, |counts| counts.failures);
        let help = "Times that the index told what is not so.";
        each("index_lies_total", help, |counts| counts.lies);
        text
    }

    fn health(&self) -> (bool, String) {
        (true, "ok: the RPC is asked where an index fails".into())
    }
}
