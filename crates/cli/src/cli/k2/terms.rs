//! The terms of a task of K2, and the commands that create a task with the same terms.

use crate::cli::shell::quoted;
use gradual_consensus::{MAX_NAME_LEN, MAX_TEXT_LEN};
use gradual_consensus_client::text::one_line;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// K2's task file. Every field is optional here: what is missing is told.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TaskFile {
    pub(super) task_name: Option<String>,
    pub(super) description: Option<String>,
    #[serde(rename = "repositoryUrl")]
    pub(super) repository: Option<String>,
    pub(super) task_executable_network: Option<String>,
    pub(super) task_audit_program: Option<String>,
    pub(super) round_time: Option<Value>,
    pub(super) audit_window: Option<Value>,
    pub(super) submission_window: Option<Value>,
    pub(super) minimum_stake_amount: Option<Value>,
    pub(super) total_bounty_amount: Option<Value>,
    pub(super) bounty_amount_per_round: Option<Value>,
    pub(super) allowed_failed_distributions: Option<Value>,
    pub(super) task_type: Option<String>,
    pub(super) token_type: Option<String>,
    pub(super) task_vars: Option<String>,
    /// Whether the amounts are in base units and not in tokens, which no file can say.
    #[serde(skip)]
    pub(super) is_in_base_units: bool,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, Value>,
}

/// What becomes of a task file.
#[derive(Debug, Default)]
pub(super) struct Imported {
    /// Arguments of `gradual task create`.
    pub(super) create: Vec<String>,
    /// What is put into the bounty.
    pub(super) fund: Option<String>,
    is_in_sol: bool,
    is_in_base_units: bool,
    /// Fields without a counterpart, and what to do about each.
    pub(super) left_out: Vec<(String, String)>,
}

/// Fields of K2 that have no counterpart, and why.
const NO_COUNTERPART: [(&str, &str); 9] = [
    ("author", "the key that creates the task is its creator"),
    (
        "imageUrl",
        "no picture is on the chain: put it where --metadata leads",
    ),
    ("infoUrl", "one link is on the chain: --metadata"),
    ("space", "no account grows with the number of nodes"),
    (
        "requirementsTags",
        "tell operators what the task needs where --metadata leads; values of variables go to --vars or to the environment of the node",
    ),
    ("tags", "put them where --metadata leads"),
    (
        "environment",
        "every task is visible; a manager of the config may vouch for it (gradual task allowlist)",
    ),
    (
        "task_id",
        "a task with other terms is a new task, to which gradual task migrate moves the old one",
    ),
    (
        "migrationDescription",
        "tell nodes before you migrate: each moves its own stake with gradual stake migrate",
    ),
];

/// A scalar as text in one line; `None` for what is none, or is empty.
fn scalar(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => one_line(text, usize::MAX),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

impl Imported {
    fn option(&mut self, option: &str, value: String) {
        self.create.extend([option.to_owned(), value]);
    }

    fn leave_out(&mut self, field: &str, why: impl Into<String>) {
        // Whoever wrote the file chose the name: it must stay in its comment.
        self.left_out.push((one_line(field, 80), why.into()));
    }

    /// A text for `option`, in one line and cut to `most` bytes: it is printed, whoever wrote it.
    fn text(&mut self, field: &str, option: &str, value: Option<String>, most: u64) {
        let value = value.map(|value| one_line(&value, usize::MAX));
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return;
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if value.len() <= most {
            self.option(option, value);
            return;
        }
        let end = (0..=most).rev().find(|&end| value.is_char_boundary(end));
        let cut = value.get(..end.unwrap_or_default()).unwrap_or_default();
        self.option(option, cut.trim_end().to_owned());
        self.leave_out(
            field,
            format!(
                "it has {} bytes, {most} are the most: it is cut",
                value.len()
            ),
        );
    }

    /// A number for `option`, which the file must name.
    fn number(&mut self, field: &str, option: &str, value: Option<&Value>) {
        match scalar(value) {
            Some(number) => self.option(option, number),
            None => self.leave_out(field, format!("the file does not say it: name {option}")),
        }
    }

    pub(super) fn of(file: TaskFile) -> Self {
        let mut imported = Self {
            is_in_sol: !file
                .task_type
                .as_deref()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("KPL")),
            is_in_base_units: file.is_in_base_units,
            ..Self::default()
        };
        imported.text("task_name", "--name", file.task_name, MAX_NAME_LEN);
        imported.text(
            "description",
            "--description",
            file.description,
            MAX_TEXT_LEN,
        );
        imported.text("repositoryUrl", "--metadata", file.repository, MAX_TEXT_LEN);
        imported.text(
            "task_executable_network",
            "--network",
            file.task_executable_network,
            MAX_TEXT_LEN,
        );
        imported.text(
            "task_audit_program",
            "--audit-program",
            file.task_audit_program,
            MAX_TEXT_LEN,
        );
        imported.text("task_vars", "--vars", file.task_vars, MAX_TEXT_LEN);
        imported.number("round_time", "--round-time", file.round_time.as_ref());
        imported.number(
            "submission_window",
            "--submission-window",
            file.submission_window.as_ref(),
        );
        imported.number("audit_window", "--audit-window", file.audit_window.as_ref());
        imported.number(
            "minimum_stake_amount",
            "--minimum-stake",
            file.minimum_stake_amount.as_ref(),
        );
        imported.number(
            "bounty_amount_per_round",
            "--bounty-per-round",
            file.bounty_amount_per_round.as_ref(),
        );
        imported.number(
            "allowed_failed_distributions",
            "--allowed-failed",
            file.allowed_failed_distributions.as_ref(),
        );
        if file.is_in_base_units {
            imported.create.push("--base-units".into());
        }
        imported.token(file.token_type.as_deref().unwrap_or_default());
        // Nothing cannot be put into a bounty.
        imported.fund = scalar(file.total_bounty_amount.as_ref()).filter(|fund| fund != "0");
        for (field, value) in &file.rest {
            let is_empty = value.is_null() || value.as_str().is_some_and(str::is_empty);
            let known = NO_COUNTERPART.iter().find(|(name, _)| name == field);
            match known {
                Some(_) if is_empty => {}
                Some((_, why)) => imported.leave_out(field, *why),
                None => imported.leave_out(field, "it is no field of K2's that is known here"),
            }
        }
        imported
    }

    /// The token that the task counts in. KOII is none of this chain's.
    fn token(&mut self, token: &str) {
        if self.is_in_sol {
            self.create.push("--sol".into());
            self.leave_out(
                "task_type",
                "KOII is no token of this chain: the task is in SOL, and each amount as many SOL as it was KOII: set \
                 your own, or name a --mint",
            );
        } else {
            self.option("--mint", one_line(token, usize::MAX));
            self.leave_out(
                "token_type",
                "a KPL token lives on K2: name the --mint of its counterpart here, with as many decimals where amounts are in \
                 base units",
            );
        }
    }

    /// The options of commands that move tokens of the task.
    pub(super) const fn tokens(&self) -> &'static str {
        match (self.is_in_sol, self.is_in_base_units) {
            (true, true) => " --sol --base-units",
            (true, false) => " --sol",
            (false, true) => " --base-units",
            (false, false) => "",
        }
    }

    /// The commands that create and fund the task.
    pub(super) fn commands(&self) -> Vec<String> {
        let words = self.create.iter().map(|word| quoted(word));
        let words: Vec<String> = words.collect();
        let create = format!("gradual task create {}", words.join(" "));
        let tokens = self.tokens();
        let fund = self
            .fund
            .as_ref()
            .map(|fund| format!("gradual task fund TASK {}{tokens}", quoted(fund)));
        std::iter::once(create).chain(fund).collect()
    }

    /// What has no counterpart, one comment a line.
    pub(super) fn comments(&self) -> String {
        let left_out = self.left_out.iter();
        let lines = left_out.map(|(field, why)| format!("# {field}: {why}\n"));
        lines.collect()
    }

    /// The same for programs.
    pub(super) fn facts(&self) -> Value {
        let left_out = self.left_out.iter();
        let left_out = left_out.map(|(field, why)| json!({ "field": field, "why": why }));
        json!({
            "commands": self.commands(),
            "create": self.create,
            "fund": self.fund,
            "left_out": left_out.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
task_name: \"it's a name that is far too long\"
author: 'somebody'
description: 'description'
repositoryUrl: 'https://example.org/task'
imageUrl: ''
task_executable_network: 'IPFS'
task_audit_program: 'dist/main.js'
round_time: 1200
audit_window: 500
submission_window: 500
minimum_stake_amount: 1.9
task_type: 'KOII'
token_type: ''
total_bounty_amount: 10
bounty_amount_per_round: 0.1
allowed_failed_distributions: 3
space: 0.1
requirementsTags:
  - type: CPU
    value: '4-core'
tags: ['AI']
environment: 'TEST'
task_id: ''
another: 1
";

    fn imported(text: &str) -> Imported {
        Imported::of(serde_saphyr::from_str(text).unwrap())
    }

    #[test]
    fn every_field_becomes_an_option_or_is_told() {
        let imported = imported(FILE);
        let commands = imported.commands();
        assert_eq!(
            commands,
            [
                "gradual task create --name 'it'\\''s a name that is far' --description description \
                 --metadata https://example.org/task --network IPFS --audit-program dist/main.js \
                 --round-time 1200 --submission-window 500 --audit-window 500 --minimum-stake 1.9 \
                 --bounty-per-round 0.1 --allowed-failed 3 --sol",
                "gradual task fund TASK 10 --sol",
            ]
        );
        let told: Vec<&str> = imported
            .left_out
            .iter()
            .map(|(field, _)| field.as_str())
            .collect();
        assert_eq!(
            told,
            [
                "task_name",
                "task_type",
                "another",
                "author",
                "environment",
                "requirementsTags",
                "space",
                "tags",
            ]
        );
    }

    #[test]
    fn nothing_in_the_file_becomes_a_command_of_its_own() {
        let imported = imported(
            "total_bounty_amount: '1; reboot'\n\"a\\nreboot\": 1\ntask_name: \"a\\e[2J\\nname\"\n",
        );
        assert_eq!(imported.create, ["--name", "a[2J name", "--sol"]);
        assert_eq!(
            imported.commands()[1],
            "gradual task fund TASK '1; reboot' --sol"
        );
        let mut told = imported.left_out.iter().map(|(field, _)| field.as_str());
        assert!(told.any(|field| field == "a reboot"));
    }

    #[test]
    fn what_the_file_does_not_say_is_asked_for() {
        let imported = imported("task_type: KPL\ntoken_type: abc\n");
        assert_eq!(imported.create, ["--mint", "abc"]);
        let told = imported.left_out.iter();
        let asked = told.filter(|(_, why)| why.contains("does not say it"));
        assert_eq!(asked.count(), 6);
    }
}
