//! A geyser in this process, and a chain that it tells about.

pub mod chain;
pub mod server;

use gradual_consensus_client::{address, ledger::Ordered};
use gradual_consensus_geyser::{Endpoint, Mirrored, Options};
use gradual_consensus_testkit::{World, bank::Bank};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A clock that is moved by hand, in milliseconds.
#[derive(Clone, Default)]
pub struct Clock(Arc<AtomicU64>);

impl Clock {
    pub fn pass(&self, time: Duration) {
        let milliseconds = u64::try_from(time.as_millis()).unwrap();
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

/// Options of a test: it connects again at once, and waits long for a block that must come.
pub fn options() -> Options {
    Options {
        longest_pause: Duration::from_millis(1),
        patience: Duration::from_secs(30),
        ..Options::default()
    }
}

/// The mirror of the world's task, by `clock`.
pub fn mirrored<L: Ordered>(
    world: &World<Bank>,
    ledger: L,
    endpoint: &Endpoint,
    options: Options,
    clock: &Clock,
) -> Mirrored<L> {
    let named = world.nodes.iter().map(|node| node.pubkey());
    let named = named.chain([address::config()]);
    let time = Arc::clone(&clock.0);
    let now = move || Duration::from_millis(time.load(Ordering::SeqCst));
    Mirrored::with_clock(ledger, endpoint, world.tokens.task, named, options, now)
}
