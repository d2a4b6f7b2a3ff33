//! `gradual dashboard`.

use super::{Failure, Output, past::Past, print, print_json, session::Session, signal::stop_flag};
use clap::Args as ClapArgs;
use gradual_consensus_dashboard::{
    desk::{Desk, Reader},
    server::{Hosts, Router, Server, router},
};
use serde_json::json;
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
    /// Address and port to listen at; anyone who reaches it sees what is on the ledger, and nothing else
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9180")]
    listen: SocketAddr,
    /// A name that visitors call this server by, beside localhost and IP addresses; may be repeated
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    #[command(flatten)]
    past: Past,
}

/// Serves `app` at the address that `--listen` names.
///
/// # Errors
/// Bad input: it cannot be bound.
pub(super) fn serve(listen: SocketAddr, app: Router) -> Result<Server, Failure> {
    Server::start(listen, app).map_err(|error| {
        Failure::Usage(format!(
            "--listen {listen}: {error}: name another address and port of this machine"
        ))
    })
}

pub(super) fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let stop = stop_flag()?;
    let (history, file) = args.past.open(session)?;
    let desk = Desk::new(history);
    let mut reader = Reader::new(&session.ledger, &session.ledger, Arc::clone(&desk));
    reader.step();
    let hosts = Hosts::and(args.host.iter().cloned());
    let server = serve(args.listen, router(desk, hosts))?;
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
