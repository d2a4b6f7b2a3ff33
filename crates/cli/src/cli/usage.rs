//! What clap refuses, as every other bad input is said: in one line, with what to do.

use clap::{
    Command,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};
#[cfg(feature = "rpc")]
use solana_sdk::pubkey::ParsePubkeyError;
use std::ffi::OsString;

/// `error` of `command` in one line; `None` if it is no refusal but a page of help.
pub(super) fn one_line(error: &Error, command: &str) -> Option<String> {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        return None;
    }
    let page = error.to_string();
    let said = address_error(error).unwrap_or_else(|| said_in(&page));
    let mut line = said;
    for tip in page
        .lines()
        .filter_map(|line| line.trim().strip_prefix("tip: "))
    {
        line.push_str(&format!("; {tip}"));
    }
    line.push_str(&format!(": see {command} --help"));
    Some(line)
}

/// What stands before the first empty line.
fn said_in(page: &str) -> String {
    let lines = page.lines().take_while(|line| !line.trim().is_empty());
    let said: Vec<&str> = lines.map(str::trim).collect();
    let said = said.join(" ");
    said.strip_prefix("error: ").unwrap_or(&said).to_owned()
}

/// The command that `arguments`, the first of which is the program's name, mean as far as they can be read.
pub(super) fn named(root: &Command, arguments: impl IntoIterator<Item = OsString>) -> String {
    let (mut name, mut command) = (root.get_name().to_owned(), root);
    for argument in arguments.into_iter().skip(1) {
        if let Some(found) = command.find_subcommand(&argument) {
            command = found;
            name = format!("{name} {}", found.get_name());
        }
    }
    name
}

/// What is wrong with an address, which Solana's own error does not say.
#[cfg(feature = "rpc")]
fn address_error(error: &Error) -> Option<String> {
    let source = std::error::Error::source(error)?;
    source.downcast_ref::<ParsePubkeyError>()?;
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    let (value, argument) = (
        text(ContextKind::InvalidValue),
        text(ContextKind::InvalidArg),
    );
    Some(format!(
        "'{value}' is no address for {argument}: {}",
        what_is_wrong(value)
    ))
}

#[cfg(not(feature = "rpc"))]
fn address_error(error: &Error) -> Option<String> {
    let _ = (error, ContextKind::InvalidArg, None::<ContextValue>);
    None
}

/// Why `value` is no address.
#[cfg(feature = "rpc")]
pub(super) fn what_is_wrong(value: &str) -> String {
    let foreign = |c: &char| !c.is_ascii_alphanumeric() || matches!(c, '0' | 'O' | 'I' | 'l');
    let length = value.chars().count();
    match value.chars().find(foreign) {
        _ if value.is_empty() => "it is empty, is a variable not set?".into(),
        Some(letter) => format!("no address has the character {letter:?}"),
        None if !(32..=44).contains(&length) => {
            format!("it has {length} characters, an address has 32 to 44")
        }
        None => "its characters stand for more or less than 32 bytes, is one missing?".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory;

    fn said(arguments: &[&str]) -> String {
        let all = [&["gradual"], arguments].concat();
        let command = named(&Cli::command(), all.iter().map(OsString::from));
        let error = Cli::command().try_get_matches_from(all).unwrap_err();
        one_line(&error, &command).unwrap()
    }

    #[test]
    fn a_refusal_is_one_line_that_says_what_to_do() {
        for (arguments, expected) in [
            (
                &["shedule"][..],
                "unrecognized subcommand 'shedule'; a similar subcommand exists: 'schedule': see gradual --help",
            ),
            (
                &["schedule", "--cycles", "0"],
                "invalid value '0' for '--cycles <CYCLES>': 0 is not in 1..=20: see",
            ),
            (
                &["schedule", "--output", "xml"],
                "[possible values: text, json]",
            ),
            (
                &["schedule", "--cycle", "1"],
                "unexpected argument '--cycle' found; a similar argument exists: '--cycles': see gradual schedule --help",
            ),
            (
                &["completions"],
                "required arguments were not provided: <SHELL>: see gradual completions --help",
            ),
        ] {
            let said = said(arguments);
            assert_eq!(said.lines().count(), 1, "{said}");
            assert!(said.contains(expected), "{said}\n{expected}");
        }
    }

    #[cfg(feature = "rpc")]
    #[test]
    fn an_address_that_is_none_says_why() {
        for (value, expected) in [
            ("", "it is empty"),
            ("abc", "it has 3 characters, an address has 32 to 44"),
            (
                "So1111111111111111111111111111111111111111O",
                "no address has the character 'O'",
            ),
            ("/home/me/id.json", "no address has the character '/'"),
            (
                "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
                "its characters stand for more or less than 32 bytes",
            ),
        ] {
            let said = said(&["task", "show", value]);
            assert!(
                said.contains(&format!("'{value}' is no address for <TASK>: {expected}")),
                "{said}"
            );
            assert!(said.ends_with(": see gradual task show --help"), "{said}");
        }
    }

    #[test]
    fn a_page_of_help_is_no_refusal() {
        for arguments in [
            &["gradual", "--help"][..],
            &["gradual", "--version"],
            &["gradual"],
        ] {
            let error = Cli::command().try_get_matches_from(arguments).unwrap_err();
            assert_eq!(one_line(&error, "gradual"), None);
        }
    }
}
