//! `gradual dashboard`.

use super::{
    Failure, Output, path, print, print_json, secret, session::Session, signal::stop_flag,
};
use clap::Args as ClapArgs;
use gradual_consensus_dashboard::{
    desk::{Desk, Reader},
    history::History,
    server::{Hosts, Server},
};
use serde_json::json;
use std::{
    env, fs,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

/// Between two looks at the slot.
const LOOK_EVERY: Duration = Duration::from_millis(250);

#[derive(ClapArgs)]
pub(super) struct Args {
    /// Address and port to listen at; anyone who reaches it sees what is on the ledger, and nothing else
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9180")]
    listen: SocketAddr,
    /// A name that visitors call this server by, beside localhost and IP addresses; may be repeated
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// File that keeps the history of tasks, so that a restart goes on
    /// [default: one for each cluster in ~/.local/state/gradual]
    #[arg(long, value_name = "PATH", value_parser = path::expanded)]
    history: Option<PathBuf>,
}

pub(super) fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let stop = stop_flag()?;
    if let Some(file) = &args.history {
        path::refuse_key("--history", file)?;
    }
    let genesis = session.ledger.call(|client| client.get_genesis_hash())?;
    let genesis = genesis.to_string();
    let file = match &args.history {
        Some(file) => file.clone(),
        None => default_history(&genesis)?,
    };
    let named = |error: &dyn std::fmt::Display| {
        // The default is of this command's own making, and no secret.
        let file = file.to_string_lossy();
        let shown = match &args.history {
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
    let desk = Desk::new(history);
    let mut reader = Reader::new(&session.ledger, &session.ledger, Arc::clone(&desk));
    reader.step();
    let hosts = Hosts::and(args.host.iter().cloned());
    let server = Server::start(args.listen, desk, hosts).map_err(|error| {
        let listen = args.listen;
        Failure::Usage(format!(
            "--listen {listen}: {error}: name another address and port of this machine"
        ))
    })?;
    let (url, place) = (
        format!("http://{}", server.address()),
        session.ledger.place(),
    );
    match session.output() {
        Output::Text => print(&format!("{url} shows {place}; ^C ends it\n"))?,
        Output::Json => print_json(&json!({ "url": url, "history": file.to_string_lossy() }))?,
    }
    while !stop.load(Ordering::Relaxed) {
        thread::sleep(LOOK_EVERY);
        reader.step();
    }
    Ok(())
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
