//! The file that keeps the history of tasks.

use super::{Failure, path, secret, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus_dashboard::history::{History, HistoryError};
use std::{env, fs, path::PathBuf};

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Where the history is.
#[derive(ClapArgs)]
pub(super) struct Past {
    /// File that keeps the history of tasks, so that a restart goes on
    /// [default: one for each cluster in ~/.local/state/gradual]
    #[arg(long, value_name = "PATH", value_parser = path::expanded)]
    history: Option<PathBuf>,
}

impl Past {
    /// The history of the cluster of `session`, and its file, which is made where it is missing.
    ///
    /// # Errors
    /// Bad input: the file is something else's, or another cluster's, or cannot be written. Or the ledger's.
    pub(super) fn open(&self, session: &Session) -> Result<(History, PathBuf), Failure> {
        if let Some(file) = &self.history {
            path::refuse_key("--history", file)?;
        }
        let genesis = session.ledger.call(|client| client.get_genesis_hash())?;
        let genesis = genesis.to_string();
        let file = match &self.history {
            Some(file) => file.clone(),
            None => default_history(&genesis)?,
        };
        let named = |error: &dyn std::fmt::Display| {
            // The default is of this command's own making, and no secret.
            let file = file.to_string_lossy();
            let shown = match &self.history {
                Some(_) => secret::shown(&file),
                None => file,
            };
            Failure::Usage(format!("--history {shown}: {error}"))
        };
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|error| named(&error))?;
        }
        let history = History::open(&file).map_err(|error| named(&error))?;
        history.keep_to(&genesis).map_err(|error| named(&error))?;
        Ok((history, file))
    }
}

/// The file of the history of the cluster with this genesis: another one at the same address has another file.
fn default_history(genesis: &str) -> Result<PathBuf, Failure> {
    let state = env::var_os("XDG_STATE_HOME").filter(|folder| !folder.is_empty());
    let state = state.map(PathBuf::from).or_else(|| {
        let home = env::home_dir()?;
        Some(home.join(".local").join("state"))
    });
    let state = state.ok_or_else(|| {
        Failure::Usage("there is no home folder: name a file with --history".into())
    })?;
    Ok(state
        .join("gradual")
        .join(format!("history-{genesis}.sqlite")))
}
