//! The way of the log out of the process. It may be full, closed or stuck; the node plays on.

use super::Exposed;
use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

/// Lines that wait to be written at most; what comes then is lost.
const LONGEST_QUEUE: usize = 4_096;

enum Message {
    Line(Vec<u8>),
    /// Everything before this was written, or lost.
    End(SyncSender<()>),
}

/// Writes lines to a sink, in a thread of its own. No write fails or waits: a line that cannot be
/// written is counted as lost. The log is that of a process, whatever nodes it has.
#[derive(Clone)]
pub struct Log {
    queue: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

impl Log {
    /// One that writes to `sink`.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn to(sink: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, lines) = sync_channel(LONGEST_QUEUE);
        let lost = Arc::new(AtomicU64::new(0));
        let counts = Arc::clone(&lost);
        thread::Builder::new()
            .name("log".into())
            .spawn(move || write_all(sink, &lines, &counts))?;
        Ok(Self { queue, lost })
    }

    /// Waits until all lines up to now are written, but no longer than `patience`.
    pub fn finish(&self, patience: Duration) {
        let (done, is_done) = sync_channel(1);
        if self.queue.try_send(Message::End(done)).is_ok() {
            // It is late, or it is done: nothing follows from either.
            let _outcome = is_done.recv_timeout(patience);
        }
    }
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Message::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Exposed for Log {
    fn text(&self) -> String {
        let lost = self.lost.load(Ordering::Relaxed);
        format!(
            "# HELP gradual_log_lines_lost_total Lines of the log that could not be written.\n\
             # TYPE gradual_log_lines_lost_total counter\n\
             gradual_log_lines_lost_total {lost}\n"
        )
    }

    fn health(&self) -> (bool, String) {
        (true, "ok: a log costs no node anything".into())
    }
}

fn write_all(mut sink: impl Write, lines: &Receiver<Message>, lost: &AtomicU64) {
    let mut is_told = false;
    while let Ok(message) = lines.recv() {
        match message {
            Message::Line(line) => {
                let written = sink.write_all(&line).and_then(|()| sink.flush());
                if let Err(error) = &written {
                    lost.fetch_add(1, Ordering::Relaxed);
                    if !is_told {
                        tell_of_loss(error);
                    }
                }
                is_told = written.is_err();
            }
            // Whoever asked may have gone.
            Message::End(done) => drop(done.try_send(())),
        }
    }
}

/// Says on standard error, which may be another place than the log's, that lines are lost from now on.
fn tell_of_loss(error: &io::Error) {
    // It may be the log itself, or full as well.
    let _told = writeln!(
        io::stderr(),
        "the log cannot be written: {error}: its lines are lost until it can, make room"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, mpsc::channel};

    fn lost(log: &Log) -> u64 {
        let text = log.text();
        let line = text
            .lines()
            .find(|line| line.starts_with("gradual_log_lines_lost_total "));
        line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
    }

    const PATIENCE: Duration = Duration::from_secs(60);

    /// A disk that is full.
    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_costs_lines_and_nothing_else() {
        let mut log = Log::to(Full).unwrap();
        for _ in 0..3 {
            writeln!(log, "a line").unwrap();
            log.finish(PATIENCE);
        }
        assert!(lost(&log) >= 3);
    }

    #[test]
    fn a_reader_that_does_not_read_holds_nobody_up() {
        let (hold, held) = channel::<()>();
        let held = Mutex::new(held);
        struct Stuck(Mutex<std::sync::mpsc::Receiver<()>>);
        impl Write for Stuck {
            fn write(&mut self, line: &[u8]) -> io::Result<usize> {
                // Until the test ends.
                let _ended = self.0.lock().unwrap().recv();
                Ok(line.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut log = Log::to(Stuck(held)).unwrap();
        for _ in 0..2 * LONGEST_QUEUE {
            log.write_all(b"a line\n").unwrap();
        }
        assert!(lost(&log) >= LONGEST_QUEUE as u64 - 1);
        log.finish(Duration::ZERO);
        drop(hold);
    }

    #[test]
    fn lines_are_written_in_order_before_the_end() {
        #[derive(Clone, Default)]
        struct Kept(Arc<Mutex<Vec<u8>>>);
        impl Write for Kept {
            fn write(&mut self, line: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().extend(line);
                Ok(line.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let kept = Kept::default();
        let mut log = Log::to(kept.clone()).unwrap();
        log.write_all(b"one\n").unwrap();
        log.write_all(b"two\n").unwrap();
        log.finish(PATIENCE);
        assert_eq!(*kept.0.lock().unwrap(), b"one\ntwo\n");
        assert_eq!(lost(&log), 0);
    }
}
