//! Where the log of `gradual node run` goes, and in which form.

use crate::cli::{Failure, Output, secret};
use clap::{Args as ClapArgs, ValueEnum};
use file_rotate::{ContentLimit, FileRotate, compression::Compression, suffix::AppendCount};
use gradual_consensus_node::daemon::Log;
use std::{fs::OpenOptions, io, path::PathBuf};
use tracing_subscriber::EnvFilter;

/// Bytes after which a log file is put aside: a logic that writes without end fills no disk.
const LONGEST_FILE: usize = 16 * 1024 * 1024;
/// Files that are kept beside the one that is written.
const KEPT: usize = 5;

#[derive(ClapArgs)]
pub(super) struct LogArgs {
    /// Format of the log; the environment variable RUST_LOG filters it
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    /// Write the log to this file instead of standard error. After 16 MiB it becomes FILE.1, and so on to
    /// FILE.5
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// Logs to the file that is named, or else to standard error; for programs, one object a line, and to
/// standard output. What cannot be written is lost, and ends nothing.
///
/// # Errors
/// Bad input: the file cannot be written.
pub(super) fn start(args: &LogArgs, output: Output) -> Result<Log, Failure> {
    let log = match (&args.log_file, output) {
        (Some(path), _) => Log::to(rotating(path, LONGEST_FILE)?),
        (None, Output::Json) => Log::to(io::stdout()),
        (None, Output::Text) => Log::to(io::stderr()),
    };
    let log = log.map_err(|error| Failure::Failed(format!("cannot start the log: {error}")))?;
    let lines = log.clone();
    let chosen = EnvFilter::try_from_default_env();
    let filter = chosen.unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .log_internal_errors(false)
        .with_writer(move || lines.clone());
    match (output, args.log_format) {
        (Output::Json, _) | (Output::Text, LogFormat::Json) => subscriber
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .init(),
        (Output::Text, LogFormat::Text) => subscriber.with_ansi(false).init(),
    }
    Ok(log)
}

/// A file that is put aside after `longest` bytes, at the end of a line.
fn rotating(path: &PathBuf, longest: usize) -> Result<FileRotate<AppendCount>, Failure> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.map_err(|error| {
        let path = path.to_string_lossy();
        let path = secret::shown(&path);
        Failure::Usage(format!(
            "the log cannot be written to {path}: {error}: name a file in a folder that is there"
        ))
    })?;
    Ok(FileRotate::new(
        path,
        AppendCount::new(KEPT),
        ContentLimit::BytesSurpassed(longest),
        Compression::None,
        None,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, fs, io::Write, process};

    #[test]
    fn a_log_is_put_aside_by_whole_lines_and_the_oldest_is_removed() {
        let folder = env::temp_dir().join(format!("gradual-log-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("node.log");
        // A process that starts again writes on.
        for start in [0, 50] {
            let mut log = rotating(&path, 100).ok().unwrap();
            for number in start..start + 50 {
                log.write_all(format!("line {number:>4}\n").as_bytes())
                    .unwrap();
            }
        }
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let kept = (1..=KEPT).map(|number| format!("node.log.{number}"));
        assert_eq!(
            names,
            [String::from("node.log")]
                .into_iter()
                .chain(kept)
                .collect::<Vec<_>>()
        );
        for name in &names {
            let text = fs::read_to_string(folder.join(name)).unwrap();
            assert!(text.len() <= 110, "{name}: {text}");
            assert!(text.lines().all(|line| line.len() == 9), "{name}: {text}");
        }
        let all: String = names
            .iter()
            .rev()
            .map(|name| fs::read_to_string(folder.join(name)).unwrap())
            .collect();
        assert!(all.ends_with("line   99\n"), "{all}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
