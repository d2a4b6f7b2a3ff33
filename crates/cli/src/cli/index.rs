//! `gradual index`.

mod uri;

use super::{
    Failure, Output, dashboard::serve, past::Past, print, print_json, session::Session,
    signal::stop_flag,
};
use clap::Args as ClapArgs;
use gradual_consensus_dashboard::{
    index::{Keeper, Kept, MOST_TASKS},
    server::{self, Hosts},
};
use serde_json::json;
use solana_sdk::pubkey::Pubkey;
use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

/// Between two looks at the slot.
const LOOK_EVERY: Duration = Duration::from_millis(250);

#[derive(ClapArgs)]
pub(super) struct Args {
    /// The tasks whose cycles are kept
    #[arg(required = true, value_name = "TASK")]
    tasks: Vec<Pubkey>,
    /// Address and port to listen at; anyone who reaches it sees what is on the ledger, and nothing else
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9190")]
    listen: SocketAddr,
    /// A name that nodes call this server by, beside localhost and IP addresses; may be repeated
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    #[command(flatten)]
    past: Past,
}

pub(super) fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let count = args.tasks.len();
    if count > MOST_TASKS {
        return Err(Failure::Usage(format!(
            "{count} tasks are named, and one index keeps {MOST_TASKS}: start another one for the rest"
        )));
    }
    for task in &args.tasks {
        session.task(*task)?;
    }
    let stop = stop_flag()?;
    let (history, file) = args.past.open(session)?;
    let genesis = history.genesis()?;
    let kept = Kept::new(genesis, args.tasks.clone(), history);
    let keeper = Keeper::new(&session.ledger, Arc::clone(&kept));
    let mut keeper = keeper.reading(Box::new(uri::read));
    let hosts = Hosts::and(args.host.iter().cloned());
    let server = serve(args.listen, server::index(kept, hosts))?;
    let (url, place) = (
        format!("http://{}", server.address()),
        session.ledger.place(),
    );
    match session.output() {
        Output::Text => {
            let tasks = if count == 1 { "task" } else { "tasks" };
            print(&format!(
                "{url}/index keeps the cycles of {count} {tasks} on {place}; ^C ends it\n"
            ))?;
        }
        Output::Json => print_json(&json!({
            "url": url, "history": file.to_string_lossy(),
            "tasks": args.tasks.iter().map(Pubkey::to_string).collect::<Vec<_>>(),
        }))?,
    }
    while !stop.load(Ordering::Relaxed) {
        keeper.step();
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}
