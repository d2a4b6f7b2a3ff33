//! The children of this process: those that it started, and, where it is the first process of a container,
//! those that were left to it.
//!
//! Whose parent has ended becomes a child of the first process, and stays a zombie until that one asks what
//! became of it. Nobody else asks on behalf of a node that is the first process.

use rustix::process::{Pid, WaitOptions, getpid, waitpid};
use std::{
    collections::BTreeSet,
    fs, io,
    process::{Child, Command},
    sync::{Mutex, MutexGuard, Once, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// Time from one look for zombies to the next.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the end of a process that was killed is waited for before anything else goes on.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time from one look whether it has ended to the next.
const GLANCE: Duration = Duration::from_millis(1);

/// The children that somebody here waits for. The lock is held while one is started and while zombies are
/// looked for, so that none is taken for an orphan.
static OWN: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

fn own() -> MutexGuard<'static, BTreeSet<i32>> {
    // Every change is one call: a panic leaves nothing half done.
    OWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether processes without a parent are left to this one.
fn inherits() -> bool {
    #[cfg(target_os = "linux")]
    let asked_to = matches!(rustix::process::child_subreaper(), Ok(Some(_)));
    #[cfg(not(target_os = "linux"))]
    let asked_to = false;
    getpid().is_init() || asked_to
}

fn number(child: &Child) -> i32 {
    Pid::from_child(child).as_raw_pid()
}

/// Starts `command`. Its end has to be awaited by [`wait`] or [`wait_a_while`].
pub(super) fn spawn(command: &mut Command) -> io::Result<Child> {
    static REAPER: Once = Once::new();
    REAPER.call_once(|| {
        if inherits() {
            thread::spawn(|| {
                loop {
                    thread::sleep(PAUSE);
                    reap();
                }
            });
        }
    });
    let mut own = own();
    let child = command.spawn()?;
    own.insert(number(&child));
    Ok(child)
}

/// Waits until `child` has ended.
pub(super) fn wait(child: &mut Child) {
    // An error says that it is gone already.
    let _gone = child.wait();
    own().remove(&number(child));
}

/// Waits a while until `child`, which was killed, has ended. One that does not end, as one of another user, which this
/// process may not kill, is waited for by a thread of its own.
pub(super) fn wait_a_while(mut child: Child) {
    let begun = Instant::now();
    while matches!(child.try_wait(), Ok(None)) {
        if begun.elapsed() > PATIENCE {
            // Without a thread it stays a zombie.
            let _waiting = thread::Builder::new().spawn(move || wait(&mut child));
            return;
        }
        thread::sleep(GLANCE);
    }
    own().remove(&number(&child));
}

/// Takes notice of the ends of processes that were left to this one.
fn reap() {
    let (own, me) = (own(), getpid().as_raw_pid());
    let Ok(processes) = fs::read_dir("/proc") else {
        return;
    };
    for process in processes.flatten() {
        let pid = process
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let Some(pid) = pid.filter(|pid| !own.contains(pid)) else {
            continue;
        };
        let stat = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        if is_zombie_of(&stat, me) {
            // Another thread may have been faster.
            let _reaped = waitpid(Pid::from_raw(pid), WaitOptions::NOHANG);
        }
    }
}

/// Whether `stat`, of `/proc`, is that of a zombie whose parent is `parent`.
fn is_zombie_of(stat: &str, parent: i32) -> bool {
    // The name of the program, in brackets, may have brackets and blanks of its own.
    let rest = stat.rsplit_once(')').map(|(_, rest)| rest);
    let mut fields = rest.unwrap_or_default().split_whitespace();
    fields.next() == Some("Z") && fields.next() == Some(parent.to_string().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zombies_are_told_from_their_names() {
        assert!(is_zombie_of("7 (sleep) Z 1 5 5 0 -1", 1));
        assert!(is_zombie_of("7 (a) Z 9 (b) Z 1 5 5", 1));
        for stat in [
            "7 (sleep) S 1 5",
            "7 (sleep) Z 12 5",
            "7 (Z 1 ) S 1",
            "",
            "7",
        ] {
            assert!(!is_zombie_of(stat, 1), "{stat}");
        }
    }
}
