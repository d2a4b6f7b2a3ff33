//! The signals that ask a process to end.

use super::Failure;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use std::{
    io,
    sync::{Arc, atomic::AtomicBool},
};

/// A flag that SIGINT and SIGTERM set. What was begun may wait for an RPC: a second signal ends the process at once.
pub(super) fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))
            .and_then(|_| flag::register(signal, Arc::clone(&stop)))
            .map_err(|error| unwatched(&error))?;
    }
    Ok(stop)
}

/// Why a signal cannot be watched.
pub(super) fn unwatched(error: &io::Error) -> Failure {
    Failure::Failed(format!("cannot watch signals: {error}"))
}
