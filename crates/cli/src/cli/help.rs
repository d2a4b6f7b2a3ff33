//! The first page of help: every command under its room.

use clap::Command;
use std::fmt::Write;

/// The six rooms in the program's order, with their commands; then the commands that belong to no room.
const ROOMS: [(&str, &[&str]); 8] = [
    ("Config", &["config"]),
    ("Task", &["task"]),
    ("Stake", &["stake", "balance", "withdraw", "claim"]),
    ("Work", &["submit", "cycle"]),
    ("Audit", &["audit"]),
    ("Distribution", &["list", "payout"]),
    ("Nodes", &["node", "new", "logic", "k2", "doctor"]),
    (
        "Tools",
        &[
            "dashboard",
            "index",
            "watch",
            "simulate",
            "schedule",
            "bench",
            "program",
            "completions",
            "help",
        ],
    ),
];

/// `command` with a help page that groups its subcommands. Clap knows one heading for all of them only.
pub(super) fn with_rooms(mut command: Command) -> Command {
    command.build();
    let rooms = rooms(&command);
    let usage = command.get_name().to_owned();
    command
        .help_template(format!(
            "{{before-help}}{{about-with-newline}}\n{{usage-heading}} {usage} [OPTIONS] <COMMAND>\n{rooms}\n\
             Options:\n{{options}}{{after-help}}"
        ))
}

/// Every room with its commands, one a line; rooms that this build has no command of are left out.
fn rooms(command: &Command) -> String {
    let names = command
        .get_subcommands()
        .map(|found| found.get_name().len());
    let width = names.max().unwrap_or_default();
    let mut text = String::new();
    for (room, names) in ROOMS {
        let found = names
            .iter()
            .filter_map(|name| command.find_subcommand(name));
        let lines = found.map(|found| {
            let about = found.get_about().map(ToString::to_string);
            let about = about.unwrap_or_default();
            format!("  {:<width$}  {about}", found.get_name())
        });
        let lines: Vec<String> = lines.collect();
        if !lines.is_empty() {
            // Writing to a string cannot fail.
            let _written = writeln!(text, "\n{room}:\n{}", lines.join("\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory;

    #[test]
    fn every_command_stands_in_one_room() {
        let mut command = Cli::command();
        command.build();
        for found in command.get_subcommands() {
            let name = found.get_name();
            let rooms = ROOMS.iter().filter(|(_, names)| names.contains(&name));
            assert_eq!(rooms.count(), 1, "{name}");
        }
    }
}
