//! `gradual k2 import`.

use super::terms::{Imported, TaskFile};
use crate::cli::{Failure, Output, path, print, print_json, secret};
use clap::Args as ClapArgs;
use std::{fs, path::PathBuf};

#[derive(ClapArgs)]
pub(in crate::cli) struct Import {
    /// The file: config-task.yml
    #[arg(value_name = "FILE", value_parser = path::expanded)]
    file: PathBuf,
}

pub(super) fn run(Import { file }: &Import, output: Output) -> Result<(), Failure> {
    let name = file.to_string_lossy();
    let name = secret::shown(&name);
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("cannot read {name}: {error}")))?;
    let task: TaskFile = serde_saphyr::from_str(&text).map_err(|error| {
        let said = error.to_string();
        let said = said.lines().next().unwrap_or("not YAML").to_owned();
        Failure::Usage(format!("{name}: {said}"))
    })?;
    let imported = Imported::of(task);
    match output {
        Output::Text => print(&format!(
            "{}\n{}",
            imported.commands().join("\n"),
            imported.comments()
        )),
        Output::Json => print_json(&imported.facts()),
    }
}
