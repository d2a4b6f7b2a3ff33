//! `gradual k2 import`.

use super::terms::{Imported, TaskFile};
use crate::cli::{Failure, Output, path, print, print_json, secret, settings::yaml_fault};
use clap::Args as ClapArgs;
use std::path::PathBuf;

#[derive(ClapArgs)]
pub(in crate::cli) struct Import {
    /// The file: config-task.yml
    #[arg(value_name = "FILE", value_parser = path::expanded)]
    file: PathBuf,
}

pub(super) fn run(Import { file }: &Import, output: Output) -> Result<(), Failure> {
    let name = file.to_string_lossy();
    let name = secret::shown(&name);
    let text = path::read_text(file)
        .map_err(|error| Failure::Usage(format!("cannot read {name}: {error}")))?;
    let task: TaskFile = serde_saphyr::from_str(&text).map_err(|error| {
        let said = yaml_fault(&error);
        Failure::Usage(format!("{name} is no task file of K2: {said}: correct it"))
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
