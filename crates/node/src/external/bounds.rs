//! What a program must keep within while it runs, such as the room that its files take. A thread of its own looks at it again
//! and again: no request of the program's holds that up.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

/// The time between two looks.
const BETWEEN: Duration = Duration::from_secs(1);

type Look = dyn Fn() -> Result<(), String> + Send + Sync;

/// What a program must keep within.
#[derive(Clone)]
pub(super) struct Bounds(Arc<Look>);

/// A thread looks until this is dropped.
pub(super) struct Watch {
    /// The thread hears when it is dropped.
    _end: Sender<()>,
}

impl Bounds {
    /// Bounds that are exceeded where `look` says how.
    pub(super) fn new(look: impl Fn() -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    /// Looks at once, and then every second; calls `exceeds` where the bounds are exceeded, and looks no longer.
    ///
    /// # Errors
    /// There is no thread for it.
    pub(super) fn watch(&self, exceeds: impl FnOnce(String) + Send + 'static) -> io::Result<Watch> {
        let (end, ended) = channel();
        let look = Arc::clone(&self.0);
        let watch = move || {
            let why = loop {
                if let Err(why) = look() {
                    break why;
                }
                if ended.recv_timeout(BETWEEN) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            };
            exceeds(why);
        };
        let thread = thread::Builder::new().name("bounds".into());
        thread.spawn(watch)?;
        Ok(Watch { _end: end })
    }
}
