//! The signals that ask a process to end.

use super::Failure;
use rustix::process::Signal;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use std::{
    io,
    sync::{Arc, atomic::AtomicBool},
};

/// Those signals.
pub(super) const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// A flag that SIGINT and SIGTERM set. What was begun may wait for an RPC: a second signal ends the process at once.
pub(super) fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in SIGNALS {
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))
            .map_err(|error| unwatched(&error))?;
    }
    set_by_signals(&stop)?;
    Ok(stop)
}

/// Sets `stop` at SIGINT and at SIGTERM, which do nothing else from now on.
pub(super) fn set_by_signals(stop: &Arc<AtomicBool>) -> Result<(), Failure> {
    for signal in SIGNALS {
        flag::register(signal, Arc::clone(stop)).map_err(|error| unwatched(&error))?;
    }
    Ok(())
}

/// From now on a write that would make a file longer than the system lets this process make one (`ulimit -f`) fails, as it
/// does on a full disk. Otherwise it ends the process.
pub(super) fn outlive_full_files() -> Result<(), Failure> {
    let unread = Arc::new(AtomicBool::new(false));
    flag::register(Signal::XFSZ.as_raw(), unread)
        .map(drop)
        .map_err(|error| unwatched(&error))
}

/// Why a signal cannot be watched.
pub(super) fn unwatched(error: &io::Error) -> Failure {
    Failure::Failed(format!("cannot watch signals: {error}"))
}
