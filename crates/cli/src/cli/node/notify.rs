//! What the process tells systemd, if systemd started it: that it is ready, that it lives, that it stops
//! (`sd_notify(3)`). Elsewhere it tells nothing.

use std::{
    env,
    os::unix::net::UnixDatagram,
    time::{Duration, Instant},
};

/// A thread that is silent for longer than this, and than its logic may take, is stuck.
const PATIENCE: Duration = Duration::from_secs(300);

/// What the process tells systemd.
pub(super) struct Notifier {
    socket: Option<UnixDatagram>,
    /// How often systemd wants a sign of life.
    every: Option<Duration>,
    last: Option<Instant>,
    patience: Duration,
}

impl Notifier {
    /// As the environment says. A node's logic may take `longest_work` for an answer.
    pub(super) fn from_environment(longest_work: Duration) -> Self {
        let socket = env::var_os("NOTIFY_SOCKET").and_then(|address| {
            let socket = UnixDatagram::unbound().ok()?;
            connect(&socket, address.to_str()?).ok()?;
            Some(socket)
        });
        let micros = env::var("WATCHDOG_USEC").ok();
        let micros = micros.and_then(|micros| micros.parse().ok());
        let mut notifier = Self {
            socket,
            every: micros.map(Duration::from_micros),
            last: None,
            patience: PATIENCE,
        };
        notifier.working_for(longest_work);
        notifier
    }

    /// A node's logic may take so long for an answer.
    pub(super) fn working_for(&mut self, longest_work: Duration) {
        self.patience = PATIENCE.saturating_add(longest_work);
    }

    /// Says `state`. That nobody hears it is no error.
    pub(super) fn say(&self, state: &str) {
        if let Some(socket) = &self.socket {
            let _heard = socket.send(state.as_bytes());
        }
    }

    /// Gives a sign of life, if it is time for one and no thread was silent for too long.
    pub(super) fn live(&mut self, silence: Duration) {
        let now = Instant::now();
        if self.is_due(silence, now) {
            self.last = Some(now);
            self.say("WATCHDOG=1");
        }
    }

    fn is_due(&self, silence: Duration, now: Instant) -> bool {
        let Some(every) = self.every else {
            return false;
        };
        let since = self.last.map(|last| now.saturating_duration_since(last));
        silence < self.patience && since.is_none_or(|since| since >= every / 3)
    }
}

/// Connects to the socket that systemd names: a path, or `@` and an abstract name.
#[cfg(target_os = "linux")]
fn connect(socket: &UnixDatagram, address: &str) -> std::io::Result<()> {
    use std::os::{linux::net::SocketAddrExt, unix::net::SocketAddr};
    match address.strip_prefix('@') {
        Some(name) => socket.connect_addr(&SocketAddr::from_abstract_name(name)?),
        None => socket.connect(address),
    }
}

#[cfg(not(target_os = "linux"))]
fn connect(socket: &UnixDatagram, address: &str) -> std::io::Result<()> {
    socket.connect(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_of_life_is_given_in_time_and_withheld_where_a_thread_is_stuck() {
        let mut notifier = Notifier {
            socket: None,
            every: Some(Duration::from_secs(90)),
            last: None,
            patience: Duration::ZERO,
        };
        notifier.working_for(Duration::from_secs(30));
        let now = Instant::now();
        let seconds = Duration::from_secs;
        assert!(notifier.is_due(Duration::ZERO, now));
        notifier.last = Some(now);
        assert!(!notifier.is_due(Duration::ZERO, now + seconds(29)));
        assert!(notifier.is_due(Duration::ZERO, now + seconds(30)));
        assert!(notifier.is_due(seconds(329), now + seconds(30)));
        assert!(!notifier.is_due(seconds(330), now + seconds(30)), "stuck");
        notifier.every = None;
        assert!(!notifier.is_due(Duration::ZERO, now + seconds(99)));
    }

    #[test]
    fn what_is_said_arrives_at_the_socket() {
        let path = env::temp_dir().join(format!("gradual-notify-{}", std::process::id()));
        let _absent = std::fs::remove_file(&path);
        let heard = UnixDatagram::bind(&path).unwrap();
        let socket = UnixDatagram::unbound().unwrap();
        connect(&socket, path.to_str().unwrap()).unwrap();
        let notifier = Notifier {
            socket: Some(socket),
            every: None,
            last: None,
            patience: PATIENCE,
        };
        notifier.say("READY=1");
        let mut buffer = [0; 64];
        let length = heard.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"READY=1");
        std::fs::remove_file(&path).unwrap();
    }
}
