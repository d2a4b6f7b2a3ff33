//! How much the program may use, and as whom it runs.

use crate::{MOST_MEMORY, MOST_OPEN, MOST_PROCESSES, MOST_WRITTEN, NOBODY, SandboxError};
use caps::CapSet;
use close_fds::set_fds_cloexec;
use rustix::process::{Resource, Rlimit, getrlimit, getuid, setrlimit};
use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

/// The first descriptor that is no standard stream.
const FIRST_OWN: i32 = 3;

/// Bounds this process, and has `program` run without any right of root's.
///
/// # Errors
/// Where the system refuses it.
pub(crate) fn enter(state: &Path, program: &mut Command) -> Result<(), SandboxError> {
    let mut user = getuid().as_raw();
    if getuid().is_root() {
        user = NOBODY;
        chown(state, Some(user), Some(user)).map_err(|error| SandboxError::Folder {
            what: "folder for its state",
            said: format!("{}: {error}", state.display()),
        })?;
        program.uid(user).gid(user);
    }
    for set in [CapSet::Ambient, CapSet::Inheritable] {
        caps::clear(None, set).map_err(|error| limit("rights", &error))?;
    }
    // Whatever this process was given open, such as a socket of whoever started the node.
    set_fds_cloexec(FIRST_OWN, &[]);
    let processes = tasks_of(user)
        .map_err(|error| limit("processes", &error))?
        .saturating_add(MOST_PROCESSES);
    for (what, resource, most) in [
        ("memory", Resource::As, MOST_MEMORY),
        ("processes", Resource::Nproc, processes),
        ("files", Resource::Fsize, MOST_WRITTEN),
        ("open files", Resource::Nofile, MOST_OPEN),
        ("core dumps", Resource::Core, 0),
    ] {
        let most = getrlimit(resource)
            .maximum
            .map_or(most, |own| own.min(most));
        let bound = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, bound).map_err(|error| limit(what, &error))?;
    }
    // Where the machine runs out of memory, this is what the system ends first.
    fs::write("/proc/self/oom_score_adj", "1000").map_err(|error| limit("memory", &error))
}

fn limit(what: &'static str, error: &dyn std::fmt::Display) -> SandboxError {
    SandboxError::Limit {
        what,
        said: error.to_string(),
    }
}

/// The processes and threads of `user`: what the system counts against its limit.
fn tasks_of(user: u32) -> std::io::Result<u64> {
    let mut count = 0u64;
    for process in fs::read_dir("/proc")? {
        let process = process?;
        let name = process.file_name();
        let is_process = (name.to_str()).is_some_and(|name| name.parse::<u32>().is_ok());
        // One that has ended meanwhile is none.
        let Ok(found) = process.metadata() else {
            continue;
        };
        if is_process && found.uid() == user {
            let tasks = fs::read_dir(process.path().join("task"));
            count = count.saturating_add(tasks.map_or(0, |tasks| tasks.count() as u64));
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threads_of_a_user_are_counted() {
        let own = getuid().as_raw();
        let before = tasks_of(own).unwrap();
        assert!(before >= 1);
        assert_eq!(tasks_of(u32::MAX - 7).unwrap(), 0);
    }
}
